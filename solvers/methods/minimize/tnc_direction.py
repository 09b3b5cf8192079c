"""The direction of truncated Newton: some steps of preconditioned conjugate gradients on ``H p = -g``.

Products with H are differences of gradients. It ends when the model ``q = g'p + p'H p / 2`` falls little any
more, [1]_ section 4::

    k (1 - q_before / q) <= 1/2

or a direction has no curvature; the way so far is the direction then, and the steepest one that the
preconditioner knows if there is none yet. The next preconditioner's diagonal (`tnc_preconditioner`) follows
the curvature that is come across, ``D <- diag(D - r r' / v'r + H v v'H / v'H v)``.

References
----------
.. [1] S. Nash, "Newton-type minimization via the Lanczos method", SIAM Journal on Numerical Analysis 21
   (1984) 770-788.
"""

from solvers.coroutines.row import UNDEFINED, Row
from solvers.kernels.compiling import called, strict
from solvers.methods.minimize.tnc_preconditioner import change_diagonal, precondition
from solvers.methods.minimize.tnc_state import (
    DESCENT,
    FACTOR,
    MODEL,
    REMEMBERS,
    RZ,
    State,
    look_along,
    state_of,
)
from solvers.methods.vectors import copy, dot, norm

#: Relative to the length of the gradient: what counts as no curvature, or as solved; a diagonal that is
#: replaced by 1; and by how much, times the number of steps, the model must fall. All those of [1].
_NONE, _LEAST, _ENOUGH = 1e-12, 1e-6, 0.5


@called
def begin_direction(row: Row) -> None:
    """Begin with none."""
    state = state_of(row)
    for i in range(len(row.x)):
        state.residual[i], state.direction[i], state.conjugate[i] = -state.gradient[i], 0.0, 0.0
    copy(state.diagonal, state.next_diagonal)
    if state.numbers[REMEMBERS] != 0.0:
        change_diagonal(state)
    state.numbers[MODEL] = 0.0


@called
def look_ahead(row: Row, k: int, displacement: float) -> bool:
    """Find another conjugate direction after k, and ask a bit ahead along it; or say that there is none."""
    state, numbers = state_of(row), state_of(row).numbers
    precondition(state, state.residual, state.solved)
    rz = dot(state.residual, state.solved)
    if not rz >= _NONE * norm(state.gradient):
        return False
    share = rz / numbers[RZ] if k > 0 else 0.0
    for i in range(len(row.x)):
        state.conjugate[i] = state.solved[i] + share * state.conjugate[i]
    numbers[RZ] = rz
    look_along(row, state, displacement, state.conjugate)
    return True


@called
def advance(row: Row, k: int, displacement: float) -> bool:
    """Step along it, as the k-th step, by what the gradient there says; whether to go on."""
    state, numbers = state_of(row), state_of(row).numbers
    for i in range(len(row.x)):
        ahead = row.gradient[i] * (state.scale[i] * numbers[FACTOR])
        state.product[i] = (ahead - state.gradient[i]) * (1.0 / displacement) if state.held[i] == 0.0 else 0.0
    curvature = dot(state.conjugate, state.product)
    if row.numbers[UNDEFINED] != 0.0 or not curvature >= _NONE * norm(state.gradient):
        if k == 1:
            precondition(state, state.residual, state.direction)
        return False
    step, along = numbers[RZ] / curvature, dot(state.conjugate, state.residual)
    for i in range(len(row.x)):
        if state.held[i] == 0.0:
            _follow(state, i, 1.0 / along, 1.0 / curvature)
        state.direction[i] += step * state.conjugate[i]
        state.residual[i] -= step * state.product[i]
    slope = dot(state.direction, state.gradient)
    model = 0.5 * (slope + dot(state.residual, state.direction))
    if k * (1.0 - numbers[MODEL] / model) <= _ENOUGH:
        return False
    if slope > 0.0:  # rounding
        for i in range(len(row.x)):
            state.direction[i] -= step * state.conjugate[i]
        return False
    numbers[MODEL] = model
    return True


@called
def end_direction(row: Row, k: int) -> float:
    """Leave the direction, down the gradient if there were no steps, and its slope; return its length."""
    state = state_of(row)
    for i in range(len(row.x)):
        if k == 0:
            state.direction[i] = -state.gradient[i]
        state.diagonal[i] = state.next_diagonal[i]
    state.numbers[DESCENT] = dot(state.direction, state.gradient)
    return norm(state.direction)


@strict
def _follow(state: State, i: int, by_residual: float, by_product: float) -> None:
    """Let the diagonal know what was come across."""
    r, h = state.residual[i], state.product[i]
    found = state.next_diagonal[i] - r * r * by_residual + h * h * by_product
    state.next_diagonal[i] = found if found > _LEAST else 1.0
