"""What a rule for one unknown remembers: a vector whose first places mean the same in all of them."""

from solvers.arrays import Array
from solvers.kernels.compiling import strict
from solvers.status import Status

#: Absolute and relative tolerance of x, and most steps.
XTOL, RTOL, MAXITER = range(3)
#: Where to evaluate next; first and second derivative there, where the rule uses them.
X, SLOPE, CURVATURE = range(3, 6)
#: The best point so far and its value; steps made; how many values have come in.
BEST, VALUE, STEPS, SEEN = range(6, 10)
#: The numbers that a search begins with: a start or two, or the two or three points of a bracket. Rules
#: are free to use these places, and the ones behind them, for whatever else they remember.
GIVEN = 10
#: How long a memory is.
SIZE = 26

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
def allowance(memory: Array, x: float) -> float:
    """How far x may be off."""
    return float(memory[XTOL] + memory[RTOL] * abs(x))


@strict
def halve(memory: Array) -> int:
    """Ask for a value half as far from the best point, where the last one was not defined."""
    if memory[STEPS] >= memory[MAXITER]:
        return LIMIT
    memory[STEPS] += 1
    return ask(memory, 0.5 * (memory[BEST] + memory[X]))
