"""Student's t against SciPy's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from solvers.student import two_sided_quantile

DOF = np.array([1, 2, 3, 4, 5, 9, 30, 101, 998, 999, 1000, 1001, 1e4, 1e7, np.inf])


@pytest.mark.parametrize("level", [0.01, 0.5, 0.6827, 0.9, 0.95, 0.99, 0.9973, 0.9999])
def test_quantiles_are_scipys(level):
    expected = stats.t.ppf(0.5 + 0.5 * level, DOF)
    np.testing.assert_allclose(two_sided_quantile(level, DOF), expected, rtol=1e-10)


@given(st.floats(0.001, 0.9999), st.integers(1, 1500))
def test_any_level_and_freedom(level, dof):
    quantile = two_sided_quantile(level, np.array([float(dof)]))[0]
    assert stats.t.cdf(quantile, dof) - stats.t.cdf(-quantile, dof) == pytest.approx(level, abs=1e-12)


def test_without_degrees_of_freedom_there_is_none():
    found = two_sided_quantile(0.95, np.array([3.0, 0.0, -2.0, np.nan, 3.0]))
    np.testing.assert_array_equal(np.isnan(found), [False, True, True, True, False])
    assert found[0] == found[4]
