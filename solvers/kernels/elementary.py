"""Elementary functions as straight-line arithmetic, which LLVM turns into vector code.

A call of the C library stops a loop from being vectorized; these have no calls, no tables and no
branches but selections. Arguments are reduced by adding 1.5 * 2^52, which rounds to an integer and
leaves it in the low bits; the rest is a Taylor polynomial on a short interval, so coefficients need
no source. Each is within 2 units in the last place of the true value (sinh, cosh and tan within 4),
infinite, zero or NaN where the true one is.

sin, cos and tan of arguments beyond 2^45, which are not known to a hundredth of a radian, are NaN.

References
----------
.. [1] J.-M. Muller et al., Handbook of Floating-Point Arithmetic, 2nd ed., 4.3-4.4 (exact sums and products).
.. [2] W. Cody, W. Waite, Software Manual for the Elementary Functions (1980): argument reduction.
"""

import math
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from solvers.kernels.compiling import elementary, strict

_MAGIC = 6755399441055744.0  # 1.5 * 2^52
_MAGIC_BITS = 0x4338000000000000
_ONE = 0x3FF0000000000000  # the bits of 1.0
_ROOT_HALF = 0x3FE6A09E00000000  # the bits of sqrt(1/2), cut
_MANTISSA = 0x000FFFFFFFFFFFFF

_LOG2E = 1.4426950408889634
#: log(2) in two parts; the first has 20 zeros at its end, so that times an exponent it is exact.
_LN2_HI, _LN2_LO = float.fromhex("0x1.62e42fefa0000p-1"), float.fromhex("0x1.cf79abc9e3b3ap-40")
_TWO_THIRDS_LO = float.fromhex("0x1.5555555555555p-55")  # 2/3 - float(2/3)
_LOG10E_HI, _LOG10E_LO = 0.4342944819032518, 1.098319650216765e-17
_LOG2E_LO = 2.0355273740931033e-17
#: pi/2 in three parts of full precision.
_PIO2_1, _PIO2_2, _PIO2_3 = 1.5707963267948966, 6.123233995736766e-17, -1.4973849048591698e-33
_TWO_OVER_PI = 0.6366197723675814
_LARGEST_ANGLE = 2.0**45

_EXP = tuple(1.0 / math.factorial(k) for k in range(14))
_SIN = tuple((-1.0) ** k / math.factorial(2 * k + 1) for k in range(9))
_COS = tuple((-1.0) ** k / math.factorial(2 * k) for k in range(9))
_LOG = tuple(2.0 / (2 * k + 1) for k in range(12))


@intrinsic  # type: ignore[untyped-decorator]  # Numba ships no types
def _bits(_context: Any, _x: Any) -> Any:
    """The 64 bits of a double."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.IntType(64))

    return types.int64(types.float64), generate


@intrinsic  # type: ignore[untyped-decorator]  # Numba ships no types
def _double(_context: Any, _bits: Any) -> Any:
    """The double with these 64 bits."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.int64), generate


@intrinsic  # type: ignore[untyped-decorator]  # Numba ships no types
def _fma(_context: Any, _a: Any, _b: Any, _c: Any) -> Any:
    """``a*b + c``, rounded once."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.fma(*arguments)

    return types.float64(types.float64, types.float64, types.float64), generate


@elementary
def _tail_of_exp(r: float) -> float:
    """``exp(r) - 1 - r`` for |r| <= log(2)/2."""
    p = _EXP[13]
    p = p * r + _EXP[12]
    p = p * r + _EXP[11]
    p = p * r + _EXP[10]
    p = p * r + _EXP[9]
    p = p * r + _EXP[8]
    p = p * r + _EXP[7]
    p = p * r + _EXP[6]
    p = p * r + _EXP[5]
    p = p * r + _EXP[4]
    p = p * r + _EXP[3]
    p = p * r + _EXP[2]
    return p * r * r


@elementary
def _exp_of_sum(x: float, low: float) -> float:
    """``exp(x + low)``, low much smaller than 1."""
    inside = min(max(x, -746.0), 710.0)  # beyond these it is 0 and infinite
    shifted = inside * _LOG2E + _MAGIC
    k = shifted - _MAGIC
    r = _fma(-k, _LN2_LO, _fma(-k, _LN2_HI, inside)) + low
    p = 1.0 + (r + _tail_of_exp(r))
    exponent = _bits(shifted) - _MAGIC_BITS
    half = exponent >> 1  # in two steps: 2^exponent alone may overflow or underflow
    value = p * _double((half + 1023) << 52) * _double((exponent - half + 1023) << 52)
    return value if x == x else x  # noqa: PLR0124 - NaN


@elementary
def exp(x: float) -> float:
    """Exponential."""
    return _exp_of_sum(x, 0.0)


@elementary
def expm1(x: float) -> float:
    """``exp(x) - 1`` without cancellation near 0."""
    inside = min(max(x, -60.0), 700.0)
    shifted = inside * _LOG2E + _MAGIC
    k = shifted - _MAGIC
    r = _fma(-k, _LN2_LO, _fma(-k, _LN2_HI, inside))
    power = _double((_bits(shifted) - _MAGIC_BITS + 1023) << 52)
    value = power * (r + _tail_of_exp(r)) + (power - 1.0)
    value = value if x <= 700.0 else exp(x)
    return x if x == 0.0 else value


@elementary
def _split(x: float) -> tuple[float, float]:
    """``x = 2^k (1 + f)`` with 1 + f between sqrt(1/2) and sqrt(2); for x > 0."""
    tiny = x < 2.2250738585072014e-308
    shifted = _bits(x * 18014398509481984.0 if tiny else x) + (_ONE - _ROOT_HALF)
    k = _double(((shifted >> 52) & 0xFFF) - 1023 + _MAGIC_BITS) - _MAGIC
    f = _double((shifted & _MANTISSA) + _ROOT_HALF) - 1.0
    return (k - 54.0 if tiny else k), f


@elementary
def _tail_of_log(z: float) -> float:
    """``2/5 + 2/7 z + ...``: log(1+f) is 2s + 2/3 s^3 + s^5 tail(s^2), s = f/(2+f)."""
    p = _LOG[11]
    p = p * z + _LOG[10]
    p = p * z + _LOG[9]
    p = p * z + _LOG[8]
    p = p * z + _LOG[7]
    p = p * z + _LOG[6]
    p = p * z + _LOG[5]
    p = p * z + _LOG[4]
    p = p * z + _LOG[3]
    return p * z + _LOG[2]


@elementary
def log(x: float) -> float:
    """Natural logarithm."""
    k, f = _split(x)
    s = f / (2.0 + f)
    z = s * s
    square = 0.5 * f * f
    series = z * (_LOG[1] + z * _tail_of_log(z))
    value = k * _LN2_HI - ((square - (s * (square + series) + k * _LN2_LO)) - f)
    value = value if 0.0 < x < math.inf else x  # infinity and NaN are their own logarithms
    return -math.inf if x == 0.0 else (math.nan if x < 0.0 else value)


@strict
def _log_in_two_parts(x: float) -> tuple[float, float]:
    """``log(x)`` as a sum that is good to some 64 bits, for x > 0 and finite [1]_."""
    k, f = _split(x)
    d = 2.0 + f
    s = f / d
    s_low = (_fma(-s, d, f) - s * ((2.0 - d) + f)) / d
    z = s * s
    z_low = _fma(s, s, -z) + 2.0 * s * s_low
    cube = z * s
    cube_low = _fma(z, s, -cube) + z * s_low + z_low * s
    third = cube * _LOG[1]
    third_low = _fma(cube, _LOG[1], -third) + cube * _TWO_THIRDS_LO + cube_low * _LOG[1]
    small = third + 2.0 * s  # |2 s| is the larger
    small_low = ((2.0 * s - small) + third) + (third_low + 2.0 * s_low + cube * z * _tail_of_log(z))
    exponent = k * _LN2_HI
    high = exponent + small
    part = high - exponent
    low = (exponent - (high - part)) + (small - part)
    return high, low + (small_low + k * _LN2_LO)


@strict
def power(x: float, y: float) -> float:
    """``x**y``."""
    size = abs(x)
    high, low = _log_in_two_parts(size)
    high = high if 0.0 < size < math.inf else (-math.inf if size == 0.0 else size)
    product = y * high
    rest = _fma(y, high, -product) + y * low
    value = _exp_of_sum(product, rest if abs(product) < 800.0 else 0.0)
    shifted = y + _MAGIC
    small = abs(y) < 2.0**51  # larger ones count as even
    whole = (not small) | (shifted - _MAGIC == y)
    odd = small & whole & ((_bits(shifted) & 1) != 0)
    value = math.copysign(value, x) if odd else value
    value = math.nan if (x < 0.0) & (x > -math.inf) & (not whole) else value
    return 1.0 if (y == 0.0) | (x == 1.0) else value


@elementary
def log1p(x: float) -> float:
    """``log(1 + x)`` without cancellation near 0."""
    u = 1.0 + x
    correction = (x - (u - 1.0)) / u
    value = log(u) + (correction if (u > 0.0) & (u < math.inf) else 0.0)
    return x if abs(x) < 1e-300 else value


@elementary
def log2(x: float) -> float:
    """Logarithm to base 2."""
    natural = log(x)
    return natural * _LOG2E + natural * _LOG2E_LO


@elementary
def log10(x: float) -> float:
    """Logarithm to base 10."""
    natural = log(x)
    return natural * _LOG10E_HI + natural * _LOG10E_LO


@elementary
def _sin_and_cos(x: float) -> tuple[float, float]:
    shifted = x * _TWO_OVER_PI + _MAGIC
    k = shifted - _MAGIC
    r = _fma(-k, _PIO2_3, _fma(-k, _PIO2_2, _fma(-k, _PIO2_1, x)))  # Cody & Waite [2]_
    z = r * r
    s = _SIN[8]
    s = s * z + _SIN[7]
    s = s * z + _SIN[6]
    s = s * z + _SIN[5]
    s = s * z + _SIN[4]
    s = s * z + _SIN[3]
    s = s * z + _SIN[2]
    s = s * z + _SIN[1]
    s = s * z * r + r
    c = _COS[8]
    c = c * z + _COS[7]
    c = c * z + _COS[6]
    c = c * z + _COS[5]
    c = c * z + _COS[4]
    c = c * z + _COS[3]
    c = c * z + _COS[2]
    c = c * z * z + (1.0 - 0.5 * z)
    quadrant = _bits(shifted)
    swap = (quadrant & 1) != 0
    sine, cosine = (c if swap else s), (s if swap else c)
    sine = -sine if (quadrant & 2) != 0 else sine
    cosine = -cosine if ((quadrant + 1) & 2) != 0 else cosine
    known = abs(x) < _LARGEST_ANGLE
    return (sine if known else math.nan), (cosine if known else math.nan)


@elementary
def sin(x: float) -> float:
    """Sine."""
    return _sin_and_cos(x)[0]


@elementary
def cos(x: float) -> float:
    """Cosine."""
    return _sin_and_cos(x)[1]


@elementary
def tan(x: float) -> float:
    """Tangent."""
    s, c = _sin_and_cos(x)
    return s / c


@elementary
def sinh(x: float) -> float:
    """Hyperbolic sine."""
    size = abs(x)
    t = expm1(min(size, 700.0))
    half = exp(0.5 * size)
    value = 0.5 * (t + t / (t + 1.0)) if size <= 700.0 else 0.5 * half * half
    return math.copysign(value, x) if x == x else x  # noqa: PLR0124 - NaN


@elementary
def cosh(x: float) -> float:
    """Hyperbolic cosine."""
    size = abs(x)
    e = exp(min(size, 700.0))
    half = exp(0.5 * size)
    value = 0.5 * (e + 1.0 / e) if size <= 700.0 else 0.5 * half * half
    return value if x == x else x  # noqa: PLR0124 - NaN


@elementary
def tanh(x: float) -> float:
    """Hyperbolic tangent."""
    t = expm1(2.0 * min(abs(x), 25.0))
    value = math.copysign(t / (t + 2.0), x)
    return value if x == x else x  # noqa: PLR0124 - NaN


@strict
def sign(x: float) -> float:
    """-1, 0 or 1."""
    return 1.0 if x > 0.0 else (-1.0 if x < 0.0 else x)


@strict
def scale(x: float, y: float) -> float:
    """Multiply, where 0 times infinity is 0."""
    product = x * y
    undefined = (product != product) & (x == x) & (y == y)  # noqa: PLR0124 - NaN
    return 0.0 if undefined else product


@strict
def sqrt(x: float) -> float:
    """Square root."""
    return math.sqrt(x)


@strict
def absolute(x: float) -> float:
    """Absolute value."""
    return abs(x)


@strict
def arcsin(x: float) -> float:
    """Inverse sine, by the C library."""
    return math.asin(x)


@strict
def arccos(x: float) -> float:
    """Inverse cosine, by the C library."""
    return math.acos(x)


@strict
def arctan(x: float) -> float:
    """Inverse tangent, by the C library."""
    return math.atan(x)
