"""Projections onto the null space of A and its complement, by a QR factorization of A' that knows its zeros.

Slacks give each inequality a row of its own in A', so a reflection for an inequality acts on that row and on
those of x only. Equations come after the inequalities, and each time the one that depends least, relative to
its size, on those before; the dependent ones are left at the end, with ``A'P = Q [R C; 0 0]``. With
``C <- R^-1 C`` and ``G = I + C'C`` the pseudoinverses of A and A' need R and G only::

    argmin |A'v - z|:   u = R^-1 Q'z,   w = G^-1 C'u,   v = P (u - C w, w)
    argmin |A y - b|:   (b1, b2) = P'b,   t = b1 + C G^-1 (b2 - C'b1),   y = Q R^-T t

both shortest among equals. A projected vector is projected again while it is not orthogonal to the rows.

References
----------
.. [1] N. Gould, M. Hribar, J. Nocedal, "On the solution of equality constrained quadratic programming
   problems arising in optimization", SIAM Journal on Scientific Computing 23 (2001) 1376-1395; section 5.
.. [2] G. Golub, C. Van Loan, Matrix Computations, 4th ed., 5.4.2 and 5.5.
"""

import math
from typing import NamedTuple

import numpy as np

from solvers.arrays import Array
from solvers.kernels.compiling import called, strict
from solvers.linalg.definite import cholesky, solve_lower, solve_upper
from solvers.methods.minimize.constrained.canonical import Canonical, copy_row, times
from solvers.methods.vectors import dot, norm

_EPS = float(np.finfo(float).eps)
#: [1] (3.13), simplified as in SciPy: how orthogonal is enough; most further projections.
_ORTHOGONAL, _MOST_REFINEMENTS = 1e-12, 3


class Projection(NamedTuple):
    """The factors; row i of R has its place, in vectors (N,), where unknown i of R has it.

    That is n + j for the inequality j, and i for the equation that came i-th.
    """

    factor: Array  # (M, N) rows: columns of R at their places, and what is left of reflections' normals
    first: Array  # (M,) the normals' element at the place that R's diagonal takes
    order: Array  # (e,) which equation came when
    gram: Array  # (e, e) the Cholesky factor of G
    rank: Array  # (1,) how many equations are independent
    size: Array  # (1,) Frobenius norm of A
    product: Array  # (M,) to work in


@called
def factorize(canonical: Canonical, projection: Projection) -> None:
    """Factorize A'."""
    factor, order, equations = projection.factor, projection.order, canonical.equations
    n, slacks = factor.shape[1] - len(canonical.slacks), canonical.slacks
    square = 0.0
    for j in range(len(factor)):
        row = factor[j]
        copy_row(canonical, j, row[:n])
        for i in range(len(slacks)):
            row[n + i] = slacks[i] if j == equations + i else 0.0
        square += dot(row, row)
        projection.product[j] = norm(row)
    projection.size[0] = math.sqrt(square)
    for j in range(len(slacks)):
        _eliminate(projection, equations + j, n + j, 0, n)
        for other in range(equations + j + 1, len(factor)):
            _reflect(factor[equations + j], projection.first[equations + j], n + j, 0, n, factor[other])
        for other in range(equations):
            _reflect(factor[equations + j], projection.first[equations + j], n + j, 0, n, factor[other])
    for i in range(equations):
        order[i] = float(i)
    rank = 0
    while rank < min(equations, n):
        place, most = rank, 0.0
        for i in range(rank, equations):
            j = int(order[i])
            left = norm(factor[j, rank:n]) / max(projection.product[j], 1e-300)
            if left > most:
                place, most = i, left
        if not most > _EPS * factor.shape[1]:
            break
        order[place], order[rank] = order[rank], order[place]
        j = int(order[rank])
        _eliminate(projection, j, rank, rank + 1, n)
        for i in range(rank + 1, equations):
            _reflect(factor[j], projection.first[j], rank, rank + 1, n, factor[int(order[i])])
        rank += 1
    projection.rank[0] = float(rank)
    if rank < equations:
        _factorize_dependent(projection, n, rank)


@called
def _factorize_dependent(projection: Projection, n: int, rank: int) -> None:
    """Make C of the dependent equations, in their rows, and the factor of G."""
    order, gram = projection.order, projection.gram
    count = len(order) - rank
    for i in range(count):
        row = projection.factor[int(order[rank + i])]
        for place in range(rank, n):
            row[place] = 0.0
        _solve(projection, n, row)
        for k in range(i + 1):
            other = projection.factor[int(order[rank + k])]
            gram[i, k] = dot(row, other) + (1.0 if i == k else 0.0)
    cholesky(gram[:count], gram)


@called
def project(canonical: Canonical, projection: Projection, z: Array) -> None:
    """Make z (N,) its part in the null space of A."""
    for _ in range(_MOST_REFINEMENTS + 1):
        _rotate(projection, z)
        n = len(z) - len(canonical.slacks)
        for i in range(int(projection.rank[0])):
            z[i] = 0.0
        for i in range(n, len(z)):
            z[i] = 0.0
        _rotate_back(projection, z)
        times(canonical, z, projection.product)
        if norm(projection.product) <= _ORTHOGONAL * projection.size[0] * norm(z):
            break


@called
def least_squares(projection: Projection, z: Array, v: Array) -> None:
    """Find v (M,) with ``A'v`` closest to z (N,), which is overwritten."""
    equations, rank = len(projection.order), int(projection.rank[0])
    n = len(z) - len(v) + equations
    _rotate(projection, z)
    for i in range(rank, n):
        z[i] = 0.0
    _solve(projection, n, z)
    if rank < equations:
        count, shares = equations - rank, projection.product
        for i in range(count):
            shares[i] = dot(projection.factor[int(projection.order[rank + i])], z)
        solve_lower(projection.gram, shares, count)
        solve_upper(projection.gram, shares, count)
        _add_dependent(projection, -1.0, z)
        for i in range(count):
            v[int(projection.order[rank + i])] = shares[i]
    for i in range(rank):
        v[int(projection.order[i])] = z[i]
    for j in range(len(v) - equations):
        v[equations + j] = z[n + j]


@called
def shortest(projection: Projection, b: Array, y: Array) -> None:
    """Find the shortest y (N,) with ``A y`` closest to b (M,)."""
    factor, order, equations = projection.factor, projection.order, len(projection.order)
    rank, n = int(projection.rank[0]), len(y) - len(b) + equations
    for i in range(n):
        y[i] = b[int(order[i])] if i < rank else 0.0
    for j in range(len(b) - equations):
        y[n + j] = b[equations + j]
    if rank < equations:
        count, shares = equations - rank, projection.product
        for i in range(count):
            j = int(order[rank + i])
            shares[i] = b[j] - dot(factor[j], y)
        solve_lower(projection.gram, shares, count)
        solve_upper(projection.gram, shares, count)
        _add_dependent(projection, 1.0, y)
    for j in range(len(b) - equations):
        row = factor[equations + j]
        y[n + j] = (y[n + j] - dot(row[n : n + j], y[n : n + j])) / row[n + j]
    for i in range(rank):
        row = factor[int(order[i])]
        y[i] = (y[i] - dot(row[n:], y[n:]) - dot(row[:i], y[:i])) / row[i]
    _rotate_back(projection, y)


@strict
def _add_dependent(projection: Projection, scale: float, z: Array) -> None:
    """Add C times the shares of the dependent equations, which are in `product`."""
    rank = int(projection.rank[0])
    for i in range(len(projection.order) - rank):
        row = projection.factor[int(projection.order[rank + i])]
        for place in range(len(z)):
            z[place] += scale * projection.product[i] * row[place]


@called
def _solve(projection: Projection, n: int, z: Array) -> None:
    """``z <- R^-1 z``."""
    factor, order = projection.factor, projection.order
    for i in range(int(projection.rank[0]) - 1, -1, -1):
        row = factor[int(order[i])]
        z[i] /= row[i]
        for place in range(i):
            z[place] -= z[i] * row[place]
        for place in range(n, len(z)):
            z[place] -= z[i] * row[place]
    for place in range(len(z) - 1, n - 1, -1):
        row = factor[len(order) + place - n]
        z[place] /= row[place]
        for above in range(n, place):
            z[above] -= z[place] * row[above]


@called
def _rotate(projection: Projection, z: Array) -> None:
    """``z <- Q'z``."""
    factor, first, order = projection.factor, projection.first, projection.order
    equations = len(order)
    n = len(z) - len(factor) + equations
    for j in range(equations, len(factor)):
        _reflect(factor[j], first[j], n + j - equations, 0, n, z)
    for i in range(int(projection.rank[0])):
        j = int(order[i])
        _reflect(factor[j], first[j], i, i + 1, n, z)


@called
def _rotate_back(projection: Projection, z: Array) -> None:
    """``z <- Q z``."""
    factor, first, order = projection.factor, projection.first, projection.order
    equations = len(order)
    n = len(z) - len(factor) + equations
    for i in range(int(projection.rank[0]) - 1, -1, -1):
        j = int(order[i])
        _reflect(factor[j], first[j], i, i + 1, n, z)
    for j in range(len(factor) - 1, equations - 1, -1):
        _reflect(factor[j], first[j], n + j - equations, 0, n, z)


@called
def _eliminate(projection: Projection, j: int, place: int, begin: int, end: int) -> None:
    """Make the reflection that leaves of ``row[place], row[begin:end]`` only the former; [2] 5.1."""
    row = projection.factor[j]
    before = row[place]
    length = math.hypot(before, norm(row[begin:end]))
    row[place] = -length if before > 0.0 else length
    projection.first[j] = before - row[place]


@called
def _reflect(row: Array, first: float, place: int, begin: int, end: int, other: Array) -> None:
    """Apply the reflection made of a row to a vector."""
    scale = first * row[place]
    if scale == 0.0:
        return
    share = (first * other[place] + dot(row[begin:end], other[begin:end])) / scale
    other[place] += share * first
    for i in range(begin, end):
        other[i] += share * row[i]
