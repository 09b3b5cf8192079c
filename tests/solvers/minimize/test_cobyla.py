from functools import partial

import numpy as np
import pytest
import scipy.optimize

from solvers import Status, minimize
from solvers.methods.minimize.cobyla import COBYLA
from tests.alone import solve
from tests.hock_schittkowski import PROBLEMS
from tests.solvers.minimize.derivative_free import (
    BOUNDED,
    FREE,
    INF,
    bowl,
    half,
    half_line,
    rosenbrock,
    scipy_answer,
)

oracle = partial(scipy_answer, "COBYLA")


@pytest.mark.parametrize(("fun", "x0"), [case[:2] for case in FREE.values()], ids=FREE)
def test_finds_minima_as_often_evaluating_as_scipy(fun, x0):
    found, expected = solve(COBYLA, x0, fun, maxiter=9000), oracle(fun, x0, maxiter=9000)
    assert found.status == Status.STEP
    assert found.fun <= expected.fun + 1e-2
    assert fun(found.x) == found.fun
    assert found.nfev <= 1.5 * expected.nfev


@pytest.mark.parametrize(("lower", "upper"), BOUNDED.values(), ids=BOUNDED)
def test_keeps_to_bounds(lower, upper):
    asked = []

    def fun(x):
        asked.append(x)
        return rosenbrock(x)

    bounds = np.array(lower, float), np.array(upper, float)
    found = solve(COBYLA, [-1.2, 1.0], fun, bounds=bounds, maxiter=9000)
    expected = oracle(rosenbrock, [-1.2, 1.0], bounds, maxiter=9000)
    assert found.status == Status.STEP
    assert found.fun == pytest.approx(expected.fun, abs=1e-2)
    assert found.nfev <= 1.5 * expected.nfev
    assert (found.x >= bounds[0]).all()
    assert (found.x <= bounds[1]).all()


@pytest.mark.parametrize("number", [1, 3, 4, 6, 10, 24, 29, 35, 36, 43, 60, 63, 65, 71, 76])
def test_hock_and_schittkowski(number):
    problem = PROBLEMS[number]
    equal, above = len(problem.equal(problem.start)), len(problem.above(problem.start))
    given = {"bounds": (problem.lower or -INF, problem.upper or INF), "maxiter": 20_000}
    if problem.constrained:
        given["values"] = lambda x: np.array([*problem.equal(x), *problem.above(x)], dtype=float)
        given["least"], given["most"] = np.zeros(equal + above), np.repeat([0.0, INF], [equal, above])
    found = solve(COBYLA, problem.start, problem.value, tol=1e-6, **given)
    expected = oracle(problem.value, problem.start, tol=1e-6, **given)
    assert found.status == Status.STEP
    assert found.fun == pytest.approx(problem.minimum, abs=1e-3 * (1 + abs(problem.minimum)))
    assert found.maxcv <= 2e-8
    assert found.nfev <= 1.5 * expected.nfev


@pytest.mark.parametrize(
    ("fun", "values", "least", "most", "outside"),
    [
        (lambda x: float(x.sum()), lambda x: np.array([x @ x]), [-INF], [-1.0], 1.0),
        (lambda x: float(x @ x), lambda x: np.array([x[0], x[0]]), [-INF, 2.0], [1.0, INF], 0.5),
    ],
    ids=["nowhere", "contradicting"],
)
def test_no_point_is_feasible(fun, values, least, most, outside):
    found = solve(COBYLA, [1.0, 1.0], fun, values=values, least=least, most=most)
    assert found.status == Status.INFEASIBLE
    assert found.maxcv == pytest.approx(outside, abs=1e-3)
    assert found.nfev < 300


@pytest.mark.parametrize("options", [{}, {"maxiter": 12}, {"f_target": 100.0}, {"catol": 1.5}], ids=str)
def test_says_of_violated_constraints_what_scipy_says(options):
    nowhere = scipy.optimize.NonlinearConstraint(lambda x: x @ x, -INF, -1.0)
    given = {"method": "COBYLA", "constraints": nowhere, "options": options}
    found = minimize(rosenbrock, [-1.2, 1.0], **given)
    expected = scipy.optimize.minimize(rosenbrock, [-1.2, 1.0], **given)
    for name in ("status", "success", "message", "nfev"):
        assert found[name] == expected[name]
    assert found.maxcv == pytest.approx(expected.maxcv, abs=1e-6)


@pytest.mark.parametrize("number", [24, 43, 100])  # without points that only rounding tells apart
def test_asks_where_scipy_asks(number):
    problem, ours, theirs = PROBLEMS[number], [], []
    count = len(problem.above(problem.start))
    given = {"bounds": (problem.lower or -INF, problem.upper or INF), "least": np.zeros(count)}
    given |= {"values": lambda x: np.array(problem.above(x)), "most": np.full(count, INF)}
    solve(COBYLA, problem.start, lambda x: ours.append(x) or problem.value(x), **given)
    oracle(lambda x: theirs.append(x.copy()) or problem.value(x), problem.start, **given)
    np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_limits_end_it_with_the_best_point():
    found = solve(COBYLA, [-1.2, 1.0], rosenbrock, maxiter=30)
    assert (found.status, found.nfev) == (Status.EVALUATION_LIMIT, 30)
    assert found.fun == rosenbrock(found.x) < 24.2
    assert solve(COBYLA, [-1.2, 1.0], rosenbrock, maxiter=1).nfev == 4  # n + 2 at least, as in SciPy


def test_target_and_radii():
    found = solve(COBYLA, [-1.2, 1.0], rosenbrock, f_target=1.0)
    assert found.status == Status.COST
    assert found.fun <= 1.0
    assert solve(COBYLA, [-1.2, 1.0], rosenbrock, f_target=100.0).nfev == 1
    seen = []
    solve(COBYLA, [0.0, 0.0], lambda x: seen.append(x) or bowl(x), rhobeg=0.25)
    assert np.abs(seen[1] - seen[0]).max() == 0.25
    fine, coarse = (solve(COBYLA, [0.0, 0.0], bowl, tol=tol) for tol in (1e-7, 1e-2))
    assert fine.nfev >= coarse.nfev


def test_undefined_values_are_never_accepted():
    def ball(x):
        return float(np.sum((x - 0.9) ** 2)) if x @ x < 1.7 else np.inf

    for fun, x0, minimum in ((half, [0.1, 0.0], 1.0), (half, [3.0, -1.0], 1.0), (ball, [0.0, 0.0], 0.0)):
        found = solve(COBYLA, x0, fun)
        assert found.status == Status.STEP
        assert found.fun == pytest.approx(minimum, abs=1e-4)
    log = solve(COBYLA, [1.0], half_line, values=np.log, least=[-2.0], most=[INF])
    np.testing.assert_allclose(log.x, np.exp(-2.0), rtol=1e-3)


def test_watched_steps_show_the_best_point():
    seen = []

    def watch(parts):
        seen.append((parts["answer"].copy(), parts["numbers"][1]))
        return len(seen) < 20

    found = solve(COBYLA, [-1.2, 1.0], rosenbrock, watch=watch)
    assert len(seen) == found.nit == 20
    assert all(rosenbrock(x) == fun for x, fun in seen)
    assert (np.diff([fun for _, fun in seen]) <= 0).all()
