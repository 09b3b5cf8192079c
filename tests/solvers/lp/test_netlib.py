"""Netlib's problems by the compiled simplex alone, and copies of them in one batch."""

import numpy as np
import pytest
from scipy.optimize import linprog

from benchmarks import netlib
from solvers import linprog_batch
from solvers.lp.programs import Programs
from solvers.lp.rays import is_farkas
from solvers.status import Status

PROBLEMS = netlib.read()
FEASIBLE = sorted(name for name, one in PROBLEMS.items() if one.feasible)
INFEASIBLE = sorted(set(PROBLEMS) - set(FEASIBLE))


def arguments(problem):
    names = ("c", "A_ub", "b_ub", "A_eq", "b_eq", "bounds")
    return {name: getattr(problem, name) for name in names}


def test_none_is_missing():
    assert (len(FEASIBLE), len(INFEASIBLE)) == (15, 8)


@pytest.mark.parametrize("name", FEASIBLE)
def test_the_simplex_finds_the_optimum_by_itself(name):
    problem = PROBLEMS[name].problem
    result = linprog_batch(**arguments(problem), method="simplex")
    options = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}
    best = linprog(*problem.scipys(0), method="highs", options=options).fun
    assert result.success[0]
    np.testing.assert_allclose(result.fun[0], best, rtol=1e-8)


@pytest.mark.parametrize("name", INFEASIBLE)
def test_there_is_a_proof_that_there_is_no_point(name):
    problem = PROBLEMS[name].problem
    result = linprog_batch(**arguments(problem), method="simplex")
    assert result.status[0] == Status.INFEASIBLE
    A = np.concatenate([problem.A_ub, problem.A_eq], axis=1)
    row_lower = np.concatenate([np.full_like(problem.b_ub, -np.inf), problem.b_eq], axis=1)
    row_upper, (lower, upper) = np.concatenate([problem.b_ub, problem.b_eq], axis=1), problem.bounds.T
    programs = Programs(1, problem.c, A, row_lower, row_upper, lower[np.newaxis], upper[np.newaxis])
    assert is_farkas(programs.one(0), result.farkas[0])


@pytest.mark.parametrize("name", ["afiro", "blend", "sc50a", "stocfor1"])
def test_perturbed_copies_are_the_same_alone_and_in_any_order(name):
    given = arguments(netlib.perturbed(PROBLEMS[name].problem, 4, seed=0))
    batch = linprog_batch(**given, method="simplex")
    assert batch.success.all()
    each = ("b_ub", "b_eq")
    backwards = linprog_batch(**given | {part: given[part][::-1] for part in each}, method="simplex")
    for field in ("x", "y", "z", "nit", "basis", "gap"):
        whole = getattr(batch, field)
        assert whole.tobytes() == getattr(backwards, field)[::-1].tobytes()
        for i in range(4):
            alone = linprog_batch(**given | {part: given[part][i] for part in each}, method="simplex")
            assert whole[i].tobytes() == getattr(alone, field)[0].tobytes()
