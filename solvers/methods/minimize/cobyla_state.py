"""What COBYLA knows of one problem, all of it in the room of its row, which begins with numbers.

Unknowns are those that are not fixed by their bounds. Bounds and both sides of constraints are limits,
``sign (value - bound) <= 0``, in SciPy's order: lower bounds, upper bounds, lower sides, upper sides. What is
known at points is in a table, with a column a limit, and the objective's.
"""

import math
from typing import NamedTuple

from solvers.arrays import Array
from solvers.coroutines.row import Row
from solvers.coroutines.views import matrix
from solvers.kernels.compiling import called, strict
from solvers.linalg.norm import EPS
from solvers.methods.minimize.cobyla_filter import Filter, filter_in, room_for_filter
from solvers.methods.minimize.cobyla_step import room_for_step

#: Places in numbers: how many unknowns there are, without and with the fixed ones, and how many limits; the
#: radius of steps, what it does not fall below for now, and at the end; the weight of violations; the largest
#: violation that counts as none, and the objective of a feasible point at which it ends; the point to
#: evaluate, or to replace; of the last step its length, the fall of the merit that it promises, and whether
#: all points were near.
UNKNOWNS, WIDTH, LIMITS, RADIUS, RESOLUTION, FINAL, PENALTY, TOLERANCE, TARGET, PLACE = range(10)
LENGTH, PROMISE, ADEQUATE = range(10, 13)
#: Where parts begin.
_LIMITS, _POINTS, _TABLE, _KEPT, SCRATCH = range(13, 18)
_NUMBERS = 18
#: Of a limit: the unknown, or n + the constraint, that it is for; 1 for at most, -1 for at least; the bound.
WHICH, SIGN, BOUND = range(3)

_size_of_filter = strict(room_for_filter)


def room_for_state(n: int, m: int) -> int:
    """How many numbers it takes, at most, for n unknowns and m constraints."""
    r = 2 * n + 2 * m
    known = _NUMBERS + 2 * n + 3 * r + n * (2 * n + 1) + (n + 2) * (r + 2) + (r + 1) * n
    return known + room_for_filter(n) + max(room_for_step(n, r), n * (2 * n + 1))


class Simplex(NamedTuple):
    """The points in the space of n unknowns."""

    places: Array  # (n,) of the unknowns in x
    points: Array  # (n + 1, n) displacements from the best point, and that point itself
    inverse: Array  # (n, n) the displacements' duals: inverse[i] @ points[j] is 1 for i = j, else 0
    step: Array  # (n,) from the best point to a trial


class Values(NamedTuple):
    """What is known at the points, and at a trial, and the linear models of that."""

    limits: Array  # (r, 3)
    table: Array  # (n + 2, r + 1) by how much limits are exceeded, and the objective
    outside: Array  # (n + 2,) the largest violation
    gradients: Array  # (r + 1, n)


@strict
def simplex_of(memory: Array) -> Simplex:
    """Find it."""
    n, a = int(memory[UNKNOWNS]), int(memory[_POINTS])
    b, columns = a + (n + 1) * n, max(n, 1)
    c = b + n * n
    return Simplex(
        memory[_NUMBERS : _NUMBERS + n],
        matrix(memory[a:b], columns),
        matrix(memory[b:c], columns),
        memory[c : c + n],
    )


@strict
def values_of(memory: Array) -> Values:
    """Find them."""
    n, r, a, b = int(memory[UNKNOWNS]), int(memory[LIMITS]), int(memory[_LIMITS]), int(memory[_TABLE])
    c = b + (n + 2) * (r + 1)
    d = c + n + 2
    return Values(
        matrix(memory[a : a + 3 * r], 3),
        matrix(memory[b:c], r + 1),
        memory[c:d],
        matrix(memory[d : d + (r + 1) * n], max(n, 1)),
    )


@strict
def kept_of(memory: Array) -> Filter:
    """Find the trials that may be the answer, with the fixed unknowns."""
    return filter_in(memory[int(memory[_KEPT]) :], int(memory[WIDTH]))


@called
def begin_state(row: Row) -> None:
    """Move the start onto the bounds, find unknowns and limits, and lay out all the rest."""
    memory, n = row.room, 0
    for i in range(len(row.x)):
        row.x[i] = min(max(row.x[i], row.lower[i]), row.upper[i])
        if _is_fixed(row, i):
            row.x[i] = min(max(0.5 * (row.lower[i] + row.upper[i]), row.lower[i]), row.upper[i])
        else:
            memory[_NUMBERS + n] = i
            n += 1
    first = end = _NUMBERS + n
    for side in range(2):
        for i in range(n):
            place = int(memory[_NUMBERS + i])
            end = _add_limit(memory, end, i, side, row.lower[place] if side == 0 else row.upper[place])
    for side in range(2):
        for i in range(len(row.least)):
            end = _add_limit(memory, end, n + i, side, row.least[i] if side == 0 else row.most[i])
    r = (end - first) // 3
    memory[UNKNOWNS], memory[WIDTH], memory[LIMITS] = n, len(row.x), r
    memory[_LIMITS], memory[_POINTS], memory[_TABLE] = first, end, end + n * (2 * n + 2)
    memory[_KEPT] = memory[_TABLE] + (n + 2) * (r + 2) + (r + 1) * n
    memory[SCRATCH] = memory[_KEPT] + _size_of_filter(len(row.x))
    _begin_models(row)


@called
def _begin_models(row: Row) -> None:
    """Set the gradients of bounds, which stay as they are, and others to zero; no values are known yet."""
    simplex, values = simplex_of(row.room), values_of(row.room)
    n, r = len(simplex.step), len(values.limits)
    for i in range(r + 1):
        for j in range(n):
            of_bound = i < r and values.limits[i, WHICH] == j
            values.gradients[i, j] = values.limits[i, SIGN] if of_bound else 0.0
    for j in range(n):
        simplex.points[n, j], simplex.step[j] = row.x[int(simplex.places[j])], 0.0
    for k in range(n + 2):
        values.table[k, r] = values.outside[k] = math.nan
    kept_of(row.room).held[0] = 0.0


@strict
def _add_limit(memory: Array, at: int, which: int, side: int, bound: float) -> int:
    """Note a limit, if it is one, and return where the next one goes."""
    if not abs(bound) < math.inf:
        return at
    memory[at + WHICH], memory[at + SIGN], memory[at + BOUND] = which, 2.0 * side - 1.0, bound
    return at + 3


@strict
def _is_fixed(row: Row, i: int) -> bool:
    """Whether the bounds of an unknown are the same but for rounding, as SciPy sees that."""
    most = 1.0
    for k in range(len(row.x)):
        if abs(row.lower[k]) < math.inf:
            most = max(most, abs(row.lower[k]))
        if abs(row.upper[k]) < math.inf:
            most = max(most, abs(row.upper[k]))
    gap: float = row.upper[i] - row.lower[i]
    return gap < 10.0 * EPS * len(row.x) * most
