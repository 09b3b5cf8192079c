"""Lower a quadratic further on the surface of a ball, along arcs in the plane of the step and its gradient.

With p the free part of the step, and u as long as it, orthogonal to it and downhill, the step goes on to
``step + (cos - 1) p + sin u``; with t the tangent of half the angle, a bound or a row is met at a root of a
quadratic in t. The best of up to 20 angles as far as the first one met, at most a right angle, is taken;
where it is the last one, what was met is held, and another arc follows.

Reference: T. Ragonneau, PhD thesis, The Hong Kong Polytechnic University 2022, chapter 6, after M.
Powell's BOBYQA, 2009; SciPy's number of angles.
"""

import math

from solvers.arrays import Array
from solvers.kernels.compiling import called, strict
from solvers.methods.minimize.cobyqa_active import Active, Region, project, span
from solvers.methods.minimize.cobyqa_conjugate import LITTLE, TINY
from solvers.methods.vectors import dot

_FEWEST, _MOST = 3.0, 20.0


@called
def turn(
    hessian: Array, gradient: Array, region: Region, active: Active, gained: float, step: Array, room: Array
) -> None:
    """Lower the quadratic, from where `descend` ended on the ball; room is (4 d,)."""
    d, lower, upper = len(step), region.lower, region.upper
    part, across = room[:d], room[d : 2 * d]
    h_part, h_across = room[2 * d : 3 * d], room[3 * d : 4 * d]
    while active.counts[1] > 0.0:
        project(active, step, part)
        project(active, gradient, across)
        square, outward = dot(part, part), dot(across, part)
        slope = -math.sqrt(max(square * dot(across, across) - outward * outward, 0.0))
        if slope >= -LITTLE * gained or slope >= -TINY:
            return
        for i in range(d):
            across[i] = (outward * part[i] - square * across[i]) / -slope
        farthest, unknown, row = _blocked(part, across, region, active, step)
        for i in range(d):
            h_part[i], h_across[i] = dot(hessian[i], part), dot(hessian[i], across)
        c_part, c_across, c_both = dot(part, h_part), dot(across, h_across), dot(part, h_across)
        samples = int((_MOST - _FEWEST) * farthest + _FEWEST)
        most, best = 0.0, -1
        for k in range(samples):
            t = farthest * (k + 1.0) / samples
            sine = 2.0 * t / (1.0 + t * t)
            curvature = t * t * c_part - 2.0 * t * c_both + c_across
            gain = sine * (outward * t - slope - 0.5 * sine * curvature)
            if gain > most:
                most, best = gain, k
        if best < 0:
            return
        t = farthest * (best + 1.0) / samples
        sine = 2.0 * t / (1.0 + t * t)
        for i in range(d):
            step[i] = min(max(step[i] + sine * (across[i] - t * part[i]), lower[i]), upper[i])
            gradient[i] += sine * (h_across[i] - t * h_part[i])
        for k in range(len(region.rows)):
            along = dot(region.rows[k], across) - t * dot(region.rows[k], part)
            region.slack[k] = max(0.0, region.slack[k] - sine * along)
        gained += most
        if best < samples - 1 or (unknown < 0 and row < 0):
            return
        if unknown >= 0:
            near_lower = step[unknown] - lower[unknown] < upper[unknown] - step[unknown]
            step[unknown] = lower[unknown] if near_lower else upper[unknown]
            active.fixed[unknown] = 1.0
        else:
            active.held[row] = 1.0
        span(active, region.rows)


@called
def _blocked(
    part: Array, across: Array, region: Region, active: Active, step: Array
) -> tuple[float, int, int]:
    """Find the tangent of half the angle at which a bound or a row is first met, at most 1, and which."""
    nearest, unknown, row = 1.0, -1, -1
    for i in range(len(step)):
        if active.fixed[i] == 0.0:
            t = min(
                _root(step[i] - region.lower[i], -part[i], -across[i]),
                _root(region.upper[i] - step[i], part[i], across[i]),
            )
            if t < nearest:
                nearest, unknown = t, i
    for k in range(len(region.rows)):
        if active.held[k] == 0.0:
            t = _root(region.slack[k], dot(region.rows[k], part), dot(region.rows[k], across))
            if t < nearest:
                nearest, unknown, row = t, -1, k
    return nearest, unknown, row


@strict
def _root(slack: float, part: float, across: float) -> float:
    """Where ``(slack + 2 part) t² - 2 across t + slack`` becomes zero; beyond 1 where it does not."""
    if slack == math.inf:
        return 2.0
    square = across * across - slack * (slack + 2.0 * part)
    if square <= 0.0:
        return 2.0
    below = math.sqrt(square) + across
    return slack / below if below > TINY * slack else 2.0
