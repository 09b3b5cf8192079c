"""Random linear programs of every status end as HiGHS says, or as rational numbers do where it errs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from solvers.lp.programs import Programs
from solvers.lp.solve import solve_programs
from solvers.status import Status
from tests.solvers.lp import exact, highs
from tests.solvers.lp.random_programs import draw

#: All shapes (m_ub, m_eq, n) of up to 8 rows and 8 variables, and two that are larger.
SMALL = [(rows - m_eq, m_eq, n) for rows in range(9) for m_eq in range(rows + 1) for n in range(1, 9)]
LARGE = [(15, 0, 20), (10, 5, 20)]


def complaints(programs, status, fun):
    """A sentence for each problem that ended wrongly, with its numbers."""
    expected, best = highs.solve(programs)
    differs = (status != expected) | ((status == Status.OPTIMAL) & ~_close(fun, best))
    found = []
    for i in np.flatnonzero(differs):
        right, optimum = exact.solve(programs.one(i))
        if status[i] != right or (right == Status.OPTIMAL and not _close(fun[i], optimum)):
            numbers = [part[0].tolist() for part in programs.take(np.array([i])).parts]  # in their order
            ours = f"{Status(status[i]).name} {float(fun[i])!r}"
            found.append(f"{ours} where {right.name} {optimum!r} is right: {numbers}")
    return found


def _close(fun, best):
    """Whether objectives are the same to 1e-8, relative where they are larger than 1."""
    return np.abs(fun - best) <= 1e-8 * np.maximum(1.0, np.abs(best))


def solve_all(shapes, size, seed):
    """Complaints about so many problems of each shape, and the share that the simplex solved by itself."""
    rng = np.random.default_rng(seed)
    found, by_simplex = [], []
    for m_ub, m_eq, n in shapes:
        programs = draw(rng, size, m_ub, m_eq, n)
        result = solve_programs(programs, m_ub=m_ub)
        found += complaints(programs, result.status, result.fun)
        by_simplex.append(np.mean(result.method == "simplex"))
    return found, np.mean(by_simplex)


def test_several_thousand():
    found, by_simplex = solve_all(SMALL, 15, seed=1)
    more, _ = solve_all(LARGE, 50, seed=2)
    assert not found + more
    assert by_simplex > 0.99


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_hundred_thousand():
    found, _ = solve_all(SMALL, 270, seed=3)
    more, _ = solve_all(LARGE, 1500, seed=4)
    assert not found + more


@pytest.mark.parametrize("part", ["c", "b"])
def test_from_the_basis_of_a_neighbour(part):
    """Other costs or other right-hand sides, and the basis of what was solved before."""
    rng, found, by_simplex = np.random.default_rng(5), [], []
    for m_ub, m_eq, n in SMALL[::7] + LARGE:
        before, after = (draw(np.random.default_rng(6), 30, m_ub, m_eq, n) for _ in range(2))
        if part == "c":
            after.c[:] = rng.permutation(after.c)
        else:
            order = rng.permutation(30)
            after.row_lower[:], after.row_upper[:] = after.row_lower[order], after.row_upper[order]
        basis = solve_programs(before, m_ub=m_ub).basis
        result = solve_programs(after, m_ub=m_ub, basis=basis)
        found += complaints(after, result.status, result.fun)
        by_simplex.append(np.mean(result.method == "simplex"))
    assert not found
    assert np.mean(by_simplex) > 0.99


@st.composite
def small_programs(draw):
    """One of integers, which Hypothesis can make smaller."""
    m, n = draw(st.integers(0, 4)), draw(st.integers(1, 4))
    digits = st.integers(-3, 3)

    def bounds(size):
        lower = draw(arrays(np.float64, (1, size), elements=st.sampled_from([0.0, -np.inf, -1.0, 1.0])))
        width = draw(arrays(np.float64, (1, size), elements=st.sampled_from([np.inf, 0.0, 1.0, 2.0])))
        return lower, np.where(np.isfinite(lower), lower, 0.0) + width

    A, c = (draw(arrays(np.int64, shape, elements=digits)).astype(float) for shape in ((1, m, n), (1, n)))
    return Programs(1, c, A, *bounds(m), *bounds(n))


@given(small_programs())
def test_small_integers(programs):
    result = solve_programs(programs, m_ub=programs.m)
    assert not complaints(programs, result.status, result.fun)


def test_all_kinds_are_drawn():
    """Every status often, and every oddity in some problem of a batch."""
    programs = draw(np.random.default_rng(7), 400, 4, 2, 5)
    status, _ = highs.solve(programs)
    for kind in (Status.OPTIMAL, Status.INFEASIBLE, Status.UNBOUNDED):
        assert np.mean(status == kind) > 0.1
    A, lower, upper = programs.A, programs.lower, programs.upper
    zero_rows = (A == 0.0).all(axis=2)
    sides = programs.row_upper[zero_rows]
    assert zero_rows.any()
    assert {-1.0, 0.0, 1.0} <= set(np.sign(sides))
    assert (A == 0.0).all(axis=1).any()
    assert (A[:, 4] == A[:, 5]).all(axis=1).any()
    assert (lower == upper).any()
    assert (np.isinf(lower) & np.isinf(upper)).any()
    assert (np.isinf(lower) & np.isfinite(upper)).any()
    assert (np.abs(A) > 1e3).any()
    assert ((A != 0.0) & (np.abs(A) < 1e-3)).any()
    assert (np.round(A) == A).all(axis=(1, 2)).any()


def test_rational_numbers_and_highs_agree():
    for m_ub, m_eq, n in SMALL[::11]:
        programs = draw(np.random.default_rng(8), 4, m_ub, m_eq, n)
        status, fun = highs.solve(programs)
        for i in np.flatnonzero(status != Status.NUMERICAL):
            right, optimum = exact.solve(programs.one(i))
            assert status[i] == right
            assert right != Status.OPTIMAL or _close(fun[i], optimum)


def test_a_wrong_answer_is_told_with_its_numbers():
    programs = Programs(
        1, *(np.array(part) for part in ([[-1.0]], [[[1.0]]], [[-np.inf]], [[2.0]], [[0.0]], [[9.0]]))
    )
    assert not complaints(programs, np.array([Status.OPTIMAL]), np.array([-2.0]))
    (told,) = complaints(programs, np.array([Status.OPTIMAL]), np.array([-2.1]))
    assert told.startswith("OPTIMAL -2.1 where OPTIMAL -2.0 is right")
    (told,) = complaints(programs, np.array([Status.INFEASIBLE]), np.array([np.nan]))
    assert "[[-1.0], [[1.0]], [-inf], [2.0], [0.0], [9.0]]" in told
