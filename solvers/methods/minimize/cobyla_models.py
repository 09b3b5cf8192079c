"""The linear models of COBYLA through its points, and what they are good for.

With displacements s_i from the best point and ``inverse`` rows t_i the gradient of a function is ``sum of
(f_i - f) t_i``; gradients of bounds are known. The models tell how large the penalty has to be for a step to
lower the merit, to which side a point goes that improves the geometry, and what to think of trials where
something is undefined.

References
----------
.. [1] M. Powell, "A direct search optimization method that models the objective and constraint functions by
   linear interpolation", in: Advances in Optimization and Numerical Analysis, Kluwer 1994, 51-67.
.. [2] Z. Zhang, PRIMA: Reference Implementation for Powell's Methods with Modernization and Amelioration,
   https://www.libprima.net, 2023.
"""

import math

from solvers.arrays import Array
from solvers.coroutines.row import BEST, FUN, UNDEFINED, VIOLATION, Row
from solvers.kernels.compiling import called
from solvers.linalg.norm import EPS
from solvers.methods.minimize.cobyla_filter import keep
from solvers.methods.minimize.cobyla_simplex import find_farthest, find_pole
from solvers.methods.minimize.cobyla_state import (
    BOUND,
    LIMITS,
    PENALTY,
    PLACE,
    PROMISE,
    RADIUS,
    SIGN,
    TARGET,
    TOLERANCE,
    WHICH,
    kept_of,
    simplex_of,
    values_of,
)
from solvers.methods.vectors import copy, dot, norm

#: Objective and excess count at most as this, and the penalty; [2].
_BARRIER, _MOST_PENALTY = 1e30, 1e300


@called
def propose(row: Row) -> None:
    """Write where to ask; what rounding alone puts beyond a bound is put onto it."""
    places, points, _, step = simplex_of(row.room)
    for j in range(len(step)):
        i, x = int(places[j]), points[len(step), j] + step[j]
        inside = min(max(x, row.lower[i]), row.upper[i])
        slack = 4.0 * EPS * (abs(points[len(step), j]) + abs(step[j]))
        row.x[i] = inside if abs(x - inside) <= slack else x


@called
def take(row: Row) -> bool:
    """Read the functions at a trial; whether it reaches the target."""
    memory, places = row.room, simplex_of(row.room).places
    limits, table, outside, _ = values_of(memory)
    n, worst, fun = len(places), 0.0, row.numbers[FUN]
    if row.numbers[UNDEFINED] != 0.0:
        _stand_in(memory)
        return False
    for i in range(len(limits)):
        which = int(limits[i, WHICH])
        value = row.x[int(places[which])] if which < n else row.values[which - n]
        excess = limits[i, SIGN] * (value - limits[i, BOUND])
        table[n + 1, i] = min(max(excess, -_BARRIER), _BARRIER)
        worst = max(worst, table[n + 1, i])
    table[n + 1, -1], outside[n + 1] = min(fun, _BARRIER), worst
    keep(kept_of(memory), row.x, fun, worst, memory[TOLERANCE])
    return bool(worst <= memory[TOLERANCE] and fun <= memory[TARGET])


@called
def report(row: Row) -> None:
    """Make the best point the answer, for now."""
    places, points, _, _ = simplex_of(row.room)
    _, table, outside, _ = values_of(row.room)
    n = len(places)
    copy(row.x, row.answer)
    for j in range(n):
        row.answer[int(places[j])] = points[n, j]
    row.numbers[BEST], row.numbers[VIOLATION] = table[n, -1], outside[n]


@called
def interpolate(memory: Array) -> None:
    """Find the gradients of the models."""
    inverse = simplex_of(memory).inverse
    limits, table, _, gradients = values_of(memory)
    n = len(inverse)
    for i in range(len(gradients)):
        if i == len(limits) or limits[i, WHICH] >= n:
            for j in range(n):
                gradients[i, j] = 0.0
                for k in range(n):
                    gradients[i, j] += (table[k, i] - table[n, i]) * inverse[k, j]


@called
def raise_penalty(memory: Array) -> bool:
    """Raise it so that the step promises to lower the merit, [1, (9)]; whether another point is best then."""
    step = simplex_of(memory).step
    _, table, outside, gradients = values_of(memory)
    n, r, worst = len(step), len(gradients) - 1, 0.0
    for i in range(r):
        worst = max(worst, table[n, i] + dot(gradients[i], step))
    fall, relief = -dot(gradients[r], step), outside[n] - worst
    raised = relief > 0.0 and fall < 0.0
    if raised:
        memory[PENALTY] = max(memory[PENALTY], min(-2.0 * fall / relief, _MOST_PENALTY))
    memory[PROMISE] = fall + memory[PENALTY] * relief
    return raised and find_pole(memory) != n


@called
def reduction(memory: Array) -> float:
    """By how much the merit of the trial is lower than the best."""
    _, table, outside, _ = values_of(memory)
    n, penalty = len(outside) - 2, memory[PENALTY]
    return float(table[n, -1] + penalty * outside[n] - (table[n + 1, -1] + penalty * outside[n + 1]))


@called
def typical_penalty(memory: Array) -> float:
    """How the objective varies among the points, compared with the limits that matter, [1, (12)-(13)]."""
    least, r = math.inf, int(memory[LIMITS])
    for i in range(r):
        low, high = _range(memory, i)
        if -high < -0.5 * low:  # the least that is left of the limit is less than half the most
            least = min(least, high - min(low, 0.0))
    low, high = _range(memory, r)
    return (high - low) / least if least < math.inf and low < high else 0.0


@called
def step_aside(memory: Array) -> None:
    """Let the step improve the geometry in place of the farthest point, [1, (15)-(17)].

    It is orthogonal to the face of the others, half a radius to that side where the models foresee the lower
    merit.
    """
    interpolate(memory)
    _, _, inverse, step = simplex_of(memory)
    _, table, _, gradients = values_of(memory)
    k = find_farthest(memory)
    row, n, r, here, there = inverse[k], len(step), len(gradients) - 1, 0.0, 0.0
    size = norm(row)
    for j in range(n):
        step[j] = 0.5 * memory[RADIUS] * (row[j] / size)
    for i in range(r):
        change = dot(gradients[i], step)
        here, there = max(here, table[n, i] + change), max(there, table[n, i] - change)
    rise = dot(gradients[r], step)
    if memory[PENALTY] * there - rise < memory[PENALTY] * here + rise:
        for j in range(n):
            step[j] = -step[j]
    memory[PLACE] = k


@called
def _range(memory: Array, i: int) -> tuple[float, float]:
    """The least and the largest that is known of a limit, or of the objective."""
    table, low, high = values_of(memory).table, math.inf, -math.inf
    for k in range(len(table) - 1):
        if not math.isnan(table[k, i]):
            low, high = min(low, table[k, i]), max(high, table[k, i])
    return low, high


@called
def _stand_in(memory: Array) -> None:
    """Let a trial where something is undefined be worse than all points, so that the models stay of use.

    Its objective is as much worse than the worst as that is worse than the best, its violation is the worst,
    and its limits are as the models foresee.
    """
    step = simplex_of(memory).step
    _, table, outside, gradients = values_of(memory)
    n, r, worst = len(step), len(gradients) - 1, 0.0
    for k in range(n + 1):
        worst = max(worst, outside[k])
    for i in range(r):
        table[n + 1, i] = table[n, i] + dot(gradients[i], step)
    low, high = _range(memory, r)
    farther = high - low if high > low else max(1.0, abs(high))
    table[n + 1, r], outside[n + 1] = min(high + farther, _BARRIER), worst
