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
from solvers.arrays import Array, Batch, BoolArray, IntArray, Rows, as_index
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
        cut = ragged.Cut(rows, self.offsets)
        return Residuals(self.fun[rows], cut.of(self.residuals), cut.offsets, {})


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
    offsets: IntArray  # (B+1,)
    jacobian: Array | None = None

    def keep(self, rows: IntArray, residuals: Array, jacobian: Array, usable: BoolArray) -> None:
        """Remember residuals (M,) and Jacobian (n, M) of problems ``rows`` (b,), where usable (b,)."""
        if len(rows) == len(self.offsets) - 1 and usable.all():
            self.residuals[:] = residuals
            if self.jacobian is not None:
                self.jacobian[:] = jacobian
            return
        if not usable.all():
            part = ragged.Cut(usable, ragged.Cut(rows, self.offsets).offsets)
            rows, residuals, jacobian = rows[usable], part.of(residuals), part.of(jacobian)
        cut = ragged.Cut(rows, self.offsets)
        cut.put(residuals, self.residuals)
        if self.jacobian is not None:
            cut.put(jacobian, self.jacobian)


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
    rows
        (b,), which problems of the memory these are.
    """

    function: ResidualFunction
    lower: Array
    upper: Array
    memory: Memory
    rows: IntArray

    def __len__(self) -> int:
        return len(self.lower)

    @property
    def width(self) -> float:
        """Points a problem."""
        return float(self.function.offsets[-1]) / len(self)

    def take(self, rows: Rows) -> "LeastSquares":
        """Only these problems."""
        index = as_index(rows)
        return replace(
            self,
            function=self.function.take(index),
            lower=self.lower.take(index, axis=0),
            upper=self.upper.take(index, axis=0),
            rows=self.rows[index],
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
        self.memory.keep(self.rows, value.residuals, jacobian, model.finite)
        return model, raised


@kernel
def _half_squares(residuals: Array, offsets: IntArray, cost: Array) -> None:
    """Fill in half the sum of squares of each problem, infinite where it is undefined."""
    for row in range(len(cost)):
        total = 0.0
        for value in residuals[offsets[row] : offsets[row + 1]]:
            total += value * value
        cost[row] = 0.5 * total if is_finite(total) else math.inf
