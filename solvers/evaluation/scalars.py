"""Functions of one unknown, of a batch ``fun(x (b,), *args) -> (b,)`` or of one problem, and their slopes."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from solvers.arrays import Array, Batch, BoolArray, Rows, as_index
from solvers.evaluation.rows import call_rows

#: Of forward differences, the step in units of max(1, |x|), as in SciPy.
_STEP = math.sqrt(float(np.finfo(float).eps))


def forward_step(x: Any) -> Any:
    """How far from x a forward difference looks."""
    return np.where(x < 0.0, -_STEP, _STEP) * np.maximum(1.0, np.abs(x))


def with_difference(function: Callable[[Any], Any]) -> list[Callable[[Any], Any]]:
    """A function of a number and its derivative by a forward difference from the value computed last."""
    last = math.nan

    def value(x: Any) -> Any:
        nonlocal last
        last = function(x)
        return last

    def slope(x: Any) -> Any:
        ahead = x + forward_step(x)
        return (function(ahead) - last) / (ahead - x)

    return [value, slope]


@dataclass(frozen=True)
class Values:
    """One evaluation of a batch."""

    fun: Array  # (b,)
    raised: dict[int, str]

    def take(self, rows: Rows) -> "Values":
        """Only these rows; what was raised is not carried along."""
        return Values(self.fun[rows], {})


@dataclass(frozen=True)
class Slopes(Batch):
    """Derivatives of a batch; NaN where they are not asked for."""

    first: Array  # (b,)
    second: Array  # (b,)
    finite: BoolArray  # (b,)


@dataclass(frozen=True)
class Scalars:
    """A batch of problems of one unknown, for `solvers.loop.run`."""

    #: The function and its derivatives, as many as there are; each ``(x (b,), *args) -> (b,)``.
    functions: tuple[Callable[..., Any], ...]
    args: tuple[Any, ...]  # each with leading axis B, cut to the running rows
    given: Array  # (B, k) what each search begins with
    joint: bool = True  # else each is ``(x, *args) -> number``, for one problem

    def __len__(self) -> int:
        return len(self.given)

    @property
    def width(self) -> float:
        """Numbers a problem."""
        return 1.0

    def take(self, rows: Rows) -> "Scalars":
        """Only these problems."""
        index = as_index(rows)
        return replace(
            self,
            args=tuple(arg.take(index, axis=0) for arg in self.args),
            given=self.given.take(index, axis=0),
        )

    def value(self, x: Array) -> Values:
        """Evaluate at x (B,)."""
        return Values(*self._call(0, x))

    def derivatives(self, x: Array, value: Values) -> tuple[Slopes, dict[int, str]]:
        """First and second derivative at x (B,); the first by forward differences where none is given."""
        first, raised = self._call(1, x) if len(self.functions) > 1 else self._difference(x, value.fun)
        second, finite = np.full_like(first, np.nan), np.isfinite(first)
        if len(self.functions) > 2:
            second, more = self._call(2, x)
            raised, finite = more | raised, finite & np.isfinite(second)
        return Slopes(first, second, finite), raised

    def _difference(self, x: Array, fun: Array) -> tuple[Array, dict[int, str]]:
        ahead = x + forward_step(x)
        values, raised = self._call(0, ahead)
        return (values - fun) / (ahead - x), raised

    def _call(self, order: int, x: Array) -> tuple[Array, dict[int, str]]:
        return call_rows(self.functions[order], (x,), self.args, (), joint=self.joint)
