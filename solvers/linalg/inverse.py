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
    _inverse_of_normal(factor, inverse, condition)
    return inverse, condition


@kernel
def _inverse_of_normal(factor: Array, inverse: Array, condition: Array) -> None:
    room = np.empty((len(inverse[0]) + 1, len(inverse[0])))
    for row in range(len(factor)):
        condition[row] = invert(factor[row], room, inverse[row])


@inlined
def invert(r: Array, room: Array, inverse: Array) -> float:
    """Do it for one problem with room (n + 1, n) to work; return the condition."""
    n = len(r)
    s, length = room[:n], room[n]  # S = (R D^-1)^-1, D the lengths of R's columns
    square = 0.0
    for j in range(n):
        length[j] = safe_norm(r[: j + 1, j])
        for i in range(j + 1):
            s[i, j] = 0.0
        s[j, j] = length[j] / r[j, j]
        for i in range(j - 1, -1, -1):
            for k in range(i + 1, j + 1):
                s[i, j] -= r[i, k] / length[k] * s[k, j]
            s[i, j] *= length[i] / r[i, i]
        for i in range(j + 1):
            square += s[i, j] * s[i, j]
    condition = math.sqrt(n * square)
    usable = condition < 1.0 / (EPS * n)  # not if it is NaN
    for i in range(n):
        for j in range(i, n):
            total = 0.0
            for k in range(j, n):
                total += s[i, k] * s[j, k]
            inverse[i, j] = inverse[j, i] = total / length[i] / length[j] if usable else math.nan
    return condition if usable else math.inf
