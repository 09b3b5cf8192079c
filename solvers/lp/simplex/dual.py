"""The dual simplex: reduced costs keep their signs while basic variables are brought within their bounds.

The variable that leaves is the one farthest outside in the dual devex norm ([1]_, 3.3). Which one enters
is found by Harris' two passes with bound flipping ([1]_, 3.2.2 and 6.2): variables with two bounds that the
step passes jump to the other bound as long as the leaving one stays outside. Reduced costs that got the
wrong sign within the tolerance are set to zero, and where steps lead nowhere all are perturbed a little:
`vertex` then goes on with the true costs.

References
----------
.. [1] A. Koberstein, The dual simplex method, techniques for a fast and stable implementation, thesis,
   Paderborn, 2005.
"""

import math

from solvers.kernels.compiling import inlined, kernel
from solvers.kernels.extremes import minimum, place_of_maximum
from solvers.lp.simplex.dictionary import exchange, place, read_column
from solvers.lp.simplex.outcomes import DONE, DOUBTFUL, LIMIT, NO_WAY
from solvers.lp.simplex.perturbation import perturb_costs
from solvers.lp.simplex.pivot import measure_rows, pivot
from solvers.lp.simplex.room import (
    ENTERING,
    FREE,
    HIGH,
    LATEST,
    LEAST,
    LEAVING,
    LOW,
    MOST,
    MOVE,
    OUTSIDE,
    PRESSURE,
    RATIO,
    REACH,
    REST,
    ROW_NORM,
    UP,
    VALUE,
    Room,
)
from solvers.lp.simplex.tolerances import DUAL, HARRIS, LEAST_PIVOT, SAFE_PIVOT, STALLED


@kernel
def dual(room: Room, limit: int, age: int) -> tuple[int, int, int, bool]:
    """Make steps until all variables are feasible.

    Parameters
    ----------
    limit
        How many at most.
    age
        How many were made since the dictionary was computed.

    Returns
    -------
    outcome
        DONE; NO_WAY where the row proves that there is no feasible point; LIMIT; or DOUBTFUL where a
        pivot is too small to be trusted after many others.
    row
        Which row proves it.
    steps
        How many were made.
    altered
        Whether the reduced costs are no longer those of the problem.
    """
    reduced, move = room.T[len(room.head)], room.columns[MOVE]
    measure_rows(room)
    altered, idle = False, 0
    for step in range(limit):
        r = _leaving(room)
        if r < 0:
            return DONE, -1, step, altered
        q = _entering(room, r)
        if q < 0:
            return NO_WAY, r, step, altered
        if abs(room.T[r, q]) < SAFE_PIVOT and age + step > 0:
            return DOUBTFUL, r, step, altered
        idle = idle + 1 if abs(reduced[q]) <= DUAL else 0
        if reduced[q] != 0.0 and (move[q] == FREE or reduced[q] * move[q] < 0.0):
            reduced[q], altered = 0.0, True
        _step(room, r, q)
        if idle > STALLED:
            perturb_costs(room)
            altered, idle = True, 0
    return LIMIT, -1, limit, altered


@inlined
def _leaving(room: Room) -> int:
    """The row whose variable is farthest outside of its bounds; -1 if none is."""
    value, low, high, norm = room.rows[VALUE], room.rows[LOW], room.rows[HIGH], room.rows[ROW_NORM]
    least, most, outside = room.rows[LEAST], room.rows[MOST], room.rows[OUTSIDE]
    for i in range(len(value)):
        amount = (
            low[i] - value[i] if value[i] < least[i] else value[i] - high[i] if value[i] > most[i] else 0.0
        )
        outside[i] = amount * amount / norm[i]
    return place_of_maximum(outside)


@inlined
def _entering(room: Room, r: int) -> int:
    """The column whose variable enters where that of row r leaves; -1 if none can. Flips what it passes."""
    pressure, ratio, latest = room.columns[PRESSURE], room.columns[RATIO], room.columns[LATEST]
    places = room.places
    value, low, high = room.rows[VALUE, r], room.rows[LOW, r], room.rows[HIGH, r]
    outside = max(low - value, value - high)
    count = _candidates(room, _press(room, r, 1.0 if value < low else -1.0, outside))
    while count > 0:
        bound = math.inf
        for k in range(count):
            bound = min(bound, latest[places[k]])
        found, largest = -1, 0.0
        for k in range(count):
            size = pressure[places[k]]
            if size > largest and ratio[places[k]] <= bound:
                found, largest = k, size
        q = int(places[found])
        reach = room.columns[REACH, q]
        if largest * reach >= outside:
            return q
        outside -= largest * reach
        flip(room, q, reach)
        count -= 1
        places[found] = places[count]
    return -1


@inlined
def _press(room: Room, r: int, sign: float, outside: float) -> float:
    """How much each column helps the leaving variable, and the steps that its reduced cost allows.

    The shorter one is that at which it changes sign, the longer one that at which it is beyond the tolerance.
    No step can be longer than what is returned: the longer one of a column that cannot be passed.
    """
    entries, reduced = room.T[r], room.T[len(room.head)]
    move, reach, pressure = room.columns[MOVE], room.columns[REACH], room.columns[PRESSURE]
    ratio, latest, stop = room.columns[RATIO], room.columns[LATEST], room.columns[LEAVING]
    for j in range(len(entries)):
        free = move[j] == FREE
        size = abs(entries[j]) if free else sign * entries[j] * move[j]
        slack = abs(reduced[j]) if free else max(reduced[j] * move[j], 0.0)
        pressure[j] = size
        helps, inverse = size > LEAST_PIVOT, 1.0 / size
        ratio[j] = slack * inverse if helps else math.inf
        latest[j] = (slack + HARRIS) * inverse if helps else math.inf
        stop[j] = latest[j] if size * reach[j] >= outside else math.inf
    return minimum(stop)


@inlined
def _candidates(room: Room, longest: float) -> int:
    """Put columns that a step may stop at, or pass, into `places`; how many they are."""
    ratio, places, count = room.columns[RATIO], room.places, 0
    for j in range(len(room.tail)):
        places[count] = j
        count += ratio[j] <= longest and ratio[j] < math.inf
    return count


@inlined
def flip(room: Room, q: int, reach: float) -> None:
    """Move the variable of column q to its other bound."""
    up = room.columns[MOVE, q] == UP
    change = reach if up else -reach
    for i in range(len(room.head)):
        room.rows[VALUE, i] += room.T[i, q] * change
    place(room, q, room.tail[q], up)


@inlined
def _step(room: Room, r: int, q: int) -> None:
    """Bring the variable of row r to the bound that it is beyond, by that of column q."""
    read_column(room, q)
    value, column = room.rows[VALUE], room.rows[ENTERING]
    at_upper = value[r] > room.rows[HIGH, r]
    target = room.rows[HIGH, r] if at_upper else room.rows[LOW, r]
    change = (target - value[r]) / column[r]
    for i in range(len(room.head)):
        value[i] += change * column[i]
    pivot(room, r, q)
    exchange(room, r, q, room.columns[REST, q] + change, at_upper)
