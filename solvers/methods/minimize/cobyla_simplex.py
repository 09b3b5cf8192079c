"""The simplex of COBYLA: n + 1 points with what is known there, and how they come and go.

The points are held as displacements from the best one, the "pole", that of the least ``merit = objective +
penalty x largest violation``, and with them the inverse of the matrix that they make.

A trial replaces the point that is far off and whose Lagrange function, ``inverse[i] @ step``, is large there.
Points more than twice the radius off may be replaced by ones that are better placed (`cobyla_models`). Both
is [2]'s, and simpler than (14)-(22) of [1].

References
----------
.. [1] M. Powell, "A direct search optimization method that models the objective and constraint functions by
   linear interpolation", in: Advances in Optimization and Numerical Analysis, Kluwer 1994, 51-67.
.. [2] Z. Zhang, PRIMA: Reference Implementation for Powell's Methods with Modernization and Amelioration,
   https://www.libprima.net, 2023.
"""

import math

from solvers.arrays import Array
from solvers.coroutines.views import matrix
from solvers.kernels.compiling import called
from solvers.methods.minimize.cobyla_state import (
    FINAL,
    PENALTY,
    PLACE,
    RADIUS,
    RESOLUTION,
    SCRATCH,
    simplex_of,
    values_of,
)
from solvers.methods.root.elimination import solve
from solvers.methods.vectors import copy, dot

# All of [2]: the error of the inverse beyond which it is made anew, and beyond which it is of no use; how
# many times the radius a point may be off; nearer than what part of the radius distances do not matter, or of
# the final one at all.
_INACCURATE, _DAMAGED = 0.1, 1.0
_FAR, _NEAR, _SAME = 2.0, 0.1, 1e-4


@called
def place_first(memory: Array) -> None:
    """Let the step lead to a point of the first simplex, along an axis; no step: to the start."""
    step = simplex_of(memory).step
    for i in range(len(step)):
        step[i] = memory[RADIUS] if i == memory[PLACE] else 0.0


@called
def take_first(memory: Array) -> bool:
    """Take the trial as that point, or as the pole if it is better; whether all are usable."""
    points, table, j = simplex_of(memory).points, values_of(memory).table, int(memory[PLACE])
    n = len(points) - 1
    better = j < n and table[n + 1, -1] < table[n, -1]
    take_values_of(memory, n + 1, j)
    for i in range(n if j < n else 0):
        points[j, i] = memory[RADIUS] if i == j else 0.0
    if better:
        _swap_values(memory, j)
        points[n, j] += memory[RADIUS]
        for i in range(j + 1):
            points[i, j] = -memory[RADIUS]
    return j != n - 1 or _mend(memory)


@called
def find_farthest(memory: Array) -> int:
    """Which point is farthest from the pole."""
    points = simplex_of(memory).points
    place, farthest = 0, 0.0
    for k in range(len(points) - 1):
        square = dot(points[k], points[k])
        if square > farthest:
            place, farthest = k, square
    return place


@called
def is_adequate(memory: Array) -> bool:
    """Whether no point is too far off."""
    farthest = simplex_of(memory).points[find_farthest(memory)]
    return bool(dot(farthest, farthest) <= (_FAR * memory[RADIUS]) ** 2)


@called
def find_pole(memory: Array) -> int:
    """Which point is the best; of equals the one that violates least, or the one that was it."""
    _, table, outside, _ = values_of(memory)
    n, penalty = len(outside) - 2, memory[PENALTY]
    best, least = n, table[n, -1] + penalty * outside[n]
    for k in range(n):
        merit = table[k, -1] + penalty * outside[k]
        if merit < least or (merit == least and outside[k] < outside[best]):
            best, least = k, merit
    return best


@called
def use_pole(memory: Array) -> bool:
    """Make the best point the pole; whether rounding has left the simplex usable."""
    _, points, inverse, step = simplex_of(memory)
    n, best = len(step), find_pole(memory)
    if best == n:
        return True
    for j in range(n):
        move, total = points[best, j], 0.0
        points[n, j] += move
        for k in range(n):
            points[k, j] = points[k, j] - move if k != best else -move
            total += inverse[k, j]
        inverse[best, j] = -total
    _swap_values(memory, best)
    return _mend(memory)


@called
def find_nearest(memory: Array) -> int:
    """Which point is the same as the trial as far as matters; -1 if none is."""
    _, points, _, step = simplex_of(memory)
    n, nearest, least = len(step), -1, (_SAME * memory[FINAL]) ** 2
    for k in range(n, -1, -1):
        square = 0.0
        for j in range(n):
            square += (step[j] - (points[k, j] if k < n else 0.0)) ** 2
        if square <= least:
            nearest, least = k, square
    return nearest


@called
def find_dispensable(memory: Array, improved: bool) -> int:
    """Which point the trial is to replace; -1 if none. The pole may go if the trial is better than it."""
    _, points, inverse, step = simplex_of(memory)
    n, near = len(step), max(memory[RESOLUTION], _NEAR * memory[RADIUS])
    best, most, place, farthest, rest = -1, 0.0, -1, -1.0, 1.0
    for k in range(n + 1):
        square = 0.0
        for j in range(n):
            square += ((points[k, j] if k < n else 0.0) - (step[j] if improved else 0.0)) ** 2
        lagrange = dot(inverse[k], step) if k < n else rest if improved else 0.0
        rest -= lagrange
        score = max(1.0, square / (near * near)) * abs(lagrange)
        if score > most:
            best, most = k, score
        if square > farthest:
            place, farthest = k, square
    return place if improved and best < 0 else best


@called
def replace(memory: Array, k: int) -> bool:
    """Put the trial into the place of a point; whether rounding has left the simplex usable."""
    _, points, inverse, step = simplex_of(memory)
    scratch = memory[int(memory[SCRATCH]) :]
    n, rest = len(step), 1.0
    lagrange, change = scratch[:n], scratch[n : 2 * n]
    for i in range(n):
        lagrange[i] = dot(inverse[i], step)
        rest -= lagrange[i]
    for j in range(n):
        if k < n:
            points[k, j], change[j] = step[j], inverse[k, j] / lagrange[k]
        else:
            total = 0.0
            for i in range(n):
                total -= inverse[i, j]
                points[i, j] -= step[j]
            points[n, j] += step[j]
            change[j] = total / rest
    for i in range(n):
        for j in range(n):
            inverse[i, j] = change[j] if i == k else inverse[i, j] - lagrange[i] * change[j]
    if not _mend(memory):
        return False
    take_values_of(memory, n + 1, k)
    usable: bool = use_pole(memory)
    return usable


@called
def take_values_of(memory: Array, source: int, target: int) -> None:
    """Believe of a point what is known of another; the trial counts as point n + 1."""
    _, table, outside, _ = values_of(memory)
    copy(table[source], table[target])
    outside[target] = outside[source]


@called
def _swap_values(memory: Array, k: int) -> None:
    """Exchange what is known of a point and of the pole."""
    _, table, outside, _ = values_of(memory)
    n = len(outside) - 2
    outside[k], outside[n] = outside[n], outside[k]
    for i in range(table.shape[1]):
        table[k, i], table[n, i] = table[n, i], table[k, i]


@called
def _mend(memory: Array) -> bool:
    """Make the inverse anew if it is inaccurate; whether one is at hand that is of use."""
    _, points, inverse, step = simplex_of(memory)
    scratch, n, error = memory[int(memory[SCRATCH]) :], len(step), _error(inverse, points)
    if error <= _INACCURATE:
        return True
    work, fresh = matrix(scratch[: n * (n + 1)], n + 1), matrix(scratch[n * (n + 1) : n * (2 * n + 1)], n)
    for i in range(n):
        for k in range(n):
            for j in range(n):
                work[k, j] = points[k, j]
            work[k, n] = 1.0 if k == i else 0.0
        if not solve(work, fresh[i], 0.0):
            return error <= _DAMAGED
    again = _error(fresh, points)
    if again < error:
        error = again
        for i in range(n):
            copy(fresh[i], inverse[i])
    return error <= _DAMAGED


@called
def _error(inverse: Array, points: Array) -> float:
    """How far the product is from the identity; infinite where it is not a number."""
    worst = 0.0
    for i in range(len(inverse)):
        for j in range(len(inverse)):
            error = abs(dot(inverse[i], points[j]) - (1.0 if i == j else 0.0))
            worst = max(worst, error) if error < math.inf else math.inf
    return worst
