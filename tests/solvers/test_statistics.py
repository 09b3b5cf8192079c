"""Goodness of fit against formulas by hand."""

from math import lgamma, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvers.evaluation.poisson import deviance
from solvers.ragged import offsets_from
from solvers.statistics import goodness_of_counts, goodness_of_fit


def goodness(residuals, y, sigma=None, unknowns=2):
    arrays = [None if a is None else np.array(a, dtype=float) for a in (residuals, y, sigma)]
    return goodness_of_fit(*arrays, np.array([0, len(y)]), unknowns)


def test_the_definitions_are_those_of_lmfit():
    y = [1.0, 2.0, 4.0, 3.0, 6.0]
    residuals = [0.1, -0.2, 0.3, 0.0, -0.1]
    chisqr = 0.01 + 0.04 + 0.09 + 0.01
    spread = sum((value - 3.2) ** 2 for value in y)
    found = goodness(residuals, y)
    assert found.chisqr == pytest.approx([chisqr])
    assert found.redchi == pytest.approx([chisqr / 3])
    assert found.rsquared == pytest.approx([1 - chisqr / spread])
    assert found.aic == pytest.approx([5 * log(chisqr / 5) + 4])
    assert found.aicc == pytest.approx([5 * log(chisqr / 5) + 4 + 2 * 2 * 3 / (5 - 2 - 1)])
    assert found.bic == pytest.approx([5 * log(chisqr / 5) + 2 * log(5)])
    assert found.bic_of_constant == pytest.approx([5 * log(spread / 5) + log(5)])


def test_weights_count_and_the_best_constant_is_the_weighted_mean():
    y, sigma = np.array([1.0, 2.0, 5.0]), np.array([1.0, 1.0, 2.0])
    constant = (1.0 + 2.0 + 5.0 / 4) / (1 + 1 + 0.25)
    residuals = (y - constant) / sigma
    found = goodness(residuals, y, sigma, unknowns=1)
    assert found.rsquared == pytest.approx([0.0], abs=1e-15)
    assert found.bic == pytest.approx(found.bic_of_constant)


def test_one_sigma_for_all_changes_no_share():
    y, residuals = [1.0, 2.0, 4.0, 3.0], np.array([0.1, -0.2, 0.3, 0.0])
    plain, weighted = goodness(residuals, y), goodness(residuals / 10, y, np.full(4, 10.0))
    assert weighted.rsquared == pytest.approx(plain.rsquared)
    assert weighted.chisqr == pytest.approx(plain.chisqr / 100)
    assert weighted.bic_of_constant - weighted.bic == pytest.approx(plain.bic_of_constant - plain.bic)


def test_what_is_not_defined_is_nan():
    assert np.isnan(goodness([0.1, 0.2], [1.0, 2.0]).redchi)  # no degrees of freedom
    assert np.isnan(goodness([0.1, 0.2, 0.3], [1.0, 2.0, 3.0]).aicc)  # as many points as parameters, plus 1
    assert np.isnan(goodness([0.0, 0.0, 0.0], [2.0, 2.0, 2.0]).rsquared)  # nothing to explain


NUMBERS = st.floats(-100, 100, allow_subnormal=False) | st.sampled_from([np.nan, np.inf, -np.inf, 0.0])
POINTS = st.tuples(NUMBERS, NUMBERS, st.floats(0.01, 100) | st.sampled_from([np.nan, np.inf, 0.0, -1.0]))


@given(st.lists(st.lists(POINTS, min_size=1, max_size=12), min_size=1, max_size=4), st.booleans())
def test_bad_numbers_give_what_the_formulas_give_and_stay_with_their_problem(problems, weighted):
    offsets = offsets_from([len(points) for points in problems])
    residuals, y, sigma = np.concatenate(problems).T.copy()
    with np.errstate(all="ignore"):
        found = goodness_of_fit(residuals, y, sigma if weighted else None, offsets, 2)
        for i, points in enumerate(problems):
            residuals, y, sigma = np.array(points).T
            weight = sigma**-2.0 if weighted else np.ones(len(points))
            mean = np.sum(weight * y) / np.sum(weight)
            chisqr, spread = np.sum(residuals**2), np.sum(weight * (y - mean) ** 2)
            free = len(points) - 2
            np.testing.assert_allclose(found.chisqr[i], chisqr, rtol=1e-13)
            np.testing.assert_allclose(found.redchi[i], chisqr / free if free > 0 else np.nan, rtol=1e-13)
            constant = len(points) * np.log(spread / len(points)) + np.log(len(points))
            size = np.sum(weight * y**2)  # of which what is left about the mean may be rounding
            if not spread < 1e-9 * size:
                np.testing.assert_allclose(found.bic_of_constant[i], constant, rtol=1e-6, atol=1e-6)
                np.testing.assert_allclose(
                    found.rsquared[i], 1 - chisqr / spread if spread > 0 else np.nan, rtol=1e-6, atol=1e-6
                )


def test_of_counts_it_is_twice_the_log_likelihood_up_to_what_models_share():
    y, expected = np.array([3.0, 0.0, 7.0, 2.0]), np.array([2.5, 0.4, 6.0, 3.0])
    likelihood = sum(k * log(f) - f - lgamma(k + 1) for k, f in zip(y, expected, strict=True))
    saturated = sum((k * log(k) if k else 0.0) - k - lgamma(k + 1) for k in y)
    constant = sum(k * log(3.0) - 3.0 - lgamma(k + 1) for k in y)
    residuals = np.sqrt(deviance(expected, y))
    found = goodness_of_counts(residuals, y, np.array([0, 4]), 2)
    assert found.chisqr == pytest.approx([2 * (saturated - likelihood)])
    assert found.redchi == pytest.approx(found.chisqr / 2)
    assert found.aic == pytest.approx([2 * (saturated - likelihood) + 4])
    assert found.bic == pytest.approx([2 * (saturated - likelihood) + 2 * log(4)])
    assert found.bic_of_constant == pytest.approx([2 * (saturated - constant) + log(4)])
    assert found.rsquared == pytest.approx([1 - (saturated - likelihood) / (saturated - constant)])
    assert np.isnan(goodness_of_counts(np.zeros(2), np.zeros(2), np.array([0, 2]), 1).rsquared)


def test_a_problem_has_its_own_numbers_in_any_batch():
    rng = np.random.default_rng(5)
    offsets = offsets_from([5, 1, 12, 30])
    residuals, y = rng.normal(size=48), rng.poisson(4.0, size=48).astype(float)
    for goodness in (
        lambda residuals, y, offsets: goodness_of_fit(residuals, y, None, offsets, 2),
        lambda residuals, y, offsets: goodness_of_counts(residuals, y, offsets, 2),
    ):
        together = vars(goodness(residuals, y, offsets))
        for i in range(4):
            own, edges = slice(offsets[i], offsets[i + 1]), np.array([0, offsets[i + 1] - offsets[i]])
            alone = vars(goodness(residuals[own], y[own], edges))
            for name, values in together.items():
                np.testing.assert_array_equal(values[i], alone[name][0], err_msg=name)
