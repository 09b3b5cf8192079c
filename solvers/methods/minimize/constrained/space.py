"""What `trust_constr` remembers, in the room of a problem."""

from typing import NamedTuple

from solvers.arrays import Array
from solvers.coroutines.row import Row
from solvers.coroutines.views import matrix
from solvers.kernels.compiling import called, strict
from solvers.methods.minimize.constrained.canonical import Canonical
from solvers.methods.minimize.constrained.projection import Projection

#: Places in `numbers`, first those that are left behind, by SciPy's names: the largest elements of the
#: Lagrangian's gradient and of what is violated, the radius, the weight of violations, the barrier and how
#: well its problem is to be solved, iterations of conjugate gradients, why those of the last step ended.
OPTIMALITY, CONSTR_VIOLATION, RADIUS, PENALTY, BARRIER, TOLERANCE, CG_NITER, CG_STOP = range(8)
REPORTED = 8
#: How many sides of which kind there are; the two tests of a barrier's problem; of the last step, what is
#: promised of merit, its length, and whether most of it is tangential; the penalty before it; whether the
#: approximations of the Hessians are still as they began; whether a point was evaluated before the last one.
EQUATIONS, INEQUALITIES, INNER_OPTIMALITY, INNER_VIOLATION = range(8, 12)
PROMISE, LENGTH, TANGENTIAL, PENALTY_BEFORE, FRESH, CONSTRAINTS_FRESH, HAS_BEFORE = range(12, 19)
#: How the Hessian of the objective is built up, and that of the constraints, see `hessian_update`: by which
#: update, from what curvature on, from which multiple of the identity.
UPDATE, CONSTRAINTS_UPDATE = 19, 22
_NUMBERS = 25


class Space(NamedTuple):
    """Views of it, for n unknowns, m constraints, k inequalities, M sides, N = n + k."""

    multipliers: Array  # (m,)
    of_bounds: Array  # (n,) multipliers of bounds
    lagrangian: Array  # (n,) gradient of the Lagrangian
    values: Array  # (m,) of the constraints at the answer
    numbers: Array  # (25,)
    canonical: Canonical
    projection: Projection
    v: Array  # (M,) multipliers of the sides
    b: Array  # (M,) values of the sides with slacks at the answer
    trial_b: Array  # (M,)
    gradient: Array  # (N,) of the barrier's objective
    of_slacks: Array  # (k,) diagonal of its Hessian
    step: Array  # (N,)
    normal: Array  # (N,)
    trial_slacks: Array  # (k,)
    before_x: Array  # (n,) where was evaluated before the last time
    before_gradient: Array  # (n,)
    before_jacobian: Array  # (m, n)
    room: Array  # (5 N + M,)


def room_for(n: int, m: int) -> int:
    """How many numbers that takes, beside what is left behind."""
    sides = 2 * (n + m)
    unknowns = n + sides
    matrices = m * n + sides * unknowns + (n + m) ** 2
    vectors = 9 * sides + (n + m) + 2 + 3 * sides + 8 * unknowns + 2 * n + sides
    return _NUMBERS - REPORTED + matrices + vectors


@strict
def sides_of(row: Row) -> tuple[Array, Array, Array]:
    """See where sides are listed (2 (n + m),), before they are counted."""
    n, m = len(row.x), len(row.least)
    size = 2 * (n + m)
    room = row.room[size + m * n + _NUMBERS :]
    return room[:size], room[size : 2 * size], room[2 * size : 3 * size]


@strict
def _cut(room: Array, size: int) -> tuple[Array, Array]:
    return room[:size], room[size:]


@called
def space_of(row: Row) -> Space:
    """See all of it; the sides must have been counted."""
    n, m = len(row.x), len(row.least)
    multipliers, room = _cut(row.room, m)
    of_bounds, room = _cut(room, n)
    lagrangian, room = _cut(room, n)
    values, room = _cut(room, m)
    jacobian, room = _cut(room, m * n)
    numbers, room = _cut(room, _NUMBERS)
    source, room = _cut(room, 2 * (n + m))
    sign, room = _cut(room, 2 * (n + m))
    limit, room = _cut(room, 2 * (n + m))
    equations, inequalities = int(numbers[EQUATIONS]), int(numbers[INEQUALITIES])
    sides, unknowns = equations + inequalities, n + inequalities
    slacks, room = _cut(room, inequalities)
    factor, room = _cut(room, sides * unknowns)
    first, room = _cut(room, sides)
    order, room = _cut(room, equations)
    gram, room = _cut(room, equations * equations)
    rank, room = _cut(room, 1)
    size, room = _cut(room, 1)
    product, room = _cut(room, sides)
    v, room = _cut(room, sides)
    b, room = _cut(room, sides)
    trial_b, room = _cut(room, sides)
    gradient, room = _cut(room, unknowns)
    of_slacks, room = _cut(room, inequalities)
    step, room = _cut(room, unknowns)
    normal, room = _cut(room, unknowns)
    trial_slacks, room = _cut(room, inequalities)
    before_x, room = _cut(room, n)
    before_gradient, room = _cut(room, n)
    before_jacobian, room = _cut(room, m * n)
    canonical = Canonical(equations, source[:sides], sign[:sides], limit[:sides], matrix(jacobian, n), slacks)
    projection = Projection(
        matrix(factor, unknowns), first, order, matrix(gram, max(equations, 1)), rank, size, product
    )
    return Space(
        multipliers, of_bounds, lagrangian, values, numbers, canonical, projection, v, b, trial_b, gradient,
        of_slacks, step, normal, trial_slacks, before_x, before_gradient, matrix(before_jacobian, n), room,
    )  # fmt: skip
