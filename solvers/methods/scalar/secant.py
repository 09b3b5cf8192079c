"""The secant method: the next point is where the line through the last two is zero [1]_.

It ends where a step is within ``xtol + rtol |x|``, with the point that it leads to, which is not evaluated
any more; or half-way between two points of equal value, as SciPy does. A trial at which the function is
not defined is tried again half as far.

References
----------
.. [1] J. Traub, Iterative Methods for the Solution of Equations, 1964, 2.2.
"""

import math

from solvers.arrays import Array
from solvers.kernels.compiling import rule, strict
from solvers.methods.scalar.memory import (
    CONVERGED,
    GIVEN,
    LIMIT,
    MAXITER,
    SEEN,
    SINGULAR,
    STEPS,
    UNDEFINED,
    X,
    allowance,
    ask,
    halve,
    note,
)
from solvers.methods.scalar.stepping import Rule

# The two last points, and their values. The search begins with two.
_A, _B, _FA, _FB = range(GIVEN, GIVEN + 4)


@rule
def _step(memory: Array, value: float) -> int:
    memory[SEEN] += 1
    x = memory[X]
    if not math.isfinite(value):
        return UNDEFINED if memory[SEEN] <= 2 else halve(memory)
    note(memory, x, value)
    if memory[SEEN] == 1:
        memory[_FA] = value
        return ask(memory, memory[_B])
    if memory[SEEN] == 2 and abs(value) < abs(
        memory[_FA]
    ):  # as SciPy: the better of the first two goes first
        memory[_B], memory[_FB] = memory[_A], memory[_FA]
        memory[_A], memory[_FA] = x, value
    else:
        if memory[SEEN] > 2:
            memory[_A], memory[_FA] = memory[_B], memory[_FB]
        memory[_B], memory[_FB] = x, value
    return _leave(memory)


@strict
def _leave(memory: Array) -> int:
    """Go to where the line is zero."""
    a, b, fa, fb = memory[_A], memory[_B], memory[_FA], memory[_FB]
    if memory[STEPS] >= memory[MAXITER]:
        return LIMIT
    memory[STEPS] += 1
    if fa == fb:
        note(memory, 0.5 * (a + b), math.nan)
        return CONVERGED if a == b else SINGULAR
    if abs(fb) > abs(fa):  # the smaller value by the larger one, so that nothing overflows
        a, b, fa, fb = b, a, fb, fa
    ratio = fb / fa
    trial = (b - ratio * a) / (1.0 - ratio)
    last = memory[_B]
    if abs(trial - last) <= allowance(memory, last):
        note(memory, trial, math.nan)
        return CONVERGED
    return ask(memory, trial)


SECANT = Rule("secant", _step)
