"""Levenberg-Marquardt against MINPACK's."""

import numpy as np
import pytest

from solvers.coroutines.row import DETAIL
from solvers.methods.root.lm import LM
from solvers.status import Status
from tests.alone import solve
from tests.solvers.root.systems import (
    SYSTEMS,
    cubic,
    helical_valley,
    logarithmic,
    ours,
    rosenbrock,
    scipys,
    tridiagonal,
    without_solution,
)


def overdetermined(x):
    return np.array([x[0] - 1.0, x[0] * x[1] - 2.0, x[0] + x[1]])


def decay(x):
    t = np.linspace(0.0, 2.0, 12)
    return x[0] * np.exp(-x[1] * t) + x[2] - (2.0 * np.exp(-1.5 * t) + 0.5 + 0.1 * np.sin(9.0 * t))


FITS = [(overdetermined, [0.3, 1.0]), (decay, [1.0, 0.1, 0.0])]


def agree(function, x0, given=None, **options):
    found = ours(LM, function, x0, given=given, **options)
    expected = scipys("lm", function, x0, **options, **(given or {}))
    assert (found.nfev, found.njev) == (expected.nfev, expected.njev)
    code = LM.endings.get(Status(found.status)) or LM.details[int(found.parts["numbers"][DETAIL])]
    assert code[0] == expected.status
    assert Status(found.status).converged == expected.success
    assert found.x == pytest.approx(expected.x, rel=1e-6, abs=1e-8)
    assert found.kept["fun"] == pytest.approx(function(found.x))
    assert found.fun == pytest.approx(np.linalg.norm(found.kept["fun"]))
    return found, expected


@pytest.mark.parametrize(("function", "x0"), SYSTEMS + FITS)
def test_evaluates_as_often_as_scipys(function, x0):
    agree(function, x0)


@pytest.mark.parametrize(("function", "x0"), FITS)
def test_leaves_what_scipys_does(function, x0):
    found, expected = agree(function, x0)
    assert found.kept["cov_x"] == pytest.approx(expected.cov_x, rel=1e-6)
    assert found.kept["ipvt"].tolist() == expected.ipvt.tolist()
    assert found.kept["fjac"] == pytest.approx(expected.fjac, rel=1e-6, abs=1e-8)
    assert found.kept["qtf"] == pytest.approx(expected.qtf, rel=1e-3, abs=1e-8)


def test_a_singular_jacobian_has_no_covariance():
    function = lambda x: np.array([x[0] + x[1] - 1.0, 2.0 * x[0] + 2.0 * x[1] - 2.0, x[0] + x[1] - 1.5])  # noqa: E731
    jacobian = np.array([[1.0, 1.0], [2.0, 2.0], [1.0, 1.0]])
    found = solve(
        LM, [3.0, 0.0], values=function, jacobian=lambda x: jacobian, least=np.zeros(3), most=np.zeros(3)
    )
    assert Status(found.status).converged
    assert found.x.sum() == pytest.approx(13.0 / 12.0)
    assert np.isnan(found.kept["cov_x"]).all() or abs(found.kept["cov_x"]).max() > 1e12


@pytest.mark.parametrize("options", [{"factor": 0.1}, {"ftol": 1e-3}, {"xtol": 1e-2}, {"gtol": 1e-2}])
@pytest.mark.parametrize(("function", "x0"), FITS)
def test_options(function, x0, options):
    agree(function, x0, **options)


@pytest.mark.parametrize(("function", "x0"), FITS)
def test_tolerances_of_zero_are_too_small(function, x0):
    found, expected = (
        ours(LM, function, x0, ftol=0.0, xtol=0.0),
        scipys("lm", function, x0, ftol=0.0, xtol=0.0),
    )
    assert Status(found.status) == Status.STALLED
    assert found.parts["numbers"][DETAIL] in {6.0, 7.0, 8.0}
    assert found.nfev <= expected.nfev + 2
    assert found.x == pytest.approx(expected.x, rel=1e-6)


def test_a_given_scale():
    found, _ = agree(rosenbrock, [-1.2, 1.0], given={"diag": np.array([3.0, 0.5])}, factor=1.0)
    assert found.kept["diag"].tolist() == [3.0, 0.5]


def test_evaluations_are_limited():
    found, _ = agree(rosenbrock, [-1.2, 1.0], maxiter=5)
    assert Status(found.status) == Status.EVALUATION_LIMIT


def test_where_there_is_no_solution():
    found, _ = agree(without_solution, [1.0, 1.0])
    assert found.fun == pytest.approx(1.0)


def test_a_start_without_slope():
    agree(helical_valley, [-1.0, 0.0, 0.0])


def test_where_equations_are_undefined_it_turns_back():
    undefined = []

    def watched(x):
        found = logarithmic(x)
        undefined.append(not np.isfinite(found).all())
        return found

    found = ours(LM, watched, [3.0, 5.0])
    assert any(undefined)
    assert Status(found.status).converged
    assert found.fun < 1e-7


def test_where_equations_are_undefined_all_around_it_ends():
    start = np.array([1.0, 2.0])
    found = solve(
        LM,
        start,
        values=lambda x: x if (x == start).all() else x * np.nan,
        jacobian=lambda x: np.eye(2),
        least=np.zeros(2),
        most=np.zeros(2),
    )
    assert found.x.tolist() == start.tolist()
    assert found.nfev < 50


def test_an_undefined_first_jacobian_is_no_start():
    found = solve(
        LM,
        [1.0],
        values=lambda x: x,
        jacobian=lambda x: np.array([[np.nan]]),
        least=np.zeros(1),
        most=np.zeros(1),
    )
    assert Status(found.status) == Status.NON_FINITE


def test_a_solution_to_start_with():
    found, _ = agree(rosenbrock, [1.0, 1.0])
    assert Status(found.status) == Status.ZERO


def test_steps_are_watched():
    seen = []
    found = ours(LM, cubic, [3.0, -1.0], watch=lambda parts: seen.append(parts["answer"].copy()) or True)
    assert len(seen) == found.nit
    assert seen[-1].tolist() == found.x.tolist()


def test_five_unknowns_and_a_small_radius():
    agree(tridiagonal, [-3.0, 4.0, 0.5, 2.0, -1.0], factor=0.1)
