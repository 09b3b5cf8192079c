"""`curve_fit` against SciPy's function of this name."""

import numpy as np
import pytest
import scipy.optimize
from scipy.optimize import Bounds

from solvers import OptimizeWarning, curve_fit

X = np.linspace(0, 4, 40)
RNG = np.random.default_rng(0)
Y = 2.5 * np.exp(-1.3 * X) + 0.5 + 0.05 * RNG.normal(size=X.size)
SIGMA = RNG.uniform(0.02, 0.1, X.size)
CORRELATED = 0.0025 * 0.5 ** np.abs(np.subtract.outer(np.arange(X.size), np.arange(X.size)))


def decay(x, a, b, c):
    return a * np.exp(-b * x) + c


def decay_jac(x, a, b, c):
    return np.stack([np.exp(-b * x), -a * x * np.exp(-b * x), np.ones_like(x)], axis=-1)


def assert_like_scipy(f, *args, rtol=1e-4, **options):
    popt, pcov = curve_fit(f, *args, **options)
    expected, covariance = scipy.optimize.curve_fit(f, *args, **options)
    np.testing.assert_allclose(popt, expected, rtol=rtol, atol=1e-7)
    scale = np.sqrt(np.diag(covariance))
    np.testing.assert_allclose(
        pcov / scale / scale[:, None], covariance / scale / scale[:, None], atol=20 * rtol
    )
    return popt, pcov


@pytest.mark.parametrize("method", [None, "lm", "trf", "dogbox"])
@pytest.mark.parametrize("jac", [None, decay_jac, "2-point", "3-point", "cs"])
@pytest.mark.parametrize("p0", [None, [1.0, 1.0, 1.0], (5, 0.3, 0)])
def test_starts_methods_and_derivatives(method, jac, p0):
    if method in (None, "lm") and isinstance(jac, str):
        popt, _ = curve_fit(decay, X, Y, p0, method=method, jac=jac)  # which SciPy does not do
        np.testing.assert_allclose(popt, scipy.optimize.curve_fit(decay, X, Y)[0], rtol=1e-4)
        return
    assert_like_scipy(decay, X, Y, p0, method=method, jac=jac)


@pytest.mark.parametrize("absolute_sigma", [True, False])
@pytest.mark.parametrize("sigma", [SIGMA, list(SIGMA), 0.1, CORRELATED], ids=["1-d", "list", "number", "2-d"])
@pytest.mark.parametrize("method", ["lm", "trf"])
@pytest.mark.parametrize("jac", [None, decay_jac])
def test_weights(sigma, absolute_sigma, method, jac):
    options = {"absolute_sigma": absolute_sigma, "method": method, "jac": jac}
    if isinstance(sigma, float):  # SciPy takes no number together with a jac
        popt, pcov = curve_fit(decay, X, Y, sigma=sigma, **options)
        expected, covariance = curve_fit(decay, X, Y, sigma=np.full(X.size, sigma), **options)
        assert popt.tobytes() == expected.tobytes()
        assert pcov.tobytes() == covariance.tobytes()
    else:
        assert_like_scipy(decay, X, Y, sigma=sigma, **options)


@pytest.mark.parametrize(
    "bounds",
    [
        (0, np.inf),
        (-np.inf, [4, 4, 4]),
        ([0, 0, 0], [2.0, 3, 1]),  # holds a
        ([0, 1.6, 0], [9, 3, 1]),  # holds b
        Bounds([0, 0, 0.7], [9, 9, 9]),  # holds c
    ],
)
@pytest.mark.parametrize("p0", [None, [1.5, 1.7, 0.8]])
@pytest.mark.parametrize("method", [None, "dogbox"])
def test_bounds(bounds, p0, method):
    popt, _ = curve_fit(decay, X, Y, p0, bounds=bounds, method=method)
    expected, _ = scipy.optimize.curve_fit(decay, X, Y, p0, bounds=bounds, xtol=1e-12, ftol=1e-12)
    np.testing.assert_allclose(popt, expected, rtol=1e-4)


def test_full_output():
    popt, _pcov, info, message, ier = curve_fit(decay, X, Y, full_output=True)
    expected = scipy.optimize.curve_fit(decay, X, Y, full_output=True)
    np.testing.assert_allclose(info["fvec"], decay(X, *popt) - Y, atol=1e-14)
    np.testing.assert_allclose(info["fvec"], expected[2]["fvec"], atol=1e-5)
    assert 1 <= ier <= 4
    assert "termination condition" in message
    assert 0.5 < info["nfev"] / expected[2]["nfev"] < 2
    calls = []
    counted = curve_fit(lambda x, a, b, c: calls.append(0) or decay(x, a, b, c), X, Y, full_output=True)
    assert len(calls) == counted[2]["nfev"]


def test_full_output_of_minpack():
    """R, the order of its columns and Q'r, as SciPy's users take covariances from them."""
    popt, _, info, *_ = curve_fit(decay, X, Y, full_output=True)
    expected = scipy.optimize.curve_fit(decay, X, Y, full_output=True)[2]
    assert info["ipvt"].tolist() == expected["ipvt"].tolist()
    assert info["fjac"].shape == expected["fjac"].shape == (3, X.size)
    ours, theirs = (np.triu(given["fjac"].T[:3]) for given in (info, expected))
    np.testing.assert_allclose(np.abs(ours), np.abs(theirs), rtol=1e-4)
    jac = decay_jac(X, *popt)[:, info["ipvt"]]
    np.testing.assert_allclose(ours.T @ ours, jac.T @ jac, rtol=1e-6)
    np.testing.assert_allclose(ours.T @ info["qtf"], jac.T @ info["fvec"], atol=1e-7)
    bounded = curve_fit(decay, X, Y, bounds=(0, 9), full_output=True)
    assert set(bounded[2]) == {"nfev", "fvec"}


def test_keywords_of_minpack():
    plain, _ = curve_fit(decay, X, Y)
    for more in (
        {"epsfcn": 1e-10},
        {"factor": 0.5},
        {"diag": [1.0, 2.0, 3.0]},
        {"maxfev": 500},
        {"maxfev": 0},
    ):
        np.testing.assert_allclose(curve_fit(decay, X, Y, **more)[0], plain, rtol=1e-5)
    transposed = curve_fit(decay, X, Y, jac=lambda x, *p: decay_jac(x, *p).T, col_deriv=True)[0]
    np.testing.assert_allclose(transposed, plain, rtol=1e-6)
    steps = []
    curve_fit(lambda x, a: steps.append(a) or a * x, X, X, [1.0], epsfcn=1e-4)
    assert steps[1] - steps[0] == pytest.approx(1e-2)
    visited = []
    with pytest.raises(RuntimeError):
        curve_fit(lambda x, a: visited.append(a) or a * x, X, 9 * X, [1.0], factor=0.5, maxfev=2)
    assert visited[-1] == pytest.approx(1.5, rel=0.06)  # a radius of half the start, to a tenth


@pytest.mark.parametrize("loss", ["soft_l1", "huber", "cauchy", "arctan"])
@pytest.mark.parametrize("method", ["trf", "dogbox"])
def test_outliers(loss, method):
    y = Y.copy()
    y[::7] += 2.0
    options = {"method": method, "loss": loss, "f_scale": 0.1, "xtol": 1e-12, "ftol": 1e-12, "jac": decay_jac}
    assert_like_scipy(decay, X, y, [2.5, 1.5, 0.6], **options)


def test_keywords_of_least_squares():
    seen = []

    def f(x, a, b, c, *, power=2):
        return decay(x, a, b, c) + (power - 1)

    popt, _ = curve_fit(f, X, Y, method="trf", kwargs={"power": 1}, callback=seen.append, x_scale=[1, 2, 3],
                        diff_step=1e-7, tr_solver="lsmr", workers=map)  # fmt: skip
    np.testing.assert_allclose(popt, curve_fit(decay, X, Y)[0], rtol=1e-5)
    np.testing.assert_array_equal(seen[-1], popt)
    with pytest.warns(UserWarning, match="Setting `xtol` below the machine epsilon"):
        curve_fit(decay, X, Y, method="trf", xtol=0.0)


def test_data_that_are_one_number():
    """The model then holds the data itself."""
    for method in ("lm", "trf", "dogbox"):
        popt, pcov = curve_fit(lambda x, a, b, c: decay(x, a, b, c) - Y, X, 0, method=method)
        expected, covariance = curve_fit(decay, X, Y, method=method)
        np.testing.assert_allclose(popt, expected, rtol=1e-6)
        np.testing.assert_allclose(pcov, covariance, rtol=1e-4)


def test_data_with_nan():
    x, y, sigma = X.copy(), Y.copy(), SIGMA.copy()
    x[3], y[7] = np.nan, np.nan
    for policy, error in ((None, "infs or NaNs"), ("raise", "contains nan"), ("propagate", "propagate")):
        with pytest.raises(ValueError, match=error):
            curve_fit(decay, x, y, nan_policy=policy)
    for s in (None, sigma, CORRELATED):
        assert_like_scipy(decay, x, y, sigma=s, nan_policy="omit")
    both = np.stack([X, x])
    popt, _ = curve_fit(lambda x, a, b, c: decay(x[1], a, b, c), both, y, nan_policy="omit")
    np.testing.assert_allclose(popt, curve_fit(decay, x, y, nan_policy="omit")[0])
    with pytest.raises(ValueError, match="omit"):
        curve_fit(decay, X, Y * np.nan, nan_policy="omit", p0=[1, 1, 1])
    with pytest.raises(ValueError, match=r"nan_policy must be one of .* got 'ignore'"):
        curve_fit(decay, X, Y, nan_policy="ignore")


def test_independent_variables_of_any_shape():
    surface = np.stack([X, X[::-1] ** 0.5])
    y = 2 * surface[0] + 0.7 * surface[1] + 0.1 * RNG.normal(size=X.size)
    assert_like_scipy(lambda x, a, b: a * x[0] + b * x[1], surface, y)
    assert_like_scipy(lambda x, a, b: a * x[0] + b * x[1], list(surface), y)

    class Instrument:
        values = X

    assert_like_scipy(lambda it, a, b, c: decay(it.values, a, b, c), Instrument(), Y)
    assert_like_scipy(lambda x, a, b: a * X + b, None, Y)


def test_single_precision():
    assert_like_scipy(decay, X.astype(np.float32), Y.astype(np.float32), rtol=1e-3)
    expected, _ = curve_fit(decay, X, Y)
    for method in ("lm", "trf", "dogbox"):  # where SciPy, unaware of it, is off in the first digit
        popt, _ = curve_fit(lambda x, *p: decay(x, *p).astype(np.float32), X, Y, np.ones(3), method=method)
        np.testing.assert_allclose(popt, expected, rtol=1e-3)


def test_a_covariance_that_cannot_be_estimated_is_infinite_with_a_warning():
    with pytest.warns(OptimizeWarning, match="Covariance of the parameters could not be estimated"):
        _, pcov = curve_fit(lambda x, a, b: a * x + 0 * b, X, Y)
    assert np.isinf(pcov).all()
    with pytest.warns(OptimizeWarning):  # as many points as parameters
        popt, pcov = curve_fit(lambda x, a, b: a * x + b, [0.0, 1.0], [1.0, 3.0])
    assert np.isinf(pcov).all()
    np.testing.assert_allclose(popt, [2, 1])


@pytest.mark.parametrize(
    ("error", "match", "change"),
    [
        (
            TypeError,
            "The number of func parameters=3 must not exceed the number of data points=2",
            {"xdata": X[:2], "ydata": Y[:2]},
        ),
        (ValueError, "must not be empty", {"xdata": [], "ydata": []}),
        (ValueError, "Initial guess is outside of provided bounds", {"p0": [9, 9, 9], "bounds": (0, 1)}),
        (ValueError, "strictly less", {"p0": [1, 1, 1], "bounds": (1, 1)}),
        (ValueError, "bounds", {"method": "lm", "bounds": (0, 9)}),
        (ValueError, "bounds must be a pair", {"bounds": ([0, 0], 1)}),
        (ValueError, "method must be one of lm, trf, dogbox", {"method": "simplex"}),
        (ValueError, "incorrect shape", {"sigma": [1.0, 2.0]}),
        (ValueError, "positive definite", {"sigma": -np.eye(X.size)}),
        (ValueError, "broadcast", {"f": lambda x, a, b: np.ones(3)}),
        (ValueError, "one value a data point", {"f": lambda x, a, b: np.ones((X.size, 1))}),
        (ValueError, "jac must return shape", {"jac": lambda x, a, b, c: np.ones((3, X.size))}),
        (TypeError, "must not exceed 2", {"f": lambda x, a, b, c: np.ones(2), "ydata": 0.0}),
        (ValueError, "number of fit parameters", {"f": lambda x, *p: x}),
        (ValueError, "must return real numbers", {"f": lambda x, a, b: a * x + 1j * b}),
        (ValueError, "not finite in the initial point", {"f": lambda x, a: a * np.nan * x, "method": "trf"}),
        (RuntimeError, "not finite at the start", {"f": lambda x, a: a * np.nan * x}),
        (TypeError, "f must be a function.*see curve_fit_batch", {"f": "a*x"}),
        (ValueError, "jac must be", {"jac": "4-point"}),
        (ValueError, "'args'", {"args": (1,)}),
        (TypeError, "'trf' has no keyword 'epsfcn'", {"epsfcn": 1e-6, "method": "trf"}),
        (TypeError, "'lm' has no keyword 'loss'", {"loss": "huber"}),
        (RuntimeError, "Optimal parameters not found", {"maxfev": 3}),
        (RuntimeError, "Optimal parameters not found", {"max_nfev": 3, "method": "trf"}),
        (ZeroDivisionError, "mine", {"f": lambda x, a: (_ for _ in ()).throw(ZeroDivisionError("mine"))}),
    ],
)
def test_errors(error, match, change):
    call = {"f": decay, "xdata": X, "ydata": Y} | change
    with pytest.raises(error, match=match):
        curve_fit(**call)


def test_inputs_are_not_changed():
    given = [X.copy(), Y.copy(), np.ones(3), SIGMA.copy()]
    curve_fit(decay, given[0], given[1], given[2], given[3])
    for array, original in zip(given, (X, Y, np.ones(3), SIGMA), strict=True):
        np.testing.assert_array_equal(array, original)
