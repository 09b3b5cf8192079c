"""A minimum put between three points: downhill, each step longer than the one before.

A parabola through the last three points says where to look next; where it does not help, or leads farther
than `_GROW_LIMIT` times the last step, the step grows by the golden ratio [1]_. Three points given instead
are evaluated and checked.

References
----------
.. [1] W. Press et al., Numerical Recipes, 3rd ed., 2007, 10.1, "Initially bracketing a minimum". Factors and
   limits are those of ``scipy.optimize.bracket``, as is that the least denominator is positive.
"""

import math

from solvers.arrays import Array
from solvers.kernels.compiling import strict
from solvers.methods.scalar.memory import (
    GIVEN,
    NO_BRACKET,
    RUNNING,
    SEEN,
    UNBOUNDED,
    UNDEFINED,
    VALUE,
    X,
    ask,
    note,
)

#: The three points, of which the middle one is the lowest in the end, and their values.
A, B, C, FA, FB, FC = range(GIVEN, GIVEN + 6)
# What the value that comes next is for; how many steps there were.
_PHASE, _STEPS = GIVEN + 6, GIVEN + 7
#: Where a method's own numbers begin. What it begins with is 0.
OWN = GIVEN + 8

_INSIDE, _BEYOND, _STEP = 1.0, 2.0, 3.0
_GOLDEN, _GROW_LIMIT, _MAX_STEPS = 1.618034, 110.0, 1000
_TINY = 1e-21


@strict
def is_open(memory: Array) -> bool:
    """Whether the bracket has yet to be found."""
    return bool(memory[_PHASE] >= 0.0)


@strict
def open_bracket(memory: Array, value: float) -> int:
    """Take the next value; RUNNING with no question asked, and `is_open` false, once there is a bracket."""
    memory[SEEN] += 1
    undefined = math.isnan(value) or value == -math.inf
    if memory[SEEN] == 1 or (value < memory[VALUE] and not undefined):
        note(memory, memory[X], value)
    if undefined:
        return UNDEFINED if math.isnan(value) else UNBOUNDED
    x, given = memory[X], memory[SEEN] <= 3 and not math.isnan(memory[C])
    if memory[SEEN] == 1:
        memory[FA] = value
        return ask(memory, memory[B])
    if memory[SEEN] == 2:
        memory[FB] = value
        return ask(memory, memory[C] if given else _downhill(memory))
    if memory[SEEN] > 3:
        return _take(memory, x, value)
    memory[C], memory[FC] = x, value
    if not given:
        return _look_on(memory)
    ordered = memory[A] < memory[B] < memory[C] or memory[A] > memory[B] > memory[C]
    lowest = memory[FB] < memory[FA] and memory[FB] < memory[FC]  # of those given, strictly, as in SciPy
    return _close(memory) if ordered and lowest else NO_BRACKET


@strict
def _downhill(memory: Array) -> float:
    """Let B be the lower one of A and B; a point beyond it."""
    if memory[FA] < memory[FB]:
        memory[A], memory[FA], memory[B], memory[FB] = memory[B], memory[FB], memory[A], memory[FA]
    return float(memory[B] + _GOLDEN * (memory[B] - memory[A]))


@strict
def _look_on(memory: Array) -> int:
    """Ask where to look next, if C is lower than B."""
    a, b, c = memory[A], memory[B], memory[C]
    if not memory[FC] < memory[FB]:
        return _close(memory)
    if memory[_STEPS] >= _MAX_STEPS:
        return NO_BRACKET
    memory[_STEPS] += 1
    r, q = (b - a) * (memory[FB] - memory[FC]), (b - c) * (memory[FB] - memory[FA])
    u = b - ((b - c) * q - (b - a) * r) / (2.0 * (q - r if abs(q - r) >= _TINY else _TINY))
    limit = b + _GROW_LIMIT * (c - b)
    if (b - u) * (u - c) > 0.0:
        memory[_PHASE] = _INSIDE
    elif (c - u) * (u - limit) > 0.0:
        memory[_PHASE] = _BEYOND
    else:
        memory[_PHASE] = _STEP
        u = limit if (u - limit) * (limit - c) >= 0.0 else c + _GOLDEN * (c - b)
    return ask(memory, u)


@strict
def _take(memory: Array, u: float, value: float) -> int:
    """Let a value in."""
    phase = memory[_PHASE]
    if phase == _INSIDE and value < memory[FC]:
        memory[A], memory[FA], memory[B], memory[FB] = memory[B], memory[FB], u, value
        return _close(memory)
    if phase == _INSIDE and value > memory[FB]:
        memory[C], memory[FC] = u, value
        return _close(memory)
    if phase == _BEYOND and value < memory[FC]:
        memory[B], memory[FB], memory[C], memory[FC] = memory[C], memory[FC], u, value
    if phase == _INSIDE or (phase == _BEYOND and memory[C] == u):
        memory[_PHASE] = _STEP
        return ask(memory, memory[C] + _GOLDEN * (memory[C] - memory[B]))
    memory[A], memory[FA], memory[B], memory[FB] = memory[B], memory[FB], memory[C], memory[FC]
    memory[C], memory[FC] = u, value
    return _look_on(memory)


@strict
def _close(memory: Array) -> int:
    """End with a bracket in which B is lower than one end, and not higher than the other."""
    fa, fb, fc = memory[FA], memory[FB], memory[FC]
    memory[_PHASE] = -1.0
    return RUNNING if fb <= fa and fb <= fc and (fb < fa or fb < fc) else NO_BRACKET
