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
from solvers.linalg import EPS

Scheme = Literal["2-point", "3-point", "cs"]
SCHEMES: tuple[Scheme, ...] = get_args(Scheme)

#: The power of the rounding unit that makes the best relative step.
_POWER = {"2-point": 1 / 2, "3-point": 1 / 3, "cs": 1.0}


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
        at = [np.empty((n, len(residuals)), dtype=to.dtype) for to in moved]  # a row an unknown
        raised: dict[int, str] = {}
        for group in groups:
            for rows in at:
                rows[group], errors = next(evaluated)
                raised |= errors
        steps = [self._expand((to - x).T) for to in moved]  # as they came out in floating point
        jacobian = self._slope(residuals, at, steps)
        if self.sparsity is not None:
            jacobian[~self.sparsity.pattern] = 0.0
        return jacobian, raised

    def _slope(self, here: Array, at: list[Array], steps: list[Array]) -> Array:
        """The derivative at 0 of the lines or parabolas through residuals here and at the points, (n, N)."""
        if self.scheme == "cs":
            along: Array = at[0].imag / steps[0].imag
            return along
        changes = [_visible(values, here, self.rounding) for values in at]
        if self.scheme == "2-point":
            return changes[0] / steps[0]
        (one, other), (h, k) = changes, steps
        return (one * (k / h) - other * (h / k)) / (k - h)

    def _moves(self, x: Array) -> list[Array]:
        """Displacements (B, n) of the unknowns, one for each point that a difference needs."""
        size = np.maximum(np.abs(x), self._least_size)
        step = self.rounding ** _POWER[self.scheme] * size
        if self.relative is not None:
            given = self.relative * np.abs(x)
            step = np.where(given == 0.0, step, given)
        if self.scheme == "cs":
            return [1j * step]
        other = -step
        if self._bounded:
            step, central = self._inside(x, step)
            other = np.where(central, -step, 2.0 * step)
        return [step] if self.scheme == "2-point" else [step, other]

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

    def _expand(self, steps: Array) -> Array:
        """Steps (n, B) as they divide changes (n, N)."""
        return steps if steps.shape[1] == 1 else ragged.expand(steps, self.offsets)


def _replaced(x: Array, by: Array, group: int | Sequence[int]) -> Array:
    """``x`` with the unknowns of a group replaced."""
    point = x.astype(by.dtype)
    point[:, group] = by[:, group]
    return point


def _visible(values: Array, here: Array, rounding: float) -> Array:
    """Changes of residuals (n, N); 0 where rounding alone could have made them.

    A derivative of nothing but rounding keeps a method running, or walking, where there is nothing to see.
    """
    changes = values - here
    changes[np.abs(changes) <= rounding * np.abs(here)] = 0.0
    return changes
