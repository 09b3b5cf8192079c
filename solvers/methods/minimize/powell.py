"""Powell's method: minima along n directions in turn, which come to follow the valley.

After a round of line searches the step of the whole round is tried once more; where the function fell along
it without a single direction having done most, it takes the place of the direction along which it fell most
[1]_, [2]_. The search ends when a round lowers the function by no more than ``ftol`` of its size. Lines are
searched by Brent's method: from 0 and 1 downhill without bounds, else in the interval that the bounds leave,
whose infinite ends are reached by the arc tangent. Defaults are SciPy's.

References
----------
.. [1] M. Powell, "An efficient method for finding the minimum of a function of several variables without
   calculating derivatives", Computer Journal 7 (1964) 155-162.
.. [2] W. Press et al., Numerical Recipes, 3rd ed., 2007, 10.7.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from solvers.arrays import Array
from solvers.coroutines.coroutine import coroutine
from solvers.coroutines.method import Method
from solvers.coroutines.row import BEST, FUN, NFEV, NIT, OBJECTIVE, STATUS, STEP, WATCHED, Row
from solvers.kernels.compiling import called, strict
from solvers.methods.scalar.brent_minimum import from_bracket, in_interval
from solvers.methods.scalar.memory import BEST as NEAREST
from solvers.methods.scalar.memory import GIVEN, MAXITER, RTOL, SIZE, VALUE, XTOL, X
from solvers.methods.vectors import copy
from solvers.status import Status

_COST, _ITERATION_LIMIT = int(Status.COST), int(Status.ITERATION_LIMIT)
_EVALUATION_LIMIT = int(Status.EVALUATION_LIMIT)


#: Of line searches, SciPy's: the relative tolerance in units of xtol, the absolute one, most steps.
_LOOSER, _LEAST, _MAXITER = 100.0, 1e-11, 500.0
_SQRT_EPS = math.sqrt(float(np.finfo(float).eps))
_GOLDEN = 0.5 * (3.0 - math.sqrt(5.0))
#: How a line is told apart: no bounds; an interval; one with an infinite end, searched by its arc tangent.
_FREE, _INTERVAL, _HALF = 0, 1, 2


class Options(NamedTuple):
    """What can be chosen."""

    #: A hundredth of line searches' tolerance; share of its size by which a round must lower the function.
    xtol: float = 1e-4
    ftol: float = 1e-4
    #: Most rounds and evaluations; below 0: 1000 n each, or no limit where the other is given.
    maxiter: float = -1.0
    maxfev: float = -1.0
    #: Whether directions were given.
    given: float = 0.0


@coroutine
def powell(row: Row, options: Options) -> Iterator[int]:
    """Minimize; ``row.room`` begins with the directions (n, n)."""
    n, x = len(row.x), row.answer
    directions, room = row.room[: n * n], row.room[n * n :]
    memory, before, along = room[:SIZE], room[SIZE : SIZE + n], room[SIZE + n :]
    unlimited = options.maxiter < 0.0 and options.maxfev < 0.0
    maxiter = options.maxiter if options.maxiter >= 0.0 else 1000.0 * n if unlimited else math.inf
    maxfev = options.maxfev if options.maxfev >= 0.0 else 1000.0 * n if unlimited else math.inf
    for place in range(n * n if options.given == 0.0 else 0):
        directions[place] = 1.0 if place % (n + 1) == 0 else 0.0
    yield OBJECTIVE
    copy(row.x, x)
    copy(x, before)
    fun = at_begin = row.numbers[BEST] = row.numbers[FUN]
    i, steepest, fall, status = 0, 0, 0.0, 0
    while status == 0:
        if i < n:
            copy(directions[i * n : i * n + n], along)
        line, low, high = _line(row, x, along)
        _begin(memory, line, low, high, options.xtol)
        running = line >= 0
        while running:
            if row.numbers[NFEV] >= maxfev:
                status = _EVALUATION_LIMIT
                break
            step = math.tan(memory[X]) if line == _HALF else memory[X]
            _move(row, x, step, along)
            yield OBJECTIVE
            value = row.numbers[FUN]
            ended = from_bracket(memory, value) if line == _FREE else in_interval(memory, value)
            running = ended == 0
        if status != 0:
            break
        if line >= 0:
            step = math.tan(memory[NEAREST]) if line == _HALF else memory[NEAREST]
            for j in range(n):
                along[j] *= step
                x[j] = min(max(x[j] + along[j], row.lower[j]), row.upper[j])
            if fun - memory[VALUE] > fall and i < n:
                fall, steepest = fun - memory[VALUE], i
            fun = row.numbers[BEST] = memory[VALUE]
        if i == n:
            _put_last(directions, along, steepest)
        i += 1
        if i < n:
            continue
        if i == n:  # the round is over
            row.numbers[NIT] += 1.0
            if row.numbers[WATCHED] != 0.0:
                yield STEP
            if 2.0 * (at_begin - fun) <= options.ftol * (abs(at_begin) + abs(fun)) + 1e-20:
                status = _COST
            elif row.numbers[NFEV] >= maxfev:
                status = _EVALUATION_LIMIT
            elif row.numbers[NIT] >= maxiter:
                status = _ITERATION_LIMIT
            if status != 0:
                break
            for j in range(n):
                along[j] = x[j] - before[j]
            copy(x, before)
            _, low, high = _line(row, x, along)
            _move(row, x, min(high, 1.0), along)
            yield OBJECTIVE
            if _worth(at_begin, fun, row.numbers[FUN], fall):
                continue
        i, steepest, fall, at_begin = 0, 0, 0.0, fun
    row.numbers[STATUS] = status


@strict
def _worth(begin: float, end: float, beyond: float, fall: float) -> bool:
    """Whether the step of the round is a better direction than the steepest one, [2] (10.7.7)."""
    if beyond >= begin:
        return False
    rest, gained = begin - end - fall, begin - beyond
    return 2.0 * (begin + beyond - 2.0 * end) * rest * rest - fall * gained * gained < 0.0


@called
def _line(row: Row, x: Array, along: Array) -> tuple[int, float, float]:
    """What sort of line it is, -1 for none, and which steps keep to the bounds."""
    low, high, moves = -math.inf, math.inf, False
    for j in range(len(x)):
        if along[j] != 0.0:
            moves = True
            down, up = (row.lower[j] - x[j]) / along[j], (row.upper[j] - x[j]) / along[j]
            low, high = max(low, min(down, up)), min(high, max(down, up))
    if not moves:
        return -1, 0.0, 0.0
    if low > high:
        return _INTERVAL, 0.0, 0.0
    if math.isinf(low) and math.isinf(high):
        return _FREE, low, high
    return _HALF if math.isinf(low) or math.isinf(high) else _INTERVAL, low, high


@called
def _begin(memory: Array, line: int, low: float, high: float, xtol: float) -> None:
    """Set a search of a line going."""
    for i in range(len(memory)):
        memory[i] = 0.0
    memory[MAXITER] = _MAXITER
    if line == _FREE:
        memory[XTOL], memory[RTOL] = _LEAST, _LOOSER * xtol
        memory[GIVEN], memory[GIVEN + 1], memory[GIVEN + 2] = 0.0, 1.0, math.nan
        return
    if line == _HALF:
        low, high = math.atan(low), math.atan(high)
    memory[XTOL], memory[RTOL] = xtol / 3.0, _SQRT_EPS
    memory[X] = low + _GOLDEN * (high - low)
    memory[GIVEN], memory[GIVEN + 1], memory[GIVEN + 2] = memory[X], low, high


@strict
def _move(row: Row, x: Array, step: float, along: Array) -> None:
    """Ask at a point of the line, within the bounds."""
    for j in range(len(x)):
        row.x[j] = min(max(x[j] + step * along[j], row.lower[j]), row.upper[j])


@strict
def _put_last(directions: Array, along: Array, place: int) -> None:
    """Let a direction take the last place, and the last one that of the steepest."""
    n = len(along)
    moves = False
    for j in range(n):
        moves = moves or along[j] != 0.0
    if moves:
        for j in range(n):
            directions[place * n + j] = directions[(n - 1) * n + j]
            directions[(n - 1) * n + j] = along[j]


POWELL = Method(
    "Powell",
    powell,
    Options,
    asks=OBJECTIVE,
    room=lambda n, _: SIZE + 2 * n,
    keeps={"direc": lambda n, _: (n, n)},
    takes={"direc": "direc"},
    tol=("xtol", "ftol"),
    endings={
        Status.COST: (0, "Optimization terminated successfully."),
        Status.EVALUATION_LIMIT: (1, "Maximum number of function evaluations has been exceeded."),
        Status.ITERATION_LIMIT: (2, "Maximum number of iterations has been exceeded."),
    },
    bounds=True,
)
