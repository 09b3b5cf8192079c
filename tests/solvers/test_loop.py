"""The loop, driven by a method and problems that do nothing but keep to a script."""

from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from solvers import loop
from solvers.arrays import Batch
from solvers.status import Status


@dataclass(frozen=True)
class Seen:
    fun: np.ndarray
    raised: dict
    rows: np.ndarray

    def take(self, rows):
        return Seen(self.fun[rows], {}, self.rows[rows])


@dataclass(frozen=True)
class Slope(Batch):
    rows: np.ndarray
    finite: np.ndarray


@dataclass(frozen=True)
class Script:
    """Problem i converges after `needs[i]` steps; some go wrong in the evaluation `at`."""

    needs: np.ndarray
    rows: np.ndarray
    wrong: dict = field(
        default_factory=dict
    )  # row -> (evaluation, "raise" or "nan" or "slope" or "slope raises")
    log: list = field(default_factory=list)  # ("value" or "slope", row, x)

    def __len__(self):
        return len(self.rows)

    def take(self, rows):
        return replace(self, rows=self.rows[rows])

    def _is(self, what, x):
        pairs = zip(self.rows, x[:, 0], strict=True)
        return np.array([self.wrong.get(int(r)) == (int(at), what) for r, at in pairs], dtype=bool)

    def value(self, x):
        self.log.extend(("value", int(r), float(at)) for r, at in zip(self.rows, x[:, 0], strict=True))
        raised = self._is("raise", x)
        fun = np.where(raised | self._is("nan", x), np.inf, self.needs[self.rows] - x[:, 0])
        return Seen(fun, {int(i): "Boom: here" for i in np.flatnonzero(raised)}, self.rows)

    def derivatives(self, x, value):
        assert value.rows.tolist() == self.rows.tolist()
        self.log.extend(("slope", int(r), float(at)) for r, at in zip(self.rows, x[:, 0], strict=True))
        raised = self._is("slope raises", x)
        finite = ~(raised | self._is("slope", x))
        return Slope(self.rows, finite), {int(i): "Boom: slope" for i in np.flatnonzero(raised)}


@dataclass(frozen=True)
class Count:
    """One up a step, converged at 0."""

    order = 1

    def init(self, problems, x, value, derivatives):
        zero = np.zeros(len(x), dtype=np.int64)
        return loop.State(x, value.fun, np.where(value.fun == 0, Status.GRADIENT, 0), zero)

    def propose(self, state):
        return loop.State(state.x + 1.0, state.fun, state.status, state.nit)

    def wants(self, state, trial, value):
        return np.isfinite(value.fun)

    def update(self, state, trial, value, wanted, derivatives):
        x = np.where(wanted[:, None], trial.x, state.x)
        fun = np.where(wanted, value.fun, state.fun)
        status = np.where(fun == 0, Status.STEP, np.where(np.isinf(value.fun), Status.STALLED, 0))
        return replace(state, x=x, fun=fun, status=status, nit=state.nit + wanted)


def drive(needs, wrong=None, max_nfev=100, window=2048):
    script = Script(np.array(needs, dtype=float), np.arange(len(needs)), wrong or {})
    return loop.run(Count(), script, np.zeros((len(needs), 1)), max_nfev, window), script.log


@pytest.mark.parametrize("window", [1, 2, 3, 7, 100])
def test_results_come_in_the_order_of_the_problems(window):
    needs = [5, 0, 3, 1, 8, 2, 0, 13, 1]
    outcome, log = drive(needs, window=window)
    assert outcome.state.x[:, 0].tolist() == needs
    assert outcome.nfev.tolist() == [n + 1 for n in needs]
    assert outcome.njev.tolist() == [n + 1 for n in needs]
    assert outcome.state.nit.tolist() == needs
    assert outcome.state.status.tolist() == [Status.STEP if n else Status.GRADIENT for n in needs]
    for row, n in enumerate(needs):
        assert [at for what, r, at in log if (what, r) == ("value", row)] == list(range(n + 1))


@pytest.mark.parametrize("window", [1, 2, 4])
def test_no_more_rows_are_in_flight_than_the_window(window):
    _, log = drive([4] * 10, window=window)
    started, ended, most = set(), set(), 0
    for what, row, at in log:
        if what == "value":
            started.add(row)
        if at == 4:
            ended.add(row)
        most = max(most, len(started - ended))
    assert most <= window
    assert most > window // 2


def test_rows_enter_when_half_the_window_has_ended():
    _, log = drive([1, 1, 9, 9, 1, 1], window=4)
    first = {row: i for i, (_, row, _) in reversed(list(enumerate(log)))}
    assert first[4] < log.index(("value", 2, 3.0))


def test_budgets():
    outcome, _ = drive([3, 4, 0, 9], max_nfev=4)
    assert outcome.state.status.tolist() == [Status.STEP, -1, Status.GRADIENT, Status.EVALUATION_LIMIT]
    assert outcome.nfev.tolist() == [4, 4, 1, 4]
    assert outcome.state.x[:, 0].tolist() == [3, 3, 0, 3]
    outcome, _ = drive([3], max_nfev=1)
    assert outcome.state.status.tolist() == [Status.EVALUATION_LIMIT]


@pytest.mark.parametrize("window", [1, 2, 100])
def test_what_goes_wrong_stays_with_its_row(window):
    wrong = {0: (2, "raise"), 1: (0, "raise"), 2: (0, "nan"), 3: (0, "slope"), 4: (2, "nan"), 5: (2, "slope"),
             6: (2, "slope raises"), 7: (0, "slope raises")}  # fmt: skip
    outcome, _ = drive([5] * 9, wrong, window=window)
    stop = Status.EXCEPTION
    none = Status.NON_FINITE
    expected = [stop, stop, none, none, Status.STALLED, Status.STALLED, stop, stop, Status.STEP]
    assert outcome.state.status.tolist() == expected
    assert outcome.state.x[:, 0].tolist() == [1, 0, 0, 0, 1, 1, 1, 0, 5]
    assert outcome.nfev.tolist() == [3, 1, 1, 1, 3, 3, 3, 1, 6]
    assert outcome.njev.tolist() == [2, 0, 0, 1, 2, 3, 3, 1, 6]
    assert outcome.errors == {0: "Boom: here", 1: "Boom: here", 6: "Boom: slope", 7: "Boom: slope"}
