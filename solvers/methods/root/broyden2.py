"""Broyden's second method, which he calls his bad one: the inverse Jacobian H learns from each step s.

With y the change of F over it [1]_ ::

    H <- H + (s - H y) y' / y'y

beginning with ``-alpha I``. Directions are ``-H F``; where H is no longer finite, it begins anew. See
`inexact_newton` for the rest, `broyden_inverse` for how H is kept of low rank.

References
----------
.. [1] C. Broyden, "A class of methods for solving nonlinear simultaneous equations", Mathematics of
   Computation 19 (1965) 577-593.
"""

import math
from collections.abc import Iterator
from typing import Any

from solvers.coroutines.coroutine import coroutine
from solvers.coroutines.row import Row
from solvers.methods.root.broyden_inverse import CHOICES, RESTART, inverse_room, learn, propose, restart
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
    # The first H is ``-alpha I``; NaN: such that the first step is half as long as x.
    alpha=math.nan,
    # What becomes of dyads that are too many, one of `CHOICES`; how many there may be; how many of SVD
    # remain, below 0 two less than there may be.
    reduction_method=RESTART,
    max_rank=math.inf,
    to_retain=-1.0,
)
begin, go_on, needs = family(Options)


@coroutine
def broyden2(row: Row, options: Any) -> Iterator[int]:
    """Solve; ``row.room`` begins with F."""
    x, room, frame, alpha, count = row.answer, row.room, row.frames, options.alpha, -1
    begin(frame, row.numbers, row.x, row.values, x, room, options, frame[needs(frame) :])
    while True:
        asked = go_on(frame)
        if asked == DIRECTION:
            if count < 0:
                alpha, count = first_alpha(alpha, x, parts(room, len(x))[0]), 0
                restart(room, len(x), alpha)
            propose(room, len(x))
        elif asked == LEARN:
            count = learn(room, len(x), alpha, count, True, options)
        elif asked == 0:
            break
        else:
            yield asked


BROYDEN2 = member("broyden2", broyden2, Options, inverse_room, CHOICES)
