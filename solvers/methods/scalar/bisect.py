"""Bisection: the half of the bracket in which the sign changes, until it is short enough.

It ends with the middle where that is within ``xtol + rtol |x|`` of the end of the bracket, as SciPy's does.
"""

import math

from solvers.arrays import Array
from solvers.kernels.compiling import rule
from solvers.methods.scalar.bracketing import FA, OWN, A, B, open_bracket
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

_WIDTH = OWN  # of the bracket, with its sign


@rule
def _step(memory: Array, value: float) -> int:
    if memory[SEEN] < 2:
        ended = open_bracket(memory, value)
        if ended != RUNNING or memory[SEEN] < 2:
            return ended
        memory[_WIDTH] = memory[B] - memory[A]
    else:
        x = memory[X]
        if math.isnan(value):
            return UNDEFINED
        note(memory, x, value)
        if (value > 0.0) == (memory[FA] > 0.0):
            memory[A] = x
        if value == 0.0:
            return ZERO
        if abs(memory[_WIDTH]) < allowance(memory, x):
            return CONVERGED
    if memory[STEPS] >= memory[MAXITER]:
        return LIMIT
    memory[STEPS] += 1
    memory[_WIDTH] *= 0.5
    return ask(memory, memory[A] + memory[_WIDTH])


BISECT = Rule("bisect", _step)
