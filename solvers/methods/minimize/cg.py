"""CG: nonlinear conjugate gradients, after Polak and Ribière, which keep no matrix.

Steps go along p as far as a line search under the strong Wolfe conditions says, and ::

    p <- -g' + beta p,   beta = max(0, (g' - g) g' / g g)            N&W (5.44), (5.45)

with g, g' the gradient before and after the step. Those conditions do not make sure that the next p
descends, so a step must also give ``p g' <= -0.01 g' g'``, unless g' is small enough to end with [2]_; a p
that descends no more all the same gives way to -g'. It ends when a norm of the gradient is at most ``gtol``.
Defaults are SciPy's.

References
----------
.. [1] J. Nocedal, S. Wright, Numerical Optimization, 2nd ed., Springer 2006, section 5.2.
.. [2] J. Gilbert, J. Nocedal, "Global convergence properties of conjugate gradient methods for
   optimization", SIAM Journal on Optimization 2 (1992) 21-42.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

from solvers.coroutines.coroutine import coroutine
from solvers.coroutines.method import Method
from solvers.coroutines.row import BEST, FUN, GRADIENT, NIT, OBJECTIVE, STATUS, STEP, WATCHED, Row
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

_GRADIENT, _STALLED = int(Status.GRADIENT), int(Status.STALLED)
_ITERATION_LIMIT = int(Status.ITERATION_LIMIT)
#: How much the next direction must descend, of what -g does; SciPy's.
_DESCENT = 0.01
#: Of steps, in units of the direction; SciPy's.
_LONGEST = 1e100


class Options(NamedTuple):
    """What can be chosen."""

    #: Norm of the gradient at which it ends, and the order of that norm.
    gtol: float = 1e-5
    norm: float = math.inf
    #: Most iterations; below 0: 200 n.
    maxiter: float = -1.0
    #: Of the Wolfe conditions.
    c1: float = 1e-4
    c2: float = 0.4


@coroutine
def cg(row: Row, options: Options) -> Iterator[int]:
    """Minimize."""
    n, x, gradient = len(row.x), row.answer, row.slope
    direction, found = row.room[:n], row.room[n:]
    maxiter = options.maxiter if options.maxiter >= 0.0 else 200.0 * n
    yield OBJECTIVE | GRADIENT
    copy(row.x, x)
    copy(row.gradient, gradient)
    fun = row.numbers[BEST] = row.numbers[FUN]
    before = fun + 0.5 * norm(gradient)
    beta = 0.0
    status = _GRADIENT
    while norm_of_order(gradient, options.norm) > options.gtol:
        if row.numbers[NIT] >= maxiter:
            status = _ITERATION_LIMIT
            break
        for i in range(n):
            direction[i] = beta * direction[i] - gradient[i]
        slope = dot(gradient, direction)
        if not slope < 0.0:
            for i in range(n):
                direction[i] = -gradient[i]
            slope = -dot(gradient, gradient)
        begin_search(
            row.frames,
            row,
            x,
            gradient,
            direction,
            fun,
            first_step(fun, before, slope),
            _LONGEST,
            options.c1,
            options.c2,
            _DESCENT,
            options.gtol,
            found,
            row.frames[search_size(found) :],
        )
        while True:
            asked = go_on_searching(row.frames)
            if asked == 0:
                break
            yield asked
        if math.isnan(found[0]):
            status = _STALLED
            break
        before, fun = fun, row.numbers[FUN]
        gain = dot(row.gradient, row.gradient) - dot(gradient, row.gradient)
        beta = max(0.0, gain / dot(gradient, gradient))
        copy(row.x, x)
        copy(row.gradient, gradient)
        row.numbers[BEST] = fun
        row.numbers[NIT] += 1.0
        if row.numbers[WATCHED] != 0.0:
            yield STEP
    row.numbers[STATUS] = status


CG = Method(
    "CG",
    cg,
    Options,
    asks=OBJECTIVE | GRADIENT,
    room=lambda n, _: n + 2,
    tol=("gtol",),
    check=check_wolfe,
    endings={
        Status.GRADIENT: (0, "Optimization terminated successfully."),
        Status.ITERATION_LIMIT: (1, "Maximum number of iterations has been exceeded."),
        Status.STALLED: (2, "Desired error not necessarily achieved due to precision loss."),
    },
    delegates=SEARCH,
)
