"""Brent's root finder: interpolation while that gains, bisection where it does not.

Of three points, the best two and the end of the bracket on the other side of the root, a curve is drawn
whose zero is the next trial; where the trial falls too close to the end of the bracket, or steps no longer
halve every second time, the bracket is halved instead [1]_. ``brentq`` draws an inverse parabola,
``brenth`` a hyperbola ``(t - s)/(u t + v)`` [2]_, which has poles where the function may have one.

Both end when half the bracket is within ``(xtol + rtol |x|) / 2``, as SciPy's, not Brent's
``2 eps |x| + t``.

References
----------
.. [1] R. Brent, Algorithms for Minimization without Derivatives, 1973, section 4.2 and p. 58.
.. [2] J. Bus, T. Dekker, Two efficient algorithms with guaranteed convergence for finding a zero of a
   function, ACM TOMS 1 (1975) 330-345.
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
    allowance,
    ask,
    note,
)
from solvers.methods.scalar.stepping import Rule

# A is the point before B, the best one; the root is between B and C. The last two steps.
_C, _FC, _STEP, _BEFORE = OWN, OWN + 1, OWN + 2, OWN + 3


@strict
def _next(memory: Array, value: float, hyperbolic: bool) -> int:
    if memory[SEEN] < 2:
        ended = open_bracket(memory, value)
        if ended != RUNNING or memory[SEEN] < 2:
            return ended
        memory[_FC] = memory[FB]
    elif math.isnan(value):
        return UNDEFINED
    else:
        memory[FB] = value
    _order(memory)
    b, fb = memory[B], memory[FB]
    note(memory, b, fb)
    tolerance, middle = 0.5 * allowance(memory, b), 0.5 * (memory[_C] - b)
    if memory[STEPS] >= memory[MAXITER]:
        return LIMIT
    memory[STEPS] += 1  # counted with the test that ends a search, as SciPy does
    if fb == 0.0:
        return ZERO
    if abs(middle) < tolerance:
        return CONVERGED
    step, before = middle, middle
    if abs(memory[_BEFORE]) > tolerance and abs(memory[FA]) > abs(fb):
        trial = _hyperbola(memory) if hyperbolic else _parabola(memory)
        # Between here and three quarters of the way to C, and no more than half the step before the last.
        if (
            2.0 * abs(trial) < min(abs(memory[_BEFORE]), 3.0 * abs(middle) - tolerance)
            and trial * middle > 0.0
        ):
            step, before = trial, memory[_STEP]
    memory[_STEP], memory[_BEFORE] = step, before
    memory[A], memory[FA] = b, fb
    if abs(step) <= tolerance:
        step = math.copysign(tolerance, middle)
    memory[B] = b + step
    return ask(memory, memory[B])


@strict
def _order(memory: Array) -> None:
    """Let the root lie between B and C, and B be better than C."""
    if (memory[FB] > 0.0) == (memory[_FC] > 0.0):
        memory[_C], memory[_FC] = memory[A], memory[FA]
        memory[_STEP] = memory[_BEFORE] = memory[B] - memory[A]
    if abs(memory[_FC]) < abs(memory[FB]):
        memory[A], memory[FA] = memory[B], memory[FB]
        memory[B], memory[FB] = memory[_C], memory[_FC]
        memory[_C], memory[_FC] = memory[A], memory[FA]


@strict
def _parabola(memory: Array) -> float:
    """The step to the zero of the inverse parabola through A, B and C; of a line where A is C."""
    s = memory[FB] / memory[FA]
    if memory[A] == memory[_C]:
        return float((memory[_C] - memory[B]) * s / (s - 1.0))
    q, r = memory[FA] / memory[_FC], memory[FB] / memory[_FC]
    p = s * ((memory[_C] - memory[B]) * q * (q - r) - (memory[B] - memory[A]) * (r - 1.0))
    return float(-p / ((q - 1.0) * (r - 1.0) * (s - 1.0)))


@strict
def _hyperbola(memory: Array) -> float:
    """The step to the zero of the hyperbola through A, B and C; of a line where A is C."""
    fa, fb, fc = memory[FA], memory[FB], memory[_FC]
    to_a = (fa - fb) / (memory[A] - memory[B])
    if memory[A] == memory[_C]:
        return float(-fb / to_a)
    to_c = (fc - fb) / (memory[_C] - memory[B])
    return float(fb * (fa - fc) / (fc * to_a - fa * to_c))


@rule
def _quadratic(memory: Array, value: float) -> int:
    return _next(memory, value, False)


@rule
def _hyperbolic(memory: Array, value: float) -> int:
    return _next(memory, value, True)


BRENTQ, BRENTH = Rule("brentq", _quadratic), Rule("brenth", _hyperbolic)
