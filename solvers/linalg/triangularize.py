"""Triangles of linear models: by Cholesky where that is accurate, else by QR."""

import math

import numpy as np

from solvers.arrays import Array, BoolArray, IntArray
from solvers.kernels import BLOCK
from solvers.kernels.compiling import allocating, kernel
from solvers.linalg.cholesky import factorize_one
from solvers.linalg.householder import reduce_columns


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
    normal, gradient = np.empty((n, n)), np.empty(n)
    _triangularize(jacobian, residuals, offsets, factor, projection, finite, normal, gradient)
    return factor, projection, finite


@kernel
def _triangularize(
    jacobian: Array,
    residuals: Array,
    offsets: IntArray,
    factor: Array,
    projection: Array,
    finite: BoolArray,
    normal: Array,
    gradient: Array,
) -> None:
    n = len(jacobian)
    for row in range(len(offsets) - 1):
        begin, end = offsets[row], offsets[row + 1]
        r = residuals[begin:end]
        for j in range(n):
            column = jacobian[j, begin:end]
            normal[j, j], gradient[j] = _two_dots(column, column, r)
            for k in range(j + 1, n, 2):
                other = min(k + 1, n - 1)
                normal[j, k], normal[j, other] = _two_dots(
                    column, jacobian[k, begin:end], jacobian[other, begin:end]
                )
        if factorize_one(normal, gradient, factor[row], projection[row]):
            continue
        finite[row] = _by_qr(jacobian[:, begin:end], r, factor[row], projection[row])
        if not finite[row]:
            factor[row] = math.nan
            projection[row] = math.nan


@allocating
def _by_qr(jacobian: Array, residuals: Array, factor: Array, projection: Array) -> bool:
    n, m = jacobian.shape
    work = np.empty((n + 1, m))
    for i in range(m):
        work[n, i] = residuals[i]
        for j in range(n):
            work[j, i] = jacobian[j, i]
    return reduce_columns(work, factor, projection)


@kernel
def _two_dots(a: Array, b: Array, c: Array) -> tuple[float, float]:
    """``a'b`` and ``a'c``, in half the time of one after the other."""
    ab = ac = 0.0
    for i in range((len(a) + BLOCK - 1) & -BLOCK):
        if i < len(a):
            ab += a[i] * b[i]
            ac += a[i] * c[i]
    return ab, ac
