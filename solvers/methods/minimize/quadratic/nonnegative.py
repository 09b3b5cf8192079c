"""Nonnegative least squares: minimize ``|A u - b|`` subject to ``u >= 0``.

Unknowns are zero, or passive, and the passive ones solve an ordinary least-squares problem. The one by which
the residual falls fastest becomes passive; where the solution has negative elements then, the way there ends
where the first of them becomes zero, and that one leaves. The passive columns of A are kept triangular, by a
reflection for each that comes, and rotations when one leaves.

Reference: C. Lawson, R. Hanson, Solving Least Squares Problems, SIAM 1995, chapter 23, algorithm NNLS.
"""

import math

from solvers.arrays import Array
from solvers.kernels.compiling import called, strict
from solvers.methods.minimize.quadratic.reflections import reflect, reflector
from solvers.methods.vectors import copy, dot, norm

#: A column depends on the passive ones where adding this part of what is left of it changes nothing.
_HUNDREDTH = 0.01
#: Solutions for passive sets, per unknown; Lawson and Hanson's.
_MOST_ITERATIONS = 3


@called
def nonnegative_least_squares(
    columns: Array, target: Array, u: Array, gain: Array, order: Array, solution: Array
) -> int:
    """Solve one problem.

    Parameters
    ----------
    columns
        (k, p), each a column of A; overwritten.
    target
        (p,) b; at the end, rotated, the residual is what comes after the passive unknowns.
    u
        (k,) the answer.
    gain, order
        (k,) to work in: how the residual falls with each unknown; their indices, passive ones first.
    solution
        (p,) to work in.

    Returns
    -------
    passive : int
        How many unknowns are passive at the end; -1 where it does not come to an end.
    """
    passive, iterations = 0, 0
    for i in range(len(u)):
        u[i], order[i] = 0.0, float(i)
    while passive < len(target) and _enter(columns, target, gain, order, solution, passive):
        passive += 1
        while True:
            iterations += 1
            if iterations > _MOST_ITERATIONS * len(u):
                return -1
            _solve(columns, target, order, solution, passive)
            share, leaving = 2.0, -1
            for i in range(passive):
                here = u[int(order[i])]
                if solution[i] <= 0.0 and here / (here - solution[i]) < share:
                    share, leaving = here / (here - solution[i]), i
            if leaving < 0:
                break
            for i in range(passive):
                k = int(order[i])
                u[k] = max(0.0, u[k] + share * (solution[i] - u[k])) if i != leaving else 0.0
            _leave(columns, target, order, passive, leaving)
            passive -= 1
        for i in range(passive):
            u[int(order[i])] = solution[i]
    return passive


@strict
def _enter(columns: Array, target: Array, gain: Array, order: Array, solution: Array, passive: int) -> bool:
    """Make the unknown passive by which the residual falls fastest; whether there is one."""
    for i in range(passive, len(order)):
        k = int(order[i])
        gain[k] = dot(columns[k, passive:], target[passive:])
    while True:
        place, most = -1, 0.0
        for i in range(passive, len(order)):
            if gain[int(order[i])] > most:
                place, most = i, gain[int(order[i])]
        if place < 0:
            return False
        k = int(order[place])
        column = columns[k]
        before, shared = column[passive], norm(column[:passive])
        first = reflector(column, passive)
        if shared + abs(column[passive]) * _HUNDREDTH > shared:
            copy(target, solution)
            reflect(column, passive, first, solution)
            if solution[passive] / column[passive] > 0.0:
                break
        column[passive], gain[k] = before, 0.0
    copy(solution, target)
    order[place], order[passive] = order[passive], order[place]
    for i in range(passive + 1, len(order)):
        reflect(column, passive, first, columns[int(order[i])])
    for i in range(passive + 1, len(target)):
        column[i] = 0.0
    return True


@strict
def _leave(columns: Array, target: Array, order: Array, passive: int, leaving: int) -> None:
    """Take one from the passive unknowns: the columns after it are rotated to be a triangle again."""
    left = order[leaving]
    for i in range(leaving + 1, passive):
        k = int(order[i])
        order[i - 1] = order[i]
        a, b = columns[k, i - 1], columns[k, i]
        length = math.hypot(a, b)
        if length > 0.0:
            c, s = a / length, b / length
            for other in range(len(order)):
                _rotate(columns[other], i, c, s)
            _rotate(target, i, c, s)
            columns[k, i] = 0.0
    order[passive - 1] = left


@strict
def _rotate(vector: Array, i: int, c: float, s: float) -> None:
    a, b = vector[i - 1], vector[i]
    vector[i - 1], vector[i] = c * a + s * b, c * b - s * a


@strict
def _solve(columns: Array, target: Array, order: Array, solution: Array, passive: int) -> None:
    """Solve for the passive unknowns, in their order."""
    copy(target, solution)
    for i in range(passive - 1, -1, -1):
        column = columns[int(order[i])]
        solution[i] /= column[i]
        for j in range(i):
            solution[j] -= solution[i] * column[j]
