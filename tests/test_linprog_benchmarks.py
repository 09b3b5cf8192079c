"""The benchmarks of linear programs run at their smallest size, and what they measure with measures right."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks import linprog, linprog_accuracy, netlib
from benchmarks.linear_programs import assignment, boxed, packing, transport
from benchmarks.linprog_contenders import GIVEN, LAST, batch, highs, ours, peers, scipys
from solvers.status import Status

SMALL = [
    boxed(3, 4, 6, 1),
    boxed(3, 4, 6, 1, same_matrix=True),
    packing(3, 4, 6, 1),
    transport(2, 3, 6, 1),
    assignment(3, 6, 1),
]


def test_all_families_are_raced():
    with linprog.one_core():
        entries = [linprog.race(family, linprog.SMOKE) for family in linprog.families(linprog.SMOKE)]
    names = [entry.family.name for entry in entries]
    assert names[:2] == ["boxed 5x10", "boxed 5x10, one matrix"]
    assert names[-2:] == ["afiro, cold", "afiro, warm"]
    assert entries[0].family.goals == (500, 80)
    for entry in entries:
        assert min(entry.microseconds) > 0.0
        assert set(entry.agree) == {1.0}
        assert min(entry.ratios) > 0.0
        assert entry.ratios[0] == 1.0


@pytest.mark.parametrize("problems", SMALL, ids=lambda problems: problems.name)
def test_every_way_finds_the_same(problems):
    """No race is won by another problem, or by what HiGHS kept of the problem before."""
    everyone = [ours(), *(way for ways in peers(problems, None, keeps=True) for way in ways)]
    answers = [contender.solve(problems) for contender in everyone]
    assert np.isfinite(answers[0]).all()
    assert np.allclose(answers, answers[0], rtol=1e-9)
    assert any(LAST in contender.name for contender in everyone) == problems.same_matrix


def test_perturbed_problems_differ_and_are_feasible():
    published = netlib.read()["sc50a"].problem
    problems = netlib.perturbed(published, 5, seed=1)
    given = batch(published).basis[0]
    cold = scipys(sparse=True).solve(problems)
    assert len(set(cold.round(6))) == 5
    assert np.allclose(ours(given).solve(problems), cold)
    assert np.allclose(highs(GIVEN, given).solve(problems), cold)


def test_a_wrong_objective_is_reported():
    right = np.array([1.0, -200.0, 3.0, 4.0])
    assert linprog.share_of_agreement(right * (1 + 1e-9), right) == 1.0
    assert linprog.share_of_agreement(np.array([1.1, -200.0, np.nan, 4.0]), right) == 0.5


FEASIBLE = linprog_accuracy.Score("one", True, "simplex", "simplex", Status.OPTIMAL, 1e-9, (0.0,) * 4)
INFEASIBLE = replace(FEASIBLE, feasible=False, status=Status.INFEASIBLE, error=np.nan)


@pytest.mark.parametrize(
    ("score", "said"),
    [
        (FEASIBLE, ""),
        (INFEASIBLE, ""),
        (replace(FEASIBLE, status=Status.NUMERICAL), ""),  # the simplex may leave some to HiGHS
        (replace(FEASIBLE, status=Status.NUMERICAL, method=None), "one, hand-over: numerical"),
        (replace(FEASIBLE, error=1e-7), "off by 1.0e-07"),
        (replace(FEASIBLE, status=Status.INFEASIBLE), "one, simplex: infeasible"),
        (replace(INFEASIBLE, status=Status.OPTIMAL), "one, simplex: converged"),
    ],
)
def test_the_bar(score, said):
    found = "\n".join(linprog_accuracy.complaints([FEASIBLE] * 10 + [score]))
    assert said in found
    assert bool(said) == bool(found)


def test_the_simplex_has_to_solve_most_by_itself():
    (said,) = linprog_accuracy.complaints([FEASIBLE] * 9)
    assert said == "the simplex solves 9 of the feasible problems by itself; 10 are asked for"


def test_netlib_passes(capsys):
    assert linprog_accuracy.main() == 0
    assert len(capsys.readouterr().out.splitlines()) == 2 + 2 * 23
