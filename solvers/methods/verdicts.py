"""When methods with bounds call a place an answer: tests of cost, step and gradient that are not fooled.

A step cut short, by a bound or by a small trust region, is short and changes little wherever it is.
So the tests of cost and of step hold only where the linear model agrees: with the largest cosine c between
the residuals r and a column of the Jacobian, each counting less near a bound, moving one unknown alone
promises to take ``c^2 F`` off the cost F, and moves it by ``c |r|`` in the units of its column. The cost test
asks that the former be within its own tolerance, the step test that c be small or the latter be small
against ``|D x|``, D the columns' norms. (At a solution without residuals cosines are those of
rounding errors, and any.) All of this is free of units, whatever the scale of the unknowns.

Steps that end as short as ``xtol`` without ever lowering the cost have stalled, unless the cost is as
good as flat: a change of the unknowns by their own size would take off no more than ``c |r| |D x|``, a small
share of it. (Differences know a slope no better where the residuals bend.)
"""

import math
from typing import Any

import numpy as np

from solvers.arrays import Array, BoolArray, IntArray
from solvers.kernels.compiling import inlined, kernel
from solvers.linalg.norm import EPS
from solvers.methods.steps import STALLED
from solvers.status import Status

#: A step longer than this share of the radius was cut by it.
AT_RADIUS = 0.95
#: Least ratio of actual to predicted reduction at which the model is believed.
BELIEVED = 0.25
#: Share of the cost that a change of the unknowns by their own size takes off where it is flat.
FLAT = 1e-3

_RUNNING, _GRADIENT, _STALLED = int(Status.RUNNING), int(Status.GRADIENT), int(Status.STALLED)
_COST, _STEP, _COST_AND_STEP = int(Status.COST), int(Status.STEP), int(Status.COST_AND_STEP)


def tolerances(options: Any) -> tuple[float, float, float]:
    """The tests' ftol, xtol and gtol; those of cost and gradient at least the rounding unit."""
    return max(options.ftol, EPS), float(options.xtol), max(options.gtol, EPS)


def verdict(
    options: Any,
    before: Any,
    after: Any,
    trial: Any,
    cost: Array,
    ratio: Array,
    angle: Array,
    counts: BoolArray,
) -> IntArray:
    """Each row's `Status` after a tick.

    Parameters
    ----------
    options
        ``ftol``, ``xtol``, ``gtol``.
    before, after
        States with ``x, fun, nit, factor, scale, radius``.
    trial
        ``step (b, n)`` and its ``length (b,)`` as the radius measures it.
    cost, ratio
        (b,) the cost at the trial; actual over predicted reduction.
    angle
        (b,) the largest cosine, after.
    counts
        (b,) whether the step may end a problem.
    """
    status = np.empty(len(cost), dtype=np.int64)
    _verdict(
        before.x,
        before.fun,
        before.radius,
        after.x,
        after.fun,
        after.factor,
        after.scale,
        trial.step,
        trial.length,
        cost,
        ratio,
        angle,
        after.nit == before.nit,
        counts,
        *tolerances(options),
        status,
    )
    return status


@inlined
def is_short(step: Array, x: Array, scale: Array, xtol: float) -> bool:
    """Whether a step from x is short, both in the scale after it."""
    moved = size = 0.0
    for j in range(len(x)):
        moved += step[j] * scale[j] * (step[j] * scale[j])
        size += x[j] * scale[j] * (x[j] * scale[j])
    return math.sqrt(moved) < xtol * math.sqrt(size)


@inlined
def ending(
    x: Array,
    fun: float,
    factor: Array,
    before: float,
    cost: float,
    ratio: float,
    angle: float,
    short: bool,
    at_radius: bool,
    rejected: bool,
    counts: bool,
    ftol: float,
    xtol: float,
    gtol: float,
) -> int:
    """Status of one problem, now at x with cost ``fun``, after a step from ``before`` to ``cost``."""
    level = counts and before - cost < ftol * before and ratio > BELIEVED and angle * angle * BELIEVED <= ftol
    still = False
    if short and counts:
        promise, reach = angle * math.sqrt(2.0 * fun), _reach(x, factor)
        flat = promise * reach <= FLAT * fun
        if rejected and at_radius and angle > STALLED and not flat:
            return _STALLED
        still = not (angle > STALLED and promise > math.sqrt(xtol) * reach) or (rejected and flat)
    if level and still:
        return _COST_AND_STEP
    if level or fun == 0.0:
        return _COST
    if still:
        return _STEP
    return _GRADIENT if angle <= gtol else _RUNNING


@inlined
def _reach(x: Array, factor: Array) -> float:
    """``|D x|``, D the norms of the columns."""
    square = 0.0
    for j in range(len(x)):
        for k in range(j + 1):
            square += factor[k, j] * x[j] * (factor[k, j] * x[j])
    return math.sqrt(square)


@kernel
def _verdict(
    x: Array,
    fun: Array,
    radius: Array,
    after_x: Array,
    after_fun: Array,
    factor: Array,
    scale: Array,
    step: Array,
    length: Array,
    cost: Array,
    ratio: Array,
    angle: Array,
    rejected: BoolArray,
    counts: BoolArray,
    ftol: float,
    xtol: float,
    gtol: float,
    status: IntArray,
) -> None:
    for i in range(len(x)):
        status[i] = ending(
            after_x[i],
            after_fun[i],
            factor[i],
            fun[i],
            cost[i],
            ratio[i],
            angle[i],
            is_short(step[i], x[i], scale[i], xtol),
            length[i] > AT_RADIUS * radius[i],
            rejected[i],
            counts[i],
            ftol,
            xtol,
            gtol,
        )
