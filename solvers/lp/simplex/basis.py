"""From a basis to its dictionary and back."""

import numpy as np
from numpy.typing import NDArray

from solvers.kernels.compiling import inlined, kernel
from solvers.lp.programs import AT_LOWER, AT_UPPER, AT_ZERO, BASIC
from solvers.lp.simplex.dictionary import copy, follow_bounds, follow_costs, place, read_column
from solvers.lp.simplex.pivot import pivot
from solvers.lp.simplex.room import DOWN, ENTERING, FREE, MOVE, Room
from solvers.lp.simplex.tolerances import LEAST_PIVOT


@kernel
def invert(room: Room) -> None:
    """Make the dictionary in which those variables are basic that the codes say.

    Where these depend on each other, or are too few, activities of rows are basic instead.
    """
    m, n = len(room.head), len(room.tail)
    for i in range(m):
        room.head[i] = n + i
        copy(room.T[i], room.A[i])
    room.T[m, :] = 0.0
    for j in range(n):
        room.tail[j] = j
    for q in range(n):
        if room.codes[q] != BASIC:
            continue
        read_column(room, q)
        r = _row_to_leave(room)
        if r >= 0:
            pivot(room, r, q)
            room.head[r], room.tail[q] = q, room.head[r]


@inlined
def _row_to_leave(room: Room) -> int:
    """Of rows whose activity is not to be basic, the one with the largest entry in the column read; or -1."""
    n, column = len(room.tail), room.rows[ENTERING]
    best, found = LEAST_PIVOT, -1
    for i in range(len(room.head)):
        if abs(column[i]) > best and room.head[i] >= n and room.codes[room.head[i]] != BASIC:
            best, found = abs(column[i]), i
    return found


@inlined
def start(room: Room) -> None:
    """Put the variables of a dictionary where the codes say, and compute what follows."""
    for j in range(len(room.tail)):
        variable = room.tail[j]
        place(room, j, variable, room.codes[variable] == AT_UPPER)
    follow_bounds(room)
    follow_costs(room)


@inlined
def note(room: Room, codes: NDArray[np.int8]) -> None:
    """Write down where variables are."""
    for i in range(len(room.head)):
        codes[room.head[i]] = BASIC
    for j in range(len(room.tail)):
        move = room.columns[MOVE, j]
        codes[room.tail[j]] = AT_UPPER if move == DOWN else AT_ZERO if move == FREE else AT_LOWER
