"""Newton's method, and Halley's where there is a second derivative.

The next point is where the tangent is zero; Halley's step is Newton's divided by ``1 - f f'' / (2 f'^2)``
where that does not turn it round [1]_. Both end where a step is within ``xtol + rtol |x|``, with the point
that it leads to, which is not evaluated any more, as SciPy does. A trial at which the function is not
defined is tried again half as far.

References
----------
.. [1] J. Traub, Iterative Methods for the Solution of Equations, 1964, 5.2.
"""

import math

from solvers.arrays import Array
from solvers.kernels.compiling import rule, strict
from solvers.methods.scalar.memory import (
    CONVERGED,
    CURVATURE,
    LIMIT,
    MAXITER,
    SEEN,
    SINGULAR,
    SLOPE,
    STEPS,
    UNDEFINED,
    ZERO,
    X,
    allowance,
    ask,
    halve,
    note,
)
from solvers.methods.scalar.stepping import Rule


@strict
def _next(memory: Array, value: float, correction: float) -> int:
    """Go on from a value; the step is Newton's divided by 1 - correction."""
    slope = memory[SLOPE]
    memory[SEEN] += 1
    if not (math.isfinite(value) and (value == 0.0 or math.isfinite(slope))):
        return UNDEFINED if memory[SEEN] == 1 else halve(memory)
    x = memory[X]
    note(memory, x, value)
    if value == 0.0:
        return ZERO
    memory[STEPS] += 1
    if slope == 0.0:
        return SINGULAR
    step = value / slope
    if abs(correction) < 1.0:
        step /= 1.0 - correction
    trial = x - step
    converged = abs(trial - x) <= allowance(memory, x)
    if converged or memory[STEPS] >= memory[MAXITER]:
        note(memory, trial, math.nan)
        return CONVERGED if converged else LIMIT
    return ask(memory, trial)


@rule
def _newton(memory: Array, value: float) -> int:
    return _next(memory, value, 0.0)


@rule
def _halley(memory: Array, value: float) -> int:
    return _next(memory, value, 0.5 * value * memory[CURVATURE] / (memory[SLOPE] * memory[SLOPE]))


NEWTON, HALLEY = Rule("newton", _newton, order=1), Rule("halley", _halley, order=2)
