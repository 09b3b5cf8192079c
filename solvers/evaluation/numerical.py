"""Derivatives of functions of rows by finite differences that stay within bounds.

A step is ``eps**(1/2)`` (two points) or ``eps**(1/3)`` (three points) times max(1, |x|), away from zero, as
SciPy's; or a share of |x|, or a length upwards, that the user gives.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from solvers.arrays import Array, BoolArray
from solvers.evaluation.differences import Scheme, inside
from solvers.linalg import EPS

#: A function of rows (b, n) -> (b, k), and what it raised for which.
Evaluate = Callable[[Array], tuple[Array, dict[int, str]]]
_POWER = {"2-point": 1 / 2, "3-point": 1 / 3, "cs": 1 / 2}


@dataclass(frozen=True)
class Differences:
    """How derivatives are taken where none are given."""

    scheme: Scheme = "2-point"
    #: Steps relative to the magnitude of each unknown, or absolute: a number or (n,).
    relative: Any = None
    absolute: Any = None

    @property
    def points(self) -> int:
        """How many further points there are for an unknown."""
        return 2 if self.scheme == "3-point" else 1

    def derivatives(
        self, evaluate: Evaluate, x: Array, known: Array, lower: Array, upper: Array
    ) -> tuple[Array, dict[int, str]]:
        """Differentiate by each unknown, (b, k, n); by one whose bounds are equal the derivative counts as 0.

        Parameters
        ----------
        evaluate
            The function.
        x
            (b, n)
        known
            (b, k) its values there.
        lower, upper
            Bounds, (b, n).
        """
        steps, central = self._steps(x, lower, upper)
        derivatives = np.empty((*known.shape, x.shape[1]))
        raised: dict[int, str] = {}
        for j in range(x.shape[1]):
            step = steps[:, j]
            if self.scheme == "cs":
                at, errors = evaluate(_moved(x, j, 1j * step))
                derivatives[:, :, j] = at.imag / step[:, None]
                raised |= errors
                continue
            first = _moved(x, j, step)
            at, errors = evaluate(first)
            h = (first[:, j] - x[:, j])[:, None]  # as it came out in floating point
            raised |= errors
            if self.scheme == "2-point":
                derivatives[:, :, j] = (at - known) / h
                continue
            second = _moved(x, j, np.where(central[:, j], -step, 2.0 * step))
            other, errors = evaluate(second)
            k = (second[:, j] - x[:, j])[:, None]
            raised |= errors
            derivatives[:, :, j] = (at - known) * (k / h / (k - h)) - (other - known) * (h / k / (k - h))
        fixed = lower == upper
        if fixed.any():
            derivatives.transpose(0, 2, 1)[fixed] = 0.0
        return derivatives, raised

    def _steps(self, x: Array, lower: Array, upper: Array) -> tuple[Array, BoolArray]:
        """Signed steps (b, n), and whether those to the other side are as long."""
        away = np.where((x < 0.0) & (self.absolute is None), -1.0, 1.0)
        step = EPS ** _POWER[self.scheme] * np.maximum(1.0, np.abs(x))
        if self.absolute is not None:
            step = np.broadcast_to(self.absolute, x.shape).astype(float)
        elif self.relative is not None:
            given = np.abs(self.relative) * np.abs(x)
            step = np.where((x + given) - x == 0.0, step, given)
        if self.scheme == "cs":
            return step, np.ones(x.shape, dtype=bool)
        if self.scheme == "3-point":
            signed, central = inside(x, step, lower, upper, self.scheme)
            return signed, central
        # Away from zero where there is room, else to the other side, else as far as the farther bound.
        ahead = x + away * step
        fits = (ahead >= lower) & (ahead <= upper)
        if fits.all():
            return away * step, fits
        other, _ = inside(x, step, lower, upper, self.scheme)
        return np.where(fits, away * step, other), fits


def _moved(x: Array, j: int, step: NDArray[Any]) -> NDArray[Any]:
    point = x.astype(np.result_type(x, step))
    point[:, j] += step
    return point
