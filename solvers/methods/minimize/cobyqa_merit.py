"""What COBYQA goes by: the merit of points, the weight of violations in it, and the radii.

The merit is ``f + penalty |violations|``. The penalty grows to twice what makes a step that lowers the linear
violations lower the merit's model too, and twice the multipliers' length; it falls to what the spread of f
and of the constraints over the points asks for when the resolution is refined. A trial is judged by its
reduction of the merit relative to that of the model.

Reference: T. Ragonneau, PhD thesis, The Hong Kong Polytechnic University 2022, chapter 5.
"""

import math

from solvers.arrays import Array
from solvers.kernels.compiling import called
from solvers.linalg.norm import EPS
from solvers.methods.minimize.cobyqa_conjugate import TINY
from solvers.methods.minimize.cobyqa_state import (
    BEST_POINT,
    EQUATIONS,
    FINAL,
    PENALTY,
    RADIUS,
    RESOLUTION,
    state_of,
    violation,
)
from solvers.methods.vectors import copy, dot, norm

# All as in SciPy.
_PENALTY_LOW, _PENALTY_FACTOR = 1.5, 2.0
LOW_RATIO, _HIGH_RATIO = 0.1, 0.7
_SHRINK, _GROW, _FARTHER, _NEAR = 0.5, math.sqrt(2.0), 2.0, 1.4
_FINER, _LARGE, _MODERATE = 0.1, 250.0, 16.0
_WIDE = 2.0


@called
def merit(values: Array, least: Array, most: Array, penalty: float) -> float:
    """Merit of a point with these values, of which the first is the objective."""
    _, outside = violation(values, least, most)
    total: float = values[0] + penalty * outside
    return total


@called
def choose_best(memory: Array) -> bool:
    """Find the point of least merit; whether it is the same as before."""
    state = state_of(memory)
    values, before, penalty = state.models.values, int(state.numbers[BEST_POINT]), state.numbers[PENALTY]
    best, lowest = before, merit(values[before], state.least, state.most, penalty)
    outside, _ = violation(values[before], state.least, state.most)
    close = 10.0 * EPS * len(values) * max(abs(lowest), 1.0)
    for k in range(len(values)):
        if k != before:
            here = merit(values[k], state.least, state.most, penalty)
            farthest, _ = violation(values[k], state.least, state.most)
            if here < lowest or (here < lowest + close and farthest < outside):
                best, lowest, outside = k, here, farthest
    state.numbers[BEST_POINT] = float(best)
    return best == before


@called
def _objective_change(memory: Array) -> float:
    """Change of the quadratic that the step lowers: the objective's gradient, the Lagrangian's Hessian."""
    state = state_of(memory)
    step, total = state.step, dot(state.gradients[0], state.step)
    for i in range(len(step)):
        total += 0.5 * step[i] * dot(state.hessian[i], step)
    return total


@called
def _violation_now(memory: Array) -> float:
    """Length of the violations at the best point."""
    state = state_of(memory)
    slack, squares = state.limits.slack, 0.0
    for i in range(len(slack)):
        if slack[i] < 0.0 or i >= len(slack) - state.numbers[EQUATIONS]:
            squares += slack[i] * slack[i]
    return math.sqrt(squares)


@called
def _violation_after(memory: Array) -> float:
    """Length of the violations of the linear limits after the step."""
    state = state_of(memory)
    limits, squares = state.limits, 0.0
    for i in range(len(limits.slack)):
        over = dot(limits.rows[i], state.step) - limits.slack[i]
        if over > 0.0 or i >= len(limits.slack) - state.numbers[EQUATIONS]:
            squares += over * over
    return math.sqrt(squares)


@called
def raise_penalty(memory: Array) -> bool:
    """Let the penalty be large enough for the step; whether the best point stays the same."""
    state = state_of(memory)
    fall = max(_violation_now(memory) - _violation_after(memory), 0.0)
    change = _objective_change(memory)
    least = norm(state.limits.multipliers)
    if fall > TINY * abs(change):
        least = max(least, change / fall)
    if state.numbers[PENALTY] <= _PENALTY_LOW * least:
        state.numbers[PENALTY] = max(_PENALTY_FACTOR * least, 1.0)
        return choose_best(memory)
    return True


@called
def reduction_ratio(memory: Array) -> float:
    """Reduction of the merit by the trial relative to what the model said."""
    state = state_of(memory)
    penalty, best = state.numbers[PENALTY], int(state.numbers[BEST_POINT])
    least, most = state.least, state.most
    real = merit(state.models.values[best], least, most, penalty) - merit(state.trial, least, most, penalty)
    after = _objective_change(memory) + penalty * _violation_after(memory)
    expected = abs(penalty * _violation_now(memory) - after)
    return real / expected if expected > TINY * abs(real) else -1.0


@called
def keep_better(memory: Array) -> None:
    """Go back to the trial before its correction if that was better."""
    state, penalty = state_of(memory), memory[PENALTY]
    before = merit(state.first_trial, state.least, state.most, penalty)
    if before < merit(state.trial, state.least, state.most, penalty):
        copy(state.first_step, state.step)
        copy(state.first_trial, state.trial)


@called
def set_radius(numbers: Array, radius: float) -> None:
    """Set the radius, to the resolution where it is not much more."""
    numbers[RADIUS] = numbers[RESOLUTION] if radius <= _NEAR * numbers[RESOLUTION] else radius


@called
def judge(memory: Array, ratio: float) -> None:
    """Adapt the radius to how good the model was."""
    numbers, length = memory, norm(state_of(memory).step)
    half = _SHRINK * numbers[RADIUS]
    if ratio <= LOW_RATIO:
        set_radius(numbers, half)
    elif ratio <= _HIGH_RATIO:
        set_radius(numbers, max(half, length))
    else:
        set_radius(numbers, min(_GROW * numbers[RADIUS], max(half, _FARTHER * length)))


@called
def refine(memory: Array) -> None:
    """Make the resolution finer, and let the penalty fall."""
    numbers = memory
    resolution, final = numbers[RESOLUTION], numbers[FINAL]
    if resolution > _LARGE * final:
        numbers[RESOLUTION] = _FINER * resolution
    elif resolution > _MODERATE * final:
        numbers[RESOLUTION] = math.sqrt(resolution * final)
    else:
        numbers[RESOLUTION] = final
    numbers[RADIUS] = max(_SHRINK * numbers[RADIUS], numbers[RESOLUTION])
    numbers[PENALTY] = min(numbers[PENALTY], _low_penalty(memory))
    choose_best(memory)


@called
def _low_penalty(memory: Array) -> float:
    """Spread of the objective by the least spread of a limit that matters."""
    state = state_of(memory)
    limits, values, least = state.limits, state.models.values, math.inf
    r, equations = len(limits.which), int(state.numbers[EQUATIONS])
    for i in range(r + equations):
        limit = i if i < r else i - equations  # an equation is two limits
        sign = limits.sign[limit] if i < r else -limits.sign[limit]
        low, high = math.inf, -math.inf
        for k in range(len(values)):
            over = sign * (values[k, int(limits.which[limit])] - limits.bound[limit])
            low, high = min(low, over), max(high, over)
        if low < _WIDE * high:
            least = min(least, high - min(0.0, low))
    if least == math.inf:
        return 0.0
    low, high = math.inf, -math.inf
    for k in range(len(values)):
        low, high = min(low, values[k, 0]), max(high, values[k, 0])
    return (high - low) / least if least > TINY * (high - low) else math.inf
