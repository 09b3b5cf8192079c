"""A step of the trust region: towards the constraints, then along them, and the penalty that goes with it.

Merit is ``objective + penalty |c + s|``. The penalty rises until merit is promised to fall by 0.3 of what
the penalty makes of the fall of ``|c + s + A d|`` at least, [1] (3.51).

References
----------
.. [1] R. Byrd, M. Hribar, J. Nocedal, "An interior point algorithm for large-scale nonlinear programming",
   SIAM Journal on Optimization 9 (1999) 877-900; sections 3.2 to 3.4.
"""

from solvers.coroutines.row import UNDEFINED, Row
from solvers.kernels.compiling import called
from solvers.methods.minimize.constrained.canonical import times
from solvers.methods.minimize.constrained.normal_step import normal_step
from solvers.methods.minimize.constrained.projection import shortest
from solvers.methods.minimize.constrained.reach import last_within
from solvers.methods.minimize.constrained.space import (
    CG_NITER,
    CG_STOP,
    LENGTH,
    PENALTY,
    PENALTY_BEFORE,
    PROMISE,
    RADIUS,
    TANGENTIAL,
    space_of,
)
from solvers.methods.minimize.constrained.tangential_step import tangential_step, times_hessian
from solvers.methods.vectors import copy, dot, norm

#: [1] (3.18) and (3.21): what part of a slack a step may take; of the radius and of that, a normal step.
_SLACK_PART, _NORMAL_RADIUS, _NORMAL_SLACK_PART = 0.995, 0.8, 0.5
#: [1] (3.51); SciPy's: what violations are taken to fall by at least.
_PROMISED, _LEAST_FALL = 0.3, 1e-16
#: [1] page 892: the ratio of normal to tangential steps beyond which no correction is tried.
_SMALL_NORMAL = 0.1


@called
def make_step(row: Row) -> None:
    """Make the step, the penalty, and what the model promises."""
    space = space_of(row)
    numbers, step, b = space.numbers, space.step, space.b
    radius, size = numbers[RADIUS], len(step)
    normal_step(
        space.canonical, space.projection, b, _NORMAL_RADIUS * radius, -_NORMAL_SLACK_PART * _SLACK_PART,
        step, space.room,
    )  # fmt: skip
    copy(step, space.normal)
    count, reason = tangential_step(
        row, space.canonical, space.projection, space.gradient, space.of_slacks, radius, -_SLACK_PART, step,
        space.room,
    )  # fmt: skip
    numbers[CG_NITER] += count
    numbers[CG_STOP] = reason
    product, linear = space.room[:size], space.room[size : size + len(b)]
    times_hessian(row, space.of_slacks, step, product)
    rise = 0.5 * dot(product, step) + dot(space.gradient, step)
    times(space.canonical, step, linear)
    for j in range(len(b)):
        linear[j] += b[j]
    fall = max(_LEAST_FALL, norm(b) - norm(linear))
    numbers[PENALTY_BEFORE] = numbers[PENALTY]
    if rise > 0.0:
        numbers[PENALTY] = max(numbers[PENALTY], rise / ((1.0 - _PROMISED) * fall))
    numbers[PROMISE] = numbers[PENALTY] * fall - rise
    numbers[LENGTH] = norm(step)
    for i in range(size):
        product[i] = step[i] - space.normal[i]
    numbers[TANGENTIAL] = 1.0 if norm(space.normal) <= _SMALL_NORMAL * norm(product) else 0.0


@called
def correct_step(row: Row) -> bool:
    """Go back to the constraints from a failed trial, which may curve; whether there is a way."""
    space = space_of(row)
    if space.numbers[TANGENTIAL] == 0.0 or row.numbers[UNDEFINED] != 0.0:
        return False
    step, correction = space.step, space.room[: len(space.step)]
    shortest(space.projection, space.trial_b, correction)
    for i in range(len(step)):
        correction[i] = -correction[i]
    share, met = last_within(step, correction, len(row.x), -_SLACK_PART, float("inf"), True)
    if met:
        for i in range(len(step)):
            step[i] += share * correction[i]
    return met
