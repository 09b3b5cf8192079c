"""Nelder and Mead's simplex: n + 1 points creep downhill by the order of their values alone.

The worst point is reflected at the centre of the others; where that is the best yet, it goes further, and
where it is not even better than the second worst, it comes nearer, outside or inside. If nothing helps, all
points move towards the best. The search ends when points are within ``xatol`` of the best and values within
``fatol`` of its. With `adaptive`, the moves depend on n as in [2]_. With bounds every point is moved onto the
nearest within them. Defaults are SciPy's; undefined values are infinite and therefore the worst.

References
----------
.. [1] J. Nelder, R. Mead, "A simplex method for function minimization", Computer Journal 7 (1965) 308-313.
.. [2] F. Gao, L. Han, "Implementing the Nelder-Mead simplex algorithm with adaptive parameters",
   Computational Optimization and Applications 51 (2012) 259-277.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

from solvers.arrays import Array
from solvers.coroutines.coroutine import coroutine
from solvers.coroutines.method import Method
from solvers.coroutines.row import BEST, FUN, NFEV, NIT, OBJECTIVE, STATUS, STEP, WATCHED, Row
from solvers.kernels.compiling import called, strict
from solvers.methods.vectors import copy
from solvers.status import Status

_CLOSE, _ITERATION_LIMIT = int(Status.COST_AND_STEP), int(Status.ITERATION_LIMIT)
_EVALUATION_LIMIT = int(Status.EVALUATION_LIMIT)

#: Of the first simplex, relative to an unknown, and where it is 0; SciPy's.
_RELATIVE, _ABSOLUTE = 0.05, 0.00025


class Options(NamedTuple):
    """What can be chosen."""

    #: Distance from the best point, and from its value, at which it ends.
    xatol: float = 1e-4
    fatol: float = 1e-4
    #: Most iterations and evaluations; below 0: 200 n each, or no limit where the other is given.
    maxiter: float = -1.0
    maxfev: float = -1.0
    #: Whether moves depend on n.
    adaptive: float = 0.0
    #: Whether a simplex was given.
    given: float = 0.0


@coroutine
def nelder_mead(row: Row, options: Options) -> Iterator[int]:
    """Minimize; ``row.room`` begins with the points (n + 1, n) and their values (n + 1,)."""
    n = len(row.x)
    points = row.room[: (n + 1) * n]
    values, room = row.room[(n + 1) * n : (n + 1) * (n + 1)], row.room[(n + 1) * (n + 1) :]
    centre, reflected = room[:n], room[n:]
    unlimited = options.maxiter < 0.0 and options.maxfev < 0.0
    maxiter = options.maxiter if options.maxiter >= 0.0 else 200.0 * n if unlimited else math.inf
    maxfev = options.maxfev if options.maxfev >= 0.0 else 200.0 * n if unlimited else math.inf
    further = 1.0 + 2.0 / n if options.adaptive != 0.0 else 2.0
    nearer = 0.75 - 0.5 / n if options.adaptive != 0.0 else 0.5
    shrunk = 1.0 - 1.0 / n if options.adaptive != 0.0 else 0.5
    _begin(row, points, options.given != 0.0)
    for k in range(n + 1):
        values[k] = math.inf
    first, status = 0, 0  # points from the first on are to be evaluated
    row.numbers[NIT] = 0.0
    while True:
        for k in range(first, n + 1):
            if row.numbers[NFEV] >= maxfev:
                break
            copy(points[k * n : k * n + n], row.x)
            yield OBJECTIVE
            values[k] = row.numbers[FUN]
        first = n + 1
        _sort(points, values)
        copy(points[:n], row.answer)
        row.numbers[BEST] = values[0]
        row.numbers[NIT] += 1.0
        if row.numbers[WATCHED] != 0.0 and row.numbers[NIT] > 1.0:
            yield STEP
        if row.numbers[NFEV] >= maxfev:
            status = _EVALUATION_LIMIT
        elif row.numbers[NIT] >= maxiter:
            status = _ITERATION_LIMIT
        elif _close(points, values, options.xatol, options.fatol):
            status = _CLOSE
        if status != 0:
            break
        _centre(points, centre)
        worst = points[n * n :]
        _along(row, centre, worst, -1.0)
        copy(row.x, reflected)
        yield OBJECTIVE
        value = row.numbers[FUN]
        if value < values[n - 1] and not value < values[0]:
            _replace(row.x, value, worst, values)
            continue
        if row.numbers[NFEV] >= maxfev:
            if value < values[0]:
                _replace(row.x, value, worst, values)
            continue
        outside = value < values[n]
        beyond = value < values[0]
        _along(row, centre, worst, -further if beyond else -nearer if outside else nearer)
        yield OBJECTIVE
        other = row.numbers[FUN]
        if beyond and not other < value:
            _replace(reflected, value, worst, values)
        elif beyond or (outside and other <= value) or (not outside and other < values[n]):
            _replace(row.x, other, worst, values)
        else:
            _shrink(row, points, shrunk)
            first = 1
    row.numbers[STATUS] = status


@called
def _begin(row: Row, points: Array, given: bool) -> None:
    """Make the first simplex, unless it was given; all within the bounds."""
    n = len(row.x)
    for k in range(n + 1):
        for j in range(n):
            place = k * n + j
            if not given:
                x = row.x[j]
                points[place] = x if k != j + 1 else (1.0 + _RELATIVE) * x if x != 0.0 else _ABSOLUTE
                if points[place] > row.upper[j]:  # back inside, so that the simplex is not flat
                    points[place] = 2.0 * row.upper[j] - points[place]
            points[place] = min(max(points[place], row.lower[j]), row.upper[j])


@called
def _sort(points: Array, values: Array) -> None:
    """Put the best points first; equals keep their order."""
    n = len(values) - 1
    for k in range(1, n + 1):
        i = k
        while i > 0 and values[i] < values[i - 1]:
            values[i], values[i - 1] = values[i - 1], values[i]
            for j in range(n):
                a, b = i * n + j, i * n - n + j
                points[a], points[b] = points[b], points[a]
            i -= 1


@strict
def _close(points: Array, values: Array, xatol: float, fatol: float) -> bool:
    """Whether all points and values are near the best."""
    n = len(values) - 1
    close = True
    for k in range(1, n + 1):
        close = close and abs(values[k] - values[0]) <= fatol
        for j in range(n):
            close = close and abs(points[k * n + j] - points[j]) <= xatol
    return close


@strict
def _centre(points: Array, centre: Array) -> None:
    """Find the centre of all but the worst."""
    n = len(centre)
    for j in range(n):
        total = 0.0
        for k in range(n):
            total += points[k * n + j]
        centre[j] = total / n


@strict
def _along(row: Row, centre: Array, worst: Array, share: float) -> None:
    """Ask at a point on the line from the centre to the worst, within the bounds."""
    for j in range(len(centre)):
        x = (1.0 - share) * centre[j] + share * worst[j]
        row.x[j] = min(max(x, row.lower[j]), row.upper[j])


@strict
def _replace(x: Array, value: float, worst: Array, values: Array) -> None:
    copy(x, worst)
    values[len(values) - 1] = value


@strict
def _shrink(row: Row, points: Array, share: float) -> None:
    """Move all points towards the best."""
    n = len(row.x)
    for k in range(1, n + 1):
        for j in range(n):
            x = points[j] + share * (points[k * n + j] - points[j])
            points[k * n + j] = min(max(x, row.lower[j]), row.upper[j])


NELDER_MEAD = Method(
    "Nelder-Mead",
    nelder_mead,
    Options,
    asks=OBJECTIVE,
    room=lambda n, _: 2 * n,
    keeps={"simplex": lambda n, _: (n + 1, n), "simplex_values": lambda n, _: (n + 1,)},
    takes={"initial_simplex": "simplex"},
    tol=("xatol", "fatol"),
    endings={
        Status.COST_AND_STEP: (0, "Optimization terminated successfully."),
        Status.EVALUATION_LIMIT: (1, "Maximum number of function evaluations has been exceeded."),
        Status.ITERATION_LIMIT: (2, "Maximum number of iterations has been exceeded."),
    },
    bounds=True,
    reports=lambda kept: {"final_simplex": (kept["simplex"], kept["simplex_values"])},
)
