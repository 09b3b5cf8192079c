"""Extremes against NumPy's."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from solvers.kernels.extremes import minimum, place_of_maximum

# Few different values, so that the extreme one is often there several times.
VECTORS = arrays(
    np.float64, st.integers(0, 9).map(lambda k: 4 * k), elements=st.sampled_from([-1.0, 0.0, 1.5, np.inf])
)


@given(VECTORS)
def test_the_least(vector):
    assert minimum(vector) == np.min(vector, initial=np.inf)


@given(VECTORS)
def test_the_first_of_the_greatest(vector):
    positive = (vector > 0).any()
    assert place_of_maximum(vector) == (np.argmax(vector) if positive else -1)


@given(VECTORS)
def test_without_a_number_nothing_is_searched_for_ever(vector):
    vector = np.full_like(vector, np.nan)
    assert place_of_maximum(vector) == -1
