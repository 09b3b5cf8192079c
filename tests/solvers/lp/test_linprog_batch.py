"""`linprog_batch`: forms of its arguments, words on those that disagree, and its results' fields."""

import numpy as np
import pytest
import scipy.sparse as sps
from scipy.optimize import linprog

from solvers import LinearProgram, linprog_batch
from solvers.status import Status
from tests.solvers.lp.test_batch_contract import assert_same_bits

INF, NAN = np.inf, np.nan
C, A, B = [-1.0, -2.0], [[1.0, 1.0], [1.0, 3.0]], [[4.0, 6.0], [4.0, 9.0]]


BOUNDS = {
    "pair": (0, 3),
    "one pair": [(0, 3)],
    "a pair each": [(0, 3), (0, 3)],
    "array": np.array([[0, 3], [0, 3]]),
    "a pair each of each": [[(0, 3)] * 2] * 2,
}


@pytest.mark.parametrize("form", BOUNDS)
def test_bounds_that_say_the_same(form):
    result = linprog_batch(C, A, B, bounds=BOUNDS[form])
    expected = np.array([linprog(C, A, b, bounds=(0, 3)).fun for b in B])
    np.testing.assert_allclose(result.fun, expected, rtol=1e-14)
    assert_same_bits(result, linprog_batch(C, A, B, bounds=(0.0, 3.0)))


@pytest.mark.parametrize("missing", [None, INF])
def test_bounds_that_are_missing(missing):
    lower = None if missing is None else -INF
    c = np.array([[1.0, -1.0], [0.0, -1.0], [1.0, 0.0], [0.0, 0.0]])
    result = linprog_batch(c, bounds=[(lower, 2), (-3, missing)])
    assert result.status.tolist() == [Status.UNBOUNDED] * 3 + [Status.OPTIMAL]
    assert linprog_batch([1, 1], [[-1, -1]], [5], bounds=(lower, missing)).fun[0] == -5.0
    each = np.array([[(lower, 2), (-3, missing)], [(-1, missing), (lower, 1)]])
    result = linprog_batch([[1, 0], [1, 0]], bounds=each)
    assert result.status.tolist() == [Status.UNBOUNDED, Status.OPTIMAL]
    assert result.fun[1] == -1.0


@pytest.mark.parametrize("given", [None, (0, None)])
def test_no_bounds_are_those_of_scipy(given):
    assert linprog_batch([1, 1], bounds=given).x.tolist() == [[0.0, 0.0]]


@pytest.mark.parametrize("bounds", [(0, None), None, [], np.empty((0, 2))])
def test_no_variables(bounds):
    result = linprog_batch(np.empty(0), np.empty((2, 0)), [[1, 1], [1, -1]], bounds=bounds)
    assert result.status.tolist() == [Status.OPTIMAL, Status.INFEASIBLE]
    assert result.x.shape == (2, 0)
    assert linprog_batch([LinearProgram(np.empty(0), bounds=bounds)]).fun.tolist() == [0.0]


@pytest.mark.parametrize("form", [sps.csr_array, sps.csc_matrix, sps.coo_array])
def test_sparse_matrices_are_shared(form):
    given = {"A_ub": np.array(A), "A_eq": np.array([[1.0, -1.0]])}
    result = linprog_batch(C, b_ub=B, b_eq=[[0], [1]], **{name: form(part) for name, part in given.items()})
    assert_same_bits(result, linprog_batch(C, b_ub=B, b_eq=[[0], [1]], **given))


MISUSE = {
    "c, none": ({"c": [[[1.0]]]}, "c: got shape (1, 1, 1); give 1 or 2 dimensions"),
    "c, words": ({"c": ["a", "b"]}, "c: got what is no array of numbers (could not convert"),
    "c, mixed": ({"c": [LinearProgram([1.0]), 2.0]}, "c: got what is no array of numbers"),
    "b missing": ({"b_ub": None}, "b_ub: missing, but A_ub is given; give both or neither"),
    "A missing": ({"b_eq": [1.0]}, "A_eq: missing, but b_eq is given; give both or neither"),
    "A, columns": ({"A_ub": np.ones((2, 3))}, "A_ub: got shape (2, 3) a problem; b_ub and c ask for (2, 2)"),
    "A, rows": ({"A_ub": np.ones((3, 2))}, "A_ub: got shape (3, 2) a problem; b_ub and c ask for (2, 2)"),
    "A, vector": ({"A_ub": np.ones(2)}, "A_ub: got shape (2,); give 2 or 3 dimensions"),
    "b, scalar": ({"b_ub": 1.0}, "b_ub: got shape (); give 1 or 2 dimensions"),
    "bounds": ({"bounds": (0, 1, 2)}, "bounds: got shape (3,); give (lower, upper), (2, 2) or (B, 2, 2)"),
    "bounds, words": ({"bounds": (0, "x")}, "bounds: got what is no array of numbers"),
    "bounds, uneven": ({"bounds": [(0, 1), (0,)]}, "bounds: got what is no array of numbers"),
    "axes": (
        {"c": np.ones((3, 2)), "bounds": np.ones((5, 2, 2))},
        "leading axes disagree: c has 3, b_ub has 2, bounds has 5; give each one problem's, or as many",
    ),
    "basis, length": (
        {"basis": [0, 0, 1]},
        "basis: got shape (3,); give (4,) or (2, 4), a code for each variable and row",
    ),
    "basis, size": ({"basis": np.ones((3, 4))}, "basis: got shape (3, 4); give (4,) or (2, 4)"),
    "basis, codes": ({"basis": [0, 4, 1, 1]}, "basis: codes are 0 at the lower bound, 1 basic, 2 at"),
    "basis, halves": ({"basis": [0, 0.5, 1, 1]}, "basis: codes are 0 at the lower bound, 1 basic, 2 at"),
    "method": (
        {"method": "ellipsoid"},
        "got method 'ellipsoid'; use simplex, highs, highs-ds, highs-ipm, or",
    ),
    "maxiter": ({"maxiter": -1}, "got maxiter -1; give a whole number, 0 or more, or None"),
    "maxiter, half": ({"maxiter": 2.5}, "got maxiter 2.5; give a whole number, 0 or more, or None"),
}


@pytest.mark.parametrize("case", MISUSE)
def test_misuse_is_named(case):
    change, words = MISUSE[case]
    with pytest.raises(ValueError) as raised:
        linprog_batch(**{"c": C, "A_ub": A, "b_ub": B} | change)
    assert str(raised.value).startswith(words)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"b_ub": [1.0]}, "programs bring their constraints and bounds along; leave A_ub to bounds out"),
        ({"bounds": (0, 1)}, "programs bring their constraints and bounds along"),
        ({"bounds": np.zeros((2, 2))}, "programs bring their constraints and bounds along"),
        ({"basis": [0]}, "programs of different shapes have no common basis; leave it out"),
        ({"method": "ellipsoid"}, "got method 'ellipsoid'"),
        ({"maxiter": -1}, "got maxiter -1"),
    ],
)
def test_misuse_of_programs_is_named(more, words):
    with pytest.raises(ValueError) as raised:
        linprog_batch([LinearProgram([[1.0]])], **more)
    assert str(raised.value).startswith(words)


def test_fields_of_every_status():
    """Optimal, infeasible, unbounded and bad, one each."""
    c, b = [[1, 2], [1, 2], [-1, 0], [NAN, 1]], [[-1], [-9], [-1], [-1]]
    bounds = [[(0, 3)] * 2, [(0, 3)] * 2, [(0, None)] * 2, [(0, 3)] * 2]
    result = linprog_batch(c, [[-1, -1]], b, [[1, -1]], [0.0], bounds)
    wanted = [Status.OPTIMAL, Status.INFEASIBLE, Status.UNBOUNDED, Status.BAD_INPUT]
    assert result.status.tolist() == wanted
    assert result.success.tolist() == [True, False, False, False]
    assert result.method.tolist() == ["simplex"] * 3 + [None]
    assert result.message == [*(status.message for status in wanted[:3]), result.errors[3]]
    np.testing.assert_array_equal(result.x[0], [0.5, 0.5])
    np.testing.assert_array_equal(result.fun[:2], [1.5, NAN])
    np.testing.assert_allclose(result.slack[0], [0.0], atol=1e-15)
    np.testing.assert_allclose(result.con[[0, 2], 0], 0.0, atol=1e-15)
    np.testing.assert_array_equal(result.ineqlin_marginals, [[-1.5], [NAN], [NAN], [NAN]])
    np.testing.assert_array_equal(result.eqlin_marginals, [[-0.5], [NAN], [NAN], [NAN]])
    none = [[NAN, NAN]] * 3
    np.testing.assert_array_equal(result.lower_marginals, [[0.0, 0.0], *none])
    np.testing.assert_array_equal(result.upper_marginals, [[0.0, 0.0], *none])
    assert result.farkas[1, 0] < 0.0
    assert np.isnan(result.farkas[[0, 2, 3]]).all()
    assert result.ray[2, 0] == result.ray[2, 1] > 0.0
    assert np.isnan(result.ray[[0, 1, 3]]).all()


def test_slacks_and_marginals_of_boxes():
    """One variable held at its lower bound, one at its upper, one row that is loose."""
    result = linprog_batch([[3, -4, 0]], [[1, 2, 0]], [9], bounds=[(1, 2), (-1, 2), (5, 5)])
    assert result.x.tolist() == [[1.0, 2.0, 5.0]]
    assert result.slack.tolist() == [[4.0]]
    assert result.lower_marginals.tolist() == [[3.0, 0.0, 0.0]]
    assert result.upper_marginals.tolist() == [[0.0, -4.0, 0.0]]
    assert result.con.shape == result.eqlin_marginals.shape == (1, 0)


def test_programs_of_many_shapes_end_as_alone():
    rng = np.random.default_rng(0)
    given = []
    for m_ub, m_eq, n in [(2, 1, 3), (3, 0, 5), (2, 1, 3), (0, 0, 2), (0, 2, 4), (3, 0, 5), (1, 2, 3)]:
        A_ub, A_eq, x = rng.normal(size=(m_ub, n)), rng.normal(size=(m_eq, n)), rng.uniform(size=n)
        rows = (sps.csr_array(A_ub) if n == 5 else A_ub, A_ub @ x + 1, A_eq, A_eq @ x)
        given.append(LinearProgram(rng.normal(size=n), *rows, (0, 4)))
    given.insert(2, LinearProgram([1.0, 2.0], [[1.0]], [1.0]))
    given.insert(4, LinearProgram([NAN, 2.0]))
    given.append(LinearProgram([1.0, 2.0], bounds=np.zeros((3, 2, 2))))
    given.append(LinearProgram([1.0, 2.0], integrality=[0, 1]))
    result = linprog_batch(given)
    assert result.errors == {
        2: "A_ub: got shape (1, 1); b_ub and c ask for (1, 2)",
        4: "c[0]: got nan; costs are finite numbers",
        9: "bounds: got those of 3 problems; give (lower, upper) or (2, 2)",
        10: "integrality: got [0, 1]; only `milp` solves for integers",
    }
    bad = [2, 4, 9, 10]
    assert [result.message[i] for i in bad] == [result.errors[i] for i in bad]
    assert (result.status == Status.BAD_INPUT).nonzero()[0].tolist() == bad
    assert [len(result.x[i]) for i in (2, 9)] == [0, 0]
    assert result.method.tolist() == [None if i in bad else "simplex" for i in range(11)]
    for row in (0, 1, 3, 5, 6, 7, 8):
        one = given[row]
        A_ub = one.A_ub.toarray() if sps.issparse(one.A_ub) else one.A_ub
        alone = linprog_batch(one.c, A_ub, one.b_ub, one.A_eq, one.b_eq, one.bounds)
        for name in ("x", "fun", "status", "nit", "slack", "con", "basis", "gap", "ineqlin_marginals"):
            whole, own = np.asarray(getattr(result, name)[row]), getattr(alone, name)[0]
            assert whole.tobytes() == own.tobytes(), (row, name)
    assert (result.success == (result.status > 0)).all()
