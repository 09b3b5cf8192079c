"""Diagonal Broyden: of the Jacobian ``-diag(d)`` only the diagonal learns from each step s.

With y the change of F over it, d is that of Broyden's first update [1]_ ::

    d <- d - (y + d s) s / |s|^2

beginning with ``1 / alpha``; directions are ``F / d``. See `inexact_newton` for the rest.

References
----------
.. [1] C. Broyden, "A class of methods for solving nonlinear simultaneous equations", Mathematics of
   Computation 19 (1965) 577-593, (4.5).
"""

import math
from collections.abc import Iterator
from typing import Any

from solvers.arrays import Array
from solvers.coroutines.coroutine import coroutine
from solvers.coroutines.row import Row
from solvers.kernels.compiling import called
from solvers.methods.root.inexact_newton import (
    DIRECTION,
    LEARN,
    family,
    first_alpha,
    member,
    options_with,
    parts,
)
from solvers.methods.vectors import dot

Options = options_with(
    __name__,
    # The first Jacobian is ``-I / alpha``; NaN: such that the first step is half as long as x.
    alpha=math.nan,
)
begin, go_on, needs = family(Options)


@coroutine
def diagonal_broyden(row: Row, options: Any) -> Iterator[int]:
    """Solve; ``row.room`` begins with F."""
    x, room, frame, alpha, fresh = row.answer, row.room, row.frames, options.alpha, True
    begin(frame, row.numbers, row.x, row.values, x, room, options, frame[needs(frame) :])
    while True:
        asked = go_on(frame)
        if asked == DIRECTION:
            if fresh:
                alpha, fresh = first_alpha(alpha, x, parts(room, len(x))[0]), False
                _restart(room, len(x), alpha)
            _propose(room, len(x))
        elif asked == LEARN:
            _learn(room, len(x))
        elif asked == 0:
            break
        else:
            yield asked


@called
def _restart(room: Array, n: int, alpha: float) -> None:
    diagonal = parts(room, n)[5]
    for i in range(n):
        diagonal[i] = 1.0 / alpha


@called
def _propose(room: Array, n: int) -> None:
    fun, direction, _, _, _, diagonal = parts(room, n)
    for i in range(n):
        direction[i] = fun[i] / diagonal[i]


@called
def _learn(room: Array, n: int) -> None:
    _, _, step, change, _, diagonal = parts(room, n)
    square = dot(step, step)
    for i in range(n):
        diagonal[i] -= (change[i] + diagonal[i] * step[i]) * step[i] / square


DIAGONAL_BROYDEN = member("diagbroyden", diagonal_broyden, Options, lambda n: n)
