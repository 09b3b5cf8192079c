"""Robust losses: SciPy's numbers, derivatives that match their values, batches like single problems."""

import numpy as np
import pytest
import scipy.optimize

from solvers import curve_fit_batch, least_squares, least_squares_batch
from solvers.evaluation.losses import resolve

NAMES = ("soft_l1", "huber", "cauchy", "arctan")
METHODS = ("trf", "dogbox")


def geman(z):
    """Geman and McClure's loss, which is not among the named ones."""
    return np.stack([z / (1 + z), (1 + z) ** -2, -2 * (1 + z) ** -3])


T = np.linspace(0, 3, 25)
RNG = np.random.default_rng(2)
Y = RNG.uniform(1, 3, (7, 1)) * np.exp(-RNG.uniform(0.3, 2, (7, 1)) * T) + 0.03 * RNG.normal(size=(7, 25))
Y[:, ::6] += 1.5  # outliers


def residuals(p, y=Y[0]):
    return p[0] * np.exp(-p[1] * T) - y


def jacobian(p):
    return np.stack([np.exp(-p[1] * T), -p[0] * T * np.exp(-p[1] * T)], axis=-1)


@pytest.mark.parametrize("loss", [*NAMES, geman])
@pytest.mark.parametrize("method", METHODS)
def test_like_scipys(loss, method):
    options = {"jac": jacobian, "method": method, "loss": loss, "f_scale": 0.1}
    expected = scipy.optimize.least_squares(
        residuals, [1.4, 0.5], ftol=1e-14, xtol=1e-12, gtol=1e-12, **options
    )
    found = least_squares(residuals, [1.4, 0.5], ftol=1e-12, xtol=1e-12, gtol=1e-12, **options)
    assert found.success
    np.testing.assert_allclose(found.x, expected.x, rtol=1e-5)
    np.testing.assert_allclose(found.cost, expected.cost, rtol=1e-9)
    np.testing.assert_allclose(found.fun, residuals(found.x), atol=1e-14)
    np.testing.assert_allclose(found.grad, 0, atol=1e-6)


@pytest.mark.parametrize("loss", [*NAMES, geman])
def test_the_modified_jacobian_is_scipys(loss):
    options = {"jac": jacobian, "loss": loss, "f_scale": 0.3, "max_nfev": 1}
    expected = scipy.optimize.least_squares(residuals, [1, 1], **options)
    found = least_squares(residuals, [1, 1], **options)
    np.testing.assert_allclose(found.jac, expected.jac, rtol=1e-12)
    np.testing.assert_allclose(found.grad, expected.grad, rtol=1e-12)
    np.testing.assert_allclose(found.cost, expected.cost, rtol=1e-14)


@pytest.mark.parametrize("name", NAMES)
def test_derivatives_match_values(name):
    loss = resolve(name, 0.7)
    r = np.array([-30.0, -2.0, -0.69, -1e-3, 0.0, 1e-9, 0.3, 0.71, 5.0])
    step = 1e-6 * np.maximum(1.0, np.abs(r))
    slope = (loss.cost(r + step) - loss.cost(r - step)) / (4 * step)  # half the cost
    rows, bent = loss.bent(r)
    np.testing.assert_allclose(rows * bent, slope, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(loss.cost(np.array([1e-150])), [1e-300], rtol=1e-12)  # no cancellation


def test_the_linear_loss_is_none():
    assert resolve("linear", 3.0) is None


@pytest.mark.parametrize("loss", [*NAMES, geman])
@pytest.mark.parametrize("method", METHODS)
def test_a_batch_has_the_bits_of_its_members(loss, method):
    options = {"method": method, "loss": loss, "f_scale": 0.1}
    together = curve_fit_batch("a*exp(-b*x)", T, Y, [1.0, 1.0], **options)
    assert together.success.all()
    for row in range(len(Y)):
        alone = curve_fit_batch("a*exp(-b*x)", T, Y[row : row + 1], [1.0, 1.0], **options)
        assert alone.x[0].tobytes() == together.x[row].tobytes()
        assert alone.cost[0] == together.cost[row]
        single = least_squares(
            lambda p, y=Y[row]: residuals(p, y), [1, 1], jacobian, x_scale="jac", **options
        )
        np.testing.assert_allclose(together.x[row], single.x, rtol=1e-3)


def test_batches_choose_a_method_that_has_losses():
    plain = curve_fit_batch("a*exp(-b*x)", T, Y, [1.0, 1.0])
    robust = curve_fit_batch("a*exp(-b*x)", T, Y, [1.0, 1.0], loss="cauchy", f_scale=0.1)
    assert (plain.method[0], robust.method[0]) == ("lm", "trf")
    with pytest.raises(ValueError, match=r"supports only 'linear'.*trf, dogbox"):
        curve_fit_batch("a*exp(-b*x)", T, Y, [1.0, 1.0], method="lm", loss="cauchy")
    with pytest.raises(ValueError, match="`loss` must be one of"):
        curve_fit_batch("a*exp(-b*x)", T, Y, [1.0, 1.0], loss="square")


def test_options_of_batches():
    """They reach the free parameters of a curve, and the unknowns of a system."""
    asked = []

    def f(x, a, b, c):
        if np.ndim(a):
            raise TypeError("one problem at a time")
        asked.append((a, b, c))
        return a * np.exp(-b * x) + c

    plain = curve_fit_batch(f, T, Y[:1], [1.0, 1.0, 0.0], fixed={"b": 1.0}, loss="huber", f_scale=0.1)
    del asked[:]
    found = curve_fit_batch(
        f, T, Y[:1], [1.0, 1.0, 0.5], fixed={"b": 1.0}, loss="huber", f_scale=0.1, x_scale=[1, 2, 3],
        diff_step=[0.1, 0.2, 0.3],
    )  # fmt: skip
    np.testing.assert_allclose(found.x, plain.x, rtol=0.05)
    assert any(np.allclose(p, (1.1, 1.0, 0.5)) for p in asked)
    assert any(np.allclose(p, (1.0, 1.0, 0.65)) for p in asked)
    system = least_squares_batch(
        lambda x, y: x[:, :1] * np.exp(-x[:, 1:] * T) - y,
        np.ones((7, 2)),
        (Y,),
        loss="huber",
        f_scale=0.1,
        x_scale=2.0,
        diff_step=1e-6,
    )
    curves = curve_fit_batch("a*exp(-b*x)", T, Y, [1.0, 1.0], loss="huber", f_scale=0.1)
    np.testing.assert_allclose(system.x, curves.x, rtol=1e-5)


@pytest.mark.parametrize("method", METHODS)
def test_a_start_where_every_residual_is_an_outlier(method):
    """There the bent Jacobian is at rounding level; the steps that follow must not be."""
    for y in Y:
        options = {"method": method, "loss": "huber", "f_scale": 0.1}
        found = least_squares(lambda p, y=y: residuals(p, y), [1, 1], jacobian, **options)
        expected = scipy.optimize.least_squares(lambda p, y=y: residuals(p, y), [1, 1], jacobian, **options)
        assert found.cost <= expected.cost * (1 + 1e-6)
        assert found.nfev <= expected.nfev + 5
