"""Goodness of fit and the runs test against formulas by hand and by counting."""

from itertools import groupby
from math import comb, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from solvers.ragged import offsets_from
from solvers.statistics import goodness_of_fit, runs_test


def goodness(residuals, y, sigma=None, unknowns=2):
    arrays = [None if a is None else np.array(a, dtype=float) for a in (residuals, y, sigma)]
    return goodness_of_fit(*arrays, np.array([0, len(y)]), unknowns)


def runs(residuals, x=None):
    x = range(len(residuals)) if x is None else x
    arrays = [np.array(values, dtype=float) for values in (residuals, x)]
    return runs_test(*arrays, np.array([0, len(residuals)]))[0]


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


def test_a_problem_has_its_own_numbers_in_any_batch():
    rng = np.random.default_rng(5)
    offsets = offsets_from([5, 1, 12, 30])
    residuals, x, y = rng.normal(size=48), rng.integers(0, 9, 48).astype(float), rng.normal(size=48)
    together = vars(goodness_of_fit(residuals, y, None, offsets, 2)) | {"p": runs_test(residuals, x, offsets)}
    for i in range(4):
        own, edges = slice(offsets[i], offsets[i + 1]), np.array([0, offsets[i + 1] - offsets[i]])
        alone = vars(goodness_of_fit(residuals[own], y[own], None, edges, 2))
        alone = {**alone, "p": runs_test(residuals[own], x[own], edges)}
        for name, values in together.items():
            np.testing.assert_array_equal(values[i], alone[name][0], err_msg=name)
