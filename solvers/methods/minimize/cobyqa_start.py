"""Where COBYQA begins: its unknowns, its limits, and its first points along the axes.

The start is moved onto a bound that is nearer than half the first radius, and otherwise a radius away from
one that is nearer than that, so that points on the axes, one radius away, stay within; at a bound they are
one and two radii away on the other side.

Reference: T. Ragonneau, PhD thesis, The Hong Kong Polytechnic University 2022, chapter 5, after M. Powell's
BOBYQA, 2009.
"""

import math

from solvers.arrays import Array
from solvers.coroutines.row import BEST, Row
from solvers.kernels.compiling import called
from solvers.methods.minimize.cobyqa_state import (
    BEST_POINT,
    CONSTRAINTS,
    DOUBTS,
    EQUATIONS,
    FINAL,
    LIMITS,
    RADIUS,
    RESOLUTION,
    TARGET,
    TOLERANCE,
    UNKNOWNS,
    Limits,
    State,
    is_equation,
    is_fixed,
    state_of,
    unknowns_of,
    worst,
)
from solvers.methods.vectors import copy


@called
def begin(row: Row, scale: bool, radius: float, final: float, tolerance: float, target: float) -> None:
    """Fill in what is known before the first evaluation."""
    numbers, narrowest = row.room, math.inf
    for i in range(DOUBTS + 1):
        numbers[i] = 0.0
    _count(row)
    _fill_unknowns(row, scale)
    state = state_of(row.room)
    copy(row.least, state.least)
    copy(row.most, state.most)
    _fill_limits(state.limits, row.least, row.most)
    n = len(state.lower)
    for i in range(n):
        narrowest = min(narrowest, state.upper[i] - state.lower[i])
    numbers[RADIUS] = numbers[RESOLUTION] = min(radius, 0.5 * narrowest)
    numbers[FINAL], numbers[TOLERANCE], numbers[TARGET] = min(final, numbers[RADIUS]), tolerance, target
    numbers[BEST_POINT] = -1.0
    row.numbers[BEST] = math.nan
    for k in range(2 * n + 1):
        for i in range(n):
            state.models.offsets[k, i] = 0.0
    for i in range(n):
        state.step[i] = 0.0
        _fill_axis(state, i, numbers[RADIUS])


@called
def fill_undefined(values: Array) -> None:
    """Give values to those of the first points where the objective is undefined."""
    stand_in = worst(values)
    for k in range(len(values)):
        if math.isnan(values[k, 0]):
            values[k, 0] = stand_in


@called
def _count(row: Row) -> None:
    """Find how many unknowns, one-sided limits and equations there are."""
    n, r, equations = 0, 0, 0
    for i in range(len(row.x)):
        if not is_fixed(row, i):
            n += 1
    for j in range(len(row.least)):
        if is_equation(row.least[j], row.most[j]):
            equations += 1
        else:
            r += (1 if row.least[j] > -math.inf else 0) + (1 if row.most[j] < math.inf else 0)
    row.room[UNKNOWNS], row.room[CONSTRAINTS] = float(n), float(len(row.least))
    row.room[LIMITS], row.room[EQUATIONS] = float(r + equations), float(equations)


@called
def _fill_unknowns(row: Row, scale: bool) -> None:
    """Find the unknowns that are not fixed, and put the others where they are."""
    state, unknowns, at = state_of(row.room), unknowns_of(row.room), 0
    for i in range(len(row.x)):
        row.answer[i] = min(max(row.x[i], row.lower[i]), row.upper[i])
        if is_fixed(row, i):
            middle = 0.5 * (row.lower[i] + row.upper[i])
            row.answer[i] = min(max(middle, row.lower[i]), row.upper[i])
            continue
        scale = scale and row.upper[i] - row.lower[i] < math.inf
        unknowns.place[at] = float(i)
        at += 1
    for k in range(at):
        i = int(unknowns.place[k])
        unknowns.factor[k] = 0.5 * (row.upper[i] - row.lower[i]) if scale else 1.0
        unknowns.shift[k] = 0.5 * (row.upper[i] + row.lower[i]) if scale else 0.0
        state.lower[k] = -1.0 if scale else row.lower[i]
        state.upper[k] = 1.0 if scale else row.upper[i]
        state.models.base[k] = (row.answer[i] - unknowns.shift[k]) / unknowns.factor[k]


@called
def _fill_limits(limits: Limits, least: Array, most: Array) -> None:
    """Write constraints as one-sided limits, equations last."""
    at = 0
    for j in range(len(least)):
        if not is_equation(least[j], most[j]):
            for sign in (-1.0, 1.0):
                bound = least[j] if sign < 0.0 else most[j]
                if abs(bound) < math.inf:
                    limits.which[at], limits.sign[at], limits.bound[at] = j + 1.0, sign, bound
                    at += 1
    for j in range(len(least)):
        if is_equation(least[j], most[j]):
            limits.which[at], limits.sign[at], limits.bound[at] = j + 1.0, 1.0, 0.5 * (least[j] + most[j])
            at += 1
    for i in range(at):
        limits.multipliers[i] = 0.0


@called
def _fill_axis(state: State, i: int, radius: float) -> None:
    """Move the base off the bounds of an unknown, and put two points on its axis."""
    n, x, lower, upper = len(state.lower), state.models.base[i], state.lower[i], state.upper[i]
    first, second = radius, -radius
    if x <= lower + 0.5 * radius:
        x, second = lower, 2.0 * radius
    elif x <= lower + radius:
        x = min(lower + radius, upper)
    if x >= upper - 0.5 * radius:
        x, first, second = upper, -radius, -2.0 * radius
    elif x >= upper - radius:
        x = max(upper - radius, lower)
    state.models.base[i] = x
    state.models.offsets[i + 1, i], state.models.offsets[n + i + 1, i] = first, second
