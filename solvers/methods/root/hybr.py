"""Powell's hybrid method for n equations in n unknowns, as in MINPACK's ``hybrj`` and ``hybrd``.

Each step goes along a dogleg: from x down the slope of ``|F + J p|^2`` to its minimum and on towards
Newton's step, as far as ``|D p| <= radius``, D the largest norms yet of the columns of J. The ratio of actual
to predicted reduction of ``|F|^2`` moves the radius. J is evaluated seldom: it learns from each step ::

    J <- J + (F(x + p) - F(x) - J p) (D D p)' / |D p|^2

and is evaluated anew after two poor steps in a row. The search ends when the radius is at most
``xtol |D x|``, or F is zero. Defaults are SciPy's.

Differences from MINPACK: J is kept as it is and Newton's step comes by elimination, which takes less than
turning a factorization for up to some twenty unknowns; Q and R are made for SciPy's result alone, and rows of
both may have the other sign. Where F is undefined, the radius is halved and J left as it is. The first radius
is chosen once, also where the first Jacobian is evaluated again. `DETAIL` holds MINPACK's INFO.

References
----------
.. [1] M. Powell, "A hybrid method for nonlinear equations", in Numerical Methods for Nonlinear Algebraic
   Equations, Gordon and Breach 1970, 87-114.
.. [2] J. Moré, B. Garbow, K. Hillstrom, "User Guide for MINPACK-1", ANL-80-74 (1980), hybrj.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from solvers.arrays import Array
from solvers.coroutines.coroutine import coroutine
from solvers.coroutines.method import Method
from solvers.coroutines.row import (
    BEST,
    DETAIL,
    JACOBIAN,
    NFEV,
    NIT,
    STATUS,
    STEP,
    UNDEFINED,
    VALUES,
    WATCHED,
    Row,
)
from solvers.coroutines.views import view
from solvers.kernels.compiling import called, strict
from solvers.methods.root.elimination import solve
from solvers.methods.vectors import copy, dot
from solvers.status import Status

_ZERO, _STEP, _EVALUATION_LIMIT = int(Status.ZERO), int(Status.STEP), int(Status.EVALUATION_LIMIT)
_STALLED, _NON_FINITE = int(Status.STALLED), int(Status.NON_FINITE)
_EPS = float(np.finfo(float).eps)

#: Ratios of actual to predicted reduction, from [2]: below which the radius is halved, from which a step is
#: taken, from which the radius grows, and how near to 1 it is set anew.
_POOR, _ACCEPT, _GOOD, _CLOSE = 0.1, 1e-4, 0.5, 0.1
#: Poor steps in a row after which J is evaluated anew [2].
_FAILURES = 2
#: Reductions of |F|^2 that are slow, and how many slow ones in a row end it: of steps, of Jacobians [2].
_SLOW_STEP, _SLOW_STEPS = 1e-3, 10
_SLOW_JACOBIAN, _SLOW_JACOBIANS = 0.1, 5
#: MINPACK's INFO where it ends without a solution.
_TOO_SMALL, _BY_JACOBIANS, _BY_STEPS = 3.0, 4.0, 5.0


class Options(NamedTuple):
    """What can be chosen."""

    #: Radius relative to |D x| at which it ends.
    xtol: float = 1.49012e-8
    #: Most evaluations; 0: 100 (n + 1), twice that where Jacobians are differences.
    maxfev: float = 0.0
    #: First radius in units of |D x|.
    factor: float = 100.0
    #: Whether D was given.
    given: float = 0.0


@coroutine
def hybr(row: Row, options: Options) -> Iterator[int]:
    """Solve; ``row.room`` begins with J (n, n), F (n,) and D (n,)."""
    n, xtol, maxfev = len(row.x), options.xtol, options.maxfev
    yield VALUES
    evaluations = row.numbers[NFEV]
    square = _accept(row.numbers, row.room, row.x, row.answer, row.values)  # |F|^2
    radius, extent = -1.0, 0.0
    status = slow_steps = slow_jacobians = 0
    while status == 0:
        copy(row.answer, row.x)
        yield JACOBIAN
        if maxfev == 0.0:
            maxfev = (100.0 if row.numbers[NFEV] == evaluations else 200.0) * (n + 1)
        if row.numbers[UNDEFINED] != 0.0:
            status = _NON_FINITE if row.numbers[NIT] == 0.0 else _STALLED
            break
        _begin(row.room, row.jacobian, radius < 0.0, options.given)
        extent = _extent(row.room, row.answer)
        if radius < 0.0:
            radius = options.factor * extent if extent > 0.0 else options.factor
        fresh, failures, successes = True, 0, 0
        while failures < _FAILURES and status == 0:
            length, predicted = _propose(row.room, row.answer, radius, row.x)
            yield VALUES
            if row.numbers[UNDEFINED] != 0.0:
                radius = 0.5 * length
                if radius <= xtol * extent:
                    status = _STALLED
                elif row.numbers[NFEV] >= maxfev:
                    status = _EVALUATION_LIMIT
                continue
            if row.numbers[NIT] == 0.0:
                radius = min(radius, length)
            # Of |F|^2, relative to it: what happened, and how that compares with what was promised.
            found = dot(row.values, row.values)
            actual = 1.0 - found / square if found < square else -1.0
            ratio = actual / (1.0 - predicted / square) if predicted < square else 0.0
            if ratio < _POOR:
                failures, successes = failures + 1, 0
                radius *= 0.5
            else:
                failures, successes = 0, successes + 1
                if abs(ratio - 1.0) <= _CLOSE:
                    radius = 2.0 * length
                elif ratio >= _GOOD or successes > 1:
                    radius = max(radius, 2.0 * length)
            slow_steps = 0 if actual >= _SLOW_STEP else slow_steps + 1
            if fresh:
                slow_jacobians = 0 if actual >= _SLOW_JACOBIAN else slow_jacobians + 1
            if ratio >= _ACCEPT:
                square = _accept(row.numbers, row.room, row.x, row.answer, row.values)
                extent = _extent(row.room, row.answer)
                row.numbers[NIT] += 1.0
                if row.numbers[WATCHED] != 0.0:
                    yield STEP
            if square == 0.0:
                status = _ZERO
            elif radius <= xtol * extent:
                status = _STEP
            elif row.numbers[NFEV] >= maxfev:
                status = _EVALUATION_LIMIT
            elif 0.1 * max(0.1 * radius, length) <= _EPS * extent:
                status, row.numbers[DETAIL] = _STALLED, _TOO_SMALL
            elif slow_jacobians == _SLOW_JACOBIANS:
                status, row.numbers[DETAIL] = _STALLED, _BY_JACOBIANS
            elif slow_steps == _SLOW_STEPS:
                status, row.numbers[DETAIL] = _STALLED, _BY_STEPS
            elif failures < _FAILURES:
                _update(row.room, row.values, length)
                fresh = False
    row.numbers[STATUS] = status


@strict
def _parts(room: Array, n: int) -> tuple[Array, Array, Array, Array, Array, Array, Array]:
    """F, D, J (n, n), room (n, n + 1), a step, F + J p for it, and the slope of |F|^2."""
    fun, work = n * n, n * n + 2 * n
    step = work + n * (n + 1)
    return (
        view(room, fun, (n,)),
        view(room, fun + n, (n,)),
        view(room, 0, (n, n)),
        view(room, work, (n, n + 1)),
        view(room, step, (n,)),
        view(room, step + n, (n,)),
        view(room, step + 2 * n, (n,)),
    )


@strict
def _accept(numbers: Array, room: Array, trial: Array, x: Array, values: Array) -> float:
    """Take a trial; the square of |F|."""
    fun = _parts(room, len(x))[0]
    copy(trial, x)
    copy(values, fun)
    square = dot(fun, fun)
    numbers[BEST] = math.sqrt(square)
    return square


@strict
def _begin(room: Array, jacobian: Array, first: bool, given: float) -> None:
    """Take J as evaluated; let the scale grow with its columns."""
    n = len(jacobian)
    _, scale, model, _, _, _, _ = _parts(room, n)
    for i in range(n):
        copy(jacobian[i], model[i])
    if given == 0.0:
        for j in range(n):
            total = 0.0
            for i in range(n):
                total += model[i, j] * model[i, j]
            length = math.sqrt(total)
            if first:
                scale[j] = length if length > 0.0 else 1.0
            scale[j] = max(scale[j], length)


@strict
def _extent(room: Array, x: Array) -> float:
    """``|D x|``."""
    return _scaled(_parts(room, len(x))[1], x)


@strict
def _scaled(scale: Array, vector: Array) -> float:
    """``|D v|``."""
    total = 0.0
    for i in range(len(vector)):
        total += scale[i] * vector[i] * (scale[i] * vector[i])
    return math.sqrt(total)


@called
def _propose(room: Array, x: Array, radius: float, trial: Array) -> tuple[float, float]:
    """Make a trial; the length of the step to it, and ``|F + J p|^2``."""
    n = len(x)
    fun, scale, model, work, step, predicted, downhill = _parts(room, n)
    for i in range(n):
        copy(model[i], work[i])
        work[i, n] = -fun[i]
    solve(work, step, _EPS)
    length = _scaled(scale, step)
    if not length <= radius:
        _shorten(fun, scale, model, step, predicted, downhill, length, radius)
        length = _scaled(scale, step)
    square = 0.0
    for i in range(n):
        trial[i] = x[i] + step[i]
        predicted[i] = fun[i] + dot(model[i], step)
        square += predicted[i] * predicted[i]
    return length, square


@strict
def _shorten(
    fun: Array,
    scale: Array,
    model: Array,
    step: Array,
    along_slope: Array,
    downhill: Array,
    length: float,
    radius: float,
) -> None:
    """Shorten Newton's step to where the dogleg by way of the minimum downhill crosses the radius [1]."""
    n = len(step)
    for j in range(n):
        downhill[j] = 0.0
    for i in range(n):
        for j in range(n):
            downhill[j] -= model[i, j] * fun[i]
    square = 0.0  # of the slope, in scaled unknowns
    for j in range(n):
        downhill[j] /= scale[j]
        square += downhill[j] * downhill[j]
        downhill[j] /= scale[j]
    if not square > 0.0:
        for j in range(n):
            step[j] *= radius / length
        return
    for i in range(n):
        along_slope[i] = dot(model[i], downhill)
    # The minimum is at ``far`` times the slope, and the radius at ``end`` times.
    far, end = square / dot(along_slope, along_slope), radius / math.sqrt(square)
    if not far < end:
        for j in range(n):
            step[j] = end * downhill[j]
        return
    across = along = 0.0
    for j in range(n):
        downhill[j] *= far
        rest, here = scale[j] * (step[j] - downhill[j]), scale[j] * downhill[j]
        across += rest * rest
        along += rest * here
    left = radius * radius - far * far * square
    root = math.sqrt(max(0.0, along * along + across * left))
    share = left / (along + root) if along > 0.0 else (root - along) / across
    for j in range(n):
        step[j] = downhill[j] + share * (step[j] - downhill[j])


@strict
def _update(room: Array, values: Array, length: float) -> None:
    """Broyden's update."""
    n = len(values)
    _, scale, model, _, step, predicted, _ = _parts(room, n)
    weight = 1.0 / length
    for j in range(n):
        step[j] *= scale[j] * scale[j] * weight
    for i in range(n):
        change = (values[i] - predicted[i]) * weight
        for j in range(n):
            model[i, j] += change * step[j]


def _as_minpacks(kept: dict[str, Array]) -> dict[str, Array]:
    """Make MINPACK's factors of J: Q' (n, n), R packed by rows, and Q'F (n,)."""
    q, r = np.linalg.qr(kept.pop("jac"))
    rows = [row[i:] for i, row in enumerate(r)]
    return kept | {"fjac": q.T, "r": np.concatenate(rows), "qtf": q.T @ kept["fun"]}


_SLOW = "The iteration is not making good progress, as measured by the \n improvement from the last {}."

HYBR = Method(
    "hybr",
    hybr,
    Options,
    asks=VALUES | JACOBIAN,
    room=lambda n, _: n * (n + 1) + 3 * n,
    keeps={"jac": lambda n, _: (n, n), "fun": lambda n, _: (n,), "diag": lambda n, _: (n,)},
    reports=_as_minpacks,
    takes={"diag": "diag"},
    tol=("xtol",),
    endings={
        Status.ZERO: (1, "The solution converged."),
        Status.STEP: (1, "The solution converged."),
        Status.EVALUATION_LIMIT: (2, "The number of calls to function has reached maxfev."),
        Status.STALLED: (5, _SLOW.format("ten iterations")),
    },
    details={
        3: (3, "xtol is too small, no further improvement in the approximate\n solution is possible."),
        4: (4, _SLOW.format("five Jacobian evaluations")),
        5: (5, _SLOW.format("ten iterations")),
    },
)
