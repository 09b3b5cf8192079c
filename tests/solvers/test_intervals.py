"""Confidence intervals: lmfit's by profile likelihood, SciPy's roots, and the ends that are no roots."""

import lmfit
import numpy as np
import pytest
import scipy.optimize
from scipy import stats

from solvers import IntervalEnd, Status, curve_fit_batch

RNG = np.random.default_rng(3)
X = np.linspace(0, 4, 20)
TRUTH = np.stack([RNG.uniform(5, 10, 5), RNG.uniform(0.5, 2, 5), RNG.uniform(1, 4, 5)], axis=1)
NAMES = ("a", "b", "c")
FORMULA = "a*exp(-b*x) + c"
START = [6.0, 1.0, 3.0]


def decay(x, a, b, c):
    return a * np.exp(-b * x) + c


Y = np.array([decay(X, *row) for row in TRUTH]) + 0.3 * RNG.normal(size=(5, 20))


def fit(f=FORMULA, y=Y, p0=START, *, x=X, confidence=0.95, intervals="profile", **options):
    return curve_fit_batch(f, x, y, p0, confidence=confidence, intervals=intervals, **options)


def profile(row, j, value, start, sigma):
    """Chi-square of a row where parameter j is held at a value, by SciPy."""

    def residuals(others):
        return (decay(X, *np.insert(others, j, value)) - Y[row]) / sigma

    options = {"xtol": 1e-12, "ftol": 1e-12, "gtol": 1e-12}
    return 2 * scipy.optimize.least_squares(residuals, np.delete(start, j), **options).cost


def test_from_the_covariance_by_students_t():
    fits = fit(intervals="covariance")
    width = stats.t.ppf(0.975, 17) * fits.stderr
    np.testing.assert_allclose(fits.intervals.low, fits.x - width, rtol=1e-10)
    np.testing.assert_allclose(fits.intervals.high, fits.x + width, rtol=1e-10)
    known = fit(intervals="covariance", sigma=np.full(20, 0.3), absolute_sigma=True, confidence=0.9)
    np.testing.assert_allclose(
        known.intervals.high, known.x + stats.norm.ppf(0.95) * known.stderr, rtol=1e-10
    )
    assert (known.intervals.low_end == IntervalEnd.FOUND).all()


@pytest.mark.parametrize("f", [FORMULA, decay])
@pytest.mark.parametrize("method", ["lm", "trf"])
@pytest.mark.parametrize("level", [0.6827, 0.9973])
def test_profiles_are_lmfits(f, method, level):
    fits = fit(f, method=method, confidence=level)
    parameters = lmfit.create_params(a=START[0], b=START[1], c=START[2])
    for row in (0, 3):
        problem = lmfit.Minimizer(lambda p, y=Y[row]: decay(X, **p.valuesdict()) - y, parameters)
        found = lmfit.conf_interval(problem, problem.leastsq(xtol=1e-12, ftol=1e-12), sigmas=[level])
        for j, name in enumerate(NAMES):
            (_, low), _, (_, high) = found[name]
            ends = [fits.intervals.low[row, j], fits.intervals.high[row, j]]
            np.testing.assert_allclose(ends, [low, high], atol=1e-4 * fits.stderr[row, j])


@pytest.mark.parametrize("absolute_sigma", [True, False])
def test_chi_square_rises_by_the_threshold(absolute_sigma):
    sigma = np.linspace(0.2, 0.4, 20)
    fits = fit(sigma=sigma, absolute_sigma=absolute_sigma)
    for row in (1, 2):
        best = 2 * fits.cost[row]
        threshold = stats.chi2.ppf(0.95, 1) if absolute_sigma else stats.f.ppf(0.95, 1, 17) * best / 17
        for j in range(3):
            for end in (fits.intervals.low[row, j], fits.intervals.high[row, j]):
                risen = profile(row, j, end, fits.x[row], sigma)
                assert risen - best == pytest.approx(threshold, rel=1e-5)


def test_fixed_parameters_have_no_interval_and_free_ones_that_of_the_smaller_model():
    fits = fit(decay, fixed={"c": TRUTH[:, 2]})
    for row, c in enumerate(TRUTH[:, 2]):
        smaller = fit(
            lambda x, a, b, c=c: decay(x, a, b, c), Y[row : row + 1], START[:2], parameters=["a", "b"]
        )
        np.testing.assert_allclose(fits.intervals.low[row, :2], smaller.intervals.low[0], rtol=1e-6)
    assert np.isnan(fits.intervals.high[:, 2]).all()
    assert (fits.intervals.high_end[:, 2] == IntervalEnd.UNKNOWN).all()


def test_one_parameter_needs_no_refit():
    fits = fit(fixed={"b": 1.0, "c": 2.0}, y=Y[:2])
    around = fit(fixed={"b": 1.0, "c": 2.0}, y=Y[:2], intervals="covariance")
    np.testing.assert_allclose(fits.intervals.low[:, 0], around.intervals.low[:, 0], rtol=1e-6)
    np.testing.assert_allclose(fits.intervals.high[:, 0], around.intervals.high[:, 0], rtol=1e-6)


def test_of_counts_the_likelihood_falls_by_half_a_chi_square():
    x = np.arange(12.0)
    fits = fit("c + 0*x", np.stack([np.full(12, 0.25), np.zeros(12)]), [1.0], x=x, estimator="poisson")

    def fall(c):
        return 12 * (c - 0.25 - 0.25 * np.log(c / 0.25)) - stats.chi2.ppf(0.95, 1) / 2

    assert fits.intervals.low[0, 0] == pytest.approx(scipy.optimize.brentq(fall, 1e-3, 0.25), rel=1e-5)
    assert fits.intervals.high[0, 0] == pytest.approx(scipy.optimize.brentq(fall, 0.25, 5), rel=1e-5)
    # Nothing counted: no covariance, but no more than this.
    assert np.isnan(fits.stderr[1, 0])
    assert fits.intervals.high[1, 0] == pytest.approx(stats.chi2.ppf(0.95, 1) / 24, rel=1e-5)


def test_an_interval_ends_at_a_bound_that_is_no_worse():
    free = fit(y=Y[:1])
    c, low = free.x[0, 2], free.intervals.low[0, 2]
    bounds = ([0, 0, (c + low) / 2], np.inf)
    fits = fit(y=Y[:1], bounds=bounds)
    assert fits.intervals.low[0, 2] == bounds[0][2]
    assert fits.intervals.low_end[0, 2] == IntervalEnd.AT_BOUND
    np.testing.assert_allclose(fits.intervals.high[0, 2], free.intervals.high[0, 2], rtol=1e-5)
    held = {"bounds": ([0, 0, c + 0.5], np.inf), "p0": [6, 1, c + 1]}
    np.testing.assert_allclose(fit(y=Y[:1], **held).intervals.low[0, 2], c + 0.5, atol=1e-6)
    assert np.isnan(fit(y=Y[:1], **held, intervals="covariance").intervals.low).all()


def test_what_the_data_do_not_limit_has_no_end():
    fits = fit("a*b*exp(-x)", Y[:1], [1.0, 1.0])
    assert np.isinf(fits.intervals.low).all()
    assert (fits.intervals.high == np.inf).all()
    assert (fits.intervals.low_end == IntervalEnd.UNBOUNDED).all()


def test_weak_data_have_ends_too_or_none_to_infinity():
    """The profile of a decay that may be a straight line levels off below the threshold."""
    rng, x = np.random.default_rng(1), np.linspace(0, 4, 8)
    y = decay(x, 8.0, 1.0, 2.0) + rng.normal(size=(60, 8))
    fits = fit(y=y, p0=[8.0, 1.0, 2.0], x=x)
    ends = np.stack([fits.intervals.low_end, fits.intervals.high_end])[:, fits.success]
    assert np.isin(ends, (IntervalEnd.FOUND, IntervalEnd.UNBOUNDED)).mean() > 0.98
    assert (ends[1, :, 0] == IntervalEnd.UNBOUNDED).any()
    covered = (fits.intervals.low <= [8, 1, 2]) & (fits.intervals.high >= [8, 1, 2])
    assert covered.mean() > 0.9


def test_a_better_fit_on_the_way_is_told():
    x = np.linspace(0, 6, 60)
    near, far = (
        fit("sin(w*x)", np.sin(2 * x)[None], [3.2], x=x, confidence=level) for level in (0.99, 0.9999)
    )
    assert near.cost[0] > 10.0  # a local minimum, whose neighbourhood an interval can be of
    assert (near.intervals.low_end[0, 0], near.intervals.high_end[0, 0]) == (
        IntervalEnd.FOUND,
        IntervalEnd.FOUND,
    )
    assert np.isnan(far.intervals.high[0, 0])
    assert far.intervals.high_end[0, 0] == IntervalEnd.BETTER_FIT


def test_rows_that_have_no_answer_have_no_interval_and_harm_nobody():
    y = Y.copy()
    y[1, 4] = np.nan
    fits, whole = fit(y=y), fit()
    good = [0, 2, 3, 4]
    assert fits.intervals.low[good].tobytes() == whole.intervals.low[good].tobytes()
    assert np.isnan(fits.intervals.low[1]).all()
    assert (fits.intervals.high_end[1] == IntervalEnd.UNKNOWN).all()
    limited = fit(max_nfev=2)
    assert (limited.status == Status.EVALUATION_LIMIT).all()
    assert np.isnan(limited.intervals.high).all()
    nothing = fit(y=np.full((2, 20), np.nan))
    assert nothing.intervals.low.shape == (2, 3)
    assert fit(confidence=None, intervals="covariance").intervals is None


@pytest.mark.parametrize("f", [FORMULA, decay])
def test_a_batch_has_the_bits_of_its_members(f):
    together = fit(f).intervals
    for row in range(len(Y)):
        alone = fit(f, Y[row : row + 1]).intervals
        assert alone.low[0].tobytes() == together.low[row].tobytes()
        assert alone.high[0].tobytes() == together.high[row].tobytes()


def test_standard_errors_that_outliers_do_not_inflate():
    y = Y.copy()
    y[:, 3::7] += 20.0
    rms = fit(y=y, loss="huber", f_scale=0.5, intervals="covariance")
    robust = fit(y=y, loss="huber", f_scale=0.5, intervals="covariance", residual_scale="robust")
    clean = fit(intervals="covariance")
    np.testing.assert_array_equal(rms.x, robust.x)
    assert (np.median(rms.stderr / clean.stderr, axis=0) > 5.0).all()
    assert (np.median(robust.stderr / clean.stderr, axis=0) < 1.7).all()  # a seventh of the points is lost
    profile = fit(y=y, loss="huber", f_scale=0.5, residual_scale="robust").intervals
    widths = (profile.high - profile.low) / (robust.intervals.high - robust.intervals.low)
    np.testing.assert_allclose(np.median(widths, axis=0), 1.0, atol=0.15)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"confidence": 95}, "confidence must be None or between 0 and 1, got 95"),
        ({"confidence": None}, "intervals='profile' needs a level"),
        ({"intervals": "bootstrap"}, "intervals must be one of covariance, profile"),
        ({"residual_scale": "mad"}, "residual_scale must be one of rms, robust"),
        ({"residual_scale": "robust", "absolute_sigma": True}, "what absolute_sigma=True takes as known"),
    ],
)
def test_misuse_is_named(options, said):
    with pytest.raises(ValueError, match=said):
        fit(**options)
