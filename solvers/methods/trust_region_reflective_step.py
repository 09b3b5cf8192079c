"""The arithmetic of trust region reflective for one problem, compiled.

`trust_region_reflective` says what it does and calls it for all rows of a batch;
`trust_region_reflective_fused` goes through it without the loop.

References
----------
.. [1] M. Branch, T. Coleman, Y. Li, SIAM J. Sci. Comput. 21 (1999) 1-23.
.. [2] Ibid., section 5; the choice among candidates as described in SciPy's ``least_squares``.
"""

import math

import numpy as np

from solvers.arrays import Array, IntArray
from solvers.kernels.compiling import inlined, kernel
from solvers.linalg.norm import is_finite
from solvers.linalg.triangle import step_of_triangle
from solvers.methods.scaling import grow_scale
from solvers.methods.trust_region_reflective_model import (
    distance,
    dot,
    extended,
    gradient,
    least_along,
    optimality,
    reduction,
)
from solvers.methods.verdicts import AT_RADIUS, BELIEVED, ending, is_short
from solvers.status import Status

#: Steps stop at least this fraction of the way to a bound [1]_.
THETA = 0.995
#: How far the length of a step on the boundary may be off the radius.
RADIUS_TOLERANCE = 0.01

_RUNNING, _GRADIENT = int(Status.RUNNING), int(Status.GRADIENT)


@inlined
def begin(
    i: int,
    x: Array,
    fun: Array,
    factor: Array,
    projection: Array,
    scale: Array,
    radius: Array,
    unit: Array,
    lower: Array,
    upper: Array,
    by_columns: bool,
    gtol: float,
) -> int:
    """Fill in scale, radius and unit of row i, a problem that enters; its Status."""
    if by_columns:
        scale[i] = 0.0
        grow_scale(scale[i], factor[i])
    unit[i] = math.sqrt(2.0 * fun[i]) if fun[i] > 0.0 else 1.0
    radius[i] = first_radius(x[i], factor[i], projection[i], scale[i], unit[i], lower[i], upper[i])
    angle = optimality(x[i], fun[i], factor[i], projection[i], scale[i], unit[i], lower[i], upper[i])
    return _GRADIENT if angle <= gtol else _RUNNING


@inlined
def move(
    i: int,
    x: Array,
    fun: Array,
    status: IntArray,
    nit: IntArray,
    factor: Array,
    projection: Array,
    scale: Array,
    radius: Array,
    unit: Array,
    lower: Array,
    upper: Array,
    trial: Array,
    way: Array,
    length: float,
    predicted: float,
    extra: float,
    trial_fun: float,
    accept: bool,
    trial_factor: Array,
    trial_projection: Array,
    by_columns: bool,
    follows: bool,
    ftol: float,
    xtol: float,
    gtol: float,
) -> None:
    """Let row i of the state take the step or not, and move its radius."""
    before = fun[i]
    gain = ratio(before - trial_fun, predicted, extra)
    at_radius = length > AT_RADIUS * radius[i]
    radius[i] = next_radius(radius[i], gain, length, at_radius)
    if accept and by_columns:
        grown = grow_scale(scale[i], trial_factor)
        if follows:  # a loss can leave a Jacobian at rounding level where every residual is an outlier
            radius[i] *= grown
    short = is_short(way, x[i], scale[i], xtol)
    if accept:
        fun[i], nit[i] = trial_fun, nit[i] + 1
        for j in range(len(trial)):
            x[i, j], projection[i, j] = trial[j], trial_projection[j]
            for k in range(j, len(trial)):
                factor[i, j, k] = trial_factor[j, k]
    angle = optimality(x[i], fun[i], factor[i], projection[i], scale[i], unit[i], lower[i], upper[i])
    status[i] = ending(
        x[i],
        fun[i],
        factor[i],
        before,
        trial_fun,
        gain,
        angle,
        short,
        at_radius,
        not accept,
        True,
        ftol,
        xtol,
        gtol,
    )


def room_for_step(n: int) -> Array:
    """Room for the work of `step` with n unknowns."""
    return np.empty((3 * n + 12, n))


@inlined
def first_radius(
    x: Array, factor: Array, projection: Array, scale: Array, unit: float, lower: Array, upper: Array
) -> float:
    """Length of x in the variables ``D^-1 x``; 1 where it is none."""
    square = 0.0
    for j in range(len(x)):
        slope = gradient(factor, projection, j)
        v, _ = distance(x[j], slope, scale[j], unit, lower[j], upper[j])
        square += x[j] * scale[j] * (x[j] * scale[j]) / v
    length = math.sqrt(square)
    return length if is_finite(length) and length > 0.0 else 1.0


@kernel
def step(
    x: Array,
    fun: float,
    factor: Array,
    projection: Array,
    scale: Array,
    radius: float,
    unit: float,
    lower: Array,
    upper: Array,
    room: Array,
    trial: Array,
    way: Array,
) -> tuple[float, float, float]:
    """Minimize the extended model within radius and bounds; fill in where that is, and the way there.

    Return the step's length in the scaled unknowns, and the predicted reduction and C's part of it.
    """
    n = len(x)
    triangle, inner, rest = room[:n], room[n : 3 * n + 2], room[3 * n + 2 :]
    target, slope, d, c, scaled = rest[0], rest[1], rest[2], rest[3], rest[4]
    extended(x, factor, projection, scale, unit, lower, upper, inner, triangle, target, slope, d, c)
    step_of_triangle(triangle, target, radius, RADIUS_TOLERANCE, inner, scaled)
    length = norm(scaled)
    if length > radius:  # by the tolerance
        for j in range(n):
            scaled[j] *= radius / length
    leaves = False
    for j in range(n):
        at = x[j] + scaled[j] * d[j]
        leaves = leaves or at < lower[j] or at > upper[j]
    if leaves:
        # theta approaches 1 at the solution [1]_
        theta = max(THETA, 1.0 - optimality(x, fun, factor, projection, scale, unit, lower, upper))
        constrain(x, theta, radius, lower, upper, triangle, slope, d, rest[5:], scaled)
    extra = 0.0
    for j in range(n):
        extra += 0.5 * (c[j] * scaled[j]) ** 2
        way[j] = scaled[j] * d[j]
        trial[j] = x[j] + way[j]
        if trial[j] <= lower[j]:
            trial[j] = np.nextafter(lower[j], np.inf)
        elif trial[j] >= upper[j]:
            trial[j] = np.nextafter(upper[j], -np.inf)
    return norm(scaled), reduction(triangle, slope, scaled), extra


@kernel
def constrain(
    x: Array,
    theta: float,
    radius: float,
    lower: Array,
    upper: Array,
    triangle: Array,
    slope: Array,
    d: Array,
    room: Array,
    scaled: Array,
) -> None:
    """Replace a step by the best of: cut at the bound, reflected there, and along the gradient [2]_."""
    n = len(x)
    met, bound, on_bound, direction, other = room[0], room[1], room[2], room[3], room[4]
    fraction = to_bound(x, scaled, d, lower, upper, met)
    for j in range(n):
        bound[j] = fraction * scaled[j]
        on_bound[j] = min(max(x[j] + bound[j] * d[j], lower[j]), upper[j])
        direction[j] = -scaled[j] if met[j] == fraction else scaled[j]
        scaled[j] = theta * bound[j]
    gain = reduction(triangle, slope, scaled)

    ahead = min(to_radius(bound, direction, radius), to_bound(on_bound, direction, d, lower, upper, met))
    if ahead > 0.0 and (1.0 - theta) * fraction <= theta * ahead * ahead:
        shortest = (1.0 - theta) * fraction / ahead
        length = least_along(triangle, slope, bound, direction, shortest, theta * ahead)
        for j in range(n):
            other[j] = bound[j] + length * direction[j]
        gain = _keep_better(triangle, slope, other, gain, scaled)

    for j in range(n):
        direction[j], bound[j] = -slope[j], 0.0
    steep = norm(slope)
    ahead = radius / steep if steep > 0.0 else 0.0
    ahead = min(ahead, theta * to_bound(x, direction, d, lower, upper, met))
    length = least_along(triangle, slope, bound, direction, 0.0, ahead)
    for j in range(n):
        other[j] = length * direction[j]
    _keep_better(triangle, slope, other, gain, scaled)


@inlined
def _keep_better(triangle: Array, slope: Array, candidate: Array, gain: float, best: Array) -> float:
    """Let the candidate be the best step if it gains more than ``gain``; the larger gain."""
    gained = reduction(triangle, slope, candidate)
    if not gained > gain:
        return gain
    for j in range(len(best)):
        best[j] = candidate[j]
    return gained


@inlined
def to_bound(x: Array, scaled: Array, d: Array, lower: Array, upper: Array, met: Array) -> float:
    """Length of a scaled direction at which the first bound is met; fills in where each is."""
    first = math.inf
    for j in range(len(x)):
        direction = scaled[j] * d[j]
        met[j] = math.inf
        if direction != 0.0:
            bound = upper[j] if direction > 0.0 else lower[j]
            met[j] = max((bound - x[j]) / direction, 0.0)
        first = min(first, met[j])
    return first


@inlined
def to_radius(scaled: Array, direction: Array, radius: float) -> float:
    """Length of ``direction`` at which, from ``scaled``, the trust region ends."""
    a, b = dot(direction, direction), dot(scaled, direction)
    if not a > 0.0:
        return 0.0
    c = min(0.0, dot(scaled, scaled) - radius * radius)
    root = math.sqrt(b * b - a * c)
    return -c / (b + root) if b > 0.0 else (root - b) / a  # the stable one of the two formulas


@inlined
def norm(v: Array) -> float:
    """Two-norm."""
    square = 0.0
    for value in v:
        square += value * value
    return math.sqrt(square)


@inlined
def ratio(actual: float, predicted: float, extra: float) -> float:
    """Actual over predicted reduction, the term C counted in both; 0 where nothing is predicted."""
    return (actual - extra) / predicted if predicted > 0.0 else 0.0


@inlined
def next_radius(radius: float, gain: float, length: float, at_radius: bool) -> float:
    """A quarter of a poor step, twice a good one that reached the boundary."""
    if gain < BELIEVED:
        return 0.25 * length
    return 2.0 * radius if gain > 0.75 and at_radius else radius
