"""Lower a quadratic in a ball by conjugate gradients that stop at bounds and rows and go on along them.

Directions are conjugate as long as nothing stops them; what does is held from then on, and they begin anew in
what is left. It ends on the ball, where nothing is left, or where more would gain little.

Reference: T. Ragonneau, PhD thesis, The Hong Kong Polytechnic University 2022, Algorithms 6.3 and 6.4; the
thresholds are SciPy's.
"""

import math

from solvers.arrays import Array
from solvers.kernels.compiling import called, strict
from solvers.linalg.norm import EPS
from solvers.methods.minimize.cobyqa_active import Active, Region, project, span
from solvers.methods.vectors import dot, norm

TINY = 2.2250738585072014e-308
#: What is gained relative to what was gained so far, for it to be little.
LITTLE = 1e-8


@called
def descend(
    hessian: Array,
    gradient: Array,
    region: Region,
    active: Active,
    ball: tuple[int, float, float],
    step: Array,
    room: Array,
) -> float:
    """Lower the quadratic; returns by how much where the ball ended it, else -1.

    Parameters
    ----------
    hessian, gradient
        (d, d), (d,) the gradient is the one at the step, and is kept so.
    region, active
        Rows that are held at first stay equal; what else holds the step is found here. Slacks are kept.
    ball
        How many unknowns are in a ball of what radius, and the radius of another one for the other unknowns.
    step
        (d,) where it begins and ends.
    room
        (3 d + r,)
    """
    d, rows = len(step), region.rows
    direction, product, projected, along = room[:d], room[d : 2 * d], room[2 * d : 3 * d], room[3 * d :]
    inside, radius, other_radius = ball
    _begin(gradient, region, active, step)
    span(active, rows)
    project(active, gradient, projected)
    for i in range(d):
        direction[i] = -projected[i]
    gained, conjugate = 0.0, 0
    while conjugate < active.counts[1]:
        slope = dot(gradient, direction)
        if slope >= -10.0 * EPS * d * max(1.0, norm(gradient)):
            return -1.0
        reach = min(
            _distance(step[:inside], direction[:inside], radius),
            _distance(step[inside:], direction[inside:], other_radius),
        )
        if reach == math.inf or -reach * slope <= LITTLE * gained:
            return -1.0
        for i in range(d):
            product[i] = dot(hessian[i], direction)
        curvature = dot(direction, product)
        longest = min(reach, max(-slope / curvature, 0.0)) if curvature > TINY * abs(slope) else reach
        if -longest * (slope + 0.5 * longest * curvature) <= LITTLE * gained:
            return -1.0
        to_bound, unknown, to_row, row = _blocked(direction, region, active, step, along)
        length = min(longest, to_bound, to_row)
        for i in range(d):
            step[i] = min(max(step[i] + length * direction[i], region.lower[i]), region.upper[i])
            gradient[i] += length * product[i]
        for k in range(len(rows)):
            region.slack[k] = max(0.0, region.slack[k] - length * along[k])
        gained -= length * (slope + 0.5 * length * curvature)
        if length < min(reach, to_bound, to_row):
            project(active, gradient, projected)
            beta = dot(projected, product) / curvature
            conjugate += 1
        else:
            if to_bound <= length:
                step[unknown] = region.lower[unknown] if direction[unknown] < 0.0 else region.upper[unknown]
                active.fixed[unknown] = 1.0
            if to_row <= length:
                active.held[row] = 1.0
            span(active, rows)
            if length >= reach:
                return gained
            project(active, gradient, projected)
            beta, conjugate = 0.0, 0
        for i in range(d):
            direction[i] = beta * direction[i] - projected[i]
    return -1.0


@strict
def _begin(gradient: Array, region: Region, active: Active, step: Array) -> None:
    """Hold what the step is at already where the gradient points into it."""
    for i in range(len(step)):
        low = step[i] <= region.lower[i] and gradient[i] >= 0.0
        high = step[i] >= region.upper[i] and gradient[i] <= 0.0
        active.fixed[i] = 1.0 if low or high else 0.0
    for k in range(len(region.rows)):
        if region.slack[k] <= 0.0 and dot(region.rows[k], gradient) <= 0.0:
            active.held[k] = 1.0


@called
def _blocked(
    direction: Array, region: Region, active: Active, step: Array, along: Array
) -> tuple[float, int, float, int]:
    """Find how far the nearest bound is and whose, and which row; fills ``rows @ direction``."""
    to_bound, unknown, to_row, row = math.inf, -1, math.inf, -1
    for i in range(len(step)):
        way = (region.lower[i] if direction[i] < 0.0 else region.upper[i]) - step[i]
        if active.fixed[i] == 0.0 and abs(direction[i]) > TINY * abs(way):
            length = max(way / direction[i], 0.0)
            if length < to_bound:
                to_bound, unknown = length, i
    for k in range(len(region.rows)):
        along[k] = dot(region.rows[k], direction)
        if active.held[k] == 0.0 and along[k] > TINY * abs(region.slack[k]):
            length = region.slack[k] / along[k]
            if length < to_row:
                to_row, row = length, k
    return to_bound, unknown, to_row, row


@strict
def _distance(step: Array, direction: Array, radius: float) -> float:
    """How far it is to the ball, infinite where the direction is zero."""
    outward, square = dot(step, direction), dot(direction, direction)
    if square == 0.0:
        return math.inf
    left = radius * radius - dot(step, step)
    root = math.sqrt(max(outward * outward + square * left, 0.0))
    if outward <= 0.0:
        return max((root - outward) / square, 0.0)
    return max(left / (root + outward), 0.0)
