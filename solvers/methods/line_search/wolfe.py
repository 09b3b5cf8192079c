"""The line search of methods that follow gradients: Moré and Thuente's, then bracketing and zooming.

Where the first finds no step, as happens when values no longer tell steps apart, the second often does:
Algorithms 3.5 and 3.6 of [1]_, which double a step until it brackets one that fulfils the strong Wolfe
conditions, and then interpolate by cubics and parabolas, kept away from the ends, or halve.

References
----------
.. [1] J. Nocedal, S. Wright, Numerical Optimization, 2nd ed., Springer 2006, section 3.5.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from numba import float64

from solvers.arrays import Array
from solvers.coroutines.coroutine import delegated
from solvers.coroutines.row import FUN, GRADIENT, OBJECTIVE, Row
from solvers.coroutines.row_type import ROW
from solvers.kernels.compiling import strict
from solvers.methods.line_search.more_thuente import more_thuente
from solvers.methods.vectors import dot, largest, move

#: SciPy's: the least relative width of an interval, and the most trials of each kind.
_XTOL = 1e-14
_LEAST = 1e-100
_DOUBLINGS, _ZOOMS = 10, 10
#: How near to an end of the interval the minimum of a cubic, of a parabola may lie.
_CUBIC_MARGIN, _PARABOLA_MARGIN = 0.2, 0.1


_REAL, _VECTOR = float64, float64[::1]
begin_first, go_on_first, first_size = delegated(more_thuente, ROW, _VECTOR, _VECTOR, *8 * (_REAL,), _VECTOR)


@strict
def first_step(fun: float, before: float, slope: float) -> float:
    """The step at which a parabola would fall as much as the last step did, 1 at most; N&W (3.60)."""
    step = min(1.0, 1.01 * 2.0 * (fun - before) / slope)
    return step if step > 0.0 else 1.0


def wolfe_search(
    row: Row,
    base: Array,
    gradient: Array,
    direction: Array,
    fun: float,
    first: float,
    most: float,
    c1: float,
    c2: float,
    conjugacy: float,
    gtol: float,
    found: Array,
    frame: Array,
) -> Iterator[int]:
    """Search from a base along a direction of descent; ``found[0]`` is the step, NaN where there is none.

    Parameters
    ----------
    row
        Where to ask; at the end its x, objective and gradient are those of the step found.
    base, gradient, direction
        (n,) where the search begins, the gradient there, and where to.
    fun, first, most
        The objective there; the first trial, and the longest of Moré and Thuente's search.
    c1, c2
        Of the Wolfe conditions.
    conjugacy, gtol
        Where the former is above 0, a step must let the next conjugate direction descend, see `_descends`.
    found
        (2,)
    frame
        For the state of Moré and Thuente's search.
    """
    slope = dot(gradient, direction)
    begin_first(frame, row, base, direction, fun, slope, first, c1, c2, _XTOL, _LEAST, most, found)
    while True:
        asked = go_on_first(frame)
        if asked == 0:
            break
        yield asked
    if found[1] == 1.0 and _descends(row.gradient, gradient, direction, conjugacy, gtol):
        return
    known = found[0] == first  # its values are there, from the search before
    found[0] = math.nan
    low, f_low, g_low = 0.0, fun, slope  # the best end of what may be an interval
    step, high, f_high = first, math.nan, math.nan
    for k in range(_DOUBLINGS):
        if not known:
            move(base, step, direction, row.x)
            yield OBJECTIVE
        f = row.numbers[FUN]
        if not f <= fun + c1 * step * slope or (k > 0 and f >= f_low):
            high, f_high = step, f
            break
        if not known:
            yield GRADIENT
        known = False
        g = dot(row.gradient, direction)
        if abs(g) <= -c2 * slope and _descends(row.gradient, gradient, direction, conjugacy, gtol):
            found[0] = step
            return
        if g >= 0.0:
            low, f_low, g_low, high, f_high = step, f, g, low, f_low
            break
        if k == _DOUBLINGS - 1:
            found[0] = step
            return
        low, f_low, g_low = step, f, g
        step *= 2.0
    last, f_last = 0.0, fun  # the end that was given up last
    for k in range(_ZOOMS + 1):
        step = _between(low, f_low, g_low, high, f_high, last, f_last, k == 0)
        move(base, step, direction, row.x)
        yield OBJECTIVE
        f = row.numbers[FUN]
        if not f <= fun + c1 * step * slope or f >= f_low:
            last, f_last, high, f_high = high, f_high, step, f
            continue
        yield GRADIENT
        g = dot(row.gradient, direction)
        if abs(g) <= -c2 * slope and _descends(row.gradient, gradient, direction, conjugacy, gtol):
            found[0] = step
            return
        if g * (high - low) >= 0.0:
            last, f_last, high, f_high = high, f_high, low, f_low
        else:
            last, f_last = low, f_low
        low, f_low, g_low = step, f, g


@strict
def _descends(new: Array, old: Array, direction: Array, conjugacy: float, gtol: float) -> bool:
    """Whether Polak and Ribière's next direction p descends: ``p g <= -conjugacy g g``, or g is small."""
    if conjugacy <= 0.0:
        return True
    square = dot(new, new)
    beta = max(0.0, (square - dot(old, new)) / dot(old, old))
    return largest(new) <= gtol or -square + beta * dot(direction, new) <= -conjugacy * square


@strict
def _between(a: float, fa: float, ga: float, b: float, fb: float, c: float, fc: float, first: bool) -> float:
    """A trial between the ends a, the best, and b: of a cubic through c, of a parabola, or half way."""
    # No margins where b < a, as in SciPy: with them, minima that parabolas hit are halved past.
    width, low, high = max(0.0, b - a), min(a, b), max(a, b)
    if not first:
        trial = _cubic(a, fa, ga, b, fb, c, fc)
        if low + _CUBIC_MARGIN * width <= trial <= high - _CUBIC_MARGIN * width:
            return trial
    curvature = (fb - fa - ga * (b - a)) / (b - a) / (b - a)
    trial = a - ga / (2.0 * curvature)
    if low + _PARABOLA_MARGIN * width <= trial <= high - _PARABOLA_MARGIN * width:
        return trial
    return a + 0.5 * (b - a)


@strict
def _cubic(a: float, fa: float, ga: float, b: float, fb: float, c: float, fc: float) -> float:
    """Minimum of the cubic with value and slope at a, and values at b and c; N&W page 58."""
    db, dc = b - a, c - a
    rb, rc = fb - fa - ga * db, fc - fa - ga * dc
    cubic = (rb / (db * db) - rc / (dc * dc)) / (db - dc)
    square = rb / (db * db) - cubic * db
    return a + (math.sqrt(square * square - 3.0 * cubic * ga) - square) / (3.0 * cubic)


def check_wolfe(options: Any, _: Mapping[str, Any]) -> None:
    """Refuse conditions that no step need fulfil, see `Method.check`."""
    if not 0.0 < options.c1 < options.c2 < 1.0:
        raise ValueError(
            f"'c1' and 'c2' do not satisfy '0 < c1 < c2 < 1', got c1 = {options.c1:g} and c2 = {options.c2:g}"
        )


#: For `Method.delegates`.
SEARCH = (f"{__name__}:search_size", f"{__name__}:first_size")
begin_search, go_on_searching, search_size = delegated(
    wolfe_search, ROW, *3 * (_VECTOR,), *7 * (_REAL,), _VECTOR, _VECTOR
)
