import numpy as np
import pytest
import scipy.optimize

from solvers import Status
from solvers.methods.minimize.cobyqa import COBYQA
from tests.alone import solve
from tests.hock_schittkowski import PROBLEMS

INF = np.inf


def rosenbrock(x):
    return float(np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2))


def himmelblau(x):
    return float((x[0] ** 2 + x[1] - 11) ** 2 + (x[0] + x[1] ** 2 - 7) ** 2)


def beale(x):
    y = x[0] * (1 - x[1] ** np.arange(1, 4))
    return float(np.sum((np.array([1.5, 2.25, 2.625]) - y) ** 2))


def bowl(x):
    return float(np.sum(np.arange(1, len(x) + 1) * (x - 1) ** 2))


def flat(x):
    return float(np.sum((x - 1) ** 4))


def half(x):  # undefined where x0 <= 0
    return float(x[0] - np.log(x[0]) + (x[1] - 2) ** 2) if x[0] > 0 else np.nan


def oracle(fun, x0, bounds=(-INF, INF), values=None, least=(), most=(), **options):
    constraints = scipy.optimize.NonlinearConstraint(values, least, most) if values else ()
    return scipy.optimize.minimize(
        fun,
        x0,
        method="COBYQA",
        bounds=scipy.optimize.Bounds(*bounds),
        constraints=constraints,
        options=options,
    )


FREE = {
    "rosenbrock": (rosenbrock, [-1.2, 1.0], 1e-9),
    "rosenbrock of five": (rosenbrock, [-1.2, 1.0, -1.2, 1.0, 1.0], 1e-9),
    "himmelblau": (himmelblau, [0.0, 0.0], 1e-9),
    "beale": (beale, [1.0, 1.0], 1e-9),
    "bowl": (bowl, [0.0, 0.0, 0.0, 0.0], 1e-12),
    "one unknown": (flat, [4.0], 1e-6),
    "flat": (flat, [3.0, -2.0], 1e-6),
    "half": (half, [0.5, 1.0], 1e-9),
}


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


BOUNDED = {
    "inside": ([-2, -2], [3, 3]),
    "at one": ([-2, 1.5], [0.5, 2.5]),
    "start outside": ([-1, -1], [0.5, 0.9]),
    "narrow": ([0.2, 0.3], [0.21, 0.9]),
    "one fixed": ([-2, 0.7], [3, 0.7]),
    "one side": ([-INF, 1.5], [0.8, INF]),
}


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


def half_line(x):
    return float(x[0]) if x[0] > 0 else np.nan


def test_watched_steps_show_the_best_point():
    seen = []

    def watch(parts):
        seen.append((parts["answer"].copy(), parts["numbers"][1]))
        return len(seen) < 20

    found = solve(COBYQA, [-1.2, 1.0], rosenbrock, watch=watch)
    assert len(seen) == found.nit == 20
    assert all(rosenbrock(x) == fun for x, fun in seen)
    assert (np.diff([fun for _, fun in seen]) <= 0).all()
