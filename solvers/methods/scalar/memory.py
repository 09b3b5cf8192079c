"""What a rule for one unknown remembers: a vector whose first places mean the same in all of them."""

from solvers.arrays import Array
from solvers.kernels.compiling import strict
from solvers.status import Status

#: Where to evaluate next; the best point so far and its value; steps made; how many values have come in.
X, BEST, VALUE, STEPS, SEEN = range(5)
#: The numbers that a search begins with: a start or two, or the two or three points of a bracket. Rules
#: are free to use these places, and the ones behind them, for whatever else they remember.
GIVEN = 5
#: How long a memory is.
SIZE = 24

# Compiled code knows numbers, not members of an Enum.
RUNNING, CONVERGED, ZERO = int(Status.RUNNING), int(Status.STEP), int(Status.ZERO)
LIMIT, UNDEFINED = int(Status.ITERATION_LIMIT), int(Status.NON_FINITE)
NO_BRACKET, SINGULAR, UNBOUNDED = int(Status.NO_BRACKET), int(Status.SINGULAR), int(Status.UNBOUNDED)


@strict
def note(memory: Array, x: float, value: float) -> None:
    """Take a point as the best so far."""
    memory[BEST], memory[VALUE] = x, value


@strict
def ask(memory: Array, x: float) -> int:
    """Ask for the value at x."""
    memory[X] = x
    return RUNNING


@strict
def halve(memory: Array, maxiter: int) -> int:
    """Ask for a value half as far from the best point, where the last one was not defined."""
    if memory[STEPS] >= maxiter:
        return LIMIT
    memory[STEPS] += 1
    return ask(memory, 0.5 * (memory[BEST] + memory[X]))
