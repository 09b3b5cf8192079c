"""Triangles from normal matrices by Cholesky, where that is accurate."""

import math

import numpy as np

from solvers.arrays import Array, BoolArray
from solvers.kernels.compiling import inlined, kernel

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


@kernel
def _factorize_normal(
    normal: Array, gradient: Array, factor: Array, projection: Array, good: BoolArray
) -> None:
    for row in range(len(gradient)):
        good[row] = factorize_one(normal[row], gradient[row], factor[row], projection[row])


@inlined
def factorize_one(normal: Array, gradient: Array, r: Array, z: Array) -> bool:
    """Do it for one problem; what is below R's diagonal is left alone."""
    n = len(gradient)
    for j in range(n):
        diagonal = normal[j, j]
        pivot, total = diagonal, gradient[j]
        for k in range(j):
            pivot -= r[k, j] * r[k, j]
            total -= r[k, j] * z[k]
        if not (_LEAST_DIAGONAL < diagonal < _LARGEST_DIAGONAL and pivot >= _LEAST_PIVOT * diagonal):
            return False
        r[j, j] = math.sqrt(pivot)
        inverse = 1.0 / r[j, j]
        z[j] = total * inverse
        for i in range(j + 1, n):
            entry = normal[j, i]
            for k in range(j):
                entry -= r[k, j] * r[k, i]
            r[j, i] = entry * inverse
        if not math.isfinite(z[j]):
            return False
    return True
