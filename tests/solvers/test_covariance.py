"""When the covariance is known, and when it is NaN: never 0, never infinite, never of something else."""

import warnings

import numpy as np
import pytest
import scipy.optimize

from solvers import OptimizeWarning, Status, curve_fit, curve_fit_batch, least_squares_batch
from tests.methods import LEAST_SQUARES

X = np.linspace(0, 4, 12)
NOISE = 0.02 * np.random.default_rng(2).normal(size=(3, 12))
METHODS = ("lm", "trf", "dogbox")
ways = pytest.mark.parametrize("way", LEAST_SQUARES.values(), ids=LEAST_SQUARES)
methods = pytest.mark.parametrize("method", METHODS)
AT_BOUND = {
    "lower": ([0.0, 2.0], [9.0, 5.0]),
    "upper": ([0.0, 0.1], [9.0, 0.5]),
    "other": ([0.0, 0.0], [2.0, 9.0]),
}


def decay(x, a, b):
    return a * np.exp(-b * x)


Y = decay(X, 3.0, 1.0) + NOISE


@ways
def test_it_is_known_inside_the_bounds(way):
    """Infinite bounds and those that hold nothing change nothing."""
    if way.loss != "linear":
        return
    bounds = ([0, 0], [10, 10]) if way.bounded else (-np.inf, np.inf)
    fits = curve_fit_batch("a*exp(-b*x)", X, Y, [1, 1], bounds=bounds, **way.options)
    for row in range(3):
        expected = scipy.optimize.curve_fit(decay, X, Y[row], [1, 1])[1]
        np.testing.assert_allclose(fits.covariance[row], expected, rtol=1e-4)


@pytest.mark.parametrize("f", ["a*b*exp(-x)", "(a + b)*exp(-x)", "a*exp(-x) + 0*b"])
@methods
def test_it_is_unknown_where_the_jacobian_is_rank_deficient(f, method):
    """A product, two equal columns, one without influence."""
    fits = curve_fit_batch(f, X, Y, [1.0, 1.5], parameters=("a", "b"), method=method)
    assert fits.success.all()
    assert np.isnan(fits.covariance).all()
    assert np.isnan(fits.stderr).all()
    assert (fits.condition_number > 1e8).all()


@pytest.mark.parametrize("jac", [None, "cs", "3-point", "2-point"])
@pytest.mark.parametrize("points", [3, 12, 1000])
def test_rounding_does_not_make_a_product_known(points, jac):
    """Two columns that are multiples of each other but for the errors of the derivatives."""
    f = "a*b*exp(-x)" if jac is None else lambda x, a, b: a * b * np.exp(-x)
    rng = np.random.default_rng(points)
    x = rng.uniform(0, 4, (100, points))
    y = rng.uniform(1, 5, (100, 1)) * np.exp(-x) + 0.1 * rng.normal(size=x.shape)
    fits = curve_fit_batch(f, x, y, rng.uniform(0.1, 9, (100, 2)), jac=jac)
    assert fits.success.all()
    assert np.isnan(fits.covariance).all()


@pytest.mark.parametrize("bounds", AT_BOUND.values(), ids=AT_BOUND)
@pytest.mark.parametrize("method", ["trf", "dogbox"])
def test_it_is_unknown_with_a_parameter_at_its_bound(bounds, method):
    fits = curve_fit_batch(
        "a*exp(-b*x)", X, Y, [1.0, np.mean([s[1] for s in bounds])], bounds=bounds, method=method
    )
    assert fits.success.all()
    assert fits.active_mask.any(axis=1).all()
    assert np.isnan(fits.covariance).all()
    assert np.isfinite(fits.condition_number).all()  # it is the bound, not the Jacobian


def test_a_bound_of_one_problem_is_not_its_neighbours():
    upper = np.array([[9.0, 9.0], [9.0, 0.5], [9.0, 9.0]])
    fits = curve_fit_batch("a*exp(-b*x)", X, Y, [1.0, 0.3], bounds=(0.0, upper))
    assert np.isnan(fits.stderr).all(axis=1).tolist() == [False, True, False]
    assert np.isnan(fits.stderr).any(axis=1).tolist() == [False, True, False]


@pytest.mark.parametrize("unit", [1e-12, 1e-6, 1.0, 1e6])
@pytest.mark.parametrize(("k", "at_bound"), [(1.3, False), (-0.05, True)])
@pytest.mark.parametrize("method", ["trf", "dogbox"])
def test_a_parameter_is_at_its_bound_in_any_units(unit, k, at_bound, method):
    """A concentration in mol/l is tiny, and yet may be far from 0."""
    x = np.linspace(0.1, 6, 12) * unit
    y = 2 * x / (k * unit + x) + NOISE
    fits = curve_fit_batch("a*x/(k + x)", x, y, [1.0, unit], bounds=(0.0, np.inf), method=method)
    assert fits.active_mask.tolist() == [[0, -1 if at_bound else 0]] * 3
    assert (np.isnan(fits.covariance) == at_bound).all()


@methods
def test_without_degrees_of_freedom_only_absolute_errors_are_known(method):
    fit = curve_fit_batch("a*exp(-b*x)", [0.0, 1.0], [[3.0, 1.0]], [1, 1], method=method)
    assert fit.success.all()
    assert np.isnan(fit.covariance).all()
    known = curve_fit_batch(
        "a*exp(-b*x)",
        [0.0, 1.0],
        [[3.0, 1.0]],
        [1, 1],
        sigma=[[0.1, 0.1]],
        absolute_sigma=True,
        method=method,
    )
    assert known.stderr[0, 0] == pytest.approx(0.1)


@methods
def test_an_exact_fit_does_not_show_how_large_errors_are(method):
    """Of a straight line through small integers nothing is left, not even a rounding error."""
    x, y = np.arange(6.0), 2.0 * np.arange(6.0)[None]
    fit = curve_fit_batch("a*x", x, y, [1.0], method=method)
    assert fit.cost.tolist() == [0.0]
    assert np.isnan(fit.covariance).all()
    known = curve_fit_batch("a*x", x, y, [1.0], sigma=np.ones((1, 6)), absolute_sigma=True, method=method)
    assert known.stderr[0, 0] == pytest.approx(55**-0.5)
    assert least_squares_batch(lambda p: p - 3.0, np.zeros((1, 2)), method=method).stderr.tolist() == [
        [1.0, 1.0]
    ]


@methods
def test_of_a_row_that_did_not_converge_it_is_unknown(method):
    y = Y.copy()
    y[1, 4] = np.nan
    fits = curve_fit_batch(
        "a*exp(-b*x)", X, y, [[1.0, 9.0], [1.0, 1.0], [np.inf, 1.0]], max_nfev=2, method=method
    )
    assert fits.status.tolist() == [Status.EVALUATION_LIMIT, Status.BAD_INPUT, Status.BAD_INPUT]
    assert np.isfinite(fits.x[0]).all()
    assert np.isnan(fits.covariance).all()


def test_the_function_of_scipys_name_keeps_scipys_ways():
    """Finite at a bound, infinite with a warning where the Jacobian is deficient, 0 for an exact fit."""
    bounds = AT_BOUND["upper"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = curve_fit(decay, X, Y[0], [1.0, 0.3], bounds=bounds)[1]
        assert curve_fit(lambda x, a: a * x, np.arange(6.0), 2 * np.arange(6.0))[1].tolist() == [[0.0]]
    np.testing.assert_allclose(
        found, scipy.optimize.curve_fit(decay, X, Y[0], [1.0, 0.3], bounds=bounds)[1], rtol=1e-3
    )
    with pytest.warns(OptimizeWarning, match="Covariance of the parameters could not be estimated"):
        _, covariance = curve_fit(lambda x, a, b: a * b * np.exp(-x), X, Y[0])
    assert np.isposinf(covariance).all()
