"""What every method of `minimize` promises in batches: methods x ways to give a function.

A problem's answer has the same bits alone, in any batch, in any order; outcomes are its own; counters
count real calls; nothing given is changed.
"""

import numpy as np
import pytest

from solvers import Status, minimize, minimize_batch
from tests.methods import MINIMIZE

ARRAYS = ("x", "fun", "status", "nit", "nfev", "njev", "nhev", "jac", "optimality", "constraint_violation")
methods = pytest.mark.parametrize("way", MINIMIZE.values(), ids=MINIMIZE)
SIZE = 11


class Valleys:
    """(a - x0)^2 + b (x1 - x0^2)^2 for each of B problems, and functions that count their rows."""

    def __init__(self, size=SIZE, seed=1):
        rng = np.random.default_rng(seed)
        self.a, self.b = rng.uniform(0.5, 1.5, size), rng.uniform(1.0, 40.0, size)
        self.start = rng.uniform(-1.5, 1.5, (size, 2))
        self.calls = {}

    @property
    def args(self):
        return self.a, self.b

    def _count(self, name, a):
        for key in np.atleast_1d(a).tolist():
            self.calls[name, key] = self.calls.get((name, key), 0) + 1

    def fun(self, x, a, b):
        self._count("fun", a)
        return np.square(a - x[..., 0]) + b * np.square(x[..., 1] - np.square(x[..., 0]))

    def jac(self, x, a, b):
        self._count("jac", a)
        off = x[..., 1] - np.square(x[..., 0])
        return np.stack([-2 * (a - x[..., 0]) - 4 * b * x[..., 0] * off, 2 * b * off], axis=-1)

    def hess(self, x, a, b):
        self._count("hess", a)
        h00 = 2 - 4 * b * (x[..., 1] - 3 * np.square(x[..., 0]))
        h01 = -4 * b * x[..., 0]
        return np.stack([np.stack([h00, h01], -1), np.stack([h01, 2 * b + 0 * h01], -1)], -2)


EXPRESSION = "(a - x0)**2 + b*(x1 - x0**2)**2"


def solve(way, valleys, rows=None, given="functions", **options):
    rows = np.arange(len(valleys.start)) if rows is None else np.asarray(rows, dtype=int)
    args = tuple(arg[rows] for arg in valleys.args)
    start = valleys.start[rows]
    more = way.options | options
    if given == "expression":
        return minimize_batch(
            EXPRESSION, start, dict(zip("ab", args, strict=True)), method=way.method, **more
        )
    derivatives = {name: getattr(valleys, name) for name in way.derivatives}
    return minimize_batch(
        valleys.fun, start, args, method=way.method, vectorized=given == "functions", **derivatives, **more
    )


def assert_same_bits(one, other, rows):
    for name in ARRAYS:
        here, there = getattr(one, name)[rows], getattr(other, name)
        assert np.ascontiguousarray(here).tobytes() == there.tobytes(), (name, here, there)
    for name, left in one.extras.items():
        assert np.ascontiguousarray(left[rows]).tobytes() == other.extras[name].tobytes(), name


@methods
@pytest.mark.parametrize("given", ["functions", "one by one", "expression"])
def test_same_bits_in_any_company(way, given):
    valleys = Valleys()
    together = solve(way, valleys, given=given)
    assert together.success.mean() > way.least
    for rows in [
        [0],
        [7],
        [SIZE - 1],
        list(range(1, SIZE, 2)),
        list(np.random.default_rng(2).permutation(SIZE)),
    ]:
        assert_same_bits(together, solve(way, valleys, rows, given=given), rows)


@methods
def test_answers_are_minima(way):
    valleys = Valleys()
    for given in ("functions", "one by one", "expression"):
        found = solve(way, valleys, given=given)
        good = found.success
        assert good.mean() > way.least
        np.testing.assert_allclose(found.x[good, 0], valleys.a[good], rtol=way.accuracy, atol=way.accuracy)
        np.testing.assert_allclose(found.fun[good], 0.0, atol=way.accuracy)


@methods
def test_counters_count_real_calls(way):
    valleys = Valleys()
    found = solve(way, valleys)
    for row in range(SIZE):
        calls = [valleys.calls.get((name, valleys.a[row]), 0) for name in ("fun", "jac", "hess")]
        counted = [found.nfev[row], found.njev[row] if "jac" in way.derivatives else 0,
                   found.nhev[row] if "hess" in way.derivatives else 0]  # fmt: skip
        assert calls == counted


@methods
def test_one_problem_is_solved_as_in_a_batch(way):
    valleys = Valleys()
    together = solve(way, valleys)
    derivatives = {name: getattr(valleys, name) for name in way.derivatives}
    for row in (0, 5):
        args = tuple(arg[row] for arg in valleys.args)
        alone = minimize(
            valleys.fun, valleys.start[row], args, method=way.method, **derivatives, **way.options
        )
        assert alone.x.tolist() == together.x[row].tolist()
        assert (alone.nfev, alone.nit, alone.success) == (
            together.nfev[row], together.nit[row], together.success[row]
        )  # fmt: skip


@methods
def test_endings_are_each_rows_own(way):
    """One is solved, one starts undefined, one is no problem, one raises, one falls without end."""
    valleys = Valleys(6)
    valleys.start[1] = np.nan
    valleys.a[2] = np.nan
    clean = solve(way, valleys)

    def fun(x, a, b):
        if (a == valleys.a[3]).any():
            raise ZeroDivisionError("three")
        return np.where(a == valleys.a[4], -np.inf, valleys.fun(x, a, b))

    derivatives = {name: getattr(valleys, name) for name in way.derivatives}
    found = minimize_batch(fun, valleys.start, valleys.args, method=way.method, **derivatives, **way.options)
    assert found.status[[1, 2, 3, 4]].tolist() == [
        Status.BAD_INPUT, Status.NON_FINITE, Status.EXCEPTION, Status.UNBOUNDED
    ]  # fmt: skip
    assert "ZeroDivisionError: three" in found.message[3]
    assert "x0" in found.message[1]
    for row in (0, 5):
        assert found.x[row].tolist() == clean.x[row].tolist()
        assert found.nfev[row] == clean.nfev[row]


@methods
def test_the_last_good_iterate_is_kept(way):
    """A function that raises after some calls leaves what was reached."""
    valleys = Valleys(2)
    calls = 0

    def fun(x, a, b):
        nonlocal calls
        calls += 1
        if calls > 12:
            raise RuntimeError("enough")
        return valleys.fun(x, a, b)

    derivatives = {name: getattr(valleys, name) for name in way.derivatives}
    found = minimize_batch(
        fun,
        valleys.start[:1],
        (valleys.a[:1], valleys.b[:1]),
        method=way.method,
        **derivatives,
        **way.options,
    )
    if found.status[0] == Status.EXCEPTION:
        assert np.isfinite(found.x).all()
        assert found.fun[0] <= valleys.fun(valleys.start[:1], valleys.a[:1], valleys.b[:1])[0]


@methods
def test_nothing_given_is_changed_and_functions_may_write_over_x(way):
    valleys = Valleys(4)
    start, args = valleys.start.copy(), [arg.copy() for arg in valleys.args]
    clean = solve(way, valleys)

    def fun(x, a, b):
        value = valleys.fun(x, a, b)
        x[:] = 7.0
        return value

    derivatives = {name: getattr(valleys, name) for name in way.derivatives}
    found = minimize_batch(fun, valleys.start, valleys.args, method=way.method, **derivatives, **way.options)
    assert found.x.tolist() == clean.x.tolist()
    assert valleys.start.tolist() == start.tolist()
    assert [arg.tolist() for arg in valleys.args] == [arg.tolist() for arg in args]


@methods
def test_no_problems_and_float32(way):
    valleys = Valleys(3)
    assert len(solve(way, valleys, rows=[])) == 0
    valleys.start = valleys.start.astype(np.float32)
    found = solve(way, valleys)
    assert found.x.dtype == np.float64
    assert found.success.any()


@methods
def test_trials_where_the_function_is_undefined_are_not_taken(way):
    """sqrt is NaN beyond the edge, which first steps step over."""

    def fun(x, c):
        return np.sum((x - c[:, None]) ** 2, axis=1) * 40 - np.sqrt(1.0 - x[:, 0] * x[:, 0])

    def jac(x, c):
        slope = 80 * (x - c[:, None])
        slope[:, 0] += x[:, 0] / np.sqrt(1.0 - x[:, 0] * x[:, 0])
        return slope

    def hess(x, c):
        found = np.zeros((len(x), 2, 2))
        found[:, 0, 0] = 80 + (1.0 - x[:, 0] * x[:, 0]) ** -1.5
        found[:, 1, 1] = 80
        return found

    c = np.linspace(-0.6, 0.6, 5)
    given = {"jac": jac, "hess": hess}
    found = minimize_batch(
        fun, np.full((5, 2), 0.9), (c,), method=way.method, **{name: given[name] for name in way.derivatives},
        **way.options,
    )  # fmt: skip
    assert np.isfinite(found.x).all()
    assert np.isfinite(found.fun).all()
    assert found.success.mean() >= way.least - 0.2
    good = found.success
    assert np.abs(jac(found.x[good], c[good])).max() < 80 * way.accuracy * 10
