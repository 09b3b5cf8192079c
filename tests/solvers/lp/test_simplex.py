"""The compiled simplex by itself: where others cycle, stall or lose digits, and from wherever it starts."""

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment, linprog

from solvers import linprog_batch
from solvers.lp.programs import Programs
from solvers.status import Status
from tests.solvers.lp import exact

INF = np.inf

#: Name: costs, matrix and right-hand side, x >= 0.
CYCLING = {
    "Beale 1955": (
        [-0.75, 150, -0.02, 6],
        [[0.25, -60, -0.04, 9], [0.5, -90, -0.02, 3], [0, 0, 1, 0]],
        [0, 0, 1],
    ),
    "Kuhn (Balinski & Tucker 1969)": (
        [-2, -3, 1, 12],
        [[-2, -9, 1, 9], [1 / 3, 1, -1 / 3, -2], [2, 3, -1, -12]],
        [0, 0, 2],
    ),
    "Marshall & Suurballe 1969": (
        [-0.4, -0.4, 1.8],
        [[0.6, -6.4, 4.8], [0.2, -1.8, 0.6], [0.4, -1.6, 0.2], [0, 1, 0]],
        [0, 0, 0, 1],
    ),
    "Chvátal 1983, p. 31": (
        [-10, 57, 9, 24],
        [[0.5, -5.5, -2.5, 9], [0.5, -1.5, -0.5, 1], [1, 0, 0, 0]],
        [0, 0, 1],
    ),
}


def program(c, A, b):
    rows = np.array([b], float)
    n = len(c)
    parts = [c], [A], np.full_like(rows, -INF), rows, np.zeros((1, n)), np.full((1, n), INF)
    return Programs(1, *(np.array(part, float) for part in parts)).one(0)


@pytest.mark.parametrize("name", CYCLING)
def test_textbook_cycles_end(name):
    status, fun = exact.solve(program(*CYCLING[name]))
    result = linprog_batch(*CYCLING[name], method="simplex")
    assert result.status[0] == status
    if status == Status.OPTIMAL:
        np.testing.assert_allclose(result.fun, fun, rtol=1e-12)
    assert result.nit[0] < 20


@pytest.mark.parametrize("n", [3, 6, 10])
def test_klee_minty_cubes(n):
    """Maximize Σ 2^(n-j) x_j subject to 2 Σ_{j<i} 2^(i-j) x_j + x_i <= 5^i: only x_n = 5^n is not zero."""
    row, column = np.indices((n, n))
    A = np.where(column < row, 2.0 ** (row - column + 1), np.eye(n))
    result = linprog_batch(
        -(2.0 ** np.arange(n - 1, -1, -1)), A, 5.0 ** np.arange(1, n + 1), method="simplex"
    )
    assert result.success[0]
    np.testing.assert_array_equal(result.x, [[0.0] * (n - 1) + [5.0**n]])


def sums(k, width):
    """Rows that sum the rows and columns of a k × width table."""
    return np.vstack([np.kron(np.eye(k), np.ones(width)), np.kron(np.ones(k), np.eye(width))])


@pytest.mark.parametrize("k", [2, 5, 9])
def test_assignment_is_degenerate(k):
    """2k equations, one redundant, and k - 1 basic variables at zero at every vertex."""
    costs = np.random.default_rng(k).integers(0, 20, (10, k, k)).astype(float)
    result = linprog_batch(costs.reshape(10, -1), A_eq=sums(k, k), b_eq=np.ones(2 * k), method="simplex")
    best = [cost[linear_sum_assignment(cost)].sum() for cost in costs]
    assert result.success.all()
    np.testing.assert_allclose(result.fun, best, rtol=1e-12)
    np.testing.assert_allclose(result.x, np.round(result.x), atol=1e-12)


def test_transport():
    rng = np.random.default_rng(0)
    supply = rng.integers(1, 9, (10, 6))
    demand = np.array([rng.multinomial(total, np.full(8, 1 / 8)) for total in supply.sum(axis=1)])
    costs, sides = rng.integers(1, 30, (10, 48)), np.hstack([supply, demand])
    result = linprog_batch(costs, A_eq=sums(6, 8), b_eq=sides, method="simplex")
    best = [linprog(c, A_eq=sums(6, 8), b_eq=b).fun for c, b in zip(costs, sides, strict=True)]
    np.testing.assert_allclose(result.fun, best, rtol=1e-12)


@pytest.mark.parametrize("most", [0.5, 7.5, 19.5])
def test_boxed_variables_flip_on_the_way(most):
    """The dual simplex passes what it can: one pivot, wherever the row ends."""
    result = linprog_batch(-np.arange(1.0, 21.0), np.ones((1, 20)), [most], bounds=(0, 1), method="simplex")
    x = np.clip(most - np.arange(19.0, -1.0, -1.0), 0.0, 1.0)
    np.testing.assert_allclose(result.x, [x], rtol=1e-14)
    assert result.nit[0] == 1
    np.testing.assert_array_equal(result.basis[0, :20], np.where(x == 1.0, 2, np.where(x == 0.5, 1, 0)))


def test_the_primal_simplex_crosses_boxes():
    """From a vertex that is feasible, with rows that do not stop anything: bound to bound."""
    c = np.array([-1.0, 2.0, -3.0, 4.0])
    basis = [0, 2, 0, 2, 1]
    result = linprog_batch(c, np.ones((1, 4)), [99.0], bounds=(-1, 3), basis=basis, method="simplex")
    assert result.success[0]
    assert result.x.tolist() == [[3.0, -1.0, 3.0, -1.0]]
    assert result.basis.tolist() == [[2, 0, 2, 0, 1]]
    assert result.nit[0] == 4


def well_posed(seed=0, size=8, m=10, n=15):
    """Arguments of programs with one optimal vertex, boxed and not: six equations below the inequalities."""
    rng = np.random.default_rng(seed)
    A_ub, A_eq = rng.normal(size=(size, m, n)), rng.normal(size=(size, 4, n))
    x = rng.uniform(0.0, 2.0, (size, n))
    b_ub = np.einsum("kij,kj->ki", A_ub, x) + rng.uniform(0.1, 1.0, (size, m))
    bounds = np.stack([np.zeros((size, n)), rng.choice([3.0, 20.0], (size, n))], axis=2)
    return {
        "c": rng.normal(size=(size, n)), "A_ub": A_ub, "b_ub": b_ub,
        "A_eq": A_eq, "b_eq": np.einsum("kij,kj->ki", A_eq, x), "bounds": bounds,
    }  # fmt: skip


def test_units_of_rows_and_columns_do_not_matter():
    arguments = well_posed()
    rng = np.random.default_rng(1)
    plain = linprog_batch(**arguments, method="simplex")
    n = arguments["c"].shape[1]
    columns = 2.0 ** rng.integers(-20, 21, n)
    for kind in ("ub", "eq"):
        rows = 2.0 ** rng.integers(-20, 21, arguments[f"b_{kind}"].shape[1])
        arguments[f"A_{kind}"] *= rows[:, np.newaxis] * columns
        arguments[f"b_{kind}"] *= rows
    arguments["c"] *= columns
    arguments["bounds"] /= columns[:, np.newaxis]
    scaled = linprog_batch(**arguments, method="simplex")
    assert scaled.success.all()
    np.testing.assert_array_equal(scaled.basis, plain.basis)
    np.testing.assert_allclose(scaled.x * columns, plain.x, rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(scaled.fun, plain.fun, rtol=1e-12)


def changed(arguments, what):
    rng = np.random.default_rng(2)
    arguments = {name: values.copy() for name, values in arguments.items()}
    if what == "bounds":
        arguments["bounds"][:, ::3, 1] *= 0.9
    elif what:
        arguments[what] += 0.05 * rng.normal(size=arguments[what].shape)
    return arguments


@pytest.mark.parametrize("what", ["b_ub", "b_eq", "c", "bounds"])
def test_a_neighbours_basis_saves_most_iterations(what):
    arguments = well_posed(size=20)
    before = linprog_batch(**arguments, method="simplex")
    arguments = changed(arguments, what)
    cold = linprog_batch(**arguments, method="simplex")
    warm = linprog_batch(**arguments, basis=before.basis, method="simplex")
    assert cold.success.all()
    assert warm.success.all()
    np.testing.assert_allclose(warm.fun, cold.fun, rtol=1e-12)
    assert 0 < warm.nit.sum() < 0.4 * cold.nit.sum()


def test_its_own_basis_leaves_nothing_to_do():
    arguments = well_posed()
    first = linprog_batch(**arguments, method="simplex")
    again = linprog_batch(**arguments, basis=first.basis, method="simplex", maxiter=0)
    assert again.success.all()
    assert not again.nit.any()
    np.testing.assert_array_equal(again.basis, first.basis)
    np.testing.assert_allclose(again.x, first.x, rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(again.y, first.y, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("start", ["nothing basic", "all basic", "all at upper", "all at zero", "nonsense"])
def test_any_basis_will_do(start):
    arguments = well_posed()
    cold = linprog_batch(**arguments, method="simplex")
    codes = {"nothing basic": 0, "all basic": 1, "all at upper": 2, "all at zero": 3}
    basis = np.full_like(cold.basis, codes.get(start, 0))
    if start == "nonsense":
        basis[:] = np.random.default_rng(3).integers(0, 4, basis.shape)
    result = linprog_batch(**arguments, basis=basis, method="simplex")
    assert result.success.all()
    np.testing.assert_allclose(result.fun, cold.fun, rtol=1e-12)
    assert ((result.basis == 1).sum(axis=1) == 14).all()


def test_columns_that_depend_on_each_other_are_not_basic_together():
    """Two columns in proportion, both said to be basic: the second pivot would be rounding."""
    A = [[1.0, 3.0, 1.0], [0.1, 0.3, -1.0]]
    cold = linprog_batch([1, 2, 1], A_eq=A, b_eq=[3, 0], method="simplex")
    result = linprog_batch([1, 2, 1], A_eq=A, b_eq=[3, 0], basis=[1, 1, 0, 0, 0], method="simplex")
    assert result.success[0]
    np.testing.assert_allclose(result.fun, cold.fun, rtol=1e-13)


def test_the_limit_counts_and_leaves_the_last_iterate():
    arguments = well_posed()
    free = linprog_batch(**arguments, method="simplex")
    assert (free.nit > 4).all()
    stopped = linprog_batch(**arguments, maxiter=4)
    assert (stopped.status == Status.ITERATION_LIMIT).all()
    assert (stopped.method == "simplex").all()
    assert (stopped.nit == 4).all()
    assert np.isfinite(stopped.x).all()
    further = linprog_batch(**arguments, basis=stopped.basis, method="simplex")
    np.testing.assert_allclose(further.fun, free.fun, rtol=1e-12)
    for row, needed in enumerate(free.nit.tolist()):
        enough = linprog_batch(**{name: part[row] for name, part in arguments.items()}, maxiter=needed)
        assert enough.success[0]
        assert enough.nit[0] == needed


@pytest.mark.parametrize("what", ["b_ub", "b_eq", "lower", "upper"])
def test_multipliers_are_the_slopes_of_the_optimum(what):
    """The optimum is piecewise linear: near a nondegenerate vertex its differences are exact."""
    row, step = 0, 1e-4
    arguments = {name: part[row] for name, part in well_posed(seed=4).items()}
    part, at = ("bounds", ["lower", "upper"].index(what)) if what in ("lower", "upper") else (what, None)
    count = len(arguments[part])
    moved = np.tile(arguments[part], (2 * count, *[1] * arguments[part].ndim))
    side = moved if at is None else moved[..., at]
    side[np.arange(count), np.arange(count)] += step
    side[count + np.arange(count), np.arange(count)] -= step
    fun = linprog_batch(**arguments | {part: moved}, method="simplex").fun
    slopes = (fun[:count] - fun[count:]) / (2 * step)
    result = linprog_batch(**arguments, method="simplex")
    names = {"b_ub": "ineqlin", "b_eq": "eqlin", "lower": "lower", "upper": "upper"}
    marginals = getattr(result, f"{names[what]}_marginals")[0]
    assert np.any(np.abs(marginals) > 0.01)
    np.testing.assert_allclose(marginals, slopes, atol=1e-8)
