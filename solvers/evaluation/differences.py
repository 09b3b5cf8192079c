"""Derivatives by finite differences that never step over a bound.

The step of an unknown is ``eps**(1/2)`` (two points) or ``eps**(1/3)`` (three points) times its typical
size: its own magnitude or that of its start, whichever is larger, or 1 where both are 0. A step
towards a bound that is too near is taken to the other side; between two near bounds it is shortened.

Unknowns that no residual shares can be moved together, which saves evaluations when the Jacobian is
known to be sparse [1]_.

References
----------
.. [1] A. Curtis, M. Powell, J. Reid, "On the estimation of sparse Jacobian matrices",
   IMA J. Appl. Math. 13 (1974) 117-119.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np

from solvers import ragged
from solvers.arrays import Array, BoolArray, IntArray, Rows
from solvers.evaluation.least_squares import ResidualFunction
from solvers.kernels.compiling import as_written
from solvers.linalg import EPS

Scheme = Literal["2-point", "3-point", "cs"]
SCHEMES: tuple[Scheme, ...] = get_args(Scheme)

#: The power of the rounding unit that makes the best relative step.
_POWER = {"2-point": 1 / 2, "3-point": 1 / 3, "cs": 1.0}

#: Relative precision of derivatives taken with that step; of formulas, None, some roundings.
PRECISION: dict[Scheme | None, float] = {
    "2-point": EPS ** (1 / 2),
    "3-point": EPS ** (2 / 3),
    "cs": 8 * EPS,
    None: 8 * EPS,
}


@dataclass(frozen=True)
class Sparsity:
    """Which derivatives can differ from 0, and unknowns in groups that no residual shares."""

    pattern: BoolArray  # (n, m)
    groups: list[list[int]]

    @classmethod
    def of(cls, pattern: BoolArray) -> "Sparsity":
        """Group the unknowns of a pattern (n, m), first come, first served [1]_."""
        groups: list[list[int]] = []
        for j, touched in enumerate(pattern):
            for members in groups:
                if not pattern[members][:, touched].any():
                    members.append(j)
                    break
            else:
                groups.append([j])
        return cls(pattern, groups)


@dataclass(frozen=True)
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
    relative
        Step relative to the magnitude of each unknown, (n,), or None for the above.
    rounding
        Relative precision of the function.
    sparsity
        Of the Jacobian, when there is one problem; or None.
    workers
        Does the evaluations, as the built-in ``map`` does.
    """

    function: ResidualFunction
    scheme: Scheme
    typical: Array
    lower: Array
    upper: Array
    relative: Array | None = None
    rounding: float = EPS
    sparsity: Sparsity | None = None
    workers: Callable[..., Any] = map

    @property
    def offsets(self) -> IntArray:
        """Where each problem's residuals start, (B+1,)."""
        return self.function.offsets

    def take(self, rows: Rows) -> "Differenced":
        """Only these problems."""
        return replace(
            self,
            function=self.function.take(rows),
            typical=self.typical[rows],
            lower=self.lower[rows],
            upper=self.upper[rows],
        )

    def residuals(self, x: Array) -> tuple[Array, dict[int, str]]:
        """Residuals (N,) at ``x (B, n)``, and what was raised."""
        return self.function.residuals(x)

    def jacobian(self, x: Array, residuals: Array) -> tuple[Array, dict[int, str]]:
        """Row j of (n, N): differences by unknown j."""
        n = x.shape[1]
        moved = [x + move for move in self._moves(x)]
        groups: Sequence[Any] = range(n) if self.sparsity is None else self.sparsity.groups
        points = (_replaced(x, to, group) for group in groups for to in moved)
        evaluated = iter(self.workers(self.function.residuals, points))
        at = np.empty((len(moved), n, len(residuals)), dtype=moved[0].dtype)
        raised: dict[int, str] = {}
        for group in groups:
            for values in at:
                values[group], errors = next(evaluated)
                raised |= errors
        steps = np.array([(to - x).T for to in moved])  # (1 or 2, n, B) as they came out in floating point
        if self.scheme == "cs":
            jacobian = at[0].imag / ragged.expand(steps[0].imag, self.offsets)
        else:
            jacobian = at[0]
            _slopes(at, residuals, steps, self.offsets, self.rounding)
        if self.sparsity is not None:
            jacobian[~self.sparsity.pattern] = 0.0
        return jacobian, raised

    def _moves(self, x: Array) -> list[Array]:
        """Displacements (B, n) of the unknowns, one for each point that a difference needs."""
        size = np.maximum(np.abs(x), self._least_size)
        step = self.rounding ** _POWER[self.scheme] * size
        if self.relative is not None:
            given = self.relative * np.abs(x)
            step = np.where(given == 0.0, step, given)
        if self.scheme == "cs":
            return [1j * step]
        central: BoolArray | bool = True
        if self._bounded:
            step, central = self._inside(x, step)
        return [step] if self.scheme == "2-point" else [step, np.where(central, -step, 2.0 * step)]

    @cached_property
    def _least_size(self) -> Array:
        """What an unknown counts as where it is smaller, (B, n)."""
        return np.where(self.typical == 0.0, 1.0, np.abs(self.typical))

    @cached_property
    def _bounded(self) -> bool:
        return bool((self.lower > -np.inf).any() or (self.upper < np.inf).any())

    def _inside(self, x: Array, step: Array) -> tuple[Array, BoolArray]:
        """Signed steps (B, n) that stay within the bounds, and whether there is room on both sides."""
        reach = step if self.scheme == "2-point" else 2.0 * step
        above, below = self.upper - x, x - self.lower
        central = (step <= above) & (step <= below)
        forward = (reach <= above) | (above >= below)
        room = np.maximum(above, below)
        step = np.where(central, step, np.minimum(step, room * (step / reach)))
        return np.where(forward | central, step, -step), central


def _replaced(x: Array, by: Array, group: int | Sequence[int]) -> Array:
    """``x`` with the unknowns of a group replaced."""
    point = x.astype(by.dtype)
    point[:, group] = by[:, group]
    return point


@as_written
def _slopes(at: Array, here: Array, steps: Array, offsets: IntArray, rounding: float) -> None:
    """Turn the first of residuals at points (1 or 2, n, N) into slopes here of lines or parabolas.

    A change that rounding alone could have made is none: a derivative of nothing else keeps a method
    running where there is nothing to see.
    """
    for row in range(len(offsets) - 1):
        for j in range(at.shape[1]):
            h, k = steps[0, j, row], steps[-1, j, row]
            for i in range(offsets[row], offsets[row + 1]):
                unseen = rounding * abs(here[i])
                one, other = at[0, j, i] - here[i], at[-1, j, i] - here[i]
                if abs(one) <= unseen:
                    one = 0.0
                if abs(other) <= unseen:
                    other = 0.0
                at[0, j, i] = one / h if len(at) == 1 else (one * (k / h) - other * (h / k)) / (k - h)
