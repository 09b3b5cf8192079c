"""Ridders' method: the false position of a function made straight by an exponential [1]_.

With the middle M of the bracket [A, B], ``f(x) exp(q x)`` can be made linear in A, M and B; where that is
zero is the next point, which lies in the bracket always. Two values a step, and the digits double with
each. It ends where the bracket, or what is left of it beside the new point, is shorter than
``xtol + rtol |x|``; so near the end a point keeps half of that from the bracket's ends. SciPy's does the
same, but with x itself for its size, and evaluates a middle twice whose value is zero. Where values are
infinite, the second point halves what is left.

References
----------
.. [1] C. Ridders, A new algorithm for computing a single root of a real continuous function, IEEE Trans.
   Circuits Syst. 26 (1979) 979-980.
"""

import math

from solvers.arrays import Array
from solvers.kernels.compiling import rule, strict
from solvers.methods.scalar.bracketing import FA, FB, OWN, A, B, open_bracket
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

# The middle and its value; which of the two points of a step is asked for; the tolerance of the last one.
_M, _FM, _AT_MIDDLE, _TOLERANCE = OWN, OWN + 1, OWN + 2, OWN + 3


@rule
def _step(memory: Array, value: float) -> int:
    if memory[SEEN] < 2:
        ended = open_bracket(memory, value)
        if ended != RUNNING or memory[SEEN] < 2:
            return ended
        memory[_TOLERANCE] = allowance(memory, min(abs(memory[A]), abs(memory[B])))
        return _to_middle(memory)
    if math.isnan(value):
        return UNDEFINED
    note(memory, memory[X], value)
    if memory[_AT_MIDDLE]:
        memory[_FM] = value
        return ZERO if value == 0.0 else _to_zero(memory)
    _shrink(memory, memory[X], value)
    memory[_TOLERANCE] = allowance(memory, memory[X])
    if value == 0.0:
        return ZERO
    return CONVERGED if abs(memory[B] - memory[A]) < memory[_TOLERANCE] else _to_middle(memory)


@strict
def _to_middle(memory: Array) -> int:
    if memory[STEPS] >= memory[MAXITER]:
        return LIMIT
    memory[STEPS] += 1
    memory[_M], memory[_AT_MIDDLE] = memory[A] + _half(memory), 1.0
    return ask(memory, memory[_M])


@strict
def _to_zero(memory: Array) -> int:
    """Ask where the straightened function is zero."""
    half, fm = _half(memory), memory[_FM]
    share = 1.0 / math.sqrt(1.0 - (memory[FA] / fm) * (memory[FB] / fm))  # as ratios, which do not overflow
    if not share > 0.0:  # values are infinite: halve what is left
        share = 0.5
    step = -half * share if (memory[FB] > memory[FA]) == (fm > 0.0) else half * share
    most = max(abs(half) - 0.5 * memory[_TOLERANCE], 0.0)
    memory[_AT_MIDDLE] = 0.0
    x = memory[_M] + math.copysign(min(abs(step), most), step)
    low, high = min(memory[A], memory[B]), max(memory[A], memory[B])
    return ask(memory, min(max(x, low), high))  # the sum is rounded


@strict
def _half(memory: Array) -> float:
    return float(0.5 * memory[B] - 0.5 * memory[A])  # b - a may be too large


@strict
def _shrink(memory: Array, x: float, value: float) -> None:
    """Take the shortest bracket of A, B, the middle and the new point."""
    if (value > 0.0) != (memory[_FM] > 0.0):
        memory[A], memory[FA], memory[B], memory[FB] = x, value, memory[_M], memory[_FM]
    elif (value > 0.0) != (memory[FA] > 0.0):
        memory[B], memory[FB] = x, value
    else:
        memory[A], memory[FA] = x, value


RIDDER = Rule("ridder", _step)
