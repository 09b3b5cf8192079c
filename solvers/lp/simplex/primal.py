"""The primal simplex: variables stay within their bounds while reduced costs are brought to the right signs.

The variable that enters is the one along whose edge the objective falls the fastest (steepest edge [1]_),
the one that leaves is found by Harris' two passes [2]_: how far the step can go where all bounds are
a tolerance wider, and of what stops it by then, the largest pivot. Where steps lead nowhere, bounds are
perturbed a little: `vertex` then goes on with the true ones.

References
----------
.. [1] J. Forrest, D. Goldfarb, Steepest-edge simplex algorithms for linear programming,
   Math. Prog. 57 (1992) 341-374.
.. [2] P. Harris, Pivot selection methods of the Devex LP code, Math. Prog. 5 (1973).
"""

import math

from solvers.kernels.compiling import inlined, kernel
from solvers.kernels.extremes import minimum, place_of_maximum
from solvers.lp.simplex.dictionary import exchange, place, read_column
from solvers.lp.simplex.outcomes import DONE, DOUBTFUL, LIMIT, NO_WAY
from solvers.lp.simplex.perturbation import perturb_bounds
from solvers.lp.simplex.pivot import measure_columns, pivot_columns
from solvers.lp.simplex.room import (
    COLUMN_NORM,
    ENTERING,
    FREE,
    HIGH,
    LEAST,
    LOW,
    MOST,
    MOVE,
    OUTSIDE,
    RATIO,
    REACH,
    REST,
    STEP,
    VALUE,
    Room,
)
from solvers.lp.simplex.tolerances import DUAL, LEAST_PIVOT, SAFE_PIVOT, STALLED


@kernel
def primal(room: Room, limit: int, age: int) -> tuple[int, int, int, bool]:
    """Make steps until all reduced costs have the right sign.

    Parameters
    ----------
    limit
        How many at most.
    age
        How many were made since the dictionary was computed.

    Returns
    -------
    outcome
        DONE; NO_WAY where nothing stops the column's variable; LIMIT; or DOUBTFUL where a pivot is too
        small to be trusted after many others.
    column
        Which column that is.
    steps
        How many were made.
    altered
        Whether bounds are no longer those of the problem.
    """
    measure_columns(room)
    altered, idle = False, 0
    for step in range(limit):
        q = _entering(room)
        if q < 0:
            return DONE, -1, step, altered
        sign = direction(room, q)
        reach = room.columns[REACH, q]
        r, length = _leaving(room, q, sign)
        if r < 0 and reach == math.inf:
            return NO_WAY, q, step, altered
        if reach <= length:
            _cross(room, q, sign * reach)
            idle = 0
            continue
        if abs(room.T[r, q]) < SAFE_PIVOT and age + step > 0:
            return DOUBTFUL, q, step, altered
        idle = idle + 1 if length <= 0.0 else 0
        _step(room, r, q, sign * max(length, 0.0))
        if idle > STALLED:
            perturb_bounds(room)
            altered, idle = True, 0
    return LIMIT, -1, limit, altered


@inlined
def direction(room: Room, q: int) -> float:
    """Whether the variable of column q improves the objective by rising or by falling."""
    return 1.0 if room.T[len(room.head), q] < 0.0 else -1.0


@inlined
def _entering(room: Room) -> int:
    """The column with the largest reduced cost of the wrong sign; -1 if there is none."""
    reduced, merit = room.T[len(room.head)], room.columns[RATIO]
    move, norm = room.columns[MOVE], room.columns[COLUMN_NORM]
    for j in range(len(reduced)):
        wrong = abs(reduced[j]) if move[j] == FREE else -reduced[j] * move[j]
        merit[j] = wrong * wrong / norm[j] if wrong > DUAL else 0.0
    return place_of_maximum(merit)


@inlined
def _leaving(room: Room, q: int, sign: float) -> tuple[int, float]:
    """The row that stops the variable of column q, and the length of the step; -1 if none does."""
    read_column(room, q)
    column, value, step = room.rows[ENTERING], room.rows[VALUE], room.rows[STEP]
    latest = size = room.rows[OUTSIDE]  # first the one, then the other
    low, high, least, most = room.rows[LOW], room.rows[HIGH], room.rows[LEAST], room.rows[MOST]
    for i in range(len(step)):
        rate = sign * column[i]
        falls, inverse = rate < 0.0, 1.0 / abs(rate)
        step[i] = inverse * (value[i] - low[i] if falls else high[i] - value[i])
        tolerant = inverse * (value[i] - least[i] if falls else most[i] - value[i])
        latest[i] = tolerant if abs(rate) > LEAST_PIVOT else math.inf
    bound = minimum(latest)
    if bound == math.inf:
        return -1, bound
    for i in range(len(step)):
        size[i] = abs(column[i]) if step[i] <= bound and latest[i] < math.inf else 0.0
    r = place_of_maximum(size)
    return r, step[r]


@inlined
def _cross(room: Room, q: int, change: float) -> None:
    """Move the variable of column q, which has been read, from one bound to the other."""
    value, column = room.rows[VALUE], room.rows[ENTERING]
    for i in range(len(room.head)):
        value[i] += column[i] * change
    place(room, q, room.tail[q], change > 0.0)


@inlined
def _step(room: Room, r: int, q: int, change: float) -> None:
    """Let the variable of column q, which has been read, enter, changed so, and that of row r leave."""
    value, column = room.rows[VALUE], room.rows[ENTERING]
    rises = column[r] > 0.0 if room.T[len(room.head), q] < 0.0 else column[r] < 0.0
    for i in range(len(room.head)):
        value[i] += column[i] * change
    pivot_columns(room, r, q)
    exchange(room, r, q, room.columns[REST, q] + change, rises)
