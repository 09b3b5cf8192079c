"""What every method promises, whatever it is: methods x problems x ways to give a function.

A problem's answer has the same bits alone, in any batch, in any order; outcomes are its own; counters
count real calls; nothing given is changed.
"""

from functools import partial

import numpy as np
import pytest

from solvers import Status, curve_fit_batch, least_squares_batch, loop, models
from solvers.api import fitting
from tests.methods import LEAST_SQUARES
from tests.problems import CURVES, SYSTEMS

PER_PROBLEM = ("x", "cost", "status", "nit", "nfev", "njev", "optimality", "active_mask", "covariance",
               "condition_number")  # fmt: skip
JACOBIANS = ("jac", "2-point", "3-point", "cs")
ways = pytest.mark.parametrize("way", LEAST_SQUARES.values(), ids=LEAST_SQUARES)
curves = pytest.mark.parametrize("problems", CURVES.values(), ids=CURVES)
systems = pytest.mark.parametrize("system", SYSTEMS.values(), ids=SYSTEMS)
jacobians = pytest.mark.parametrize("jac", JACOBIANS)


def one_by_one(function):
    """The same curve as a function that is not elementwise."""

    def separate(x, *params):
        if any(np.ndim(p) for p in params):
            raise TypeError("one problem at a time")
        return function(x, *params)

    return separate


def fit(problems, way, given="expression", **options):
    f = {
        "expression": problems.expression,
        "expression by NumPy": problems.expression,
        "elementwise": problems.function,
        "one by one": one_by_one(problems.function),
    }[given]
    bounds = way.bounds(problems)
    return curve_fit_batch(
        f, problems.x, problems.y, problems.start, parameters=problems.parameters, offsets=problems.offsets,
        bounds=bounds, **way.options, **options,
    )  # fmt: skip


def solve(system, way, jac, rows=None, **options):
    rows = np.arange(len(system.start)) if rows is None else np.asarray(rows, dtype=int)
    bounds = tuple(side[rows] for side in system.bounds) if way.bounded else (-np.inf, np.inf)
    return least_squares_batch(
        system.fun, system.start[rows], (system.scale[rows],), bounds=bounds, **way.options,
        jac=system.jac if jac == "jac" else jac, **options,
    )  # fmt: skip


def assert_same_bits(one, other, rows=None):
    """``one``'s rows in their order are all of ``other``, to the bit."""
    rows = np.arange(len(other.status)) if rows is None else np.asarray(rows)
    for name in PER_PROBLEM:
        here, there = getattr(one, name)[rows], getattr(other, name)
        assert np.ascontiguousarray(here).tobytes() == there.tobytes(), (name, here, there)
    for i, row in enumerate(rows):
        here = one.residuals[one.offsets[row] : one.offsets[row + 1]]
        there = other.residuals[other.offsets[i] : other.offsets[i + 1]]
        assert here.tobytes() == there.tobytes(), (row, here, there)
    assert {i: one.errors[int(row)] for i, row in enumerate(rows) if int(row) in one.errors} == other.errors


def shapes(size):
    """Sub-batches: each problem alone, every other one, all in another order."""
    yield from ([row] for row in range(size))
    yield list(range(1, size, 2))
    yield list(np.random.default_rng(size).permutation(size))


@ways
@curves
@pytest.mark.parametrize("given", ["expression", "expression by NumPy", "one by one"])
def test_curves_have_the_same_bits_in_any_company(problems, way, given, monkeypatch):
    if given == "expression by NumPy":
        monkeypatch.setattr(fitting, "fused", lambda *_: None)
    together = fit(problems, way, given)
    assert together.success.mean() > 0.5
    for rows in shapes(problems.size):
        assert_same_bits(together, fit(problems.take(rows), way, given), rows)


@ways
@curves
def test_elementwise_functions_agree_in_any_company(problems, way):
    """To rounding only: NumPy's own loops are free to round the last elements of an array otherwise."""
    separate = fit(problems, way, "one by one")
    together = fit(problems, way, "elementwise")
    both = separate.success & together.success
    assert both.mean() > 0.5
    np.testing.assert_allclose(together.cost[both], separate.cost[both], rtol=1e-6)


@ways
@systems
@jacobians
def test_systems_have_the_same_bits_in_any_company(system, way, jac):
    if jac == "cs" and system.fun is SYSTEMS["helical valley"].fun:
        pytest.skip("arctan2 takes no complex numbers")
    together = solve(system, way, jac)
    assert together.success.mean() > 0.5
    for rows in shapes(len(system.start)):
        assert_same_bits(together, solve(system, way, jac, rows), rows)


@ways
def test_named_models_have_the_same_bits_in_any_company(way):
    rng = np.random.default_rng(5)
    x = np.linspace(0, 5, 30)
    y = rng.uniform(1, 4, (8, 1)) * np.exp(-rng.uniform(0.3, 2, (8, 1)) * x) + 0.02 * rng.normal(size=(8, 30))
    model = models.get("exponential_decay")
    bounds = ([0.0] * 3, [2.0, 1.0, 1.0]) if way.bounded else (-np.inf, np.inf)
    run = partial(curve_fit_batch, model, x, **way.options, bounds=bounds)
    together = run(y)
    for rows in shapes(len(y)):
        assert_same_bits(together, run(y[rows]), rows)


@ways
@pytest.mark.parametrize("window", [1, 2, 7])
def test_the_window_changes_no_bit(way, window, monkeypatch):
    problems, system = CURVES["decay"], SYSTEMS["rosenbrock"]
    expected = fit(problems, way), solve(system, way, "2-point")
    monkeypatch.setattr(fitting.loop, "run", partial(loop.run, window=window))
    assert_same_bits(expected[0], fit(problems, way))
    assert_same_bits(expected[1], solve(system, way, "2-point"))


@ways
@systems
def test_bounds_hold_and_the_answer_is_where_the_gradient_says_so(system, way):
    found = solve(system, way, "jac")
    lower, upper = system.bounds if way.bounded else (-np.inf, np.inf)
    assert ((found.x >= lower) & (found.x <= upper)).all()
    jac = system.jac(found.x, system.scale)
    residuals = system.fun(found.x, system.scale)
    np.testing.assert_array_equal(found.residuals.reshape(residuals.shape), residuals)
    residuals = residuals * way.weight(residuals)
    gradient = (jac * residuals[:, :, None]).sum(axis=1)
    free = found.active_mask * gradient >= 0.0
    size = np.sqrt((jac**2).sum(axis=1) * (residuals**2).sum(axis=1)[:, None])
    cosine = np.where(free, np.abs(gradient) / np.maximum(size, 1e-300), 0.0).max(axis=1)
    solved = found.cost < 1e-15
    assert ((cosine < 1e-4) | solved)[found.success].all()
    if way.bounded:
        assert found.active_mask.any()  # or this tests nothing


def decay_with_trouble():
    """A curve whose problems end in different ways, by their parameter c."""

    def f(x, a, b, c):
        if c > 900.0:
            raise ArithmeticError("c is too large")
        if c < -900.0:
            return np.full_like(x, np.nan)
        return a * np.exp(-b * x) + c

    return one_by_one(f)


@ways
def test_members_of_one_batch_end_in_their_own_ways(way):
    x = np.linspace(0, 4, 20)
    noise = 0.05 * np.random.default_rng(6).normal(size=x.shape)
    y = np.array([3 * np.exp(-0.7 * x) + 1 + noise] * 7)
    y[1] = 3 * np.exp(-0.7 * x) + 1  # no noise
    y[4, 3] = np.nan
    start = np.array([[1.0, 1.0, 1.0]] * 7)
    start[2, 2], start[3, 2], start[5] = 1000.0, -1000.0, [0.0, 0.0, 0.0]
    bounds = ([-9, -9, -2e3], [9, 9, 2e3]) if way.bounded else (-np.inf, np.inf)

    def run(rows, **options):
        return curve_fit_batch(
            decay_with_trouble(), x, y[rows], start[rows], parameters=("a", "b", "c"), bounds=bounds,
            **way.options, **options,
        )  # fmt: skip

    together = run(np.arange(7))
    labels = [Status(status).label for status in together.status]
    assert labels[:5] == ["converged", "converged", "exception", "non_finite", "bad_input"]
    assert "ArithmeticError: c is too large" in together.message[2]
    assert "y is not finite at point 3" in together.message[4]
    np.testing.assert_array_equal(together.x[2:4], start[2:4])
    assert np.isnan(together.x[4]).all()
    assert np.isnan(together.covariance[2:5]).all()
    assert (together.nfev[:4] >= 1).all()
    assert together.nfev[4] == 0
    for row in range(7):  # nobody else's bits depend on the bad ones
        assert_same_bits(together, run([row]), [row])
    few = run(np.arange(7), max_nfev=2)
    assert few.status[0] == Status.EVALUATION_LIMIT
    assert few.nfev[0] == 2
    assert few.status[2] == Status.EXCEPTION
    again = run([0, 0], ftol=0, gtol=0, xtol=1e-3)
    assert (again.status == Status.STEP).all()
    assert (run([0], ftol=1e-3, gtol=0, xtol=0).status == Status.COST).all()
    assert (run([0], ftol=0, gtol=1e-3, xtol=0).status == Status.GRADIENT).all()


@ways
@jacobians
def test_a_member_that_goes_wrong_on_the_way_changes_nobody_else(way, jac):
    system = SYSTEMS["rosenbrock"]
    bad = 4

    def trouble(function, make):
        def wrapped(x, scale):
            values = function(x, np.abs(scale))
            wrong = (scale < 0.0) & (np.abs(x - system.start[bad]).max(axis=1) > 1e-3)
            return make(values, wrong)

        return wrapped

    def undefined(values, wrong):
        values[wrong] = np.nan
        return values

    def raising(values, wrong):
        if wrong.any():
            raise ZeroDivisionError("here")
        return values

    clean = solve(system, way, jac)
    others = [row for row in range(len(system.start)) if row != bad]
    scale = system.scale.copy()
    scale[bad] *= -1
    for make, status in ((undefined, None), (raising, Status.EXCEPTION)):
        sick = system._replace(fun=trouble(system.fun, make), jac=trouble(system.jac, make), scale=scale)
        found = solve(sick, way, jac)
        for name in PER_PROBLEM:
            assert getattr(found, name)[others].tobytes() == getattr(clean, name)[others].tobytes()
        if status is not None:
            assert found.status[bad] == status
            assert found.errors == {bad: "ZeroDivisionError: here"}
        assert np.abs(found.x[bad] - system.start[bad]).max() <= 1e-3
        assert np.isfinite(found.cost[bad])


@ways
def test_singular_members_end_and_change_nobody_else(way):
    """One unknown has no influence, in one problem of three."""
    rng = np.random.default_rng(8)
    x = rng.uniform(0, 2, (3, 10))
    y = 2 * x + 0.1 * rng.normal(size=x.shape)
    flag = np.ones((3, 10))
    flag[1] = 0.0
    bounds = ([-5, -5], [5, 5]) if way.bounded else (-np.inf, np.inf)

    def run(rows):
        return curve_fit_batch(
            "a*x1 + b*x2", (x[rows], flag[rows]), y[rows], [1.0, 1.0], bounds=bounds, **way.options
        )

    together = run([0, 1, 2])
    assert together.success.all()
    assert np.isinf(together.condition_number).tolist() == [False, True, False]
    assert np.isnan(together.covariance[1]).all()
    assert together.x[1, 1] == 1.0
    for row in range(3):
        assert_same_bits(together, run([row]), [row])


@ways
def test_empty_batches_and_batches_of_one(way):
    problems, system = CURVES["decay"], SYSTEMS["rosenbrock"]
    none = curve_fit_batch("a*x", np.empty((0, 5)), np.empty((0, 5)), [1.0], **way.options)
    assert none.x.shape == (0, 1)
    assert none.covariance.shape == (0, 1, 1)
    assert none.message == []
    flat = curve_fit_batch("a*x", [], [], [1.0], offsets=[0], **way.options)
    assert flat.x.shape == (0, 1)
    assert solve(system, way, "2-point", []).x.shape == (0, 2)
    one = fit(problems.take([3]), way)
    assert one.x.shape == (1, 3)
    assert one.success.all()


@ways
def test_single_precision_is_widened(way):
    problems = CURVES["decay"]
    names = ("x", "y", "start")
    narrow = problems._replace(**{name: getattr(problems, name).astype(np.float32) for name in names})
    wide = narrow._replace(**{name: getattr(narrow, name).astype(float) for name in names})
    found = fit(narrow, way._replace(bounded=False))
    assert found.x.dtype == np.float64
    assert_same_bits(fit(wide, way._replace(bounded=False)), found)


@ways
@jacobians
def test_counters_are_the_real_calls(way, jac):
    """Rows are counted; one more call finds out how many residuals there are."""
    system = SYSTEMS["powell singular"]
    calls = {"fun": np.zeros(len(system.start)), "jac": np.zeros(len(system.start))}

    def counting(name, function):
        def counted(x, scale):
            for value in scale:
                calls[name][np.flatnonzero(system.scale == value)] += 1
            return function(x, scale)

        return counted

    counted = system._replace(fun=counting("fun", system.fun), jac=counting("jac", system.jac))
    found = solve(counted, way, jac)
    probe = np.eye(1, len(system.start))[0]
    n = system.start.shape[1]
    extra = {"jac": 0, "2-point": n, "3-point": 2 * n, "cs": n}[jac] * found.njev
    np.testing.assert_array_equal(calls["fun"] - probe, found.nfev + extra)
    np.testing.assert_array_equal(calls["jac"], found.njev if jac == "jac" else 0)
    assert (found.njev <= found.nfev).all()
    assert (found.nit == found.njev - 1).all()
    assert (found.nfev > found.nfev.min()).any()


@ways
def test_a_curve_function_is_called_as_often_as_counted(way):
    """But for the check on first use: four separate calls and a joint one, which this function refuses."""
    problems = CURVES["decay"].take([0, 1, 2])
    calls = []

    def f(x, a, b, c):
        calls.append(None)
        return problems.function(x, a, b, c)

    found = curve_fit_batch(
        one_by_one(f), problems.x, problems.y, problems.start, offsets=problems.offsets,
        bounds=way.bounds(problems), **way.options, parameters=problems.parameters,
    )  # fmt: skip
    assert len(calls) - 4 == (found.nfev + 3 * found.njev).sum()


@ways
def test_inputs_are_not_changed(way):
    problems, system = CURVES["decay"], SYSTEMS["rosenbrock"]
    given = [problems.x, problems.y, problems.offsets, problems.start, *problems.bounds, system.start,
             system.scale, *system.bounds]  # fmt: skip
    before = [array.tobytes() for array in given]
    for kind in ("expression", "elementwise", "one by one"):
        fit(problems, way, kind, fixed={"c": 0.5})
    solve(system, way, "2-point")
    assert [array.tobytes() for array in given] == before


@ways
def test_a_function_that_reuses_its_arrays_is_fine(way):
    system = SYSTEMS["rosenbrock"]
    buffer = np.empty((len(system.start), 2))

    def reusing(x, scale):
        values = buffer[: len(x)]
        values[:] = system.fun(x, scale)
        return values

    expected = solve(system, way, "2-point")
    assert_same_bits(expected, solve(system._replace(fun=reusing), way, "2-point"))
