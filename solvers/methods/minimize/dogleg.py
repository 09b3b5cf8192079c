"""Powell's dogleg: from the minimum down the gradient on towards Newton's step, as far as the radius.

The path goes from x to the minimizer of the model along -g, ``p_U = -(g'g / g'B g) g``, and from there to
that of the model itself, ``p_B = -inv(B) g``. B must be positive definite; where it is not, the method ends,
as SciPy's does.

Reference: J. Nocedal, S. Wright, Numerical Optimization, 2nd ed., Springer 2006, section 4.1, (4.15), (4.16).
"""

from collections.abc import Iterator

from solvers.arrays import Array
from solvers.coroutines.coroutine import delegated
from solvers.coroutines.method import Method
from solvers.coroutines.row import GRADIENT, HESSIAN, OBJECTIVE, UNDEFINED, Row
from solvers.coroutines.views import matrix
from solvers.kernels.compiling import called
from solvers.linalg.definite import cholesky, solve_lower, solve_upper
from solvers.methods.minimize.quadratic_model import promise, times, to_radius
from solvers.methods.minimize.trust_region import (
    AT_RADIUS,
    ENDINGS,
    FOUND,
    PROMISE,
    STEP_TYPES,
    Options,
    trust_region,
)
from solvers.methods.vectors import copy, dot, norm


def _steps(
    row: Row,
    gradient: Array,
    radius: float,
    fresh: bool,
    products: bool,  # noqa: ARG001 - of all methods
    option: float,  # noqa: ARG001 - of all methods
    step: Array,
    found: Array,
    room: Array,
) -> Iterator[int]:
    """Make one step."""
    if fresh:
        yield HESSIAN
        n = len(gradient)
        factor = matrix(room[: n * n], n)
        found[FOUND] = 1.0 if row.numbers[UNDEFINED] == 0.0 and cholesky(row.hessian, factor) == n else 0.0
    if found[FOUND] != 0.0:
        _step(row, gradient, radius, step, found, room)


@called
def _step(row: Row, gradient: Array, radius: float, step: Array, found: Array, room: Array) -> None:
    n = len(gradient)
    factor, newton = matrix(room[: n * n], n), room[n * n : n * n + n]
    for i in range(n):
        newton[i] = -gradient[i]
    solve_lower(factor, newton, n)
    solve_upper(factor, newton, n)
    found[AT_RADIUS] = 1.0
    if norm(newton) < radius:
        copy(newton, step)
        found[AT_RADIUS] = 0.0
    else:
        times(row.hessian, gradient, step)
        share = dot(gradient, gradient) / dot(gradient, step)
        length = share * norm(gradient)
        if length >= radius:
            share *= radius / length
        for i in range(n):
            step[i] = -share * gradient[i]
            newton[i] -= step[i]
        if length < radius:
            along = to_radius(step, newton, radius)
            for i in range(n):
                step[i] += along * newton[i]
    found[PROMISE] = promise(row.hessian, gradient, step)


begin_step, go_on, step_size = delegated(_steps, *STEP_TYPES)
dogleg = trust_region(f"{__name__}:dogleg", begin_step, go_on)

DOGLEG = Method(
    "dogleg",
    dogleg,
    Options,
    asks=OBJECTIVE | GRADIENT | HESSIAN,
    requires=GRADIENT | HESSIAN,
    room=lambda n, _: n * n + 2 * n + 3,
    tol=("gtol",),
    endings=ENDINGS,
    delegates=(f"{__name__}:step_size",),
)
