"""Vector-friendly elementary functions against NumPy in long double, and at their special values."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from solvers.kernels import compiling, elementary

pytestmark = pytest.mark.skipif(
    np.finfo(np.longdouble).eps > 1e-18, reason="needs a long double that is longer than a double"
)


def looped(function, arguments=1):
    """The function over arrays, as a kernel has it."""

    @njit(error_model="numpy")
    def one(x, out):
        for i in range(len(x)):
            out[i] = function(x[i])

    @njit(error_model="numpy")
    def two(x, y, out):
        for i in range(len(x)):
            out[i] = function(x[i], y[i])

    def run(*given):
        out = np.empty(len(given[0]))
        (one if arguments == 1 else two)(*given, out)
        return out

    return run


#: name -> (largest error in units of the last place, where it is tried)
FUNCTIONS = {
    "exp": (1.5, (-745, 709)),
    "expm1": (2, (-40, 709)),
    "log": (1, (0, 1e3)),
    "log1p": (2, (-1, 1e3)),
    "log2": (2, (0, 1e3)),
    "log10": (2, (0, 1e3)),
    "sin": (1.5, (-100, 100)),
    "cos": (1.5, (-100, 100)),
    "tan": (4, (-100, 100)),
    "sinh": (4, (-709, 709)),
    "cosh": (4, (-709, 709)),
    "tanh": (3, (-20, 20)),
}
KERNELS = {name: looped(getattr(elementary, name)) for name in FUNCTIONS}
POWER = looped(elementary.power, 2)
SPECIAL = np.array([0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 5e-324, 1e-310, -1e-310, 1e308, -1e308])


def units(found, x, function):
    """Errors in units of the last place of the true values."""
    true = function(*(np.asarray(argument, dtype=np.longdouble) for argument in x))
    return np.abs((found - true) / np.spacing(np.abs(true).astype(float)))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_errors_are_a_few_units(name):
    most, (low, high) = FUNCTIONS[name]
    rng = np.random.default_rng(1)
    near = [center + width * rng.normal(size=9_000) for center, width in ((0, 0.5), (0, 1e-6), (1, 1e-3))]
    x = np.concatenate([rng.uniform(low, high, 20_000), *near])
    x = x[(x > low) & (x < high)]
    assert units(KERNELS[name](x), (x,), getattr(np, name)).max() <= most


@pytest.mark.parametrize("name", FUNCTIONS)
def test_special_values_are_numpys(name):
    x = SPECIAL if name not in {"sin", "cos", "tan"} else SPECIAL[np.abs(SPECIAL) != 1e308]
    with np.errstate(all="ignore"):
        expected = getattr(np, name)(x)
    np.testing.assert_allclose(KERNELS[name](x), expected, rtol=1e-15)


@given(x=st.floats(), y=st.floats())
@settings(max_examples=500, deadline=None)
def test_power_is_numpys(x, y):
    with np.errstate(all="ignore"):
        expected = np.power(x, y)
    if x < 0.0 and abs(y) >= 2.0**51:
        return  # such exponents count as even here
    np.testing.assert_allclose(POWER(np.array([x]), np.array([y])), [expected], rtol=1e-15, atol=1e-320)


def test_power_is_accurate_where_a_rounded_logarithm_is_not():
    rng = np.random.default_rng(2)
    x, y = np.exp(rng.uniform(-300, 300, 50_000)), rng.uniform(-2, 2, 50_000)
    assert units(POWER(x, y), (x, y), np.power).max() <= 2
    x, y = rng.uniform(0, 3, 50_000), rng.uniform(-3, 3, 50_000)
    assert units(POWER(x, y), (x, y), np.power).max() <= 2


@given(st.floats(-1e12, 1e12))
@settings(max_examples=300, deadline=None)
def test_angles_may_be_large(x):
    np.testing.assert_allclose(KERNELS["sin"](np.array([x])), [np.sin(x)], rtol=1e-15)
    np.testing.assert_allclose(KERNELS["cos"](np.array([x])), [np.cos(x)], rtol=1e-15)


def test_angles_that_are_not_known_are_nan():
    assert np.isnan(KERNELS["sin"](np.array([1e15, np.inf]))).all()


def test_sign_and_scale():
    x = np.array([-2.0, 0.0, 3.0, np.nan, 0.0])
    y = np.array([np.inf, np.inf, np.inf, np.inf, np.nan])
    np.testing.assert_array_equal(looped(elementary.sign)(x), np.sign(x))
    np.testing.assert_array_equal(looped(elementary.scale, 2)(x, y), [-np.inf, 0.0, np.inf, np.nan, np.nan])


def test_strict_functions_stay_strict_in_a_loose_caller():
    @compiling.strict
    def low_part(a, b):
        return b - ((a + b) - a)

    @njit(error_model="numpy", fastmath=True)
    def loose(a, b):
        return low_part(a, b)

    assert loose(1.0, 1e-20) == 1e-20
