"""Anderson mixing: a direction from the last M steps, the best combination of their changes of F.

With the steps and changes as the columns of S and Y [1]_ ::

    p = alpha F - (S + alpha Y) g,   (Y'Y + w0^2 diag(Y'Y)) g = Y'F

Where that has no solution, the steps are forgotten. See `inexact_newton` for the rest.

References
----------
.. [1] V. Eyert, "A comparative study on methods for convergence acceleration of iterative vector sequences",
   Journal of Computational Physics 124 (1996) 271-285, (7.8).
"""

import dataclasses
import functools
import math
from collections.abc import Iterator
from typing import Any

from solvers.arrays import Array
from solvers.coroutines.coroutine import coroutine
from solvers.coroutines.method import Method
from solvers.coroutines.row import STATUS, Row
from solvers.coroutines.views import matrix
from solvers.kernels.compiling import called, strict
from solvers.methods.root.elimination import solve
from solvers.methods.root.inexact_newton import (
    DIRECTION,
    LEARN,
    family,
    first_alpha,
    member,
    options_with,
    parts,
)
from solvers.methods.vectors import copy, dot
from solvers.status import Status

_BAD_INPUT = int(Status.BAD_INPUT)

Options = options_with(
    __name__,
    # What comes before there are steps; NaN: such that the first one is half as long as x.
    alpha=math.nan,
    # Keeps the equations for g regular.
    w0=0.01,
    # How many steps are remembered.
    M=5.0,
)
begin, go_on, needs = family(Options)


@coroutine
def anderson(row: Row, options: Any) -> Iterator[int]:
    """Solve; ``row.room`` begins with F."""
    numbers, x, room, frame, alpha, count = row.numbers, row.answer, row.room, row.frames, options.alpha, -1
    most = int(options.M)
    if len(parts(room, len(x))[5]) < 2 * most * len(x) + most * (most + 2):
        numbers[STATUS] = _BAD_INPUT
        return
    begin(frame, numbers, row.x, row.values, x, room, options, frame[needs(frame) :])
    while True:
        asked = go_on(frame)
        if asked == DIRECTION:
            if count < 0:
                alpha, count = first_alpha(alpha, x, parts(room, len(x))[0]), 0
            count = _propose(room, len(x), most, alpha, count, options.w0)
        elif asked == LEARN:
            count = _learn(room, len(x), most, count)
        elif asked == 0:
            break
        else:
            yield asked


@strict
def _own(room: Array, n: int, most: int) -> tuple[Array, Array, Array, Array]:
    """Steps and changes of F, by rows, the newest last; room for equations, and for their solution."""
    own, memory, equations = parts(room, n)[5], most * n, 2 * most * n + most * (most + 1)
    return (
        matrix(own[:memory], n),
        matrix(own[memory : 2 * memory], n),
        own[2 * memory : equations],
        own[equations : equations + most],
    )


@called
def _propose(room: Array, n: int, most: int, alpha: float, count: int, w0: float) -> int:
    """Set the direction; how many steps are remembered."""
    fun, direction = parts(room, n)[:2]
    steps, changes, more, weights = _own(room, n, most)
    for i in range(n):
        direction[i] = alpha * fun[i]
    if count == 0:
        return 0
    equations = matrix(more[: count * (count + 1)], count + 1)
    for k in range(count):
        for i in range(count):
            equations[k, i] = dot(changes[k], changes[i])
        equations[k, k] *= 1.0 + w0 * w0
        equations[k, count] = dot(changes[k], fun)
    if not solve(equations, weights[:count], 0.0):
        return 0
    for k in range(count):
        for i in range(n):
            direction[i] -= weights[k] * (steps[k, i] + alpha * changes[k, i])
    return count


@called
def _learn(room: Array, n: int, most: int, count: int) -> int:
    """Remember a step, and if there are too many forget the oldest; how many there are."""
    _, _, step, change, _, _ = parts(room, n)
    steps, changes, _, _ = _own(room, n, most)
    if most == 0:
        return 0
    if count == most:
        count -= 1
        for k in range(count):
            copy(steps[k + 1], steps[k])
            copy(changes[k + 1], changes[k])
    copy(step, steps[count])
    copy(change, changes[count])
    return count + 1


def _fitted(options: Any) -> Method:
    if not 0.0 <= options.M < math.inf:
        raise ValueError(f"option 'M' of anderson: got {options.M}; give a number from 0")
    return _method(int(options.M))


@functools.cache
def _method(most: int) -> Method:
    described = member("anderson", anderson, Options, lambda n: 2 * most * n + most * (most + 2))
    return dataclasses.replace(described, fitted=_fitted)


ANDERSON = _method(5)
