"""Residuals given as Python functions: of one problem, ``fun(x)``, or of a batch, ``fun(x (b, n))``."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from solvers.arrays import Array, IntArray, Rows


@dataclass(frozen=True)
class Call:
    """A function with its further arguments; it can be sent to other processes, as a lambda cannot."""

    fun: Callable[..., Any]
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, x: Array) -> Any:
        """Evaluate at a copy of ``x (n,)``, which users may change."""
        return self.fun(x.copy(), *self.args, **self.kwargs)


class OneResidual:
    """The residuals of a single problem; what its function raises is the caller's to see.

    Parameters
    ----------
    fun
        ``fun(x (n,)) -> (m,)``.
    jac
        ``jac(x (n,)) -> (m, n)``, or None.
    start
        (n,), where the residuals are known, so that they are not computed a second time.
    first
        (m,), the residuals there.
    """

    def __init__(
        self, fun: Callable[[Array], Any], jac: Callable[[Array], Any] | None, start: Array, first: Array
    ) -> None:
        self.fun, self.jac, self.m = fun, jac, len(first)
        self.offsets: IntArray = np.array([0, self.m])
        self._known: tuple[Array, Array] | None = (start, first)

    def take(self, rows: Rows) -> "OneResidual":
        """Return this problem, or none."""
        if len(np.arange(1)[rows]):
            return self
        return OneResidual(self.fun, self.jac, np.empty(0), np.empty(0))

    def residuals(self, x: Array) -> tuple[Array, dict[int, str]]:
        """Residuals (m,) at ``x (1, n)``."""
        if self._known is not None:
            (start, first), self._known = self._known, None
            if x.dtype == start.dtype and np.array_equal(x[0], start):
                return _flat("fun", first, first.shape, x), {}
        return _flat("fun", self.fun(x[0]), (self.m,), x), {}

    def jacobian(self, x: Array, residuals: Array) -> tuple[Array, dict[int, str]]:
        """Derivatives (n, m) at ``x (1, n)``."""
        if self.jac is None:
            raise ValueError("this function has no jac: wrap it in Differenced")
        shape = (len(residuals), x.shape[1])
        return np.ascontiguousarray(_flat("jac", self.jac(x[0]), shape, x).T), {}


def _flat(name: str, values: Any, shape: tuple[int, ...], x: Array) -> Array:
    """A copy (users reuse their arrays) in double precision, of this shape but for axes of length 1."""
    array = np.array(values)
    if array.dtype != x.dtype:  # which is complex for complex steps alone
        if array.dtype.kind == "c" and x.dtype.kind != "c":
            raise ValueError(f"{name} must return real numbers where x is real, got {array.dtype}")
        array = array.astype(np.result_type(array, np.float64))
    if array.shape == shape:
        return array
    if array.ndim > 2 or [k for k in array.shape if k != 1] != [k for k in shape if k != 1]:
        raise ValueError(f"{name} must return shape {shape}, as at the start; got {array.shape}")
    return array.reshape(shape)


@dataclass(frozen=True)
class BatchResiduals:
    """The residuals of many problems, all with m of them, from one function of a batch.

    When a call raises, the problems are tried one at a time, so that only the guilty rows say so.
    """

    fun: Callable[..., Any]  # (b, n), *args -> (b, m)
    jac: Callable[..., Any] | None  # (b, n), *args -> (b, m, n)
    args: tuple[Any, ...]  # each with leading axis B, cut to the running rows
    size: int
    m: int

    @property
    def offsets(self) -> IntArray:
        """Where each problem's residuals start, (B+1,)."""
        return np.arange(self.size + 1, dtype=np.int64) * self.m

    def take(self, rows: Rows) -> "BatchResiduals":
        """Only these problems."""
        return replace(self, args=tuple(arg[rows] for arg in self.args), size=len(np.arange(self.size)[rows]))

    def residuals(self, x: Array) -> tuple[Array, dict[int, str]]:
        """Residuals (B m,) at ``x (B, n)``, and what was raised."""
        values, raised = self._call("fun", self.fun, x, (self.m,))
        return values.reshape(-1), raised

    def jacobian(self, x: Array, residuals: Array) -> tuple[Array, dict[int, str]]:  # noqa: ARG002 - interface
        """Row j of (n, B m): derivatives by unknown j."""
        if self.jac is None:
            raise ValueError("this function has no jac: wrap it in Differenced")
        n = x.shape[1]
        values, raised = self._call("jac", self.jac, x, (self.m, n))
        return np.ascontiguousarray(values.reshape(-1, n).T), raised

    def _call(
        self, name: str, function: Callable[..., Any], x: Array, shape: tuple[int, ...]
    ) -> tuple[Array, dict[int, str]]:
        with np.errstate(all="ignore"):
            try:
                return _shaped(name, function(x, *self.args), (len(x), *shape)), {}
            except Exception:  # users' functions raise anything; find out for which rows
                return self._one_by_one(name, function, x, shape)

    def _one_by_one(
        self, name: str, function: Callable[..., Any], x: Array, shape: tuple[int, ...]
    ) -> tuple[Array, dict[int, str]]:
        values = np.full((len(x), *shape), np.nan, dtype=x.dtype)
        raised: dict[int, str] = {}
        for row in range(len(x)):
            one = slice(row, row + 1)
            try:
                values[one] = _shaped(name, function(x[one], *(arg[one] for arg in self.args)), (1, *shape))
            except Exception as error:  # whatever it raises belongs to its row
                raised[row] = f"{type(error).__name__}: {error}"
        return values, raised


def _shaped(name: str, values: Any, shape: tuple[int, ...]) -> Array:
    array = np.asarray(values)
    if array.shape != shape:
        raise ValueError(f"{name} must return shape {shape} for these {shape[0]} rows, got {array.shape}")
    return array.astype(np.result_type(array, np.float64))  # a copy: users reuse their arrays
