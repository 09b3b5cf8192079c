"""What the simplex is not for, or cannot prove, is answered by HiGHS, and nothing is said without a proof."""

import numpy as np
import pytest

from solvers import LinearProgram, linprog_batch
from solvers.lp import solve
from solvers.lp.programs import SparsePrograms
from solvers.status import Status

C, A, B = [[-1.0, -2.0], [-3.0, -1.0], [-1.0, -3.0]], [[1.0, 1.0], [1.0, 3.0]], [4.0, 6.0]
FUN = [-5.0, -12.0, -6.0]


@pytest.fixture
def err(monkeypatch):
    """Let the simplex err in row 1."""
    right = solve.simplex

    def err(name, change):
        def wrong(*arguments):
            found = right(*arguments)
            getattr(found, name)[1] = change(getattr(found, name)[1])
            return found

        monkeypatch.setattr(solve, "simplex", wrong)

    return err


ERRORS = {
    "infeasible point": ("x", lambda x: x + 0.5),
    "point inside": ("x", lambda x: 0.5 * x),
    "no point": ("x", lambda x: x * np.nan),
    "multipliers": ("y", lambda y: y - 0.1),
    "infeasible, it says": ("status", lambda _: Status.INFEASIBLE),
    "unbounded, it says": ("status", lambda _: Status.UNBOUNDED),
    "in trouble, it says": ("status", lambda _: Status.NUMERICAL),
    "stopped, it says": ("status", lambda _: Status.ITERATION_LIMIT),
}


@pytest.mark.parametrize("error", ERRORS)
def test_what_is_not_proven_is_handed_over(err, error):
    plain = linprog_batch(C, A, B)
    err(*ERRORS[error])
    result = linprog_batch(C, A, B)
    assert result.method.tolist() == ["simplex", "highs", "simplex"]
    assert result.success.all()
    np.testing.assert_allclose(result.fun, FUN, rtol=1e-14)
    np.testing.assert_allclose(result.y, plain.y, atol=1e-14)
    np.testing.assert_array_equal(result.basis, plain.basis)
    assert result.gap.max() < 1e-12


@pytest.mark.parametrize("error", ERRORS)
def test_what_is_not_proven_is_called_trouble(err, error):
    err(*ERRORS[error])
    result = linprog_batch(C, A, B, method="simplex")
    stopped = error.startswith("stopped")
    assert result.status[1] == (Status.ITERATION_LIMIT if stopped else Status.NUMERICAL)
    assert result.success.tolist() == [True, False, True]
    assert result.method.tolist() == ["simplex"] * 3


def test_a_limit_that_was_asked_for_is_no_trouble(err):
    err("status", lambda _: Status.ITERATION_LIMIT)
    result = linprog_batch(C, A, B, maxiter=50)
    assert result.method.tolist() == ["simplex"] * 3
    assert result.status[1] == Status.ITERATION_LIMIT
    assert linprog_batch(C, A, B, maxiter=1).method.tolist() == ["simplex"] * 3


def test_what_fits():
    assert solve.fits(400, 500)
    assert not solve.fits(400, 501)
    assert solve.fits(400, 501, 400 * 501 // 20)
    assert not solve.fits(400, 501, 400 * 501 // 20 - 1)
    assert solve.fits(1000, 2000, 100_000)
    assert not solve.fits(1000, 2001, 1000 * 2001)


@pytest.fixture
def small(monkeypatch):
    """Let HiGHS take what has more than 3 entries, of which fewer than 4 are not zero."""
    monkeypatch.setattr(solve, "LARGE", 3)
    monkeypatch.setattr(solve, "SHARE", 1.0)


MATRICES = np.array([A, [[1.0, 0.0], [1.0, 3.0]], A])


def test_sparse_problems_of_a_batch_go_to_highs_and_dense_ones_do_not(small):
    result = linprog_batch(C, MATRICES, B)
    assert result.method.tolist() == ["simplex", "highs", "simplex"]
    alone = [
        linprog_batch(c, matrix, B, method="simplex").fun[0] for c, matrix in zip(C, MATRICES, strict=True)
    ]
    np.testing.assert_allclose(result.fun, alone, rtol=1e-14)
    assert (linprog_batch(C, MATRICES[1], B).method == "highs").all()
    assert (linprog_batch(C, MATRICES[1], B, method="simplex").method == "simplex").all()


def test_programs_of_many_shapes_likewise(small):
    given = [LinearProgram(c, matrix, B) for c, matrix in zip(C, MATRICES, strict=True)]
    given.append(LinearProgram([1.0]))
    for method, names in (
        (None, ["simplex", "highs", "simplex", "simplex"]),
        ("simplex", ["simplex"] * 4),
        ("highs-ds", ["highs-ds"] * 4),
    ):
        result = linprog_batch(given, method=method)
        assert result.method.tolist() == names
        assert result.success.all()


@pytest.mark.parametrize("shared", [True, False])
def test_bases_are_handed_over_too(small, shared):
    """Each problem's own, past those that are bad or stay."""
    costs = np.array([C[0]] * 4)
    basis = linprog_batch(costs[0], MATRICES[1], B).basis[0]
    matrices = MATRICES[[1, 1, 0, 1]].copy()
    matrices[0, 0, 0] = np.nan
    codes = basis if shared else np.array([[0, 0, 1, 1]] * 4)
    if not shared:
        codes[3] = basis
    result = linprog_batch(costs, matrices, B, basis=codes)
    assert result.method.tolist() == [None, "highs", "simplex", "highs"]
    assert result.nit[3] == 0
    assert (result.nit[1] == 0) == shared


def test_the_simplex_starts_from_the_bases_of_its_own_problems(small):
    costs, matrices = np.array([C[0]] * 3), MATRICES[[1, 0, 0]]
    basis = linprog_batch(costs, matrices, B, method="simplex").basis
    basis[0] = [0, 0, 1, 1]
    result = linprog_batch(costs, matrices, B, basis=basis)
    assert result.method.tolist() == ["highs", "simplex", "simplex"]
    assert result.nit[1:].tolist() == [0, 0]


def test_small_programs_go_together_and_sparse_ones_stay_sparse(small, monkeypatch):
    sizes, dense = [], []
    by_batch, as_dense = solve._solve, SparsePrograms.dense
    monkeypatch.setattr(solve, "_solve", lambda some, *more: sizes.append(some.size) or by_batch(some, *more))
    monkeypatch.setattr(SparsePrograms, "dense", lambda one: dense.append(one.A.shape) or as_dense(one))
    small_one, sparse_one = LinearProgram([1.0], [[1.0]], [2.0]), LinearProgram(C[1], MATRICES[1], B)
    result = linprog_batch([small_one, sparse_one, small_one])
    assert result.method.tolist() == ["simplex", "highs", "simplex"]
    assert sizes == [2, 1]
    assert dense == [(1, 1), (1, 1)]


@pytest.mark.parametrize("method", ["highs", "highs-ds", "highs-ipm"])
def test_highs_answers_where_it_is_asked(method):
    result = linprog_batch(C, A, B, method=method)
    assert result.method.tolist() == [method] * 3
    assert result.success.all()
    np.testing.assert_allclose(result.fun, FUN, rtol=1e-9)


def test_limits_reach_highs():
    stopped = linprog_batch(C, A, B, method="highs-ds", maxiter=0)
    assert (stopped.status == Status.ITERATION_LIMIT).all()
    stopped = linprog_batch(C, A, B, method="highs", time_limit=0.0)
    assert (stopped.status == Status.TIME_LIMIT).all()
