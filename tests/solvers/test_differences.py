"""Finite differences: right, inside the bounds, each problem by itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvers.evaluation.differences import SCHEMES, Differenced

ACCURACY = {"2-point": 1e-6, "3-point": 1e-9, "cs": 1e-14}


class Recorded:
    """Residuals ``exp(x0) * t, x1**3, sin(x0) x1`` of each problem; remembers where it was asked."""

    def __init__(self, size):
        self.offsets = np.arange(size + 1) * 3
        self.asked = []

    def residuals(self, x):
        self.asked.append(x.copy())
        return np.stack([np.exp(x[:, 0]), x[:, 1] ** 3, np.sin(x[:, 0]) * x[:, 1]], axis=1).ravel(), {}

    def exact(self, x):
        zero = np.zeros(len(x))
        first = np.stack([np.exp(x[:, 0]), zero, np.cos(x[:, 0]) * x[:, 1]], axis=1).ravel()
        return np.stack([first, np.stack([zero, 3 * x[:, 1] ** 2, np.sin(x[:, 0])], axis=1).ravel()])


def jacobian(scheme, x, lower, upper):
    function = Recorded(len(x))
    residuals = function.residuals(x)[0]
    found, raised = Differenced(function, scheme, x, lower, upper).jacobian(x, residuals)
    assert raised == {}
    return found, function


@pytest.mark.parametrize("scheme", SCHEMES)
@given(seed=st.integers(0, 1000), room=st.sampled_from([1e-12, 1e-8, 1e-5, 1.0, np.inf]))
def test_derivatives_are_right_and_stay_inside(scheme, seed, room):
    rng = np.random.default_rng(seed)
    x = rng.uniform(0.2, 2.0, (5, 2)) * rng.choice([-1, 1], (5, 2))
    lower = np.where(rng.random((5, 2)) < 0.5, x - room * rng.random((5, 2)), -np.inf)
    upper = np.where(rng.random((5, 2)) < 0.5, x + room * (0.1 + rng.random((5, 2))), np.inf)
    found, function = jacobian(scheme, x, lower, upper)
    for asked in function.asked:
        assert (asked.real >= lower).all()
        assert (asked.real <= upper).all()
    boxed = np.isfinite(lower) & np.isfinite(upper) & (room < 1e-4)
    if scheme == "cs" or not boxed.any():
        np.testing.assert_allclose(
            found, function.exact(x), atol=20 * ACCURACY[scheme], rtol=20 * ACCURACY[scheme]
        )


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("gap", [1e-6, 1e-9])
def test_between_two_near_bounds_steps_are_shortened(scheme, gap):
    x = np.array([[1.0, 1.5]])
    found, function = jacobian(scheme, x, x - 0.3 * gap, x + 0.7 * gap)
    assert all(((a.real >= x - 0.3 * gap) & (a.real <= x + 0.7 * gap)).all() for a in function.asked)
    np.testing.assert_allclose(found, function.exact(x), atol=5e-16 / gap * 20 + 1e-5)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_where_the_unknown_and_its_start_are_zero(scheme):
    x = np.zeros((1, 2))
    found, function = jacobian(scheme, x, np.full((1, 2), -np.inf), np.full((1, 2), np.inf))
    np.testing.assert_allclose(found, function.exact(x), atol=1e-7)


def test_three_points_at_a_bound_keep_their_order():
    x = np.array([[1.0, 1.5]])
    found, function = jacobian("3-point", x, x.copy(), np.full((1, 2), np.inf))
    np.testing.assert_allclose(found, function.exact(x), rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize(("scheme", "calls"), [("2-point", 2), ("3-point", 4), ("cs", 2)])
def test_calls_a_jacobian(scheme, calls):
    free = np.full((3, 2), np.inf)
    assert len(jacobian(scheme, np.ones((3, 2)), -free, free)[1].asked) == 1 + calls


def test_what_is_raised_is_passed_on():
    class Raising(Recorded):
        def residuals(self, x):
            return super().residuals(x)[0], {1: "Boom: here"}

    free = np.full((3, 2), np.inf)
    x = np.ones((3, 2))
    _, raised = Differenced(Raising(3), "3-point", x, -free, free).jacobian(x, np.zeros(9))
    assert raised == {1: "Boom: here"}
