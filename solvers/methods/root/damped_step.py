"""The step of Levenberg and Marquardt within a radius, from a QR factorization with pivoting.

In the order of the pivots: R (n, n) of J, z = Q'F and the scale D. Wanted is p of least ``|R p + z|`` with
``|D p| <= radius``: Gauss and Newton's where it is short enough, else that of a damping, ::

    (R'R + damping D D) p = -R'z

for which the length is off the radius by a tenth at most. Dampings come from Newton's method for
``1 / |D p| = 1 / radius``, kept between bounds [1]_; for each R is made a triangle again with
``sqrt(damping) D`` below it, by plane rotations.

References
----------
.. [1] J. Moré, "The Levenberg-Marquardt algorithm: implementation and theory", LNM 630 (1978), p. 105.
"""

import math

import numpy as np

from solvers.arrays import Array
from solvers.kernels.compiling import called, strict
from solvers.methods.vectors import dot

_OFF, _TRIALS = 0.1, 10
_TINY = float(np.finfo(float).tiny)


@called
def damped_step(
    triangle: Array,
    z: Array,
    scale: Array,
    radius: float,
    damping: float,
    p: Array,
    work: Array,
    other: Array,
) -> float:
    """Find p (n,) and the damping; begins with the last one.

    Parameters
    ----------
    triangle, z, scale
        R, above the diagonal of (n, n); Q'F; D.
    work, other
        (n, n), (3 n,) to work in.
    """
    n = len(z)
    rank = _gauss_newton(triangle, z, p)
    length = scaled(scale, p)
    beyond = length - radius
    if beyond <= _OFF * radius:
        return 0.0
    row, turned, slope = other[:n], other[n : 2 * n], other[2 * n :]
    lower = 0.0
    if rank == n:
        for j in range(n):
            row[j] = scale[j] * (scale[j] * p[j] / length)
        lower = beyond / radius / _square_of_solution(triangle, row)
    for j in range(n):
        total = 0.0
        for i in range(j + 1):
            total += triangle[i, j] * z[i]
        slope[j] = total / scale[j]
    steep = math.sqrt(dot(slope, slope))
    upper = steep / radius
    if upper == 0.0:
        upper = _TINY / min(radius, 0.1)
    damping = min(max(damping, lower), upper)
    if damping == 0.0:
        damping = steep / length
    for k in range(_TRIALS):
        if damping == 0.0:
            damping = max(_TINY, 1e-3 * upper)
        _damped(triangle, z, scale, math.sqrt(damping), p, work, row, turned)
        length, before = scaled(scale, p), beyond
        beyond = length - radius
        far_inside = lower == 0.0 and beyond <= before < 0.0
        if abs(beyond) <= _OFF * radius or far_inside or k == _TRIALS - 1:
            break
        for j in range(n):
            row[j] = scale[j] * (scale[j] * p[j] / length)
        change = beyond / radius / _square_of_solution(work, row)
        if beyond > 0.0:
            lower = max(lower, damping)
        elif beyond < 0.0:
            upper = min(upper, damping)
        damping = max(lower, damping + change)
    return damping


@strict
def scaled(scale: Array, vector: Array) -> float:
    """``|D v|``."""
    total = 0.0
    for i in range(len(vector)):
        total += scale[i] * vector[i] * (scale[i] * vector[i])
    return math.sqrt(total)


@strict
def _gauss_newton(triangle: Array, z: Array, p: Array) -> int:
    """Solve ``R p = -z``, with zeros from where R's diagonal has one; the rank up to there."""
    n = rank = len(z)
    for j in range(n - 1, -1, -1):
        if triangle[j, j] == 0.0:
            rank = j
    for j in range(n - 1, -1, -1):
        total = -z[j]
        for i in range(j + 1, rank):
            total -= triangle[j, i] * p[i]
        p[j] = total / triangle[j, j] if j < rank else 0.0
    return rank


@strict
def _square_of_solution(triangle: Array, vector: Array) -> float:
    """``|w|^2`` for ``R'w = v``; w comes over v."""
    total = 0.0
    for j in range(len(vector)):
        for i in range(j):
            vector[j] -= triangle[i, j] * vector[i]
        vector[j] /= triangle[j, j]
        total += vector[j] * vector[j]
    return total


@strict
def _damped(
    triangle: Array, z: Array, scale: Array, root: float, p: Array, work: Array, row: Array, turned: Array
) -> None:
    """Solve with a damping, whose root is given; ``work`` is the triangle of R and ``root D``."""
    n = len(z)
    for i in range(n):
        turned[i] = z[i]
        for j in range(i, n):
            work[i, j] = triangle[i, j]
    for k in range(n):
        for j in range(k, n):
            row[j] = 0.0
        row[k] = root * scale[k]
        rest = 0.0
        for i in range(k, n):
            if row[i] == 0.0:
                continue
            length = math.hypot(work[i, i], row[i])
            c, s = work[i, i] / length, row[i] / length
            for j in range(i, n):
                held = c * work[i, j] + s * row[j]
                row[j] = c * row[j] - s * work[i, j]
                work[i, j] = held
            turned[i], rest = c * turned[i] + s * rest, c * rest - s * turned[i]
    _gauss_newton(work, turned, p)
