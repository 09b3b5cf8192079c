"""The best step within a radius for a tridiagonal matrix and a gradient along the first axis.

``(T + lambda I) h = -g e_1`` with ``T + lambda I`` positive definite and ``|h| = radius``, or ``lambda = 0``
and h shorter. Newton's method for ``1/|h| = 1/radius`` comes from where ``|h|`` is too long, and its iterates
then stay there; it begins just above minus the least eigenvalue, which bisection with Sturm's counts finds.

Reference: N. Gould, S. Lucidi, M. Roma, P. Toint, "Solving the trust-region subproblem using the Lanczos
method", SIAM Journal on Optimization 9 (1999) 504-525, section 5.
"""

import math

import numpy as np

from solvers.arrays import Array
from solvers.kernels.compiling import called, strict
from solvers.methods.vectors import norm

_EPS = float(np.finfo(float).eps)
#: Steps of Newton's method, and of bisections; how near to the radius is near enough.
_MOST, _BISECTIONS, _NEAR = 60, 80, 1e-12


@called
def tridiagonal_step(
    diagonal: Array, beside: Array, gradient: float, radius: float, h: Array, work: Array
) -> tuple[bool, float]:
    """Find the step h (k,); whether it ends at the radius, and by how much the model falls.

    Parameters
    ----------
    diagonal, beside
        (k,) of T; the last of those beside is not used.
    gradient
        Its one component.
    work
        (4 k,) at least.
    """
    k = len(h)
    pivots, ratios, other = work[:k], work[k : 2 * k], work[2 * k : 3 * k]
    at_radius, shift = False, 0.0
    definite = _solve(diagonal, beside, 0.0, gradient, h, pivots, ratios)
    if not definite or norm(h) > radius:
        at_radius = True
        least, size = _least_eigenvalue(diagonal, beside)
        low = max(0.0, -least)
        shift = low if definite else low + max(_EPS * size, 1e-300)
        gap = max(_EPS * size, 1e-300)
        while not _solve(diagonal, beside, shift, gradient, h, pivots, ratios):
            gap *= 4.0
            shift = low + gap
        for _ in range(_MOST):
            length = norm(h)
            if length <= radius * (1.0 + _NEAR):
                break
            _divide(ratios, pivots, h, other)
            slope = 0.0
            for i in range(k):
                slope += other[i] * other[i] / pivots[i]
            shift += length * length / slope * (length - radius) / radius
            if not _solve(diagonal, beside, shift, gradient, h, pivots, ratios):
                break
    fall = -gradient * h[0]
    for i in range(k):
        product = diagonal[i] * h[i]
        product += beside[i - 1] * h[i - 1] if i > 0 else 0.0
        product += beside[i] * h[i + 1] if i < k - 1 else 0.0
        fall -= 0.5 * h[i] * product
    return at_radius, fall


@strict
def _solve(
    diagonal: Array, beside: Array, shift: float, gradient: float, h: Array, pivots: Array, ratios: Array
) -> bool:
    """Solve ``(T + shift I) h = -gradient e_1`` by ``L D L'``; whether the matrix is positive definite."""
    k = len(h)
    for i in range(k):
        pivots[i] = diagonal[i] + shift
        if i > 0:
            ratios[i] = beside[i - 1] / pivots[i - 1]
            pivots[i] -= ratios[i] * beside[i - 1]
        if not pivots[i] > 0.0:
            return False
        h[i] = -gradient if i == 0 else -ratios[i] * h[i - 1]
    for i in range(k - 1, -1, -1):
        h[i] /= pivots[i]
        if i < k - 1:
            h[i] -= ratios[i + 1] * h[i + 1]
    return True


@strict
def _divide(ratios: Array, pivots: Array, h: Array, other: Array) -> None:
    """Solve ``L x = h``."""
    for i in range(len(pivots)):
        other[i] = h[i] - (ratios[i] * other[i - 1] if i > 0 else 0.0)


@called
def _least_eigenvalue(diagonal: Array, beside: Array) -> tuple[float, float]:
    """A lower bound of the least eigenvalue of T, tight to rounding, and the size of T."""
    k = len(diagonal)
    low, high, size = math.inf, math.inf, 0.0
    for i in range(k):
        around = (abs(beside[i - 1]) if i > 0 else 0.0) + (abs(beside[i]) if i < k - 1 else 0.0)
        low, high = min(low, diagonal[i] - around), min(high, diagonal[i])
        size = max(size, abs(diagonal[i]) + around)
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        if not low < middle < high:
            break
        pivot, below = 1.0, False
        for i in range(k):
            pivot = diagonal[i] - middle - (beside[i - 1] * beside[i - 1] / pivot if i > 0 else 0.0)
            if not pivot > 0.0:
                below = True
                break
        if below:
            high = middle
        else:
            low = middle
    return low, size
