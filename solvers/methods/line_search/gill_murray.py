"""Gill and Murray's line search with derivatives: cubics where they gain, safeguards where they do not.

With phi(a) the objective a steps along a direction of descent, a step is wanted where::

    phi(a) <= phi(0) + c1 a phi'(0),   |phi'(a)| <= eta |phi'(0)|

An interval of uncertainty has the lowest point known at one of its ends. The next trial is the minimum of the
cubic through that point and the one before it, if that lies within bounds which shrink fast enough; else the
interval is halved, or divided where its two ends are of different sizes, and as long as it has no upper end
trials go five times as far each. Where phi falls too little, the value at the trial is taken for that of a
line whose slope a secant of phi less the chord says, so that trials come nearer. Where phi is undefined, the
interval ends, and is halved.

The search is a state machine on a vector of numbers, so whoever asks for values can do so in a loop.

References
----------
.. [1] P. Gill, W. Murray, "Safeguarded steplength algorithms for optimization using descent methods",
   Report NAC 37, National Physical Laboratory, 1974.
.. [2] S. Nash, "Newton-type minimization via the Lanczos method", SIAM Journal on Numerical Analysis 21
   (1984) 770-788, and the program TN that goes with it, for tolerances and factors.
"""

import math

from solvers.arrays import Array
from solvers.kernels.compiling import called, strict

#: Places in the vector: the trial; the lowest point with value and slope, and the one that was it before, or
#: the last trial that was not lower; the interval, and whether its upper end is known.
TRIAL, BEST, FUN, SLOPE, OTHER, _F2, _G2, _LOW, _HIGH, _BRACKETED = range(10)
#: The trial's distance from the lowest point; the distance that the next cubic has to halve; how much farther
#: the next trial goes without an upper end, and whether the last one did so.
_STEP, _BEFORE, _FACTOR, _EXTENDED = range(10, 14)
#: The longest step, and where trials are cut off; tolerances of x: in all, relative, absolute, and the least.
_MOST, _LIMIT, _TOL, _RTOL, _ATOL, _LEAST = range(14, 20)
#: phi(0); ``c1 |phi'(0)|``, ``eta |phi'(0)|``; a difference of values that rounding hides.
_START, _DECREASE, _FLAT, _HIDDEN = range(20, 24)
SIZE = 24

#: How a search stands.
GOES_ON, FOUND, FAILED = range(3)

_C1 = 1e-4
_FARTHER = 5.0


@called
def begin(
    search: Array,
    fun: float,
    slope: float,
    first: float,
    most: float,
    eta: float,
    rtol: float,
    atol: float,
    least: float,
    hidden: float,
) -> int:
    """Set a search going from 0, or say that there is none to be made.

    Parameters
    ----------
    search
        (SIZE,)
    fun, slope
        phi(0) and phi'(0), the latter not above 0.
    first, most
        The first trial and the longest step.
    eta
        Of the second condition.
    rtol, atol, least
        How near a step is wanted: relative, absolute, and the least, above 0.
    hidden
        A difference of values that rounding hides.
    """
    for i in range(SIZE):
        search[i] = 0.0
    if not (first > 0.0 and most > least and slope <= 0.0):
        return FAILED
    atol = min(atol, most)
    search[FUN] = search[_F2] = search[_START] = fun
    search[SLOPE] = search[_G2] = slope
    search[_HIGH] = most + rtol * most + atol
    search[_BEFORE] = 2.0 * search[_HIGH]
    search[_FACTOR] = _FARTHER
    search[_MOST] = search[_LIMIT] = most
    search[_TOL] = search[_ATOL] = atol
    search[_RTOL], search[_LEAST], search[_HIDDEN] = rtol, least, hidden
    search[_DECREASE], search[_FLAT] = -_C1 * slope, -eta * slope
    return _try(search, first)


@called
def go_on(search: Array, fun: float, slope: float) -> int:
    """Take in phi and phi' at the trial; the value is infinite where either is undefined."""
    _take(search, fun, slope)
    best = search[BEST]
    low, high = search[_LOW] - best, search[_HIGH] - best
    middle = 0.5 * (low + high)
    narrow = abs(middle) <= 2.0 * search[_TOL] - 0.5 * (high - low)
    at_most = search[_BRACKETED] != 0.0 and abs(best - search[_MOST]) <= search[_TOL]
    if narrow or (abs(search[SLOPE]) <= search[_FLAT] and search[FUN] < search[_START] and not at_most):
        if best != 0.0:
            return FOUND
        if abs(search[_START] - search[_F2]) <= search[_HIDDEN] or 0.1 * search[_TOL] < search[_LEAST]:
            return FAILED
        for place in (_TOL, _RTOL, _ATOL):  # nothing lower yet, though rounding does not say so
            search[place] *= 0.1
    return _try(search, _next(search, low, high, middle))


@strict
def _take(search: Array, fun: float, slope: float) -> None:
    """Let a trial in: it is the lowest point now, or an end of the interval."""
    u, best = search[TRIAL], search[BEST]
    if fun <= search[FUN]:
        chord = search[_START] - u * search[_DECREASE]
        if fun <= chord:
            search[OTHER], search[_F2], search[_G2] = best, search[FUN], search[SLOPE]
            search[BEST], search[FUN], search[SLOPE] = u, fun, slope
            if slope <= 0.0:
                search[_LOW] = u
            else:
                search[_HIGH], search[_BRACKETED] = u, 1.0
            search[_TOL] = abs(u) * search[_RTOL] + search[_ATOL]
            return
        fell = search[_START] - best * search[_DECREASE] - search[FUN]
        if best == 0.0:
            slope = -search[SLOPE]
        else:
            slope = (
                search[SLOPE] * (chord - fun) / (fell if abs(fell) >= 1e-15 else math.copysign(1e-15, fell))
            )
        fun = max(0.5 * (u - best) * (search[SLOPE] + slope) + search[FUN], search[FUN])
    if u < best:
        search[_LOW] = u
    else:
        search[_HIGH], search[_BRACKETED] = u, 1.0
    search[OTHER], search[_F2], search[_G2] = u, fun, slope


@strict
def _next(search: Array, low: float, high: float, middle: float) -> float:
    """The next step from the lowest point, which the interval's ends and middle are given relative to."""
    other, tol, bracketed = search[OTHER] - search[BEST], search[_TOL], search[_BRACKETED] != 0.0
    step, least, most = middle, low, high
    if not bracketed:
        step = min(-search[_FACTOR] * other, search[_LIMIT] - search[BEST])
        if step != search[_LIMIT] - search[BEST]:
            search[_FACTOR] *= _FARTHER
    elif search[_F2] < math.inf and ((low == 0.0 and other < 0.0) or (high == 0.0 and other > 0.0)):
        step = _divide(other, high if low == 0.0 else low)
    if step != middle:
        least, most = (step, high) if step <= 0.0 else (low, step)
    cubic = _cubic(search, other) if abs(search[_BEFORE]) > tol and search[_F2] < math.inf else math.nan
    if least < cubic < most and abs(cubic) > 0.5 * abs(search[_BEFORE]):
        if search[_EXTENDED] == 0.0 or bracketed:
            search[_BEFORE] = search[_STEP]
        search[_EXTENDED] = 0.0
        if cubic - low < 2.0 * tol or high - cubic < 2.0 * tol:  # not too near the ends
            return math.copysign(tol, middle)
        return cubic
    search[_BEFORE] = high - low
    search[_EXTENDED] = 0.0 if bracketed else 1.0
    return step


@strict
def _divide(other: float, end: float) -> float:
    """A step towards an end of the interval, by how far off the other point is on the other side."""
    ratio = -other / end
    if ratio < 1.0:
        return 0.5 * end * math.sqrt(ratio)
    return 5.0 * end * (0.1 + 1.0 / ratio) / 11.0


@strict
def _cubic(search: Array, other: float) -> float:
    """The step to the minimum of the cubic through the lowest point and the other, NaN where it has none."""
    g, g2 = search[SLOPE], search[_G2]
    r = 3.0 * (search[FUN] - search[_F2]) / other + g + g2
    s = math.sqrt(abs(g)) * math.sqrt(abs(g2))
    root = math.hypot(r, s)
    if (g > 0.0) == (g2 > 0.0):
        root = math.sqrt(abs(r + s)) * math.sqrt(abs(r - s)) if abs(r) >= s else math.nan
    root = math.copysign(root, other)
    return float(other * (r + root - g) / (g2 - g + 2.0 * root))


@strict
def _try(search: Array, step: float) -> int:
    """Ask for the values a step from the lowest point, but not too near to it, nor beyond the limit."""
    limit, tol = search[_LIMIT] - search[BEST], search[_TOL]
    if step >= limit:
        step = limit
        search[_LIMIT] -= (search[_RTOL] * search[_MOST] + search[_ATOL]) / (1.0 + search[_RTOL])
    search[_STEP] = step
    search[TRIAL] = search[BEST] + (step if abs(step) >= tol else math.copysign(tol, step))
    return GOES_ON
