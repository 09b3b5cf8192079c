"""Functions of one unknown, of a batch ``fun(x (b,), *args) -> (b,)`` or of one problem, and their slopes."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from solvers.arrays import Array, Batch, BoolArray, Rows, as_index

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
    """A batch of problems of one unknown, for `solvers.loop.run`.

    When a call for many raises, they are called one at a time, so that only the guilty rows say so.
    """

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
        function = self.functions[order]
        if self.joint and len(x):
            try:
                return _shaped(function(x.copy(), *self.args), x.shape), {}  # users write over what they get
            except Exception:  # users' functions raise anything; find out for which rows
                pass
        values, raised = np.full(len(x), np.nan), dict[int, str]()
        for row in range(len(x)):
            at: Any = slice(row, row + 1) if self.joint else row
            point = x[at].copy() if self.joint else float(x[row])
            try:
                values[at] = _shaped(function(point, *(arg[at] for arg in self.args)), np.shape(point))
            except Exception as error:  # whatever it raises belongs to its row
                raised[row] = f"{type(error).__name__}: {error}"
        return values, raised


def _shaped(values: Any, shape: tuple[int, ...]) -> Array:
    array = np.array(values, dtype=float)  # a copy: users reuse their arrays
    if array.shape == shape:
        return array
    if array.size == 1 and shape == ():
        return array.reshape(())
    raise ValueError(f"the function must return shape {shape} here, got {array.shape}")
