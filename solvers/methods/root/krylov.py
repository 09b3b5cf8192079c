"""Newton and Krylov's method: Newton's steps, as exact as they need be, from products with the Jacobian.

Products are differences of F, so that it takes residuals only. The linear equations of each step are solved
by LGMRES, which begins with the last steps, or by GMRES, see `krylov_gmres`; or by BiCGSTAB, CGS, TFQMR or
MINRES, see `krylov_recurrences`; see `inexact_newton` for the rest. Defaults are SciPy's.

Differences from SciPy: there is no preconditioner; GMRES makes n products at most, after which the step is
Newton's but for rounding; n / 2 steps are carried over at most, with which fewer searches fail where n is
small; MINRES ends by its residual, as the others do.

References
----------
.. [1] D. Knoll, D. Keyes, "Jacobian-free Newton-Krylov methods: a survey of approaches and applications",
   Journal of Computational Physics 193 (2004) 357-397.
"""

import dataclasses
import functools
import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from solvers.coroutines.coroutine import coroutine
from solvers.coroutines.method import Method
from solvers.coroutines.row import STATUS, VALUES, Row
from solvers.methods.root import krylov_gmres as gmres
from solvers.methods.root import krylov_recurrences as recurrences
from solvers.methods.root.inexact_newton import DIRECTION, LEARN, family, member, options_with, parts
from solvers.methods.root.krylov_gmres import begin_gmres, gmres_size, go_on_gmres
from solvers.methods.root.krylov_recurrences import (
    BICGSTAB,
    CGS,
    MINRES,
    TFQMR,
    begin_recurrence,
    go_on_recurring,
    recurrence_size,
)
from solvers.methods.root.krylov_space import krylov_room
from solvers.status import Status

_BAD_INPUT = int(Status.BAD_INPUT)

LGMRES, GMRES = 0.0, 1.0
CHOICES: Mapping[str, Mapping[Any, float]] = {
    "method": {
        "lgmres": LGMRES,
        "gmres": GMRES,
        "bicgstab": BICGSTAB,
        "cgs": CGS,
        "tfqmr": TFQMR,
        "minres": MINRES,
    }
}
_SOLVERS = (f"{gmres.__name__}:gmres_size", f"{recurrences.__name__}:recurrence_size")

Options = options_with(
    __name__,
    # Relative difference for products; the method that solves the linear equations, one of `CHOICES`.
    rdiff=float(np.sqrt(np.finfo(float).eps)),
    method=LGMRES,
    # Most products of GMRES, most iterations of the others; most products of LGMRES, and steps that it
    # carries over.
    inner_maxiter=20.0,
    inner_inner_m=30.0,
    outer_k=10.0,
)
begin, go_on, needs = family(Options)


@coroutine
def krylov(row: Row, options: Any) -> Iterator[int]:
    """Solve; ``row.room`` begins with F."""
    numbers, trial, values, x, room, frame = (
        row.numbers,
        row.x,
        row.values,
        row.answer,
        row.room,
        row.frames,
    )
    if len(parts(room, len(x))[5]) < krylov_room(len(x), int(options.outer_k)):
        numbers[STATUS] = _BAD_INPUT
        return
    one, other = gmres_size(frame), gmres_size(frame) + recurrence_size(frame)
    begin(frame[other:], numbers, trial, values, x, room, options, frame[other + needs(frame) :])
    carried = options.method == LGMRES
    while True:
        asked = go_on(frame[other:])
        if asked == DIRECTION and options.method > GMRES:
            begin_recurrence(
                frame[one:],
                numbers,
                trial,
                values,
                x,
                room,
                options.rdiff,
                options.inner_maxiter,
                options.method,
            )
            while go_on_recurring(frame[one:]) != 0:
                yield VALUES
        elif asked == DIRECTION:
            most = options.inner_inner_m if carried else options.inner_maxiter
            begin_gmres(
                frame,
                numbers,
                trial,
                values,
                x,
                room,
                options.rdiff,
                most,
                options.outer_k if carried else 0.0,
            )
            while go_on_gmres(frame) != 0:
                yield VALUES
        elif asked == 0:
            break
        elif asked != LEARN:
            yield asked


def _fitted(options: Any) -> Method:
    if not 0.0 <= options.outer_k < math.inf:
        raise ValueError(f"option 'outer_k' of krylov: got {options.outer_k}; give a number from 0")
    return _method(int(options.outer_k))


@functools.cache
def _method(carry: int) -> Method:
    described = member("krylov", krylov, Options, lambda n: krylov_room(n, carry), CHOICES, _SOLVERS)
    return dataclasses.replace(described, fitted=_fitted)


KRYLOV = _method(10)
