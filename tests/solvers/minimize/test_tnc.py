"""TNC against SciPy's: the same way as long as rounding, which differences of gradients amplify, lets it."""

import numpy as np
import pytest
import scipy.optimize

from solvers.methods.minimize.tnc import TNC
from solvers.status import Status
from tests.alone import solve
from tests.hock_schittkowski import PROBLEMS as HOCK_SCHITTKOWSKI
from tests.solvers.minimize.smooth import FLAT, FUNCTIONS, Smooth, barrier, ours, scipys
from tests.solvers.minimize.test_lbfgsb import BOUNDS, projected

INF = np.inf
#: So that no search ends early.
FINE = {"ftol": 1e-14, "xtol": 1e-12, "gtol": 1e-9, "maxfun": 5000}


def way(minimize, smooth, start, count, **options):
    """The points evaluated first, (count, n)."""
    seen = []

    def fun(x):
        seen.append(np.array(x))
        return smooth.fun(x)

    minimize(TNC, smooth._replace(fun=fun), start, **options)
    return np.array(seen[:count])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_finds_the_minimum_that_scipy_finds(name):
    ended, theirs = ours(TNC, FUNCTIONS[name], **FINE), scipys(TNC, FUNCTIONS[name], **FINE)
    assert ended.status > 0
    np.testing.assert_allclose(ended.fun, theirs.fun, rtol=1e-6, atol=1e-8)
    assert ended.nfev <= 2.0 * theirs.nfev


@pytest.mark.parametrize("name", ["Rosenbrock", "Beale", "Himmelblau"])
def test_goes_the_way_of_scipy(name):
    start = FUNCTIONS[name].start
    both = [way(minimize, FUNCTIONS[name], start, 12) for minimize in (ours, scipys)]
    np.testing.assert_allclose(*both, rtol=1e-3)


def test_goes_all_the_way_of_scipy_where_steps_are_summed():
    """From four unknowns on the preconditioner knows more than the last step."""
    matrix = np.diag([1.0, 2, 5, 10, 30]) + 0.5
    bowl = Smooth(
        lambda x: 0.5 * x @ matrix @ x - x.sum() + 0.1 * (x**4).sum(),
        lambda x: matrix @ x - 1 + 0.4 * x**3,
        lambda x: matrix + np.diag(1.2 * x**2),
        (2.0, -1.0, 1.0, 3.0, -2.0),
    )
    both = [way(minimize, bowl, bowl.start, None, ftol=1e-12, rescale=100) for minimize in (ours, scipys)]
    assert len(both[0]) > 20
    np.testing.assert_allclose(*both, atol=1e-6)


@pytest.mark.parametrize(("name", "lower", "upper"), BOUNDS)
def test_keeps_to_bounds(name, lower, upper):
    start = np.clip(FUNCTIONS[name].start, lower, upper)
    asked = way(ours, FUNCTIONS[name], start, None, bounds=(lower, upper), **FINE)
    ended = ours(TNC, FUNCTIONS[name], start, bounds=(lower, upper), **FINE)
    theirs = scipys(TNC, FUNCTIONS[name], start, bounds=scipy.optimize.Bounds(lower, upper), **FINE)
    np.testing.assert_allclose(ended.fun, theirs.fun, rtol=1e-6, atol=1e-8)
    assert (asked >= np.array(lower) - 1e-6 * (1 + np.abs(start))).all()  # differences look a bit ahead
    assert (asked <= np.array(upper) + 1e-6 * (1 + np.abs(start))).all()
    assert ((ended.x >= lower) & (ended.x <= upper)).all()
    assert projected(ended.x, FUNCTIONS[name].jac(ended.x), lower, upper) < 1e-3


@pytest.mark.parametrize("number", [1, 3, 4, 5])
def test_hock_and_schittkowski(number):
    problem = HOCK_SCHITTKOWSKI[number]
    bounds = problem.lower or (-INF,) * len(problem.start), problem.upper or (INF,) * len(problem.start)
    ended = solve(TNC, problem.start, problem.value, problem.grad, bounds=bounds, **FINE)
    assert ended.fun == pytest.approx(problem.minimum, abs=1e-5 * (1 + abs(problem.minimum)))


def test_bounds_held_at_the_start_cost_no_iteration():
    """SciPy first goes along the gradient, and no way, where an unknown is at its upper bound."""
    function = Smooth(
        lambda x: float(np.sum((x - 2.0) ** 2 * [1.0, 3.0])),
        lambda x: 2.0 * (x - 2.0) * [1.0, 3.0],
        None,
        (1.0, 0.5),
    )
    box = (0.0, 0.0), (1.0, 5.0)
    ended, theirs = (
        run(TNC, function, bounds=b) for run, b in ((ours, box), (scipys, list(zip(*box, strict=True))))
    )
    assert ended.x.tolist() == pytest.approx(theirs.x.tolist(), abs=1e-6)
    assert ended.nit < theirs.nit


def test_nothing_is_asked_outside_the_bounds_and_answers_lie_on_them():
    """Also where bounds are so wide that x next to one is rounded off it, which is where SciPy gets stuck."""
    for seed in range(60):
        rng = np.random.default_rng(seed)
        lower, center = rng.uniform(0.1, 0.4, 3), rng.uniform(-2.0, 2.0, 3)
        upper = lower + 10.0 ** rng.uniform(-1.0, 8.0, 3)
        steps = []

        def fun(x, center=center, lower=lower, upper=upper):
            assert (x >= lower).all()
            assert (x <= upper).all()
            return float(np.sum((x - center) ** 2) + 0.1 * (x[0] - x[2]) ** 2)

        def jac(x, center=center):
            pull = 0.2 * (x[0] - x[2]) * np.array([1.0, 0.0, -1.0])
            return 2.0 * (x - center) + pull

        watch = lambda parts, steps=steps: steps.append(parts["answer"].copy()) or True  # noqa: E731
        start = lower + rng.random(3) * np.minimum(upper - lower, 1.0)
        ended = solve(TNC, start, fun=fun, jac=jac, bounds=(lower, upper), watch=watch, maxfun=3000)
        assert ended.status > 0
        for bound in (lower, upper):
            near = abs(np.array(steps) - bound) < 1e-12
            assert (np.array(steps) == bound)[near].all()


def test_a_flat_minimum():
    ended = ours(TNC, FLAT)
    assert ended.status in (Status.GRADIENT, Status.COST, Status.STEP)
    assert ended.fun < 1e-6


def test_undefined_values_are_never_accepted():
    ended = ours(TNC, barrier(INF), **FINE)
    assert np.isfinite(ended.fun)
    theirs = scipys(TNC, barrier(INF), **FINE)
    assert ended.fun <= theirs.fun + 1e-6


def test_limits_end_it_with_the_best_point():
    smooth = FUNCTIONS["Rosenbrock"]
    ended = ours(TNC, smooth, maxfun=20)
    assert (ended.status, ended.nfev) == (Status.EVALUATION_LIMIT, 20)
    assert TNC.endings[Status.EVALUATION_LIMIT] == (3, "Max. number of function evaluations reached")
    assert ended.fun == smooth.fun(ended.x) < smooth.fun(np.array(smooth.start))


@pytest.mark.parametrize(
    ("options", "status"),
    [({"gtol": 1e3}, Status.GRADIENT), ({"ftol": 1e3}, Status.COST), ({"xtol": 1e3, "ftol": 0}, Status.STEP)],
)
def test_each_tolerance_ends_it(options, status):
    ended = ours(TNC, FUNCTIONS["Rosenbrock"], **options)
    theirs = scipys(TNC, FUNCTIONS["Rosenbrock"], **options)
    assert ended.status == status
    assert TNC.endings[status] == (theirs.status, theirs.message)
    assert ended.nfev == theirs.nfev


def test_scale_and_offset():
    import solvers

    smooth = FUNCTIONS["Rosenbrock"]
    given = {"scale": np.array([2.0, 0.5]), "offset": np.array([0.1, -0.2])}
    both = [
        minimize(smooth.fun, smooth.start, jac=smooth.jac, method="TNC", options=given)
        for minimize in (solvers.minimize, scipy.optimize.minimize)
    ]
    np.testing.assert_allclose(both[0].x, both[1].x, rtol=1e-3)
    plain = solvers.minimize(smooth.fun, smooth.start, jac=smooth.jac, method="TNC")
    assert both[0].nfev != plain.nfev
