"""Nonlinear conjugate gradients against SciPy's."""

import math

import numpy as np
import pytest

from solvers.methods.minimize.cg import CG
from solvers.status import Status
from tests.alone import solve
from tests.solvers.minimize.smooth import FLAT, FUNCTIONS, barrier, ours, scipys


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_answer_and_the_counts_are_scipys(name):
    ended, theirs = ours(CG, FUNCTIONS[name]), scipys(CG, FUNCTIONS[name])
    assert CG.endings[Status(ended.status)] == (theirs.status, theirs.message)
    np.testing.assert_allclose(ended.fun, theirs.fun, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(ended.x, theirs.x, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(ended.jac, FUNCTIONS[name].jac(ended.x), atol=1e-12)
    assert abs(ended.jac).max() <= 1e-5
    assert ended.nfev <= 1.5 * theirs.nfev


def test_the_first_iterates_are_scipys():
    function = FUNCTIONS["trigonometric"]
    for maxiter in range(1, 8):
        ended, theirs = ours(CG, function, maxiter=maxiter), scipys(CG, function, maxiter=maxiter)
        np.testing.assert_allclose(ended.x, theirs.x, rtol=1e-9)
        assert (ended.nit, ended.nfev, ended.njev) == (theirs.nit, theirs.nfev, theirs.njev)
        assert CG.endings[Status(ended.status)] == (theirs.status, theirs.message)


@pytest.mark.parametrize("options", [{"norm": 2.0}, {"norm": 1.0}, {"gtol": 1e-2}, {"c2": 0.1}, {"c1": 0.2}])
def test_options_are_scipys(options):
    ended = ours(CG, FUNCTIONS["Himmelblau"], **options)
    theirs = scipys(CG, FUNCTIONS["Himmelblau"], **options)
    np.testing.assert_allclose(ended.x, theirs.x, atol=1e-6)
    assert (ended.nit, ended.nfev) == (theirs.nit, theirs.nfev)


def test_a_quadratic_takes_as_many_steps_as_it_has_unknowns_where_searches_are_exact():
    ended = ours(CG, FUNCTIONS["quadratic"], c2=1e-7, gtol=1e-6)
    assert ended.status == Status.GRADIENT
    assert ended.nit == 4


@pytest.mark.parametrize("beyond", [np.inf, np.nan])
def test_turns_back_where_the_function_is_undefined(beyond):
    ended = ours(CG, barrier(beyond))
    assert ended.status == Status.GRADIENT
    np.testing.assert_allclose(ended.x, 1.0, atol=1e-4)


def test_a_flat_minimum():
    ended, theirs = ours(CG, FLAT), scipys(CG, FLAT)
    assert ended.status == Status.GRADIENT
    assert (ended.nit, ended.nfev) == (theirs.nit, theirs.nfev)
    np.testing.assert_allclose(ended.x, theirs.x, atol=1e-8)


def test_nothing_is_done_at_a_minimum():
    ended = ours(CG, FUNCTIONS["Rosenbrock"], start=(1.0, 1.0))
    assert (ended.status, ended.nit, ended.nfev, ended.njev) == (Status.GRADIENT, 0, 1, 1)
    assert ended.x.tolist() == [1.0, 1.0]


def test_limits():
    ended = ours(CG, FUNCTIONS["Rosenbrock"], maxiter=3)
    assert (ended.status, ended.nit) == (Status.ITERATION_LIMIT, 3)
    assert ended.fun == FUNCTIONS["Rosenbrock"].fun(ended.x)
    assert ours(CG, FUNCTIONS["Rosenbrock"], maxiter=0).nfev == 1


def test_a_gradient_that_is_none_stalls_at_the_start():
    ended = solve(CG, [1.0, 2.0], fun=lambda x: x @ x, jac=lambda x: -2.0 * x)
    assert (ended.status, ended.nit) == (Status.STALLED, 0)
    assert ended.x.tolist() == [1.0, 2.0]


def test_a_function_without_end():
    ended = solve(CG, [1.0, 2.0], fun=lambda x: -math.exp(min(x[0], 800.0)) if x[0] < 709.0 else -np.inf,
                  jac=lambda x: np.array([-math.exp(min(x[0], 709.0)), 0.0]))  # fmt: skip
    assert ended.status == Status.UNBOUNDED


def test_each_step_is_watched():
    steps = []
    ended = ours(CG, FUNCTIONS["Beale"], watch=lambda parts: steps.append(parts["numbers"][1]) or True)
    assert len(steps) == ended.nit
    assert (np.diff(steps) < 0.0).all()
