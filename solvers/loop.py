"""The one loop: it alone evaluates, counts, gives budget verdicts and drops finished rows.

A method is a frozen dataclass of options with four functions of arrays:

    init(problems, x, value, derivatives) -> state
    propose(state) -> trial
    wants(state, trial, value) -> mask        rows whose derivatives are needed at the trial
    update(state, trial, value, wanted, derivatives) -> state

Every row is in its own phase: a rejected trial is just another tick. About `window` rows are in
flight; new ones enter as others finish, so that the working set stays in cache and a few slow rows
do not leave the loop running for them alone. Nothing decides across rows, so neither the window nor
the company a row keeps changes a bit of its answer.
"""

from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np

from solvers.arrays import Array, Batch, BoolArray, IntArray, Rows
from solvers.status import Status

# Members of an Enum are slow to look up, and a tick of one problem is short.
_RUNNING, _NON_FINITE = int(Status.RUNNING), int(Status.NON_FINITE)
_EVALUATION_LIMIT, _EXCEPTION = int(Status.EVALUATION_LIMIT), int(Status.EXCEPTION)

#: Rows in flight: enough that NumPy's calls cost little a row.
_MOST_ROWS, _LEAST_ROWS = 4096, 512
#: Numbers in the arrays of an evaluation, so that some of them fit into the cache of a core (measured).
_NUMBERS = 110_000


class Value(Protocol):
    """What one evaluation of a batch gives."""

    fun: Array  # (b,) what is minimized; not finite where the function is undefined
    raised: dict[int, str]  # row of this batch -> "Type: text" of what its function raised

    def take(self, rows: Rows) -> Self:
        """Only these rows."""


class Problems(Protocol):
    """A batch of problems that the loop can evaluate, cut to any rows."""

    def __len__(self) -> int: ...

    @property
    def width(self) -> float:
        """How many numbers a problem has in the arrays of an evaluation, on average."""

    def take(self, rows: Rows) -> Self:
        """Only these problems."""

    def value(self, x: Array) -> Any:
        """Evaluate every problem at its row of ``x (b, n)``."""

    def derivatives(self, x: Array, value: Any) -> tuple[Any, dict[int, str]]:
        """Evaluate what methods steer by, where ``value`` is known; and what was raised, as in `Value`.

        A Batch with a mask ``finite (b,)``.
        """


@dataclass(frozen=True)
class State(Batch):
    """What every method keeps a row, in arrays of its own; methods add theirs."""

    x: Array  # (b, n) the best point so far
    fun: Array  # (b,) its value
    status: IntArray  # (b,) a Status
    nit: IntArray  # (b,) accepted steps


class Method(Protocol):
    """An algorithm as four pure functions of arrays."""

    @property
    def order(self) -> int:
        """The order of the derivatives that it uses; of a method that uses none, 0, they are None."""

    def init(self, problems: Any, x: Array, value: Any, derivatives: Any) -> Any:
        """Make the state of rows that enter."""

    def propose(self, state: Any) -> Any:
        """Say where to evaluate next; ``.x`` (b, n)."""

    def wants(self, state: Any, trial: Any, value: Any) -> BoolArray:
        """Say which rows need derivatives at the trial."""

    def update(self, state: Any, trial: Any, value: Any, wanted: BoolArray, derivatives: Any) -> Any:
        """Move, or try shorter; test convergence. ``derivatives`` (b, ...) are NaN where not wanted."""


@dataclass(frozen=True)
class Outcome:
    """How every row ended, in the order the problems came."""

    state: Any  # the method's State, (B, ...)
    nfev: IntArray  # (B,) evaluations of the function
    njev: IntArray  # (B,) evaluations of its derivatives
    errors: dict[int, str]  # row -> what its function raised


def run(method: Method, problems: Any, x0: Array, max_nfev: int, window: int | None = None) -> Outcome:
    """Drive ``method`` over all problems from ``x0 (B, n)`` until every row has ended.

    Parameters
    ----------
    method
        The algorithm.
    problems : Problems
        What to evaluate, B at least 1.
    x0
        Starts, (B, n).
    max_nfev
        Evaluations of the function that a row may use.
    window
        Rows in flight; None: as many as keep the arrays of a tick in cache.
    """
    if window is None:
        window = int(min(_MOST_ROWS, max(_LEAST_ROWS, _NUMBERS / max(1.0, problems.width))))
    return _Run(method, problems, x0, max_nfev, window).outcome()


class _Run:
    """The rows in flight and what is known of the ended ones."""

    def __init__(self, method: Method, problems: Any, x0: Array, max_nfev: int, window: int) -> None:
        self.method, self.problems, self.x0 = method, problems, x0
        self.max_nfev, self.window = max_nfev, window
        self.nfev = np.zeros(len(problems), dtype=np.int64)
        self.njev = np.zeros(len(problems), dtype=np.int64)
        self.errors: dict[int, str] = {}
        self.entered = self.rounds = 0
        self.rows = np.empty(0, dtype=np.int64)  # (b,) which problems are in flight
        self.state: Any = None
        self.active: Any = None  # the problems in flight
        self.ended: list[tuple[IntArray, Any]] = []

    def outcome(self) -> Outcome:
        with np.errstate(all="ignore"):  # infinity and NaN are outcomes like others here
            self._drive()
        if len(self.ended) == 1:
            return Outcome(self.ended[0][1], self.nfev, self.njev, self.errors)
        order = np.argsort(np.concatenate([rows for rows, _ in self.ended]))
        states = [state for _, state in self.ended]
        return Outcome(type(states[0]).concatenate(states).take(order), self.nfev, self.njev, self.errors)

    def _drive(self) -> None:
        while self.entered < len(self.problems) or len(self.rows):
            if self.entered < len(self.problems) and len(self.rows) <= self.window // 2:
                self._admit()
            else:
                self._tick()
            self._retire()

    def _admit(self) -> None:
        """Evaluate the next rows at their starts and let them join those in flight."""
        stop = min(len(self.problems), self.entered + self.window - len(self.rows))
        entering = np.arange(self.entered, stop)
        self.entered = stop
        all_at_once = len(entering) == len(self.problems)
        problems, x = self.problems if all_at_once else self.problems.take(entering), self.x0[entering]
        value = problems.value(x)
        derivatives = self._derivatives(entering, problems, x, value, np.isfinite(value.fun))
        state = self.method.init(problems, x, value, derivatives)
        if derivatives is not None:
            state.status[~derivatives.finite] = _NON_FINITE
        self._verdicts(entering, state)
        if len(self.rows):
            state = type(state).concatenate([self.state, state])
            entering = np.concatenate([self.rows, entering])
            problems = self.problems.take(entering)
        self.rows, self.state, self.active = entering, state, problems

    def _tick(self) -> None:
        trial = self.method.propose(self.state)
        value = self.active.value(trial.x)
        wanted = self.method.wants(self.state, trial, value)
        derivatives = self._derivatives(self.rows, self.active, trial.x, value, wanted)
        if derivatives is not None:
            undefined = wanted & ~derivatives.finite  # as if the function itself were undefined there
            value.fun[undefined] = np.inf
            wanted = wanted & ~undefined
        self.state = self.method.update(self.state, trial, value, wanted, derivatives)
        self._verdicts(self.rows, self.state)

    def _derivatives(self, rows: IntArray, problems: Any, x: Array, value: Value, wanted: BoolArray) -> Any:
        """Derivatives at the wanted rows, NaN at the others; counts them and the value before them.

        None where the method uses none.
        """
        self.rounds += 1
        self.nfev[rows] += 1
        for i, text in value.raised.items():
            self.errors[int(rows[i])] = text
        if self.method.order == 0:
            return None
        self.njev[rows] += wanted
        every = wanted.all()
        subset, at, known = problems, x, value
        if not every:
            index = np.flatnonzero(wanted)
            subset, at, known = problems.take(index), x.take(index, axis=0), value.take(index)
        derivatives, raised = subset.derivatives(at, known)
        for i, text in raised.items():
            self.errors[int(rows[wanted][i])] = text
        return derivatives if every else derivatives.spread(wanted)

    def _verdicts(self, rows: IntArray, state: Any) -> None:
        """Enter the statuses that are not the method's to give: exceptions and used-up budgets."""
        status = state.status
        if self.rounds >= self.max_nfev:  # no row has had more evaluations than there were rounds
            status[(status == _RUNNING) & (self.nfev[rows] >= self.max_nfev)] = _EVALUATION_LIMIT
        if self.errors:
            status[[int(row) in self.errors for row in rows]] = _EXCEPTION

    def _retire(self) -> None:
        running = self.state.status == _RUNNING
        if running.all():
            return
        if not running.any():
            self.ended.append((self.rows, self.state))
            self.rows = self.rows[:0]
            return
        ended, going = np.flatnonzero(~running), np.flatnonzero(running)
        self.ended.append((self.rows[ended], self.state.take(ended)))
        self.rows, self.state = self.rows[going], self.state.take(going)
        self.active = self.active.take(going)
