"""Subspace minimization: on from the Cauchy point, leaving the variables that it has at their bounds.

The other variables, free, take the model's minimum, z + d, projected onto the bounds [2]_. Where that does
not lead downhill from x, they go from z towards z + d as far as the bounds let them [1]_. The minimum is ::

    d = -r / theta - W K^-1 W'r / theta^2,   r = g + theta (z - x) - W M W'(z - x)      [1] (5.4), (5.11)

r of the free variables, and 0 of the others. With all of them free it is at ``x - B^-1 g``, for less work.

References
----------
.. [1] R. Byrd, P. Lu, J. Nocedal, C. Zhu, "A limited memory algorithm for bound constrained optimization",
   SIAM Journal on Scientific Computing 16 (1995) 1190-1208, section 5.1.
.. [2] J. Morales, J. Nocedal, "Remark on Algorithm 778: L-BFGS-B", ACM Transactions on Mathematical Software
   38 (2011) 7.
"""

from solvers.arrays import Array
from solvers.kernels.compiling import called, strict
from solvers.methods.minimize.lbfgsb_memory import (
    Memory,
    factorize_free,
    newton_step,
    solve,
    w_times,
    w_transposed,
)
from solvers.methods.vectors import copy

#: How much of a slope's terms must be left in their sum to tell that it is downhill: half of their digits.
#: A search along a line that ended at its minimum comes back to that line otherwise.
_LEVEL = 1e-8


@called
def minimize_freely(
    memory: Memory,
    x: Array,
    gradient: Array,
    lower: Array,
    upper: Array,
    point: Array,
    step: Array,
    target: Array,
) -> bool:
    """Find the target from the Cauchy point; whether rounding let that be.

    Parameters
    ----------
    memory
        With M^-1 factorized and ``inner[0] = W'(point - x)``; neither is needed with all variables free.
    x, gradient, lower, upper, point
        (n,)
    step
        (n,) to work in.
    target
        (n,) the answer.
    """
    n, free = len(x), 0
    for i in range(n):
        free += lower[i] < point[i] < upper[i]
    if free == n:
        newton_step(memory, gradient, step)
        for i in range(n):
            step[i] += x[i] - point[i]
    elif free > 0 and not _free_step(memory, x, gradient, lower, upper, point, step):
        return False
    elif free == 0:
        copy(point, target)
        return True
    uphill, size, length = 0.0, 0.0, 1.0
    for i in range(n):
        target[i] = min(max(point[i] + step[i], lower[i]), upper[i])
        change = (target[i] - x[i]) * gradient[i]
        uphill += change
        size += abs(change)
        if step[i] != 0.0:
            bound = upper[i] if step[i] > 0.0 else lower[i]
            length = min(length, (bound - point[i]) / step[i])
    if uphill > -_LEVEL * size:
        for i in range(n):
            target[i] = min(max(point[i] + length * step[i], lower[i]), upper[i])
    return True


@strict
def _free_step(
    memory: Memory, x: Array, gradient: Array, lower: Array, upper: Array, point: Array, step: Array
) -> bool:
    """Find d, 0 of the variables that are not free."""
    theta, size = memory.theta[0], 2 * int(memory.pairs[0])
    inner = memory.inner[0][:size]
    solve(memory, inner)
    for i in range(len(x)):
        step[i] = 0.0
        if lower[i] < point[i] < upper[i]:
            step[i] = -gradient[i] - theta * (point[i] - x[i]) + w_times(memory, i, inner)
    if not factorize_free(memory, point, lower, upper):
        return False
    w_transposed(memory, step, inner)
    solve(memory, inner)
    for i in range(len(x)):
        if lower[i] < point[i] < upper[i]:
            step[i] = (step[i] + w_times(memory, i, inner) / theta) / theta
    return True
