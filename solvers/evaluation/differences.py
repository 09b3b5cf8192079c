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
from solvers.arrays import Array, BoolArray, IntArray, Rows, as_index
from solvers.evaluation.least_squares import ResidualFunction
from solvers.kernels.compiling import as_written, strict
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
        index = as_index(rows)
        return replace(
            self,
            function=self.function.take(index),
            typical=self.typical.take(index, axis=0),
            lower=self.lower.take(index, axis=0),
            upper=self.upper.take(index, axis=0),
        )

    def residuals(self, x: Array) -> tuple[Array, dict[int, str]]:
        """Residuals (N,) at ``x (B, n)``, and what was raised."""
        return self.function.residuals(x)

    def jacobian(self, x: Array, residuals: Array) -> tuple[Array, dict[int, str]]:
        """Row j of (n, N): differences by unknown j."""
        n = x.shape[1]
        moved = [x + move for move in self._moves(x)]
        groups = [[j] for j in range(n)] if self.sparsity is None else self.sparsity.groups
        points = (_replaced(x, to, group) for group in groups for to in moved)
        evaluated = iter(self.workers(self.function.residuals, points))
        jacobian, raised = np.empty((n, len(residuals))), dict[int, str]()
        for group in groups:
            at = []
            for _ in moved:
                values, errors = next(evaluated)
                at.append(values)
                raised |= errors
            for j in group:
                # Steps as they came out in floating point.
                self._slopes(at, residuals, [to[:, j] - x[:, j] for to in moved], jacobian[j])
        if self.sparsity is not None:
            jacobian[~self.sparsity.pattern] = 0.0
        return jacobian, raised

    def _slopes(self, at: list[Array], here: Array, steps: list[Array], slopes: Array) -> None:
        """Fill in the derivatives (N,) by an unknown from residuals at one or two steps (B,) of it."""
        if self.scheme == "cs":
            np.divide(at[0].imag, ragged.expand(steps[0].imag, self.offsets), out=slopes)
            return
        fill_in = _of_lines if self.scheme == "2-point" else _of_parabolas
        fill_in(*at, here, *steps, self.offsets, self.rounding, slopes)

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
            step, central = inside(x, step, self.lower, self.upper, self.scheme)
        return [step] if self.scheme == "2-point" else [step, np.where(central, -step, 2.0 * step)]

    @cached_property
    def _least_size(self) -> Array:
        """What an unknown counts as where it is smaller, (B, n)."""
        return np.where(self.typical == 0.0, 1.0, np.abs(self.typical))

    @cached_property
    def _bounded(self) -> bool:
        return bool((self.lower > -np.inf).any() or (self.upper < np.inf).any())


def inside(x: Array, step: Array, lower: Array, upper: Array, scheme: Scheme) -> tuple[Array, BoolArray]:
    """Signed steps (B, n) that stay within the bounds, and whether there is room on both sides."""
    reach = step if scheme == "2-point" else 2.0 * step
    above, below = upper - x, x - lower
    central = (step <= above) & (step <= below)
    forward = (reach <= above) | (above >= below)
    room = np.maximum(above, below)
    step = np.where(central, step, np.minimum(step, room * (step / reach)))
    return np.where(forward | central, step, -step), central


def _replaced(x: Array, by: Array, group: Sequence[int]) -> Array:
    """``x`` with the unknowns of a group replaced."""
    point = x.astype(by.dtype)
    for j in group:
        point[:, j] = by[:, j]
    return point


@strict
def _seen(there: float, here: float, rounding: float) -> float:
    """A change; one that rounding alone could have made is none.

    A derivative of nothing else keeps a method running where there is nothing to see.
    """
    change = there - here
    return 0.0 if abs(change) <= rounding * abs(here) else change


@as_written
def _of_lines(at: Array, here: Array, step: Array, offsets: IntArray, rounding: float, slopes: Array) -> None:
    """Fill in the slopes of lines."""
    for row in range(len(step)):
        begin, end = offsets[row], offsets[row + 1]
        inverse = 1.0 / step[row]
        # Slices, so that no index can be negative and LLVM sees plain loops.
        a, r, slope = at[begin:end], here[begin:end], slopes[begin:end]
        for i in range(end - begin):
            slope[i] = _seen(a[i], r[i], rounding) * inverse


@as_written
def _of_parabolas(
    at: Array,
    other: Array,
    here: Array,
    step: Array,
    second: Array,
    offsets: IntArray,
    rounding: float,
    slopes: Array,
) -> None:
    """Fill in the slopes here of parabolas."""
    for row in range(len(step)):
        begin, end = offsets[row], offsets[row + 1]
        h, k = step[row], second[row]
        first, last = k / h / (k - h), h / k / (k - h)
        a, b, r, slope = at[begin:end], other[begin:end], here[begin:end], slopes[begin:end]
        for i in range(end - begin):
            slope[i] = _seen(a[i], r[i], rounding) * first - _seen(b[i], r[i], rounding) * last
