"""The constraints of a step as rows of a least distance program.

A row ``a s >= r`` of a step s is one of ``z = E s``: ``(a E^(-1)) z >= r``, with ``E = D^(1/2) L'``.
Equations come first, then the limits of constraints, then bounds, then those of the share that relaxes them;
see `program`.
"""

import math

from solvers.arrays import Array
from solvers.coroutines.row import Row
from solvers.kernels.compiling import called, strict
from solvers.linalg.norm import EPS
from solvers.methods.vectors import dot, norm

#: What is left of a row beside those of the equations, relative to it, that is taken for rounding.
_PARALLEL = 1e-13


@strict
def most_rows(n: int, m: int) -> int:
    """How many there may be: both sides of each constraint and unknown, also of what relaxes them."""
    return 2 * (m + n + 1)


@strict
def transform(factors: Array, root: Array, vector: Array, begin: int) -> None:
    """``D^(-1/2) L^(-1) vector``, where its elements before ``begin`` are 0."""
    n = len(root)
    for j in range(begin, n):
        total = vector[j]
        for k in range(begin, j):
            total -= factors[j, k] * vector[k]
        vector[j] = total
    for j in range(begin, n):
        vector[j] /= root[j]


@called
def fill_rows(row: Row, equations: int, factors: Array, root: Array, weight: float, rows: Array) -> int:
    """Write ``[a E^(-1), r]``, relaxed where there is a weight; return how many they are."""
    n, count, at = len(root), equations, 0
    for i in range(len(row.least)):
        below, above = row.least[i] - row.values[i], row.values[i] - row.most[i]
        if row.least[i] == row.most[i]:
            _fill_constraint(row.jacobian[i], 1.0, below, below, factors, root, weight, rows[at])
            at += 1
            continue
        if row.least[i] > -math.inf:
            share = max(below, 0.0)
            _fill_constraint(row.jacobian[i], 1.0, below, share, factors, root, weight, rows[count])
            count += 1
        if row.most[i] < math.inf:
            share = max(above, 0.0)
            _fill_constraint(row.jacobian[i], -1.0, above, share, factors, root, weight, rows[count])
            count += 1
    for j in range(n):
        if row.lower[j] > -math.inf:
            _fill_bound(j, 1.0, row.lower[j] - row.answer[j], factors, root, rows[count])
            count += 1
        if row.upper[j] < math.inf:
            _fill_bound(j, -1.0, row.answer[j] - row.upper[j], factors, root, rows[count])
            count += 1
    if weight > 0.0:
        for i in range(count, count + 2):
            for j in range(n + 2):
                rows[i, j] = 0.0
        rows[count, n] = 1.0 / weight
        rows[count + 1, n] = -1.0 / weight
        rows[count + 1, n + 1] = -1.0
        count += 2
    return count


@called
def _fill_constraint(
    a: Array, sign: float, r: float, share: float, factors: Array, root: Array, weight: float, filled: Array
) -> None:
    for j in range(len(a)):
        filled[j] = sign * a[j]
    transform(factors, root, filled, 0)
    if weight > 0.0:
        filled[len(a)] = share / weight
    filled[-1] = r


@called
def _fill_bound(j: int, sign: float, r: float, factors: Array, root: Array, filled: Array) -> None:
    for i in range(len(filled)):
        filled[i] = 0.0
    filled[j] = sign
    transform(factors, root, filled, j)
    filled[-1] = r


@called
def reduce_rows(rows: Array, equations: int, z: Array, f: Array, length_of_x: float) -> None:
    """Turn right sides into those for what inequalities leave to choose, as a distance from f.

    What equations determine, the first elements of z, goes to the right sides. One that may be rounding
    becomes 0, and so does what may be rounding of a row that depends on equations: a bound that an equation
    fulfils as well, to the digits of x, neither holds anything off nor contradicts.
    """
    p = len(f)
    size = norm(z[:equations]) + norm(f[equations:])
    for k in range(len(rows)):
        length, rest, rounding = norm(rows[k, :p]), norm(rows[k, equations:p]), size
        rows[k, p] -= dot(rows[k, :equations], z) + dot(rows[k, equations:p], f[equations:])
        if rest <= _PARALLEL * length:
            rounding += length_of_x
            for j in range(equations, p):
                rows[k, j] = 0.0
        if abs(rows[k, p]) <= EPS * p * length * rounding:
            rows[k, p] = 0.0
