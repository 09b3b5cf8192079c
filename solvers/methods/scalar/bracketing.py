"""What all methods that keep a sign change between two points begin with, and the test that they end with."""

import math

from solvers.arrays import Array
from solvers.kernels.compiling import strict
from solvers.methods.scalar.memory import GIVEN, NO_BRACKET, RUNNING, SEEN, UNDEFINED, ZERO, ask, note

#: The ends of the bracket; a number that a method may be given with them; and the values at the ends.
A, B, EXTRA, FA, FB = range(GIVEN, GIVEN + 5)
#: Where a method's own numbers begin.
OWN = GIVEN + 5


@strict
def open_bracket(memory: Array, value: float) -> int:
    """Take the values at both ends, in the first two calls; how that ended, or RUNNING."""
    memory[SEEN] += 1
    if memory[SEEN] == 1:
        memory[FA] = value
        note(memory, memory[A], value)
        return UNDEFINED if math.isnan(value) else ZERO if value == 0.0 else ask(memory, memory[B])
    memory[FB] = value
    if math.isnan(value):
        return UNDEFINED
    if value == 0.0 or abs(value) < abs(memory[FA]):
        note(memory, memory[B], value)
    if value == 0.0:
        return ZERO
    return NO_BRACKET if (value > 0.0) == (memory[FA] > 0.0) else RUNNING
