"""Moré and Thuente's line search: a step that fulfils the strong Wolfe conditions, with safeguards.

With phi(a) the objective a steps along a direction of descent, a step is wanted where::

    phi(a) <= phi(0) + c1 a phi'(0)        (sufficient decrease)
    |phi'(a)| <= c2 |phi'(0)|              (curvature)

An interval is kept that has such a step in it; trials are minima of cubics and parabolas through what
is known at its ends, and in the first stage those of phi(a) - phi(0) - c1 a phi'(0), which leads to a step
of sufficient decrease where there is one. Where phi is undefined, the search turns back half way.

References
----------
.. [1] J. Moré, D. Thuente, "Line search algorithms with guaranteed sufficient decrease", ACM Transactions
   on Mathematical Software 20 (1994) 286-307.
"""

import math
from collections.abc import Iterator

from solvers.arrays import Array
from solvers.coroutines.row import FUN, GRADIENT, OBJECTIVE, Row
from solvers.kernels.compiling import strict
from solvers.methods.vectors import dot, move

#: [1] section 4: how far trials may go towards the far end, and how much the interval must shrink in two.
_NEARER, _SHRINKS = 0.66, 0.66
#: [1] section 2: without an interval the next trial is this much further than the last step from the best.
_STEP_UP_LEAST, _STEP_UP_MOST = 1.1, 4.0
_MAXITER = 100
#: Relative distance from the best step at which turning back from an undefined one ends.
_CLOSE = 1e-10


def more_thuente(
    row: Row,
    base: Array,
    direction: Array,
    fun: float,
    slope: float,
    first: float,
    c1: float,
    c2: float,
    xtol: float,
    least: float,
    most: float,
    found: Array,
) -> Iterator[int]:
    """Search from a base along a direction.

    Parameters
    ----------
    row
        Where to ask; at the end its objective and gradient are those of the step found.
    base, direction
        (n,)
    fun, slope
        The objective at the base and its derivative along the direction, below 0.
    first
        The first trial.
    c1, c2, xtol
        Of the conditions; the relative width of an interval that is given up.
    least, most
        Bounds of the step.
    found
        (2,) the step, NaN where there is none; 1 where it fulfils the conditions, 0 where the interval has
        become too short for that. While it asks, the trial.
    """
    found[1] = 0.0
    step = min(max(first, least), most)
    enough = c1 * slope
    # The best step so far and the other end of the interval: steps, values, slopes.
    a, fa, ga = 0.0, fun, slope
    b, fb, gb = 0.0, fun, slope
    bracketed, first_stage = False, True
    low, high = 0.0, step + _STEP_UP_MOST * step
    width = most - least
    width_before = 2.0 * width
    for _ in range(_MAXITER):
        move(base, step, direction, row.x)
        found[0] = step
        yield OBJECTIVE | GRADIENT
        f = row.numbers[FUN]
        if not math.isfinite(f):  # beyond the domain: back towards the best
            found[0] = math.nan
            most = high = step
            if not abs(step - a) > _CLOSE * step:
                return
            step = a + 0.5 * (step - a)
            continue
        g = dot(row.gradient, direction)
        target = fun + step * enough
        if first_stage and f <= target and g >= min(c1, c2) * slope:
            first_stage = False
        if f <= target and abs(g) <= c2 * -slope:
            found[1] = 1.0
            return
        stuck = bracketed and (step <= low or step >= high or high - low <= xtol * high)
        at_most = step == most and f <= target and g <= enough
        if stuck or at_most or (step == least and (f > target or g >= enough)):
            return
        if first_stage and f <= fa and f > target:
            guess, bracketed, a, fa, ga, b, fb, gb = _next(
                a, fa - a * enough, ga - enough, b, fb - b * enough, gb - enough,
                step, f - step * enough, g - enough, bracketed, low, high,
            )  # fmt: skip
            fa, ga, fb, gb = fa + a * enough, ga + enough, fb + b * enough, gb + enough
        else:
            guess, bracketed, a, fa, ga, b, fb, gb = _next(
                a, fa, ga, b, fb, gb, step, f, g, bracketed, low, high
            )
        if bracketed:
            if abs(b - a) >= _SHRINKS * width_before:
                guess = a + 0.5 * (b - a)
            width_before, width = width, abs(b - a)
            low, high = min(a, b), max(a, b)
        else:
            low = guess + _STEP_UP_LEAST * (guess - a)
            high = guess + _STEP_UP_MOST * (guess - a)
        step = min(max(guess, least), most)
        if bracketed and (step <= low or step >= high or high - low <= xtol * high):
            if a == found[0]:  # which was tried just now
                return
            step = a


@strict
def _next(
    a: float,
    fa: float,
    ga: float,
    b: float,
    fb: float,
    gb: float,
    step: float,
    f: float,
    g: float,
    bracketed: bool,
    low: float,
    high: float,
) -> tuple[float, bool, float, float, float, float, float, float]:
    """Choose the next trial, [1] section 4, and shrink the interval, [1] section 2 (4).

    Returns it, whether there is an interval now, and its ends: steps, values and slopes, the best first.
    """
    opposite = g * (ga / abs(ga)) < 0.0
    if f > fa:  # case 1: a minimum lies between; the cubic's is the better of two close ones
        cubic, parabola = _cubic(a, fa, ga, step, f, g), _parabola(a, fa, ga, step, f)
        near = abs(cubic - a) < abs(parabola - a)
        trial = cubic if near else cubic + 0.5 * (parabola - cubic)
        bracketed = True
    elif opposite:  # case 2: between as well
        cubic, secant = _cubic(a, fa, ga, step, f, g), _secant(a, ga, step, g)
        trial = cubic if abs(cubic - step) > abs(secant - step) else secant
        bracketed = True
    elif abs(g) < abs(ga):  # case 3: further, by a cubic that may have no minimum there
        cubic, secant = _cubic_beyond(a, fa, ga, step, f, g, low, high), _secant(a, ga, step, g)
        if bracketed:
            trial = cubic if abs(cubic - step) < abs(secant - step) else secant
            limit = step + _NEARER * (b - step)
            trial = min(limit, trial) if step > a else max(limit, trial)
        else:
            trial = cubic if abs(cubic - step) > abs(secant - step) else secant
            trial = min(max(trial, low), high)
    elif bracketed:  # case 4: falling no less steeply
        trial = _cubic(b, fb, gb, step, f, g)
    else:
        trial = high if step > a else low
    if f > fa:
        return trial, bracketed, a, fa, ga, step, f, g
    if opposite:
        return trial, bracketed, step, f, g, a, fa, ga
    return trial, bracketed, step, f, g, b, fb, gb


@strict
def _cubic(a: float, fa: float, ga: float, b: float, fb: float, gb: float) -> float:
    """Minimum of the cubic through values and slopes at a and b; N&W (3.59)."""
    theta = 3.0 * (fa - fb) / (b - a) + ga + gb
    size = max(abs(theta), abs(ga), abs(gb))
    root = size * math.sqrt(max(0.0, (theta / size) ** 2 - (ga / size) * (gb / size)))
    gamma = root if b > a else -root
    return a + (gamma - ga + theta) / (gamma - ga + gamma + gb) * (b - a)


@strict
def _cubic_beyond(
    a: float, fa: float, ga: float, b: float, fb: float, gb: float, low: float, high: float
) -> float:
    """Minimum of the cubic where it lies beyond b, seen from a; else the limit on that side."""
    theta = 3.0 * (fa - fb) / (b - a) + ga + gb
    size = max(abs(theta), abs(ga), abs(gb))
    root = size * math.sqrt(max(0.0, (theta / size) ** 2 - (ga / size) * (gb / size)))
    gamma = -root if b > a else root
    share = (gamma - gb + theta) / (gamma + (ga - gb) + gamma)
    if share < 0.0 and gamma != 0.0:
        return b + share * (a - b)
    return high if b > a else low


@strict
def _parabola(a: float, fa: float, ga: float, b: float, fb: float) -> float:
    """Minimum of the parabola through the values at a and b and the slope at a."""
    return a + 0.5 * ga / ((fa - fb) / (b - a) + ga) * (b - a)


@strict
def _secant(a: float, ga: float, b: float, gb: float) -> float:
    """Zero of the line through the slopes at a and b."""
    return b + gb / (gb - ga) * (a - b)
