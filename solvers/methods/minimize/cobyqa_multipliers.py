"""Multipliers by least squares: those of inequalities nonnegative, those of equations of either sign.

Minimizes ``|columns' u - target|``. Unknowns enter one at a time, the equations' first, then the one by whose
growth the residual falls fastest; where that makes others negative, the way there ends at the first that
becomes zero, and that one leaves (Lawson and Hanson's NNLS). Those that have entered are solved for by Gram
and Schmidt, anew each time, as there are few; one whose column depends on theirs is not let in.

Reference: C. Lawson, R. Hanson, Solving Least Squares Problems, SIAM 1995, chapter 23.
"""

from solvers.arrays import Array
from solvers.kernels.compiling import called, strict
from solvers.linalg.norm import EPS
from solvers.methods.minimize.cobyqa_state import BEST_POINT, EQUATIONS, expand, state_of
from solvers.methods.vectors import copy, dot, norm

#: Solutions for those that have entered, per unknown; Lawson and Hanson's.
_MOST = 3


@called
def update_multipliers(memory: Array) -> None:
    """Find the multipliers of the limits that are active at the best point, and zeros for the others."""
    state = state_of(memory)
    limits, n, r = state.limits, len(state.step), len(state.limits.which)
    if r == 0:
        return
    expand(memory)
    equations, best, k = int(state.numbers[EQUATIONS]), int(state.numbers[BEST_POINT]), 0
    most = r + n
    columns, rest = state.scratch[: most * n].reshape((most, n)), state.scratch[most * n :]
    u, which, target, rest = rest[:most], rest[most : 2 * most], rest[2 * most :][:n], rest[2 * most + n :]
    for turned in range(r):
        i = (turned + r - equations) % r  # equations first
        limits.multipliers[i] = 0.0
        if i >= r - equations or limits.slack[i] <= 0.0:
            copy(limits.rows[i], columns[k])
            which[k] = float(i)
            k += 1
    active = k
    for i in range(n):
        target[i] = -state.gradients[0, i]
        x = state.models.base[i] + state.models.offsets[best, i]
        if x <= state.lower[i] or x >= state.upper[i]:
            for j in range(n):
                columns[k, j] = 0.0
            columns[k, i] = -1.0 if x <= state.lower[i] else 1.0
            k += 1
    _solve_nonnegative(columns[:k], equations, target, u[:k], rest)
    for j in range(active):
        limits.multipliers[int(which[j])] = u[j]


@called
def _solve_nonnegative(columns: Array, free: int, target: Array, u: Array, room: Array) -> None:
    """Solve one problem.

    Parameters
    ----------
    columns
        (k, n) of which the first ones, `free`, are equations'.
    target
        (n,)
    u
        (k,) the answer.
    room
        (2 n² + 2 n + 3 k,)
    """
    k, n = columns.shape
    basis, rest = room[: n * n].reshape((n, n)), room[n * n :]
    triangle, rest = rest[: n * (n + 1)].reshape((n, n + 1)), rest[n * (n + 1) :]
    order, refused, solution, residual = (
        rest[:k],
        rest[k : 2 * k],
        rest[2 * k : 3 * k],
        rest[3 * k : 3 * k + n],
    )
    entered = 0
    for i in range(k):
        u[i] = refused[i] = 0.0
    for i in range(free):
        refused[i] = 1.0
        if entered < n and _enter(columns, order, i, basis, triangle, entered):
            entered += 1
    kept = entered  # equations' never leave
    _solve(entered, basis, triangle, target, solution)
    for i in range(kept):
        u[int(order[i])] = solution[i]
    for _ in range(_MOST * k):
        _residual(columns, u, target, residual)
        place = _fastest(columns, residual, u, refused)
        if place < 0 or entered == n:
            return
        if not _enter(columns, order, place, basis, triangle, entered):
            refused[place] = 1.0
            continue
        entered += 1
        _solve(entered, basis, triangle, target, solution)
        if solution[entered - 1] <= 0.0:
            refused[place] = 1.0
            entered -= 1
            continue
        while True:
            share, leaving = 1.0, -1
            for i in range(kept, entered):
                here = u[int(order[i])]
                if solution[i] <= 0.0 and here / (here - solution[i]) <= share:
                    share, leaving = here / (here - solution[i]), i
            for i in range(entered):
                u[int(order[i])] += share * (solution[i] - u[int(order[i])])
            if leaving < 0:
                break
            u[int(order[leaving])] = 0.0
            before, entered = entered, leaving
            for i in range(leaving + 1, before):
                if _enter(columns, order, int(order[i]), basis, triangle, entered):
                    entered += 1
                else:
                    u[int(order[i])] = 0.0
            _solve(entered, basis, triangle, target, solution)


@strict
def _fastest(columns: Array, residual: Array, u: Array, refused: Array) -> int:
    """Which unknown at zero lowers the residual fastest, -1 where none does."""
    place, most = -1, 10.0 * EPS * norm(residual)
    for i in range(len(u)):
        if u[i] == 0.0 and refused[i] == 0.0:
            gain, length = dot(columns[i], residual), norm(columns[i])
            if gain > most * length:
                place, most = i, gain / length
    return place


@strict
def _residual(columns: Array, u: Array, target: Array, residual: Array) -> None:
    copy(target, residual)
    for i in range(len(u)):
        for j in range(len(target)):
            residual[j] -= u[i] * columns[i, j]


@called
def _enter(columns: Array, order: Array, place: int, basis: Array, triangle: Array, entered: int) -> bool:
    """Add a column to those solved for; whether it does not depend on them."""
    vector, factors = basis[entered], triangle[entered]
    copy(columns[place], vector)
    for i in range(entered):
        factors[i] = 0.0
    for _ in range(2):
        for i in range(entered):
            along = dot(basis[i], vector)
            factors[i] += along
            for j in range(len(vector)):
                vector[j] -= along * basis[i, j]
    length = norm(vector)
    if length <= 10.0 * EPS * len(vector) * norm(columns[place]):
        return False
    factors[entered], order[entered] = length, float(place)
    for j in range(len(vector)):
        vector[j] /= length
    return True


@called
def _solve(entered: int, basis: Array, triangle: Array, target: Array, solution: Array) -> None:
    """Solve for those that have entered, in their order."""
    for i in range(entered - 1, -1, -1):
        total = dot(basis[i], target)
        for j in range(i + 1, entered):
            total -= triangle[j, i] * solution[j]
        solution[i] = total / triangle[i, i]
