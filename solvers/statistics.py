"""How well fits describe their data, from their residuals: flat ragged, for a batch at once.

References
----------
.. [1] K. Burnham, D. Anderson, Model Selection and Multimodel Inference, 2nd ed. (2002), 2.2, 2.4, 6.4:
   AIC, AICc and BIC of least squares, constants left out; the variance is not counted among the unknowns.
.. [2] A. Wald, J. Wolfowitz, Annals of Mathematical Statistics 11 (1940) 147-162: the runs test.
"""

import math
from dataclasses import dataclass

import numpy as np

from solvers import ragged
from solvers.arrays import Array, IntArray


@dataclass(frozen=True)
class Goodness:
    """Goodness of fit, each (B,); NaN where it is not defined."""

    chisqr: Array  # sum of squared weighted residuals
    redchi: Array  # chisqr / (m - n)
    rsquared: Array  # 1 - chisqr / its value for the best constant
    aic: Array  # m log(chisqr / m) + 2 n
    aicc: Array  # aic + 2 n (n + 1) / (m - n - 1)
    bic: Array  # m log(chisqr / m) + n log(m)
    bic_of_constant: Array  # bic of the best constant


def goodness_of_fit(
    residuals: Array, y: Array, sigma: Array | None, offsets: IntArray, unknowns: int
) -> Goodness:
    """Summarize weighted residuals (N,) of fits of y (N,) with n unknowns; every problem has a point."""
    points = ragged.counts(offsets).astype(float)
    weight = np.ones_like(y) if sigma is None else sigma**-2.0
    mean = ragged.segment_sum(weight * y, offsets) / ragged.segment_sum(weight, offsets)
    spread = ragged.segment_sum(weight * (y - ragged.expand(mean, offsets)) ** 2, offsets)
    chisqr = ragged.segment_sum(residuals**2, offsets)
    freedom = points - unknowns
    with np.errstate(divide="ignore", invalid="ignore"):
        return Goodness(
            chisqr=chisqr,
            redchi=np.where(freedom > 0, chisqr / freedom, np.nan),
            rsquared=np.where(spread > 0, 1.0 - chisqr / spread, np.nan),
            **information_criteria(misfit(chisqr, points), points, unknowns),
            bic_of_constant=misfit(spread, points) + np.log(points),
        )


def misfit(chisqr: Array, points: Array) -> Array:
    """Minus twice the log-likelihood of the best fit, up to a constant: ``m log(chisqr / m)``, (B,)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return points * np.log(chisqr / points)


def information_criteria(misfit: Array, points: Array, unknowns: int) -> dict[str, Array]:
    """AIC, AICc and BIC, each (B,), of fits with n unknowns to m points; AICc is NaN unless m > n + 1."""
    aic, room = misfit + 2.0 * unknowns, points - unknowns - 1.0
    with np.errstate(divide="ignore"):
        correction = 2.0 * unknowns * (unknowns + 1.0) / np.where(room > 0, room, np.nan)
        return {"aic": aic, "aicc": aic + correction, "bic": misfit + unknowns * np.log(points)}


def runs_test(residuals: Array, x: Array, offsets: IntArray) -> Array:
    """Probability that residuals in the order of x change sign so seldom or so often by chance, (B,).

    Replicates (equal x) count once, by their mean. NaN when all have one sign, or fewer than two are left.
    """
    order = ragged.order_within(x, offsets)
    x, residuals, owner = x[order], residuals[order], ragged.owners(offsets)
    new_problem = np.diff(owner, prepend=-1) != 0
    starts = np.flatnonzero(new_problem | (np.diff(x, prepend=np.nan) != 0))
    sums = np.add.reduceat(residuals, starts)  # the sign of a mean is that of its sum
    kept = sums != 0
    positive, owner = sums[kept] > 0, owner[starts][kept]
    size = len(offsets) - 1
    above = np.bincount(owner, positive, size)
    below = np.bincount(owner, ~positive, size)
    changes = (np.diff(owner, prepend=-1) != 0) | (np.diff(positive, prepend=False) != 0)
    runs = np.bincount(owner, changes, size)
    total = above + below
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = 2.0 * above * below / total + 1.0
        variance = (expected - 1.0) * (expected - 2.0) / (total - 1.0)
        score = np.where(variance > 0.0, np.abs(runs - expected) / np.sqrt(2.0 * variance), np.nan)
    return np.array([math.erfc(value) for value in score])
