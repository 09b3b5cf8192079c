"""Curves given as expressions, least squares of which are added up by a fused kernel.

One pass over the data gives cost, gradient and normal matrix of all running problems; nothing of
the size of the data is copied or kept. A normal matrix squares the condition of the Jacobian, so
where its scaled pivots are small, or it overflows, the problem's triangle comes from its Jacobian
by QR, as it does for other functions; the gradient ``J'r``, which decides where a fit ends, is
accurate either way.
"""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from solvers import linalg
from solvers.arrays import Array, IntArray, Rows
from solvers.evaluation.curves import CurveResiduals, ExpressionCurve
from solvers.evaluation.least_squares import LinearModel, ResidualFunction
from solvers.kernels import cache


@dataclass(frozen=True)
class FusedValue:
    """One evaluation of a batch of curves."""

    fun: Array  # (B,) half the sum of squares; infinite where it is undefined
    gradient: Array  # (B, n) J'r
    normal: Array  # (B, n, n) J'J
    raised: dict[int, str] = field(default_factory=dict)

    def take(self, rows: Rows) -> "FusedValue":
        """Only these rows."""
        return FusedValue(self.fun[rows], self.gradient[rows], self.normal[rows])


@dataclass(frozen=True)
class FusedLeastSquares:
    """A batch of least-squares problems for `solvers.loop.run`, as `LeastSquares` is.

    Parameters
    ----------
    curves
        The data of all problems, running or not.
    kernels
        The compiled ``normal_equations`` and ``residuals``.
    rows
        (b,), which problems these are.
    lower, upper
        Bounds of the unknowns, (b, n).
    """

    curves: CurveResiduals
    kernels: cache.Kernels
    rows: IntArray
    lower: Array
    upper: Array

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, rows: Rows) -> "FusedLeastSquares":
        """Only these problems."""
        return replace(self, rows=self.rows[rows], lower=self.lower[rows], upper=self.upper[rows])

    def value(self, x: Array) -> FusedValue:
        """Cost, and what derivatives are made of, at ``x (b, n)``."""
        size, n = x.shape
        cost, gradient, normal = np.empty(size), np.empty((size, n)), np.empty((size, n, n))
        self._run("normal_equations", x, cost, gradient, normal)
        cost[~np.isfinite(cost)] = np.inf
        return FusedValue(cost, gradient, normal)

    def derivatives(self, x: Array, value: FusedValue) -> tuple[LinearModel, dict[int, str]]:
        """The linear model at ``x (b, n)``, where ``value`` is known."""
        factor, projection, good = linalg.factorize_normal(value.normal, value.gradient)
        finite = good.copy()
        if not good.all():
            bad = ~good
            factor[bad], projection[bad], finite[bad] = self._by_qr(self.rows[bad], x[bad])
        return LinearModel(factor, projection, finite), {}

    def _by_qr(self, rows: IntArray, x: Array) -> tuple[Array, Array, Any]:
        curves = self.curves.take(rows)
        residuals, _ = curves.residuals(x)
        jacobian, _ = curves.jacobian(x, residuals)
        return linalg.triangularize(jacobian, residuals, curves.offsets)

    def residuals(self, x: Array) -> Array:
        """Residuals of these problems, end to end, at ``x (b, n)``."""
        out = np.empty(int(np.diff(self.curves.offsets)[self.rows].sum()))
        self._run("residuals", x, out)
        return out

    def _run(self, kernel: str, x: Array, *out: Array) -> None:
        curves = self.curves
        params = curves.fixed[self.rows]
        params[:, curves.free] = x
        sigma = curves.y if curves.sigma is None else curves.sigma  # not read where there is none
        self.kernels[kernel](self.rows, curves.x, curves.y, sigma, curves.offsets, params, *out)


def fused(function: ResidualFunction, lower: Array, upper: Array) -> FusedLeastSquares | None:
    """The fused form of these problems, or None where there is none."""
    if not isinstance(function, CurveResiduals) or not isinstance(function.curve, ExpressionCurve):
        return None
    expression = function.curve.expression
    source = expression.kernel_source(tuple(function.free.tolist()), weighted=function.sigma is not None)
    if source is None:
        return None
    return FusedLeastSquares(
        curves=_contiguous(function),
        kernels=cache.build(source),
        rows=np.arange(len(function.offsets) - 1),
        lower=lower,
        upper=upper,
    )


def _contiguous(curves: CurveResiduals) -> CurveResiduals:
    """The same data as kernels take them."""
    sigma = None if curves.sigma is None else np.ascontiguousarray(curves.sigma, dtype=np.float64)
    return replace(
        curves,
        x=np.ascontiguousarray(curves.x, dtype=np.float64),
        y=np.ascontiguousarray(curves.y, dtype=np.float64),
        sigma=sigma,
        offsets=np.ascontiguousarray(curves.offsets, dtype=np.int64),
        fixed=np.ascontiguousarray(curves.fixed, dtype=np.float64),
    )
