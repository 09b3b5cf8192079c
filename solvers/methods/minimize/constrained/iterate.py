"""Points of the iteration: trials, how good they are, and what is made of those that are taken.

Multipliers are those of least squares, ``v = argmin |gradient + A'v|``. The slacks' part of the Hessian is
``v s`` where v > 0, of the primal-dual system, else the barrier's own ``mu``, [1] (3.1) and (3.11).

Where Hessians are built up, each point that is evaluated brings them up to date, from the point before. Those
of constraints take the multipliers of the answer, and those of the next one once more.

References
----------
.. [1] R. Byrd, M. Hribar, J. Nocedal, "An interior point algorithm for large-scale nonlinear programming",
   SIAM Journal on Optimization 9 (1999) 877-900; section 3.
"""

import math

from solvers.arrays import Array
from solvers.coroutines.row import BEST, FUN, UNDEFINED, VIOLATION, Row
from solvers.kernels.compiling import called, strict
from solvers.methods.minimize.constrained.canonical import (
    add_slacks,
    side_values,
    sort_multipliers,
    transposed_times,
)
from solvers.methods.minimize.constrained.hessian_update import update
from solvers.methods.minimize.constrained.projection import factorize, least_squares
from solvers.methods.minimize.constrained.space import (
    BARRIER,
    CONSTR_VIOLATION,
    CONSTRAINTS_FRESH,
    CONSTRAINTS_UPDATE,
    FRESH,
    HAS_BEFORE,
    INNER_OPTIMALITY,
    INNER_VIOLATION,
    OPTIMALITY,
    PENALTY,
    PROMISE,
    UPDATE,
    Space,
    space_of,
)
from solvers.methods.vectors import copy, largest, norm


@called
def accept(row: Row) -> None:
    """Make the trial the answer."""
    space = space_of(row)
    copy(row.x, row.answer)
    copy(row.gradient, row.slope)
    copy(row.values, space.values)
    copy(space.trial_slacks, space.canonical.slacks)
    for i in range(len(row.values)):
        copy(row.jacobian[i], space.canonical.jacobian[i])
    row.numbers[BEST] = row.numbers[FUN]
    row.numbers[VIOLATION] = space.numbers[CONSTR_VIOLATION] = _violation(row)
    side_values(space.canonical, row, space.b)
    add_slacks(space.canonical.slacks, space.b)
    space.numbers[INNER_VIOLATION] = largest(space.b)
    factorize(space.canonical, space.projection)
    estimate_multipliers(row)


@called
def estimate_multipliers(row: Row) -> None:
    """Make multipliers, and what depends on them, at the answer."""
    space = space_of(row)
    n, numbers, v, barrier = len(row.x), space.numbers, space.v, space.numbers[BARRIER]
    gradient, of_slacks, slacks = space.gradient, space.of_slacks, space.canonical.slacks
    work = space.room[: len(gradient)]
    copy(row.slope, gradient)
    for j in range(len(slacks)):
        gradient[n + j] = -barrier
    copy(gradient, work)
    least_squares(space.projection, work, v)
    for j in range(len(v)):
        v[j] = -v[j]
    transposed_times(space.canonical, v, work)
    for i in range(len(work)):
        work[i] += gradient[i]
    numbers[INNER_OPTIMALITY] = largest(work)
    copy(work[:n], space.lagrangian)
    numbers[OPTIMALITY] = largest(space.lagrangian)
    for j in range(len(slacks)):
        multiplier = v[space.canonical.equations + j]
        of_slacks[j] = multiplier * slacks[j] if multiplier > 0.0 else barrier
    sort_multipliers(space.canonical, v, row.multipliers, space.of_bounds)
    copy(row.multipliers, space.multipliers)
    if numbers[CONSTRAINTS_UPDATE] != 0.0 and numbers[HAS_BEFORE] != 0.0:
        _learn_of_constraints(row, space)


@called
def try_step(row: Row, learning: bool) -> bool:
    """Go where the step leads; whether that is to be evaluated, which it is not where slacks move only."""
    space = space_of(row)
    n, slacks = len(row.x), space.canonical.slacks
    moved: bool = row.numbers[UNDEFINED] != 0.0
    for j in range(len(slacks)):
        space.trial_slacks[j] = slacks[j] + slacks[j] * space.step[n + j]
    for i in range(n):
        moved = moved or row.x[i] != row.answer[i] + space.step[i]
    if moved and learning:
        _remember(row, space)
    for i in range(n):
        row.x[i] = row.answer[i] + space.step[i]
    return moved


@called
def return_to_answer(row: Row) -> None:
    """Be at the answer again, as if it had been evaluated again."""
    same = row.numbers[UNDEFINED] == 0.0
    for i in range(len(row.x)):
        same = same and row.x[i] == row.answer[i]
    if same:
        return
    space = space_of(row)
    if space.numbers[UPDATE] + space.numbers[CONSTRAINTS_UPDATE] != 0.0:
        _remember(row, space)
    copy(row.answer, row.x)
    copy(row.slope, row.gradient)
    copy(space.values, row.values)
    for i in range(len(row.values)):
        copy(space.canonical.jacobian[i], row.jacobian[i])
    row.numbers[FUN], row.numbers[UNDEFINED] = row.numbers[BEST], 0.0
    learn(row)


@called
def ratio(row: Row) -> float:
    """Return how much merit falls, relative to what the model promised."""
    space = space_of(row)
    numbers, slacks = space.numbers, space.canonical.slacks
    if row.numbers[UNDEFINED] != 0.0:
        return -math.inf
    side_values(space.canonical, row, space.trial_b)
    add_slacks(space.trial_slacks, space.trial_b)
    before = _merit(row.numbers[BEST], slacks, space.b, numbers[BARRIER], numbers[PENALTY])
    after = _merit(row.numbers[FUN], space.trial_slacks, space.trial_b, numbers[BARRIER], numbers[PENALTY])
    fall = before - after
    return -math.inf if math.isnan(fall) else fall / numbers[PROMISE]


@called
def learn(row: Row) -> None:
    """Bring built-up Hessians up to date, unless the last point was undefined."""
    space = space_of(row)
    numbers, n = space.numbers, len(row.x)
    if row.numbers[UNDEFINED] != 0.0 or numbers[HAS_BEFORE] == 0.0:
        return
    if numbers[UPDATE] != 0.0:
        step, change, work = space.room[:n], space.room[n : 2 * n], space.room[2 * n : 3 * n]
        for i in range(n):
            step[i] = row.x[i] - space.before_x[i]
            change[i] = row.gradient[i] - space.before_gradient[i]
        how = numbers[UPDATE:CONSTRAINTS_UPDATE]
        fresh = update(row.hessian, step, change, how, numbers[FRESH] != 0.0, work)
        numbers[FRESH] = 1.0 if fresh else 0.0
    if numbers[CONSTRAINTS_UPDATE] != 0.0:
        _learn_of_constraints(row, space)


@called
def _learn_of_constraints(row: Row, space: Space) -> None:
    n, numbers = len(row.x), space.numbers
    step, change, work = space.room[:n], space.room[n : 2 * n], space.room[2 * n : 3 * n]
    for i in range(n):
        step[i] = row.x[i] - space.before_x[i]
        change[i] = 0.0
        for j in range(len(row.values)):
            change[i] += row.multipliers[j] * (row.jacobian[j, i] - space.before_jacobian[j, i])
    how = numbers[CONSTRAINTS_UPDATE:]
    fresh = update(row.curvature, step, change, how, numbers[CONSTRAINTS_FRESH] != 0.0, work)
    numbers[CONSTRAINTS_FRESH] = 1.0 if fresh else 0.0


@called
def _remember(row: Row, space: Space) -> None:
    """Remember the last point, where it was defined."""
    if row.numbers[UNDEFINED] != 0.0:
        return
    space.numbers[HAS_BEFORE] = 1.0
    copy(row.x, space.before_x)
    copy(row.gradient, space.before_gradient)
    for i in range(len(row.values)):
        copy(row.jacobian[i], space.before_jacobian[i])


@strict
def _merit(fun: float, slacks: Array, b: Array, barrier: float, penalty: float) -> float:
    total = 0.0
    for j in range(len(slacks)):
        total += math.log(slacks[j]) if slacks[j] > 0.0 else -math.inf
    return fun - barrier * total + penalty * norm(b)


@strict
def _violation(row: Row) -> float:
    worst = 0.0
    for i in range(len(row.least)):
        worst = max(worst, row.least[i] - row.values[i], row.values[i] - row.most[i])
    for i in range(len(row.x)):
        worst = max(worst, row.lower[i] - row.x[i], row.x[i] - row.upper[i])
    return worst
