"""A linear program's answer is the same bits alone, in any batch, in any order and however it is given."""

from itertools import product

import numpy as np
import pytest

from solvers import linprog_batch
from solvers.lp.simplex.solve import _solve as compiled
from solvers.lp.solve import solve_programs
from solvers.status import Status
from tests.solvers.lp.random_programs import draw

INF = np.inf
FIELDS = (
    "x", "fun", "status", "nit", "y", "z", "row_slack", "basis",
    "primal_residual", "dual_residual", "complementarity", "gap",
)  # fmt: skip
NAMES = ("c", "A_ub", "b_ub", "A_eq", "b_eq", "bounds")
SIZE, M_UB, M_EQ, N = 40, 3, 1, 4


def drawn(seed=0, size=SIZE):
    """Arguments of `linprog_batch` with all leading axes: small integers, of every status."""
    rng = np.random.default_rng(seed)
    A_ub, A_eq = (rng.integers(-2, 4, (size, m, N)).astype(float) for m in (M_UB, M_EQ))
    x = rng.integers(0, 3, (size, N))
    b_ub = np.einsum("kij,kj->ki", A_ub, x) + rng.integers(-1, 3, (size, M_UB))
    b_eq = np.einsum("kij,kj->ki", A_eq, x)
    lower = rng.choice([0.0, -1.0, -INF], (size, N))
    bounds = np.stack([lower, rng.choice([INF, 2.0, 5.0], (size, N))], axis=2)
    return {
        "c": rng.integers(-2, 5, (size, N)).astype(float),
        "A_ub": A_ub, "b_ub": b_ub, "A_eq": A_eq, "b_eq": b_eq, "bounds": bounds,
    }  # fmt: skip


def spoilt(arguments):
    """The same with numbers in some rows that make no problem."""
    arguments["c"][3, 1] = np.nan
    arguments["A_eq"][7, 0, 2] = INF
    arguments["bounds"][11, 0] = 3.0, 2.0
    return arguments


def rows_of(arguments, rows):
    return {name: values[rows] for name, values in arguments.items()}


def assert_same_bits(result, expected, rows=slice(None)):
    """Result is what was expected of these rows."""
    for name in FIELDS:
        one, other = getattr(result, name), getattr(expected, name)[rows]
        assert one.dtype == other.dtype
        assert one.shape == other.shape
        assert one.tobytes() == np.ascontiguousarray(other).tobytes(), name
    assert result.method.tolist() == expected.method[rows].tolist()


def assert_every_member_is_itself(arguments, **options):
    """Alone, in parts, in reverse order and many times over."""
    whole = linprog_batch(**arguments, **options)
    size = len(whole.status)
    orders = [np.array([i]) for i in range(size)]
    orders += [np.arange(size)[::-1], np.arange(1, size, 3), np.random.default_rng(1).permutation(size)]
    orders += [np.repeat(np.arange(size // 2), 3), np.arange(0)]
    for rows in orders:
        part = linprog_batch(**rows_of(arguments, rows), **options)
        assert_same_bits(part, whole, rows)
        assert part.errors == {i: whole.errors[r] for i, r in enumerate(rows.tolist()) if r in whole.errors}
    return whole


@pytest.mark.parametrize("method", [None, "simplex", "highs"])
def test_members_of_every_status_do_not_see_each_other(method):
    whole = assert_every_member_is_itself(spoilt(drawn()), method=method)
    assert set(whole.errors) == {3, 7, 11}
    wanted = {Status.OPTIMAL, Status.INFEASIBLE, Status.UNBOUNDED, Status.BAD_INPUT}
    assert set(whole.status.tolist()) == wanted


def test_members_that_are_handed_over_do_not_change_the_others(monkeypatch):
    by_simplex = linprog_batch(**spoilt(drawn()), method="simplex")
    monkeypatch.setattr("solvers.lp.solve.LARGE", 5)
    monkeypatch.setattr("solvers.lp.solve.SHARE", 0.8)
    whole = assert_every_member_is_itself(spoilt(drawn()))
    kept = whole.method != "highs"
    assert set(whole.method.tolist()) == {"simplex", "highs", None}
    assert_same_bits(linprog_batch(**rows_of(spoilt(drawn()), kept)), by_simplex, kept)


def test_members_at_the_iteration_limit_do_not_see_each_other():
    whole = assert_every_member_is_itself(spoilt(drawn()), maxiter=2)
    assert {Status.OPTIMAL, Status.ITERATION_LIMIT} <= set(whole.status.tolist())


@pytest.mark.parametrize("shared", list(product([False, True], repeat=len(NAMES))))
def test_parts_given_once_are_as_good_as_repeated(shared):
    arguments = drawn(seed=2, size=6)
    size = 1 if all(shared) else 6
    given, repeated = {}, {}
    for once, (name, values) in zip(shared, arguments.items(), strict=True):
        given[name] = values[0] if once else values
        repeated[name] = np.repeat(values[:1], size, axis=0) if once else values
    rows = np.array([0, 1, 0, 1, 0, 0, 0, 1])
    for basis in (None, rows, np.array([1, 0, 2, 0, 1, 1, 1, 0])):
        codes = None if basis is None else np.tile(basis, (size, 1))
        expected = linprog_batch(**repeated, basis=codes, method="simplex")
        assert_same_bits(linprog_batch(**given, basis=basis, method="simplex"), expected)
        assert_same_bits(linprog_batch(**given, basis=codes, method="simplex"), expected)


def test_a_shared_basis_survives_members_that_are_bad_or_handed_over(monkeypatch):
    """One matrix and one basis, whose dictionary is made once, though the first problem is none."""
    arguments = rows_of(drawn(seed=3), slice(0, 8))
    arguments |= {name: arguments[name][0] for name in ("A_ub", "A_eq")}
    basis = np.array([1, 0, 0, 1, 0, 1, 1, 0])
    good = linprog_batch(**arguments, basis=basis, method="simplex")
    arguments["b_ub"][[0, 4], 1] = np.nan
    result = linprog_batch(**arguments, basis=basis, method="simplex")
    assert result.status[[0, 4]].tolist() == [Status.BAD_INPUT] * 2
    for name in FIELDS:
        left = np.delete(np.arange(8), [0, 4])
        assert getattr(result, name)[left].tobytes() == getattr(good, name)[left].tobytes()


def strided(values):
    """A view with gaps."""
    room = np.empty(tuple(2 * length for length in values.shape))
    room[tuple(slice(None, None, 2) for _ in values.shape)] = values
    return room[tuple(slice(None, None, 2) for _ in values.shape)]


def read_only(values):
    values.flags.writeable = False
    return values


@pytest.mark.parametrize("empty", NAMES)
def test_any_part_may_say_that_there_are_no_problems(empty):
    given = {name: values[:0] if name == empty else values[0] for name, values in drawn().items()}
    result = linprog_batch(**given)
    assert result.x.shape == (0, N)
    assert result.y.shape == (0, M_UB + M_EQ)
    assert result.message == []


@pytest.mark.parametrize("empty", ["bounds", "A_ub", "c"])
def test_empty_batches_of_no_variables(empty):
    given = {"c": np.empty(0), "A_ub": np.empty((2, 0)), "b_ub": [1, 2], "bounds": np.empty((0, 2))}
    given[empty] = np.empty((0, *np.shape(given[empty])))
    assert linprog_batch(**given).x.shape == (0, 0)


@pytest.mark.parametrize("own", ["A_ub", "b_ub", "A_eq", "b_eq"])
def test_no_rows_of_one_kind_in_each_of_many(own):
    """Rows of one kind for all, and of the other kind none, so many times."""
    kind, other = own[-2:], "eq" if own.endswith("ub") else "ub"
    arguments = {name: values[0] for name, values in drawn(seed=8).items()}
    given = arguments | {f"A_{kind}": np.empty((0, N)), f"b_{kind}": np.empty(0)}
    given[own] = np.empty((5, *given[own].shape))
    expected = linprog_batch(
        np.tile(arguments["c"], (5, 1)),
        bounds=arguments["bounds"],
        **{f"{part}_{other}": arguments[f"{part}_{other}"] for part in "Ab"},
    )
    assert_same_bits(linprog_batch(**given), expected)


LAYOUTS = {
    "float32": lambda values: values.astype(np.float32),
    "integers": lambda values: values if np.isinf(values).any() else values.astype(np.int32),
    "lists": np.ndarray.tolist,
    "Fortran": np.asfortranarray,
    "strided": strided,
    "read-only": read_only,
    "other bytes": lambda values: values.astype(">f8"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_how_numbers_lie_in_memory_does_not_matter(layout):
    given = {name: LAYOUTS[layout](values) for name, values in drawn().items()}
    assert_same_bits(linprog_batch(**given), linprog_batch(**drawn()))


def test_one_compilation_does_for_all_layouts():
    """Seconds go by where the compiler meets types that it does not know."""
    linprog_batch(**drawn())
    known = len(compiled.signatures)
    linprog_batch(**{name: read_only(values) for name, values in drawn().items()}, maxiter=50.0)
    basis = read_only(np.zeros((SIZE, N + M_UB + M_EQ), np.int8))
    linprog_batch(**drawn(), basis=basis)
    linprog_batch(**drawn() | {"A_ub": drawn()["A_ub"][0], "b_ub": drawn()["b_ub"][0]})
    assert len(compiled.signatures) == known


@pytest.mark.parametrize("method", [None, "highs"])
def test_what_was_given_is_left_as_it_was(method):
    given, basis = spoilt(drawn()), np.random.default_rng(4).integers(0, 4, (SIZE, N + M_UB + M_EQ))
    before = basis.copy()
    linprog_batch(**given, basis=basis, method=method)
    np.testing.assert_array_equal(basis, before)
    for name, values in spoilt(drawn()).items():
        np.testing.assert_array_equal(given[name], values)


@pytest.mark.parametrize(
    "shape", [(0, 0, 3), (0, 0, 0), (2, 0, 0), (0, 3, 4), (0, 9, 1), (5, 0, 9), (1, 1, 17)]
)
def test_shapes_at_the_edge(shape):
    """No rows, no variables, only equations: from every basis, shared or not, alone or not."""
    m_ub, m_eq, n = shape
    programs = draw(np.random.default_rng(5), 12, *shape) if n else no_variables(12, m_ub)
    codes = np.random.default_rng(6).integers(0, 4, n + m_ub + m_eq).astype(np.int8)
    for basis in (None, codes[np.newaxis], np.tile(codes, (12, 1))):
        whole = solve_programs(programs, m_ub=m_ub, basis=basis, method="simplex")
        cold = solve_programs(programs, m_ub=m_ub)
        np.testing.assert_array_equal(whole.status, cold.status)
        for i in range(12):
            own = basis if basis is None or len(basis) == 1 else basis[i : i + 1]
            rows = np.array([i])
            one = solve_programs(programs.take(rows), m_ub=m_ub, basis=own, method="simplex")
            assert_same_bits(one, whole, rows)


def no_variables(size, m_ub):
    programs = draw(np.random.default_rng(7), size, m_ub, 0, 1)
    cut = {"c": programs.c[:, :0], "A": programs.A[:, :, :0]}
    cut |= {"lower": programs.lower[:, :0], "upper": programs.upper[:, :0]}
    return type(programs)(**vars(programs) | cut)
