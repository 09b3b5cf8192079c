"""The generalized Cauchy point: where a quadratic model first has a minimum down the projected gradient.

The path ``x(t) = x - t g``, each variable stopped at its bound, is straight between the times t at which one
stops. The model ``g'(z - x) + (z - x)' B (z - x) / 2`` is a parabola on each such stretch; from stretch to
stretch its derivatives are brought up to date with what `Memory` knows of B, a few numbers a variable.

References
----------
.. [1] R. Byrd, P. Lu, J. Nocedal, C. Zhu, "A limited memory algorithm for bound constrained optimization",
   SIAM Journal on Scientific Computing 16 (1995) 1190-1208, section 4, Algorithm CP.
"""

import math

import numpy as np

from solvers.arrays import Array
from solvers.kernels.compiling import called, strict
from solvers.methods.minimize.lbfgsb_memory import Memory, row_of_w, solve, w_transposed
from solvers.methods.vectors import copy, dot, move

_EPS = float(np.finfo(float).eps)


@called
def cauchy_point(
    memory: Memory,
    x: Array,
    gradient: Array,
    lower: Array,
    upper: Array,
    point: Array,
    direction: Array,
    times: Array,
) -> None:
    """Find it.

    Parameters
    ----------
    memory
        With M^-1 factorized; `inner[0]` is left as ``W'(point - x)``.
    x, gradient, lower, upper
        (n,) x within the bounds.
    point
        (n,) the answer; variables that have stopped are at their bounds exactly.
    direction, times
        (n,) to work in.
    """
    theta, size = memory.theta[0], 2 * int(memory.pairs[0])
    # In the letters of [1]: c, p, w and M w.
    shift, along = memory.inner[0][:size], memory.inner[1][:size]
    row, solved = memory.inner[2][:size], memory.inner[3][:size]
    moving = 0
    for i in range(len(x)):
        bound = lower[i] if gradient[i] > 0.0 else upper[i]
        times[i] = (x[i] - bound) / gradient[i] if gradient[i] != 0.0 else math.inf
        direction[i] = -gradient[i] if times[i] > 0.0 else 0.0
        moving += direction[i] != 0.0
    w_transposed(memory, direction, along)
    for j in range(size):
        shift[j] = 0.0
    slope = -dot(direction, direction)
    least_curvature = -_EPS * theta * slope
    copy(along, solved)
    solve(memory, solved)
    curvature = max(least_curvature, -theta * slope - dot(along, solved))
    copy(x, point)
    now = 0.0
    while slope < 0.0 and moving > 0:
        stop = _next_stop(times, direction)
        wait = -slope / curvature
        if stop < 0 or now + wait < times[stop]:
            now += wait
            move(shift, wait, along, shift)
            break
        wait = times[stop] - now
        now = times[stop]
        move(shift, wait, along, shift)
        speed = direction[stop]
        point[stop] = upper[stop] if speed > 0.0 else lower[stop]
        slope += wait * curvature + speed * speed - theta * speed * (point[stop] - x[stop])
        curvature -= theta * speed * speed
        row_of_w(memory, stop, row)
        copy(row, solved)
        solve(memory, solved)
        slope += speed * dot(solved, shift)
        curvature += 2.0 * speed * dot(solved, along) - speed * speed * dot(solved, row)
        curvature = max(least_curvature, curvature)
        move(along, -speed, row, along)
        direction[stop] = 0.0
        moving -= 1
    for i in range(len(x)):
        if direction[i] != 0.0:
            point[i] = min(max(x[i] + now * direction[i], lower[i]), upper[i])


@strict
def _next_stop(times: Array, direction: Array) -> int:
    """Which variable of those that move stops first, -1 where none does."""
    stop, earliest = -1, math.inf
    for i in range(len(times)):
        if direction[i] != 0.0 and times[i] < earliest:
            stop, earliest = i, times[i]
    return stop
