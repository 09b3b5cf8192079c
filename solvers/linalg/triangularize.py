"""Triangles of linear models: by Cholesky where that is accurate, else by QR."""

import math

import numpy as np

from solvers.arrays import Array, BoolArray, IntArray
from solvers.kernels.compiling import kernel
from solvers.linalg.cholesky import factorize_one
from solvers.linalg.householder import reduce_columns
from solvers.linalg.norm import is_finite


def triangularize(jacobian: Array, residuals: Array, offsets: IntArray) -> tuple[Array, Array, BoolArray]:
    """Compress each problem's linear model ``r + J p`` to a triangle.

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
        z with ``R'z = J'r``, the first n elements of ``Q'r``.
    finite : (B,)
        Whether everything was, and the squares of R too; R and the projection are NaN where not.
    """
    n, size = len(jacobian), len(offsets) - 1
    factor, projection = np.zeros((size, n, n)), np.zeros((size, n))
    finite = np.ones(size, dtype=np.bool_)
    _triangularize(jacobian, residuals, offsets, factor, projection, finite)
    return factor, projection, finite


@kernel
def _triangularize(
    jacobian: Array, residuals: Array, offsets: IntArray, factor: Array, projection: Array, finite: BoolArray
) -> None:
    n = len(jacobian)
    normal, gradient = np.empty((n, n)), np.empty(n)
    for row in range(len(offsets) - 1):
        begin, end = offsets[row], offsets[row + 1]
        r = residuals[begin:end]
        for j in range(n):
            column = jacobian[j, begin:end]
            gradient[j] = _dot(column, r)
            for k in range(j, n):
                normal[j, k] = _dot(column, jacobian[k, begin:end])
        if factorize_one(normal, gradient, factor[row], projection[row]):
            continue
        factor[row] = 0.0
        projection[row] = 0.0
        work = np.empty((n + 1, end - begin))
        for i in range(end - begin):
            work[n, i] = r[i]
            for j in range(n):
                work[j, i] = jacobian[j, begin + i]
        reduce_columns(work, factor[row], projection[row])
        finite[row] = is_finite(_squares(factor[row]) + _dot(projection[row], projection[row]))
        if not finite[row]:
            factor[row] = math.nan
            projection[row] = math.nan


@kernel
def _squares(a: Array) -> float:
    total = 0.0
    for row in a:
        total += _dot(row, row)
    return total


@kernel
def _dot(a: Array, b: Array) -> float:
    total = 0.0
    for i in range(len(a)):
        total += a[i] * b[i]
    return total
