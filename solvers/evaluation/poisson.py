"""Poisson maximum likelihood as least squares of deviance residuals.

Counts y with the expectations ``f(x, params)`` have, up to a constant of the data, the negative
log-likelihood ``sum(f - y - y log(f / y))``, half the deviance [1]_. That is half the sum of squares of the
deviance residuals

    ``d = sign(f - y) sqrt(2 (f - y - y log(f / y)))``,  with  ``d' = (1 - y / f) / d  f'``,

so the methods, their stopping rules and their diagnostics see least squares, with the exact gradient
``sum((1 - y / f) f')``. The Gauss-Newton weight of ``f'f''`` is ``((1 - y / f) / d)^2``, which is positive.
Where ``f = y`` it is that of Newton's method, ``y / f^2``, and of Fisher scoring, ``1 / f``; elsewhere it
lies between them, and unlike Newton's it keeps the points with ``y = 0``.

Where ``f < 0``, and where ``f = 0 < y``, the likelihood is undefined or 0: the cost is infinite. Where
``y = 0`` and f is 0 or as good as 0 (the far tail of a peak; nothing but zeros), a point costs nothing and
steers nothing.

References
----------
.. [1] T. Laurence, B. Chromy, "Efficient maximum likelihood estimator fitting of histograms",
   Nature Methods 7 (2010) 338-339.
.. [2] C. Loader, "Fast and Accurate Computation of Binomial Probabilities" (2000): the series of ``bd0``.
"""

from dataclasses import dataclass

import numpy as np

from solvers import linalg, ragged
from solvers.arrays import Array, IntArray, Rows
from solvers.evaluation.least_squares import ResidualFunction

#: Where ``|f - y| / (f + y)`` is smaller, the logarithm cancels; so many terms of the series have 16 digits.
_NEAR, _TERMS = 0.1, 8
#: Expectations of no count that are no larger than this count as 0: no sum of them is worth a step.
_NOTHING = 1e-20


def deviance(expected: Array, counts: Array) -> Array:
    """``2 (f - y - y log(f / y))`` of each point, to nearly full accuracy; infinite where undefined."""
    with np.errstate(all="ignore"):
        apart = expected - counts
        v = apart / (expected + counts)
        near = np.abs(v) < _NEAR
        square, series = np.where(near, v * v, 0.0), np.zeros(np.shape(apart))
        for j in range(_TERMS, 0, -1):  # sum of v^2j / (2j + 1)
            series = square * (1.0 / (2 * j + 1) + series)
        close = apart * v - 2.0 * counts * v * series  # [2]_
        far = apart + np.where(counts > 0.0, counts * np.log(counts / expected), 0.0)
        half = np.where(near, close, far)
        none = (counts == 0.0) & (expected >= 0.0) & (expected <= _NOTHING)
        value: Array = np.where(none, 0.0, np.where(expected > 0.0, 2.0 * half, np.inf))
        return value


@dataclass(frozen=True)
class DevianceResiduals:
    """Deviance residuals of counts, as a `ResidualFunction`.

    Parameters
    ----------
    expectation
        Gives f in place of residuals, and its derivatives.
    counts
        y, (N,), 0 or more.
    """

    expectation: ResidualFunction
    counts: Array

    @property
    def offsets(self) -> IntArray:
        """Where each problem's residuals start, (B+1,)."""
        return self.expectation.offsets

    def take(self, rows: Rows) -> "DevianceResiduals":
        """Only these problems."""
        counts = ragged.Cut(rows, self.offsets).of(self.counts)
        return DevianceResiduals(self.expectation.take(rows), counts)

    def residuals(self, x: Array) -> tuple[Array, dict[int, str]]:
        """Residuals (N,) at ``x (B, n)``, and what was raised."""
        expected, raised = self.expectation.residuals(x)
        return self._signed_root(expected), raised

    def jacobian(self, x: Array, residuals: Array) -> tuple[Array, dict[int, str]]:
        """Row j of (n, N): derivatives by unknown j; takes one more evaluation of the expectations."""
        expected, raised = self.expectation.residuals(x)
        slopes, errors = self.expectation.jacobian(x, expected)
        with np.errstate(all="ignore"):
            limit = np.where(self.counts > 0.0, 1.0 / np.sqrt(expected), 0.0)  # of the weight for f -> y
            weight = np.where(residuals == 0.0, limit, (1.0 - self.counts / expected) / residuals)
            return slopes * weight, raised | errors

    def covariance(self, x: Array) -> tuple[Array, Array]:
        """The inverse of the Fisher information ``sum(f'f'' / f)`` at ``x (B, n)``; its condition (B,)."""
        expected, _ = self.expectation.residuals(x)
        slopes, _ = self.expectation.jacobian(x, expected)
        with np.errstate(all="ignore"):
            rows = slopes * np.where(expected > _NOTHING, 1.0 / np.sqrt(expected), 0.0)
        factor, _, _ = linalg.triangularize(rows, np.zeros(len(expected)), self.offsets)
        return linalg.inverse_of_normal(factor)

    def _signed_root(self, expected: Array) -> Array:
        return np.copysign(np.sqrt(deviance(expected, self.counts)), expected - self.counts)
