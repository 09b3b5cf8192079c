"""Sums of squares as the methods see them: a cost, and a triangle for the linear model around a point.

Residuals are flat and ragged, ``(N,)`` with ``offsets (B+1,)``. Methods need neither them nor the
Jacobian: ``min |r + J p|`` is ``min |z + R p|`` with the n x n triangle R of ``J = Q R`` and
``z = Q'r``, so that is all they get, and normal equations never square a condition number.
"""

import math
from dataclasses import dataclass, replace
from typing import Protocol, Self

import numpy as np

from solvers import linalg, ragged
from solvers.arrays import Array, Batch, BoolArray, IntArray, Rows
from solvers.kernels.compiling import kernel
from solvers.linalg.norm import is_finite


class ResidualFunction(Protocol):
    """Residuals of many problems in one flat array, and their derivatives."""

    @property
    def offsets(self) -> IntArray:
        """Where each problem's residuals start, (B+1,)."""

    def take(self, rows: Rows) -> Self:
        """Only these problems."""

    def residuals(self, x: Array) -> tuple[Array, dict[int, str]]:
        """Residuals (N,) at ``x (B, n)``, and what was raised: problem -> "Type: text"."""

    def jacobian(self, x: Array, residuals: Array) -> tuple[Array, dict[int, str]]:
        """Row j of (n, N): derivatives by unknown j, where the residuals are known."""


@dataclass(frozen=True)
class Residuals:
    """One evaluation of a batch of sums of squares."""

    fun: Array  # (B,) half the sum of squares; infinite where it is undefined
    residuals: Array  # (N,)
    offsets: IntArray  # (B+1,)
    raised: dict[int, str]

    def take(self, rows: Rows) -> "Residuals":
        """Only these rows; what was raised is not carried along."""
        points, offsets = ragged.gather(as_index(rows), self.offsets)
        return Residuals(self.fun[rows], self.residuals[points], offsets, {})


@dataclass(frozen=True)
class LinearModel(Batch):
    """``|r + J p|`` around a point, compressed: ``R'R = J'J`` and ``R'z = J'r``."""

    factor: Array  # (B, n, n) R
    projection: Array  # (B, n) z
    finite: BoolArray  # (B,)


@dataclass(frozen=True)
class Memory:
    """Residuals (N,), and the Jacobian (n, N) where wanted, at the last point whose derivatives were taken.

    Methods take derivatives exactly where they go, so in the end these are the ones at the answer.
    """

    residuals: Array
    jacobian: Array | None = None

    def keep(self, points: IntArray, residuals: Array, jacobian: Array, usable: BoolArray | None) -> None:
        """Remember residuals (M,) and Jacobian (n, M) of ``points`` (M,), where usable (None: everywhere)."""
        if usable is not None:
            points, residuals, jacobian = points[usable], residuals[usable], jacobian[:, usable]
        self.residuals[points] = residuals
        if self.jacobian is not None:
            self.jacobian[:, points] = jacobian


@dataclass(frozen=True)
class LeastSquares:
    """A batch of least-squares problems for `solvers.loop.run`.

    Parameters
    ----------
    function
        Residuals and Jacobian.
    lower, upper
        Bounds of the unknowns, (B, n); infinite where there are none.
    memory
        Shared by every cut of this batch.
    points
        (M,), where this cut's residuals are in the memory.
    """

    function: ResidualFunction
    lower: Array
    upper: Array
    memory: Memory
    points: IntArray

    def __len__(self) -> int:
        return len(self.lower)

    @property
    def width(self) -> float:
        """Points a problem."""
        return len(self.points) / len(self)

    def take(self, rows: Rows) -> "LeastSquares":
        """Only these problems."""
        points, _ = ragged.gather(as_index(rows), self.function.offsets)
        return replace(
            self,
            function=self.function.take(rows),
            lower=self.lower[rows],
            upper=self.upper[rows],
            points=self.points[points],
        )

    def value(self, x: Array) -> Residuals:
        """Half the sum of squares at ``x (B, n)``."""
        residuals, raised = self.function.residuals(x)
        offsets = self.function.offsets
        cost = np.empty(len(offsets) - 1)
        _half_squares(np.ascontiguousarray(residuals), offsets, cost)
        return Residuals(cost, residuals, offsets, raised)

    def derivatives(self, x: Array, value: Residuals) -> tuple[LinearModel, dict[int, str]]:
        """The linear model at ``x (B, n)``, where ``value`` is known."""
        if not len(self):
            n = self.lower.shape[1]
            return LinearModel(np.empty((0, n, n)), np.empty((0, n)), np.empty(0, dtype=bool)), {}
        jacobian, raised = self.function.jacobian(x, value.residuals)
        model = LinearModel(*linalg.triangularize(jacobian, value.residuals, value.offsets))
        usable = None if model.finite.all() else ragged.expand(model.finite, value.offsets)
        self.memory.keep(self.points, value.residuals, jacobian, usable)
        return model, raised


@kernel
def _half_squares(residuals: Array, offsets: IntArray, cost: Array) -> None:
    """Fill in half the sum of squares of each problem, infinite where it is undefined."""
    for row in range(len(cost)):
        total = 0.0
        for value in residuals[offsets[row] : offsets[row + 1]]:
            total += value * value
        cost[row] = 0.5 * total if is_finite(total) else math.inf


def as_index(rows: Rows) -> IntArray:
    """Rows given as a mask or as indices, as indices."""
    return np.flatnonzero(rows) if rows.dtype == np.bool_ else rows.astype(np.int64, copy=False)
