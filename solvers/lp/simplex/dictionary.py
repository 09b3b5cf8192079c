"""The dictionary of a vertex: where variables are, and what follows from bounds and costs."""

import math

from numpy.typing import NDArray

from solvers.arrays import Scalar
from solvers.kernels.compiling import inlined, summing
from solvers.lp.simplex.room import (
    COST,
    DOWN,
    ENTERING,
    FIXED,
    FREE,
    HIGH,
    LEAST,
    LOW,
    LOWER,
    MOST,
    MOVE,
    REACH,
    REST,
    UP,
    UPPER,
    VALUE,
    Room,
)
from solvers.lp.simplex.tolerances import FEASIBLE


@inlined
def copy(target: NDArray[Scalar], source: NDArray[Scalar]) -> None:
    """Copy one vector into another."""
    for i in range(len(source)):
        target[i] = source[i]


@inlined
def read_column(room: Room, q: int) -> None:
    """Gather column q of the dictionary, the reduced cost last."""
    column = room.rows[ENTERING]
    for i in range(len(room.T)):
        column[i] = room.T[i, q]


@inlined
def settle(room: Room, i: int, variable: int, value: float) -> None:
    """Put a variable into row i."""
    low, high = room.variables[LOWER, variable], room.variables[UPPER, variable]
    room.head[i] = variable
    room.rows[VALUE, i] = value
    room.rows[LOW, i], room.rows[HIGH, i] = low, high
    room.rows[LEAST, i] = low - FEASIBLE * (1.0 + abs(low))
    room.rows[MOST, i] = high + FEASIBLE * (1.0 + abs(high))


@inlined
def place(room: Room, j: int, variable: int, at_upper: bool) -> None:
    """Put a variable into column j, at a bound that it has; at zero if it has none."""
    low, high = room.variables[LOWER, variable], room.variables[UPPER, variable]
    at_upper = high < math.inf and (at_upper or low == -math.inf)
    move = DOWN if at_upper else UP if low > -math.inf else FREE
    room.tail[j] = variable
    room.columns[MOVE, j] = FIXED if low == high else move
    room.columns[REACH, j] = high - low
    room.columns[REST, j] = high if at_upper else low if low > -math.inf else 0.0


@inlined
def exchange(room: Room, r: int, q: int, value: float, at_upper: bool) -> None:
    """Put the variable of column q into row r, at this value, that of row r into column q, at a bound."""
    entering, leaving = room.tail[q], room.head[r]
    settle(room, r, entering, value)
    place(room, q, leaving, at_upper)


@summing
def follow_bounds(room: Room) -> None:
    """Compute the basic variables from the others: x_B = T x_N."""
    rest = room.columns[REST]
    for i in range(len(room.head)):
        entries, total = room.T[i], 0.0
        for j in range(len(rest)):
            total += entries[j] * rest[j]
        settle(room, i, room.head[i], total)


@inlined
def follow_costs(room: Room) -> None:
    """Compute the reduced costs: d = c_N + T'c_B."""
    cost, reduced = room.variables[COST], room.T[len(room.head)]
    for j in range(len(room.tail)):
        reduced[j] = cost[room.tail[j]]
    for i in range(len(room.head)):
        factor = cost[room.head[i]]
        if factor != 0.0:
            entries = room.T[i]
            for j in range(len(reduced)):
                reduced[j] += factor * entries[j]
