"""Newton-CG against SciPy's."""

import numpy as np
import pytest

from solvers.methods.minimize.newton_cg import NEWTON_CG
from solvers.status import Status
from tests.alone import solve
from tests.solvers.minimize.smooth import FLAT, FUNCTIONS, Smooth, barrier, ours, scipys


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_answer_and_the_counts_are_scipys(name):
    ended, theirs = ours(NEWTON_CG, FUNCTIONS[name]), scipys(NEWTON_CG, FUNCTIONS[name])
    assert NEWTON_CG.endings[Status(ended.status)] == (theirs.status, theirs.message)
    np.testing.assert_allclose(ended.fun, theirs.fun, rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(ended.x, theirs.x, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(ended.jac, FUNCTIONS[name].jac(ended.x), atol=1e-12)
    assert ended.nfev <= 1.1 * theirs.nfev
    assert ended.nhev <= 1.2 * theirs.nhev + 1


def test_the_first_iterates_are_scipys():
    function = FUNCTIONS["Rosenbrock 5"]
    for maxiter in range(1, 8):
        ended, theirs = (run(NEWTON_CG, function, maxiter=maxiter) for run in (ours, scipys))
        np.testing.assert_allclose(ended.x, theirs.x, rtol=1e-9)
        counts = ended.nit, ended.nfev, ended.njev, ended.nhev
        assert counts == (theirs.nit, theirs.nfev, theirs.njev, theirs.nhev)
        assert NEWTON_CG.endings[Status(ended.status)] == (theirs.status, theirs.message)


@pytest.mark.parametrize("options", [{"xtol": 1e-2}, {"xtol": 1e-9}, {"c2": 0.1}, {"c1": 0.2}])
def test_options_are_scipys(options):
    ended, theirs = (run(NEWTON_CG, FUNCTIONS["Rosenbrock"], **options) for run in (ours, scipys))
    np.testing.assert_allclose(ended.x, theirs.x, atol=1e-6)
    assert abs(ended.nit - theirs.nit) <= 1


def test_products_are_made_from_a_hessian_too():
    function = FUNCTIONS["Himmelblau"]
    by_products = ours(NEWTON_CG, function)
    ended = solve(NEWTON_CG, function.start, fun=function.fun, jac=function.jac, hess=function.hess)
    np.testing.assert_allclose(ended.x, by_products.x, rtol=1e-12)
    assert ended.nhev <= ended.nit + 1


def test_leaves_a_saddle_downhill():
    saddle = {
        "fun": lambda x: x[0] ** 4 / 4 - x[0] ** 2 / 2 + x[1] ** 2,
        "jac": lambda x: np.array([x[0] ** 3 - x[0], 2 * x[1]]),
        "hessp": lambda x, v: np.array([(3 * x[0] ** 2 - 1) * v[0], 2 * v[1]]),
    }
    ended = solve(NEWTON_CG, [0.1, 1.0], **saddle)
    assert ended.status == Status.STEP
    np.testing.assert_allclose(ended.x, [1.0, 0.0], atol=1e-5)


def test_goes_down_the_gradient_where_nothing_curves():
    """SciPy ends there, as converged."""
    shape = {
        "fun": lambda x: np.hypot(1.0, x[0] - 30.0),
        "jac": lambda x: (x - 30.0) / np.hypot(1.0, x - 30.0),
    }
    ended = solve(NEWTON_CG, [0.0], **shape, hessp=lambda x, v: 0.0 * v * x)
    np.testing.assert_allclose(ended.x, 30.0, atol=1e-3)
    assert ended.nit > 0


@pytest.mark.parametrize("curvature", [np.nan, -np.inf])
def test_goes_down_the_gradient_where_products_are_undefined(curvature):
    ended = solve(
        NEWTON_CG, [3.0, 4.0], fun=lambda x: x @ x, jac=lambda x: 2.0 * x, hessp=lambda x, v: curvature * v
    )
    np.testing.assert_allclose(ended.x, 0.0, atol=1e-5)
    assert ended.status > 0


def test_a_flat_minimum_is_found_as_nearly_as_asked():
    """SciPy ends where curvature is below rounding of 1, 0.005 away."""
    ended = ours(NEWTON_CG, FLAT)
    assert ended.status == Status.STEP
    np.testing.assert_allclose(ended.x, 1.0, atol=1e-4)


def test_xtol_of_zero_ends_at_rounding():
    ended = solve(NEWTON_CG, [0.1], fun=lambda x: np.cos(x[0]), jac=lambda x: -np.sin(x),
                  hessp=lambda x, v: -np.cos(x) * v, xtol=0.0)  # fmt: skip
    assert ended.status == Status.STEP
    np.testing.assert_allclose(ended.x, np.pi, atol=1e-7)


def test_scales_of_the_function_do_not_matter():
    fun, jac, hess, start = FUNCTIONS["Himmelblau"]
    scaled = Smooth(lambda x: 1e-20 * fun(x), lambda x: 1e-20 * jac(x), lambda x: 1e-20 * hess(x), start)
    ended = ours(NEWTON_CG, scaled)
    assert ended.status == Status.STEP
    np.testing.assert_allclose(jac(ended.x), 0.0, atol=1e-3)


@pytest.mark.parametrize("beyond", [np.inf, np.nan])
def test_turns_back_where_the_function_is_undefined(beyond):
    ended = ours(NEWTON_CG, barrier(beyond))
    assert ended.status == Status.STEP
    np.testing.assert_allclose(ended.x, 1.0, atol=1e-5)


def test_nothing_is_done_where_the_gradient_is_zero():
    ended = ours(NEWTON_CG, FUNCTIONS["Rosenbrock"], start=(1.0, 1.0))
    assert (ended.status, ended.nit, ended.nfev, ended.nhev) == (Status.GRADIENT, 0, 1, 0)


def test_limits():
    ended = ours(NEWTON_CG, FUNCTIONS["Rosenbrock"], maxiter=3)
    assert (ended.status, ended.nit) == (Status.ITERATION_LIMIT, 3)
    assert ended.fun == FUNCTIONS["Rosenbrock"].fun(ended.x)


def test_a_gradient_that_is_none_stalls_at_the_start():
    ended = solve(
        NEWTON_CG, [1.0, 2.0], fun=lambda x: x @ x, jac=lambda x: -2.0 * x, hessp=lambda x, v: 2.0 * v
    )
    assert (ended.status, ended.nit) == (Status.STALLED, 0)
    assert ended.x.tolist() == [1.0, 2.0]


def test_products_of_no_hessian_do_not_lead_uphill():
    turning = np.array([[4.0, 2.0, 3.0], [-1.0, 5.0, -5.0], [1.0, 3.0, 4.0]])
    steps = []
    ended = solve(
        NEWTON_CG,
        [0.0, -1.0, -2.0],
        fun=lambda x: x @ x,
        jac=lambda x: 2.0 * x,
        hessp=lambda x, v: turning @ v,
        watch=lambda parts: steps.append(parts["numbers"][1]) or True,
    )
    assert ended.fun < 1e-4
    assert ended.nit > 0
    assert (np.diff([5.0, *steps]) < 0.0).all()


def test_each_step_is_watched():
    steps = []
    watch = lambda parts: steps.append(parts["numbers"][1]) or True  # noqa: E731
    ended = ours(NEWTON_CG, FUNCTIONS["Beale"], watch=watch)
    assert len(steps) == ended.nit
    assert (np.diff(steps) < 0.0).all()
