"""Curves given as expressions, least squares of which are added up by a fused kernel.

One pass over the data gives cost, gradient and normal matrix of a problem; nothing of the size of
the data is copied or kept. A normal matrix squares the condition of the Jacobian, so where its
scaled pivots are small, or it overflows, the problem's triangle comes from its Jacobian by QR, as
it does for other functions; the gradient ``J'r``, which decides where a fit ends, is accurate
either way.
"""

from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any

import numpy as np

from solvers.arrays import Array, IntArray, Rows
from solvers.evaluation.curves import CurveResiduals, ExpressionCurve
from solvers.evaluation.least_squares import LinearModel, ResidualFunction
from solvers.kernels import cache, rows


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
        The compiled formula.
    rows
        (b,), which problems these are.
    lower, upper
        Bounds of the unknowns, (b, n).
    """

    curves: CurveResiduals
    kernels: ModuleType
    rows: IntArray
    lower: Array
    upper: Array

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def width(self) -> float:
        """No array of an evaluation has more than a normal matrix."""
        return float(self.lower.shape[1] ** 2)

    def take(self, rows: Rows) -> "FusedLeastSquares":
        """Only these problems."""
        return replace(self, rows=self.rows[rows], lower=self.lower[rows], upper=self.upper[rows])

    @property
    def data(self) -> tuple[Array, Array, Array, IntArray]:
        """The points of all problems as kernels take them: x, y, sigma, offsets."""
        curves = self.curves
        sigma = curves.y if curves.sigma is None else curves.sigma  # not read where there is none
        return curves.x, curves.y, sigma, curves.offsets

    def room_for_one(self) -> tuple[Array, ...]:
        """Room for one problem: parameters, gradient, normal matrix; a trial, its R and z."""
        n = self.lower.shape[1]
        params = np.empty(self.curves.fixed.shape[1])
        return params, np.empty(n), np.empty((n, n)), np.empty(n), np.zeros((n, n)), np.empty(n)

    def value(self, x: Array) -> FusedValue:
        """Cost, and what derivatives are made of, at ``x (b, n)``."""
        size, n = x.shape
        cost, gradient, normal = np.empty(size), np.empty((size, n)), np.empty((size, n, n))
        rows.normal_equations(
            self.kernels.normal_equations, *self.data, self.rows, self._params(x), cost, gradient, normal
        )
        return FusedValue(cost, gradient, normal)

    def derivatives(self, x: Array, value: FusedValue) -> tuple[LinearModel, dict[int, str]]:
        """The linear model at ``x (b, n)``, where ``value`` is known."""
        size, n = x.shape
        model = LinearModel(np.zeros((size, n, n)), np.empty((size, n)), np.empty(size, dtype=np.bool_))
        rows.triangles(
            self.kernels.columns,
            *self.data,
            self.rows,
            self._params(x),
            value.gradient,
            value.normal,
            *model.arrays(),
        )
        return model, {}

    def residuals(self, x: Array) -> Array:
        """Residuals of these problems, end to end, at ``x (b, n)``."""
        out = np.empty(int(np.diff(self.curves.offsets)[self.rows].sum()))
        rows.residuals(self.kernels.residuals, *self.data, self.rows, self._params(x), out)
        return out

    def _params(self, x: Array) -> Array:
        params = self.curves.fixed[self.rows]
        params[:, self.curves.free] = x
        return params


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

    def floats(array: Any) -> Array:
        return np.ascontiguousarray(array, dtype=np.float64)

    return replace(
        curves,
        x=floats(curves.x),
        y=floats(curves.y),
        sigma=None if curves.sigma is None else floats(curves.sigma),
        offsets=np.ascontiguousarray(curves.offsets, dtype=np.int64),
        fixed=floats(curves.fixed),
    )
