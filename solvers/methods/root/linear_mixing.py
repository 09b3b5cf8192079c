"""Linear mixing: every step is ``alpha F``, as if the Jacobian were ``-1 / alpha``.

See `inexact_newton` for the rest.
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
)
begin, go_on, needs = family(Options)


@coroutine
def linear_mixing(row: Row, options: Any) -> Iterator[int]:
    """Solve; ``row.room`` begins with F."""
    x, room, frame, alpha, fresh = row.answer, row.room, row.frames, options.alpha, True
    begin(frame, row.numbers, row.x, row.values, x, room, options, frame[needs(frame) :])
    while True:
        asked = go_on(frame)
        if asked == DIRECTION:
            if fresh:
                alpha, fresh = first_alpha(alpha, x, parts(room, len(x))[0]), False
            _propose(room, len(x), alpha)
        elif asked == 0:
            break
        elif asked != LEARN:
            yield asked


@called
def _propose(room: Array, n: int, alpha: float) -> None:
    fun, direction = parts(room, n)[:2]
    for i in range(n):
        direction[i] = alpha * fun[i]


LINEAR_MIXING = member("linearmixing", linear_mixing, Options, lambda _: 0)
