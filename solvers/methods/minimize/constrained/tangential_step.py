"""The tangential step: projected conjugate gradients in the null space of A, within a radius.

From the normal step on, ``d'H d / 2 + g'd`` is made small along directions that leave ``A d`` as it is. The
iteration ends where the projected gradient is small, as often as the null space has dimensions, and at the
radius, which directions without positive curvature also lead to. Slacks may fall below their floor on the
way; the last point where they had not is what is left then.

H is the Hessian of the Lagrangian by x, and for slacks a diagonal.

Reference: N. Gould, M. Hribar, J. Nocedal, "On the solution of equality constrained quadratic programming
problems arising in optimization", SIAM Journal on Scientific Computing 23 (2001) 1376-1395; Algorithm 6.2.
"""

import math

from solvers.arrays import Array
from solvers.coroutines.row import Row
from solvers.kernels.compiling import called, strict
from solvers.methods.minimize.constrained.canonical import Canonical
from solvers.methods.minimize.constrained.projection import Projection, project
from solvers.methods.minimize.constrained.reach import last_within
from solvers.methods.vectors import copy, dot, move, norm

#: Why it ends, by SciPy's numbers.
LIMIT, AT_RADIUS, CONCAVE, SMALL = 1, 2, 3, 4
#: SciPy's: square of a projected gradient that is zero; what part of the first one, or its root, is small.
_ZERO, _PART, _ROOTS_PART = 1e-25, 0.1, 0.01


@called
def times_hessian(row: Row, of_slacks: Array, z: Array, product: Array) -> None:
    """``product = H z``; `of_slacks` (k,) is the diagonal."""
    n, constrained = len(row.x), len(row.least) > 0
    for i in range(n):
        product[i] = dot(row.hessian[i], z[:n])
        if constrained:
            product[i] += dot(row.curvature[i], z[:n])
    for j in range(len(of_slacks)):
        product[n + j] = of_slacks[j] * z[n + j]


@called
def tangential_step(
    row: Row,
    canonical: Canonical,
    projection: Projection,
    gradient: Array,
    of_slacks: Array,
    radius: float,
    floor: float,
    step: Array,
    room: Array,
) -> tuple[int, int]:
    """Go on from the normal step (N,) in its place, with room for 5 N numbers.

    Returns how many iterations it took, and why it ended.
    """
    size, n = len(step), len(row.x)
    residual, direction, product = room[:size], room[size : 2 * size], room[2 * size : 3 * size]
    trial, allowed = room[3 * size : 4 * size], room[4 * size : 5 * size]
    copy(step, allowed)
    times_hessian(row, of_slacks, step, residual)
    for i in range(size):
        residual[i] += gradient[i]
    project(canonical, projection, residual)
    for i in range(size):
        direction[i] = -residual[i]
    square = dot(residual, residual)
    small = max(min(_ROOTS_PART * math.sqrt(square), _PART * square), _ZERO)
    count, reason = 0, LIMIT
    for _ in range(n - int(projection.rank[0])):
        if square < small:
            reason = SMALL
            break
        count += 1
        times_hessian(row, of_slacks, direction, product)
        curvature = dot(direction, product)
        if not curvature > 0.0:
            reason = CONCAVE
            share, met = last_within(step, direction, n, floor, radius, False)
            _go(step, share if met else 0.0, direction, n, floor)
            break
        length = square / curvature
        move(step, length, direction, trial)
        for i in range(size):
            direction[i] *= length
        if norm(trial) >= radius:
            reason = AT_RADIUS
            share, met = last_within(step, direction, n, floor, radius, True)
            _go(step, share if met else 0.0, direction, n, floor)
            break
        if not _is_above(trial, n, floor):
            share, met = last_within(step, direction, n, floor, radius, True)
            if met:
                copy(step, allowed)
                _go(allowed, share, direction, n, floor)
        copy(trial, step)
        for i in range(size):
            residual[i] += length * product[i]
        project(canonical, projection, residual)
        before, square = square, dot(residual, residual)
        for i in range(size):
            direction[i] = square / before * (direction[i] / length) - residual[i]
    if not _is_above(step, n, floor):
        copy(allowed, step)
    return count, reason


@strict
def _is_above(z: Array, n: int, floor: float) -> bool:
    above = True
    for i in range(n, len(z)):
        above = above and z[i] >= floor
    return above


@strict
def _go(z: Array, share: float, direction: Array, n: int, floor: float) -> None:
    """Go along a direction, and undo what rounding put below the floor."""
    for i in range(len(z)):
        z[i] += share * direction[i]
    for i in range(n, len(z)):
        z[i] = max(z[i], floor)
