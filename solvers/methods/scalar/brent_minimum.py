"""Brent's minimizer: parabolas while they gain, golden sections where they do not.

Through the three lowest points a parabola is drawn; its minimum is the next point if it falls into the
bracket and steps at least halve every second time, else the larger part of the bracket is divided by the
golden ratio [1]_. ``brent`` begins with three points, which it looks for where only two are given;
``bounded`` with the ends of an interval, which it does not evaluate [2]_. Both end where the bracket is
within ``2 (xtol + rtol |x|)`` of the best point.

References
----------
.. [1] R. Brent, Algorithms for Minimization without Derivatives, 1973, section 5.8, localmin.
.. [2] G. Forsythe, M. Malcolm, C. Moler, Computer Methods for Mathematical Computations, 1977, fmin.
"""

import math
from typing import Any

from solvers.arrays import Array
from solvers.kernels.compiling import called, rule, strict
from solvers.methods.scalar.memory import (
    BEST,
    CONVERGED,
    LIMIT,
    MAXITER,
    RUNNING,
    SEEN,
    STEPS,
    UNBOUNDED,
    UNDEFINED,
    VALUE,
    X,
    allowance,
    ask,
    note,
)
from solvers.methods.scalar.minimum_bracket import FB, OWN, A, B, C, is_open, open_bracket
from solvers.methods.scalar.stepping import Rule

# The bracket; the second and third lowest points and their values; the last two steps.
_LOW, _HIGH, _SECOND, _F2, _THIRD, _F3, _LAST, _BEFORE = range(OWN, OWN + 8)
#: The part of an interval that a golden section takes.
_GOLDEN = 0.5 * (3.0 - math.sqrt(5.0))


@called
def from_bracket(memory: Array, value: float) -> int:
    """Find a bracket, then search it."""
    if is_open(memory):
        ended = open_bracket(memory, value)
        if ended != RUNNING or is_open(memory):
            return ended
        low, high = min(memory[A], memory[C]), max(memory[A], memory[C])
        return _begin(memory, low, high, memory[B], memory[FB])
    return _go_on(memory, value)


@called
def in_interval(memory: Array, value: float) -> int:
    """Search an interval."""
    memory[SEEN] += 1
    if memory[SEEN] > 1:
        return _go_on(memory, value)
    memory[STEPS] = 1  # evaluations are what SciPy counts here
    note(memory, memory[X], value)
    if math.isnan(value):
        return UNDEFINED
    return _begin(memory, memory[B], memory[C], memory[X], value)


@strict
def _begin(memory: Array, low: float, high: float, x: float, value: float) -> int:
    memory[_LOW], memory[_HIGH] = low, high
    memory[_SECOND] = memory[_THIRD] = x
    memory[_F2] = memory[_F3] = value
    note(memory, x, value)
    return _next(memory)


@strict
def _go_on(memory: Array, value: float) -> int:
    if math.isnan(value) or value == -math.inf:
        return UNDEFINED if math.isnan(value) else UNBOUNDED
    _take(memory, memory[X], value)
    return _next(memory)


@strict
def _take(memory: Array, u: float, value: float) -> None:
    """Let a point in: shorten the bracket, and keep the three lowest."""
    x, fx = memory[BEST], memory[VALUE]
    if value <= fx:
        memory[_LOW if u >= x else _HIGH] = x
        memory[_THIRD], memory[_F3], memory[_SECOND], memory[_F2] = memory[_SECOND], memory[_F2], x, fx
        note(memory, u, value)
        return
    memory[_LOW if u < x else _HIGH] = u
    if value <= memory[_F2] or memory[_SECOND] == x:
        memory[_THIRD], memory[_F3], memory[_SECOND], memory[_F2] = memory[_SECOND], memory[_F2], u, value
    elif value <= memory[_F3] or memory[_THIRD] in (x, memory[_SECOND]):
        memory[_THIRD], memory[_F3] = u, value


@strict
def _next(memory: Array) -> int:
    """End, or ask for the next point."""
    x, low, high = memory[BEST], memory[_LOW], memory[_HIGH]
    middle, tolerance = 0.5 * (low + high), allowance(memory, x)
    if abs(x - middle) <= 2.0 * tolerance - 0.5 * (high - low):
        return CONVERGED
    if memory[STEPS] >= memory[MAXITER]:
        return LIMIT
    memory[STEPS] += 1
    step = _parabola(memory) if abs(memory[_BEFORE]) > tolerance else math.nan
    if abs(step) < 0.5 * abs(memory[_BEFORE]) and low < x + step < high:
        memory[_BEFORE] = memory[_LAST]
        if min(x + step - low, high - x - step) < 2.0 * tolerance:
            step = math.copysign(tolerance, middle - x)
    else:
        memory[_BEFORE] = (high if x < middle else low) - x
        step = _GOLDEN * memory[_BEFORE]
    memory[_LAST] = step
    return ask(memory, x + (step if abs(step) >= tolerance else math.copysign(tolerance, step)))


@strict
def _parabola(memory: Array) -> float:
    """The step from the best point to the minimum of the parabola through the three."""
    x, fx = memory[BEST], memory[VALUE]
    r = (x - memory[_SECOND]) * (fx - memory[_F3])
    q = (x - memory[_THIRD]) * (fx - memory[_F2])
    p = (x - memory[_THIRD]) * q - (x - memory[_SECOND]) * r
    return float(-p / (2.0 * (q - r)))


@rule
def _brent(memory: Array, value: float) -> int:
    return from_bracket(memory, value)


@rule
def _bounded(memory: Array, value: float) -> int:
    return in_interval(memory, value)


BRENT, BOUNDED = Rule("brent", _brent), Rule("bounded", _bounded)


def first_point(low: Any, high: Any) -> Any:
    """Where a search of an interval begins; of many, where each does."""
    return low + _GOLDEN * (high - low)
