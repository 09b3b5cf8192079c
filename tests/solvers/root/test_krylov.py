"""Newton and Krylov's method against SciPy's."""

import numpy as np
import pytest

from solvers.methods.root.krylov import BICGSTAB, CGS, GMRES, KRYLOV, MINRES, TFQMR
from solvers.status import Status
from tests.solvers.root.systems import (
    SYSTEMS,
    boundary_value,
    helical_valley,
    logarithmic,
    ours,
    scipys,
    tridiagonal,
    without_solution,
)

SMOOTH = [(helical_valley, [-1.0, 0.5, 0.2]), (tridiagonal, [-1.0] * 5), (boundary_value, [-0.1] * 5)]


@pytest.mark.parametrize(
    "jac_options",
    [
        {},
        {"method": "bicgstab"},
        {"method": "tfqmr"},
        {"outer_k": 0},
        {"outer_k": 2},
        {"rdiff": 1e-6},
        {"inner_inner_m": 2, "outer_k": 1},
    ],
)
@pytest.mark.parametrize(("function", "x0"), SMOOTH[1:])
def test_evaluates_as_often_as_scipys(function, x0, jac_options):
    own = {**jac_options, "method": KRYLOV.choices["method"][jac_options.get("method", "lgmres")]}
    found, expected = (
        ours(KRYLOV, function, x0, **own),
        scipys("krylov", function, x0, jac_options=jac_options),
    )
    assert expected.success
    assert Status(found.status) == Status.ZERO
    assert found.nit == expected.nit - 1
    assert found.nfev == pytest.approx(expected.nfev, abs=1 if own["method"] > GMRES else 0)
    assert found.x == pytest.approx(expected.x, abs=1e-6)


@pytest.mark.parametrize("maxiter", [1, 2, 3, 5])
def test_steps_are_scipys(maxiter):
    found = ours(KRYLOV, helical_valley, [-1.0, 0.5, 0.2], maxiter=maxiter, outer_k=1)
    expected = scipys("krylov", helical_valley, [-1.0, 0.5, 0.2], maxiter=maxiter, jac_options={"outer_k": 1})
    assert found.nfev == expected.nfev
    assert found.x == pytest.approx(expected.x, rel=1e-5, abs=1e-5)


@pytest.mark.parametrize(("function", "x0"), SMOOTH)
def test_gmres_needs_no_residual_of_its_answer(function, x0):
    found = ours(KRYLOV, function, x0, method=GMRES)
    expected = scipys("krylov", function, x0, jac_options={"method": "gmres"})
    assert Status(found.status).converged == expected.success
    assert found.nfev < expected.nfev
    assert found.x == pytest.approx(expected.x, abs=1e-5)


@pytest.mark.parametrize("method", [GMRES, BICGSTAB, CGS, TFQMR])
@pytest.mark.parametrize(("function", "x0"), SYSTEMS[3:])
def test_answers_are_solutions(function, x0, method):
    found = ours(KRYLOV, function, x0, method=method)
    assert Status(found.status) == Status.ZERO
    assert abs(function(found.x)).max() < 1e-5


def test_products_are_limited():
    few = ours(KRYLOV, tridiagonal, [-1.0] * 5, method=GMRES, inner_maxiter=1, maxiter=3)
    many = ours(KRYLOV, tridiagonal, [-1.0] * 5, method=GMRES, maxiter=3)
    assert few.nfev < many.nfev


@pytest.mark.parametrize(("function", "x0"), SMOOTH[1:])
def test_cgs_takes_fewer_products_than_scipys(function, x0):
    found = ours(KRYLOV, function, x0, method=CGS)
    expected = scipys("krylov", function, x0, jac_options={"method": "cgs"})
    assert Status(found.status) == Status.ZERO
    assert abs(found.nit - expected.nit) <= 1
    assert found.nfev < expected.nfev
    assert found.x == pytest.approx(expected.x, abs=1e-6)


def test_minres_is_for_symmetric_jacobians():
    start = [-0.1] * 9
    found = ours(KRYLOV, boundary_value, start, method=MINRES)
    expected = scipys("krylov", boundary_value, start, jac_options={"method": "minres"})
    assert expected.success
    assert Status(found.status) == Status.ZERO
    assert found.x == pytest.approx(expected.x, abs=1e-5)
    assert found.nfev <= 1.2 * expected.nfev


@pytest.mark.parametrize("method", [GMRES, BICGSTAB, CGS, TFQMR, MINRES])
def test_linear_equations(method):
    root = np.random.default_rng(3).normal(size=(6, 6))
    matrix, b = root @ root.T + np.eye(6), np.arange(1.0, 7.0)
    found = ours(
        KRYLOV, lambda x: matrix @ x - b, np.zeros(6), method=method, maxiter=30, fatol=1e-8, rdiff=1e-3
    )
    assert Status(found.status) == Status.ZERO
    assert found.x == pytest.approx(np.linalg.solve(matrix, b), abs=1e-6)


@pytest.mark.parametrize("method", [GMRES, BICGSTAB, CGS, TFQMR, MINRES])
def test_products_beyond_the_domain_are_taken_from_the_other_side(method):
    def edge(x):
        return np.array([x[0] + x[1] - 3.0, x[0] - 2.0 * x[1]]) if x[0] <= 0.5 else x * np.nan

    found = ours(KRYLOV, edge, [0.5, 0.1], method=method, maxiter=1)
    assert Status(found.status) in {Status.ITERATION_LIMIT, Status.STALLED}


@pytest.mark.parametrize("method", [0.0, GMRES, BICGSTAB, CGS, TFQMR, MINRES])
def test_where_equations_are_undefined_all_around_it_ends(method):
    start = np.array([1.0, 2.0])
    found = ours(KRYLOV, lambda x: x if (x == start).all() else x * np.nan, start, method=method)
    assert Status(found.status) == Status.SINGULAR
    assert found.x.tolist() == start.tolist()


@pytest.mark.parametrize("method", [0.0, GMRES, BICGSTAB, CGS, TFQMR, MINRES])
def test_where_equations_are_undefined_it_turns_back(method):
    found = ours(KRYLOV, logarithmic, [5.0, -0.1], method=method)
    assert Status(found.status).converged
    assert np.isfinite(found.kept["fun"]).all()


def test_where_there_is_no_solution():
    found = ours(KRYLOV, without_solution, [1.0, 1.0], maxiter=50)
    assert not Status(found.status).converged


def test_what_is_carried_over_is_a_number_of_solutions():
    with pytest.raises(ValueError, match="'outer_k' of krylov: got -1"):
        KRYLOV.fitted(KRYLOV.options(outer_k=-1.0))
