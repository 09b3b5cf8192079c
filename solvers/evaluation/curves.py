"""Residuals of curves, ``(f(x, params) - y) / sigma``, for flat ragged data."""

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from solvers import ragged
from solvers.arrays import Array, IntArray, Rows, as_index
from solvers.expressions import Expression


class Curve(Protocol):
    """A model of data: predictions and derivatives over flat ragged points."""

    def value(self, x: Array, params: Array, offsets: IntArray) -> tuple[Array, dict[int, str]]:
        """Predictions (N,) for ``x (k, N)`` and ``params (B, n)``, and what was raised."""

    def jacobian(self, x: Array, params: Array, offsets: IntArray) -> tuple[Array, dict[int, str]]:
        """Derivatives by parameter, (n, N), and what was raised."""


@dataclass(frozen=True)
class ExpressionCurve:
    """A model given as an expression, with exact derivatives."""

    expression: Expression

    def value(self, x: Array, params: Array, offsets: IntArray) -> tuple[Array, dict[int, str]]:
        """Predictions (N,)."""
        return self.expression.value(x, params, ragged.counts(offsets)), {}

    def jacobian(self, x: Array, params: Array, offsets: IntArray) -> tuple[Array, dict[int, str]]:
        """Derivatives by parameter, (n, N)."""
        return self.expression.value_and_jacobian(x, params, ragged.counts(offsets))[1], {}


@dataclass(frozen=True)
class CurveResiduals:
    """Weighted residuals of a curve, as functions of its free parameters.

    Parameters
    ----------
    curve
        The model.
    x, y, sigma
        Data: (k, N), (N,) and (N,) or None.
    offsets
        (B+1,), where each problem's points start.
    fixed
        (B, parameters), the values of those that are not free; the others are not read.
    free
        (n,), which parameters are unknowns.
    """

    curve: Curve
    x: Array
    y: Array
    sigma: Array | None
    offsets: IntArray
    fixed: Array
    free: IntArray

    def take(self, rows: Rows) -> "CurveResiduals":
        """Only these problems."""
        cut = ragged.Cut(rows, self.offsets)
        return replace(
            self,
            x=np.ascontiguousarray(cut.of(self.x)),
            y=cut.of(self.y),
            sigma=None if self.sigma is None else cut.of(self.sigma),
            offsets=cut.offsets,
            fixed=self.fixed.take(as_index(rows), axis=0),
        )

    def parameters(self, unknowns: Array) -> Array:
        """All parameters (B, parameters) for the unknowns (B, n)."""
        params = self.fixed.astype(unknowns.dtype)
        params[:, self.free] = unknowns
        return params

    def residuals(self, x: Array) -> tuple[Array, dict[int, str]]:
        """Residuals (N,) at the unknowns ``x (B, n)``, and what was raised."""
        predicted, raised = self.curve.value(self.x, self.parameters(x), self.offsets)
        difference = predicted - self.y
        return (difference if self.sigma is None else difference / self.sigma), raised

    def jacobian(self, x: Array, residuals: Array) -> tuple[Array, dict[int, str]]:  # noqa: ARG002 - interface
        """Row j of (n, N): derivatives by unknown j."""
        jacobian, raised = self.curve.jacobian(self.x, self.parameters(x), self.offsets)
        jacobian = jacobian[self.free]
        return (jacobian if self.sigma is None else jacobian / self.sigma), raised
