"""Powell's hybrid method against MINPACK's."""

import numpy as np
import pytest

from solvers.methods.root.hybr import HYBR
from solvers.status import Status
from tests.alone import solve
from tests.solvers.root.systems import (
    SYSTEMS,
    cubic,
    logarithmic,
    ours,
    rosenbrock,
    scipys,
    tridiagonal,
    without_solution,
)


@pytest.mark.parametrize(("function", "x0"), SYSTEMS)
def test_evaluates_as_often_as_scipys(function, x0):
    found, expected = ours(HYBR, function, x0), scipys("hybr", function, x0)
    assert Status(found.status) in {Status.ZERO, Status.STEP}
    assert found.x == pytest.approx(expected.x, abs=1e-7)
    # The last steps of Rosenbrock's are made of rounding errors.
    assert found.nfev == pytest.approx(expected.nfev, abs=2 if function is rosenbrock else 0)
    assert found.njev == pytest.approx(expected.njev, abs=1 if function is rosenbrock else 0)
    assert found.fun == pytest.approx(np.linalg.norm(found.kept["fun"]))
    assert found.kept["fun"] == pytest.approx(function(found.x))


def test_leaves_the_factors_of_its_jacobian():
    found, expected = ours(HYBR, tridiagonal, [-1.0] * 5), scipys("hybr", tridiagonal, [-1.0] * 5)
    reported = HYBR.reports(found.kept)
    q = reported["fjac"].T
    r, scipys_r = np.zeros((2, 5, 5))
    r[np.triu_indices(5)], scipys_r[np.triu_indices(5)] = reported["r"], expected.r
    assert q.T @ q == pytest.approx(np.eye(5), abs=1e-14)
    assert q @ r == pytest.approx(expected.fjac.T @ scipys_r, abs=1e-6)
    assert reported["qtf"] == pytest.approx(q.T @ reported["fun"], abs=1e-15)


@pytest.mark.parametrize("options", [{"factor": 0.1}, {"xtol": 1e-3}, {"factor": 1.0, "xtol": 1e-12}])
def test_options(options):
    found = ours(HYBR, cubic, [3.0, -1.0], **options)
    expected = scipys("hybr", cubic, [3.0, -1.0], **options)
    assert (found.nfev, found.njev) == (expected.nfev, expected.njev)
    assert found.x == pytest.approx(expected.x, abs=1e-6)


def test_a_given_scale():
    found = ours(HYBR, rosenbrock, [-1.2, 1.0], given={"diag": np.array([3.0, 0.5])}, factor=1.0)
    expected = scipys("hybr", rosenbrock, [-1.2, 1.0], diag=[3.0, 0.5], factor=1.0)
    assert (found.nfev, found.njev) == (expected.nfev, expected.njev)
    assert found.kept["diag"].tolist() == [3.0, 0.5]


def test_evaluations_are_limited():
    found, expected = (
        ours(HYBR, rosenbrock, [-1.2, 1.0], maxfev=5),
        scipys("hybr", rosenbrock, [-1.2, 1.0], maxfev=5),
    )
    assert Status(found.status) == Status.EVALUATION_LIMIT
    assert expected.status == HYBR.endings[Status.EVALUATION_LIMIT][0]
    assert found.x == pytest.approx(expected.x)
    assert found.nfev == 5


@pytest.mark.parametrize("x0", [[1.0, 1.0], [0.5, 0.3]])
def test_where_there_is_no_solution(x0):
    found, expected = ours(HYBR, without_solution, x0), scipys("hybr", without_solution, x0)
    assert Status(found.status) == Status.STALLED
    code, message = HYBR.details[int(found.parts["numbers"][10])]
    assert (code, message) == (expected.status, expected.message)


def test_where_equations_are_undefined_it_turns_back():
    found = ours(HYBR, logarithmic, [10.0, 0.5], factor=1e3)
    assert Status(found.status).converged
    assert logarithmic(found.x) == pytest.approx([0.0, 0.0], abs=1e-8)


def test_where_equations_are_undefined_all_around_it_stalls():
    start = np.array([1.0, 2.0])
    found = ours(HYBR, lambda x: x + 1.0 if (abs(x - start) < 1e-4).all() else x * np.nan, start)
    assert Status(found.status) == Status.STALLED
    assert abs(found.x - start).max() < 1e-4


def test_an_undefined_first_jacobian_is_no_start():
    found = solve(
        HYBR,
        [1.0],
        values=lambda x: x,
        jacobian=lambda x: np.array([[np.nan]]),
        least=np.zeros(1),
        most=np.zeros(1),
    )
    assert Status(found.status) == Status.NON_FINITE


def test_a_solution_to_start_with():
    found = ours(HYBR, rosenbrock, [1.0, 1.0])
    assert Status(found.status) == Status.ZERO
    assert found.nfev == scipys("hybr", rosenbrock, [1.0, 1.0]).nfev


def test_a_singular_jacobian_is_survived():
    found, expected = ours(HYBR, lambda x: x**2, [0.0, 1.0]), scipys("hybr", lambda x: x**2, [0.0, 1.0])
    assert Status(found.status).converged or found.fun < 1e-6
    assert abs(found.x - expected.x).max() < 1e-3


def test_steps_are_watched():
    seen = []
    found = ours(HYBR, cubic, [3.0, -1.0], watch=lambda parts: seen.append(parts["answer"].copy()) or True)
    assert len(seen) == found.nit
    assert seen[-1].tolist() == found.x.tolist()
