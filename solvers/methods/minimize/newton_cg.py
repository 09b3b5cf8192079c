"""Newton-CG: Newton's direction, as far as conjugate gradients get with it, and a line search.

The direction p solves ``H p = -g`` up to ``|H p + g| <= min(1/2, sqrt(|g|)) |g|``, in the 1-norm, by
conjugate gradients from p = 0, which need of H its products with vectors alone. Where one of those shows no
curvature, p is what there is by then, and if that is nothing yet, the way down the gradient. Steps go along
p as far as a line search under the strong Wolfe conditions says. It ends when the 1-norm of a step is at
most ``n xtol``. Defaults are SciPy's.

Differences from SciPy: curvature counts as none where its rounding hides it, ``v H v <= 3 eps |v| |H v|``,
while SciPy ends as converged wherever ``v H v <= 3 eps`` at first, also far from a minimum; directions after
20 n products are searched along, not given up; where ``|p g|`` is below the objective's rounding and p as
short as the last step has to be, it ends as converged without a search, and where either holds, if no step
is found.

References
----------
.. [1] J. Nocedal, S. Wright, Numerical Optimization, 2nd ed., Springer 2006, Algorithm 7.1.
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
    FUN,
    GRADIENT,
    HESSIAN,
    NIT,
    OBJECTIVE,
    PRODUCT,
    STATUS,
    STEP,
    UNDEFINED,
    WATCHED,
    Row,
)
from solvers.kernels.compiling import strict
from solvers.methods.line_search.wolfe import (
    SEARCH,
    begin_search,
    check_wolfe,
    first_step,
    go_on_searching,
    search_size,
)
from solvers.methods.minimize.quadratic_model import times
from solvers.methods.vectors import copy, dot, norm
from solvers.status import Status

_GRADIENT, _STEP, _STALLED = int(Status.GRADIENT), int(Status.STEP), int(Status.STALLED)
_ITERATION_LIMIT = int(Status.ITERATION_LIMIT)
_EPS = float(np.finfo(float).eps)

#: SciPy's: curvature that counts as none, and the most products for a direction, of n.
_FLAT, _PRODUCTS = 3.0 * _EPS, 20
#: Of steps, in units of the direction; SciPy's.
_LONGEST = 50.0
#: Relative decrease of the objective that its rounding hides, also where it is a sum.
_ROUNDING = 10.0 * _EPS


class Options(NamedTuple):
    """What can be chosen."""

    #: Mean absolute change of the unknowns at which it ends.
    xtol: float = 1e-5
    #: Most iterations; below 0: 200 n.
    maxiter: float = -1.0
    #: Of the Wolfe conditions.
    c1: float = 1e-4
    c2: float = 0.9
    #: Whether products with the Hessian are asked for, instead of Hessians.
    products: float = 0.0


@coroutine
def newton_cg(row: Row, options: Options) -> Iterator[int]:
    """Minimize; both loops ask, so both are here."""
    n, x, gradient = len(row.x), row.answer, row.slope
    direction, residual, found = row.room[:n], row.room[n : 2 * n], row.room[2 * n :]
    maxiter = options.maxiter if options.maxiter >= 0.0 else 200.0 * n
    yield OBJECTIVE | GRADIENT
    copy(row.x, x)
    copy(row.gradient, gradient)
    fun = row.numbers[BEST] = row.numbers[FUN]
    before, change = math.nan, math.inf  # the first trial is the whole step
    status = _STEP
    while change > n * options.xtol:
        if row.numbers[NIT] >= maxiter:
            status = _ITERATION_LIMIT
            break
        size = _sum_of_sizes(gradient)
        if size == 0.0:
            status = _GRADIENT
            break
        enough = min(0.5, math.sqrt(size)) * size
        for i in range(n):
            direction[i], residual[i], row.vector[i] = 0.0, gradient[i], -gradient[i]
        square, products = dot(gradient, gradient), 0
        if options.products == 0.0:
            yield HESSIAN
        while _sum_of_sizes(residual) > enough and products < _PRODUCTS * n:
            products += 1
            if options.products != 0.0:
                yield PRODUCT
            else:
                times(row.hessian, row.vector, row.product)
            curvature = dot(row.vector, row.product)
            if row.numbers[UNDEFINED] != 0.0 or not _curves(curvature, row.vector, row.product):
                if products == 1:  # SciPy's length where it curves downwards
                    length = square / -curvature if -math.inf < curvature < 0.0 else 1.0
                    for i in range(n):
                        direction[i] = -length * gradient[i]
                break
            square = _conjugate(direction, residual, row.vector, row.product, square, square / curvature)
        slope = dot(gradient, direction)
        if not slope < 0.0:  # not a Hessian's products
            for i in range(n):
                direction[i] = -gradient[i]
            slope = -dot(gradient, gradient)
        lost = -slope <= _ROUNDING * abs(fun)
        short = _sum_of_sizes(direction) <= n * options.xtol
        if lost and short:
            break
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
        if math.isnan(found[0]):
            status = _STEP if lost or short else _STALLED
            break
        change = abs(found[0]) * _sum_of_sizes(direction)
        before, fun = fun, row.numbers[FUN]
        copy(row.x, x)
        copy(row.gradient, gradient)
        row.numbers[BEST] = fun
        row.numbers[NIT] += 1.0
        if row.numbers[WATCHED] != 0.0:
            yield STEP
    row.numbers[STATUS] = status


@strict
def _curves(curvature: float, vector: Array, product: Array) -> bool:
    """Whether the curvature along a vector is above the rounding of that product."""
    return curvature > _FLAT * norm(vector) * norm(product)


@strict
def _conjugate(
    solution: Array, residual: Array, vector: Array, product: Array, square: float, step: float
) -> float:
    """Step along a vector, and make it the next conjugate one; the square of the residual. N&W (5.24)."""
    for i in range(len(vector)):
        solution[i] += step * vector[i]
        residual[i] += step * product[i]
    after = dot(residual, residual)
    for i in range(len(vector)):
        vector[i] = after / square * vector[i] - residual[i]
    return after


@strict
def _sum_of_sizes(vector: Array) -> float:
    """The 1-norm."""
    total = 0.0
    for i in range(len(vector)):
        total += abs(vector[i])
    return total


NEWTON_CG = Method(
    "Newton-CG",
    newton_cg,
    Options,
    asks=OBJECTIVE | GRADIENT | HESSIAN | PRODUCT,
    requires=GRADIENT,
    room=lambda n, _: 2 * n + 2,
    tol=("xtol",),
    check=check_wolfe,
    endings={
        Status.STEP: (0, "Optimization terminated successfully."),
        Status.GRADIENT: (0, "Optimization terminated successfully."),
        Status.ITERATION_LIMIT: (1, "Warning: Maximum number of iterations has been exceeded."),
        Status.STALLED: (2, "Warning: Desired error not necessarily achieved due to precision loss."),
    },
    delegates=SEARCH,
)
