"""The normal step: towards fulfilled constraints, by a dogleg that also keeps slacks above a floor.

``|A d + b|`` is made small within a radius. The Newton step is taken where it is allowed; else, of the path
from the origin by the Cauchy point to it, and of the straight one, the last points that are allowed, and of
these the better one.

Reference: R. Byrd, M. Hribar, J. Nocedal, "An interior point algorithm for large-scale nonlinear
programming", SIAM Journal on Optimization 9 (1999) 877-900; section 3.2.
"""

from solvers.arrays import Array
from solvers.kernels.compiling import called, strict
from solvers.methods.minimize.constrained.canonical import Canonical, times, transposed_times
from solvers.methods.minimize.constrained.projection import Projection, shortest
from solvers.methods.minimize.constrained.reach import last_within
from solvers.methods.vectors import dot, move, norm


@called
def normal_step(
    canonical: Canonical,
    projection: Projection,
    b: Array,
    radius: float,
    floor: float,
    step: Array,
    room: Array,
) -> None:
    """Make the step (N,) for constraints' values b (M,), with room for 3 N + M numbers."""
    size, n = len(step), len(step) - len(canonical.slacks)
    newton, cauchy = room[:size], room[size : 2 * size]
    direction, product = room[2 * size : 3 * size], room[3 * size : 3 * size + len(b)]
    shortest(projection, b, newton)
    for i in range(size):
        newton[i] = -newton[i]
    if norm(newton) <= radius and _allowed(newton, n, floor):
        move(newton, 0.0, newton, step)
        return
    transposed_times(canonical, b, cauchy)
    times(canonical, cauchy, product)
    square, curvature = dot(cauchy, cauchy), dot(product, product)
    length = square / curvature if curvature > 0.0 else 0.0
    for i in range(size):
        cauchy[i] *= -length
        direction[i] = newton[i] - cauchy[i]
        step[i] = 0.0
    reached, met = last_within(cauchy, direction, n, floor, radius, True)
    share, _ = last_within(step, newton, n, floor, radius, True)
    for i in range(size):
        newton[i] *= share
    if met:
        move(cauchy, reached, direction, step)
    else:
        share, _ = last_within(step, cauchy, n, floor, radius, True)
        move(step, share, cauchy, step)
    if not _left(canonical, step, b, product) < _left(canonical, newton, b, product):
        move(newton, 0.0, newton, step)


@strict
def _allowed(step: Array, n: int, floor: float) -> bool:
    allowed = True
    for i in range(n, len(step)):
        allowed = allowed and step[i] >= floor
    return allowed


@strict
def _left(canonical: Canonical, step: Array, b: Array, product: Array) -> float:
    """Length of ``A d + b``."""
    times(canonical, step, product)
    for j in range(len(b)):
        product[j] += b[j]
    return norm(product)
