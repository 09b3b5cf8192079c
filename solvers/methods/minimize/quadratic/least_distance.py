"""Least distance programming: minimize ``|y|`` subject to ``G y >= h``.

The dual is a problem of nonnegative least squares: where u >= 0 makes the residual r of ``[G h]' u = [0 1]'``
least, ``y = G'u / r²``, and ``u / r²`` are the multipliers; without a residual no y fulfils the inequalities.
Here h, and so y, is divided by the distance of the farthest of the half spaces. The residual is tiny, then,
only where y is much farther than that, and not where all is far: ``r² = 1 / (1 + |y|²)`` loses its digits.

Reference: C. Lawson, R. Hanson, Solving Least Squares Problems, SIAM 1995, chapter 23, algorithm LDP.
"""

import math

from solvers.arrays import Array
from solvers.kernels.compiling import called
from solvers.linalg.norm import EPS
from solvers.methods.minimize.quadratic.nonnegative import nonnegative_least_squares
from solvers.methods.vectors import norm

#: How it ends, by the numbers that SciPy gives to them.
SOLVED, ITERATIONS, INCOMPATIBLE = 0, 3, 4


def room_for_distance(k: int, p: int) -> int:
    """How many numbers it needs to work in, for k inequalities of p unknowns."""
    return k * (p + 1) + 2 * k + 2 * (p + 1)


@called
def least_distance(rows: Array, skipped: int, y: Array, u: Array, room: Array) -> int:
    """Solve one program; returns how it ended.

    Parameters
    ----------
    rows
        (k, skipped + p + 1) of them the last p + 1 columns are [G h].
    skipped
        Columns of others.
    y, u
        (p,), (k,) the answer and its multipliers.
    room
        See `room_for_distance`.
    """
    k, p = len(u), len(y)
    farthest = 0.0
    for i in range(k):
        u[i] = 0.0
        if rows[i, -1] > 0.0:
            length = norm(rows[i, skipped:-1])
            if length == 0.0:
                return INCOMPATIBLE
            farthest = max(farthest, rows[i, -1] / length)
    for j in range(p):
        y[j] = 0.0
    if farthest == 0.0:
        return SOLVED
    size = k * (p + 1)
    columns, gain, order = room[:size].reshape((k, p + 1)), room[size : size + k], room[size + k :][:k]
    target, solution = room[size + 2 * k :][: p + 1], room[size + 2 * k + p + 1 :][: p + 1]
    for i in range(k):
        for j in range(p):
            columns[i, j] = rows[i, skipped + j]
        columns[i, p] = rows[i, -1] / farthest
    for j in range(p + 1):
        target[j] = 1.0 if j == p else 0.0
    passive = nonnegative_least_squares(columns, target, u, gain, order, solution)
    if passive < 0:
        return ITERATIONS
    square = 0.0
    for j in range(passive, p + 1):
        square += target[j] * target[j]
    if not EPS < square < math.inf:
        return INCOMPATIBLE
    for i in range(k):
        if u[i] > 0.0:
            u[i] *= farthest / square
            for j in range(p):
                y[j] += u[i] * rows[i, skipped + j]
    return SOLVED
