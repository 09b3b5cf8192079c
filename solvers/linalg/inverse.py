"""Inverses of normal matrices from their triangles."""

import math

import numpy as np

from solvers.arrays import Array
from solvers.kernels.compiling import inlined, kernel
from solvers.linalg.norm import EPS, safe_norm


def inverse_of_normal(factor: Array) -> tuple[Array, Array]:
    """Invert ``R'R`` and tell the condition of R, columns scaled to length one.

    Parameters
    ----------
    factor
        R, upper triangular, (B, n, n).

    Returns
    -------
    inverse : (B, n, n)
        NaN where R is rank deficient to working precision, or not finite.
    condition : (B,)
        Condition number, in the Frobenius norm, of R with columns of unit length: n at best, large
        when the data cannot tell some unknowns apart, whatever their units. Infinite when rank deficient.
    """
    size, n, _ = factor.shape
    inverse, condition = np.empty((size, n, n)), np.empty(size)
    _inverse_of_normal(factor, np.empty((n + 1, n)), inverse, condition)
    return inverse, condition


@kernel
def _inverse_of_normal(factor: Array, room: Array, inverse: Array, condition: Array) -> None:
    for row in range(len(factor)):
        condition[row] = invert(factor[row], room, inverse[row])


@inlined
def invert(r: Array, room: Array, inverse: Array) -> float:
    """Do it for one problem with room (n + 1, n) to work; return the condition."""
    n = len(r)
    s, shrink = room[:n], room[n]  # S = (R D^-1)^-1, D the lengths of R's columns; D^-1
    square = 0.0
    for j in range(n):
        length = safe_norm(r[: j + 1, j])
        shrink[j] = 1.0 / length
        s[j, j] = length / r[j, j]
        for i in range(j - 1, -1, -1):
            total = 0.0
            for k in range(i + 1, j + 1):
                total -= r[i, k] * shrink[k] * s[k, j]
            s[i, j] = total * s[i, i]
        for i in range(j + 1):
            square += s[i, j] * s[i, j]
    condition = math.sqrt(n * square)
    usable = condition < 1.0 / (EPS * n)  # not if it is NaN
    for i in range(n):
        for j in range(i, n):
            total = 0.0
            for k in range(j, n):
                total += s[i, k] * s[j, k]
            inverse[i, j] = inverse[j, i] = total * shrink[i] * shrink[j] if usable else math.nan
    return condition if usable else math.inf
