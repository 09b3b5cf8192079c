"""The arithmetic of Levenberg-Marquardt for one problem, compiled.

`levenberg_marquardt` says what it does and calls it for all rows of a batch; `levenberg_marquardt_fused`
goes through it without the loop.

References
----------
.. [1] J. Moré, "The Levenberg-Marquardt algorithm: implementation and theory", LNM 630 (1978), p. 105.
.. [2] J. Moré, B. Garbow, K. Hillstrom, "User Guide for MINPACK-1", ANL-80-74 (1980), lmder.
"""

import math

import numpy as np

from solvers.arrays import Array, IntArray
from solvers.kernels.compiling import inlined
from solvers.linalg.triangle import step_of_triangle
from solvers.methods.scaling import grow_scale
from solvers.methods.steps import STALLED
from solvers.status import Status

#: Least ratio of actual to predicted reduction of a step that is taken [2]_.
ACCEPT = 1e-4
#: How far the length of a step on the boundary may be off the radius [1]_.
_RADIUS_TOLERANCE = 0.1
#: Least share of a column of J, squared, that is not a combination of the columns before it, for which the
#: step comes by substitution: normal equations, which R may come from, ask for more.
_LEAST_SHARE = 1e-8

_RUNNING, _GRADIENT, _STALLED = int(Status.RUNNING), int(Status.GRADIENT), int(Status.STALLED)
_COST, _STEP, _COST_AND_STEP = int(Status.COST), int(Status.STEP), int(Status.COST_AND_STEP)


@inlined
def begin(
    fun: float,
    factor: Array,
    projection: Array,
    scale: Array,
    by_columns: bool,
    gtol: float,
) -> int:
    """Fill in the scale (n,) of a problem that enters; its Status."""
    if by_columns:
        scale[:] = 0.0
        grow_scale(scale, factor)
    return _GRADIENT if is_flat(factor, projection, fun, gtol) else _RUNNING


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
    trial: Array,
    length: float,
    damping: float,
    reduction: float,
    slope: float,
    trial_fun: float,
    accept: bool,
    trial_factor: Array,
    trial_projection: Array,
    by_columns: bool,
    ftol: float,
    xtol: float,
    gtol: float,
) -> None:
    """Let row i of the state take the step or not, and move its radius."""
    before = fun[i]
    radius[i] = next_radius(radius[i], nit[i] == 0, length, damping, reduction, slope, before, trial_fun)
    if accept:
        fun[i], nit[i] = trial_fun, nit[i] + 1
        for j in range(len(trial)):
            x[i, j], projection[i, j] = trial[j], trial_projection[j]
            for k in range(j, len(trial)):
                factor[i, j, k] = trial_factor[j, k]
        if by_columns:
            grow_scale(scale[i], factor[i])
    status[i] = ending(
        x[i],
        fun[i],
        factor[i],
        projection[i],
        scale[i],
        radius[i],
        before - trial_fun,
        before,
        reduction,
        not accept and damping > 0.0,
        ftol,
        xtol,
        gtol,
    )


def room_for_step(n: int) -> Array:
    """Room for the work of `step` with n unknowns."""
    return np.empty((3 * n + 3, n))


@inlined
def first_radius(x: Array, scale: Array, first: float) -> float:
    """``first |D x|``, or ``first`` at the origin [2]_."""
    length = scaled_length(scale, x)
    return first * length if length > 0.0 else first


@inlined
def scaled_length(scale: Array, x: Array) -> float:
    """``|D x|``."""
    square = 0.0
    for j in range(len(x)):
        square += scale[j] * x[j] * (scale[j] * x[j])
    return math.sqrt(square)


@inlined
def step(
    x: Array, factor: Array, projection: Array, scale: Array, radius: float, room: Array, trial: Array
) -> tuple[float, float, float, float]:
    """Minimize the linear model within the radius; length, damping, predicted reduction, slope."""
    n = len(x)
    p, damping, length = room[0], 0.0, math.inf
    if gauss_newton_step(factor, projection, p):
        length = scaled_length(scale, p)
    if not length <= radius:
        scaled = room[1 : n + 1]  # R D^-1
        for j in range(n):
            for i in range(n):
                scaled[i, j] = factor[i, j] / scale[j]
        damping = step_of_triangle(scaled, projection, radius, _RADIUS_TOLERANCE, room[n + 1 :], p)
        for j in range(n):
            p[j] /= scale[j]
        length = scaled_length(scale, p)
    slope = change = 0.0  # z'R p and |R p|^2
    for i in range(n):
        along = 0.0
        for j in range(i, n):
            along += factor[i, j] * p[j]
        slope += along * projection[i]
        change += along * along
        trial[i] = x[i] + p[i]
    return length, damping, -(slope + 0.5 * change), slope


@inlined
def gauss_newton_step(factor: Array, projection: Array, p: Array) -> bool:
    """Solve ``R p = -z``; false where R is nearly singular."""
    for j in range(len(p) - 1, -1, -1):
        square, total = 0.0, -projection[j]
        for k in range(j + 1):
            square += factor[k, j] * factor[k, j]
        if not factor[j, j] * factor[j, j] >= _LEAST_SHARE * square > 0.0:
            return False
        for i in range(j + 1, len(p)):
            total -= factor[j, i] * p[i]
        p[j] = total / factor[j, j]
    return True


@inlined
def ratio(actual: float, reduction: float) -> float:
    """Actual over predicted reduction; 0 where nothing is predicted, -inf where undefined."""
    return actual / reduction if reduction > 0.0 else 0.0


@inlined
def next_radius(
    radius: float,
    is_first: bool,
    length: float,
    damping: float,
    reduction: float,
    slope: float,
    fun: float,
    trial_fun: float,
) -> float:
    """Shorten after a poor step by the minimum of a parabola, double after a good one [1]_."""
    actual = fun - trial_fun
    gain = ratio(actual, reduction)
    if is_first:
        radius = min(radius, length)
    if gain <= 0.25:
        shrink = 0.1
        if actual >= 0.0:
            shrink = 0.5
        elif trial_fun < 100.0 * fun:
            shrink = max(0.1, 0.5 * slope / (slope + actual))
        return shrink * min(radius, 10.0 * length)
    if gain >= 0.75 or damping == 0.0:
        return 2.0 * length
    return radius


@inlined
def cosine(factor: Array, projection: Array, fun: float) -> float:
    """Largest cosine of the angle between the residuals and a column of the Jacobian."""
    largest = 0.0
    for j in range(len(projection)):
        slope = square = 0.0
        for k in range(j + 1):
            slope += factor[k, j] * projection[k]
            square += factor[k, j] * factor[k, j]
        scale = math.sqrt(square) * math.sqrt(2.0 * fun)
        if scale > 0.0:
            largest = max(largest, abs(slope) / scale)
    return largest


@inlined
def is_flat(factor: Array, projection: Array, fun: float, gtol: float) -> bool:
    """Whether the largest cosine is no larger than ``gtol``, without its quotients."""
    length = math.sqrt(2.0 * fun)
    for j in range(len(projection)):
        slope = square = 0.0
        for k in range(j + 1):
            slope += factor[k, j] * projection[k]
            square += factor[k, j] * factor[k, j]
        if abs(slope) > gtol * length * math.sqrt(square):
            return False
    return True


@inlined
def is_far(x: Array, factor: Array, way: float, xtol: float) -> bool:
    """Whether moving one unknown by ``way``, in the units of the residuals, changes what x is.

    D remembers how steep the cost was; where it no longer is, ``xtol |D x|`` may be any distance.
    """
    square = 0.0
    for j in range(len(x)):
        for k in range(j + 1):
            square += factor[k, j] * x[j] * (factor[k, j] * x[j])
    return way * way > xtol * square


@inlined
def ending(
    x: Array,
    fun: float,
    factor: Array,
    projection: Array,
    scale: Array,
    radius: float,
    actual: float,
    before: float,
    reduction: float,
    shortened: bool,
    ftol: float,
    xtol: float,
    gtol: float,
) -> int:
    """Moré's three tests, on the same numbers as MINPACK's; a Status."""
    same = abs(actual) <= ftol * before and reduction <= ftol * before and ratio(actual, reduction) <= 2.0
    cost = same or fun == 0.0
    short = radius <= xtol * scaled_length(scale, x)
    if short:
        angle = cosine(factor, projection, fun)
        if angle > STALLED:
            if shortened:
                return _STALLED
            short = not is_far(x, factor, angle * math.sqrt(2.0 * fun), xtol)
    if cost:
        return _COST_AND_STEP if short else _COST
    if short:
        return _STEP
    return _GRADIENT if is_flat(factor, projection, fun, gtol) else _RUNNING
