"""The quadratic program of a step, relaxed where its constraints contradict each other.

A step s minimizes ``s'Bs / 2 + g's`` subject to the constraints made linear at x, and to bounds. With B as
``L D L'``, ``E = D^(1/2) L'`` and ``f = -D^(-1/2) L^(-1) g`` that is a problem of least squares: ``z = E s``
is to be as near as possible to f. Equations determine what of z lies along their rows, which reflections
turn onto the first axes; for what is left, ``y = z - f`` is the answer of a least distance program.

The relaxed program has one more unknown, 0 <= d <= 1, the share of their violation that constraints may keep,
which costs ``(weight d)²``: s = 0 and d = 1 fulfil it.

References
----------
.. [1] D. Kraft, "A software package for sequential quadratic programming", DFVLR-FB 88-28, 1988.
.. [2] C. Lawson, R. Hanson, Solving Least Squares Problems, SIAM 1995, chapters 20 and 23.
"""

import math

from solvers.arrays import Array
from solvers.coroutines.row import Row
from solvers.kernels.compiling import called
from solvers.linalg.norm import EPS
from solvers.methods.minimize.quadratic.least_distance import (
    INCOMPATIBLE,
    ITERATIONS,
    SOLVED,
    least_distance,
    room_for_distance,
)
from solvers.methods.minimize.quadratic.reflections import reflect, reflector
from solvers.methods.minimize.quadratic.rows import fill_rows, most_rows, reduce_rows, transform
from solvers.methods.vectors import dot, norm

__all__ = [
    "INCOMPATIBLE",
    "ITERATIONS",
    "RELAXED",
    "SINGULAR_OBJECTIVE",
    "SOLVED",
    "room_for_program",
    "solve_program",
]

#: How it ends beside the ways a least distance program does, by SciPy's numbers.
RELAXED, SINGULAR_OBJECTIVE, SINGULAR_EQUATIONS = 1, 5, 6
#: Kraft's: what relaxing costs at first, how much more where that is not solved, and how often.
_WEIGHT, _DEARER, _ATTEMPTS = 100.0, 10.0, 6


def room_for_program(n: int, m: int) -> int:
    """How many numbers it needs to work in."""
    rows = 2 * (m + n + 1)
    return rows * (n + 3) + 4 * n + 3 + room_for_distance(rows, n + 1)


@called
def solve_program(
    row: Row, equations: int, factors: Array, step: Array, multipliers: Array, room: Array
) -> int:
    """Find the step from ``row.answer``, whose values and derivatives are in the row; return how it ended.

    Parameters
    ----------
    row
        The problem.
    equations
        How many of the constraints are.
    factors
        (n, n) of B.
    step
        (n + 1,) the step and d, which is 0 unless it is relaxed.
    multipliers
        (m,) with which the gradients of constraints add up, with bounds, to that of the model: below 0 where
        an upper limit holds.
    room
        See `room_for_program`.
    """
    for i in range(len(row.x)):
        if not 0.0 < factors[i, i] < math.inf:
            return SINGULAR_OBJECTIVE
    weight = 0.0
    for _ in range(1 + _ATTEMPTS):
        end = _solve(row, equations, factors, weight, step, multipliers, room)
        if end == SOLVED:
            return SOLVED if weight == 0.0 else RELAXED
        no_choice = weight == 0.0 and equations == len(row.x)  # Kraft's other reason to relax
        if end != INCOMPATIBLE and not (end == SINGULAR_EQUATIONS and no_choice):
            break
        weight = _WEIGHT if weight == 0.0 else _DEARER * weight
    return end


@called
def _solve(
    row: Row, equations: int, factors: Array, weight: float, step: Array, multipliers: Array, room: Array
) -> int:
    """Solve it once, relaxed where there is a weight."""
    n, most = len(row.x), most_rows(len(row.x), len(row.least))
    p = n + 1 if weight > 0.0 else n
    root, f, z, first = room[:n], room[n:][:p], room[2 * n + 1 :][:p], room[3 * n + 2 :][:p]
    u, room = room[4 * n + 3 :][:most], room[4 * n + 3 + most :]
    rows, room = room[: most * (p + 1)].reshape((most, p + 1)), room[most * (n + 2) :]
    square = 0.0
    for j in range(n):
        root[j] = math.sqrt(factors[j, j])
        f[j] = -row.slope[j]
        total = row.answer[j]
        for i in range(j + 1, n):
            total += factors[i, j] * row.answer[i]
        square += factors[j, j] * total * total
    for j in range(n, p):
        f[j] = 0.0
    transform(factors, root, f, 0)
    count = fill_rows(row, equations, factors, root, weight, rows)
    for i in range(equations):
        turned, length = rows[i, :p], norm(rows[i, :p])
        first[i] = reflector(turned, i)
        if not abs(turned[i]) > EPS * p * length:
            return SINGULAR_EQUATIONS
        for k in range(i + 1, count):
            reflect(turned, i, first[i], rows[k, :p])
        reflect(turned, i, first[i], f)
        z[i] = (rows[i, p] - dot(turned[:i], z)) / turned[i]
    if equations == p:  # they leave no choice; bounds cut the step off, as in SciPy
        count = equations
    inequalities, u = rows[equations:count], u[: count - equations]
    reduce_rows(inequalities, equations, z, f, math.sqrt(square))
    end = least_distance(inequalities, equations, z[equations:], u, room)
    if end != SOLVED:
        return end
    for i in range(equations):
        rows[i, p] = z[i] - f[i]
    _multiply(row, equations, rows, u, multipliers)
    for j in range(equations, p):
        z[j] += f[j]
    for i in range(equations - 1, -1, -1):
        reflect(rows[i, :p], i, first[i], z)
    step[n] = z[n] / weight if weight > 0.0 else 0.0
    for j in range(n - 1, -1, -1):
        total = z[j] / root[j]
        for i in range(j + 1, n):
            total -= factors[i, j] * step[i]
        step[j] = total
    for j in range(n):
        step[j] = min(max(step[j], row.lower[j] - row.answer[j]), row.upper[j] - row.answer[j])
    return SOLVED


@called
def _multiply(row: Row, equations: int, rows: Array, u: Array, multipliers: Array) -> None:
    """Put multipliers in order: u, of inequalities, and those of equations, which make up the last column."""
    for i in range(equations - 1, -1, -1):
        for k in range(len(u)):
            rows[i, -1] -= u[k] * rows[equations + k, i]
        for k in range(i + 1, equations):
            rows[i, -1] -= rows[k, -1] * rows[k, i]
        rows[i, -1] /= rows[i, i]
    at = k = 0
    for i in range(len(row.least)):
        multipliers[i] = 0.0
        if row.least[i] == row.most[i]:
            multipliers[i] = rows[at, -1]
            at += 1
            continue
        if row.least[i] > -math.inf and k < len(u):
            multipliers[i] += u[k]
            k += 1
        if row.most[i] < math.inf and k < len(u):
            multipliers[i] -= u[k]
            k += 1
