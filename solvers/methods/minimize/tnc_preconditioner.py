"""What truncated Newton divides by: a diagonal, changed for the last step and for the sum of those before it.

Both changes are BFGS's, first that for the sum, so that the inverse is one of a memory of two [1]_. The sum
begins anew when it has n - 1 steps or no curvature, when the objective falls much less than since the last
time, or is on a new scale; until then it is the last step alone.

References
----------
.. [1] S. Nash, "Preconditioning of truncated-Newton methods", SIAM Journal on Scientific and Statistical
   Computing 6 (1985) 599-616.
"""

from solvers.arrays import Array
from solvers.coroutines.row import BEST, Row
from solvers.kernels.compiling import called, strict
from solvers.methods.minimize.tnc_state import (
    ALONE,
    AT_RESET,
    CURVED,
    CYCLE,
    FALL,
    LITTLE,
    REMEMBERS,
    SUM_CURVED,
    State,
    state_of,
)
from solvers.methods.vectors import copy, dot


@called
def forget(row: Row) -> None:
    """Begin with the unit matrix."""
    state = state_of(row)
    for i in range(len(row.x)):
        state.diagonal[i] = 1.0
    state.numbers[REMEMBERS] = 0.0


@called
def add_up(row: Row) -> None:
    """Add the last step to the sum, or begin that with it."""
    state, numbers = state_of(row), state_of(row).numbers
    if numbers[ALONE] == 0.0:
        for i in range(len(row.x)):
            state.sum_step[i] += state.step[i]
            state.sum_change[i] += state.change[i]
        numbers[CYCLE] += 1.0
    else:
        copy(state.step, state.sum_step)
        copy(state.change, state.sum_change)
        numbers[CYCLE], numbers[AT_RESET] = 1.0, row.numbers[BEST]


@called
def note_fall(row: Row, fall: float) -> None:
    """Let what counts as little depend on how the objective falls in the first two steps of a sum."""
    numbers = state_of(row).numbers
    if numbers[CYCLE] == 1.0:
        if fall > 2.0 * numbers[FALL]:
            numbers[LITTLE] *= 2.0
        elif fall < 0.5 * numbers[FALL]:
            numbers[LITTLE] *= 0.5
    numbers[FALL] = fall


@called
def remember(row: Row, step: float, moving: int) -> None:
    """Take in the step and the change of the gradient along it."""
    state, numbers = state_of(row), state_of(row).numbers
    for i in range(len(row.x)):
        state.step[i] = step * state.direction[i]
        state.change[i] = state.gradient[i] - state.before[i]
    numbers[CURVED] = dot(state.step, state.change)
    numbers[SUM_CURVED] = dot(state.sum_step, state.sum_change)
    little = numbers[FALL] < numbers[LITTLE] * (numbers[AT_RESET] - row.numbers[BEST])
    full = numbers[CYCLE] == moving - 1
    first = numbers[REMEMBERS] == 0.0  # older steps were of an objective on another scale
    numbers[ALONE] = 1.0 if first or full or little or numbers[SUM_CURVED] <= 0.0 else 0.0
    numbers[REMEMBERS] = 1.0


@called
def change_diagonal(state: State) -> None:
    """Change the diagonal by the steps remembered, the sum of the older ones first.

    After a sum, SciPy's program takes away the last step's ``y y' / y's``, where BFGS's update adds it. So
    does this, which makes its evaluations SciPy's; from 468 perturbed starts of reference problems it solves
    344, as the update does as published.
    """
    diagonal, new, n = state.diagonal, state.next_diagonal, len(state.step)
    applied = state.scratch[:n]  # the matrix times the last step
    for i in range(n):
        applied[i] = diagonal[i] * state.step[i]
    if state.numbers[ALONE] == 0.0:
        size = share = 0.0
        for i in range(n):
            size += diagonal[i] * state.sum_step[i] * state.sum_step[i]
            share += diagonal[i] * state.sum_step[i] * state.step[i]
        size, curved = _nonzero(size), _nonzero(state.numbers[SUM_CURVED])
        across = dot(state.sum_change, state.step)
        for i in range(n):
            scaled, changed = diagonal[i] * state.sum_step[i], state.sum_change[i]
            applied[i] = applied[i] - scaled * share / size + changed * across / curved
            new[i] = new[i] - scaled * scaled / size + changed * changed / curved
    sign = 1.0 if state.numbers[ALONE] != 0.0 else -1.0  # SciPy's
    size, curved = _nonzero(dot(state.step, applied)), _nonzero(state.numbers[CURVED])
    for i in range(n):
        new[i] = new[i] - applied[i] * applied[i] / size + sign * state.change[i] * state.change[i] / curved


@called
def precondition(state: State, vector: Array, solution: Array) -> None:
    """``M solution = vector``, for M the diagonal changed by the steps remembered."""
    n, diagonal = len(vector), state.diagonal
    for i in range(n):
        solution[i] = vector[i] / diagonal[i]
    if state.numbers[REMEMBERS] != 0.0:
        changed = state.scratch[:n]  # M divides the change of the last step
        for i in range(n):
            changed[i] = state.change[i] / diagonal[i]
        if state.numbers[ALONE] == 0.0:
            older, curved = state.scratch[n:], state.numbers[SUM_CURVED]
            for i in range(n):
                older[i] = state.sum_change[i] / diagonal[i]
            size = dot(state.sum_change, older)
            _update(vector, state.sum_step, older, curved, size, solution)
            _update(state.change, state.sum_step, older, curved, size, changed)
        size = dot(state.change, changed)
        _update(vector, state.step, changed, state.numbers[CURVED], size, solution)
    for i in range(n):
        if state.held[i] != 0.0:
            solution[i] = 0.0


@strict
def _update(vector: Array, step: Array, divided: Array, curved: float, size: float, solution: Array) -> None:
    """BFGS's update of an inverse W, applied: N&W (6.17) times a vector, given W times it and W times y."""
    if curved == 0.0:
        return
    along, across = dot(vector, step), dot(vector, divided)
    by_step = (1.0 + size / curved) * along / curved - across / curved
    by_change = -along / curved
    for i in range(len(step)):
        solution[i] = solution[i] + by_step * step[i] + by_change * divided[i]


@strict
def _nonzero(x: float) -> float:
    return x if x != 0.0 else 1.0
