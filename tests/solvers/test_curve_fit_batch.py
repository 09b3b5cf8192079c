"""`curve_fit_batch`: every way to give data, and SciPy's answer for each problem."""

import numpy as np
import pytest
import scipy.optimize

from solvers import Expression, Status, curve_fit_batch, models

RNG = np.random.default_rng(1)
COUNTS = np.array([12, 40, 7, 25])
OFFSETS = np.concatenate([[0], np.cumsum(COUNTS)])
RATES = np.array([0.4, 0.9, 1.5, 0.7])
X = RNG.uniform(0, 4, OFFSETS[-1])
Y = 3 * np.exp(-np.repeat(RATES, COUNTS) * X) + 0.5 + 0.05 * RNG.normal(size=X.size)
SIGMA = RNG.uniform(0.03, 0.1, X.size)
FORMULA = "a*exp(-b*x) + c"
NAMES = ("a", "b", "c")


def decay(x, a, b, c):
    return a * np.exp(-b * x) + c


def fit(f=FORMULA, x=X, y=Y, p0=(1.0, 1.0, 1.0), **options):
    return curve_fit_batch(f, x, y, p0, **({"offsets": OFFSETS} | options))


def points(row):
    return slice(OFFSETS[row], OFFSETS[row + 1])


@pytest.mark.parametrize("f", [FORMULA, Expression(FORMULA, NAMES, ("x",)), decay])
@pytest.mark.parametrize("method", ["lm", "trf"])
@pytest.mark.parametrize("sigma", [None, SIGMA])
@pytest.mark.parametrize("absolute_sigma", [True, False])
def test_ragged_problems_have_scipys_answers(f, method, sigma, absolute_sigma):
    fits = fit(f, method=method, sigma=sigma, absolute_sigma=absolute_sigma)
    assert fits.success.all()
    assert fits.method.tolist() == [method] * 4
    for row in range(4):
        own = points(row)
        expected, covariance = scipy.optimize.curve_fit(
            decay, X[own], Y[own], [1, 1, 1], None if sigma is None else sigma[own], absolute_sigma,
            xtol=1e-12, ftol=1e-12,
        )  # fmt: skip
        np.testing.assert_allclose(fits.x[row], expected, rtol=1e-4)
        expected_stderr = np.sqrt(np.diag(covariance))
        np.testing.assert_allclose(fits.stderr[row], expected_stderr, rtol=1e-3)
        correlation = expected_stderr * expected_stderr[:, None]
        np.testing.assert_allclose(fits.covariance[row] / correlation, covariance / correlation, atol=1e-3)
        residuals = (decay(X[own], *fits.x[row]) - Y[own]) / (1.0 if sigma is None else sigma[own])
        np.testing.assert_allclose(fits.residuals[own], residuals, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(fits.cost[row], 0.5 * residuals @ residuals)
    np.testing.assert_array_equal(fits.offsets, OFFSETS)


def test_tables_and_shared_columns():
    x = np.linspace(0, 3, 9)
    y = np.array([[2.0], [3.0]]) * x + 1 + 0.1 * RNG.normal(size=(2, 9))
    sigma = np.linspace(1, 2, 9)
    table = curve_fit_batch("a*x + b", x, y, [1, 1], sigma=sigma)
    flat = curve_fit_batch(
        "a*x + b", np.tile(x, 2), y.ravel(), [1, 1], sigma=np.tile(sigma, 2), offsets=[0, 9, 18]
    )
    full = curve_fit_batch("a*x + b", np.array([x, x]), y, [[1, 1], [1, 1]], sigma=np.array([sigma] * 2))
    for other in (flat, full):
        assert other.x.tobytes() == table.x.tobytes()
        assert other.covariance.tobytes() == table.covariance.tobytes()
    with pytest.raises(ValueError, match="xdata must have the shape"):
        curve_fit_batch("a*x + b", x[:5], y, [1, 1])


def test_several_variables():
    z = RNG.uniform(0, 2, X.size)
    y = 2 * X + 0.5 * z**2 + 1
    for f in ("a*x1 + b*x2**2 + c", lambda x, a, b, c: a * x[0] + b * x[1] ** 2 + c):
        np.testing.assert_allclose(fit(f, (X, z), y).x, [[2, 0.5, 1]] * 4, rtol=1e-6)
    unused = np.full(X.size, np.nan)
    assert fit("a*x1 + b*sqrt(x1) + c", (X, unused)).success.all()  # x2 is not read
    with pytest.raises(ValueError, match="xdata has 1: give a tuple of 2"):
        fit(Expression("a*x1 + x2", ("a",), ("x1", "x2")))


def test_starts_bounds_and_parameters_a_problem():
    starts = np.array([[3, b, 0.5] for b in RATES])
    upper = np.full((4, 3), np.inf)
    upper[1] = [2.5, 2, 2]
    fits = fit(p0=starts * [0.5, 1, 1], bounds=(-np.inf, upper))
    assert set(fits.method) == {"trf"}
    assert fits.active_mask.tolist() == [[0, 0, 0], [1, 0, 0], [0, 0, 0], [0, 0, 0]]
    own = points(1)
    expected, _ = scipy.optimize.curve_fit(
        decay, X[own], Y[own], [1.5, 1, 1], bounds=(-np.inf, upper[1]), xtol=1e-12, ftol=1e-12
    )
    np.testing.assert_allclose(fits.x[1], expected, rtol=1e-5)
    free = fit(p0=starts)
    np.testing.assert_allclose(fits.x[[0, 2, 3]], free.x[[0, 2, 3]], rtol=1e-5)
    order = fit(p0=[1, 1, 1], parameters=("c", "a", "b"))
    np.testing.assert_allclose(order.x[:, [1, 2, 0]], free.x, rtol=1e-6)


def test_starts_that_are_left_out():
    np.testing.assert_allclose(fit(p0=None).x, fit().x, rtol=1e-6)
    assert fit(p0=None, bounds=(0, 9)).success.all()
    model = models.get("exponential_decay")
    assert fit(model, p0=None).success.all()
    assert fit(model, p0=None, bounds=([0, 0, 0], [1, 9, 9])).active_mask.any()


@pytest.mark.parametrize("f", [FORMULA, decay])
@pytest.mark.parametrize("method", ["lm", "trf"])
def test_fixed_parameters(f, method):
    values = np.array([0.5, 0.4, 0.6, 0.5])
    fits = fit(f, fixed={"c": values}, method=method, p0=[1, 1, np.nan])
    np.testing.assert_array_equal(fits.x[:, 2], values)
    assert np.isnan(fits.stderr[:, 2]).all()
    for row in range(4):
        own = points(row)
        expected, covariance = scipy.optimize.curve_fit(
            lambda x, a, b, c=values[row]: decay(x, a, b, c), X[own], Y[own], [1, 1]
        )
        np.testing.assert_allclose(fits.x[row, :2], expected, rtol=1e-4)
        np.testing.assert_allclose(fits.covariance[row, :2, :2], covariance, rtol=2e-3)
    with_jac = fit(decay, fixed={"a": 3.0}, jac=lambda x, a, b, c: np.stack(
        [np.exp(-b * x), -a * x * np.exp(-b * x), np.ones_like(x)], axis=-1), method=method)  # fmt: skip
    np.testing.assert_allclose(with_jac.x, fit(fixed={"a": 3.0}, method=method).x, rtol=1e-5)
    bad = fit(fixed={"c": [0.5, np.nan, 0.6, 0.5]})
    assert bad.message[1] == "the fixed value of c is not finite: nan"


def test_every_kind_of_bad_data_is_said_for_its_problem():
    x, y, sigma = np.ones((9, 6)) * np.arange(6), np.ones((9, 6)), np.ones((9, 6))
    y += 0.1 * RNG.normal(size=y.shape)
    x[1, 4], y[2, 5], sigma[3, 0], sigma[4, 1] = np.inf, np.nan, 0.0, np.nan
    start, lower, upper = np.ones((9, 2)), np.full((9, 2), -9.0), np.full((9, 2), 9.0)
    start[5, 1], start[6, 0], lower[7, 1] = 99.0, np.nan, 9.0
    fits = curve_fit_batch("a*x + b", x, y, start, sigma=sigma, bounds=(lower, upper))
    assert (fits.status[1:8] == Status.BAD_INPUT).all()
    assert fits.message[1:8] == [
        "x1 is not finite at point 4: inf",
        "y is not finite at point 5: nan",
        "sigma is not finite and positive at point 0: 0.0",
        "sigma is not finite and positive at point 1: nan",
        "the start of b, 99, is outside its bounds [-9, 9]",
        "the start of a is not finite: nan",
        "the bounds of b leave nothing between: [9, 9]",
    ]
    assert fits.success[[0, 8]].all()
    assert np.isnan(fits.x[1:8]).all()
    assert np.isnan(fits.residuals.reshape(9, 6)[1:8]).all()
    assert (fits.nfev[1:8] == 0).all()


@pytest.mark.parametrize("method", ["lm", "trf"])
def test_too_few_points_and_just_enough(method):
    fits = curve_fit_batch(
        "a*x + b", [1.0, 1.0, 2.0, 1.0, 2.0, 3.0], [2.0, 3.0, 5.0, 1.0, 2.0, 2.9], [1, 1],
        offsets=[0, 0, 1, 3, 6], method=method,
    )  # fmt: skip
    assert fits.message[0] == "the problem has no points"
    assert fits.message[1].startswith("1 points cannot determine 2 parameters")
    np.testing.assert_allclose(fits.x[2], [2, 1], atol=1e-8)
    assert np.isnan(fits.covariance[2]).all()  # no freedom left to estimate the noise by
    assert np.isfinite(fits.covariance[3]).all()
    known = curve_fit_batch("a*x + b", [[1.0, 2.0]], [[3.0, 5.0]], [1, 1], absolute_sigma=True, method=method)
    assert np.isfinite(known.covariance).all()


def test_a_batch_of_bad_problems_only():
    fits = curve_fit_batch("a*x", [[1.0, 2.0]], [[np.nan, 1.0]], [1.0])
    assert fits.status.tolist() == [Status.BAD_INPUT]
    assert fits.x.shape == (1, 1)


@pytest.mark.parametrize(
    ("match", "change"),
    [
        ("ydata must be", {"offsets": None}),
        ("offsets must rise from 0 to N = 84", {"offsets": [0, 50]}),
        ("offsets must rise", {"offsets": [0, 60, 50, 84]}),
        ("with offsets", {"y": Y[None]}),
        ("sigma must have the shape", {"sigma": SIGMA[:-1]}),
        ("start must be", {"p0": [1.0, 1.0]}),
        ("bounds must be a pair", {"bounds": (0, [1, 2])}),
        ("method must be one of", {"method": "newton"}),
        ("does not support bounds", {"method": "lm", "bounds": (0, 9)}),
        ("'d' is no parameter", {"fixed": {"d": 1.0}}),
        ("all parameters", {"fixed": {"a": 1.0, "b": 1.0, "c": 1.0}}),
        ("f must be an expression", {"f": 3.0}),
        ("parameters must be", {"f": Expression(FORMULA, NAMES, ("x",)), "parameters": ("a",)}),
        ("jac must be", {"f": decay, "jac": "exact"}),
        ("xtol must be", {"xtol": -1.0}),
        ("max_nfev must be", {"max_nfev": 0}),
        ("name the parameters", {"f": lambda x, *p: x}),
    ],
)
def test_misuse_is_refused(match, change):
    with pytest.raises(ValueError, match=match):
        fit(**change)


def test_bounds_of_one_problem_do_not_choose_the_method_of_another():
    x = np.linspace(0, 4, 20)
    y = np.array([[3.0], [2.0]]) * np.exp(-x)
    lower = np.array([[-np.inf, -np.inf], [0.0, 0.0]])
    together = curve_fit_batch("a*exp(-b*x)", x, y, [1, 2], bounds=(lower, np.inf))
    alone = curve_fit_batch("a*exp(-b*x)", x, y[:1], [1, 2], bounds=(lower[:1], np.inf))
    assert {*together.method, *alone.method} == {"trf"}
    np.testing.assert_array_equal(together.x[:1], alone.x)
