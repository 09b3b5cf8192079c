"""Steps that keep the points well placed: far along the Lagrange polynomial of the one that is replaced.

That polynomial is one at the point and zero at the others; where the new point makes it large, the system of
the models stays well conditioned. Tried are the largest absolute value along a Cauchy step, along the lines
from the best point through the others, and, under constraints, along the polynomial's gradient in what the
active ones leave free; the best is where the determinant of the system is largest.

Reference: T. Ragonneau, PhD thesis, The Hong Kong Polytechnic University 2022, section 6.5.
"""

import math

from solvers.arrays import Array
from solvers.kernels.compiling import called, strict
from solvers.linalg.norm import EPS
from solvers.methods.minimize.cobyqa_active import Active, project, span
from solvers.methods.minimize.cobyqa_conjugate import TINY
from solvers.methods.minimize.cobyqa_models import Models, determinants, polynomial_gradient
from solvers.methods.minimize.cobyqa_points import farthest
from solvers.methods.minimize.cobyqa_state import BEST_POINT, EQUATIONS, PLACE, RADIUS, expand, state_of
from solvers.methods.vectors import copy, dot, norm

#: How much of the largest determinant a step along active constraints may cost, and its violation of others.
_WORTH, _OUTSIDE, _SMALL = 0.1, 10.0, 0.01


@called
def find_place(memory: Array) -> None:
    """Find the step from the best point to a better place for the farthest one."""
    state = state_of(memory)
    models, n, best = state.models, len(state.step), int(state.numbers[BEST_POINT])
    (k, _), p = farthest(memory), len(models.offsets)
    state.numbers[PLACE] = float(k)
    room, radius = state.scratch, state.numbers[RADIUS]
    gradient, lower, upper, other = room[:n], room[n : 2 * n], room[2 * n : 3 * n], room[3 * n : 4 * n]
    line, ratios, rest = room[4 * n : 5 * n], room[5 * n : 5 * n + p], room[5 * n + p :]
    polynomial_gradient(models, k, models.offsets[best], gradient)
    for i in range(n):
        x = models.base[i] + models.offsets[best, i]
        lower[i], upper[i] = min(state.lower[i] - x, 0.0), max(state.upper[i] - x, 0.0)
    _cauchy(models, k, gradient, lower, upper, radius, state.step, other, line)
    most = _determinant(models, k, best, state.step, line, ratios)
    _along_lines(models, k, best, gradient, lower, upper, radius, other)
    here = _determinant(models, k, best, other, line, ratios)
    if here > most:
        most = here
        copy(other, state.step)
    if len(state.limits.which) == 0:
        return
    expand(memory)
    if _along_active(models, k, gradient, lower, upper, radius, memory, other, rest):
        here = _determinant(models, k, best, other, line, ratios)
        if here >= _WORTH * most:
            for i in range(n):
                state.step[i] = min(max(other[i], lower[i]), upper[i])


@called
def _curvature(models: Models, k: int, direction: Array) -> float:
    """Curvature of the k-th Lagrange polynomial along a direction."""
    total = 0.0
    for i in range(len(models.offsets)):
        along = dot(models.offsets[i], direction)
        total += models.inverse[k, i] * (along * along)
    return total


@called
def _determinant(models: Models, k: int, best: int, step: Array, offset: Array, ratios: Array) -> float:
    """By what a step from the best point multiplies the determinant, without its sign."""
    for i in range(len(step)):
        offset[i] = models.offsets[best, i] + step[i]
    determinants(models, offset, ratios)
    size: float = abs(ratios[k])
    return size


@called
def _cauchy(
    models: Models,
    k: int,
    gradient: Array,
    lower: Array,
    upper: Array,
    radius: float,
    step: Array,
    other: Array,
    fixed: Array,
) -> None:
    """Make the better one of the Cauchy steps that raise and that lower the polynomial."""
    up = _climb(models, k, 1.0, gradient, lower, upper, radius, step, fixed)
    down = _climb(models, k, -1.0, gradient, lower, upper, radius, other, fixed)
    if abs(down) > abs(up):
        copy(other, step)


@called
def _climb(
    models: Models,
    k: int,
    sign: float,
    gradient: Array,
    lower: Array,
    upper: Array,
    radius: float,
    step: Array,
    fixed: Array,
) -> float:
    """Make the Cauchy step that raises the polynomial times a sign; what it is after it."""
    n = len(step)
    longest = 0.0
    for i in range(n):
        slope = sign * gradient[i]
        step[i] = upper[i] if slope > 0.0 else lower[i] if slope < 0.0 else 0.0
        fixed[i] = 1.0 if step[i] == 0.0 else 0.0
        longest += step[i] * step[i]
    if longest > radius * radius:  # the gradient's direction, as far as bounds let its elements go
        while True:
            slopes, left, again = 0.0, radius * radius, False
            for i in range(n):
                if fixed[i] == 0.0:
                    slopes += gradient[i] * gradient[i]
                else:
                    left -= step[i] * step[i]
            length = math.sqrt(slopes)
            if length <= TINY * radius:
                break
            scale = math.sqrt(max(left, 0.0)) / length
            for i in range(n):
                if fixed[i] == 0.0:
                    step[i] = scale * sign * gradient[i]
                    if step[i] < lower[i] or step[i] > upper[i]:
                        step[i] = lower[i] if step[i] < lower[i] else upper[i]
                        fixed[i], again = 1.0, True
            if not again:
                break
    slope, length = sign * dot(gradient, step), norm(step)
    curvature = sign * _curvature(models, k, step)
    share = radius / length if length > TINY * radius else 0.0
    if curvature < -TINY * slope:
        share = min(share, max(-slope / curvature, 0.0))
    share = min(share, _room_along(step, lower, upper))
    for i in range(n):
        step[i] = min(max(share * step[i], lower[i]), upper[i])
    return share * slope + 0.5 * share * share * curvature


@strict
def _room_along(direction: Array, lower: Array, upper: Array) -> float:
    """How much of a direction fits within the bounds."""
    most = math.inf
    for i in range(len(direction)):
        bound = lower[i] if direction[i] < 0.0 else upper[i]
        if abs(bound) < math.inf and abs(direction[i]) > TINY * abs(bound):
            most = min(most, bound / direction[i])
    return most


@called
def _along_lines(
    models: Models, k: int, best: int, gradient: Array, lower: Array, upper: Array, radius: float, step: Array
) -> None:
    """Make the step along a line through another point where the polynomial is largest."""
    p, n = models.offsets.shape
    line, most = models.exchanged[0, :n], 0.0
    for i in range(n):
        step[i] = 0.0
    for other in range(p):
        for sign in (1.0, -1.0):
            for i in range(n):
                line[i] = sign * (models.offsets[other, i] - models.offsets[best, i])
            length = norm(line)
            if length <= TINY * radius:
                continue
            slope, curvature = dot(gradient, line), _curvature(models, k, line)
            share = min(radius / length, _room_along(line, lower, upper))
            value = share * slope + 0.5 * share * share * curvature
            turning = -slope / curvature if abs(curvature) > TINY * abs(slope) else math.inf
            if 0.0 < turning < share and abs(0.5 * turning * slope) > abs(value):
                share, value = turning, 0.5 * turning * slope
            if abs(value) > most:
                most = abs(value)
                for i in range(n):
                    step[i] = min(max(share * line[i], lower[i]), upper[i])


@called
def _along_active(
    models: Models,
    k: int,
    gradient: Array,
    lower: Array,
    upper: Array,
    radius: float,
    memory: Array,
    step: Array,
    room: Array,
) -> bool:
    """Make a step along the gradient in what active constraints leave free, if it keeps to the others."""
    limits, n, equations = state_of(memory).limits, len(step), int(memory[EQUATIONS])
    r = len(limits.slack)
    active = Active(
        room[:n], room[n : n + r], room[n + r : n + r + n * n].reshape((n, n)), room[n + r + n * n :][:2]
    )
    size, most = 1.0, 1.0
    for i in range(n):
        for bound in (lower[i], upper[i]):
            size = max(size, abs(bound)) if abs(bound) < math.inf else size
    for i in range(r):
        most = max(most, abs(limits.slack[i]))
    at_bound, at_limit = 10.0 * EPS * n * size, 10.0 * EPS * max(r, 1) * most
    for i in range(n):
        active.fixed[i] = 1.0 if lower[i] > -at_bound or upper[i] < at_bound else 0.0
    for i in range(r):
        active.held[i] = 1.0 if i >= r - equations or limits.slack[i] < at_limit else 0.0
    span(active, limits.rows)
    project(active, gradient, step)
    length = norm(step)
    if not 0.0 < active.counts[1] < n or length <= TINY * radius:
        return False
    for i in range(n):
        step[i] *= radius / length
    if _curvature(models, k, step) < 0.0:
        for i in range(n):
            step[i] = -step[i]
    outside, kept = 0.0, 0.0
    for i in range(n):
        outside = max(outside, lower[i] - step[i], step[i] - upper[i])
    for i in range(r):
        along = dot(limits.rows[i], step)
        over = along - limits.slack[i]
        outside = max(outside, over, -over if i >= r - equations else over)
        if active.held[i] != 0.0 and i < r - equations:
            kept = max(kept, abs(along))
    return outside <= min(_OUTSIDE * kept, _SMALL * radius)
