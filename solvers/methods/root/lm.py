"""Levenberg-Marquardt for m equations in n unknowns, m >= n, as in MINPACK's ``lmder`` and ``lmdif``.

Each step minimizes ``|F + J p|`` within ``|D p| <= radius``, D the largest norms yet of the columns of J; see
`damped_step`. The ratio of actual to predicted reduction of ``|F|^2`` moves the radius. It ends when both are
at most ``ftol``, when the radius is at most ``xtol |D x|``, or when the cosine of F and any column of J is at
most ``gtol`` in absolute value. Defaults are SciPy's. `solvers.methods.levenberg_marquardt` is the same for
batches of least squares, with safer tests where J is nearly singular; this one ends as MINPACK does.

Where F is undefined the step counts as poor. `DETAIL` holds MINPACK's INFO where a tolerance is too small.
``cov_x`` is the inverse of ``J'J``, NaN where that is singular, as SciPy has it: of the last J evaluated.

References
----------
.. [1] J. Moré, "The Levenberg-Marquardt algorithm: implementation and theory", LNM 630 (1978), p. 105.
.. [2] J. Moré, B. Garbow, K. Hillstrom, "User Guide for MINPACK-1", ANL-80-74 (1980), lmder.
.. [3] G. Golub, C. Van Loan, Matrix Computations, 4th ed., 5.4.2.
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
from solvers.coroutines.views import matrix
from solvers.kernels.compiling import called, strict
from solvers.methods.root.damped_step import damped_step, scaled
from solvers.methods.vectors import copy, dot, norm
from solvers.status import Status

_ZERO, _GRADIENT, _EVALUATION_LIMIT = int(Status.ZERO), int(Status.GRADIENT), int(Status.EVALUATION_LIMIT)
_COST, _STEP, _COST_AND_STEP = int(Status.COST), int(Status.STEP), int(Status.COST_AND_STEP)
_STALLED, _NON_FINITE = int(Status.STALLED), int(Status.NON_FINITE)
_EPS = float(np.finfo(float).eps)

#: Ratios of actual to predicted reduction: from which a step is taken, up to which the radius shrinks, and
#: from which it grows [2].
_ACCEPT, _POOR, _GOOD = 1e-4, 0.25, 0.75
#: How much of the radius is left at least [2].
_SHRINK = 0.1
#: Share of the square of a column at which what is left of it is summed up anew.
_LEFT = 1e-8
#: MINPACK's INFO where a tolerance is too small: of residuals, of x, of the gradient.
_FTOL, _XTOL, _GTOL = 6.0, 7.0, 8.0


class Options(NamedTuple):
    """What can be chosen."""

    #: Relative reduction of |F|^2, actual and predicted, at which it ends.
    ftol: float = 1.49012e-8
    #: Radius relative to |D x| at which it ends.
    xtol: float = 1.49012e-8
    #: Largest cosine of F and a column of J at which it ends.
    gtol: float = 0.0
    #: Most evaluations; 0: 100 (n + 1), twice that where Jacobians are differences.
    maxiter: float = 0.0
    #: First radius in units of |D x|.
    factor: float = 100.0
    #: Whether D was given.
    given: float = 0.0


@coroutine
def lm(row: Row, options: Options) -> Iterator[int]:
    """Solve; ``row.room`` begins with what is kept, see `_parts`."""
    numbers, trial, values, jacobian, x, room = (
        row.numbers,
        row.x,
        row.values,
        row.jacobian,
        row.answer,
        row.room,
    )
    maxfev = options.maxiter
    yield VALUES
    evaluations = numbers[NFEV]
    size = _accept(numbers, trial, values, x, room)
    radius, damping, status = -1.0, 0.0, 0
    while status == 0:
        copy(x, trial)
        yield JACOBIAN
        if maxfev == 0.0:
            maxfev = (100.0 if numbers[NFEV] == evaluations else 200.0) * (len(x) + 1)
        if numbers[UNDEFINED] != 0.0:
            status = _NON_FINITE if numbers[NIT] == 0.0 else _STALLED
            break
        cosine = _factorize(room, jacobian, size, radius < 0.0, options.given)
        extent = _extent(room, x, len(values))
        if radius < 0.0:
            radius = options.factor * extent if extent > 0.0 else options.factor
        if cosine <= options.gtol:
            status = _ZERO if size == 0.0 else _GRADIENT
            break
        ratio = 0.0
        while ratio < _ACCEPT and status == 0:
            damping, length, bent = _propose(room, x, len(values), radius, damping, trial)
            yield VALUES
            found = norm(values) if numbers[UNDEFINED] == 0.0 else math.inf
            # Of |F|^2, relative to it: what happened, what was promised, and the slope.
            if numbers[NIT] == 0.0:
                radius = min(radius, length)
            actual = 1.0 - (found / size) ** 2 if 0.1 * found < size else -1.0
            bent, damped = (bent / size) ** 2, damping * (length / size) ** 2
            predicted, slope = bent + 2.0 * damped, -(bent + damped)
            ratio = actual / predicted if predicted != 0.0 else 0.0
            if ratio <= _POOR:
                shrink = 0.5 if actual >= 0.0 else 0.5 * slope / (slope + 0.5 * actual)
                if 0.1 * found >= size or shrink < _SHRINK:
                    shrink = _SHRINK
                radius = shrink * min(radius, 10.0 * length)
                damping /= shrink
            elif damping == 0.0 or ratio >= _GOOD:
                radius = 2.0 * length
                damping *= 0.5
            if ratio >= _ACCEPT:
                size = _accept(numbers, trial, values, x, room)
                extent = _extent(room, x, len(values))
                numbers[NIT] += 1.0
                if numbers[WATCHED] != 0.0:
                    yield STEP
            same = abs(actual) <= options.ftol and predicted <= options.ftol and ratio <= 2.0
            if radius <= options.xtol * extent:
                status = _COST_AND_STEP if same else _STEP
            elif same:
                status = _COST
            elif numbers[NFEV] >= maxfev:
                status = _EVALUATION_LIMIT
            elif abs(actual) <= _EPS and predicted <= _EPS and ratio <= 2.0:
                status, numbers[DETAIL] = _STALLED, _FTOL
            elif radius <= _EPS * extent:
                status, numbers[DETAIL] = _STALLED, _XTOL
            elif cosine <= _EPS:
                status, numbers[DETAIL] = _STALLED, _GTOL
    if status != _NON_FINITE:
        _invert(room, len(x), len(values), status > 0)
    numbers[STATUS] = status


@strict
def _parts(
    room: Array, n: int, m: int
) -> tuple[Array, Array, Array, Array, Array, Array, Array, Array, Array]:
    """What is kept: the inverse of J'J (n, n), J' by QR with R in its lower triangle (n, m), the order of its
    rows, Q'F and D (n,), after F (m,). And room: for R and a further triangle (n, n), 5 n and m numbers.
    """  # noqa: D205 - both are what is returned
    a, b = m + n * n, m + n * n + n * m
    c = b + 3 * n
    d = c + 2 * n * n
    return (
        matrix(room[m:a], n),
        matrix(room[a:b], m),
        room[b : b + n],
        room[b + n : b + 2 * n],
        room[b + 2 * n : c],
        matrix(room[c : c + n * n], n),
        matrix(room[c + n * n : d], n),
        room[d : d + 5 * n],
        room[d + 5 * n : d + 5 * n + m],
    )


@strict
def _accept(numbers: Array, trial: Array, values: Array, x: Array, room: Array) -> float:
    """Take a trial; ``|F|``."""
    copy(trial, x)
    copy(values, room[: len(values)])
    size = norm(values)
    numbers[BEST] = size
    return size


@strict
def _extent(room: Array, x: Array, m: int) -> float:
    """``|D x|``."""
    return scaled(_parts(room, len(x), m)[4], x)


@called
def _factorize(room: Array, jacobian: Array, size: float, first: bool, given: float) -> float:
    """Factorize J, the longest column first, [3] 5.4.2; let D grow; the largest cosine of F and a column."""
    m, n = jacobian.shape
    _, columns, order, projection, scale, triangle, _, more, turned = _parts(room, n, m)
    lengths, left = more[:n], more[n : 2 * n]
    copy(room[:m], turned)
    for j in range(n):
        order[j] = float(j)
        for i in range(m):
            columns[j, i] = jacobian[i, j]
        left[j] = dot(columns[j], columns[j])
        lengths[j] = math.sqrt(left[j])
        if given == 0.0:
            if first:
                scale[j] = lengths[j] if lengths[j] > 0.0 else 1.0
            scale[j] = max(scale[j], lengths[j])
    for k in range(n):
        pivot = k
        for j in range(k + 1, n):
            if left[j] > left[pivot]:
                pivot = j
        if pivot != k:
            order[k], order[pivot] = order[pivot], order[k]
            left[pivot] = left[k]
            for i in range(m):
                columns[k, i], columns[pivot, i] = columns[pivot, i], columns[k, i]
        length = norm(columns[k, k:])
        if length > 0.0:
            length = math.copysign(length, columns[k, k])
            for i in range(k, m):
                columns[k, i] /= length
            columns[k, k] += 1.0
            _reflect(columns[k], k, turned)
            for j in range(k + 1, n):
                _reflect(columns[k], k, columns[j])
                left[j] -= columns[j, k] * columns[j, k]
                if left[j] <= _LEFT * lengths[int(order[j])] ** 2:
                    left[j] = dot(columns[j, k + 1 :], columns[j, k + 1 :])
        columns[k, k] = -length
        projection[k] = turned[k]
    largest = 0.0
    for j in range(n):
        along = 0.0
        for i in range(j + 1):
            triangle[i, j] = columns[j, i]
            along += columns[j, i] * projection[i]
        length = lengths[int(order[j])] * size
        if length > 0.0:
            largest = max(largest, abs(along) / length)
    return largest


@strict
def _reflect(vector: Array, k: int, target: Array) -> None:
    """Apply a reflection from element k on."""
    along = 0.0
    for i in range(k, len(vector)):
        along += vector[i] * target[i]
    along /= vector[k]
    for i in range(k, len(vector)):
        target[i] -= along * vector[i]


@called
def _propose(
    room: Array, x: Array, m: int, radius: float, damping: float, trial: Array
) -> tuple[float, float, float]:
    """Make a trial; the damping, the length of the step to it, and ``|J p|``."""
    n = len(x)
    _, _, order, projection, scale, triangle, work, more, _ = _parts(room, n, m)
    step, ordered = more[:n], more[n : 2 * n]
    for j in range(n):
        ordered[j] = scale[int(order[j])]
    damping = damped_step(triangle, projection, ordered, radius, damping, step, work, more[2 * n :])
    square = 0.0
    for i in range(n):
        total = 0.0
        for j in range(i, n):
            total += triangle[i, j] * step[j]
        square += total * total
        k = int(order[i])
        trial[k] = x[k] + step[i]
    return damping, scaled(ordered, step), math.sqrt(square)


@called
def _invert(room: Array, n: int, m: int, converged: bool) -> None:
    """The inverse of J'J from that of R, in the order of the unknowns; NaN where it is of no use."""
    inverse, _, order, _, _, triangle, work, _, _ = _parts(room, n, m)
    for j in range(n):
        converged = converged and triangle[j, j] != 0.0
    for j in range(n):
        work[j, j] = 1.0 / triangle[j, j]
        for i in range(j - 1, -1, -1):
            total = 0.0
            for k in range(i + 1, j + 1):
                total -= triangle[i, k] * work[k, j]
            work[i, j] = total / triangle[i, i]
    for i in range(n):
        for j in range(i, n):
            total = 0.0
            for k in range(j, n):
                total += work[i, k] * work[j, k]
            p, q = int(order[i]), int(order[j])
            inverse[p, q] = inverse[q, p] = total if converged else math.nan


_REDUCTIONS = "Both actual and predicted relative reductions in the sum of squares\n  are at most `ftol`"
_ORTHOGONAL = "func(x) is orthogonal to the columns of\n  the Jacobian to machine precision."
_COSINE = (
    "The cosine of the angle between func(x) and any column of the\n  Jacobian is at most `gtol` in absolute "
    "value"
)

LM = Method(
    "lm",
    lm,
    Options,
    asks=VALUES | JACOBIAN,
    room=lambda n, m: 2 * n * n + 5 * n + m,
    keeps={
        "fun": lambda _, m: (m,),
        "cov_x": lambda n, _: (n, n),
        "fjac": lambda n, m: (n, m),
        "ipvt": lambda n, _: (n,),
        "qtf": lambda n, _: (n,),
        "diag": lambda n, _: (n,),
    },
    takes={"diag": "diag"},
    tol=("xtol",),
    endings={
        Status.COST: (1, _REDUCTIONS),
        Status.STEP: (2, "The relative error between two consecutive iterates is at most `xtol`"),
        Status.COST_AND_STEP: (
            3,
            f"{_REDUCTIONS} and the relative error between two consecutive iterates is at \n  most `xtol`",
        ),
        Status.GRADIENT: (4, _COSINE),
        Status.ZERO: (4, _COSINE),
        Status.EVALUATION_LIMIT: (5, "Number of calls to function has reached `maxiter`."),
    },
    details={
        6: (6, "`ftol` is too small, no further reduction in the sum of squares\n  is possible."),
        7: (7, "`xtol` is too small, no further improvement in the approximate\n  solution is possible."),
        8: (8, f"`gtol` is too small, {_ORTHOGONAL}"),
    },
    overdetermined=True,
)
