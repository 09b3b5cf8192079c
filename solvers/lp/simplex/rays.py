"""Why a problem has no optimum, read off the dictionary and corrected by the original rows."""

from solvers.arrays import Array
from solvers.kernels.compiling import inlined, kernel
from solvers.lp.simplex.primal import direction
from solvers.lp.simplex.refine import GOOD, correct_multipliers, dual_error, sweep
from solvers.lp.simplex.room import LOW, VALUE, Room, Y, Z
from solvers.lp.simplex.tolerances import ROUNDING

_PASSES = 2


@kernel
def farkas_ray(room: Room, r: int) -> bool:
    """Take as y the multipliers of rows that make row r of the dictionary; whether they do.

    ``x_B[r] - T[r] x_N`` is zero for whatever x, and cannot be within the bounds.
    """
    n, y, z = len(room.tail), room.rows[Y], room.columns[Z]
    sign = 1.0 if room.rows[VALUE, r] < room.rows[LOW, r] else -1.0
    for i in range(len(room.head)):
        y[i] = 0.0
    if room.head[r] >= n:
        y[room.head[r] - n] = sign
    for j in range(n):
        if room.tail[j] >= n:
            y[room.tail[j] - n] = -sign * room.T[r, j]
    for step in range(_PASSES + 1):
        if step == _PASSES:
            _clear(y)
        sweep(room, 0.0)
        if room.head[r] < n:
            z[room.head[r]] -= sign
        if step < _PASSES:
            correct_multipliers(room)
    return dual_error(room) <= GOOD


@inlined
def _clear(y: Array) -> None:
    """Make zero what is rounding next to the largest: it would count where a bound is infinite."""
    largest = 0.0
    for i in range(len(y)):
        largest = max(largest, abs(y[i]))
    for i in range(len(y)):
        if abs(y[i]) <= ROUNDING * largest:
            y[i] = 0.0


@kernel
def descent_ray(room: Room, q: int) -> None:
    """Take as z the direction in which column q's variable moves all others."""
    n, ray = len(room.tail), room.columns[Z]
    sign = direction(room, q)
    for j in range(n):
        ray[j] = 0.0
    if room.tail[q] < n:
        ray[room.tail[q]] = sign
    for i in range(len(room.head)):
        if room.head[i] < n:
            ray[room.head[i]] = sign * room.T[i, q]
