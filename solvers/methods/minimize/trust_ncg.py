"""Steihaug's truncated conjugate gradients within a trust region.

The iteration for ``B p = -g`` stops where its residual is below ``min(1/2, sqrt(|g|)) |g|``; where it leaves
the radius, or finds a direction of negative curvature, the step goes on in that direction to the boundary. Of
the two ends that a direction of negative curvature has there, the one with the lower model is taken.

References
----------
.. [1] T. Steihaug, "The conjugate gradient method and trust regions in large scale optimization", SIAM
   Journal on Numerical Analysis 20 (1983) 626-637.
.. [2] J. Nocedal, S. Wright, Numerical Optimization, 2nd ed., Springer 2006, Algorithm 7.2.
"""

import math
from collections.abc import Iterator

from solvers.arrays import Array
from solvers.coroutines.coroutine import delegated
from solvers.coroutines.method import Method
from solvers.coroutines.row import GRADIENT, HESSIAN, OBJECTIVE, PRODUCT, UNDEFINED, Row
from solvers.methods.minimize.quadratic_model import ends_at_radius, times
from solvers.methods.minimize.trust_region import (
    AT_RADIUS,
    ENDINGS,
    FOUND,
    PROMISE,
    STEP_TYPES,
    Options,
    trust_region,
)
from solvers.methods.vectors import copy, dot, move, norm


def _steps(
    row: Row,
    gradient: Array,
    radius: float,
    fresh: bool,
    products: bool,
    option: float,  # noqa: ARG001 - of all methods
    step: Array,
    found: Array,
    room: Array,
) -> Iterator[int]:
    """Make one step; what it promises is kept up by ``m(p + a d) = m(p) + a r'd + a^2 d'B d / 2``."""
    n = len(gradient)
    direction, residual, product = room[:n], room[n : 2 * n], room[2 * n : 3 * n]
    if fresh and not products:
        yield HESSIAN
    found[AT_RADIUS], found[PROMISE] = 0.0, 0.0
    found[FOUND] = 0.0 if fresh and row.numbers[UNDEFINED] != 0.0 else 1.0
    for i in range(n):
        step[i], residual[i], direction[i] = 0.0, gradient[i], -gradient[i]
    length = norm(gradient)
    tolerance = min(0.5, math.sqrt(length)) * length
    while found[FOUND] != 0.0 and norm(residual) >= tolerance:
        if products:
            copy(direction, row.vector)
            yield PRODUCT
            if row.numbers[UNDEFINED] != 0.0:
                found[FOUND] = 0.0
                break
            copy(row.product, product)
        else:
            times(row.hessian, direction, product)
        curvature, slope = dot(direction, product), dot(residual, direction)
        square = dot(residual, residual)
        along = square / curvature if curvature > 0.0 else math.inf
        low, high = ends_at_radius(step, direction, radius)
        if along >= high:  # to the boundary; of negative curvature, to where the model is lower
            promise_low = -low * slope - 0.5 * low * low * curvature
            promise_high = -high * slope - 0.5 * high * high * curvature
            lower = curvature <= 0.0 and promise_low > promise_high
            move(step, low if lower else high, direction, step)
            found[PROMISE] += promise_low if lower else promise_high
            found[AT_RADIUS] = 1.0
            break
        move(step, along, direction, step)
        found[PROMISE] -= along * slope + 0.5 * along * along * curvature
        move(residual, along, product, residual)
        share = dot(residual, residual) / square
        for i in range(n):
            direction[i] = share * direction[i] - residual[i]


begin_step, go_on, step_size = delegated(_steps, *STEP_TYPES)
trust_ncg = trust_region(f"{__name__}:trust_ncg", begin_step, go_on)

TRUST_NCG = Method(
    "trust-ncg",
    trust_ncg,
    Options,
    asks=OBJECTIVE | GRADIENT | HESSIAN | PRODUCT,
    requires=GRADIENT | PRODUCT,
    room=lambda n, _: 4 * n + 3,
    tol=("gtol",),
    endings=ENDINGS,
    delegates=(f"{__name__}:step_size",),
)
