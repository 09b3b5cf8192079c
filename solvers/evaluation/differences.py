"""Derivatives by finite differences that never step over a bound.

The step of an unknown is ``eps**(1/2)`` (two points) or ``eps**(1/3)`` (three points) times its typical
size: its own magnitude or that of its start, whichever is larger, or 1 where both are 0. A step
towards a bound that is too near is taken to the other side; between two near bounds it is shortened.
"""

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np

from solvers import ragged
from solvers.arrays import Array, BoolArray, IntArray, Rows
from solvers.evaluation.least_squares import ResidualFunction
from solvers.linalg import EPS

Scheme = Literal["2-point", "3-point", "cs"]
SCHEMES: tuple[Scheme, ...] = get_args(Scheme)

Residuals = Callable[[Array], tuple[Array, dict[int, str]]]


class Differenced:
    """A residual function whose Jacobian comes from differences of its residuals.

    Parameters
    ----------
    function
        Gives residuals.
    scheme
        ``2-point`` (n more evaluations a Jacobian), ``3-point`` (2n), or ``cs``, the complex step (n),
        for functions that continue analytically.
    typical
        Typical size of each unknown, (B, n): the start.
    lower, upper
        Bounds, (B, n).
    """

    def __init__(
        self, function: ResidualFunction, scheme: Scheme, typical: Array, lower: Array, upper: Array
    ) -> None:
        self.function, self.scheme = function, scheme
        self.typical, self.lower, self.upper = typical, lower, upper

    @property
    def offsets(self) -> IntArray:
        """Where each problem's residuals start, (B+1,)."""
        return self.function.offsets

    def take(self, rows: Rows) -> "Differenced":
        """Only these problems."""
        return Differenced(
            self.function.take(rows), self.scheme, self.typical[rows], self.lower[rows], self.upper[rows]
        )

    def residuals(self, x: Array) -> tuple[Array, dict[int, str]]:
        """Residuals (N,) at ``x (B, n)``, and what was raised."""
        return self.function.residuals(x)

    def jacobian(self, x: Array, residuals: Array) -> tuple[Array, dict[int, str]]:
        """Row j of (n, N): differences by unknown j."""
        jacobian = np.empty((x.shape[1], len(residuals)))
        raised: dict[int, str] = {}
        column = {"2-point": self._two_point, "3-point": self._three_point, "cs": self._complex_step}
        for j in range(x.shape[1]):
            jacobian[j], errors = column[self.scheme](x, residuals, j)
            raised |= errors
        return jacobian, raised

    def _two_point(self, x: Array, residuals: Array, j: int) -> tuple[Array, dict[int, str]]:
        step, _ = self._step(x, j, EPS ** (1 / 2))
        at, step = _moved(x, j, step)
        ahead, raised = self.function.residuals(at)
        return (ahead - residuals) / ragged.expand(step, self.offsets), raised

    def _three_point(self, x: Array, residuals: Array, j: int) -> tuple[Array, dict[int, str]]:
        step, central = self._step(x, j, EPS ** (1 / 3))
        at, first = _moved(x, j, step)
        one, raised_one = self.function.residuals(at)
        at, second = _moved(x, j, np.where(central, -step, 2.0 * step))
        other, raised_other = self.function.residuals(at)
        # The derivative at 0 of the parabola through (0, r), (first, one), (second, other).
        h, k = ragged.expand(first, self.offsets), ragged.expand(second, self.offsets)
        slope = ((one - residuals) * (k / h) - (other - residuals) * (h / k)) / (k - h)
        return slope, raised_one | raised_other

    def _complex_step(self, x: Array, _: Array, j: int) -> tuple[Array, dict[int, str]]:
        step = EPS * np.maximum(np.abs(x[:, j]), self._size(j))
        at = x.astype(complex)
        at[:, j] += 1j * step
        ahead, raised = self.function.residuals(at)  # complex on purpose
        return ahead.imag / ragged.expand(step, self.offsets), raised

    def _size(self, j: int) -> Array:
        return np.where(self.typical[:, j] == 0.0, 1.0, np.abs(self.typical[:, j]))

    def _step(self, x: Array, j: int, relative: float) -> tuple[Array, BoolArray]:
        """Signed step of unknown j that stays inside, and whether there is room for it on both sides."""
        here = x[:, j]
        step = relative * np.maximum(np.abs(here), self._size(j))
        reach = step if self.scheme == "2-point" else 2.0 * step
        above, below = self.upper[:, j] - here, here - self.lower[:, j]
        central = (step <= above) & (step <= below)
        forward = (reach <= above) | (above >= below)
        room = np.maximum(above, below)
        step = np.where(central, step, np.minimum(step, room * (step / reach)))
        return np.where(forward | central, step, -step), central


def _moved(x: Array, j: int, step: Array) -> tuple[Array, Array]:
    """``x`` with unknown j moved, and the step as it came out in floating point."""
    at = x.copy()
    at[:, j] += step
    return at, at[:, j] - x[:, j]
