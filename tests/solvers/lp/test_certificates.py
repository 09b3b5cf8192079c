"""Certificates hold of what HiGHS proves, and of nothing else."""

import highspy
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from solvers.lp.certificates import certify, certify_one
from solvers.lp.programs import Programs
from solvers.status import Status

INF = np.inf
CLAIMS = {
    highspy.HighsModelStatus.kOptimal: Status.OPTIMAL,
    highspy.HighsModelStatus.kInfeasible: Status.INFEASIBLE,
    highspy.HighsModelStatus.kUnbounded: Status.UNBOUNDED,
}


def some_bounds(rng, around):
    """Bounds of all kinds about values, some of which they exclude."""
    kind = rng.integers(0, 6, around.shape)
    low, high = around - rng.integers(0, 3, around.shape), around + rng.integers(-1, 3, around.shape)
    lower = np.where(kind <= 1, -INF, np.where(kind == 2, around, low))
    upper = np.where((kind == 0) | (kind == 3), INF, np.where(kind == 2, around, np.maximum(low, high)))
    return lower, upper


def some_programs(seed, m, n, scale=1.0):
    """One program of small integers, and of every kind; costs and bounds in units of the scale."""
    rng = np.random.default_rng(seed)
    A, x = rng.integers(-3, 4, (1, m, n)) * (rng.random((1, m, n)) < 0.7), rng.integers(0, 3, (1, n))
    lower, upper = some_bounds(rng, x)
    row_lower, row_upper = some_bounds(rng, (A @ x[0]))
    c = rng.integers(-2, 4, (1, n))
    return Programs(
        1, scale * c, A.astype(float), *(scale * part for part in (row_lower, row_upper, lower, upper))
    )


def solved(programs):
    """What HiGHS claims of the first program: a `Status`, x, y and a ray, each (1, ...)."""
    program, highs = programs.one(0), highspy.Highs()
    highs.silent()
    for name in ("primal_feasibility_tolerance", "dual_feasibility_tolerance"):
        highs.setOptionValue(name, 1e-10)
    highs.setOptionValue("presolve", "off")
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = program.A.shape
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = program.c, program.lower, program.upper
    lp.row_lower_, lp.row_upper_ = program.row_lower, program.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = program.A.indptr, program.A.indices
    lp.a_matrix_.value_ = program.A.data
    highs.passModel(lp)
    highs.run()
    status, solution = CLAIMS[highs.getModelStatus()], highs.getSolution()
    x, y, ray = np.array([solution.col_value]), np.array([solution.row_dual]), np.zeros((1, len(program.c)))
    if status == Status.INFEASIBLE:
        y = np.array([highs.getDualRay()[2]])
    if status == Status.UNBOUNDED:
        ray = np.array([highs.getPrimalRay()[2]])
    return np.array([status]), x, y, ray


@st.composite
def cases(draw):
    """A program whose matrix is not 0, as HiGHS gives no ray of those, and what HiGHS claims of it."""
    seed, m, n = draw(st.integers(0, 2**32)), draw(st.integers(1, 6)), draw(st.integers(1, 8))
    programs = some_programs(seed, m, n, 10.0 ** draw(st.integers(-5, 5)))
    assume(programs.A.any())
    return programs, solved(programs)


def assert_close(some, others):
    for one, other in zip(some.arrays(), others.arrays(), strict=True):
        np.testing.assert_allclose(
            one, other, rtol=1e-12, atol=1e-12 * max(1, np.abs(np.nan_to_num(one)).max(initial=0))
        )


@settings(max_examples=300)
@given(cases())
def test_what_highs_finds_holds_in_any_unit_dense_and_sparse(case):
    programs, claim = case
    found = certify(programs, *claim)
    assert found.holds.all()
    assert_close(found, certify_one(programs.one(0), *(part[0] for part in claim)))


def fits(values, lower, upper):
    """Whether each is within bounds."""
    return (values >= lower - 1e-9).all() and (values <= upper + 1e-9).all()


def priced(y, row_lower, row_upper):
    """The multipliers' part of the dual objective; NaN where they push against nothing."""
    bound = np.where(y > 1e-9, row_lower, np.where(y < -1e-9, row_upper, 0.0))
    return (y * bound).sum() if np.isfinite(bound).all() else np.nan


def is_so(programs, status, x, y, ray):
    """What the definitions say, for small integers."""
    c, A, row_lower, row_upper, lower, upper = (part[0] for part in programs.parts)
    feasible = fits(x, lower, upper) and fits(A @ x, row_lower, row_upper)
    cone = [np.where(np.isfinite(bound), 0.0, bound) for bound in (row_lower, row_upper, lower, upper)]
    costs = 0.0 * c if status == Status.INFEASIBLE else c
    dual = priced(y, row_lower, row_upper) + priced(costs - A.T @ y, lower, upper)
    return {
        Status.OPTIMAL: feasible and abs(dual - c @ x) < 1e-9,
        Status.INFEASIBLE: dual > 1e-9,
        Status.UNBOUNDED: feasible and fits(A @ ray, *cone[:2]) and fits(ray, *cone[2:]) and c @ ray < -1e-9,
    }[status]


@settings(max_examples=400)
@given(
    *(st.integers(0, 2**32), st.integers(1, 6), st.integers(1, 8)),
    *(st.sampled_from(["x", "y", "ray"]), st.integers(0, 7), st.sampled_from([1.0, -1.0, 1e-4, -1e-4])),
)
def test_what_is_changed_holds_only_where_it_still_is_so(seed, m, n, name, at, by):
    programs = some_programs(seed, m, n)
    assume(programs.A.any())
    status, *claim = solved(programs)
    part = claim[["x", "y", "ray"].index(name)]
    part[0, at % part.shape[1]] += by
    found = certify(programs, status, *claim)
    assert found.holds[0] == is_so(programs, status[0], *(part[0] for part in claim))
    assert_close(found, certify_one(programs.one(0), status[0], *(part[0] for part in claim)))


# Minimize 0.5 x0 + 2.5 x1 - x2 subject to x0 + x1 >= 2, x0 - x1 = 0, 0 <= x0, 0 <= x1 <= 1e9, x2 <= 3.
HAND = Programs(
    1,
    *(np.array([[0.5, 2.5, -1.0]]), np.array([[[1.0, 1.0, 0.0], [1.0, -1.0, 0.0]]])),
    *(np.array([[2.0, 0.0]]), np.array([[INF, 0.0]])),
    *(np.array([[0.0, 0.0, -INF]]), np.array([[INF, 1e9, 3.0]])),
)
X, Y = np.array([[1.0, 1.0, 3.0]]), np.array([[1.5, -1.0]])
NO_RAY = np.zeros((1, 3))
OPTIMAL, INFEASIBLE, UNBOUNDED = (
    np.array([s]) for s in (Status.OPTIMAL, Status.INFEASIBLE, Status.UNBOUNDED)
)


def changed(programs, **parts):
    """The program with other parts (given without the leading axis)."""
    return Programs(**vars(programs) | {name: np.array([part], float) for name, part in parts.items()})


def test_measures_are_as_documented():
    found = certify(HAND, OPTIMAL, np.add(X, [[0, 0, 1]]), Y, NO_RAY)
    np.testing.assert_array_equal(found.activity, [[2, 0]])
    np.testing.assert_array_equal(found.reduced_costs, [[0, 0, -1]])
    size = 1 + (0.5 + 2.5 + 4) + (3 + 3)  # p d, terms of c x, terms of D
    np.testing.assert_allclose(found.primal_residual, 1 / (1 + 4 + 3 + 1e-3 * 4))
    np.testing.assert_allclose([found.complementarity[0], found.gap[0]], 1 / size)
    assert found.dual_residual == 0
    found = certify(HAND, OPTIMAL, X - [[0.5, 0, 0]], np.add(Y, [[-2, 0]]), NO_RAY)
    np.testing.assert_allclose(found.primal_residual, 0.5 / (1 + 1.5 + 0 + 1e-3 * 3 * 2))
    s = np.array([1 + 0.5 + (0.5 + 1), 1 + 2.5 + (0.5 + 1)]) + 1e-3 * 1.5
    np.testing.assert_allclose(found.dual_residual, (0.5 / s).max())
    assert np.isfinite(found.gap)
    found = certify(HAND, OPTIMAL, np.add(X, [[1, 1, 0]]), Y, NO_RAY)
    np.testing.assert_allclose(found.complementarity, 1.5 * 2 / (1 + (1 + 5 + 3) + (3 + 3)))


THIRD_ROW = {"A": [[1, 1, 0], [1, -1, 0], [1, 0, 0]], "row_lower": [2, 0, -INF]}


@pytest.mark.parametrize(
    ("parts", "multipliers"),
    [
        ({}, [1.5 + 1e-13, -1.0]),  # z0 and z1 are negligible; z1 has a distant bound, z0 none
        (THIRD_ROW | {"row_upper": [INF, 0, 1e9]}, [1.5, -1.0, -1e-13]),
        (THIRD_ROW | {"row_upper": [INF, 0, 5]}, [1.5, -1.0, 1e-13]),
    ],
)
def test_rounding_of_multipliers_is_no_error(parts, multipliers):
    programs = changed(HAND, **parts)
    y = np.array([multipliers])
    assert certify(programs, OPTIMAL, X, y, NO_RAY).holds
    assert not certify(programs, OPTIMAL, X, y * (1 + 1e-6), NO_RAY).holds


@pytest.mark.parametrize("unit", [1e-5, 1e-2, 1.0, 1e4])
def test_small_units_are_no_excuse(unit):
    bounds = (
        unit * part for part in (HAND.row_lower, HAND.row_upper, HAND.lower, np.array([[INF, INF, 3.0]]))
    )
    programs = Programs(1, unit * HAND.c, HAND.A, *bounds)
    assert certify(programs, OPTIMAL, unit * X, unit * Y, NO_RAY).holds
    for dx, dy in ([1e-7, 0], [0, 1e-7]):
        assert not certify(programs, OPTIMAL, unit * (X + dx), unit * (Y + dy), NO_RAY).holds
    rows = np.array([[unit], [1.0]])  # only a row is in other units
    programs = changed(HAND, A=rows * HAND.A[0], row_lower=[2 * unit, 0])
    assert certify(programs, OPTIMAL, X, Y / rows.T, NO_RAY).holds
    assert not certify(programs, OPTIMAL, X - [[1e-7, 1e-7, 0]], Y / rows.T, NO_RAY).primal_residual < 1e-9


def test_bounds_that_cross_leave_nothing_optimal_and_are_proof_of_that():
    for parts in (
        {"lower": [0, 1, -INF], "upper": [INF, 1 - 1e-6, 3]},
        {"row_lower": [2, 1e-6], "row_upper": [INF, 0]},
    ):
        programs = changed(HAND, **parts)
        assert not certify(programs, OPTIMAL, X, Y, NO_RAY).holds
        assert certify(programs, INFEASIBLE, X + np.nan, 0 * Y, NO_RAY).holds
    programs = changed(HAND, lower=[0, 1 + 4e-9, -INF], upper=[INF, 1, 3])
    assert not certify(programs, OPTIMAL, X + 2e-9 * np.array([[1, 1, 0]]), Y, NO_RAY).primal_residual <= 1e-9
    assert certify(programs, INFEASIBLE, X, Y, NO_RAY).holds
    assert certify(changed(HAND, lower=[0, INF, -INF], upper=[INF] * 3), INFEASIBLE, X, Y, NO_RAY).holds
    assert certify(changed(HAND, lower=[0, 1 + 1e-12, -INF], upper=[INF, 1, 3]), OPTIMAL, X, Y, NO_RAY).holds
    assert not certify(HAND, INFEASIBLE, X, 0 * Y, NO_RAY).holds


def test_a_proof_is_not_made_of_rounding():
    def proven(*y, **parts):
        return bool(certify(changed(HAND, **parts), INFEASIBLE, X, np.array([y]), NO_RAY).holds)

    assert proven(1, 1, upper=[0.5, INF, 3])
    assert proven(1, 1 - 1e-13, upper=[0.5, 1e9, 3])  # z1 is -1e-13
    assert not proven(1, 1 - 1e-6, upper=[0.5, INF, 3])
    assert not proven(-1, 0, lower=[1, 1, -INF])  # there is no upper bound of that row
    assert not proven(1e-16, 1, row_lower=[1e9, 0], upper=[0, INF, 3])
    # D is 1.5, but would not be were the coefficients of x1 changed by 1e-9 of themselves.
    assert not proven(1, 1 + 3e-9, lower=[0, 1e9, -INF], upper=[1.75, INF, 3])


@pytest.mark.parametrize("row", [[-INF, INF], [-INF, 5], [-5, INF], [0, 0]])
@pytest.mark.parametrize("step", [1.0, -1.0, 1e-8])
def test_rays_stay_within_the_bounds_of_rows(row, step):
    programs = changed(HAND, c=[-step, 0, -1], lower=[-INF] * 3, upper=[INF] * 3, A=[[1, 0, 0], [0, 0, 0]])
    programs = changed(programs, row_lower=[row[0], 0], row_upper=[row[1], 0])
    found = certify(programs, UNBOUNDED, 0 * X, Y, np.array([[step, 0, 1.0]]))
    assert found.holds == np.isinf(row[1] if step > 0 else row[0])


def test_costs_do_not_fall_by_rounding():
    falling = changed(
        HAND, c=[1, 1e9, 0], A=np.zeros((2, 3)), row_lower=[0, 0], row_upper=[0, 0], lower=[-INF] * 3
    )
    ray = np.array([[0, -1e-16, -1.0]])
    assert not certify(falling, UNBOUNDED, 0 * X, Y, ray).holds
    assert certify(falling, UNBOUNDED, 0 * X, Y, np.array([[-1.0, 0, 0]])).holds
    falling = changed(falling, c=[1e-10, 1e9, 0])
    assert not certify(falling, UNBOUNDED, 0 * X, Y, np.array([[-1.0, 0, 0]])).holds


def test_rows_of_zeros_prove_what_they_say():
    programs = changed(HAND, A=np.zeros((2, 3)), row_lower=[1, 0], row_upper=[INF, 0])
    assert certify(programs, INFEASIBLE, X, np.array([[1.0, 0]]), NO_RAY).holds
    assert not certify(programs, INFEASIBLE, X, np.array([[-1.0, 0]]), NO_RAY).holds
    assert not certify(
        changed(programs, row_lower=[1e-12, 0]), INFEASIBLE, X, np.array([[1.0, 0]]), NO_RAY
    ).holds


@pytest.mark.parametrize("status", [Status.NUMERICAL, Status.ITERATION_LIMIT, Status.RUNNING])
def test_no_claim_is_measured_but_does_not_hold(status):
    found = certify(HAND, np.array([status]), X, Y, NO_RAY)
    assert found.gap == 0
    assert not found.holds


@pytest.mark.parametrize("bad", [np.nan, INF])
def test_what_is_not_finite_does_not_hold(bad):
    for x, y in [(X * bad, Y), (X, Y * bad)]:
        found = certify(HAND, OPTIMAL, x, y, NO_RAY)
        assert not found.holds
        assert np.isnan([found.primal_residual, found.dual_residual, found.complementarity, found.gap]).all()
    free = changed(HAND, row_lower=[-INF, 0])
    ray = np.array([[-1.0, -1.0, -0.1]])
    free = changed(free, lower=[-INF] * 3)
    assert certify(free, UNBOUNDED, X, Y * bad, ray).holds
    found = certify(free, UNBOUNDED, X * bad, Y, ray)
    assert not found.holds
    assert np.isnan([found.primal_residual, found.dual_residual]).all()
    assert not certify(free, UNBOUNDED, X, Y, ray * bad).holds
    crossed = changed(HAND, lower=[0, 1, -INF], upper=[INF, 0, 3])
    assert not certify(crossed, INFEASIBLE, X, Y * bad, NO_RAY).holds
    for part in ("c", "row_lower", "lower"):
        assert not certify(changed(HAND, **{part: vars(HAND)[part][0] * np.nan}), OPTIMAL, X, Y, NO_RAY).holds


@pytest.mark.parametrize(("m", "n"), [(0, 2), (2, 0), (0, 0)])
def test_there_may_be_no_rows_and_no_variables(m, n):
    rows, columns = np.zeros((1, m)), np.zeros((1, n))
    programs = Programs(1, columns + 1, np.zeros((1, m, n)), rows, rows + 1, columns, columns + INF)
    point = columns, rows, columns
    assert certify(programs, OPTIMAL, *point).holds
    assert certify_one(programs.one(0), Status.OPTIMAL, *(part[0] for part in point)).holds
    assert not certify(programs, INFEASIBLE, *point).holds
    assert not certify(programs, UNBOUNDED, *point).holds
    if n:
        assert certify(changed(programs, lower=[-INF] * n), UNBOUNDED, *point[:2], point[2] - 1).holds
    if m:
        assert certify(
            changed(programs, row_lower=[0.5] * m), INFEASIBLE, point[0], point[1] + 1, point[2]
        ).holds


def test_a_batch_is_its_members_in_any_order_shared_or_not():
    many = [(some_programs(seed, 4, 6), seed) for seed in range(300)]
    claims = [(programs, *solved(programs)) for programs, _ in many if programs.A.any()]
    parts = [np.concatenate(part) for part in zip(*(p.parts for p, *_ in claims), strict=True)]
    rest = [np.concatenate(part) for part in zip(*(r for _, *r in claims), strict=True)]
    programs = Programs(len(claims), *parts)
    found = certify(programs, *rest)
    assert {Status(s) for s in rest[0][found.holds]} == {Status.OPTIMAL, Status.INFEASIBLE, Status.UNBOUNDED}
    order = np.random.default_rng(0).permutation(len(claims))
    mixed = certify(programs.take(order), *(part[order] for part in rest))
    alone = type(found).concatenate([certify(p, *r) for p, *r in claims])
    for all_, reordered, one in zip(found.arrays(), mixed.arrays(), alone.arrays(), strict=True):
        np.testing.assert_array_equal(all_[order], reordered)
        np.testing.assert_array_equal(all_, one)
    shared = certify(Programs(len(claims), *(part[:1] for part in parts)), *rest)
    repeated = certify(Programs(len(claims), *(part[np.zeros(len(claims), int)] for part in parts)), *rest)
    for one, other in zip(shared.arrays(), repeated.arrays(), strict=True):
        np.testing.assert_array_equal(one, other)
