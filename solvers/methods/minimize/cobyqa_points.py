"""Which points the models go through: the first ones, which one a trial replaces, when one is too far.

A trial replaces the point that is farthest from the best one, where that leaves the system of the models well
conditioned: of all but the best the one of the largest ``max(1, distance² / near²)³ |ratio of
determinants|``.

Reference: T. Ragonneau, PhD thesis, The Hong Kong Polytechnic University 2022, chapter 5; the
numbers are SciPy's.
"""

import math

from solvers.arrays import Array
from solvers.kernels.compiling import called
from solvers.methods.minimize.cobyqa_models import (
    determinants,
    interpolate,
    polynomial_gradient,
    rebase,
    replace,
)
from solvers.methods.minimize.cobyqa_start import fill_undefined
from solvers.methods.minimize.cobyqa_state import (
    BEST_POINT,
    DOUBTS,
    PLACE,
    RADIUS,
    RESOLUTION,
    expand,
    state_of,
)
from solvers.methods.vectors import copy, norm

#: How many radii the best point may be from the base; how many resolutions a point may be from the best one;
#: how many radii one that is near is.
_SHIFT, _FAR, _NEAR = 10.0, 2.0, 0.1
#: Below this ratio a model is in doubt if its gradient is so many times a new one's; doubts it may stand.
_VERY_LOW_RATIO, _LARGE_GRADIENT, _MOST_DOUBTS = 0.01, 10.0, 3.0


@called
def keep(memory: Array) -> bool:
    """Keep the trial as one of the first points; whether these are all."""
    state, place = state_of(memory), int(memory[PLACE])
    copy(state.trial, state.models.values[place])
    memory[PLACE] += 1.0
    if place + 1 < len(state.models.values):
        return False
    fill_undefined(state.models.values)
    memory[BEST_POINT] = 0.0
    return True


@called
def make_models(memory: Array) -> None:
    """Make all models anew."""
    interpolate(state_of(memory).models)


@called
def rebase_far(memory: Array) -> None:
    """Make the best point the base where it is far from it."""
    state, best = state_of(memory), int(memory[BEST_POINT])
    if norm(state.models.offsets[best]) >= _SHIFT * memory[RADIUS]:
        rebase(state.models, best)


@called
def replace_point(memory: Array, k: int) -> bool:
    """Put the trial in a point's place; whether the points are ill placed now."""
    state, best = state_of(memory), int(memory[BEST_POINT])
    offset = state.scratch[: len(state.step)]
    for i in range(len(offset)):
        offset[i] = state.models.offsets[best, i] + state.step[i]
    ill_placed: bool = replace(state.models, k, offset, state.trial)
    return ill_placed


@called
def most_dispensable(memory: Array) -> int:
    """Which point to replace by the trial."""
    state, best = state_of(memory), int(memory[BEST_POINT])
    models, n = state.models, len(state.step)
    offset, ratios = state.scratch[:n], state.scratch[n : n + len(models.offsets)]
    for i in range(n):
        offset[i] = models.offsets[best, i] + state.step[i]
    determinants(models, offset, ratios)
    near = max(_NEAR * memory[RADIUS], memory[RESOLUTION])
    most, place = -1.0, 0
    for k in range(len(ratios)):
        distance = _distance(models.offsets[k], models.offsets[best]) / near
        weight = max(1.0, distance * distance) ** 3 * abs(ratios[k])
        if k != best and weight > most:
            most, place = weight, k
    return place


@called
def farthest(memory: Array) -> tuple[int, float]:
    """Which point is farthest from the best one, and how far."""
    offsets, best = state_of(memory).models.offsets, int(memory[BEST_POINT])
    place, most = 0, -1.0
    for k in range(len(offsets)):
        here = _distance(offsets[k], offsets[best])
        if here > most:
            place, most = k, here
    return place, most


@called
def is_far(memory: Array) -> bool:
    """Whether a point is so far that the models suffer."""
    _, distance = farthest(memory)
    far: bool = distance > max(memory[RADIUS], _FAR * memory[RESOLUTION])
    return far


@called
def is_doubtful(memory: Array, ratio: float) -> bool:
    """Whether, with trials failing, the gradient was often much larger than one of a model made anew."""
    if memory[RADIUS] > memory[RESOLUTION]:
        return False
    memory[DOUBTS] += 1.0
    if ratio >= _VERY_LOW_RATIO:
        memory[DOUBTS] = 0.0
        return False
    expand(memory)
    state, best = state_of(memory), int(memory[BEST_POINT])
    n, models = len(state.step), state.models
    fresh, part = state.scratch[:n], state.scratch[n : 2 * n]
    for i in range(n):
        fresh[i] = 0.0
    for k in range(len(models.offsets)):
        polynomial_gradient(models, k, models.offsets[best], part)
        for i in range(n):
            fresh[i] += models.values[k, 0] * part[i]
    if norm(state.gradients[0]) < _LARGE_GRADIENT * norm(fresh):
        memory[DOUBTS] = 0.0
    if memory[DOUBTS] < _MOST_DOUBTS:
        return False
    memory[DOUBTS] = 0.0
    return True


@called
def _distance(a: Array, b: Array) -> float:
    squares = 0.0
    for i in range(len(a)):
        squares += (a[i] - b[i]) ** 2
    return math.sqrt(squares)
