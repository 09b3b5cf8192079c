"""Algorithm 748: inverse cubic interpolation in a bracket that at least halves with every step.

A step takes k points by interpolation: where the inverse cubic through the bracket's ends and the last two
points that left it is zero, or, where their values are not all different, by Newton steps on a parabola. Then
comes one secant step of double length from the better end, to bring the other one near too, and the middle
where all that has not halved the bracket. The very first point is the secant's, a step of its own, as SciPy
counts. A formula whose point is not between the ends gives way to the middle, so infinite values do no harm.

From the second step on it ends where the bracket is within ``xtol + rtol |b|``, b being its right end, as
SciPy's does, though not only after whole steps; and with the better end, whose value is known, not with the
middle. ``k = 2`` is Algorithm 4.2 of [1]_, ``k = 1``, the default as in SciPy, Algorithm 4.1. Values are
different if they are not equal, whatever their scale, so that a factor changes nothing.

References
----------
.. [1] G. Alefeld, F. Potra, Y. Shi, Algorithm 748: Enclosing zeros of continuous functions, ACM TOMS 21
   (1995) 327-344.
"""

import math

from solvers.arrays import Array
from solvers.kernels.compiling import rule, strict
from solvers.methods.scalar.bracketing import EXTRA, FA, FB, OWN, A, B, open_bracket
from solvers.methods.scalar.memory import (
    CONVERGED,
    LIMIT,
    MAXITER,
    RUNNING,
    SEEN,
    STEPS,
    UNDEFINED,
    ZERO,
    X,
    allowance,
    ask,
    note,
)
from solvers.methods.scalar.stepping import Rule

# The point that left the bracket last, the one before it, and their values; how long the bracket was when the
# step began; and which point of the step is asked for: the interpolated ones are numbered from 2.
_D, _FD, _E, _FE, _LENGTH, _POINT = range(OWN, OWN + 6)
_FIRST, _SECANT, _MIDDLE = 1.0, -1.0, -2.0
#: By how much a step has to shorten the bracket ([1]_, mu), and how near to its ends points may be, in
#: tolerances ([1]_, lambda).
_SHORTER, _NEAR = 0.5, 0.7


@rule
def _step(memory: Array, value: float) -> int:
    if memory[SEEN] < 2:
        ended = open_bracket(memory, value)
        if ended != RUNNING or memory[SEEN] < 2:
            return ended
        if memory[A] > memory[B]:
            memory[A], memory[FA], memory[B], memory[FB] = memory[B], memory[FB], memory[A], memory[FA]
        memory[_D] = memory[_FD] = memory[_E] = memory[_FE] = math.nan
        memory[_POINT], memory[STEPS] = _FIRST, 1  # a step of its own, as SciPy counts
        return _ask_inside(memory, _secant(memory, 1.0))
    if math.isnan(value):
        return UNDEFINED
    _shrink(memory, memory[X], value)
    first = abs(memory[FA]) < abs(memory[FB])
    note(memory, memory[A] if first else memory[B], memory[FA] if first else memory[FB])
    if value == 0.0:
        return ZERO
    if memory[STEPS] > 1 and memory[B] - memory[A] <= allowance(memory, memory[B]):
        return CONVERGED
    return _ask_next(memory)


@strict
def _ask_next(memory: Array) -> int:
    """Ask for the next point of the step, or begin another."""
    point = memory[_POINT]
    if point >= 2.0 and point < memory[EXTRA] + 1.0:
        memory[_POINT] = point + 1.0
        return _ask_inside(memory, _interpolate(memory, int(point) + 1))
    if point >= 2.0:
        memory[_POINT] = _SECANT
        return _ask_inside(memory, _secant(memory, 2.0))
    if point == _SECANT and memory[B] - memory[A] >= _SHORTER * memory[_LENGTH]:
        memory[_POINT] = _MIDDLE
        return ask(memory, _middle(memory))
    if memory[STEPS] >= memory[MAXITER]:
        return LIMIT
    memory[STEPS] += 1
    memory[_LENGTH], memory[_POINT] = memory[B] - memory[A], 2.0
    return _ask_inside(memory, _interpolate(memory, 2))


@strict
def _ask_inside(memory: Array, x: float) -> int:
    """Ask for a point of the bracket, not too near to its ends; its middle where x is none."""
    a, b = memory[A], memory[B]
    first, last = a + _NEAR * allowance(memory, a), b - _NEAR * allowance(memory, b)
    if not a <= x <= b or first > last:
        return ask(memory, _middle(memory))
    x = min(max(x, first), last)
    return ask(memory, x if a < x < b else _middle(memory))


@strict
def _middle(memory: Array) -> float:
    return float(0.5 * memory[A] + 0.5 * memory[B])  # a + b may be too large


@strict
def _between(memory: Array, x: float) -> float:
    """A point that is not between the ends says nothing: NaN."""
    return x if memory[A] < x < memory[B] else math.nan


@strict
def _shrink(memory: Array, x: float, value: float) -> None:
    """Let a point take the place of the end with its sign; that end is the last to have left."""
    memory[_E], memory[_FE] = memory[_D], memory[_FD]
    if (value > 0.0) == (memory[FB] > 0.0):
        memory[_D], memory[_FD], memory[B], memory[FB] = memory[B], memory[FB], x, value
    else:
        memory[_D], memory[_FD], memory[A], memory[FA] = memory[A], memory[FA], x, value


@strict
def _secant(memory: Array, length: float) -> float:
    """A secant step of so many times the length from the better end; NaN where that says nothing.

    A step of double length says something if it is not nothing and half the bracket at most.
    """
    a, b, fa, fb = memory[A], memory[B], memory[FA], memory[FB]
    better, value = (a, fa) if abs(fa) < abs(fb) else (b, fb)
    step = length * value * ((b - a) / (fb - fa))
    if length == 1.0:
        return _between(memory, better - step)
    return float(better - step) if 0.0 < abs(step) <= 0.5 * (b - a) else math.nan


@strict
def _interpolate(memory: Array, newton_steps: int) -> float:
    """The zero of the inverse cubic if that is in the bracket, else of the parabola by some Newton steps."""
    fa, fb, fd, fe = memory[FA], memory[FB], memory[_FD], memory[_FE]
    distinct = fd not in (fa, fb) and fe not in (fa, fb, fd) and math.isfinite(fe)
    x = _cubic(memory) if distinct else math.nan
    return x if memory[A] < x < memory[B] else _between(memory, _quadratic(memory, newton_steps))


@strict
def _cubic(memory: Array) -> float:
    """By Neville's scheme ([1]_, ipzero)."""
    a, b, d, e = memory[A], memory[B], memory[_D], memory[_E]
    fa, fb, fd, fe = memory[FA], memory[FB], memory[_FD], memory[_FE]
    q11, q21, q31 = (d - e) * fd / (fe - fd), (b - d) * fb / (fd - fb), (a - b) * fa / (fb - fa)
    d21, d31 = (b - d) * fd / (fd - fb), (a - b) * fb / (fb - fa)
    q22, q32, d32 = (d21 - q11) * fb / (fe - fb), (d31 - q21) * fa / (fd - fa), (d31 - q21) * fd / (fd - fa)
    return float(a + (q31 + q32 + (d32 - q22) * fa / (fe - fa)))  # corrections first: they are small


@strict
def _quadratic(memory: Array, newton_steps: int) -> float:
    """By Newton steps from the end where they cannot overshoot ([1]_, Newton-Quadratic)."""
    a, b, d = memory[A], memory[B], memory[_D]
    slope = (memory[FB] - memory[FA]) / (b - a)
    bend = ((memory[_FD] - memory[FB]) / (d - b) - slope) / (d - a)
    if bend == 0.0 or not math.isfinite(bend):
        return float(a - memory[FA] / slope)
    x = a if bend * memory[FA] > 0.0 else b
    for _ in range(newton_steps):
        value = memory[FA] + (slope + bend * (x - b)) * (x - a)
        x -= value / (slope + bend * (2.0 * x - a - b))
    return float(x)


TOMS748 = Rule("toms748", _step)
