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

from typing import Any

import numpy as np

from solvers import linalg
from solvers.arrays import Array, BoolArray, IntArray
from solvers.methods.steps import STALLED, column_norms, norm
from solvers.status import Status

#: A step longer than this share of the radius was cut by it.
AT_RADIUS = 0.95
#: Least ratio of actual to predicted reduction at which the model is believed.
BELIEVED = 0.25
#: Share of the cost that a change of the unknowns by their own size takes off where it is flat.
FLAT = 1e-3


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
    rejected = after.nit == before.nit
    at_radius = trial.length > AT_RADIUS * before.radius
    residual, reach = np.sqrt(2.0 * after.fun), norm(after.x * column_norms(after.factor))

    ftol = max(options.ftol, linalg.EPS)
    level = (before.fun - cost < ftol * before.fun) & (ratio > BELIEVED) & counts
    level &= angle * angle * BELIEVED <= ftol

    short = norm(trial.step * after.scale) < options.xtol * norm(before.x * after.scale)
    far = (angle > STALLED) & (angle * residual > np.sqrt(options.xtol) * reach)
    flat = angle * residual * reach <= FLAT * after.fun
    stuck = short & rejected & counts & at_radius & (angle > STALLED) & ~flat
    still = short & counts & (~far | (rejected & flat))
    status: IntArray = np.select(
        [stuck, level & still, level | (after.fun == 0.0), still, angle <= max(options.gtol, linalg.EPS)],
        [Status.STALLED, Status.COST_AND_STEP, Status.COST, Status.STEP, Status.GRADIENT],
        Status.RUNNING,
    )
    return status
