"""The dictionary of a vertex: exchanging two variables, and what follows from bounds and costs."""

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
    LEAVING,
    LOW,
    LOWER,
    MOST,
    MOVE,
    REST,
    UP,
    UPPER,
    VALUE,
    Room,
)
from solvers.lp.simplex.tolerances import FEASIBLE, ROUNDING

#: Where fewer than one in this many entries of a row are not zero, only those are worked on.
_SPARSE = 4


@inlined
def copy(target: NDArray[Scalar], source: NDArray[Scalar]) -> None:
    """Copy one vector into another."""
    for i in range(len(source)):
        target[i] = source[i]


@inlined
def read_column(room: Room, q: int) -> None:
    """Gather column q of the dictionary, the reduced cost last."""
    column = room.rows[ENTERING]
    for i in range(len(column)):
        column[i] = room.T[i, q]


@inlined
def pivot(room: Room, r: int, q: int) -> None:
    """Solve row r for the variable of column q, which has been read, and put that into the other rows."""
    column, row, leaving = room.rows[ENTERING], room.columns[LEAVING], room.T[r]
    inverse = 1.0 / leaving[q]
    count = 0
    for j in range(len(row)):
        row[j] = -leaving[j] * inverse if abs(leaving[j]) > ROUNDING else 0.0
        count += row[j] != 0.0
    sparse = count * _SPARSE < len(row)
    if sparse:
        count = 0
        for j in range(len(row)):
            room.places[count] = j
            count += row[j] != 0.0
    for i in range(len(column)):
        entries, factor = room.T[i], column[i]
        if i == r or factor == 0.0:
            continue
        if abs(factor) > ROUNDING or i == len(room.head):  # reduced costs may be of any size
            if sparse:
                for k in range(count):
                    entries[room.places[k]] += factor * row[room.places[k]]
            else:
                for j in range(len(row)):
                    entries[j] += factor * row[j]
        entries[q] = factor * inverse  # after the loop, which would wait for it
    copy(leaving, row)
    leaving[q] = inverse


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
    room.columns[REST, j] = high if at_upper else low if low > -math.inf else 0.0


@inlined
def exchange(room: Room, r: int, q: int, value: float, at_upper: bool) -> None:
    """Let the variable of column q enter at this value, that of row r leave to one of its bounds."""
    entering, leaving = room.tail[q], room.head[r]
    pivot(room, r, q)
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
