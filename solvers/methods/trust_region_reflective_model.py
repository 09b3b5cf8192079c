"""The linear model of trust region reflective for one problem: extended by the bounds, in scaled unknowns.

With ``p = D s`` it is ``|[R D; C] s + [z; 0]|``, of 2n rows [1]_. It is kept as its triangle, which comes
from the normal matrix ``D R'R D + C^2``, or by QR where that loses digits.

References
----------
.. [1] M. Branch, T. Coleman, Y. Li, SIAM J. Sci. Comput. 21 (1999) 1-23.
"""

import math

import numpy as np

from solvers.arrays import Array
from solvers.kernels.compiling import allocating, inlined, kernel
from solvers.linalg.cholesky import factorize_one
from solvers.linalg.householder import reduce_columns
from solvers.linalg.norm import is_finite


@inlined
def distance(
    x: float, slope: float, scale: float, unit: float, lower: float, upper: float
) -> tuple[float, float]:
    """v, the distance to the bound that descent points at, and how it changes with x (-1, 0, 1) [1]_.

    It is in the units of the scaled unknown, the residuals'; as a share of those at the start it compares
    with the 1 that stands where there is no bound, whatever the units of the data.
    """
    if slope < 0.0 and is_finite(upper):
        return (upper - x) * scale / unit, -1.0
    if slope > 0.0 and is_finite(lower):
        return (x - lower) * scale / unit, 1.0
    return 1.0, 0.0


@inlined
def gradient(factor: Array, projection: Array, j: int) -> float:
    """``J'r = R'z`` of unknown j."""
    slope = 0.0
    for k in range(j + 1):
        slope += factor[k, j] * projection[k]
    return slope


@kernel
def optimality(
    x: Array,
    fun: float,
    factor: Array,
    projection: Array,
    scale: Array,
    unit: float,
    lower: Array,
    upper: Array,
) -> float:
    """The largest cosine, a column counting less once its bound is nearer than the residuals are long."""
    largest, length = 0.0, math.sqrt(2.0 * fun)
    for j in range(len(x)):
        slope = square = 0.0
        for k in range(j + 1):
            slope += factor[k, j] * projection[k]
            square += factor[k, j] * factor[k, j]
        column = math.sqrt(square)
        if column * length > 0.0:
            v, change = distance(x[j], slope, scale[j], unit, lower[j], upper[j])
            nearness = 1.0
            if change != 0.0:  # the scale is the column's norm, or more, unless x_scale is given
                nearness = min(1.0, v * max(scale[j], column) / scale[j] * unit / length)
            largest = max(largest, abs(slope) * nearness / (column * length))
    return largest


@kernel
def extended(
    x: Array,
    factor: Array,
    projection: Array,
    scale: Array,
    unit: float,
    lower: Array,
    upper: Array,
    normal: Array,
    triangle: Array,
    target: Array,
    slope: Array,
    d: Array,
    c: Array,
) -> None:
    """Fill in triangle and projection of ``[R D; C]`` and ``[z; 0]``, the gradient, and the diagonals D, C.

    ``normal``, of n rows or more, is room to work.
    """
    n = len(x)
    bent = False
    for j in range(n):
        steepness = gradient(factor, projection, j)
        v, change = distance(x[j], steepness, scale[j], unit, lower[j], upper[j])
        d[j] = math.sqrt(v) / scale[j]
        c[j] = math.sqrt(max(0.0, steepness * change / (scale[j] * unit)))
        slope[j] = steepness * d[j]
        bent = bent or c[j] != 0.0
    triangle[:] = 0.0
    if not bent:
        for i in range(n):
            target[i] = projection[i]
            for j in range(i, n):
                triangle[i, j] = factor[i, j] * d[j]
        return
    for j in range(n):
        for k in range(j, n):
            total = 0.0
            for i in range(j + 1):
                total += factor[i, j] * factor[i, k]
            normal[j, k] = total * d[j] * d[k]
        normal[j, j] += c[j] * c[j]
    if not factorize_one(normal, slope, triangle, target):
        _by_qr(factor, projection, d, c, triangle, target)


@allocating
def _by_qr(factor: Array, projection: Array, d: Array, c: Array, triangle: Array, target: Array) -> None:
    n = len(d)
    work = np.zeros((n + 1, 2 * n))  # the columns of [R D, z; C, 0]
    for j in range(n):
        work[n, j] = projection[j]
        work[j, n + j] = c[j]
        for i in range(j + 1):
            work[j, i] = factor[i, j] * d[j]
    reduce_columns(work, triangle, target)


@inlined
def dot(p: Array, q: Array) -> float:
    """``p'q``."""
    total = 0.0
    for j in range(len(p)):
        total += p[j] * q[j]
    return total


@inlined
def curvature(triangle: Array, p: Array, q: Array) -> float:
    """``p'T'T q``."""
    total = 0.0
    for i in range(len(p)):
        one = other = 0.0
        for j in range(i, len(p)):
            one += triangle[i, j] * p[j]
            other += triangle[i, j] * q[j]
        total += one * other
    return total


@inlined
def reduction(triangle: Array, slope: Array, scaled: Array) -> float:
    """What a scaled step takes off the cost."""
    return -(dot(slope, scaled) + 0.5 * curvature(triangle, scaled, scaled))


@inlined
def least_along(
    triangle: Array, slope: Array, start: Array, direction: Array, shortest: float, longest: float
) -> float:
    """How far from ``start`` along ``direction``, between two lengths, the model is least."""
    bend = curvature(triangle, direction, direction)
    if not bend > 0.0:
        return longest
    least = -(dot(slope, direction) + curvature(triangle, start, direction)) / bend
    return min(max(least, shortest), longest)
