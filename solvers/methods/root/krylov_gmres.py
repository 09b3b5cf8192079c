"""Newton's step by GMRES, from products with the Jacobian made by differences of F.

`gmres` is GMRES [1]_, or LGMRES [2]_ where vectors are carried over: the last solutions come first in the
space that it minimizes the residual over. It leaves Newton's step as the direction, zero where it fails, and
ends where the residual is less than the share of F asked for.

References
----------
.. [1] Y. Saad, M. Schultz, "GMRES: a generalized minimal residual algorithm for solving nonsymmetric linear
   systems", SIAM Journal on Scientific and Statistical Computing 7 (1986) 856-869.
.. [2] A. Baker, E. Jessup, T. Manteuffel, "A technique for accelerating the convergence of restarted GMRES",
   SIAM Journal on Matrix Analysis and Applications 26 (2005) 962-984.
"""

import math
from collections.abc import Iterator

import numpy as np
from numba import float64

from solvers.arrays import Array
from solvers.coroutines.coroutine import delegated
from solvers.coroutines.row import UNDEFINED, VALUES
from solvers.kernels.compiling import called, strict
from solvers.methods.root.inexact_newton import parts
from solvers.methods.root.krylov_space import difference_width, krylov_space
from solvers.methods.vectors import copy, dot, move, norm

_EPS = float(np.finfo(float).eps)


def gmres(
    numbers: Array,
    trial: Array,
    values: Array,
    x: Array,
    room: Array,
    rdiff: float,
    most: float,
    carry: float,
) -> Iterator[int]:
    """Solve by at most so many products, and of those carried over so many.

    Parameters
    ----------
    numbers, trial, values, x, room
        Of a `Row`; the room begins with `parts`.
    rdiff
        Relative difference for products.
    most, carry
        Products beside those of what is carried over; solutions to carry over, n / 2 at most: where they
        span all there is, but nearly lie in a plane, they are all that the answer is made of.
    """
    n = len(x)
    width, carried = difference_width(room, x, rdiff), int(krylov_space(room, n)[0][0])
    used, total = 0, min(n, int(most) + carried)
    _first(room, n)
    while used < total:
        side = width / norm(_spanning(room, n, used, carried)[0])
        move(x, side, _spanning(room, n, used, carried)[0], trial)
        yield VALUES
        if numbers[UNDEFINED] != 0.0:
            side = -side
            move(x, side, _spanning(room, n, used, carried)[0], trial)
            yield VALUES
            if numbers[UNDEFINED] != 0.0:
                break
        residual = _extend(room, values, side, used)
        used += 1
        if residual < parts(room, n)[4][0]:
            break
    _combine(room, n, used, carried, min(int(carry), n // 2))


@strict
def _spanning(room: Array, n: int, used: int, carried: int) -> tuple[Array]:
    """The vector whose product comes next: what is carried over, then F, then the newest of the basis.

    A tuple, since Numba returns no arrays made without its runtime by themselves.
    """
    _, solutions, basis, _, _ = krylov_space(room, n)
    if used < carried:
        return (solutions[used],)
    return (basis[0 if used == carried else used],)


@called
def _first(room: Array, n: int) -> None:
    """Begin the basis with F."""
    fun = parts(room, n)[0]
    _, _, basis, _, more = krylov_space(room, n)
    size = norm(fun)
    for i in range(n):
        basis[0, i] = fun[i] / size
    more[0] = 1.0


@called
def _extend(room: Array, values: Array, side: float, j: int) -> float:
    """Add a product to basis and triangle; the residual relative to F, 0 where no more is to be had."""
    n = len(values)
    fun = parts(room, n)[0]
    _, _, basis, triangle, more = krylov_space(room, n)
    right, cosines, sines = more[: n + 1], more[n + 1 : 2 * n + 1], more[2 * n + 1 : 3 * n + 1]
    product, column = basis[j + 1], triangle[j]
    for i in range(n):
        product[i] = (values[i] - fun[i]) / side
    length = norm(product)
    for k in range(j + 1):
        column[k] = dot(basis[k], product)
        for i in range(n):
            product[i] -= column[k] * basis[k, i]
    rest = norm(product)
    if rest > 0.0:
        for i in range(n):
            product[i] /= rest
    for k in range(j):
        upper = cosines[k] * column[k] + sines[k] * column[k + 1]
        column[k + 1] = cosines[k] * column[k + 1] - sines[k] * column[k]
        column[k] = upper
    diagonal = math.hypot(column[j], rest)
    cosines[j], sines[j] = (column[j] / diagonal, rest / diagonal) if diagonal > 0.0 else (1.0, 0.0)
    column[j] = diagonal
    right[j], right[j + 1] = cosines[j] * right[j], -sines[j] * right[j]
    return abs(right[j + 1]) if rest > _EPS * length else 0.0


@called
def _combine(room: Array, n: int, used: int, carried: int, carry: int) -> None:
    """Make the direction, and carry it over."""
    fun, direction = parts(room, n)[:2]
    count, solutions, _, triangle, more = krylov_space(room, n)
    weights = more[3 * n + 1 : 4 * n + 1]
    size, most = norm(fun), 0.0
    for j in range(used):
        most = max(most, abs(triangle[j, j]))
    for i in range(n):
        direction[i] = 0.0
    for j in range(used - 1, -1, -1):
        total = more[j]
        for k in range(j + 1, used):
            total -= triangle[k, j] * weights[k]
        weights[j] = total / triangle[j, j] if abs(triangle[j, j]) > _EPS * used * most else 0.0
        spanning = _spanning(room, n, j, carried)[0]
        for i in range(n):
            direction[i] -= size * weights[j] * spanning[i]
    length = norm(direction)
    if not 0.0 < length < math.inf or carry == 0:
        return
    if carried >= carry:
        for k in range(carry - 1):
            copy(solutions[k + 1 + carried - carry], solutions[k])
        carried = carry - 1
    for i in range(n):
        solutions[carried, i] = direction[i] / -length
    count[0] = carried + 1.0


_VECTOR = float64[::1]
begin_gmres, go_on_gmres, gmres_size = delegated(gmres, *5 * (_VECTOR,), *3 * (float64,))
