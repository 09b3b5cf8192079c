"""Exciting mixing: steps are ``beta F``, each element of beta growing as long as that of F keeps its sign.

It grows by alpha, from alpha, to which it returns where the sign changes; ``alphamax`` at most, after the
first step. See `inexact_newton` for the rest.
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

Options = options_with(
    __name__,
    # NaN: such that the first step is half as long as x.
    alpha=math.nan,
    # The most that the elements of beta grow to.
    alphamax=1.0,
)
begin, go_on, needs = family(Options)


@coroutine
def exciting_mixing(row: Row, options: Any) -> Iterator[int]:
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
            _learn(room, len(x), alpha, options.alphamax)
        elif asked == 0:
            break
        else:
            yield asked


@called
def _restart(room: Array, n: int, alpha: float) -> None:
    beta = parts(room, n)[5]
    for i in range(n):
        beta[i] = alpha


@called
def _propose(room: Array, n: int) -> None:
    fun, direction, _, _, _, beta = parts(room, n)
    for i in range(n):
        direction[i] = beta[i] * fun[i]


@called
def _learn(room: Array, n: int, alpha: float, most: float) -> None:
    fun, _, _, change, _, beta = parts(room, n)
    for i in range(n):
        beta[i] = beta[i] + alpha if fun[i] * (fun[i] - change[i]) > 0.0 else alpha
        beta[i] = min(max(beta[i], 0.0), most)


EXCITING_MIXING = member("excitingmixing", exciting_mixing, Options, lambda n: n)
