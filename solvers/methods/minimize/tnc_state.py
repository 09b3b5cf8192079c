"""What truncated Newton knows of one problem, all of it in the room of its row, and how it is scaled.

It works on ``z = (x - offset) / scale`` and ``factor * f``. A number for each unknown says whether it is
held: -1 at its lower bound, 1 at its upper one, 2 for good, as its bounds are the same or its scale is 0, and
0 if it is free. Gradients and directions are 0 where unknowns are held.
"""

import math
from typing import NamedTuple

from solvers.arrays import Array
from solvers.coroutines.row import Row
from solvers.coroutines.views import view
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
#: The length of z over what is free, and 1.
EXTENT = 13
_NUMBERS = 14
#: Little, at first [1].
_LITTLE = 0.05
#: How near to a bound is at it, relative to the numbers that such an x is rounded with.
_AT = 10.0 * EPS


class State(NamedTuple):
    """One problem of n unknowns."""

    scale: Array  # (n,)
    offset: Array  # (n,)
    numbers: Array  # (14,)
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
    b = a + SIZE
    return State(
        view(room, 0, (n,)),
        view(room, n, (n,)),
        view(room, 2 * n, (_NUMBERS,)),
        view(room, a, (SIZE,)),
        view(room, b, (n,)),
        view(room, b + n, (n,)),
        view(room, b + 2 * n, (n,)),
        view(room, b + 3 * n, (n,)),
        view(room, b + 4 * n, (n,)),
        view(room, b + 5 * n, (n,)),
        view(room, b + 6 * n, (n,)),
        view(room, b + 7 * n, (n,)),
        view(room, b + 8 * n, (n,)),
        view(room, b + 9 * n, (n,)),
        view(room, b + 10 * n, (n,)),
        view(room, b + 11 * n, (n,)),
        view(room, b + 12 * n, (n,)),
        view(room, b + 13 * n, (n,)),
        view(room, b + 14 * n, (n,)),
        view(room, b + 15 * n, (n,)),
        view(room, b + 16 * n, (2 * n,)),
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
        state.held[i] = 0.0
    numbers = state.numbers
    numbers[FACTOR], numbers[LITTLE], numbers[CYCLE] = 1.0, _LITTLE, moving - 1.0
    measure(row)
    for i in range(len(row.x)):
        if state.held[i] == 0.0:
            row.x[i] = _put(row, state, i, state.point[i])
            state.held[i] = -1.0 if row.x[i] == row.lower[i] else 1.0 if row.x[i] == row.upper[i] else 0.0
    return moving


@strict
def _put(row: Row, state: State, i: int, z: float) -> float:
    """Find x for z, within its bounds, and at one where only rounding lies between.

    Else no step would lead there, and what is next to a bound would not be held.
    """
    low: float = row.lower[i]
    high: float = row.upper[i]
    x: float = min(max(z * state.scale[i] + state.offset[i], low), high)
    rounded = 1.0 + state.scale[i] * state.numbers[EXTENT]
    if math.isfinite(low) and x - low <= _AT * (abs(low) + rounded):
        return low
    if math.isfinite(high) and high - x <= _AT * (abs(high) + rounded):
        return high
    return x


@strict
def look_along(row: Row, state: State, step: float, direction: Array) -> None:
    """Ask a step along a direction, within the bounds."""
    for i in range(len(direction)):
        row.x[i] = _put(row, state, i, state.point[i] + step * direction[i])


@called
def project(row: Row) -> float:
    """Scale the gradient at the answer, and return its length over what is free."""
    state = state_of(row)
    for i in range(len(row.x)):
        free = state.held[i] == 0.0
        state.gradient[i] = row.slope[i] * (state.scale[i] * state.numbers[FACTOR]) if free else 0.0
    return norm(state.gradient)


@called
def measure(row: Row) -> float:
    """Find the length of z over what is free, and 1."""
    state = state_of(row)
    total = 0.0
    for i in range(len(row.x)):
        total += state.point[i] * state.point[i] if state.held[i] == 0.0 else 0.0
    extent: float = math.sqrt(total) + 1.0
    state.numbers[EXTENT] = extent
    return extent


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
            if _put(row, state, i, state.point[i]) == bound:
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
