"""Steps in a trust region by singular values, which also do for rank-deficient matrices.

The values come from one-sided Jacobi rotations, which find small ones to high relative accuracy however
badly the columns are scaled [1]_. The trust-region subproblem is solved on them by the safeguarded
Newton iteration of Moré [2]_.

References
----------
.. [1] G. Golub, C. Van Loan, Matrix Computations, 4th ed., 8.6.3.
.. [2] J. Moré, "The Levenberg-Marquardt algorithm: implementation and theory", LNM 630 (1978), section 5.
"""

import math

import numpy as np

from solvers.arrays import Array
from solvers.kernels.compiling import inlined, kernel
from solvers.linalg.norm import EPS, is_finite

#: Sweeps of Jacobi rotations; 6 to 10 are enough for n <= 30, the rest is a guard.
_MAX_SWEEPS = 60
#: Newton steps on the secular equation; Moré reports fewer than two on average.
MAX_NEWTON = 10


def trust_region_step(matrix: Array, target: Array, radius: Array, tolerance: float) -> tuple[Array, Array]:
    """Minimize ``|A s + b|`` subject to ``|s| <= radius`` for every problem.

    Parameters
    ----------
    matrix
        A, (B, p, n) with p >= n.
    target
        b, (B, p).
    radius
        (B,), positive.
    tolerance
        How far, relative to the radius, the length of a step on the boundary may be off.

    Returns
    -------
    step : (B, n)
        Zero where A or b is not finite.
    damping : (B,)
        The multiplier: 0 where the full Gauss-Newton step (the shortest, if A is rank deficient) is
        inside, otherwise
        ``(A'A + damping I) s = -A'b`` with ``|s|`` about the radius.
    """
    size, p, n = matrix.shape
    step, damping = np.zeros((size, n)), np.zeros(size)
    room = np.empty((n, p)), np.empty((n, n)), *np.empty((2, n))
    _trust_region_step(matrix, target, radius, tolerance, *room, step, damping)
    return step, damping


@kernel
def _trust_region_step(
    matrix: Array,
    target: Array,
    radius: Array,
    tolerance: float,
    work: Array,
    v: Array,
    s2: Array,
    ub: Array,
    step: Array,
    damping: Array,
) -> None:
    for row in range(len(matrix)):
        damping[row] = step_by_singular_values(
            matrix[row], target[row], radius[row], tolerance, work, v, s2, ub, step[row]
        )


@kernel
def step_by_singular_values(
    matrix: Array,
    target: Array,
    radius: float,
    tolerance: float,
    work: Array,
    v: Array,
    s2: Array,
    ub: Array,
    step: Array,
) -> float:
    """Do it for one problem with room to work: (n, p), (n, n), (n,) and (n,); return the damping."""
    n, p = work.shape
    step[:] = 0.0
    total = 0.0
    for i in range(p):
        total += target[i]
        for j in range(n):
            work[j, i] = matrix[i, j]
            total += matrix[i, j]
    if not is_finite(total):
        return 0.0
    _jacobi(work, v)
    largest = 0.0
    for j in range(n):
        s2[j] = ub[j] = 0.0  # squared singular values; s * U'b
        for i in range(p):
            s2[j] += work[j, i] * work[j, i]
            ub[j] += work[j, i] * target[i]
        largest = max(largest, s2[j])
    if largest == 0.0:
        return 0.0
    negligible = largest * (EPS * max(n, p)) ** 2
    for j in range(n):
        if s2[j] <= negligible:  # the step keeps out of what the matrix does not see
            s2[j], ub[j] = largest, 0.0
    alpha: float = _secular(s2, ub, radius, tolerance)
    for j in range(n):
        for i in range(n):
            step[i] -= v[j, i] * ub[j] / (s2[j] + alpha)
    return alpha


@kernel
def _secular(s2: Array, ub: Array, radius: float, tolerance: float) -> float:
    """Find alpha >= 0 with ``|(S² + alpha)^-1 S U'b| = radius``, or 0 if the full step is shorter [2]_."""
    length, slope = _length_and_slope(s2, ub, 0.0)
    if length <= radius:
        return 0.0
    square = 0.0
    for value in ub:
        square += value * value
    upper = math.sqrt(square) / radius
    lower = (radius - length) / slope
    alpha = lower
    for _ in range(MAX_NEWTON):
        if not lower <= alpha <= upper:
            alpha = max(0.001 * upper, math.sqrt(lower * upper))
        length, slope = _length_and_slope(s2, ub, alpha)
        excess = length - radius
        if abs(excess) <= tolerance * radius:
            break
        if excess < 0.0:
            upper = alpha
        lower = max(lower, alpha - excess / slope)
        alpha -= (excess + radius) / radius * excess / slope
    between: float = min(max(alpha, lower), upper)
    return between


@inlined
def _length_and_slope(s2: Array, ub: Array, alpha: float) -> tuple[float, float]:
    """Length of the step for a damping, and its derivative by the damping."""
    square = change = 0.0
    for j in range(len(s2)):
        damped = s2[j] + alpha
        part = ub[j] / damped
        square += part * part
        change += part * part / damped
    length = math.sqrt(square)
    return length, -change / length


@kernel
def _jacobi(columns: Array, v: Array) -> None:
    """Rotate the rows of ``columns`` (n, p) until they are orthogonal; ``v`` (n, n) gets the rotations."""
    n, p = columns.shape
    v[:] = 0.0
    for j in range(n):
        v[j, j] = 1.0
    for _ in range(_MAX_SWEEPS):
        rotated = False
        for j in range(n - 1):
            for k in range(j + 1, n):
                aa = bb = ab = 0.0
                for i in range(p):
                    aa += columns[j, i] * columns[j, i]
                    bb += columns[k, i] * columns[k, i]
                    ab += columns[j, i] * columns[k, i]
                if abs(ab) <= EPS * math.sqrt(aa) * math.sqrt(bb) or ab == 0.0:
                    continue
                rotated = True
                zeta = (bb - aa) / (2.0 * ab)
                t = math.copysign(1.0, zeta) / (abs(zeta) + math.hypot(1.0, zeta))
                c = 1.0 / math.hypot(1.0, t)
                s = c * t
                _rotate(columns, j, k, c, s)
                _rotate(v, j, k, c, s)
        if not rotated:
            break


@kernel
def _rotate(a: Array, j: int, k: int, c: float, s: float) -> None:
    for i in range(a.shape[1]):
        left, right = a[j, i], a[k, i]
        a[j, i] = c * left - s * right
        a[k, i] = s * left + c * right
