"""From a vertex to the optimal one, or to a ray: the dual and the primal simplex in turns.

Where variables are infeasible the dual simplex makes them feasible, with costs of the wrong sign taken as
zero; then the primal simplex goes on with the true costs, mostly for few steps or none. Either may have
changed the problem a little in order to go on; the next turn has the true one again.
"""

from solvers.kernels.compiling import inlined, kernel
from solvers.lp.simplex.basis import invert, note, start
from solvers.lp.simplex.dictionary import follow_bounds, follow_costs
from solvers.lp.simplex.dual import dual, flip
from solvers.lp.simplex.outcomes import DONE, DOUBTFUL, INFEASIBLE, LIMIT, NO_WAY, OPTIMAL, TROUBLE, UNBOUNDED
from solvers.lp.simplex.primal import primal
from solvers.lp.simplex.rays import descent_ray, farkas_ray
from solvers.lp.simplex.refine import refine
from solvers.lp.simplex.room import FREE, LEAST, LOWER, MOST, MOVE, UPPER, VALUE, Room
from solvers.lp.simplex.tolerances import DUAL

#: Turns before a problem is given up as numerically too hard.
_TURNS = 40


@kernel
def optimize(room: Room, limit: int) -> tuple[int, int]:
    """Go to the optimal vertex.

    Returns
    -------
    outcome
        OPTIMAL; INFEASIBLE, with a Farkas ray as y; UNBOUNDED, with a ray as z; LIMIT, or TROUBLE.
    steps
        How many pivots were made.
    """
    steps, built = 0, 0
    stopped = TROUBLE
    for _ in range(_TURNS):
        outside = _outside(room)
        if not outside and not _wrong(room):
            outcome, made = _finish(room), 0
        elif steps >= limit:
            stopped = LIMIT
            break
        elif outside:
            outcome, made = _dual_turn(room, limit - steps, steps - built)
        else:
            outcome, made = _primal_turn(room, limit - steps, steps - built)
        steps += made
        if outcome >= OPTIMAL:
            return outcome, steps
        if outcome == DOUBTFUL:
            note(room, room.codes)
            invert(room)
            start(room)
            built = steps
    refine(room)
    return stopped, steps


@inlined
def _dual_turn(room: Room, limit: int, age: int) -> tuple[int, int]:
    """Make variables feasible, or find out that they cannot be."""
    altered = _right_costs(room)
    outcome, row, steps, changed = dual(room, limit, age)
    if outcome == NO_WAY:
        return INFEASIBLE if farkas_ray(room, row) else DOUBTFUL, steps
    if altered or changed:
        follow_costs(room)
    return outcome, steps


@inlined
def _primal_turn(room: Room, limit: int, age: int) -> tuple[int, int]:
    """Make reduced costs right, or find out that they cannot be."""
    outcome, column, steps, changed = primal(room, limit, age)
    if changed:
        follow_bounds(room)
    elif outcome == NO_WAY:
        if not refine(room):
            return DOUBTFUL, steps
        if not _outside(room):
            descent_ray(room, column)
            return UNBOUNDED, steps
    return outcome, steps


@inlined
def _finish(room: Room) -> int:
    """Correct what has come out, and see whether it is still as it should be."""
    if not refine(room):
        return DOUBTFUL
    return DONE if _outside(room) or _wrong(room) else OPTIMAL


@inlined
def _outside(room: Room) -> bool:
    """Whether a basic variable is beyond its bounds."""
    for i in range(len(room.head)):
        if not room.rows[LEAST, i] <= room.rows[VALUE, i] <= room.rows[MOST, i]:
            return True
    return False


@inlined
def _wrong(room: Room) -> bool:
    """Whether a reduced cost has the wrong sign."""
    reduced = room.T[len(room.head)]
    for j in range(len(room.tail)):
        move = room.columns[MOVE, j]
        if -reduced[j] * move > DUAL or (move == FREE and reduced[j] > DUAL):
            return True
    return False


@inlined
def _right_costs(room: Room) -> bool:
    """Make all reduced costs right: variables with two bounds go to the other one, the rest costs nothing."""
    reduced = room.T[len(room.head)]
    altered = False
    for j in range(len(room.tail)):
        move, variable = room.columns[MOVE, j], room.tail[j]
        wrong = reduced[j] != 0.0 if move == FREE else reduced[j] * move < 0.0
        if wrong:
            reach = room.variables[UPPER, variable] - room.variables[LOWER, variable]
            if reach < float("inf"):
                flip(room, j, reach)
            else:
                reduced[j], altered = 0.0, True
    return altered
