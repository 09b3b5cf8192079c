"""One problem: its coroutine is let go on, and what it asks for is answered, until it ends."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from solvers.arrays import Array
from solvers.coroutines.method import Method
from solvers.coroutines.row import (
    ANSWERS,
    BEST,
    FUN,
    GRADIENT,
    NFEV,
    NHEV,
    OBJECTIVE,
    STATUS,
    STEP,
    UNDEFINED,
    WATCHED,
)
from solvers.status import Status

#: Numbers that are looked at one by one.
_FEW = 32


class Functions(Protocol):
    """What one problem is made of."""

    @property
    def counts(self) -> Sequence[int]:
        """How often the function, its first and its second derivatives were called so far."""

    def answer(self, kind: int, parts: Mapping[str, Array]) -> NDArray[Any]:
        """Answer what is asked at ``parts["x"]``, the vector or the multipliers there: an array."""


class Ended(NamedTuple):
    """How a problem ended."""

    status: int
    parts: dict[str, Array]  # of its row, by their names in `Row`
    kept: dict[str, Array]  # what the method leaves behind, by name


def solve(
    method: Method,
    functions: Functions,
    x0: Array,
    options: Sequence[float] | Array,
    *,
    bounds: tuple[Any, Any] = (-np.inf, np.inf),
    limits: tuple[Any, Any] = ((), ()),
    given: Mapping[str, Array] | None = None,
    watch: Callable[[dict[str, Array]], bool] | None = None,
) -> Ended:
    """Solve one problem; what its functions raise is the caller's to see.

    Parameters
    ----------
    method, options
        The algorithm, and its options in order.
    functions
        The problem.
    x0
        (n,)
    bounds
        Of x, each (n,) or a number.
    limits
        Of the constraints, each (m,); of m equations, zeros.
    given
        What the method begins with, by the names of what it keeps.
    watch
        Called after each step with the parts of the row; whether to go on.
    """
    layout = method.layout(len(x0), len(limits[0]))
    memory = np.zeros(layout.size)
    parts, kept = layout.parts(memory), method.kept(layout, memory)
    numbers = parts["numbers"]
    memory[layout.options] = options
    parts["x"][:] = parts["answer"][:] = x0
    parts["lower"][:], parts["upper"][:] = bounds
    parts["least"][:], parts["most"][:] = limits
    for name, values in (given or {}).items():
        kept[name][...] = values
    numbers[WATCHED] = watch is not None
    numbers[BEST] = np.nan
    begin, resume, plan = method.compiled.begin, method.compiled.resume, layout.plan
    begin(plan, memory)
    answers: dict[int, list[tuple[int, Array]]] = {}  # by what is asked: kinds, and where they go
    first = True
    while asked := resume(plan, memory):
        if asked == STEP:
            if watch is not None and not watch(parts):
                break
            continue
        if asked not in answers:
            answers[asked] = [(kind, parts[name]) for kind, name in ANSWERS if asked & kind]
        for kind, part in answers[asked]:
            part[...] = functions.answer(kind, parts).reshape(part.shape)
            defined = _is_finite(part)
            if not defined:
                break
        numbers[NFEV : NHEV + 1] = functions.counts
        numbers[UNDEFINED] = not defined
        if not defined:
            if asked & OBJECTIVE and numbers[FUN] == -np.inf:
                parts["answer"][:], numbers[BEST] = parts["x"], -np.inf
                return Ended(Status.UNBOUNDED, parts, kept)
            if first:
                return Ended(Status.NON_FINITE, parts, kept)
            if asked & (OBJECTIVE | GRADIENT):
                numbers[FUN] = np.inf
        first = False
    return Ended(int(numbers[STATUS]), parts, kept)


def _is_finite(part: Array) -> bool:
    """Whether all numbers are; of few numbers NumPy takes longer than all else about a call."""
    if part.size <= _FEW:
        return all(map(math.isfinite, part.ravel().tolist()))
    return bool(np.isfinite(part).all())
