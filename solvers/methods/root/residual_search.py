"""A search along a direction for less of ``phi(s) = |F(x + s p)|^2``, of residuals alone.

Armijo's takes s where ``phi(s) <= (1 - 1e-4 s) phi(0)``: first 1, then the minimum of a parabola, then
those of cubics, all with the slope ``-phi(0)`` at 0 [1]_. Wolfe's is `more_thuente`, with slopes by
differences. Where they find nothing, the whole step is taken, for want of a better one. These decisions are
SciPy's: a cubic goes through the last two values, at steps half as long one after the other, wherever the
values come from.

Where F is undefined after the whole step, that is halved until F is not.

References
----------
.. [1] J. Nocedal, S. Wright, Numerical Optimization, 2nd ed., Springer 2006, pages 57-58.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

from numba import float64, types

from solvers.arrays import Array
from solvers.coroutines.coroutine import delegated
from solvers.coroutines.row import UNDEFINED, VALUES
from solvers.kernels.compiling import strict
from solvers.methods.line_search.more_thuente import more_thuente
from solvers.methods.vectors import copy, dot, move, norm

#: Kinds of searches.
NONE, ARMIJO, WOLFE = 0.0, 1.0, 2.0
#: How many numbers a search needs to work in.
ROOM = 7

#: SciPy's: sufficient decrease, curvature, least and most step, width of an interval.
_C1, _C2, _LEAST, _MOST, _WIDTH = 1e-4, 0.9, 1e-2, 50.0, 1e-2
#: SciPy's relative difference for slopes.
_DIFFERENCE = 1e-8
#: Share of the step at which halving it is given up.
_SHORTEST = 1e-10

_VECTOR = float64[::1]


class _Trial(NamedTuple):
    """What Moré and Thuente's search sees of a function of the step alone, in place of a row."""

    numbers: Array  # (1,)
    x: Array  # (1,)
    gradient: Array  # (1,)


_TRIAL = types.NamedUniTuple(_VECTOR, 3, _Trial)
_begin_inner, _go_on_inner, inner_size = delegated(
    more_thuente, _TRIAL, _VECTOR, _VECTOR, *8 * (float64,), _VECTOR
)


def residual_search(
    numbers: Array,
    trial: Array,
    values: Array,
    x: Array,
    direction: Array,
    start: float,
    kind: float,
    held: Array,
    found: Array,
    frame: Array,
) -> Iterator[int]:
    """Search from x; at the end `trial` and `values` are those of the step.

    Parameters
    ----------
    numbers, trial, values
        Where to ask.
    x, direction, held
        (n,); the last is to work in.
    start
        phi(0).
    kind
        NONE, ARMIJO or WOLFE.
    found
        (ROOM,) the first is the step, NaN where F is undefined all the way.
    frame
        For the state of Moré and Thuente's search.
    """
    if kind == WOLFE:
        relative = norm(x) / norm(direction) + 1.0
        move(x, relative * _DIFFERENCE, direction, trial)
        yield VALUES
        slope = (_phi(numbers, values) - start) / (relative * _DIFFERENCE)
        if slope < 0.0:
            found[5], found[6] = 0.0, 1.0  # the line is the axis of one unknown
            inner = _Trial(found[2:3], found[3:4], found[4:5])
            _begin_inner(
                frame,
                inner,
                found[5:6],
                found[6:7],
                start,
                slope,
                1.0,
                _C1,
                _C2,
                _WIDTH,
                _LEAST,
                _MOST,
                found,
            )
            while _go_on_inner(frame) != 0:
                move(x, found[3], direction, trial)
                yield VALUES
                found[2] = _phi(numbers, values)
                if math.isfinite(found[2]):
                    copy(values, held)
                    width = (found[3] + relative) * _DIFFERENCE
                    move(x, found[3] + width, direction, trial)
                    yield VALUES
                    found[4] = (_phi(numbers, values) - found[2]) / width
            if found[1] == 1.0:
                move(x, found[0], direction, trial)
                copy(held, values)
                return
    longest = 1.0
    while True:
        move(x, longest, direction, trial)
        yield VALUES
        phi = _phi(numbers, values)
        if math.isfinite(phi):
            break
        longest *= 0.5
        if longest < _SHORTEST:
            found[0] = math.nan
            return
    found[0] = longest
    if kind != ARMIJO or _is_enough(longest, phi, start):
        return
    before, phi_before = longest, phi
    step = start * before * before / (2.0 * (phi - start + start * before))
    move(x, step, direction, trial)
    yield VALUES
    phi = _phi(numbers, values)
    if _is_enough(step, phi, start):
        found[0] = step
        return
    while step > _LEAST:
        cubic = _minimum(before, phi_before, step, phi, start)
        found[0] = cubic if 0.0 < cubic < math.inf else 0.5 * step
        move(x, found[0], direction, trial)
        yield VALUES
        before, phi_before, step, phi = step, phi, 0.5 * step, _phi(numbers, values)
        if _is_enough(found[0], phi, start):
            return
    found[0] = longest
    move(x, longest, direction, trial)
    yield VALUES


@strict
def _phi(numbers: Array, values: Array) -> float:
    """``|F|^2``, infinite where F is undefined."""
    return dot(values, values) if numbers[UNDEFINED] == 0.0 else math.inf


@strict
def _is_enough(step: float, phi: float, start: float) -> bool:
    """Armijo's condition."""
    return phi <= start - _C1 * step * start


@strict
def _minimum(a: float, phi_a: float, b: float, phi_b: float, start: float) -> float:
    """Minimum of the cubic with these values at 0, a and b, and the slope ``-start`` at 0; [1] page 58."""
    over_a, over_b = (phi_a - start + start * a) / (a * a), (phi_b - start + start * b) / (b * b)
    cubic = (over_b - over_a) / (b - a)
    square = over_a - a * cubic
    return (-square + math.sqrt(abs(square * square + 3.0 * cubic * start))) / (3.0 * cubic)


begin_search, go_on_searching, search_size = delegated(
    residual_search, *5 * (_VECTOR,), float64, float64, *3 * (_VECTOR,)
)
#: For `Method.delegates`.
SEARCH = (f"{__name__}:search_size", f"{__name__}:inner_size")
