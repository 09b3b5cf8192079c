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
from solvers.lp.simplex.dictionary import exchange, place, read_column
from solvers.lp.simplex.outcomes import DONE, DOUBTFUL, LIMIT, NO_WAY
from solvers.lp.simplex.perturbation import perturb_costs
from solvers.lp.simplex.room import (
    ENTERING,
    FREE,
    HIGH,
    LATEST,
    LEAST,
    LOW,
    LOWER,
    MOST,
    MOVE,
    OUTSIDE,
    PRESSURE,
    RATIO,
    REST,
    ROW_WEIGHT,
    UP,
    UPPER,
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
    reduced, move, weight = room.T[len(room.head)], room.columns[MOVE], room.rows[ROW_WEIGHT]
    for i in range(len(weight)):
        weight[i] = 1.0
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
    value, low, high, weight = room.rows[VALUE], room.rows[LOW], room.rows[HIGH], room.rows[ROW_WEIGHT]
    least, most, outside = room.rows[LEAST], room.rows[MOST], room.rows[OUTSIDE]
    m = len(room.head)
    for i in range(m):
        amount = (
            low[i] - value[i] if value[i] < least[i] else value[i] - high[i] if value[i] > most[i] else 0.0
        )
        outside[i] = amount * amount / weight[i]
    best, found = 0.0, -1
    for i in range(m):
        if outside[i] > best:
            best, found = outside[i], i
    return found


@inlined
def _entering(room: Room, r: int) -> int:
    """The column whose variable enters where that of row r leaves; -1 if none can. Flips what it passes."""
    pressure, ratio, latest = room.columns[PRESSURE], room.columns[RATIO], room.columns[LATEST]
    places = room.places
    value, low, high = room.rows[VALUE, r], room.rows[LOW, r], room.rows[HIGH, r]
    _press(room, r, 1.0 if value < low else -1.0)
    count = 0
    for j in range(len(room.tail)):
        places[count] = j
        count += pressure[j] > LEAST_PIVOT
    outside = max(low - value, value - high)
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
        reach = room.variables[UPPER, room.tail[q]] - room.variables[LOWER, room.tail[q]]
        if largest * reach >= outside:
            return q
        outside -= largest * reach
        flip(room, q, reach)
        count -= 1
        places[found] = places[count]
    return -1


@inlined
def _press(room: Room, r: int, sign: float) -> None:
    """How much each column helps the leaving variable.

    Also the step at which its reduced cost changes sign, and the one at which that is beyond the tolerance.
    """
    entries, reduced = room.T[r], room.T[len(room.head)]
    move, pressure = room.columns[MOVE], room.columns[PRESSURE]
    ratio, latest = room.columns[RATIO], room.columns[LATEST]
    for j in range(len(entries)):
        free = move[j] == FREE
        size = abs(entries[j]) if free else sign * entries[j] * move[j]
        slack = abs(reduced[j]) if free else max(reduced[j] * move[j], 0.0)
        pressure[j] = size
        inverse = 1.0 / size
        ratio[j] = slack * inverse
        latest[j] = (slack + HARRIS) * inverse


@inlined
def flip(room: Room, q: int, reach: float) -> None:
    """Move the variable of column q to its other bound."""
    read_column(room, q)
    value, column = room.rows[VALUE], room.rows[ENTERING]
    up = room.columns[MOVE, q] == UP
    change = reach if up else -reach
    for i in range(len(room.head)):
        value[i] += column[i] * change
    place(room, q, room.tail[q], up)


@inlined
def _step(room: Room, r: int, q: int) -> None:
    """Bring the variable of row r to the bound that it is beyond, by that of column q."""
    read_column(room, q)
    value, weight, column = room.rows[VALUE], room.rows[ROW_WEIGHT], room.rows[ENTERING]
    at_upper = value[r] > room.rows[HIGH, r]
    target = room.rows[HIGH, r] if at_upper else room.rows[LOW, r]
    element = column[r]
    change = (target - value[r]) / element
    scaled = weight[r] / (element * element)
    for i in range(len(room.head)):
        value[i] += change * column[i]
        weight[i] = max(weight[i], column[i] * column[i] * scaled)
    weight[r] = max(scaled, 1.0)
    exchange(room, r, q, room.columns[REST, q] + change, at_upper)
