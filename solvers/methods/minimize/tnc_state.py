"""What truncated Newton knows of one problem, all of it in the room of its row, and how it is scaled.

It works on ``z = (x - offset) / scale`` and ``factor * f``. A number for each unknown says whether it is
held: -1 at its lower bound, 1 at its upper one, 2 for good, as its bounds are the same or its scale is 0, and
0 if it is free. Gradients and directions are 0 where unknowns are held.
"""

import math
from typing import NamedTuple

from solvers.arrays import Array
from solvers.coroutines.row import Row
from solvers.kernels.compiling import called, strict
from solvers.linalg.norm import EPS
from solvers.methods.line_search.gill_murray import SIZE
from solvers.methods.vectors import norm

#: Places in numbers: what the objective is multiplied by; the slope along the direction; of the conjugate
#: gradients the last ``r'z`` and value of the model; the objective at the best trial of a line search; how
#: much the objective fell in the last iteration.
FACTOR, DESCENT, RZ, MODEL, FOUND_FUN, FALL = range(6)
#: Of the preconditioner: the product of the last step and its change of the gradient, and of the sums;
#: whether steps are remembered at all, and whether the last one alone is; how many there are in the sum,
#: where the objective was when that began, and the share of the fall since then that is little.
CURVED, SUM_CURVED, REMEMBERS, ALONE, CYCLE, AT_RESET, LITTLE = range(6, 13)
_NUMBERS = 13
#: Little, at first [1].
_LITTLE = 0.05
#: Relative to a bound, how near to it is at it.
_AT = 10.0 * EPS


class State(NamedTuple):
    """One problem of n unknowns."""

    scale: Array  # (n,)
    offset: Array  # (n,)
    numbers: Array  # (13,)
    search: Array  # (SIZE,) of a line search
    point: Array  # (n,) z
    held: Array  # (n,)
    gradient: Array  # (n,) scaled
    direction: Array  # (n,)
    found: Array  # (n,) the gradient, unscaled, at the best trial of a line search
    before: Array  # (n,) the scaled gradient where a line search began
    step: Array  # (n,) the last one
    change: Array  # (n,) of the gradient along it
    sum_step: Array  # (n,) of the steps before
    sum_change: Array  # (n,)
    diagonal: Array  # (n,) of the Hessian, as far as it is known
    next_diagonal: Array  # (n,)
    residual: Array  # (n,) of the equations of a direction
    conjugate: Array  # (n,) a direction conjugate to those before
    product: Array  # (n,) of the Hessian with it
    solved: Array  # (n,) the residual divided by the preconditioner
    scratch: Array  # (2 n,)


def room_for_state(n: int) -> int:
    """How many numbers it takes besides scale and offset."""
    return _NUMBERS + SIZE + 18 * n


@strict
def state_of(row: Row) -> State:
    """Find it in the room of a row."""
    n, room = len(row.x), row.room
    a = 2 * n + _NUMBERS
    rest = room[a + SIZE :]
    return State(
        room[:n],
        room[n : 2 * n],
        room[2 * n : a],
        room[a : a + SIZE],
        rest[:n],
        rest[n : 2 * n],
        rest[2 * n : 3 * n],
        rest[3 * n : 4 * n],
        rest[4 * n : 5 * n],
        rest[5 * n : 6 * n],
        rest[6 * n : 7 * n],
        rest[7 * n : 8 * n],
        rest[8 * n : 9 * n],
        rest[9 * n : 10 * n],
        rest[10 * n : 11 * n],
        rest[11 * n : 12 * n],
        rest[12 * n : 13 * n],
        rest[13 * n : 14 * n],
        rest[14 * n : 15 * n],
        rest[15 * n : 16 * n],
        rest[16 * n : 18 * n],
    )


@called
def begin_state(row: Row, given: bool) -> int:
    """Move the start within its bounds, choose what was not given to scale by; how many unknowns can move."""
    state = state_of(row)
    scales, offsets = given and norm(state.scale) > 0.0, given and norm(state.offset) > 0.0
    moving = 0
    for i in range(len(row.x)):
        low, high = row.lower[i], row.upper[i]
        x = row.x[i] = min(max(row.x[i], low), high)
        bounded = math.isfinite(high - low)
        if scales:
            state.scale[i] = abs(state.scale[i])
        else:
            state.scale[i] = high - low if bounded else 1.0 + abs(x)
        if not offsets:
            state.offset[i] = 0.5 * (low + high) if bounded else x
        if state.scale[i] == 0.0 or low == high:
            state.scale[i], state.offset[i], state.held[i] = 0.0, x, 2.0
            state.point[i] = 0.0
            continue
        moving += 1
        state.point[i] = (x - state.offset[i]) / state.scale[i]
        state.held[i] = -1.0 if _is_at(x, low) else 1.0 if _is_at(x, high) else 0.0
    numbers = state.numbers
    numbers[FACTOR], numbers[LITTLE], numbers[CYCLE] = 1.0, _LITTLE, moving - 1.0
    return moving


@strict
def _is_at(x: float, bound: float) -> bool:
    return abs(x - bound) <= _AT * (abs(bound) + 1.0) and math.isfinite(bound)


@strict
def look_along(row: Row, state: State, step: float, direction: Array) -> None:
    """Ask a step along a direction, within the bounds."""
    for i in range(len(direction)):
        x = (state.point[i] + step * direction[i]) * state.scale[i] + state.offset[i]
        row.x[i] = min(max(x, row.lower[i]), row.upper[i])


@called
def project(row: Row) -> float:
    """Scale the gradient at the answer, and return its length over what is free."""
    state = state_of(row)
    for i in range(len(row.x)):
        free = state.held[i] == 0.0
        state.gradient[i] = row.slope[i] * state.scale[i] * state.numbers[FACTOR] if free else 0.0
    return norm(state.gradient)


@called
def size_of_free(row: Row) -> float:
    """The length of z over what is free."""
    state = state_of(row)
    total = 0.0
    for i in range(len(row.x)):
        total += state.point[i] * state.point[i] if state.held[i] == 0.0 else 0.0
    return math.sqrt(total)


@called
def room_to_move(row: Row, most: float) -> float:
    """How far the direction leads within the bounds, at most so far."""
    state = state_of(row)
    for i in range(len(row.x)):
        along = state.direction[i] * state.scale[i]
        if along != 0.0:
            bound = row.upper[i] if along > 0.0 else row.lower[i]
            room = ((bound - state.offset[i]) / state.scale[i] - state.point[i]) / state.direction[i]
            most = min(most, room)
    return most


@called
def hold(row: Row) -> bool:
    """Hold what the direction has led to its bound; whether there is any."""
    state = state_of(row)
    held = False
    for i in range(len(row.x)):
        along = state.direction[i]
        if along != 0.0:
            bound = row.upper[i] if along > 0.0 else row.lower[i]
            if _is_at(state.point[i] * state.scale[i] + state.offset[i], bound):
                state.held[i] = math.copysign(1.0, along)
                state.point[i] = (bound - state.offset[i]) / state.scale[i]
                held = True
    return held


@called
def release_all(row: Row) -> None:
    """Set free all unknowns that the objective falls with off their bounds."""
    held = state_of(row).held
    for i in range(len(row.x)):
        if abs(held[i]) == 1.0 and held[i] * row.slope[i] > 0.0:
            held[i] = 0.0


@called
def release_one(row: Row) -> bool:
    """Set free the one that it falls with fastest; whether there is any."""
    state = state_of(row)
    most, place = 0.0, -1
    for i in range(len(row.x)):
        fall = state.held[i] * row.slope[i] * state.scale[i]
        if abs(state.held[i]) == 1.0 and fall > most:
            most, place = fall, i
    if place >= 0:
        state.held[place] = 0.0
    return place >= 0
