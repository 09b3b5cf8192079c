"""How well fits describe their data: flat ragged, for a batch at once.

References
----------
.. [1] K. Burnham, D. Anderson, Model Selection and Multimodel Inference, 2nd ed. (2002), 2.2, 2.4, 6.4:
   AIC, AICc and BIC of least squares, constants left out; the variance is not counted among the unknowns.
.. [2] A. Cameron, F. Windmeijer, "R-Squared Measures for Count Data Regression Models", Journal of Business &
   Economic Statistics 14 (1996) 209-220: the share of the deviance explained.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from solvers import ragged
from solvers.arrays import Array, IntArray
from solvers.evaluation.poisson import deviance
from solvers.kernels.compiling import kernel


@dataclass(frozen=True)
class Goodness:
    """Goodness of fit, each (B,); NaN where it is not defined."""

    chisqr: Array  # sum of squared weighted residuals; of counts, the deviance
    redchi: Array  # chisqr / (m - n)
    rsquared: Array  # 1 - chisqr / its value for the best constant
    aic: Array  # m log(chisqr / m) + 2 n; of counts, chisqr + 2 n
    aicc: Array  # aic + 2 n (n + 1) / (m - n - 1)
    bic: Array  # m log(chisqr / m) + n log(m); of counts, chisqr + n log(m)
    bic_of_constant: Array  # bic of the best constant


def goodness_of_fit(
    residuals: Array, y: Array, sigma: Array | None, offsets: IntArray, unknowns: int
) -> Goodness:
    """Summarize weighted residuals (N,) of fits of y (N,) with n unknowns; every problem has a point."""
    points = ragged.counts(offsets).astype(float)
    chisqr, spread = np.empty((2, len(points)))
    _sums_of_squares(residuals, y, np.empty(0) if sigma is None else sigma, offsets, chisqr, spread)
    misfits = [misfit(total, points) for total in (chisqr, spread)]
    return _goodness(chisqr, spread, misfits, points, unknowns)


@kernel
def _sums_of_squares(
    residuals: Array, y: Array, sigma: Array, offsets: IntArray, chisqr: Array, spread: Array
) -> None:
    """Of residuals, and of y about its mean, weighted unless sigma is empty; (B,) each."""
    weighted = len(sigma) > 0
    for row in range(len(chisqr)):
        begin, end = offsets[row], offsets[row + 1]
        squares = total = weights = around = 0.0
        for k in range(begin, end):
            weight = (1.0 / sigma[k]) * (1.0 / sigma[k]) if weighted else 1.0
            squares += residuals[k] * residuals[k]
            total, weights = total + weight * y[k], weights + weight
        mean = total / weights
        for k in range(begin, end):
            weight = (1.0 / sigma[k]) * (1.0 / sigma[k]) if weighted else 1.0
            around += weight * ((y[k] - mean) * (y[k] - mean))
        chisqr[row], spread[row] = squares, around


def goodness_of_counts(residuals: Array, y: Array, offsets: IntArray, unknowns: int) -> Goodness:
    """Summarize deviance residuals (N,) of Poisson fits of counts y (N,) with n unknowns.

    The deviance is twice the negative log-likelihood but for ``2 sum(y - y log(y) + log(y!))``, which is the
    same for all models of the data and left out of aic and bic.
    """
    mean = ragged.segment_mean(y, offsets)
    spread = ragged.segment_sum(deviance(ragged.expand(mean, offsets), y), offsets)
    chisqr = ragged.segment_sum(residuals**2, offsets)
    return _goodness(chisqr, spread, [chisqr, spread], ragged.counts(offsets).astype(float), unknowns)


def _goodness(
    chisqr: Array, spread: Array, misfits: Sequence[Array], points: Array, unknowns: int
) -> Goodness:
    """From the totals of the fit and of the best constant, and what they make of the likelihood."""
    freedom = points - unknowns
    with np.errstate(divide="ignore", invalid="ignore"):
        return Goodness(
            chisqr=chisqr,
            redchi=np.where(freedom > 0, chisqr / freedom, np.nan),
            rsquared=np.where(spread > 0, 1.0 - chisqr / spread, np.nan),  # of counts [2]_
            **information_criteria(misfits[0], points, unknowns),
            bic_of_constant=misfits[1] + np.log(points),
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
