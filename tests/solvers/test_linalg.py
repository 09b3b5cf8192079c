"""The compiled linear algebra against NumPy's, and that every problem of a batch is by itself."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers import linalg
from tests.solvers.triangles import steps_of_triangles

seeds = st.integers(0, 10_000)
sizes = st.integers(1, 6)


def matrix(rng, m, n, kind):
    """A matrix (m, n) that is random, graded, rank deficient, with a zero column, or of extreme scale."""
    a = rng.normal(size=(m, n))
    if kind == "graded":
        a *= 10.0 ** -np.linspace(0, 10, n)
    elif kind == "deficient":
        a[:, -1] = a[:, 0] * 3.0
    elif kind == "zero column":
        a[:, rng.integers(n)] = 0.0
    elif kind in ("huge", "tiny"):
        a *= 1e100 if kind == "huge" else 1e-100
    return a


kinds = st.sampled_from(["random", "graded", "deficient", "zero column", "huge", "tiny"])


def flat(matrices, vectors):
    offsets = np.concatenate([[0], np.cumsum([len(v) for v in vectors])])
    return np.ascontiguousarray(np.concatenate(matrices).T), np.concatenate(vectors), offsets


@settings(deadline=None)  # the first call compiles
@given(seed=seeds, n=sizes, points=st.lists(st.integers(1, 20), min_size=1, max_size=5), kind=kinds)
def test_the_triangle_stands_for_the_linear_model(seed, n, points, kind):
    rng = np.random.default_rng(seed)
    matrices = [matrix(rng, m, n, kind) for m in points]
    vectors = [rng.normal(size=m) for m in points]
    factor, projection, finite = linalg.triangularize(*flat(matrices, vectors))
    assert finite.all()
    for r, z, a, b in zip(factor, projection, matrices, vectors, strict=True):
        length = np.abs(a).sum(axis=0) + 1e-300
        assert (np.tril(r, -1) == 0.0).all()
        scaled, unit = r / length, a / length
        np.testing.assert_allclose(scaled.T @ scaled, unit.T @ unit, atol=1e-13)
        np.testing.assert_allclose(scaled.T @ z, unit.T @ b, atol=1e-13 * len(b) * np.abs(b).max())


@pytest.mark.parametrize(
    "column", [[5.0, np.nan, 0.0, 0.0], [np.nan, 0, 0, 0], [1, 2, 3, np.inf], [1e200] * 4]
)
def test_one_bad_matrix_says_so_and_leaves_the_others(column):
    rng = np.random.default_rng(1)
    matrices, vectors = list(rng.normal(size=(3, 4, 2))), list(rng.normal(size=(3, 4)))
    clean = linalg.triangularize(*flat(matrices, vectors))
    matrices[1][:, 0] = column
    factor, projection, finite = linalg.triangularize(*flat(matrices, vectors))
    assert finite.tolist() == [True, False, True]
    assert np.isnan(factor[1]).all()
    assert np.isnan(projection[1]).all()
    assert factor[::2].tobytes() == clean[0][::2].tobytes()
    assert projection[::2].tobytes() == clean[1][::2].tobytes()


@settings(deadline=None)  # the first call compiles
@given(seed=seeds, n=sizes, more=st.integers(0, 4), kind=kinds, reach=st.floats(-3, 3))
def test_the_step_satisfies_the_conditions_of_optimality(seed, n, more, kind, reach):
    if kind in ("huge", "tiny"):
        kind = "random"  # methods scale the unknowns first
    rng = np.random.default_rng(seed)
    a, b = matrix(rng, n + more, n, kind), rng.normal(size=n + more)
    radius = 10.0**reach
    step, damping = linalg.trust_region_step(a[None], b[None], np.array([radius]), 0.01)
    s, alpha = step[0], damping[0]
    length = np.sqrt(s @ s)
    assert alpha >= 0.0
    assert length <= 1.02 * radius
    normal = a.T @ a
    scale = np.linalg.norm(normal) * length + np.linalg.norm(a.T @ b)
    np.testing.assert_allclose((normal + alpha * np.eye(n)) @ s, -a.T @ b, atol=1e-9 * scale)
    shortest = np.linalg.norm(np.linalg.lstsq(a, -b)[0])
    if shortest < 0.98 * radius:
        assert alpha == 0.0
        np.testing.assert_allclose(length, shortest, rtol=1e-4)
    elif shortest > 1.02 * radius:
        assert alpha > 0.0
        assert length > 0.98 * radius


def test_steps_do_not_depend_on_the_company_and_are_zero_where_undefined():
    rng = np.random.default_rng(2)
    a, b, radius = rng.normal(size=(9, 6, 3)), rng.normal(size=(9, 6)), rng.uniform(0.1, 3, 9)
    clean = linalg.trust_region_step(a, b, radius, 0.1)
    for row in range(9):
        one = slice(row, row + 1)
        alone = linalg.trust_region_step(a[one], b[one], radius[one], 0.1)
        assert alone[0].tobytes() == clean[0][one].tobytes()
    a[3, 2, 1], b[5, 0] = np.nan, np.inf
    step, _ = linalg.trust_region_step(a, b, radius, 0.1)
    assert (step[[3, 5]] == 0.0).all()
    others = [0, 1, 2, 4, 6, 7, 8]
    assert step[others].tobytes() == clean[0][others].tobytes()


@settings(deadline=None)  # the first call compiles
@given(seed=seeds, n=sizes, kind=kinds)
def test_the_inverse_and_the_condition_are_numpys(seed, n, kind):
    rng = np.random.default_rng(seed)
    r = np.linalg.qr(matrix(rng, n + 3, n, kind))[1]
    inverse, condition = linalg.inverse_of_normal(r[None])
    length = np.abs(r).sum(axis=0)
    singular = np.linalg.svd(r / np.where(length > 0, length, 1.0), compute_uv=False)
    if kind == "zero column" or (kind == "deficient" and n > 1):
        assert condition[0] > 1e14
        assert np.isnan(inverse).all() or condition[0] < np.inf
        return
    # In another norm, of columns of unit length up to a factor of the square root of n.
    ratio = singular[0] / singular[-1]
    assert 0.999 * ratio / n <= condition[0] <= 1.001 * ratio * n**2
    scaled = inverse[0] * length * length[:, None]
    unit = r / length
    np.testing.assert_allclose(scaled @ (unit.T @ unit), np.eye(n), atol=1e-13 * condition[0] ** 2)


def test_no_inverse_without_full_rank():
    stack = np.array([[[1.0, 2], [0, 0]], [[1, 0], [0, 1]], [[np.nan, 0], [0, 1]], [[0, 1], [0, 1]]])
    inverse, condition = linalg.inverse_of_normal(stack)
    assert np.isfinite(inverse).all(axis=(1, 2)).tolist() == [False, True, False, False]
    assert condition.tolist() == [np.inf, 2.0, np.inf, np.inf]


@pytest.mark.parametrize("n", [1, 2, 5])
def test_steps_of_triangles_are_those_through_singular_values(n):
    rng = np.random.default_rng(n)
    factor = np.triu(rng.normal(size=(200, n, n))) + 2 * np.eye(n)
    factor[::7, -1, -1] *= 1e-9  # nearly singular
    target, radius = rng.normal(size=(200, n)), 10.0 ** rng.uniform(-3, 1, 200)
    step, damping = steps_of_triangles(factor, target, radius, 1e-10)
    expected, dampings = linalg.trust_region_step(factor, target, radius, 1e-10)
    assert (damping > 0).any()
    assert (damping == 0).any()
    np.testing.assert_allclose(step, expected, rtol=1e-5, atol=1e-8)
    np.testing.assert_allclose(damping, dampings, rtol=1e-5)
    factor[3] = np.nan
    again, _ = steps_of_triangles(factor, target, radius, 1e-10)
    np.testing.assert_array_equal(np.delete(again, 3, axis=0), np.delete(step, 3, axis=0))
    assert (again[3] == 0).all()
