"""What SciPy's methods of the family of Broyden's have in common: all but how they come by a direction.

A method of this family has a model of the Jacobian, which gives a direction, Newton's in that model, and
learns from the step. `inexact_newton` asks the method for both, by `DIRECTION` and `LEARN`, and its driver
for residuals: it searches along the direction, decides when to end, and how exact the next one is to be ::

    eta = min(0.9999, 0.9 |F|^2 / |F before|^2), at least 0.9 eta^2 where that is 0.1 or more      [1] (2.6)

It ends when F is zero, or, in the norm of order ``tol_norm``, but not before the first step, when ::

    |F| <= fatol, |F| <= ftol |F at the start|, |p| <= xatol and |p| <= xtol |x|

These decisions and the defaults are SciPy's. Differences: the tests are made once more after the last step
allowed; ``tol_norm`` is the order of a norm, not a function; see `residual_search` for where F is undefined.

References
----------
.. [1] S. Eisenstat, H. Walker, "Choosing the forcing terms in an inexact Newton method", SIAM Journal on
   Scientific Computing 17 (1996) 16-32, choice 2.
"""

import math
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numba import float64

from solvers.arrays import Array
from solvers.coroutines.coroutine import delegated
from solvers.coroutines.method import Method
from solvers.coroutines.row import BEST, NIT, STATUS, STEP, VALUES, WATCHED, options_of
from solvers.kernels.compiling import called, strict
from solvers.methods.root.residual_search import (
    ARMIJO,
    NONE,
    ROOM,
    SEARCH,
    WOLFE,
    begin_search,
    go_on_searching,
    search_size,
)
from solvers.methods.vectors import dot, norm, norm_of_order
from solvers.status import Status

#: What it asks its method for: a direction, and to learn from the step made. See `parts`.
DIRECTION, LEARN = 1024, 2048

_ZERO, _STEP, _ITERATION_LIMIT = int(Status.ZERO), int(Status.STEP), int(Status.ITERATION_LIMIT)
_SINGULAR, _STALLED = int(Status.SINGULAR), int(Status.STALLED)

#: Of [1]: the first eta, gamma, the largest eta, and where the safeguard begins.
_FIRST, _GAMMA, _LARGEST, _SAFEGUARD = 1e-3, 0.9, 0.9999, 0.1

#: Words for options.
CHOICES: Mapping[str, Mapping[Any, float]] = {
    "line_search": {None: NONE, False: NONE, True: ARMIJO, "armijo": ARMIJO, "wolfe": WOLFE}
}
#: Options of all methods of the family: most steps, below 0 ``100 (n + 1)``; how many to make, whatever the
#: tests say, below 0 until they hold; the tolerances, and the order of their norm; one of `CHOICES`.
COMMON: Mapping[str, float] = {
    "maxiter": -1.0,
    "nit": -1.0,
    "ftol": math.inf,
    "fatol": float(np.finfo(float).eps) ** (1.0 / 3.0),
    "xtol": math.inf,
    "xatol": math.inf,
    "tol_norm": math.inf,
    "line_search": ARMIJO,
}

_VECTOR = float64[::1]


def options_with(module: str, **own: float) -> Any:
    """Make the ``Options`` of a method of the family: those in common, and its own with their defaults."""
    options = {**COMMON, **own}
    return namedtuple("Options", options, defaults=options.values(), module=module)


def family(options: Any) -> tuple[Any, Any, Any]:
    """Compile `inexact_newton` for a method's options: what begins it, goes on, and its size."""
    return delegated(inexact_newton, *5 * (_VECTOR,), options_of(options), _VECTOR)


def member(
    name: str,
    coroutine: Callable[..., Iterator[int]],
    options: type,
    room: Callable[[int], int],
    choices: Mapping[str, Mapping[Any, float]] | None = None,
    delegates: tuple[str, ...] = (),
) -> Method:
    """Describe a method of the family; `room` is what it needs beside what they have in common."""
    return Method(
        name,
        coroutine,
        options,
        asks=VALUES,
        room=lambda n, _: 3 * n + 1 + ROOM + room(n),
        keeps={"fun": lambda n, _: (n,)},
        choices={**CHOICES, **(choices or {})},
        tol=("xtol",),
        lifted=("ftol", "fatol", "xatol"),
        endings={
            Status.ZERO: (1, "A solution was found at the specified tolerance."),
            Status.STEP: (1, "A solution was found at the specified tolerance."),
            Status.ITERATION_LIMIT: (2, "The maximum number of iterations allowed has been reached."),
            Status.SINGULAR: (3, "The model of the Jacobian gives no direction."),
            Status.STALLED: (4, "The residuals are undefined all along the direction."),
        },
        delegates=(f"{coroutine.__module__}:needs", *SEARCH, *delegates),
    )


@strict
def parts(room: Array, n: int) -> tuple[Array, Array, Array, Array, Array, Array]:
    """F at x, the direction, the last step and change of F (n,); numbers; what is the method's own.

    The first of the numbers is how exact the direction is to be: the residual it may leave, relative to F.
    """
    return (
        room[:n],
        room[n : 2 * n],
        room[2 * n : 3 * n],
        room[3 * n : 4 * n],
        room[4 * n : 4 * n + 1 + ROOM],
        room[4 * n + 1 + ROOM :],
    )


@strict
def first_alpha(alpha: float, x: Array, fun: Array) -> float:
    """What is given, or where that is NaN such that the first step is half as long as x, 1/2 at least."""
    return 0.5 * max(norm(x), 1.0) / norm(fun) if math.isnan(alpha) else alpha


def inexact_newton(
    numbers: Array, trial: Array, values: Array, x: Array, room: Array, options: Any, frame: Array
) -> Iterator[int]:
    """Solve.

    Parameters
    ----------
    numbers, trial, values, x, room
        Of a `Row`: its numbers, x, values, answer and room, which begins with `parts`.
    options
        The method's, with those of `COMMON`.
    frame
        For the states of searches.
    """
    yield VALUES
    size = _accept(numbers, trial, values, x, room)
    first, eta, length = norm_of_order(values, options.tol_norm), _FIRST, math.inf
    maxiter = options.maxiter if options.maxiter >= 0.0 else 100.0 * (len(x) + 1)
    while True:
        status = _ending(numbers, x, room, first, length, options)
        if status == 0 and numbers[NIT] >= maxiter:
            status = _ITERATION_LIMIT
        if status != 0:
            break
        parts(room, len(x))[4][0] = min(eta, eta * size)
        yield DIRECTION
        fun, direction, _, held, more, _ = parts(room, len(x))
        if not 0.0 < dot(direction, direction) < math.inf:
            status = _SINGULAR
            break
        length = norm_of_order(direction, options.tol_norm)
        begin_search(
            frame,
            numbers,
            trial,
            values,
            x,
            direction,
            dot(fun, fun),
            options.line_search,
            held,
            more[1:],
            frame[search_size(frame) :],
        )
        while True:
            asked = go_on_searching(frame)
            if asked == 0:
                break
            yield asked
        if math.isnan(parts(room, len(x))[4][1]):
            status = _STALLED
            break
        before = size
        size = _accept(numbers, trial, values, x, room)
        numbers[NIT] += 1.0
        yield LEARN
        if numbers[WATCHED] != 0.0:
            yield STEP
        safeguard = _GAMMA * eta * eta
        eta = _GAMMA * (size / before) ** 2
        eta = min(_LARGEST, eta if safeguard < _SAFEGUARD else max(eta, safeguard))
    numbers[STATUS] = status


@called
def _accept(numbers: Array, trial: Array, values: Array, x: Array, room: Array) -> float:
    """Take a trial, and note the step and the change of F; ``|F|``."""
    fun, _, step, change, _, _ = parts(room, len(x))
    for i in range(len(x)):
        step[i], change[i] = trial[i] - x[i], values[i] - fun[i]
        x[i], fun[i] = trial[i], values[i]
    size = norm(fun)
    numbers[BEST] = size
    return size


@strict
def _ending(numbers: Array, x: Array, room: Array, first: float, length: float, options: Any) -> int:
    """A Status, 0 to go on, by SciPy's tests."""
    size = norm_of_order(parts(room, len(x))[0], options.tol_norm)
    if size == 0.0:
        return _ZERO
    if options.nit >= 0.0:
        return _ITERATION_LIMIT if numbers[NIT] >= options.nit else 0
    extent = norm_of_order(x, options.tol_norm)
    if numbers[NIT] == 0.0 or not (
        size <= options.fatol
        and size / options.ftol <= first
        and length <= options.xatol
        and length / options.xtol <= extent
    ):
        return 0
    return _STEP if options.fatol == math.inf and options.ftol == math.inf else _ZERO
