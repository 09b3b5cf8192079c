"""Steps in a trust region for triangles, at a fraction of what singular values cost."""

import math

from solvers.arrays import Array
from solvers.kernels.compiling import inlined, kernel
from solvers.linalg.norm import is_finite
from solvers.linalg.singular_values import MAX_NEWTON, step_by_singular_values

#: Least diagonal of a triangle, relative to its longest column, for which damped steps come from its
#: normal matrix: a step loses at most half of its digits, and it is a step, not an answer.
_STEEP = 1e-4


@inlined
def step_of_triangle(
    a: Array, target: Array, radius: float, tolerance: float, room: Array, step: Array
) -> float:
    """Do what `trust_region_step` does for one upper triangle, with room (2n + 2, n) to work; the damping.

    The full step is a back substitution; a damped one takes a Cholesky factorization for each of
    some two dampings. Nearly singular triangles go by singular values.
    """
    if _is_well_conditioned(a):
        _full_step(a, target, step)
        length = _length(step)
        if length <= radius:
            return 0.0
        if is_finite(length):
            return _damped_step(a, target, radius, length, tolerance, room, step)
    return _step_by_singular_values(a, target, radius, tolerance, room, step)


@kernel
def _step_by_singular_values(
    a: Array, target: Array, radius: float, tolerance: float, room: Array, step: Array
) -> float:
    n = len(target)
    return step_by_singular_values(
        a, target, radius, tolerance, room[:n], room[n : 2 * n], room[2 * n], room[2 * n + 1], step
    )


@kernel
def _damped_step(
    a: Array, target: Array, radius: float, length: float, tolerance: float, room: Array, step: Array
) -> float:
    """Shorten the full step, which is ``length`` long."""
    n = len(target)
    normal, root, slope, q = room[:n], room[n : 2 * n], room[2 * n], room[2 * n + 1]
    _normal_equations(a, target, normal, slope)  # A'A and A'b
    _solve_damped(normal, 0.0, slope, root, step, q)
    upper = _length(slope) / radius
    alpha = lower = (length - radius) * length / _square(q)
    for _ in range(MAX_NEWTON):  # as in `_secular`
        if not lower <= alpha <= upper:
            alpha = max(0.001 * upper, math.sqrt(lower * upper))
        damping = alpha
        _solve_damped(normal, alpha, slope, root, step, q)
        length = _length(step)
        excess = length - radius
        if abs(excess) <= tolerance * radius:
            break
        if excess < 0.0:
            upper = alpha
        newton = excess * length / _square(q)
        lower = max(lower, alpha + newton)
        alpha += length / radius * newton
    return damping


@inlined
def _square(v: Array) -> float:
    total = 0.0
    for value in v:
        total += value * value
    return total


@inlined
def _length(v: Array) -> float:
    return math.sqrt(_square(v))


@inlined
def _is_well_conditioned(a: Array) -> bool:
    least, largest = math.inf, 0.0
    for j in range(len(a)):
        total = 0.0
        for i in range(j + 1):
            total += a[i, j] * a[i, j]
        largest = max(largest, total)
        least = min(least, a[j, j] * a[j, j])
    return least >= _STEEP * _STEEP * largest and 0.0 < largest < math.inf


@inlined
def _full_step(a: Array, b: Array, s: Array) -> None:
    """Solve ``A s = -b``."""
    for j in range(len(s) - 1, -1, -1):
        total = -b[j]
        for i in range(j + 1, len(s)):
            total -= a[j, i] * s[i]
        s[j] = total / a[j, j]


@kernel
def _normal_equations(a: Array, b: Array, normal: Array, slope: Array) -> None:
    """Fill in the lower triangle of ``A'A``, and ``A'b``."""
    for j in range(len(a)):
        slope[j] = 0.0
        for i in range(j + 1):
            slope[j] += a[i, j] * b[i]
        for k in range(j + 1):
            normal[j, k] = 0.0
            for i in range(k + 1):
                normal[j, k] += a[i, j] * a[i, k]


@kernel
def _solve_damped(normal: Array, alpha: float, slope: Array, root: Array, s: Array, q: Array) -> None:
    """Solve ``(A'A + alpha) s = -A'b`` by the Cholesky factor L; ``q = L^-1 s``."""
    n = len(s)
    for j in range(n):
        for k in range(j + 1):
            total = normal[j, k] + (alpha if j == k else 0.0)
            for i in range(k):
                total -= root[j, i] * root[k, i]
            root[j, k] = math.sqrt(total) if j == k else total / root[k, k]
        q[j] = -slope[j]
        for i in range(j):
            q[j] -= root[j, i] * q[i]
        q[j] /= root[j, j]
    for j in range(n - 1, -1, -1):
        s[j] = q[j]
        for i in range(j + 1, n):
            s[j] -= root[i, j] * s[i]
        s[j] /= root[j, j]
    for j in range(n):
        q[j] = s[j]
        for i in range(j):
            q[j] -= root[j, i] * q[i]
        q[j] /= root[j, j]
