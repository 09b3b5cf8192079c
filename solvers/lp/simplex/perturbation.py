"""Small changes of costs or bounds that let the simplex go on where many vertices are in one place.

Their size follows from the variable's number alone, so the path is the same each time.
"""

from solvers.kernels.compiling import inlined
from solvers.lp.simplex.room import FREE, HIGH, LEAST, LOW, MOST, MOVE, Room

#: Relative size of the changes.
_COSTS, _BOUNDS = 5e-7, 5e-7
#: The golden ratio's fraction: multiples of it are spread evenly over [0, 1).
_GOLDEN = 0.6180339887498949


@inlined
def _spread(variable: int) -> float:
    """A number between 1 and 2."""
    place = variable * _GOLDEN
    return 1.0 + place - int(place)


@inlined
def perturb_costs(room: Room) -> None:
    """Move all reduced costs away from zero, to the side where they are right."""
    reduced, move = room.T[len(room.head)], room.columns[MOVE]
    for j in range(len(room.tail)):
        if move[j] != FREE:
            reduced[j] += move[j] * _COSTS * (1.0 + abs(reduced[j])) * _spread(room.tail[j])


@inlined
def perturb_bounds(room: Room) -> None:
    """Move the bounds of all basic variables outwards."""
    rows = room.rows
    for i in range(len(room.head)):
        size = _BOUNDS * _spread(room.head[i])
        down, up = size * (1.0 + abs(rows[LOW, i])), size * (1.0 + abs(rows[HIGH, i]))
        rows[LOW, i] -= down
        rows[LEAST, i] -= down
        rows[HIGH, i] += up
        rows[MOST, i] += up
