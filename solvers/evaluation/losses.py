"""Robust losses: sums of ``rho((r / f_scale)^2)`` in place of sums of squares, so that outliers count less.

A loss bends the cost, and with it the linear model that methods steer by. Around a point, with
``z = (r / f_scale)^2``, the Gauss-Newton model of the robust cost is the plain one of

    rows of the Jacobian times ``s = sqrt(rho' + 2 rho'' z)``, and residuals ``r rho' / s``,

which has the exact gradient and the exact curvature along each residual [1]_. Where that curvature is
not positive (an outlier), s is kept at rounding level, ``sqrt(eps)``, as SciPy does.

References
----------
.. [1] B. Triggs, P. McLauchlan, R. Hartley, A. Fitzgibbon, "Bundle Adjustment - A Modern Synthesis",
   Vision Algorithms: Theory and Practice (2000), section 4.3.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from solvers import linalg, ragged
from solvers.arrays import Array
from solvers.evaluation.least_squares import LeastSquares, LinearModel, Residuals


def _soft_l1(z: Array) -> tuple[Array, Array, Array]:
    root = np.sqrt(1.0 + z)
    return 2.0 * z / (root + 1.0), 1.0 / root, -0.5 / ((1.0 + z) * root)  # exact for small z too


def _huber(z: Array) -> tuple[Array, Array, Array]:
    inlier = z <= 1.0
    root = np.sqrt(np.where(inlier, 1.0, z))
    return np.where(inlier, z, 2.0 * root - 1.0), 1.0 / root, np.where(inlier, 0.0, -0.5 / root**3)


def _cauchy(z: Array) -> tuple[Array, Array, Array]:
    slope = 1.0 / (1.0 + z)
    return np.log1p(z), slope, -slope * slope


def _arctan(z: Array) -> tuple[Array, Array, Array]:
    slope = 1.0 / (1.0 + z * z)
    return np.arctan(z), slope, -2.0 * z * slope * slope


#: rho and its two derivatives, by SciPy's names.
_NAMED: dict[str, Callable[[Array], tuple[Array, Array, Array]]] = {
    "soft_l1": _soft_l1,
    "huber": _huber,
    "cauchy": _cauchy,
    "arctan": _arctan,
}


@dataclass(frozen=True)
class Loss:
    """A loss function and the size of residuals, ``f_scale``, at which it starts to bend."""

    rho: Callable[[Array], Any]  # z (N,) -> rho, rho', rho'', each (N,)
    f_scale: float

    def cost(self, residuals: Array) -> Array:
        """What each residual (N,) costs, twice; squares where they are small."""
        with np.errstate(all="ignore"):
            value: Array = self.f_scale**2 * self._rho(residuals)[0]
        return value

    def bent(self, residuals: Array) -> tuple[Array, Array]:
        """What multiplies the rows of the Jacobian, and what stands for the residuals; each (N,)."""
        with np.errstate(all="ignore"):
            _, slope, second = self._rho(residuals)
            rows = np.sqrt(np.fmax(slope + 2.0 * second * (residuals / self.f_scale) ** 2, linalg.EPS))
            return rows, residuals * slope / rows

    def _rho(self, residuals: Array) -> Array:
        z = (residuals / self.f_scale) ** 2
        values = np.asarray(self.rho(z))
        if values.shape != (3, len(z)):
            raise ValueError(
                f"`loss` must return rho, rho' and rho'', shape (3, {len(z)}), for z of shape {z.shape}; "
                f"got {values.shape}"
            )
        return values


def resolve(loss: str | Callable[[Array], Any], f_scale: float) -> Loss | None:
    """The loss of this name, or a user's; None for the linear one.

    Raises
    ------
    ValueError
        If there is none of the name, or the scale is not a positive number.
    """
    if not (np.ndim(f_scale) == 0 and np.isrealobj(f_scale) and 0.0 < abs(f_scale) < np.inf):
        raise ValueError(f"`f_scale` must be a number other than 0, got {f_scale!r}")
    if callable(loss):
        return Loss(loss, float(f_scale))
    if loss == "linear":
        return None
    if loss not in _NAMED:
        raise ValueError(f"`loss` must be one of linear, {', '.join(_NAMED)}, or a callable; got {loss!r}")
    return Loss(_NAMED[loss], float(f_scale))


@dataclass(frozen=True)
class RobustLeastSquares(LeastSquares):
    """Least-squares problems whose residuals go through a loss; the memory keeps them as they were."""

    loss: Loss

    def value(self, x: Array) -> Residuals:
        """Half the sum of the loss at ``x (B, n)``."""
        residuals, raised = self.function.residuals(x)
        cost = 0.5 * ragged.segment_sum(self.loss.cost(residuals), self.function.offsets)
        cost[~np.isfinite(cost)] = np.inf
        return Residuals(cost, residuals, self.function.offsets, raised)

    def derivatives(self, x: Array, value: Residuals) -> tuple[LinearModel, dict[int, str]]:
        """The linear model of the robust cost at ``x (B, n)``, where ``value`` is known."""
        if not len(self):
            return super().derivatives(x, value)
        jacobian, raised = self.function.jacobian(x, value.residuals)
        rows, residuals = self.loss.bent(value.residuals)
        jacobian = jacobian * rows
        model = LinearModel(*linalg.triangularize(jacobian, residuals, value.offsets))
        self.memory.keep(self.rows, value.residuals, jacobian, model.finite)
        return model, raised
