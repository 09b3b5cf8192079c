"""The derivative check: right ones pass, wrong ones are named, and differences are not trusted blindly."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvers import check_derivatives, curve_fit_batch

X = np.linspace(0.1, 4, 15)


def decay(x, a, b, c):
    return a * np.exp(-b * x) + c


def slopes(x, a, b, c):
    return np.stack([np.exp(-b * x), -a * x * np.exp(-b * x), np.ones_like(x)], axis=-1)


def wrong_by(j, factor, points=slice(None)):
    def jac(x, a, b, c):
        values = slopes(x, a, b, c)
        values[points, j] *= factor
        return values

    return jac


@given(st.tuples(st.floats(-1e6, 1e6), st.floats(-3, 3), st.floats(-1e6, 1e6)))
def test_the_right_derivatives_pass_wherever_they_are_tried(params):
    check = check_derivatives(decay, slopes, X, params)
    assert check.ok, check.message
    assert check.message == "jac agrees with differences"


@pytest.mark.parametrize("factor", [-1.0, 0.0, 1.0001, np.nan])
@pytest.mark.parametrize(("j", "name"), [(0, "a"), (1, "b"), (2, "c")])
def test_a_wrong_derivative_is_named(j, name, factor):
    check = check_derivatives(decay, wrong_by(j, factor), X, [2.0, 0.7, 1.0])
    assert not check.ok
    assert check.message.startswith(f"jac is wrong by {name}: the derivative by {name} at point ")
    assert check.worst[1] == j
    np.testing.assert_allclose(check.expected, slopes(X, 2.0, 0.7, 1.0), rtol=1e-6, atol=1e-8)


def test_a_wrong_point_is_named():
    check = check_derivatives(decay, wrong_by(1, 2.0, 7), X, [2.0, 0.7, 1.0])
    assert check.worst == (7, 1)
    assert "by b at point 7 is" in check.message


def test_where_differences_are_off_no_more_is_asked_of_jac():
    def jac(x, a, w):
        return np.stack([np.sin(w * x), a * x * np.cos(w * x)], axis=-1)

    check = check_derivatives(lambda x, a, w: a * np.sin(w * x), jac, X, [1.0, 1e4])
    assert np.abs(check.expected - check.given).max() > 1e-3  # the step is no small part of a period
    assert check.ok


def test_several_variables_and_no_names():
    def f(x, *p):
        return p[0] * x[0] + p[1] * x[1] ** 2

    check = check_derivatives(f, lambda x, *p: np.stack([x[0], x[1]], axis=-1), [X, X + 1], [1.0, 2.0])
    assert check.message.startswith("jac is wrong by params[1]: the derivative by params[1] at point 14")


def test_what_raises_or_has_another_shape_is_told():
    with pytest.raises(ValueError, match=r"raised ValueError: the function must return shape \(15, 3\)"):
        check_derivatives(decay, lambda x, a, b, c: slopes(x, a, b, c).T, X, [1.0, 1.0, 1.0])


def test_batches_check_on_request():
    y = decay(X, 2.0, np.array([[0.5], [1.0]]), 1.0)
    y[0, 0] = np.nan  # a bad row is none of the check's business
    start = [[2, np.inf, 1], [1.5, 0.7, 0.5]]
    fits = curve_fit_batch(decay, X, y, start, jac=slopes, check_jac=True)
    assert fits.success.tolist() == [False, True]
    with pytest.raises(ValueError, match=r"jac is wrong by b: .* for the parameters \[1.5, 0.7, 0.5\]"):
        curve_fit_batch(decay, X, y, start, jac=wrong_by(1, -1.0), check_jac=True)
    assert not curve_fit_batch(decay, X, np.full((2, 15), np.nan), jac=slopes, check_jac=True).success.any()
    for f, jac in ((decay, None), (decay, "cs"), ("a*exp(-b*x)", None)):
        with pytest.raises(ValueError, match="check_jac=True has nothing to check"):
            curve_fit_batch(f, X, y[1:], jac=jac, check_jac=True)
