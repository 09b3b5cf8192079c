"""One HiGHS object: its signs and codes are ours, its rays prove, and no solve leaves a trace in the next."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog

from solvers.lp.highs import TIGHT, HighsSolver
from solvers.lp.programs import AT_LOWER, AT_UPPER, BASIC, Program
from solvers.lp.rays import cone, elastic, is_falling, is_farkas
from solvers.lp.sparse import SparseRows
from solvers.status import Status

INF = np.inf


def program(c, A, row_lower, row_upper, lower=0.0, upper=INF):
    c, A = np.array(c, float), np.array(A, float).reshape(-1, len(c))
    m, n = A.shape
    rows = [np.broadcast_to(np.asarray(side, float), m).copy() for side in (row_lower, row_upper)]
    return Program(
        c,
        SparseRows.of(A),
        *rows,
        *(np.broadcast_to(np.asarray(b, float), n).copy() for b in (lower, upper)),
    )


def random_program(seed, m=8, n=12):
    rng = np.random.default_rng(seed)
    A = rng.normal(size=(m, n))
    inside = A @ rng.uniform(size=n)
    return program(rng.normal(size=n), A, -INF, inside + rng.uniform(size=m), 0.0, 3.0)


INFEASIBLE = {
    "row against bounds": program([1, 1], [[1, 1]], -INF, 1, [2, 0]),
    "rows": program([1, 1], [[1, 1], [1, 2]], [3, -INF], [INF, 1]),
    "equations": program([0, 0, 0], [[1, 1, 0], [1, 1, 0]], [1, 2], [1, 2], -INF),
    "zero row": program([1, 1], [[1, 1], [0, 0]], [3, 1], [INF, 2]),
    "upper bounds": program([1, 1], [[1, 1]], 9, INF, 0, [3, 4]),
    "dual infeasible too": program([-1, -1], [[1, -1], [1, -1]], [-INF, 2], [1, INF]),
}
UNBOUNDED = {
    "one row": program([-1, -1], [[1, -1]], -INF, 1),
    "no rows": program([-1, 1], np.zeros((0, 2)), [], []),
    "free": program([1, 0], [[0, 1]], 1, 2, [-INF, 0]),
    "ranged row": program([-1, -1, 0], [[1, -1, 0], [0, 0, 1]], [-1, 2], [1, 5]),
}


@pytest.mark.parametrize("method", ["highs", "highs-ds", "highs-ipm"])
@pytest.mark.parametrize("case", INFEASIBLE)
def test_an_infeasible_program_has_a_ray_that_proves_it(method, case):
    answer = HighsSolver(method, **TIGHT).solve(INFEASIBLE[case])
    assert answer.status == Status.INFEASIBLE
    assert is_farkas(INFEASIBLE[case], answer.farkas)
    assert not is_farkas(INFEASIBLE[case], -answer.farkas)
    assert np.isnan(answer.ray).all()


@pytest.mark.parametrize("method", ["highs", "highs-ds", "highs-ipm"])
@pytest.mark.parametrize("case", UNBOUNDED)
def test_an_unbounded_program_has_a_point_and_a_ray(method, case):
    this = UNBOUNDED[case]
    answer = HighsSolver(method, **TIGHT).solve(this)
    assert answer.status == Status.UNBOUNDED
    assert is_falling(this, answer.ray)
    assert not is_falling(this, -answer.ray)
    value = this.A.toarray() @ answer.x
    assert (this.row_lower - 1e-9 <= value).all()
    assert (value <= this.row_upper + 1e-9).all()
    assert (this.lower <= answer.x).all()
    assert (answer.x <= this.upper).all()


@pytest.mark.parametrize("case", INFEASIBLE)
def test_the_elastic_program_finds_a_ray_by_itself(case):
    y = HighsSolver(**TIGHT).solve(elastic(INFEASIBLE[case])).y
    assert is_farkas(INFEASIBLE[case], y)


@pytest.mark.parametrize("case", UNBOUNDED)
def test_the_cone_program_finds_a_ray_by_itself(case):
    d = HighsSolver(**TIGHT).solve(cone(UNBOUNDED[case])).x
    assert is_falling(UNBOUNDED[case], d)


class Rayless:
    """A HiGHS object that has no rays."""

    def __init__(self, highs):
        self._highs = highs

    def __getattr__(self, name):
        return getattr(self._highs, name)

    def getDualRay(self):
        return None, False, np.zeros(0)

    getPrimalRay = getDualRay


def test_rays_that_highs_does_not_have_are_found():
    solver = HighsSolver(**TIGHT)
    solver._highs = Rayless(solver._highs)
    for this in INFEASIBLE.values():
        assert is_farkas(this, solver.solve(this).farkas)
    for this in UNBOUNDED.values():
        assert is_falling(this, solver.solve(this).ray)


def test_a_feasible_point_that_highs_does_not_give_is_found(monkeypatch):
    solver = HighsSolver(**TIGHT)
    attempt = solver._attempt
    this = UNBOUNDED["ranged row"]
    pointless = replace(attempt(this), x=np.full(3, np.nan))
    monkeypatch.setattr(solver, "_attempt", lambda p, *start: pointless if p is this else attempt(p, *start))
    value = this.A.toarray() @ solver.solve(this).x
    assert (this.row_lower - 1e-9 <= value).all()
    assert (value <= this.row_upper + 1e-9).all()


def test_a_ray_is_judged_by_the_terms_that_it_sums():
    this = program([0.0], [[0.1], [0.2], [-0.3]], 1, INF, -INF)  # 0.1 + 0.2 - 0.3 is 5.6e-17
    assert is_farkas(this, np.ones(3))
    assert not is_farkas(this, np.array([1.0, 1.0, 1.0 + 1e-6]))


def test_what_presolve_gets_wrong_is_put_right():
    """HiGHS 1.15 calls this unbounded program infeasible, unless presolve is off."""
    this = program(
        [0, -2, -2, 1, -2, -2, 0, 0],
        [[2, -2, 1, -1, 1, -1, -1, 0], [0, 1, 2, -2, 2, -1, 1, -2]],
        [-INF, -5],
        [-1, INF],
        [0, -1, -1, -INF, -INF, -2, 1, -1],
        [3, 2, 2, 2, INF, INF, 4, 2],
    )
    answer = HighsSolver(**TIGHT).solve(this)
    assert answer.status == Status.UNBOUNDED
    assert is_falling(this, answer.ray)


@pytest.mark.parametrize("method", ["highs", "highs-ds", "highs-ipm"])
def test_answers_are_scipys(method):
    solver = HighsSolver(method, **TIGHT)
    for seed in range(5):
        this = random_program(seed)
        answer = solver.solve(this)
        box = np.column_stack([this.lower, this.upper])
        scipys = linprog(this.c, this.A.toarray(), this.row_upper, bounds=box)
        assert answer.status == Status.OPTIMAL
        assert answer.fun == pytest.approx(scipys.fun, rel=1e-9)
        np.testing.assert_allclose(answer.x, scipys.x, atol=1e-9)
        np.testing.assert_allclose(answer.y, scipys.ineqlin.marginals, atol=1e-9)
        np.testing.assert_allclose(answer.z, scipys.lower.marginals + scipys.upper.marginals, atol=1e-9)


def test_multipliers_are_the_changes_of_the_optimum():
    this = program([2.0, 3.0], [[1, 1]], 4, INF, 0, [3, INF])
    answer = HighsSolver(**TIGHT).solve(this)
    assert answer.x.tolist() == [3, 1]
    assert answer.y.tolist() == [3]  # a unit more of the row's lower bound costs another of x1
    assert answer.z.tolist() == [-1, 0]
    assert answer.basis.tolist() == [AT_UPPER, BASIC, AT_LOWER]


def test_a_solve_leaves_no_trace_in_the_next():
    programs = [*(random_program(seed) for seed in range(6)), *INFEASIBLE.values(), *UNBOUNDED.values()]
    once = [HighsSolver(**TIGHT).solve(this) for this in programs]
    reused = HighsSolver(**TIGHT)
    again = [reused.solve(this) for this in reversed(programs)][::-1]
    for alone, after in zip(once, again, strict=True):
        for name in ("status", "nit", "x", "y", "z", "farkas", "ray", "basis"):
            np.testing.assert_array_equal(getattr(alone, name), getattr(after, name), err_msg=name)


def test_a_basis_saves_the_iterations():
    this = random_program(3, 20, 30)
    solver = HighsSolver(**TIGHT)
    cold = solver.solve(this)
    assert cold.nit > 0
    warm = solver.solve(this, cold.basis)
    assert warm.nit == 0
    np.testing.assert_allclose(warm.x, cold.x, atol=1e-12)


@pytest.mark.parametrize(
    "start", [np.full(50, BASIC), np.full(50, AT_LOWER), np.repeat([BASIC, AT_LOWER], [20, 30])]
)
def test_a_basis_that_is_none_does_no_harm(start):
    this = random_program(3, 20, 30)
    doubled = replace(this, A=SparseRows.of(this.A.toarray()[:, np.arange(30) // 2]))  # a singular one, too
    solver = HighsSolver(**TIGHT)
    answer = solver.solve(doubled, start.astype(np.int8))
    assert answer.status == Status.OPTIMAL
    assert answer.fun == pytest.approx(solver.solve(doubled).fun, rel=1e-9)


def test_integers():
    this = replace(program([-1, -1], [[2, 3]], -INF, 7.5), integrality=np.array([1, 1]))
    answer = HighsSolver().solve(this)
    assert answer.status == Status.OPTIMAL
    assert answer.x.tolist() == [3, 0]
    assert answer.mip_dual_bound == -3
    assert answer.mip_gap == 0
    assert answer.basis is None
    infeasible = replace(this, row_lower=np.array([7.1]), c=np.array([1.0, 1.0]))
    assert HighsSolver().solve(infeasible).status == Status.INFEASIBLE


def test_small_coefficients_count():
    this = program([1.0], [[1e-10]], 1, INF)
    assert HighsSolver().solve(this).status == Status.INFEASIBLE  # HiGHS drops what is below 1e-9
    assert HighsSolver(**TIGHT).solve(this).x == pytest.approx([1e10])


def test_limits():
    this = random_program(1, 40, 60)
    answer = HighsSolver(presolve="off", simplex_iteration_limit=3).solve(this)
    assert answer.status == Status.ITERATION_LIMIT
    assert answer.nit == 3
    assert HighsSolver(time_limit=0.0).solve(this).status == Status.TIME_LIMIT


def test_a_time_limit_counts_for_each_solve():
    solver = HighsSolver(time_limit=5.0)
    solver.solve(random_program(1))
    solver.solve(random_program(2))
    assert solver._highs.getOptionValue("time_limit")[1] > 5.0  # HiGHS counts on from the solve before


def test_misuse_is_named():
    with pytest.raises(ValueError, match="'newton' is none of HiGHS's; use highs, highs-ds, highs-ipm"):
        HighsSolver("newton")
    with pytest.raises(ValueError, match=r"takes no option mip_rel_gap = -1\.0"):
        HighsSolver(mip_rel_gap=-1.0)


SCHEDULER = """
import numpy as np, highspy
first = highspy.Highs()
first.setOptionValue("output_flag", False)
first.setOptionValue("threads", 2)
first.addVar(0, 1)
first.run()
from solvers.lp.highs import HighsSolver
from solvers.lp.programs import Program
from solvers.lp.sparse import SparseRows
one, none = np.ones(1), np.zeros(0)
print(HighsSolver().solve(Program(-one, SparseRows.of(np.zeros((0, 1))), none, none, 0 * one, one)).x)
"""


def test_highs_may_be_in_use_with_more_threads():
    done = subprocess.run([sys.executable, "-c", SCHEDULER], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[1.]"
