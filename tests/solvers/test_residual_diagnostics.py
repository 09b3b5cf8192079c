"""The runs test by counting, the robust scale by its definition and on noise, the largest residual."""

from itertools import groupby
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from solvers.ragged import offsets_from
from solvers.residual_diagnostics import max_standardized_residual, robust_sigma, runs_test


def runs(residuals, x=None):
    x = range(len(residuals)) if x is None else x
    arrays = [np.array(values, dtype=float) for values in (residuals, x)]
    return runs_test(*arrays, np.array([0, len(residuals)]))[0]


def test_an_alternation_and_a_block_are_both_no_chance():
    assert runs([1, -1] * 10) < 0.001
    assert runs([1] * 10 + [-1] * 10) < 0.001
    assert runs([1, 1, -1, 1, -1, -1, 1, -1, 1, -1, -1, 1]) > 0.2


def test_a_known_example():
    signs = "++++---+++--++++++----"  # NIST handbook's way of counting: 13 above, 9 below, 6 runs
    above, below, count = 13, 9, 6
    expected = 2 * above * below / 22 + 1
    variance = 2 * above * below * (2 * above * below - 22) / (22**2 * 21)
    score = (count - expected) / variance**0.5
    assert runs([1.0 if s == "+" else -1.0 for s in signs]) == pytest.approx(2 * stats.norm.sf(abs(score)))


@given(st.lists(st.booleans(), min_size=2, max_size=40))
def test_the_probability_is_that_of_wald_and_wolfowitz(signs):
    above, below, count = sum(signs), len(signs) - sum(signs), len(list(groupby(signs)))
    found = runs([1.0 if sign else -1.0 for sign in signs])
    if not above or not below:
        assert np.isnan(found)
        return
    ways = [_arrangements(above, below, runs) for runs in range(2, len(signs) + 1)]
    total = comb(len(signs), above)
    mean = sum(w * r for r, w in enumerate(ways, 2)) / total
    variance = sum(w * (r - mean) ** 2 for r, w in enumerate(ways, 2)) / total
    if variance < 1e-12:
        assert np.isnan(found)
    else:
        assert found == pytest.approx(2 * stats.norm.sf(abs(count - mean) / variance**0.5))


def _arrangements(above, below, runs):
    """How many orders of signs have so many runs, counted."""
    half, odd = divmod(runs, 2)
    if odd:
        return comb(above - 1, half) * comb(below - 1, half - 1) + comb(above - 1, half - 1) * comb(
            below - 1, half
        )
    return 2 * comb(above - 1, half - 1) * comb(below - 1, half - 1)


def test_order_is_that_of_x_and_replicates_count_once():
    residuals = [1.0, -1.0, 2.0, 1.0, -2.0, -1.0]
    order = [3, 0, 5, 1, 4, 2]
    assert runs([residuals[i] for i in order], order) == runs(residuals)
    assert runs([3.0, -1.0, -1.0, 2.0, -2.0, 1.0, -4.0], [0, 0, 1, 2, 2, 3, 4]) == runs([1, -1, 1, -1])


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(-3, 3)), min_size=1, max_size=20))
def test_replicates_count_by_their_mean_and_nothing_has_no_sign(points):
    groups = groupby(sorted(points), key=lambda point: point[0])
    means = [np.sign(sum(residual for _, residual in group)) for _, group in groups]
    found = runs([residual for _, residual in points], [x for x, _ in points])
    np.testing.assert_equal(found, runs([mean for mean in means if mean] or [1.0]))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_bad_residuals_have_no_sign_or_one(bad):
    assert runs([1.0, bad, -1.0, 1.0]) == runs([1.0, -1.0, 1.0] if np.isnan(bad) else [1.0, 1.0, -1.0, 1.0])
    assert runs([1.0, -1.0, 1.0, -1.0], [np.nan] * 4) == runs([1.0, -1.0, 1.0, -1.0])


def alone(function, residuals, unknowns):
    return function(np.array(residuals, dtype=float), np.array([0, len(residuals)]), unknowns)[0]


def test_the_robust_scale_is_the_median_of_the_largest_sizes():
    assert alone(robust_sigma, [5, -1, 2, 0, -3], 1) == pytest.approx(2 / stats.norm.ppf(0.75))
    assert alone(robust_sigma, [5, -1, 2, 0, -3], 2) == pytest.approx(2.5 / stats.norm.ppf(0.75))
    assert alone(robust_sigma, [5, -1, 2, 0, -3], 3) == pytest.approx(3 / stats.norm.ppf(0.75))


def test_the_robust_scale_is_that_of_the_noise_whatever_outliers_do():
    rng = np.random.default_rng(0)
    basis, _ = np.linalg.qr(np.vander(np.linspace(-1, 1, 25), 3))
    noise = rng.normal(scale=0.5, size=(2000, 25))
    residuals = noise - (noise @ basis) @ basis.T
    offsets = offsets_from([25] * 2000)
    assert robust_sigma(residuals.ravel(), offsets, 3).mean() == pytest.approx(0.5, rel=0.05)
    residuals[:, 4] = 1e6
    assert robust_sigma(residuals.ravel(), offsets, 3).mean() == pytest.approx(0.5, rel=0.15)


def test_the_largest_residual_is_in_units_of_their_spread():
    assert alone(max_standardized_residual, [1, -3, 1, 1], 1) == pytest.approx(3 / 2)
    outlier = alone(max_standardized_residual, [0.0] * 17 + [7.0], 2)
    assert outlier == pytest.approx(4.0)  # sqrt(m - n), the most there can be


@given(
    st.lists(st.floats(-1e100, 1e100) | st.sampled_from([np.nan, np.inf, -np.inf]), min_size=1),
    st.integers(0, 4),
)
def test_the_largest_residual_is_what_the_formula_gives_of_any_numbers(residuals, unknowns):
    found, size = alone(max_standardized_residual, residuals, unknowns), np.abs(residuals)
    with np.errstate(all="ignore"):
        expected = size.max() / np.sqrt(np.sum(size**2) / max(len(size) - unknowns, 0.0))
    expected = expected if len(size) > unknowns else np.nan
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_without_degrees_of_freedom_nothing_is_known():
    for function in (robust_sigma, max_standardized_residual):
        assert np.isnan(alone(function, [1.0, 2.0], 2))
        assert np.isnan(alone(function, [1.0], 3))
    assert np.isnan(alone(max_standardized_residual, [0.0, 0.0, 0.0], 1))


def test_a_problem_has_its_own_numbers_in_any_batch():
    rng = np.random.default_rng(5)
    offsets = offsets_from([5, 1, 12, 30])
    residuals, x = rng.normal(size=48), rng.integers(0, 9, 48).astype(float)
    for diagnose in (
        runs_test,
        lambda residuals, x, offsets: robust_sigma(residuals, offsets, 2),
        lambda residuals, x, offsets: max_standardized_residual(residuals, offsets, 2),
    ):
        together = diagnose(residuals, x, offsets)
        for i in range(4):
            own, edges = slice(offsets[i], offsets[i + 1]), np.array([0, offsets[i + 1] - offsets[i]])
            np.testing.assert_array_equal(together[i], diagnose(residuals[own], x[own], edges)[0])
