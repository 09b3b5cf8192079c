from functools import partial

import numpy as np
import pytest

from solvers import Status
from solvers.methods.minimize.cobyqa import COBYQA
from tests.alone import solve
from tests.hock_schittkowski import PROBLEMS
from tests.solvers.minimize.derivative_free import (
    BOUNDED,
    FREE,
    INF,
    beale,
    bowl,
    half,
    half_line,
    himmelblau,
    rosenbrock,
    scipy_answer,
)

oracle = partial(scipy_answer, "COBYQA")


@pytest.mark.parametrize(("fun", "x0", "accuracy"), FREE.values(), ids=FREE)
def test_finds_minima_as_often_evaluating_as_scipy(fun, x0, accuracy):
    found, expected = solve(COBYQA, x0, fun), oracle(fun, x0)
    assert found.status == Status.STEP
    assert found.fun <= expected.fun + accuracy
    assert fun(found.x) == found.fun
    assert found.nfev <= 1.5 * expected.nfev


def test_goes_the_way_of_scipy():
    for fun, x0 in ((himmelblau, [0.0, 0.0]), (beale, [1.0, 1.0])):
        found, expected = solve(COBYQA, x0, fun), oracle(fun, x0)
        assert (found.nfev, found.nit) == (expected.nfev, expected.nit)
        np.testing.assert_allclose(found.x, expected.x, atol=1e-7)


@pytest.mark.parametrize(("lower", "upper"), BOUNDED.values(), ids=BOUNDED)
@pytest.mark.parametrize("scale", [0, 1])
def test_keeps_to_bounds(lower, upper, scale):
    asked = []

    def fun(x):
        asked.append(x)
        return rosenbrock(x)

    bounds = np.array(lower, float), np.array(upper, float)
    found = solve(COBYQA, [-1.2, 1.0], fun, bounds=bounds, scale=scale)
    expected = oracle(rosenbrock, [-1.2, 1.0], bounds, scale=bool(scale))
    assert found.status == Status.STEP
    assert found.fun == pytest.approx(expected.fun, abs=1e-7)
    assert found.nfev <= 1.5 * expected.nfev
    assert (np.array(asked) >= bounds[0]).all()
    assert (np.array(asked) <= bounds[1]).all()


def test_all_unknowns_fixed():
    found = solve(COBYQA, [-1.2, 1.0], rosenbrock, bounds=([1.0, 1.5], [1.0, 1.5]))
    assert (found.status, found.nfev, found.fun) == (Status.OPTIMAL, 1, 25.0)
    assert COBYQA.endings[found.status][0] == 2
    assert found.x.tolist() == [1.0, 1.5]


@pytest.mark.parametrize("number", [1, 3, 4, 6, 10, 24, 26, 29, 35, 36, 43, 60, 63, 65, 71, 76])
def test_hock_and_schittkowski(number):
    problem = PROBLEMS[number]
    equal, above = len(problem.equal(problem.start)), len(problem.above(problem.start))
    given = {"bounds": (problem.lower or -INF, problem.upper or INF)}
    if problem.constrained:
        given["values"] = lambda x: np.array([*problem.equal(x), *problem.above(x)], dtype=float)
        given["least"], given["most"] = np.zeros(equal + above), np.repeat([0.0, INF], [equal, above])
    found, expected = solve(COBYQA, problem.start, problem.value, **given), oracle(
        problem.value, problem.start, **given
    )  # fmt: skip
    assert found.status == Status.STEP
    assert found.fun == pytest.approx(problem.minimum, abs=1e-5 * (1 + abs(problem.minimum)))
    assert found.maxcv <= 1e-8
    assert found.nfev <= 1.5 * expected.nfev
    if problem.constrained:
        values = given["values"](found.x)
        outside = np.maximum(given["least"] - values, values - given["most"])
        assert found.maxcv == pytest.approx(max(outside.max(), 0.0), abs=1e-15)


def test_two_sided_limits_and_evaluations_of_constraints():
    def ring(x):
        return np.array([x @ x])

    found = solve(COBYQA, [1.0, 1.0], lambda x: float(x.sum()), values=ring, least=[1.0], most=[2.0])
    np.testing.assert_allclose(found.x, [-1.0, -1.0], atol=1e-2)
    assert found.fun == pytest.approx(-2.0, abs=1e-5)
    assert set(found.counts.values()) == {found.nfev}


@pytest.mark.parametrize(
    ("fun", "values", "least", "most", "outside"),
    [
        # here a correction that is worse than its trial went in circles
        (lambda x: float(x.sum()), lambda x: np.array([x @ x]), [-INF], [-1.0], 1.0),
        (lambda x: float(x @ x), lambda x: np.array([x[0], x[0]]), [-INF, 2.0], [1.0, INF], 0.5),
    ],
    ids=["nowhere", "contradicting"],
)
def test_no_point_is_feasible(fun, values, least, most, outside):
    found = solve(COBYQA, [1.0, 1.0], fun, values=values, least=least, most=most)
    assert found.status == Status.INFEASIBLE
    assert found.maxcv == pytest.approx(outside, abs=1e-3)
    assert found.nfev < 300


def test_limits_end_it_with_the_best_point():
    found = solve(COBYQA, [-1.2, 1.0], rosenbrock, maxfev=30)
    assert (found.status, found.nfev) == (Status.EVALUATION_LIMIT, 30)
    assert found.fun == rosenbrock(found.x) < 24.2
    found = solve(COBYQA, [-1.2, 1.0], rosenbrock, maxfev=3)
    assert (found.status, found.nfev, found.nit) == (Status.EVALUATION_LIMIT, 3, 0)
    found = solve(COBYQA, [-1.2, 1.0], rosenbrock, maxiter=10)
    expected = oracle(rosenbrock, [-1.2, 1.0], maxiter=10)
    assert (found.status, found.nit, found.nfev) == (Status.ITERATION_LIMIT, 10, expected.nfev)
    assert found.fun == pytest.approx(expected.fun, rel=1e-9)


def test_target_and_radii():
    found = solve(COBYQA, [-1.2, 1.0], rosenbrock, f_target=1e-3)
    assert found.status == Status.COST
    assert found.fun <= 1e-3
    assert solve(COBYQA, [-1.2, 1.0], rosenbrock, f_target=100.0).nfev == 1
    coarse = solve(COBYQA, [-1.2, 1.0], rosenbrock, initial_tr_radius=0.1, final_tr_radius=1e-2)
    assert coarse.status == Status.STEP
    assert coarse.fun > 1e-12
    seen = []
    solve(COBYQA, [0.0, 0.0], lambda x: seen.append(x) or bowl(x), initial_tr_radius=0.25)
    assert np.abs(seen[1] - seen[0]).max() == 0.25


def test_a_target_counts_at_feasible_points_only():
    found = solve(
        COBYQA, [0.0, 0.0], lambda x: float(x.sum()), values=lambda x: x, least=[1.0, 2.0], most=[INF, INF],
        f_target=3.5,
    )  # fmt: skip
    assert found.status == Status.COST
    assert 3.0 - 1e-8 <= found.fun <= 3.5


def test_undefined_values_are_never_accepted():
    def ball(x):
        return float(np.sum((x - 0.9) ** 2)) if x @ x < 1.7 else np.inf

    for fun, x0, minimum in ((half, [0.1, 0.0], 1.0), (half, [3.0, -1.0], 1.0), (ball, [0.0, 0.0], 0.0)):
        found = solve(COBYQA, x0, fun)
        assert found.status == Status.STEP
        assert found.fun == pytest.approx(minimum, abs=1e-8)
    log = solve(COBYQA, [1.0], half_line, values=np.log, least=[-2.0], most=[INF])
    np.testing.assert_allclose(log.x, np.exp(-2.0), rtol=1e-6)


def test_watched_steps_show_the_best_point():
    seen = []

    def watch(parts):
        seen.append((parts["answer"].copy(), parts["numbers"][1]))
        return len(seen) < 20

    found = solve(COBYQA, [-1.2, 1.0], rosenbrock, watch=watch)
    assert len(seen) == found.nit == 20
    assert all(rosenbrock(x) == fun for x, fun in seen)
    assert (np.diff([fun for _, fun in seen]) <= 0).all()
