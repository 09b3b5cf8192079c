"""SLSQP: sequential quadratic programs, solved as least squares, with an L1 merit function.

Each step minimizes a quadratic model under the constraints made linear, and bounds (see `quadratic`). Its
matrix is built up from the changes y of the gradient of the Lagrangian along steps s, and kept as L D L' ::

    B <- B + y y' / y's - B s s'B / s'Bs,   y <- t y + (1 - t) B s  so that  y's >= s'Bs / 5     [4]

A step is shortened until it lowers ``merit = f + sum of weights x violations`` by a tenth of what its slope
promises, each time to where a parabola is least, but to no less than a tenth; after ten times it is taken as
it is. Weights are sizes of multipliers, or means of these and former weights. Where the step does not point
downwards, B begins anew from the identity.

It ends when the violations sum up to less than ``ftol``, and so does the slope with the multipliers times
constraints, or a step changes f by less, or is shorter. Where the constraints made linear contradict each
other it does not end that way. Defaults are SciPy's.

Differences from SciPy: a trial where anything is undefined, be it the gradient, is never taken; least
distance programs are scaled, so that large gradients neither cost digits nor look like contradictions; where
steps have become shorter than ``ftol`` while constraints contradict each other B begins anew, and where it
has done so too often with constraints violated, that ends as `INFEASIBLE`. ``numbers[DETAIL]`` is SciPy's
exit mode; ``slope`` is the gradient asked for last, as in SciPy: that of the answer, or, where f changed
little, of the one before.

References
----------
.. [1] D. Kraft, "A software package for sequential quadratic programming", DFVLR-FB 88-28, 1988.
.. [2] D. Kraft, "Algorithm 733: TOMP - Fortran modules for optimal control calculations", ACM Transactions
   on Mathematical Software 20 (1994) 262-281.
.. [3] M. Powell, "A fast algorithm for nonlinearly constrained optimization calculations", LNM 630 (1978)
   144-157: the change of B, and the weights.
.. [4] J. Nocedal, S. Wright, Numerical Optimization, 2nd ed., Springer 2006, Procedure 18.2.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

from solvers.arrays import Array
from solvers.coroutines.coroutine import coroutine
from solvers.coroutines.method import Method
from solvers.coroutines.row import (
    BEST,
    DETAIL,
    FUN,
    GRADIENT,
    JACOBIAN,
    NIT,
    OBJECTIVE,
    STATUS,
    STEP,
    UNDEFINED,
    VALUES,
    VIOLATION,
    WATCHED,
    Row,
)
from solvers.kernels.compiling import called, strict
from solvers.methods.minimize.quadratic.factors import make_identity, multiply, update
from solvers.methods.minimize.quadratic.program import (
    INCOMPATIBLE,
    ITERATIONS,
    RELAXED,
    SINGULAR_OBJECTIVE,
    SOLVED,
    room_for_program,
    solve_program,
)
from solvers.methods.vectors import copy, dot, norm
from solvers.status import Status

_GRADIENT, _COST, _STEP = int(Status.GRADIENT), int(Status.COST), int(Status.STEP)
_COST_AND_STEP, _STALLED = int(Status.COST_AND_STEP), int(Status.STALLED)
_INFEASIBLE, _SINGULAR = int(Status.INFEASIBLE), int(Status.SINGULAR)
_NUMERICAL, _BAD_INPUT = int(Status.NUMERICAL), int(Status.BAD_INPUT)
_ITERATION_LIMIT = int(Status.ITERATION_LIMIT)

#: SciPy's exit modes, which are in ``numbers[DETAIL]``.
MODES = {
    0: "Optimization terminated successfully",
    2: "More equality constraints than independent variables",
    3: "More than 3*n iterations in LSQ subproblem",
    4: "Inequality constraints incompatible",
    5: "Singular matrix E in LSQ subproblem",
    6: "Singular matrix C in LSQ subproblem",
    8: "Positive directional derivative for linesearch",
    9: "Iteration limit reached",
}
_TOO_MANY_EQUATIONS, _NO_DESCENT, _TOO_MANY_ITERATIONS = 2, 8, 9

#: [1]: the part of its slope that merit has to fall by; the least part of a step to try next; how often a
#: step is shortened, and B begins from the identity; by how much ftol is relaxed when it ends by that.
_ENOUGH, _SHORTEST, _MOST_TRIALS, _MOST_RESETS, _RELAXED_BY = 0.1, 0.1, 10, 5, 10.0
#: [4]: the least part of s'Bs that y's is made to have.
_DAMPED = 0.2


class Options(NamedTuple):
    """What can be chosen."""

    #: What changes of f, lengths of steps and sums of violations are compared with.
    ftol: float = 1e-6
    #: Most iterations.
    maxiter: float = 100.0


@coroutine
def slsqp(row: Row, options: Options) -> Iterator[int]:
    """Minimize; ``row.room`` begins with the multipliers (m,).

    All that is asked for has to be asked for here, hence its length.
    """
    n, m, numbers, tolerance = len(row.x), len(row.least), row.numbers, options.ftol
    multipliers, weights = row.room[:m], row.room[m : 3 * m]
    factors = row.room[3 * m : 3 * m + n * n].reshape((n, n))
    step = row.room[3 * m + n * n :][: n + 1]
    before, room = row.room[3 * m + n * n + n + 1 :][:n], row.room[3 * m + n * n + 2 * n + 1 :]
    values, derivatives = (VALUES, GRADIENT | JACOBIAN) if m > 0 else (0, GRADIENT)
    _clip(row)
    yield OBJECTIVE | values | derivatives
    equations = _accept(row)
    make_identity(factors)
    for i in range(3 * m):
        row.room[i] = 0.0
    resets, status, mode = 1, 0, 0
    if equations > n:
        status, mode = _BAD_INPUT, _TOO_MANY_EQUATIONS
    while status == 0:
        if numbers[NIT] >= options.maxiter:
            status, mode = _ITERATION_LIMIT, _TOO_MANY_ITERATIONS
            break
        numbers[NIT] += 1.0
        mode = solve_program(row, equations, factors, step, multipliers, room)
        if mode > RELAXED:
            status = _status_of(mode, numbers[VIOLATION] < tolerance)
            break
        slope = dot(row.slope, step)
        violations = _violations(row)
        _gradient_of_lagrangian(row, multipliers, before)
        small = abs(slope) + _raise_weights(row, multipliers, weights) < tolerance
        if small and violations < tolerance and mode == SOLVED:
            status, mode = _GRADIENT, 0
            if numbers[WATCHED] != 0.0:
                yield STEP
            break
        penalty = _penalty(row, weights)
        slope -= penalty * (1.0 - step[n])
        _try(row, step)
        still = _at_answer(row) or (mode == RELAXED and norm(step[:n]) < tolerance)
        if still or not slope < 0.0:  # or it is not a number
            resets += 1
            if resets <= _MOST_RESETS:
                make_identity(factors)
                continue
            status = _COST if mode == SOLVED else _STALLED
            if not violations < _RELAXED_BY * tolerance:
                status = _INFEASIBLE
            mode = _NO_DESCENT
            break
        merit, trials, undefined = numbers[BEST] + penalty, 1, False
        while True:
            yield OBJECTIVE | values
            rise = numbers[FUN] + _penalty(row, weights) - merit
            if numbers[UNDEFINED] != 0.0 or math.isnan(rise):
                rise = math.inf
            if rise <= _ENOUGH * slope or (rise < math.inf and (trials > _MOST_TRIALS or _at_answer(row))):
                fun = numbers[FUN]
                if mode == SOLVED and not undefined and _violations(row) < tolerance:
                    status = _converged(abs(fun - numbers[BEST]) < tolerance, norm(step[:n]) < tolerance)
                if status != 0:
                    break
                yield derivatives
                if numbers[UNDEFINED] == 0.0:
                    break
                undefined, rise = True, math.inf
            if trials > _MOST_TRIALS:
                status, mode = _STALLED, _NO_DESCENT
                break
            trials += 1
            part = max(slope / (2.0 * (slope - rise)), _SHORTEST)
            slope *= part
            for i in range(n):
                step[i] *= part
            _try(row, step)
        if mode == _NO_DESCENT:
            break
        numbers[FUN] = fun
        _accept(row)
        if numbers[WATCHED] != 0.0:
            yield STEP
        if status == 0:
            _change(row, factors, multipliers, step[:n], before, room)
    numbers[STATUS], numbers[DETAIL] = status, 0.0 if status > 0 else mode


@strict
def _status_of(mode: int, met: bool) -> int:
    """Say what it means that a program was not solved.

    Towards a least violation above 0, where gradients vanish, multipliers and B grow until B is singular.
    """
    if mode == INCOMPATIBLE or (mode == SINGULAR_OBJECTIVE and not met):
        return _INFEASIBLE
    return _NUMERICAL if mode == ITERATIONS else _SINGULAR


@strict
def _converged(cost: bool, step: bool) -> int:
    """Say which tests hold, 0 for none."""
    if cost:
        return _COST_AND_STEP if step else _COST
    return _STEP if step else 0


@strict
def _clip(row: Row) -> None:
    for i in range(len(row.x)):
        row.x[i] = min(max(row.x[i], row.lower[i]), row.upper[i])


@strict
def _try(row: Row, step: Array) -> None:
    """Make the next trial."""
    for i in range(len(row.x)):
        row.x[i] = row.answer[i] + step[i]
    _clip(row)


@strict
def _at_answer(row: Row) -> bool:
    same = True
    for i in range(len(row.x)):
        same = same and row.x[i] == row.answer[i]
    return same


@strict
def _accept(row: Row) -> int:
    """Make the trial the answer; return how many of the constraints are equations."""
    copy(row.x, row.answer)
    copy(row.gradient, row.slope)
    equations, worst = 0, 0.0
    for i in range(len(row.least)):
        worst = max(worst, row.least[i] - row.values[i], row.values[i] - row.most[i])
        if row.least[i] == row.most[i]:
            equations += 1
    row.numbers[BEST], row.numbers[VIOLATION] = row.numbers[FUN], worst
    return equations


@called
def _violations(row: Row) -> float:
    """Sum of violations."""
    total = 0.0
    for i in range(len(row.least)):
        total += max(0.0, row.least[i] - row.values[i], row.values[i] - row.most[i])
    return total


@called
def _penalty(row: Row, weights: Array) -> float:
    """Sum of violations times weights, of which each side of a constraint has its own."""
    total = 0.0
    for i in range(len(row.least)):
        total += weights[2 * i] * max(0.0, row.least[i] - row.values[i])
        total += weights[2 * i + 1] * max(0.0, row.values[i] - row.most[i])
    return total


@called
def _raise_weights(row: Row, multipliers: Array, weights: Array) -> float:
    """Bring the weights of violations up to date; return the sum of multipliers times constraints, [3]."""
    total = 0.0
    for i in range(len(row.least)):
        for side in range(2):
            size = multipliers[i] if side == 0 else -multipliers[i]
            if row.least[i] == row.most[i]:
                size = abs(size)
            size = max(size, 0.0)
            weights[2 * i + side] = max(size, 0.5 * (weights[2 * i + side] + size))
        if multipliers[i] != 0.0:
            limit = row.least[i] if multipliers[i] > 0.0 else row.most[i]
            total += abs(multipliers[i] * (row.values[i] - limit))
    return total


@called
def _gradient_of_lagrangian(row: Row, multipliers: Array, gradient: Array) -> None:
    for j in range(len(gradient)):
        total = row.slope[j]
        for i in range(len(multipliers)):
            total -= row.jacobian[i, j] * multipliers[i]
        gradient[j] = total


@called
def _change(row: Row, factors: Array, multipliers: Array, step: Array, before: Array, room: Array) -> None:
    """Change B by what the last step told, [4]."""
    n = len(step)
    change, product, room = room[:n], room[n : 2 * n], room[2 * n :]
    _gradient_of_lagrangian(row, multipliers, change)
    multiply(factors, step, product)
    for i in range(n):
        change[i] -= before[i]
    found, expected = dot(step, change), dot(step, product)
    if found < _DAMPED * expected:
        share = (1.0 - _DAMPED) * expected / (expected - found)
        for i in range(n):
            change[i] = share * change[i] + (1.0 - share) * product[i]
        found = _DAMPED * expected
    if found > 0.0 and expected > 0.0:
        update(factors, change, 1.0 / found, room)
        update(factors, product, -1.0 / expected, room)


SLSQP = Method(
    "SLSQP",
    slsqp,
    Options,
    asks=OBJECTIVE | GRADIENT | VALUES | JACOBIAN,
    room=lambda n, m: 2 * m + n * n + 2 * n + 1 + room_for_program(n, m),
    keeps={"multipliers": lambda _, m: (m,)},
    tol=("ftol",),
    endings={
        Status.GRADIENT: (0, MODES[0]),
        Status.COST: (0, MODES[0]),
        Status.STEP: (0, MODES[0]),
        Status.COST_AND_STEP: (0, MODES[0]),
        Status.BAD_INPUT: (2, MODES[2]),
        Status.NUMERICAL: (3, MODES[3]),
        Status.INFEASIBLE: (4, MODES[4]),
        Status.SINGULAR: (6, MODES[6]),
        Status.STALLED: (8, MODES[8]),
        Status.ITERATION_LIMIT: (9, MODES[9]),
    },
    details={mode: (mode, words) for mode, words in MODES.items() if mode != 0},
    bounds=True,
    constraints=True,
)
