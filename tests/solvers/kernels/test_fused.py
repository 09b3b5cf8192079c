"""A fused kernel gives what NumPy's evaluation of the same formula gives, to rounding."""

import numpy as np
import pytest

from solvers import curve_fit_batch
from solvers.api import fitting
from solvers.evaluation.curves import CurveResiduals, ExpressionCurve
from solvers.evaluation.fused import fused
from solvers.evaluation.least_squares import LeastSquares, Memory
from solvers.expressions import Expression

FORMULAS = {
    "a*exp(-b*x) + c": "abc",
    "a + b*x1**c + x2/(1 + a**2)": "abc",
    "a/(1 + 10**((b - x)*c))": "abc",
    "a*x**-2 + b*x**7 + (a*b)**0.5 + 3**2": "ab",
    "sin(a*x)*cos(b*x) + tan(a*b/9)*tanh(c*x/9)": "abc",
    "log(a*x + b) + log1p(c*x) + log2(a) + log10(b + x) + expm1(-c*x)": "abc",
    "a*sinh(b*x) - cosh(c*x/2) + abs(a - x) + sqrt(b*x)": "abc",
    "arctan(a*x) + arcsin(b/9*x/9) + arccos(c/9*x/9)": "abc",
    "a": "a",
    "-a - 1e-3*x**a": "a",
}


def problems(formula, names, weighted, free=None):
    rng = np.random.default_rng(7)
    counts = rng.integers(1, 40, 17)
    offsets = np.concatenate([[0], np.cumsum(counts)])
    variables = ("x1", "x2") if "x1" in formula else ("x",)
    x = rng.uniform(0.1, 3, (len(variables), offsets[-1]))
    y, sigma = rng.normal(size=offsets[-1]), rng.uniform(0.5, 2, offsets[-1])
    params = rng.uniform(0.5, 2, (17, len(names)))
    free = np.arange(len(names)) if free is None else np.array(free)
    curve = ExpressionCurve(Expression(formula, tuple(names), variables))
    function = CurveResiduals(curve, x, y, sigma if weighted else None, offsets, params, free)
    bounds = np.full((2, 17, len(free)), np.inf)
    plain = LeastSquares(function, *bounds, Memory(np.full(len(y), np.nan), offsets), np.arange(17))
    return fused(function, *bounds), plain, params[:, free]


def assert_agree(kernel, plain, x):
    value, expected = kernel.value(x), plain.value(x)
    np.testing.assert_allclose(value.fun, expected.fun, rtol=1e-12)
    jacobian, _ = plain.function.jacobian(x, expected.residuals)
    for row, (begin, end) in enumerate(zip(expected.offsets[:-1], expected.offsets[1:], strict=True)):
        J, r = jacobian[:, begin:end], expected.residuals[begin:end]
        size = np.sqrt((J * J).sum(axis=1))
        assert (np.abs(value.normal[row] - J @ J.T) <= 1e-13 * np.outer(size, size)).all()
        assert (np.abs(value.gradient[row] - J @ r) <= 1e-13 * size * np.sqrt(r @ r)).all()
    np.testing.assert_allclose(kernel.residuals(x), expected.residuals, rtol=1e-12, atol=1e-13)
    model, _ = kernel.derivatives(x, value)
    plainly, _ = plain.derivatives(x, expected)
    assert model.finite.all()
    squares = model.factor.transpose(0, 2, 1) @ model.factor
    np.testing.assert_allclose(squares, plainly.factor.transpose(0, 2, 1) @ plainly.factor, rtol=1e-10)


@pytest.mark.parametrize(
    ("formula", "weighted"), [*((formula, False) for formula in FORMULAS), ("a*exp(-b*x) + c", True)]
)
def test_the_kernel_agrees_with_numpy(formula, weighted):
    kernel, plain, x = problems(formula, FORMULAS[formula], weighted)
    assert_agree(kernel, plain, x)
    rows = np.array([11, 3, 4])
    assert_agree(kernel.take(rows), plain.take(rows), x[rows])


def test_fixed_parameters_have_no_columns():
    kernel, plain, x = problems("a*exp(-b*x) + c", "abc", False, free=[2, 0])
    assert_agree(kernel, plain, x)


def test_nearly_dependent_columns_go_through_qr():
    """Normal equations alone would lose all digits of this triangle's last row."""
    kernel, plain, x = problems("a*exp(-b*x) + c*exp(-b*x*1.000001)", "abc", False)
    model, _ = kernel.derivatives(x, kernel.value(x))
    expected, _ = plain.derivatives(x, plain.value(x))
    np.testing.assert_allclose(model.factor, expected.factor, rtol=1e-6, atol=1e-13)


def test_an_undefined_value_is_infinite_and_the_neighbours_do_not_notice():
    kernel, _, x = problems("a*log(b*x) + c", "abc", False)
    fun = kernel.value(x).fun
    x[5, 1] = -1.0
    again = kernel.value(x).fun
    assert np.isinf(again[5])
    np.testing.assert_array_equal(np.delete(again, 5), np.delete(fun, 5))


def test_zero_dose_to_a_power_has_a_derivative():
    kernel, _, _ = problems("a*x**b", "ab", False)
    kernel.curves.x[:] = 0.0
    value = kernel.value(np.full((17, 2), 2.0))
    assert (value.gradient == 0.0).all()


def test_an_exponential_that_overflows_under_a_fraction_bar_has_a_derivative():
    """The quick kernel gives 0 times infinity there, which is NaN; the careful one answers."""
    kernel, plain, x = problems("a/(1 + exp(b*(c - x)))", "abc", False)
    x[:, 1] = 1e4
    assert np.isfinite(kernel.value(x).gradient).all()
    assert_agree(kernel, plain, x)


def test_data_with_zeros_do_not_take_the_careful_kernel():
    def source(formula):
        return Expression(formula, ("a", "b"), ("x",)).kernel_source((0, 1), weighted=False)

    assert "careful" not in source("a*x**b")
    assert "careful" not in source("a*x*log(x)**b")
    assert "careful" in source("a*exp(b*exp(x))")


@pytest.mark.parametrize(("formula", "names"), [("+".join(f"p{i}*x**{i}" for i in range(20)), 20)])
def test_many_unknowns_are_left_to_numpy(formula, names):
    assert problems(formula, [f"p{i}" for i in range(names)], False)[0] is None


def test_read_only_data_are_taken():
    x = np.linspace(0, 4, 30)
    y = 3 * np.exp(-0.7 * x) + 1
    for array in (x, y):
        array.flags.writeable = False
    assert curve_fit_batch("a*exp(-b*x)+c", x, y[None], [1, 1, 1]).success.all()


@pytest.mark.parametrize("method", ["lm", "trf"])
def test_fits_agree_with_numpy(method, monkeypatch):
    rng = np.random.default_rng(3)
    x = np.linspace(0, 4, 33)
    size, rate = rng.uniform(1, 4, (50, 1)), rng.uniform(0.4, 2, (50, 1))
    y = size * np.exp(-rate * x) + 1 + 0.02 * rng.normal(size=(50, 33))
    one = curve_fit_batch("a*exp(-b*x)+c", x, y, [1, 1, 1], method=method)
    monkeypatch.setattr(fitting, "fused", lambda *_: None)
    other = curve_fit_batch("a*exp(-b*x)+c", x, y, [1, 1, 1], method=method)
    np.testing.assert_allclose(one.x, other.x, rtol=1e-7)
    np.testing.assert_allclose(one.covariance, other.covariance, rtol=1e-5)
    np.testing.assert_allclose(one.residuals, other.residuals, atol=1e-7)
