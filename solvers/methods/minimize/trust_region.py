"""The loop that trust-region methods share: a model is believed within a radius, which follows its success.

A step p within the radius is asked of the method, and the ratio of actual to predicted reduction decides:
below 1/4 the radius shrinks to a quarter, above 3/4 at the boundary it doubles; steps with more than ``eta``
are taken. It ends when the gradient is shorter than ``gtol``. Where the function is undefined the ratio is
taken as negative. Defaults are SciPy's, as is that ``nit`` counts the steps that were not taken, too.

Reference: J. Nocedal, S. Wright, Numerical Optimization, 2nd ed., Springer 2006, Algorithm 4.1.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from numba import boolean, float64

from solvers.coroutines.coroutine import coroutine
from solvers.coroutines.row import BEST, FUN, GRADIENT, NIT, OBJECTIVE, STATUS, STEP, WATCHED, Row
from solvers.coroutines.row_type import ROW
from solvers.methods.vectors import copy, move, norm
from solvers.status import Status

_GRADIENT, _ITERATION_LIMIT = int(Status.GRADIENT), int(Status.ITERATION_LIMIT)
_STALLED, _SINGULAR = int(Status.STALLED), int(Status.SINGULAR)

#: Where steps' makers say what the model promises, whether a step ends at the boundary, whether there is one.
PROMISE, AT_RADIUS, FOUND = range(3)
#: The types of what they take: row, gradient (n,), radius, whether the Hessian is to be asked for, whether
#: products are, an option of the method's own, the step (n,), what is said of it (3,), room.
STEP_TYPES = (ROW, float64[::1], float64, boolean, boolean, float64, *3 * (float64[::1],))


class Options(NamedTuple):
    """What can be chosen."""

    #: The first radius, and the largest.
    initial_trust_radius: float = 1.0
    max_trust_radius: float = 1000.0
    #: Least ratio with which a step is taken.
    eta: float = 0.15
    #: Length of the gradient at which it ends.
    gtol: float = 1e-4
    #: Most iterations; below 0: 200 n.
    maxiter: float = -1.0
    #: Whether products with the Hessian are asked for, instead of Hessians.
    products: float = 0.0
    #: Of ``trust-krylov``: whether subproblems are solved only as well as they need to be.
    inexact: float = 1.0


#: What SciPy says.
ENDINGS = {
    Status.GRADIENT: (0, "Optimization terminated successfully."),
    Status.ITERATION_LIMIT: (1, "Maximum number of iterations has been exceeded."),
    Status.STALLED: (2, "A bad approximation caused failure to predict improvement."),
    Status.SINGULAR: (3, "A linalg error occurred, such as a non-psd Hessian."),
}


def trust_region(name: str, begin_step: Callable[..., None], go_on: Callable[..., int]) -> Any:
    """Make the coroutine of a method from what makes its steps, see `coroutines.coroutine.delegated`.

    Parameters
    ----------
    name
        "module:name" under which the coroutine is to be found.
    begin_step, go_on
        Of a coroutine of `STEP_TYPES`.
    """

    def method(row: Row, options: Options) -> Iterator[int]:
        n, x, gradient = len(row.x), row.answer, row.slope
        step, found, room = row.room[:n], row.room[n : n + 3], row.room[n + 3 :]
        maxiter = options.maxiter if options.maxiter >= 0.0 else 200.0 * n
        radius, fresh, status = options.initial_trust_radius, True, _GRADIENT
        yield OBJECTIVE | GRADIENT
        copy(row.x, x)
        copy(row.gradient, gradient)
        fun = row.numbers[BEST] = row.numbers[FUN]
        while norm(gradient) >= options.gtol:
            if row.numbers[NIT] >= maxiter:
                status = _ITERATION_LIMIT
                break
            copy(x, row.x)
            begin_step(
                row.frames, row, gradient, radius, fresh, options.products != 0.0, options.inexact, step,
                found, room,
            )  # fmt: skip
            while True:
                asked = go_on(row.frames)
                if asked == 0:
                    break
                yield asked
            fresh = False
            if found[FOUND] == 0.0 or not found[PROMISE] > 0.0:
                status = _SINGULAR if found[FOUND] == 0.0 else _STALLED
                break
            move(x, 1.0, step, row.x)
            yield OBJECTIVE
            ratio = (fun - row.numbers[FUN]) / found[PROMISE]
            if ratio > options.eta:
                yield GRADIENT
                if row.numbers[FUN] == math.inf:  # the gradient is undefined there
                    ratio = -math.inf
            if ratio > options.eta:
                copy(row.x, x)
                copy(row.gradient, gradient)
                fun = row.numbers[BEST] = row.numbers[FUN]
                fresh = True
            if ratio < 0.25:
                radius *= 0.25
            elif ratio > 0.75 and found[AT_RADIUS] != 0.0:
                radius = min(2.0 * radius, options.max_trust_radius)
            row.numbers[NIT] += 1.0
            if row.numbers[WATCHED] != 0.0:
                yield STEP
        row.numbers[STATUS] = status

    method.__module__, method.__name__ = name.split(":")
    return coroutine(method)
