"""L-BFGS-B: limited-memory BFGS for problems with bounds.

The Hessian is modelled by what the last `maxcor` steps tell of it (`lbfgsb_memory`). The generalized Cauchy
point of that model (`lbfgsb_cauchy`) says which variables are at their bounds, the model's minimum in the
others (`lbfgsb_subspace`) where to go, and Moré and Thuente's search how far. A search that fails, or
factors that rounding has spoilt, empty the memory, and the next step goes along the projected gradient;
where that fails, no step is possible. It ends when ::

    max |P(x - g) - x| <= gtol,   or   f - f' <= ftol max(|f|, |f'|, 1)

P the projection onto the bounds, f and f' the objective before and after a step. Defaults are SciPy's,
constants those of the published code [2]_.

Differences from SciPy: where the last iteration allowed fulfils one of the tests, that is convergence; pairs
are kept the oldest first, also where some gave way; with all variables free two loops find the step.

References
----------
.. [1] R. Byrd, P. Lu, J. Nocedal, C. Zhu, "A limited memory algorithm for bound constrained optimization",
   SIAM Journal on Scientific Computing 16 (1995) 1190-1208.
.. [2] C. Zhu, R. Byrd, P. Lu, J. Nocedal, "Algorithm 778: L-BFGS-B", ACM Transactions on Mathematical
   Software 23 (1997) 550-560.
"""

import functools
import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from solvers.arrays import Array
from solvers.coroutines.coroutine import coroutine
from solvers.coroutines.method import Method
from solvers.coroutines.row import (
    BEST,
    FUN,
    GRADIENT,
    NFEV,
    NIT,
    OBJECTIVE,
    STATUS,
    STEP,
    WATCHED,
    Row,
)
from solvers.inverse_hessian import LbfgsInvHessProduct
from solvers.kernels.compiling import called, strict
from solvers.methods.line_search import wolfe
from solvers.methods.line_search.wolfe import begin_first, go_on_first
from solvers.methods.minimize.lbfgsb_cauchy import cauchy_point
from solvers.methods.minimize.lbfgsb_memory import (
    factorize_all,
    forget,
    memory_in,
    newton_step,
    remember,
    room_for,
)
from solvers.methods.minimize.lbfgsb_subspace import minimize_freely
from solvers.methods.vectors import copy, dot, move, norm
from solvers.status import Status

_GRADIENT, _COST, _STALLED = int(Status.GRADIENT), int(Status.COST), int(Status.STALLED)
_ITERATION_LIMIT, _EVALUATION_LIMIT = int(Status.ITERATION_LIMIT), int(Status.EVALUATION_LIMIT)
_EPS = float(np.finfo(float).eps)

#: Of the line search [2]: sufficient decrease, curvature, relative width, and the longest step.
_C1, _C2, _XTOL, _LONGEST = 1e-3, 0.9, 0.1, 1e10


class Options(NamedTuple):
    """What can be chosen."""

    #: Steps that are remembered.
    maxcor: float = 10.0
    #: Relative reduction of the objective, and largest element of the projected gradient, at which it ends.
    ftol: float = 2.2204460492503131e-09
    gtol: float = 1e-5
    #: Most evaluations, looked at after each iteration; most iterations; most evaluations of an iteration.
    maxfun: float = 15000.0
    maxiter: float = 15000.0
    maxls: float = 20.0


@coroutine
def lbfgsb(row: Row, options: Options) -> Iterator[int]:
    """Minimize; ``row.room`` begins with steps, changes of the gradient (maxcor, n), their number (1,)."""
    n, x, gradient, lower, upper = len(row.x), row.answer, row.slope, row.lower, row.upper
    pairs, bounded = int(options.maxcor), _bounded(lower, upper)
    room = row.room[len(row.room) - 3 * n - 2 :]
    target, direction, change, found = room[:n], room[n : 2 * n], room[2 * n : 3 * n], room[3 * n :]
    forget(row.room, n, pairs)
    _keep_inside(row.x, lower, upper)
    yield OBJECTIVE | GRADIENT
    copy(row.x, x)
    copy(row.gradient, gradient)
    fun = row.numbers[BEST] = row.numbers[FUN]
    status = _GRADIENT if _projected(x, gradient, lower, upper) <= options.gtol else 0
    while status == 0:
        if not _aim(row.room, pairs, x, gradient, lower, upper, bounded, target, direction, change):
            forget(row.room, n, pairs)
            continue
        for i in range(n):
            direction[i] = target[i] - x[i]
        slope, asked, searched = dot(gradient, direction), 1, 0.0
        if slope < 0.0:
            most = _longest(x, direction, lower, upper, row.numbers[NIT] == 0.0)
            first = _first_step(direction, lower, upper, row.numbers[NIT] == 0.0)
            begin_first(row.frames, row, x, direction, fun, slope, first, _C1, _C2, _XTOL, 0.0, most, found)
            while True:
                asked = go_on_first(row.frames)
                if asked == 0 or searched >= options.maxls:
                    break
                searched += 1.0
                if found[0] == 1.0:
                    copy(target, row.x)
                _keep_inside(row.x, lower, upper)
                yield asked
        if asked != 0 or math.isnan(found[0]) or row.numbers[FUN] > fun:
            if not forget(row.room, n, pairs):
                status = _STALLED
            continue
        curvature = found[0] * (dot(row.gradient, direction) - slope)
        for i in range(n):
            direction[i] *= found[0]
            change[i] = row.gradient[i] - gradient[i]
        before, fun = fun, row.numbers[FUN]
        copy(row.x, x)
        copy(row.gradient, gradient)
        row.numbers[BEST] = fun
        row.numbers[NIT] += 1.0
        if row.numbers[WATCHED] != 0.0:
            yield STEP
        if _projected(x, gradient, lower, upper) <= options.gtol:
            status = _GRADIENT
        elif before - fun <= options.ftol * max(abs(before), abs(fun), 1.0):
            status = _COST
        elif row.numbers[NIT] >= options.maxiter:
            status = _ITERATION_LIMIT
        elif row.numbers[NFEV] > options.maxfun:
            status = _EVALUATION_LIMIT
        elif curvature > _EPS * -slope * found[0]:  # else B would not stay positive definite
            remember(row.room, pairs, direction, change, curvature, bounded)
    row.numbers[STATUS] = status


@called
def _aim(
    room: Array,
    pairs: int,
    x: Array,
    gradient: Array,
    lower: Array,
    upper: Array,
    bounded: bool,
    target: Array,
    step: Array,
    point: Array,
) -> bool:
    """Find where to go; whether rounding let that be. The last two are to work in."""
    memory = memory_in(room, len(x), pairs)
    if memory.pairs[0] > 0.0 and not bounded:
        newton_step(memory, gradient, step)
        move(x, 1.0, step, target)
        return True
    if not factorize_all(memory):
        return False
    cauchy_point(memory, x, gradient, lower, upper, point, step, target)
    if memory.pairs[0] > 0.0:
        return minimize_freely(memory, x, gradient, lower, upper, point, step, target)
    copy(point, target)
    return True


@strict
def _bounded(lower: Array, upper: Array) -> bool:
    """Whether there is any bound."""
    bounded = False
    for i in range(len(lower)):
        bounded = bounded or lower[i] > -math.inf or upper[i] < math.inf
    return bounded


@strict
def _keep_inside(x: Array, lower: Array, upper: Array) -> None:
    for i in range(len(x)):
        x[i] = min(max(x[i], lower[i]), upper[i])


@strict
def _projected(x: Array, gradient: Array, lower: Array, upper: Array) -> float:
    """Largest element of the projected gradient."""
    most = 0.0
    for i in range(len(x)):
        inside = min(max(gradient[i], x[i] - upper[i]), x[i] - lower[i])
        most = max(most, abs(inside))
    return most


@strict
def _longest(x: Array, direction: Array, lower: Array, upper: Array, at_first: bool) -> float:
    """The longest step within the bounds; the target is, at 1, and the first step goes no further."""
    if not _bounded(lower, upper):
        return _LONGEST
    if at_first:
        return 1.0
    most = _LONGEST
    for i in range(len(x)):
        if direction[i] != 0.0:
            bound = upper[i] if direction[i] > 0.0 else lower[i]
            most = min(most, (bound - x[i]) / direction[i])
    return most


@strict
def _first_step(direction: Array, lower: Array, upper: Array, at_first: bool) -> float:
    """To the target, but from the start a length of 1, unless all variables are bounded on both sides."""
    if at_first:
        for i in range(len(direction)):
            if lower[i] == -math.inf or upper[i] == math.inf:
                return 1.0 / norm(direction)
    return 1.0


def _as_scipys(kept: dict[str, Array]) -> dict[str, LbfgsInvHessProduct]:
    """Make the inverse Hessian of the steps remembered."""
    pairs = int(kept["pairs"][0])
    return {"hess_inv": LbfgsInvHessProduct(kept["sk"][:pairs], kept["yk"][:pairs])}


def _fitted(options: Options) -> Method:
    if not 1.0 <= options.maxcor < math.inf:
        raise ValueError(f"option 'maxcor' of L-BFGS-B: got {options.maxcor}; give a number from 1")
    return _method(int(options.maxcor))


@functools.cache
def _method(pairs: int) -> Method:
    return Method(
        "L-BFGS-B",
        lbfgsb,
        Options,
        asks=OBJECTIVE | GRADIENT,
        room=lambda n, _: room_for(pairs) + 3 * n + 2,
        keeps={"sk": lambda n, _: (pairs, n), "yk": lambda n, _: (pairs, n), "pairs": lambda _, __: (1,)},
        reports=_as_scipys,
        tol=("ftol", "gtol"),
        endings={
            Status.GRADIENT: (0, "CONVERGENCE: NORM OF PROJECTED GRADIENT <= PGTOL"),
            Status.COST: (0, "CONVERGENCE: RELATIVE REDUCTION OF F <= FACTR*EPSMCH"),
            Status.ITERATION_LIMIT: (1, "STOP: TOTAL NO. OF ITERATIONS REACHED LIMIT"),
            Status.EVALUATION_LIMIT: (1, "STOP: TOTAL NO. OF F,G EVALUATIONS EXCEEDS LIMIT"),
            Status.STALLED: (2, "ABNORMAL: "),
        },
        delegates=(f"{wolfe.__name__}:first_size",),
        bounds=True,
        returns_all=False,
        fitted=_fitted,
    )


LBFGSB = _method(10)
