"""Golden section search: the larger part of a bracket is divided, until the bracket is short enough.

Of a bracket's two inner points the higher one becomes an end, and the other is at the golden ratio in what is
left, so each step takes one value and shortens the bracket by the same factor [1]_. It ends where the bracket
is within ``rtol (|x1| + |x2|)`` of its inner points, as SciPy's does.

References
----------
.. [1] W. Press et al., Numerical Recipes, 3rd ed., 2007, 10.2.
"""

import math

from solvers.arrays import Array
from solvers.kernels.compiling import rule, strict
from solvers.methods.scalar.memory import (
    CONVERGED,
    LIMIT,
    MAXITER,
    RTOL,
    RUNNING,
    STEPS,
    UNBOUNDED,
    UNDEFINED,
    VALUE,
    X,
    ask,
    note,
)
from solvers.methods.scalar.minimum_bracket import FB, OWN, A, B, C, is_open, open_bracket
from solvers.methods.scalar.stepping import Rule

# The ends, the inner points in between and their values; and which of the two is asked for, 1 or 2.
_END1, _P1, _P2, _END2, _F1, _F2, _ASKED = range(OWN, OWN + 7)
_LARGE = 0.61803399
_SMALL = 1.0 - _LARGE


@rule
def _step(memory: Array, value: float) -> int:
    if is_open(memory):
        ended = open_bracket(memory, value)
        return ended if ended != RUNNING or is_open(memory) else _begin(memory)
    if math.isnan(value):
        return UNDEFINED
    if value == -math.inf:
        return UNBOUNDED
    if value < memory[VALUE]:
        note(memory, memory[X], value)
    memory[_F1 if memory[_ASKED] == 1.0 else _F2] = value
    return _next(memory)


@strict
def _begin(memory: Array) -> int:
    """Put a second point into the larger part of the bracket."""
    a, b, c = memory[A], memory[B], memory[C]
    memory[_END1], memory[_END2] = a, c
    if abs(c - b) > abs(b - a):
        memory[_P1], memory[_F1], memory[_P2] = b, memory[FB], b + _SMALL * (c - b)
        memory[_ASKED] = 2.0
        return ask(memory, memory[_P2])
    memory[_P2], memory[_F2], memory[_P1] = b, memory[FB], b - _SMALL * (b - a)
    memory[_ASKED] = 1.0
    return ask(memory, memory[_P1])


@strict
def _next(memory: Array) -> int:
    if abs(memory[_END2] - memory[_END1]) <= memory[RTOL] * (abs(memory[_P1]) + abs(memory[_P2])):
        return CONVERGED
    if memory[STEPS] >= memory[MAXITER]:
        return LIMIT
    memory[STEPS] += 1
    if memory[_F2] < memory[_F1]:
        memory[_END1], memory[_P1], memory[_F1] = memory[_P1], memory[_P2], memory[_F2]
        memory[_P2] = _LARGE * memory[_P1] + _SMALL * memory[_END2]
        memory[_ASKED] = 2.0
        return ask(memory, memory[_P2])
    memory[_END2], memory[_P2], memory[_F2] = memory[_P2], memory[_P1], memory[_F1]
    memory[_P1] = _LARGE * memory[_P2] + _SMALL * memory[_END1]
    memory[_ASKED] = 1.0
    return ask(memory, memory[_P1])


GOLDEN = Rule("golden", _step)
