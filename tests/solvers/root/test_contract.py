"""What every method of `root` promises in batches: methods x ways to give a function."""

import numpy as np
import pytest

from solvers import Status, root, root_batch
from tests.methods import ROOT

ARRAYS = ("x", "fun", "status", "nit", "nfev", "njev")
methods = pytest.mark.parametrize("way", ROOT.values(), ids=ROOT)
SIZE = 9


class Springs:
    """Weakly coupled equations, each with one root, for B problems; functions count their rows."""

    def __init__(self, size=SIZE, seed=1):
        rng = np.random.default_rng(seed)
        self.a, self.b = rng.uniform(0.5, 1.5, size), rng.uniform(0.1, 0.4, size)
        self.start = rng.uniform(-0.5, 0.5, (size, 2))
        self.calls = {}

    @property
    def args(self):
        return self.a, self.b

    def _count(self, name, a):
        for key in np.atleast_1d(a).tolist():
            self.calls[name, key] = self.calls.get((name, key), 0) + 1

    def fun(self, x, a, b):
        self._count("fun", a)
        x0, x1 = x[..., 0], x[..., 1]
        return np.stack([x0 + b * np.sin(x1) - a, x1 + b * np.cos(x0)], axis=-1)

    def jac(self, x, a, b):
        self._count("jac", a)
        x0, x1 = x[..., 0], x[..., 1]
        one = np.ones_like(x0)
        return np.stack([np.stack([one, b * np.cos(x1)], -1), np.stack([-b * np.sin(x0), one], -1)], -2)


EXPRESSIONS = ("x0 + b*sin(x1) - a", "x1 + b*cos(x0)")


def solve(way, springs, rows=None, given="functions"):
    rows = np.arange(len(springs.start)) if rows is None else np.asarray(rows, dtype=int)
    args, start = tuple(arg[rows] for arg in springs.args), springs.start[rows]
    if given == "expressions":
        numbers = dict(zip("ab", args, strict=True))
        return root_batch(EXPRESSIONS, start, numbers, method=way.method, options=way.options)
    return root_batch(
        springs.fun, start, args, method=way.method, options=way.options,
        jac=springs.jac if way.jac else None,
        vectorized=given == "functions",
    )  # fmt: skip


@methods
@pytest.mark.parametrize("given", ["functions", "one by one", "expressions"])
def test_same_bits_in_any_company_and_roots(way, given):
    springs = Springs()
    together = solve(way, springs, given=given)
    assert together.success.mean() > way.least
    left = springs.fun(together.x, *springs.args)
    assert np.abs(left[together.success]).max(initial=0.0) < 1e-4
    for rows in ([0], [SIZE - 1], [1, 3, 5], np.random.default_rng(2).permutation(SIZE)):
        part = solve(way, springs, rows, given=given)
        for name in ARRAYS:
            here, there = getattr(together, name)[rows], getattr(part, name)
            assert np.ascontiguousarray(here).tobytes() == there.tobytes(), name


@methods
def test_counters_count_real_calls(way):
    springs = Springs()
    found = solve(way, springs)
    probes = 1 if way.method == "lm" else 0  # of the first row: how many residuals there are
    for row in range(SIZE):
        calls = [springs.calls.get((name, springs.a[row]), 0) for name in ("fun", "jac")]
        assert calls == [found.nfev[row] + probes * (row == 0), found.njev[row] if way.jac else 0]


@methods
def test_one_system_is_solved_as_in_a_batch(way):
    springs = Springs()
    together = solve(way, springs)
    jac = springs.jac if way.jac else None
    args = (springs.a[3], springs.b[3])
    alone = root(springs.fun, springs.start[3], args, method=way.method, jac=jac, options=way.options)
    assert alone.x.tolist() == together.x[3].tolist()
    assert (alone.nfev, alone.success) == (together.nfev[3], together.success[3])


@methods
def test_endings_are_each_rows_own(way):
    springs = Springs(5)
    springs.start[1] = np.nan
    springs.a[2] = np.nan
    clean = solve(way, springs)

    def fun(x, a, b):
        if (a == springs.a[3]).any():
            raise ZeroDivisionError("three")
        return springs.fun(x, a, b)

    found = root_batch(
        fun, springs.start, springs.args, method=way.method, jac=springs.jac if way.jac else None,
        options=way.options,
    )  # fmt: skip
    assert found.status[[1, 2, 3]].tolist() == [Status.BAD_INPUT, Status.NON_FINITE, Status.EXCEPTION]
    assert "ZeroDivisionError: three" in found.message[3]
    for row in (0, 4):
        assert found.x[row].tolist() == clean.x[row].tolist()


def test_no_systems():
    assert len(solve(ROOT["hybr"], Springs(2), rows=[])) == 0


def test_further_starts_find_a_root_that_the_first_does_not():
    found = root_batch(
        ["x**3 - 2*x + 2"], [[0.0]] * 3, variables=("x",), starts=16, bounds=[(-3.0, 3.0)], verify=1e-8
    )
    assert found.success.all()
    np.testing.assert_allclose(found.x, -1.7692923542386314)
    assert (found.basin_count >= 1).all()
    assert np.isfinite(found.jac_condition).all()


def test_what_is_no_root_is_not_called_one():
    """xtol so large that the first step ends the search."""
    found = root_batch(["x**2 - 2"], [[10.0]], variables=("x",), tol=10.0, verify=1e-8)
    assert found.status[0] == Status.NUMERICAL
    assert "no root" in found.message[0]


def test_as_many_equations_as_unknowns():
    with pytest.raises(ValueError, match="as many equations as unknowns, got 1 and 2"):
        root_batch(["x0 + x1"], [[1.0, 2.0]])
    with pytest.raises(ValueError, match="use 'lm'"):
        root(lambda x: [x[0], x[1], x[0] + x[1]], [1.0, 2.0])
    assert root(lambda x: [x[0], x[1], x[0] + x[1]], [1.0, 2.0], method="lm").success
