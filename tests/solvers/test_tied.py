"""Tied parameters: the same fits as with the ties written into the model, for every kind of model."""

import numpy as np
import pytest
import scipy.optimize

from solvers import Expression, ExpressionError, Status, curve_fit_batch, models
from solvers.expressions.ties import check_ties

X = np.linspace(0, 4, 30)
RATES = np.array([[0.5], [1.0], [2.0]])
SLOW = np.array([0.2, 0.3, 0.1])  # d of each problem, fixed
RNG = np.random.default_rng(4)
Y = 3 * np.exp(-RATES * X) + 6 * SLOW[:, None] * np.exp(-SLOW[:, None] * X) + 0.05 * RNG.normal(size=(3, 30))
NAMES = ("a", "b", "c", "d")
FORMULA = "a*exp(-b*x) + c*exp(-d*x)"
#: e.g. the amplitude of the slow part follows from that of the fast one and the slow rate.
TIED = {"c": "2*a*d"}


def decays(x, a, b, c, d):
    return a * np.exp(-b * x) + c * np.exp(-d * x)


def slopes(x, a, b, c, d):
    fast, slow = np.exp(-b * x), np.exp(-d * x)
    return np.stack([fast, -a * x * fast, slow, -c * x * slow], axis=-1)


def one_by_one(x, a, b, c, d):
    assert np.ndim(a) == 0
    return decays(x, a, b, c, d)


def fit(f=FORMULA, y=Y, **options):
    defaults = {"p0": [1, 1, np.nan, np.nan], "tied": TIED, "fixed": {"d": SLOW[: len(y)]}}
    parameters = {} if isinstance(f, Expression) else {"parameters": NAMES}
    return curve_fit_batch(f, X, y, **(defaults | parameters | options))


WAYS = {
    "text": {},
    "expression": {"f": Expression(FORMULA, NAMES, ("x",), (("c", "2*a*d"),)), "tied": None},
    "by NumPy": {"loss": "soft_l1", "f_scale": 1e6},
    "function": {"f": decays},
    "complex step": {"f": decays, "jac": "cs"},
    "jac": {"f": decays, "jac": slopes},
    "one by one": {"f": one_by_one, "jac": "3-point"},
    "bounded": {"bounds": ([0, 0, 99, 99], [9, 9, 100, 100])},
}


@pytest.mark.parametrize("way", WAYS)
def test_values_and_covariances_are_those_of_the_model_with_the_tie_written_in(way):
    fits = fit(**WAYS[way])
    assert fits.success.all()
    assert (fits.held, fits.unknowns) == ((2, 3), 2)
    np.testing.assert_array_equal(fits.x[:, 2], 2 * fits.x[:, 0] * SLOW)
    np.testing.assert_array_equal(fits.x[:, 3], SLOW)
    np.testing.assert_array_equal(fits.active_mask, 0)
    for row, d in enumerate(SLOW):
        expected, inner = scipy.optimize.curve_fit(
            lambda x, a, b, d=d: decays(x, a, b, 2 * a * d, d), X, Y[row], [1, 1], xtol=1e-12, ftol=1e-12
        )
        by_free = np.array([[1, 0], [0, 1], [2 * d, 0]])
        covariance = by_free @ inner @ by_free.T
        scale = np.sqrt(np.diag(covariance))
        np.testing.assert_allclose(fits.x[row, :2], expected, rtol=1e-5)
        np.testing.assert_allclose(fits.stderr[row, :3], scale, rtol=1e-3)
        np.testing.assert_allclose(fits.covariance[row, :3, :3], covariance, atol=1e-3 * scale.max() ** 2)
        assert np.isnan(fits.covariance[row, 3]).all()


@pytest.mark.parametrize("f", [FORMULA, decays])
def test_ties_in_a_chain_in_any_order_have_errors_by_the_chain_rule(f):
    fits = fit(f, y=Y[:1], fixed={}, p0=[3, 0.5, 0, 0], tied={"c": "a*d", "d": "b**2/3"})
    a, b, c, d = fits.x[0]
    assert (c, d) == (a * d, b**2 / 3)
    by_free = np.array([d, a * 2 * b / 3])  # of c
    inner = fits.covariance[0, :2, :2]
    assert fits.covariance[0, 2, 2] == pytest.approx(by_free @ inner @ by_free)
    assert fits.covariance[0, 2, :2] == pytest.approx(by_free @ inner)
    written = curve_fit_batch("a*exp(-b*x) + a*b**2/3*exp(-b**2/3*x)", X, Y[:1], [3, 0.5])
    np.testing.assert_allclose(fits.x[:, :2], written.x, rtol=1e-5)


def test_a_problem_has_the_same_bits_alone():
    for f in (FORMULA, decays):
        together = fit(f)
        for row in range(3):
            alone = fit(f, y=Y[row : row + 1], fixed={"d": SLOW[row]})
            for name in ("x", "covariance", "nfev", "status", "cost"):
                np.testing.assert_array_equal(getattr(together, name)[row], getattr(alone, name)[0])


def test_what_is_tied_to_nothing_free_has_no_error():
    fits = fit(tied={"c": "10*d"})
    np.testing.assert_array_equal(fits.x[:, 2], 10 * SLOW)
    assert np.isnan(fits.stderr[:, 2:]).all()
    assert np.isfinite(fits.stderr[:, :2]).all()


def test_a_tie_may_hold_parameters_of_a_named_model():
    y = models.get("gaussians2").formula().value(
        X[None], np.array([[3, 1, 0.3, 2, 2.5, 0.3]]), np.array([X.size])
    )  # fmt: skip
    model = models.get("gaussians2")
    width = {model.parameters[5]: model.parameters[2]}
    fits = curve_fit_batch(model, X, y[None], tied=width)
    assert fits.success.all()
    np.testing.assert_allclose(fits.x[0], [3, 1, 0.3, 2, 2.5, 0.3], rtol=1e-5)


@pytest.mark.parametrize("f", [FORMULA, decays])
def test_a_tie_that_is_undefined_at_a_start_ends_that_problem_only(f):
    start = np.array([[1, 1, 0, 0], [-1, 1, 0, 0], [1, 1, 0, 0]])
    fits = fit(f, p0=start, tied={"c": "2*d*sqrt(a)**2"})
    assert fits.status[1] == Status.NON_FINITE
    assert fits.success[[0, 2]].all()


def test_a_batch_of_bad_problems_only_has_its_shape():
    fits = fit(y=np.full((3, 30), np.nan))
    assert (fits.status == Status.BAD_INPUT).all()
    assert fits.x.shape == (3, 4)
    assert fits.held == (2, 3)


@pytest.mark.parametrize(
    ("tied", "said"),
    [
        ({"e": "a"}, r"tied.e: no such parameter; there are a, b, c, d"),
        ({"c": "x"}, r"tied.c: 'x' reads 'x', which is no parameter; there are"),
        ({"d": "a"}, r"tied.d: 'd' is fixed, too: remove one of the two"),
        ({"c": "2*"}, r"tied.c: got the end .* at column 3"),
        ({"c": 2.0}, r"tied.c: got 2.0; give a formula, or fix 'c'"),
        ({"c": "c + 1"}, r"tied.c: got a circle, c reads c: give"),
        ({"a": "b", "b": "c + d", "c": "2*a"}, r"got a circle, (a reads b reads c reads a|b .* b|c .* c): "),
        ({"a": "d", "b": "c", "c": "d"}, r"all parameters \(a, b, c, d\) are fixed or tied: leave at least"),
    ],
)
def test_ties_that_cannot_hold_are_refused(tied, said):
    with pytest.raises(ValueError, match=said):
        fit(tied=tied)


def test_a_long_chain_of_ties_is_put_in_order():
    size = 2_000
    chain = {f"p{i}": f"p{i + 1}" for i in range(size)}
    ordered = check_ties(chain, [f"p{i}" for i in range(size + 1)])
    assert ordered == tuple((f"p{i}", f"p{i + 1}") for i in reversed(range(size)))
    with pytest.raises(ExpressionError, match="circle"):
        check_ties(chain | {f"p{size}": "p0"}, [f"p{i}" for i in range(size + 1)])
