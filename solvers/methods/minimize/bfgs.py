"""BFGS: the inverse of the Hessian is built up from the changes of the gradient.

Steps go along ``p = -H g`` as far as a line search under the strong Wolfe conditions says, and ::

    H <- (I - r s y') H (I - r y s') + r s s',   r = 1 / y's            N&W (6.17)

with s the step and y the change of the gradient. It ends when a norm of the gradient is at most ``gtol``, or
the step at most ``xrtol`` of x. Defaults are SciPy's.

References
----------
.. [1] J. Nocedal, S. Wright, Numerical Optimization, 2nd ed., Springer 2006, Algorithm 6.1.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from solvers.arrays import Array
from solvers.coroutines.coroutine import coroutine
from solvers.coroutines.method import Method
from solvers.coroutines.row import BEST, FUN, GRADIENT, NIT, OBJECTIVE, STATUS, STEP, WATCHED, Row
from solvers.kernels.compiling import strict
from solvers.methods.line_search.wolfe import (
    SEARCH,
    begin_search,
    check_wolfe,
    first_step,
    go_on_searching,
    search_size,
)
from solvers.methods.vectors import copy, dot, norm, norm_of_order
from solvers.status import Status

_GRADIENT, _STEP, _STALLED = int(Status.GRADIENT), int(Status.STEP), int(Status.STALLED)
_ITERATION_LIMIT = int(Status.ITERATION_LIMIT)
#: Of steps, in units of the direction; SciPy's.
_LONGEST = 1e100


class Options(NamedTuple):
    """What can be chosen."""

    #: Norm of the gradient at which it ends, and the order of that norm.
    gtol: float = 1e-5
    norm: float = math.inf
    #: Step relative to x at which it ends.
    xrtol: float = 0.0
    #: Most iterations; below 0: 200 n.
    maxiter: float = -1.0
    #: Of the Wolfe conditions.
    c1: float = 1e-4
    c2: float = 0.9
    #: Whether an inverse Hessian was given.
    given: float = 0.0


@coroutine
def bfgs(row: Row, options: Options) -> Iterator[int]:
    """Minimize; ``row.room`` begins with the inverse Hessian (n, n)."""
    n, x, gradient = len(row.x), row.answer, row.slope
    room = row.room[n * n :]
    inverse = row.room[: n * n].reshape((n, n))
    direction, change, product, found = room[:n], room[n : 2 * n], room[2 * n : 3 * n], room[3 * n :]
    if options.given == 0.0:
        for i in range(n):
            for j in range(n):
                inverse[i, j] = 1.0 if i == j else 0.0
    maxiter = options.maxiter if options.maxiter >= 0.0 else 200.0 * n
    yield OBJECTIVE | GRADIENT
    copy(row.x, x)
    copy(row.gradient, gradient)
    fun = row.numbers[BEST] = row.numbers[FUN]
    before = fun + 0.5 * norm(gradient)
    status = _GRADIENT
    while norm_of_order(gradient, options.norm) > options.gtol:
        if row.numbers[NIT] >= maxiter:
            status = _ITERATION_LIMIT
            break
        for i in range(n):
            direction[i] = -dot(inverse[i], gradient)
        first = first_step(fun, before, dot(gradient, direction))
        begin_search(
            row.frames,
            row,
            x,
            gradient,
            direction,
            fun,
            first,
            _LONGEST,
            options.c1,
            options.c2,
            0.0,
            0.0,
            found,
            row.frames[search_size(found) :],
        )
        while True:
            asked = go_on_searching(row.frames)
            if asked == 0:
                break
            yield asked
        step = found[0]
        if math.isnan(step):
            status = _STALLED
            break
        for i in range(n):
            direction[i] *= step
            change[i] = row.gradient[i] - gradient[i]
        before, fun = fun, row.numbers[FUN]
        copy(row.x, x)
        copy(row.gradient, gradient)
        row.numbers[BEST] = fun
        row.numbers[NIT] += 1.0
        if row.numbers[WATCHED] != 0.0:
            yield STEP
        if norm_of_order(gradient, options.norm) <= options.gtol:
            break
        if norm(direction) <= options.xrtol * (options.xrtol + norm(x)):
            status = _STEP
            break
        _update(inverse, direction, change, product)
    row.numbers[STATUS] = status


@strict
def _update(inverse: Array, step: Array, change: Array, product: Array) -> None:
    """N&W (6.17), one factor after the other: summed up at once, what cancels would spoil small inverses."""
    n, curvature = len(step), dot(step, change)
    # 1000 is SciPy's, where rounding ate the curvature.
    inverse_curvature = 1000.0 if curvature == 0.0 else 1.0 / curvature
    for i in range(n):
        product[i] = inverse_curvature * dot(inverse[i], change)  # it is symmetric
    for i in range(n):
        for j in range(n):
            inverse[i, j] -= step[i] * product[j]
    for i in range(n):
        left = inverse_curvature * (dot(inverse[i], change) - step[i])
        for j in range(n):
            inverse[i, j] -= left * step[j]


def _check(options: Options, given: Mapping[str, Any]) -> None:
    check_wolfe(options, given)
    if (
        "hess_inv" in given
        and not (np.linalg.eigvalsh(np.asarray(given["hess_inv"], dtype=float)) > 0.0).all()
    ):
        raise ValueError("'hess_inv0' matrix isn't positive definite.")


BFGS = Method(
    "BFGS",
    bfgs,
    Options,
    asks=OBJECTIVE | GRADIENT,
    room=lambda n, _: 3 * n + 2,
    keeps={"hess_inv": lambda n, _: (n, n)},
    takes={"hess_inv0": "hess_inv"},
    tol=("gtol",),
    check=_check,
    endings={
        Status.GRADIENT: (0, "Optimization terminated successfully."),
        Status.STEP: (0, "Optimization terminated successfully."),
        Status.ITERATION_LIMIT: (1, "Maximum number of iterations has been exceeded."),
        Status.STALLED: (2, "Desired error not necessarily achieved due to precision loss."),
    },
    delegates=SEARCH,
)
