"""Newton's step by short recurrences, from products with the Jacobian made by differences of F.

`BICGSTAB` [1]_, `CGS` [2]_ and `TFQMR` [3]_ take two products an iteration, `MINRES` [4]_, for symmetric
Jacobians, one. They differ in what they make of a product: each leaves the vector whose product it wants
next. All leave Newton's step as the direction, zero where they fail at once, and end where the residual, of
TFQMR a bound of it, is less than the share of F asked for, or where they break down.

References
----------
.. [1] H. van der Vorst, "Bi-CGSTAB: a fast and smoothly converging variant of Bi-CG for the solution of
   nonsymmetric linear systems", SIAM Journal on Scientific and Statistical Computing 13 (1992) 631-644.
.. [2] P. Sonneveld, "CGS, a fast Lanczos-type solver for nonsymmetric linear systems", SIAM Journal on
   Scientific and Statistical Computing 10 (1989) 36-52.
.. [3] R. Freund, "A transpose-free quasi-minimal residual algorithm for non-Hermitian linear systems", SIAM
   Journal on Scientific Computing 14 (1993) 470-482, Algorithm 5.1.
.. [4] C. Paige, M. Saunders, "Solution of sparse indefinite systems of linear equations", SIAM Journal on
   Numerical Analysis 12 (1975) 617-629.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numba import float64

from solvers.arrays import Array
from solvers.coroutines.coroutine import delegated
from solvers.coroutines.row import UNDEFINED, VALUES
from solvers.coroutines.views import view
from solvers.kernels.compiling import called, strict
from solvers.methods.root.inexact_newton import parts
from solvers.methods.root.krylov_space import NUMBERS, difference_width, krylov_space
from solvers.methods.vectors import copy, dot, move, norm

BICGSTAB, CGS, TFQMR, MINRES = 2.0, 3.0, 4.0, 5.0

_LEAST = float(np.finfo(float).eps) ** 2
#: Places in the numbers: products of the residual with the shadow, steps, what the last direction counts.
_RHO, _ALPHA, _BETA = range(3)
#: Of TFQMR: Freund's theta, eta and tau, and the products so far.
_THETA, _ETA, _TAU, _COUNT = range(3, 7)
#: Of MINRES: cosines and sines of the last two rotations, the next off-diagonal element, and the residual.
_COSINE, _SINE, _COSINE_BEFORE, _SINE_BEFORE, _OFF, _LEFT = range(6)


class _Vectors(NamedTuple):
    """Vectors (n,), and numbers."""

    asked: Array  # whose product comes next
    product: Array
    residual: Array  # of MINRES the vector before
    shadow: Array
    p: Array  # a direction; of MINRES the last one
    q: Array  # another; of MINRES the one before
    kept: Array  # a product
    numbers: Array


@strict
def _vectors(room: Array, n: int) -> _Vectors:
    more = krylov_space(room, n)[4]
    return _Vectors(
        view(more, 0, (n,)),
        view(more, n, (n,)),
        view(more, 2 * n, (n,)),
        view(more, 3 * n, (n,)),
        view(more, 4 * n, (n,)),
        view(more, 5 * n, (n,)),
        view(more, 6 * n, (n,)),
        view(more, 7 * n, (NUMBERS,)),
    )


def recurrence(
    numbers: Array,
    trial: Array,
    values: Array,
    x: Array,
    room: Array,
    rdiff: float,
    maxiter: float,
    kind: float,
) -> Iterator[int]:
    """Solve by at most so many iterations.

    Parameters
    ----------
    numbers, trial, values, x, room
        Of a `Row`; the room begins with `parts`.
    rdiff
        Relative difference for products.
    maxiter
        Most iterations.
    kind
        Which of the methods.
    """
    n, width = len(x), difference_width(room, x, rdiff)
    _begin(room, n, kind)
    for k in range(int(maxiter) * (1 if kind == MINRES else 2)):
        length = norm(_vectors(room, n).asked)
        if not 0.0 < length < math.inf:
            return
        side = width / length
        move(x, side, _vectors(room, n).asked, trial)
        yield VALUES
        if numbers[UNDEFINED] != 0.0:
            side = -side
            move(x, side, _vectors(room, n).asked, trial)
            yield VALUES
            if numbers[UNDEFINED] != 0.0:
                return
        if not _go_on(room, values, side, k % 2 == 0, kind):
            return


@called
def _begin(room: Array, n: int, kind: float) -> None:
    """Begin with no step."""
    fun, direction = parts(room, n)[:2]
    v = _vectors(room, n)
    size = norm(fun)
    for i in range(n):
        direction[i] = v.kept[i] = 0.0
        v.asked[i] = v.residual[i] = v.shadow[i] = v.p[i] = v.q[i] = fun[i]
        if kind == TFQMR:
            v.p[i] = v.q[i] = 0.0
        if kind == MINRES:
            v.asked[i] /= size
            v.p[i] = v.q[i] = v.residual[i] = 0.0
    for j in range(NUMBERS):
        v.numbers[j] = 0.0
    if kind == MINRES:
        v.numbers[_COSINE] = v.numbers[_COSINE_BEFORE] = 1.0
        v.numbers[_LEFT] = size
    else:
        v.numbers[_RHO], v.numbers[_TAU] = size * size, size


@called
def _go_on(room: Array, values: Array, side: float, first: bool, kind: float) -> bool:
    """Take in a product, the first or the second of an iteration; whether to go on."""
    n = len(values)
    fun, direction = parts(room, n)[:2]
    v = _vectors(room, n)
    for i in range(n):
        v.product[i] = (values[i] - fun[i]) / side
    enough = parts(room, n)[4][0] * norm(fun)
    if kind == BICGSTAB:
        return _bicgstab(v, direction, first, enough)
    if kind == CGS:
        return _cgs(v, direction, first, enough)
    if kind == TFQMR:
        return _tfqmr(v, direction, first, enough)
    return _minres(v, direction, enough)


@strict
def _along_shadow(v: _Vectors, vector: Array) -> bool:
    """Find the step along p by what its product is; whether there is any."""
    along = dot(v.shadow, vector)
    v.numbers[_ALPHA] = v.numbers[_RHO] / along if along != 0.0 else 0.0
    return along != 0.0


@strict
def _turn(v: _Vectors) -> float:
    """Bring rho up to date, and return what it is of the one before; 0 where there is no way on."""
    after = dot(v.shadow, v.residual)
    share = after / v.numbers[_RHO]
    v.numbers[_RHO] = after
    return share if abs(after) >= _LEAST else 0.0


@strict
def _bicgstab(v: _Vectors, direction: Array, first: bool, enough: float) -> bool:
    """Go along p, then along the residual, and choose the next p [1]."""
    n = len(direction)
    if first:
        if not _along_shadow(v, v.product):
            return False
        alpha = v.numbers[_ALPHA]
        for i in range(n):
            direction[i] -= alpha * v.p[i]
            v.residual[i] -= alpha * v.product[i]
            v.kept[i], v.asked[i] = v.product[i], v.residual[i]
        return norm(v.residual) >= enough
    square = dot(v.product, v.product)
    omega = dot(v.product, v.residual) / square if square > 0.0 else 0.0
    for i in range(n):
        direction[i] -= omega * v.residual[i]
        v.residual[i] -= omega * v.product[i]
    share = _turn(v)
    if share == 0.0 or abs(omega) < _LEAST:
        return False
    beta = share * (v.numbers[_ALPHA] / omega)
    for i in range(n):
        v.p[i] = v.asked[i] = v.residual[i] + beta * (v.p[i] - omega * v.kept[i])
    return norm(v.residual) >= enough


@strict
def _cgs(v: _Vectors, direction: Array, first: bool, enough: float) -> bool:
    """Find ``u + q``, kept beside q, then go along it, and choose the next u and p [2]."""
    n = len(direction)
    if first:
        if not _along_shadow(v, v.product):
            return False
        for i in range(n):
            u = v.q[i]
            v.q[i] = u - v.numbers[_ALPHA] * v.product[i]
            v.asked[i] = u + v.q[i]
        return True
    for i in range(n):
        direction[i] -= v.numbers[_ALPHA] * v.asked[i]
        v.residual[i] -= v.numbers[_ALPHA] * v.product[i]
    beta = _turn(v)
    for i in range(n):
        u = v.residual[i] + beta * v.q[i]
        v.p[i] = v.asked[i] = u + beta * (v.q[i] + beta * v.p[i])
        v.q[i] = u
    return beta != 0.0 and bool(norm(v.residual) >= enough)


@strict
def _tfqmr(v: _Vectors, direction: Array, first: bool, enough: float) -> bool:
    """Go along y, smoothed, and choose the next y [3]: d is p, v is q."""
    n, numbers = len(direction), v.numbers
    if first:
        for i in range(n):
            v.q[i] = v.product[i] + numbers[_BETA] * (v.kept[i] + numbers[_BETA] * v.q[i])
        if not _along_shadow(v, v.q):
            return False
    alpha = numbers[_ALPHA]
    share = numbers[_THETA] * numbers[_THETA] * numbers[_ETA] / alpha
    for i in range(n):
        v.p[i] = v.asked[i] + share * v.p[i]
        v.residual[i] -= alpha * v.product[i]
    numbers[_THETA] = norm(v.residual) / numbers[_TAU]
    cosine = 1.0 / math.sqrt(1.0 + numbers[_THETA] * numbers[_THETA])
    numbers[_TAU] *= numbers[_THETA] * cosine
    numbers[_ETA] = cosine * cosine * alpha
    numbers[_COUNT] += 1.0
    for i in range(n):
        direction[i] -= numbers[_ETA] * v.p[i]
    if numbers[_TAU] * math.sqrt(numbers[_COUNT] + 1.0) < enough:
        return False
    if first:
        for i in range(n):
            v.asked[i] -= alpha * v.q[i]
        return True
    numbers[_BETA] = _turn(v)
    for i in range(n):
        v.kept[i] = v.product[i]
        v.asked[i] = v.residual[i] + numbers[_BETA] * v.asked[i]
    return bool(numbers[_BETA] != 0.0)


@strict
def _minres(v: _Vectors, direction: Array, enough: float) -> bool:
    """Take Lanczos's next vector in, and rotate it away [4]."""
    n, numbers = len(direction), v.numbers
    off, diagonal = numbers[_OFF], dot(v.asked, v.product)
    for i in range(n):
        v.product[i] -= diagonal * v.asked[i] + off * v.residual[i]
    after = norm(v.product)
    lead = numbers[_COSINE] * diagonal - numbers[_COSINE_BEFORE] * numbers[_SINE] * off
    second = numbers[_SINE] * diagonal + numbers[_COSINE_BEFORE] * numbers[_COSINE] * off
    third = numbers[_SINE_BEFORE] * off
    pivot = math.hypot(lead, after)
    if pivot == 0.0:
        return False
    numbers[_COSINE_BEFORE], numbers[_SINE_BEFORE] = numbers[_COSINE], numbers[_SINE]
    numbers[_COSINE], numbers[_SINE] = lead / pivot, after / pivot
    for i in range(n):
        new = (v.asked[i] - third * v.q[i] - second * v.p[i]) / pivot
        v.q[i], v.p[i] = v.p[i], new
        direction[i] -= numbers[_COSINE] * numbers[_LEFT] * new
    numbers[_LEFT] *= -numbers[_SINE]
    numbers[_OFF] = after
    copy(v.asked, v.residual)
    for i in range(n):
        v.asked[i] = v.product[i] / after if after > 0.0 else 0.0
    return bool(abs(numbers[_LEFT]) >= enough)


_VECTOR = float64[::1]
begin_recurrence, go_on_recurring, recurrence_size = delegated(recurrence, *5 * (_VECTOR,), *3 * (float64,))
