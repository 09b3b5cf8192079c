"""Triangles by Householder QR.

References
----------
.. [1] G. Golub, C. Van Loan, Matrix Computations, 4th ed., 5.2.
"""

import math

import numpy as np

from solvers.arrays import Array, BoolArray, IntArray
from solvers.kernels.compiling import kernel
from solvers.linalg.norm import safe_norm


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


@kernel
def _triangularize(
    jacobian: Array, residuals: Array, offsets: IntArray, factor: Array, projection: Array
) -> None:
    n = len(jacobian)
    for row in range(len(offsets) - 1):
        begin, end = offsets[row], offsets[row + 1]
        work = np.empty((n + 1, end - begin))
        for i in range(end - begin):
            work[n, i] = residuals[begin + i]
            for j in range(n):
                work[j, i] = jacobian[j, begin + i]
        reduce_columns(work, factor[row], projection[row])


@kernel
def reduce_columns(work: Array, factor: Array, projection: Array) -> None:
    """Do it for one problem: ``work`` (n + 1, m) has the columns of [J r], and is overwritten."""
    n, m = len(work) - 1, work.shape[1]
    for j in range(min(m, n)):
        norm = safe_norm(work[j, j:])
        if norm != 0.0:
            factor[j, j] = -math.copysign(norm, work[j, j])
            for i in range(j, m):
                work[j, i] /= norm  # so that nothing overflows or underflows
            work[j, j] += math.copysign(1.0, work[j, j])
            _reflect(work, j, -1.0 / abs(work[j, j]))
        for column in range(j + 1, n):
            factor[j, column] = work[column, j]
        projection[j] = work[n, j]


@kernel
def _reflect(work: Array, j: int, beta: float) -> None:
    """Apply the reflector ``I + beta v v'``, v the row j of ``work`` from j on, to all rows after j."""
    for column in range(j + 1, len(work)):
        dot = 0.0
        for i in range(j, work.shape[1]):
            dot += work[j, i] * work[column, i]
        dot *= beta
        for i in range(j, work.shape[1]):
            work[column, i] += dot * work[j, i]
