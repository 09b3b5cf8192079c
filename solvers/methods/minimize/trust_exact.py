"""Nearly exact steps within a trust region, by Moré and Sorensen's iteration for the multiplier.

A step minimizes the model within the radius where ``(B + lambda I) p = -g`` with ``B + lambda I`` positive
semidefinite and ``lambda (radius - |p|) = 0``. Lambda is found by Newton's method for ``1/|p| = 1/radius``,
between bounds that Gershgorin's circles give, and that factors which fail and estimates of the least singular
value improve. In the hard case, where p is too short for any such lambda, the vector of that singular value
leads on to the boundary. Steps are off by `k_easy` of the radius, or `k_hard` of the model, at most.

References
----------
.. [1] A. Conn, N. Gould, P. Toint, Trust-Region Methods, SIAM 2000, Algorithm 7.3.6 and sections 7.3.4-7.3.8.
.. [2] J. Moré, D. Sorensen, "Computing a trust region step", SIAM Journal on Scientific and Statistical
   Computing 4 (1983) 553-572.
.. [3] G. Golub, C. Van Loan, Matrix Computations, 4th ed., 3.5.4.
"""

import math
from collections.abc import Iterator

import numpy as np

from solvers.arrays import Array
from solvers.coroutines.coroutine import delegated
from solvers.coroutines.method import Method
from solvers.coroutines.row import GRADIENT, HESSIAN, OBJECTIVE, UNDEFINED, Row
from solvers.coroutines.views import matrix
from solvers.kernels.compiling import called, strict
from solvers.linalg.definite import cholesky, solve_lower, solve_upper
from solvers.methods.minimize.quadratic_model import ends_at_radius, promise
from solvers.methods.minimize.trust_region import (
    AT_RADIUS,
    ENDINGS,
    FOUND,
    PROMISE,
    STEP_TYPES,
    Options,
    trust_region,
)
from solvers.methods.vectors import copy, dot, move, norm

_EPS = float(np.finfo(float).eps)
#: How far a step may be off, and where lambda lies between its bounds when nothing is known; [1], SciPy's.
_EASY, _HARD, _INWARD = 0.1, 0.2, 0.01
#: Most factors for a step; SciPy's.
_MOST_FACTORS = 25
# What is remembered between steps with one Hessian: the lower bound of lambda, and the radius it is of.
_BOUND, _RADIUS = 0, 1


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
        found[FOUND] = 1.0 if row.numbers[UNDEFINED] == 0.0 else 0.0
        room[_RADIUS] = -1.0
    if found[FOUND] != 0.0:
        found[AT_RADIUS] = 1.0 if _solve(row.hessian, gradient, radius, step, room) else 0.0
        found[PROMISE] = promise(row.hessian, gradient, step)


@called
def _solve(hessian: Array, gradient: Array, radius: float, step: Array, room: Array) -> bool:
    """Find a step; whether it ends at the radius."""
    n = len(gradient)
    shifted, factor = matrix(room[2 : 2 + n * n], n), matrix(room[2 + n * n : 2 + 2 * n * n], n)
    vector, work = room[2 + 2 * n * n : 2 + 2 * n * n + n], room[2 + 2 * n * n + n :]
    length = norm(gradient)
    low, high, size = _bounds(hessian, length, radius)
    if radius < room[_RADIUS]:
        low = max(low, room[_BOUND])
    shift = _inward(low, high) if low > 0.0 else 0.0
    at_radius, steep = True, length > n * _EPS * size
    for _ in range(_MOST_FACTORS):
        pivot = _factor(hessian, shift, shifted, factor)
        if pivot < n:  # not positive definite: a direction of negative curvature shows how far from it
            square = factor[pivot, pivot]
            for i in range(pivot):
                vector[i] = -factor[pivot, i]
            vector[pivot] = 1.0
            solve_upper(factor, vector, pivot)
            total = dot(vector[: pivot + 1], vector[: pivot + 1])
            low = max(low, shift - square / total)
            shift = _inward(low, high)
            continue
        for i in range(n):
            step[i] = -gradient[i] if steep else 0.0
        solve_lower(factor, step, n)
        solve_upper(factor, step, n)
        reached = norm(step)
        if shift == 0.0 and reached <= radius:
            at_radius = False
            break
        if reached >= radius and abs(reached - radius) <= _EASY * radius:
            break
        copy(step, work)
        solve_lower(factor, work, n)
        newton = shift + (reached * reached / max(dot(work, work), 1e-300)) * (reached - radius) / radius
        if reached >= radius:
            low, shift = shift, newton
            continue
        least = _least_singular(factor, vector, work)
        near, far = ends_at_radius(step, vector, radius)
        along = near if abs(near) < abs(far) else far
        term = 0.0
        for i in range(n):
            term += step[i] * dot(shifted[i], step)
        if along * along * least * least <= _HARD * (term + shift * radius * radius):
            move(step, along, vector, step)
            break
        high, low = shift, max(low, shift - least * least)
        if steep and _factor(hessian, newton, shifted, factor) == n:
            shift = newton
        else:
            low = max(low, newton) if steep else low
            shift = _inward(low, high)
    room[_BOUND], room[_RADIUS] = low, radius
    return at_radius


@strict
def _factor(hessian: Array, shift: float, shifted: Array, factor: Array) -> int:
    """Factorize ``B + shift I``; how far that goes."""
    n = len(hessian)
    for i in range(n):
        for j in range(n):
            shifted[i, j] = hessian[i, j]
        shifted[i, i] += shift
    return cholesky(shifted, factor)


@strict
def _inward(low: float, high: float) -> float:
    """A lambda between its bounds, [1] (7.3.14)."""
    return max(math.sqrt(low * high), low + _INWARD * (high - low))


@called
def _bounds(hessian: Array, length: float, radius: float) -> tuple[float, float, float]:
    """Bounds of lambda, [1] (7.3.8) and (7.3.9), and the largest row sum."""
    n = len(hessian)
    square, largest, least_diagonal = 0.0, 0.0, math.inf
    lowest, highest = math.inf, -math.inf  # of Gershgorin's circles
    for i in range(n):
        others = 0.0
        for j in range(n):
            square += hessian[i, j] * hessian[i, j]
            others += abs(hessian[i, j]) if i != j else 0.0
        least_diagonal = min(least_diagonal, hessian[i, i])
        lowest, highest = min(lowest, hessian[i, i] - others), max(highest, hessian[i, i] + others)
        largest = max(largest, others + abs(hessian[i, i]))
    frobenius = math.sqrt(square)
    high = max(0.0, length / radius + min(-lowest, frobenius, largest))
    low = max(0.0, -least_diagonal, length / radius - min(highest, frobenius, largest))
    return low, high, largest


@called
def _least_singular(factor: Array, vector: Array, work: Array) -> float:
    """Estimate the least singular value of L', and fill in its vector; [3] Algorithm 3.5.1.

    ``L w = e`` is solved with the signs of e chosen so that w grows; ``L' v = w`` then points along it.
    """
    n = len(vector)
    for i in range(n):
        work[i], vector[i] = 0.0, 0.0
    for k in range(n):
        plus, minus = (1.0 - work[k]) / factor[k, k], (-1.0 - work[k]) / factor[k, k]
        grown_plus, grown_minus = abs(plus), abs(minus)
        for i in range(k + 1, n):
            grown_plus += abs(work[i] + factor[i, k] * plus)
            grown_minus += abs(work[i] + factor[i, k] * minus)
        vector[k] = plus if grown_plus >= grown_minus else minus
        for i in range(k + 1, n):
            work[i] += factor[i, k] * vector[k]
    length = norm(vector)
    solve_upper(factor, vector, n)
    total = norm(vector)
    for i in range(n):
        vector[i] /= total
    return length / total


begin_step, go_on, step_size = delegated(_steps, *STEP_TYPES)
trust_exact = trust_region(f"{__name__}:trust_exact", begin_step, go_on)

TRUST_EXACT = Method(
    "trust-exact",
    trust_exact,
    Options,
    asks=OBJECTIVE | GRADIENT | HESSIAN,
    requires=GRADIENT | HESSIAN,
    room=lambda n, _: 2 * n * n + 3 * n + 5,
    tol=("gtol",),
    endings=ENDINGS,
    delegates=(f"{__name__}:step_size",),
)
