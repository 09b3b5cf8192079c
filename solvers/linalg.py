"""Small dense linear algebra, one problem at a time inside one compiled call for the batch.

Every function takes stacks with leading axis B, handles each matrix by itself (so that its bits do
not depend on its neighbours) and never raises: a matrix that cannot be handled says so in a mask,
where ``np.linalg`` would raise for the whole stack.

The singular values come from one-sided Jacobi rotations, which find small ones to high relative
accuracy however badly the columns are scaled [1]_. The trust-region subproblem is solved on them by
the safeguarded Newton iteration of Moré [2]_.

References
----------
.. [1] G. Golub, C. Van Loan, Matrix Computations, 4th ed., 5.2 (Householder QR), 8.6.3 (one-sided Jacobi).
.. [2] J. Moré, "The Levenberg-Marquardt algorithm: implementation and theory", LNM 630 (1978), section 5.
"""

import math
from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numba import njit

from solvers.arrays import Array, BoolArray, IntArray

EPS = float(np.finfo(np.float64).eps)
#: Sweeps of Jacobi rotations; 6 to 10 are enough for n <= 30, the rest is a guard.
_MAX_SWEEPS = 60
#: Newton steps on the secular equation; Moré reports fewer than two on average.
_MAX_NEWTON = 10

# Sums may be reordered for vectorizing (the same way for every problem); NaN and infinity keep their meaning.
_FASTMATH = {"contract", "reassoc", "nsz", "arcp"}

Kernel = TypeVar("Kernel", bound=Callable[..., object])


def _kernel(function: Kernel) -> Kernel:
    """Compile with Numba, whose decorator has no types."""
    compiled: Kernel = njit(cache=True, nogil=True, error_model="numpy", fastmath=_FASTMATH)(function)
    return compiled


def triangularize(jacobian: Array, residuals: Array, offsets: IntArray) -> tuple[Array, Array, BoolArray]:
    """Compress each problem's linear model ``r + J p`` to a triangle by Householder QR.

    Parameters
    ----------
    jacobian
        (n, N), row j the derivatives by unknown j at all points of the batch.
    residuals
        (N,).
    offsets
        (B+1,), where each problem's points start.

    Returns
    -------
    factor : (B, n, n)
        Upper triangular R with ``R'R = J'J``; trailing rows are zero when m < n.
    projection : (B, n)
        The first n elements of ``Q'r``, so that ``J'r = R' projection``.
    finite : (B,)
        Whether everything was, and the squares of R too; R and the projection are NaN where not.
    """
    n, size = len(jacobian), len(offsets) - 1
    factor, projection = np.zeros((size, n, n)), np.zeros((size, n))
    _triangularize(jacobian, residuals, offsets, factor, projection)
    with np.errstate(over="ignore", invalid="ignore"):
        finite: BoolArray = np.isfinite((factor * factor).sum(axis=(1, 2)) + (projection**2).sum(axis=1))
    factor[~finite] = projection[~finite] = np.nan
    return factor, projection, finite


@_kernel
def _triangularize(
    jacobian: Array, residuals: Array, offsets: IntArray, factor: Array, projection: Array
) -> None:
    n = len(jacobian)
    for row in range(len(offsets) - 1):
        begin, end = offsets[row], offsets[row + 1]
        m = end - begin
        work = np.empty((n + 1, m))  # columns of [J r], each contiguous
        work[:n] = jacobian[:, begin:end]
        work[n] = residuals[begin:end]
        for j in range(min(m, n)):
            norm = _norm(work[j, j:])
            if norm != 0.0:
                factor[row, j, j] = -math.copysign(norm, work[j, j])
                for i in range(j, m):
                    work[j, i] /= norm  # so that nothing overflows or underflows
                work[j, j] += math.copysign(1.0, work[j, j])
                _reflect(work, j, -1.0 / abs(work[j, j]))
            for column in range(j + 1, n):
                factor[row, j, column] = work[column, j]
            projection[row, j] = work[n, j]


@_kernel
def _reflect(work: Array, j: int, beta: float) -> None:
    """Apply the reflector ``I + beta v v'``, v the row j of ``work`` from j on, to all rows after j."""
    for column in range(j + 1, len(work)):
        dot = 0.0
        for i in range(j, work.shape[1]):
            dot += work[j, i] * work[column, i]
        dot *= beta
        for i in range(j, work.shape[1]):
            work[column, i] += dot * work[j, i]


@_kernel
def _norm(v: Array) -> float:
    """Two-norm without overflow or underflow."""
    largest = 0.0
    for value in v:
        if math.isnan(value):
            return math.nan
        largest = max(largest, abs(value))
    if largest == 0.0 or not math.isfinite(largest):
        return largest
    total = 0.0
    for value in v:
        total += (value / largest) * (value / largest)
    return largest * math.sqrt(total)


#: Least pivot of a normal matrix with unit diagonal that its factor is taken from; it bounds the relative
#: error of the factor by about 1e-10. All NIST sets keep their digits with it (tests/solvers/test_nist.py).
_LEAST_PIVOT = 1e-6
#: Diagonals outside of these may have lost digits to underflow, or overflow in what follows.
_LEAST_DIAGONAL, _LARGEST_DIAGONAL = 1e-200, 1e200


def factorize_normal(normal: Array, gradient: Array) -> tuple[Array, Array, BoolArray]:
    """Compress each problem's linear model to a triangle by Cholesky, where that is accurate.

    Parameters
    ----------
    normal
        ``J'J``, (B, n, n).
    gradient
        ``J'r``, (B, n).

    Returns
    -------
    factor : (B, n, n)
        Upper triangular R with ``R'R = J'J``.
    projection : (B, n)
        z with ``R'z = J'r``.
    good : (B,)
        Whether this is accurate; R and z are not to be used where it is not: where the
        columns of J are nearly dependent, not finite, or of extreme size.
    """
    size, n = gradient.shape
    factor, projection = np.zeros((size, n, n)), np.zeros((size, n))
    good = np.zeros(size, dtype=np.bool_)
    _factorize_normal(normal, gradient, factor, projection, good)
    return factor, projection, good


@_kernel
def _factorize_normal(
    normal: Array, gradient: Array, factor: Array, projection: Array, good: BoolArray
) -> None:
    size, n = gradient.shape
    for row in range(size):
        r, usable = factor[row], True
        for j in range(n):
            diagonal = normal[row, j, j]
            usable = usable and _LEAST_DIAGONAL < diagonal < _LARGEST_DIAGONAL
            pivot, total = diagonal, gradient[row, j]
            for k in range(j):
                pivot -= r[k, j] * r[k, j]
                total -= r[k, j] * projection[row, k]
            usable = usable and pivot >= _LEAST_PIVOT * diagonal
            if not usable:
                break
            r[j, j] = math.sqrt(pivot)
            projection[row, j] = total / r[j, j]
            for i in range(j + 1, n):
                entry = normal[row, j, i]
                for k in range(j):
                    entry -= r[k, j] * r[k, i]
                r[j, i] = entry / r[j, j]
            usable = math.isfinite(projection[row, j])
        good[row] = usable


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
    size, _, n = matrix.shape
    step, damping = np.zeros((size, n)), np.zeros(size)
    _trust_region_step(matrix, target, radius, tolerance, step, damping)
    return step, damping


@_kernel
def _trust_region_step(
    matrix: Array, target: Array, radius: Array, tolerance: float, step: Array, damping: Array
) -> None:
    size, p, n = matrix.shape
    work, v = np.empty((n, p)), np.empty((n, n))
    s2, ub = np.empty(n), np.empty(n)  # squared singular values; s * U'b
    for row in range(size):
        work[:] = matrix[row].T
        if not np.isfinite(work.sum()) or not np.isfinite(target[row].sum()):
            continue
        _jacobi(work, v)
        largest = 0.0
        for j in range(n):
            s2[j] = ub[j] = 0.0
            for i in range(p):
                s2[j] += work[j, i] * work[j, i]
                ub[j] += work[j, i] * target[row, i]
            largest = max(largest, s2[j])
        if largest == 0.0:
            continue
        negligible = largest * (EPS * max(n, p)) ** 2
        for j in range(n):
            if s2[j] <= negligible:  # the step keeps out of what the matrix does not see
                s2[j], ub[j] = largest, 0.0
        alpha = _secular(s2, ub, radius[row], tolerance)
        for j in range(n):
            for i in range(n):
                step[row, i] -= v[j, i] * ub[j] / (s2[j] + alpha)
        damping[row] = alpha


#: Least diagonal of a triangle, relative to its longest column, for which damped steps come from its
#: normal matrix: a step loses at most half of its digits, and it is a step, not an answer.
_STEEP = 1e-4


def triangle_step(factor: Array, target: Array, radius: Array, tolerance: float) -> tuple[Array, Array]:
    """Do what `trust_region_step` does for upper triangles, at a fraction of its cost.

    The full step is a back substitution; a damped one takes a Cholesky factorization for each of
    some two dampings. Nearly singular triangles are handed over.
    """
    size, n = target.shape
    step, damping = np.zeros((size, n)), np.zeros(size)
    solved = np.zeros(size, dtype=np.bool_)
    _triangle_step(factor, target, radius, tolerance, step, damping, solved)
    if not solved.all():
        left = ~solved
        step[left], damping[left] = trust_region_step(factor[left], target[left], radius[left], tolerance)
    return step, damping


@_kernel
def _triangle_step(
    factor: Array,
    target: Array,
    radius: Array,
    tolerance: float,
    step: Array,
    damping: Array,
    solved: BoolArray,
) -> None:
    size, n = target.shape
    normal, root = np.empty((n, n)), np.empty((n, n))  # A'A; the lower triangle L of A'A + alpha I
    slope, q = np.empty(n), np.empty(n)  # A'b; L^-1 s
    for row in range(size):
        a, s, delta = factor[row], step[row], radius[row]
        if not _is_well_conditioned(a):
            continue
        _full_step(a, target[row], s)
        length = math.sqrt((s * s).sum())
        solved[row] = math.isfinite(length)
        if length <= delta or not solved[row]:
            continue
        _normal_equations(a, target[row], normal, slope)
        _solve_damped(normal, 0.0, slope, root, s, q)
        upper = math.sqrt((slope * slope).sum()) / delta
        lower = (length - delta) * length / (q * q).sum()
        alpha = lower
        for _ in range(_MAX_NEWTON):  # as in `_secular`
            if not lower <= alpha <= upper:
                alpha = max(0.001 * upper, math.sqrt(lower * upper))
            damping[row] = alpha
            _solve_damped(normal, alpha, slope, root, s, q)
            length = math.sqrt((s * s).sum())
            excess = length - delta
            if abs(excess) <= tolerance * delta:
                break
            if excess < 0.0:
                upper = alpha
            newton = excess * length / (q * q).sum()
            lower = max(lower, alpha + newton)
            alpha += length / delta * newton


@_kernel
def _is_well_conditioned(a: Array) -> bool:
    least, largest = math.inf, 0.0
    for j in range(len(a)):
        total = 0.0
        for i in range(j + 1):
            total += a[i, j] * a[i, j]
        largest = max(largest, total)
        least = min(least, a[j, j] * a[j, j])
    return least >= _STEEP * _STEEP * largest and 0.0 < largest < math.inf


@_kernel
def _full_step(a: Array, b: Array, s: Array) -> None:
    """Solve ``A s = -b``."""
    for j in range(len(s) - 1, -1, -1):
        total = -b[j]
        for i in range(j + 1, len(s)):
            total -= a[j, i] * s[i]
        s[j] = total / a[j, j]


@_kernel
def _normal_equations(a: Array, b: Array, normal: Array, slope: Array) -> None:
    """Fill in the lower triangle of ``A'A``, and ``A'b``."""
    for j in range(len(a)):
        slope[j] = 0.0
        for i in range(j + 1):
            slope[j] += a[i, j] * b[i]
        for k in range(j + 1):
            normal[j, k] = 0.0
            for i in range(k + 1):
                normal[j, k] += a[i, j] * a[i, k]


@_kernel
def _solve_damped(normal: Array, alpha: float, slope: Array, root: Array, s: Array, q: Array) -> None:
    """Solve ``(A'A + alpha) s = -A'b`` by the Cholesky factor L; ``q = L^-1 s``."""
    n = len(s)
    for j in range(n):
        for k in range(j + 1):
            total = normal[j, k] + (alpha if j == k else 0.0)
            for i in range(k):
                total -= root[j, i] * root[k, i]
            root[j, k] = math.sqrt(total) if j == k else total / root[k, k]
        q[j] = -slope[j]
        for i in range(j):
            q[j] -= root[j, i] * q[i]
        q[j] /= root[j, j]
    for j in range(n - 1, -1, -1):
        s[j] = q[j]
        for i in range(j + 1, n):
            s[j] -= root[i, j] * s[i]
        s[j] /= root[j, j]
    for j in range(n):
        q[j] = s[j]
        for i in range(j):
            q[j] -= root[j, i] * q[i]
        q[j] /= root[j, j]


@_kernel
def _secular(s2: Array, ub: Array, radius: float, tolerance: float) -> float:
    """Find alpha >= 0 with ``|(S² + alpha)^-1 S U'b| = radius``, or 0 if the full step is shorter [2]_."""
    length = math.sqrt(((ub / s2) ** 2).sum())
    if length <= radius:
        return 0.0
    upper = math.sqrt((ub * ub).sum()) / radius
    lower = (length - radius) * length / ((ub * ub) / s2**3).sum()
    alpha = lower
    for _ in range(_MAX_NEWTON):
        if not lower <= alpha <= upper:
            alpha = max(0.001 * upper, math.sqrt(lower * upper))
        damped = s2 + alpha
        length = math.sqrt(((ub / damped) ** 2).sum())
        excess = length - radius
        if abs(excess) <= tolerance * radius:
            break
        if excess < 0.0:
            upper = alpha
        slope = -((ub * ub) / damped**3).sum() / length
        lower = max(lower, alpha - excess / slope)
        alpha -= (excess + radius) / radius * excess / slope
    between: float = min(max(alpha, lower), upper)
    return between


@_kernel
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


@_kernel
def _rotate(a: Array, j: int, k: int, c: float, s: float) -> None:
    for i in range(a.shape[1]):
        left, right = a[j, i], a[k, i]
        a[j, i] = c * left - s * right
        a[k, i] = s * left + c * right


def inverse_of_normal(factor: Array) -> tuple[Array, Array]:
    """Invert ``R'R`` and tell the condition of R, columns scaled to length one.

    Parameters
    ----------
    factor
        R, (B, n, n).

    Returns
    -------
    inverse : (B, n, n)
        NaN where R is rank deficient to working precision, or not finite.
    condition : (B,)
        Largest over smallest singular value of R with columns of unit length: large when the data
        cannot tell some unknowns apart, whatever their units. Infinite when rank deficient.
    """
    size, n, _ = factor.shape
    inverse, condition = np.full((size, n, n), np.nan), np.full(size, np.inf)
    _inverse_of_normal(factor, inverse, condition)
    return inverse, condition


@_kernel
def _inverse_of_normal(factor: Array, inverse: Array, condition: Array) -> None:
    size, n, _ = factor.shape
    work, v = np.empty((n, n)), np.empty((n, n))
    length, s = np.empty(n), np.empty(n)
    for row in range(size):
        usable = True
        for j in range(n):
            length[j] = _norm(factor[row, :, j])
            usable = usable and math.isfinite(length[j]) and length[j] > 0.0
        if not usable:
            continue
        for j in range(n):
            work[j] = factor[row, :, j] / length[j]
        _jacobi(work, v)
        for j in range(n):
            s[j] = _norm(work[j])
        if s.min() <= EPS * n * s.max():
            continue
        condition[row] = s.max() / s.min()
        for i in range(n):
            for k in range(n):
                total = 0.0
                for j in range(n):
                    total += v[j, i] * v[j, k] / (s[j] * s[j])
                inverse[row, i, k] = total / length[i] / length[k]
