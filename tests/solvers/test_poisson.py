"""Poisson maximum likelihood: SciPy's minimum of the likelihood, from every method and kind of model."""

from decimal import Decimal, localcontext

import numpy as np
import pytest
import scipy.optimize
from hypothesis import given
from hypothesis import strategies as st

from solvers import Status, curve_fit_batch, models
from solvers.evaluation.curves import CurveResiduals
from solvers.evaluation.functions import CurveFunction
from solvers.evaluation.poisson import DevianceResiduals, deviance

RNG = np.random.default_rng(7)
X = np.linspace(0, 4, 25)
TRUTH = np.stack([RNG.uniform(10, 60, 6), RNG.uniform(0.5, 2, 6), RNG.uniform(0.5, 2, 6)], axis=1)
FORMULA = "a*exp(-b*x) + c"
START = [20.0, 1.0, 1.0]


def decay(x, a, b, c):
    return a * np.exp(-b * x) + c


def slopes(x, a, b, c):
    return np.stack([np.exp(-b * x), -a * x * np.exp(-b * x), np.ones_like(x)], axis=-1)


def line(x, a, b):
    return a * x + b


def line_slopes(x, a, b):
    return np.stack([x, np.ones_like(x)], axis=-1)


AT, EDGES = np.array([[2.0, 0.0]]), np.array([0, 4])
Y = RNG.poisson([decay(X, *row) for row in TRUTH]).astype(float)


def fit(f=FORMULA, y=Y, p0=START, x=X, **options):
    return curve_fit_batch(f, x, y, p0, estimator="poisson", **options)


def likeliest(y, start):
    """SciPy's answer, by a simplex and then Newton's method on the score."""

    def cost(p):
        expected = decay(X, *p)
        return np.inf if (expected <= 0).any() else (expected - y * np.log(expected)).sum()

    near = scipy.optimize.minimize(cost, start, method="Nelder-Mead", options={"maxiter": 4000}).x
    return scipy.optimize.root(lambda p: slopes(X, *p).T @ (1 - y / decay(X, *p)), near, tol=1e-13).x


@given(st.floats(1e-3, 1e6), st.floats(-1, 3), st.sampled_from([1e-12, 1e-6, 1e-2, 1.0]))
def test_the_deviance_keeps_its_digits(count, away, scale):
    expected = count * (1.0 + away * scale)
    if expected <= 0.0:
        return
    with localcontext() as context:
        context.prec = 60
        f, y = Decimal(expected), Decimal(count)
        exact = float(2 * (f - y - y * (f / y).ln()))
    found = deviance(np.array([expected]), np.array([count]))[0]
    assert found == pytest.approx(exact, rel=1e-13, abs=1e-300)


def test_the_deviance_at_its_edges():
    expected, counts = np.array([2.0, 0.0, 0.0, -1.0, -1.0, np.nan, 4.0]), np.array([0, 0, 1, 0, 1, 1, 4.0])
    np.testing.assert_array_equal(deviance(expected, counts), [4, 0, np.inf, np.inf, np.inf, np.inf, 0])


def test_the_jacobian_is_that_of_the_residuals_also_where_they_vanish():
    x, counts = np.arange(1.0, 5.0), np.array([2.0, 0.0, 9.0, 8.0])
    curve = CurveResiduals(CurveFunction(line, line_slopes), x[None], 0 * x, None, EDGES, AT, np.arange(2))
    function = DevianceResiduals(curve, counts)
    residuals, _ = function.residuals(AT)
    assert (residuals == 0.0).tolist() == [True, False, False, True]
    jacobian, _ = function.jacobian(AT, residuals)
    for j, step in enumerate(1e-6 * np.eye(2)):
        after, before = function.residuals(AT + step)[0], function.residuals(AT - step)[0]
        np.testing.assert_allclose(jacobian[j], (after - before) / 2e-6, rtol=1e-6)


@pytest.mark.parametrize("method", ["lm", "trf", "dogbox"])
@pytest.mark.parametrize(
    ("f", "jac"), [(FORMULA, None), (decay, None), (decay, "cs"), (decay, "3-point"), (decay, slopes)]
)
def test_the_answer_is_the_likeliest(f, jac, method):
    fits = fit(f, jac=jac, method=method)
    assert fits.success.all()
    for row, y in enumerate(Y):
        np.testing.assert_allclose((fits.x[row] - likeliest(y, TRUTH[row])) / fits.stderr[row], 0, atol=1e-4)
        expected, jacobian = decay(X, *fits.x[row]), slopes(X, *fits.x[row])
        information = jacobian.T @ (jacobian / expected[:, None])
        unit = np.outer(fits.stderr[row], fits.stderr[row])
        np.testing.assert_allclose(fits.covariance[row] / unit, np.linalg.inv(information) / unit, atol=1e-5)
        logs = np.where(y > 0, y * np.log(np.where(y > 0, y, 1) / expected), 0)
        residuals = np.sign(expected - y) * np.sqrt(2 * (expected - y + logs))
        np.testing.assert_allclose(fits.residuals.reshape(Y.shape)[row], residuals, atol=1e-7)
        assert fits.cost[row] == pytest.approx(residuals @ residuals / 2)


def test_some_fixed_some_bounded():
    fits = fit(fixed={"c": 1.0}, bounds=([0, 0, 0], [60, 1.0, 5]))
    free = curve_fit_batch("a*exp(-b*x) + 1", X, Y, START[:2], estimator="poisson", bounds=(0, [60, 1.0]))
    np.testing.assert_allclose(fits.x[:, :2], free.x, rtol=1e-6)
    assert np.isnan(fits.stderr[:, 2]).all()
    assert (fits.active_mask == 1).any()


def test_a_named_model_starts_from_its_guess():
    fits = fit(models.get("gaussian"), RNG.poisson(30 * np.exp(-((X - 2) ** 2) / 0.5))[None], None)
    assert fits.success.all()
    np.testing.assert_allclose(fits.x, [[30, 2, 0.5]], rtol=0.2)


def test_expectations_themselves_are_fitted_exactly():
    fits = fit(y=np.array([decay(X, *row) for row in TRUTH]))
    assert fits.success.all()
    np.testing.assert_allclose(fits.x, TRUTH, rtol=1e-9)
    assert (fits.cost < 1e-18).all()
    assert (fits.nfev < 12).all()


def test_the_likeliest_constant_is_the_mean_however_few_the_counts():
    y = RNG.poisson(0.5, (400, 30)).astype(float)
    fits = fit("c + 0*x", y, [1.0], np.arange(30.0))
    np.testing.assert_allclose(fits.x[:, 0], y.mean(axis=1), rtol=1e-5)
    np.testing.assert_allclose(fits.stderr[:, 0], np.sqrt(y.mean(axis=1) / 30), rtol=1e-5)


def test_the_far_tail_of_a_peak_underflows_and_does_no_harm():
    x = np.linspace(-80, 80, 161)
    y = RNG.poisson(50 * np.exp(-(x**2) / 2)).astype(float)
    fits = fit("a*exp(-(x - m)**2/(2*s**2))", y[None], [30, 0.3, 1.3], x)
    assert fits.success.all()
    np.testing.assert_allclose(fits.x, [[50, 0, 1]], atol=12)
    assert fits.stderr[0, 2] == pytest.approx(fits.x[0, 2] / np.sqrt(2 * y.sum()), rel=0.1)


@pytest.mark.parametrize("bounds", [(-np.inf, np.inf), (0, np.inf)])
def test_nothing_but_zeros_has_the_expectation_zero_and_no_known_error(bounds):
    fits = fit("c + 0*x", np.zeros((1, 25)), [1.0], bounds=bounds)
    assert fits.success.all()
    assert 0 <= fits.x[0, 0] < 1e-15
    assert np.isnan(fits.stderr).all()


def test_a_step_to_where_counts_cannot_be_is_rejected():
    x = np.arange(6.0)
    y = np.array([[40.0, 20.0, 9.0, 2.0, 1.0, 0.0]])
    fits = fit("1/(a + b*x)", y, [1.0, 1.0], x)
    assert fits.success.all()
    assert (fits.nfev > fits.njev).all()  # there were such steps
    assert (1 / (fits.x[0, 0] + fits.x[0, 1] * x) > 0).all()


def test_bad_rows_lose_no_good_ones():
    y, start = Y.copy(), np.tile(START, (6, 1))
    y[1, 3], y[2, 0], start[4] = -1.0, np.nan, [-5.0, 1.0, 1.0]
    fits = fit(y=y, p0=start)
    good = [0, 3, 5]
    np.testing.assert_array_equal(fits.x[good], fit().x[good])
    assert [fits.status[i] for i in (1, 2, 4)] == [Status.BAD_INPUT, Status.BAD_INPUT, Status.NON_FINITE]
    assert fits.message[1] == "y is negative, not a count, at point 3: -1.0"
    assert "as the expectation of counts must be" in fits.message[4]


@pytest.mark.parametrize("f", [FORMULA, decay])
def test_a_batch_has_the_bits_of_its_members(f):
    together = fit(f)
    for row in range(len(Y)):
        alone = fit(f, Y[row : row + 1])
        assert alone.x[0].tobytes() == together.x[row].tobytes()
        assert alone.covariance[0].tobytes() == together.covariance[row].tobytes()
        assert (alone.cost[0], alone.nfev[0]) == (together.cost[row], together.nfev[row])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"sigma": np.ones(25)}, "leave out sigma"),
        ({"loss": "huber"}, "leave out loss='huber'"),
        ({"residual_scale": "robust"}, "what estimator='poisson' takes as known"),
    ],
)
def test_what_counts_have_no_place_for(options, said):
    with pytest.raises(ValueError, match=said):
        fit(**options)
    with pytest.raises(ValueError, match="estimator must be one of least_squares, poisson"):
        curve_fit_batch(FORMULA, X, Y, START, estimator="normal")
