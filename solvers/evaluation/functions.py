"""Curves given as Python functions ``f(x, *params)``: all problems in one call where that is sound.

A function of NumPy's elementwise kind gives the same values whether it is called problem by problem or
once on everybody's points, with each parameter repeated to match. Whether a function is of that kind
is tried on its first use; one that is not (it sums over x, say, or branches on a parameter) is called
once a problem. The trial has to tell problems apart that share their x and their start, as most do,
so it leaves out points and moves the parameters, each problem's differently. When a joint call
raises, the problems are called one by one, so that only those raise whose own data are to blame.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from solvers import ragged
from solvers.arrays import Array, IntArray

#: What the check on first use multiplies the parameters by, a factor each for the problems it compares.
_FACTORS = np.array([1.0, 1.25, -1.0, 0.5])
#: How many points it leaves out of them, at the beginning and at the end.
_LEFT_OUT = np.array([(0, 0), (0, 1), (1, 0), (1, 1)])
#: Joint and separate calls may differ by how NumPy's loops round remainders, no more.
_AGREES = 1e-12


class Repeated:
    """Parameters repeated for their points, and remembered: differences move one at a time, and back."""

    def __init__(self) -> None:
        self.offsets: IntArray | None = None
        self.repeats: int | IntArray = 0
        self.last: list[deque[tuple[Array, Array]]] = []  # for each parameter, what `_column` gave

    def of(self, params: Array, offsets: IntArray) -> list[Array]:
        """The n columns (N,) for ``params (B, n)``."""
        if self.offsets is not offsets:
            self.offsets, self.repeats = offsets, ragged.repeats(offsets)
            self.last = [deque(maxlen=2) for _ in params.T]
        return [self._column(j, values) for j, values in enumerate(params.T)]

    def _column(self, j: int, values: Array) -> Array:
        """One column (N,), read-only: what a function writes there would stay."""
        for known, column in self.last[j]:
            if (values == known).all():
                return column
        column = np.repeat(values, self.repeats)
        column.flags.writeable = False
        self.last[j].append((values.copy(), column))
        return column


@dataclass(frozen=True)
class CurveFunction:
    """A model given as a function, and perhaps its derivatives.

    Parameters
    ----------
    f
        ``f(x, *params) -> (m,)``; x is (m,), or (k, m) when there are several independent variables.
    jac
        ``jac(x, *params) -> (m, n)``, or None.
    joint
        Whether one call may serve all problems.
    """

    f: Callable[..., Any]
    jac: Callable[..., Any] | None = None
    joint: bool = False
    repeated: Repeated = field(default_factory=Repeated, compare=False, repr=False)

    def value(self, x: Array, params: Array, offsets: IntArray) -> tuple[Array, dict[int, str]]:
        """Predictions (N,) for ``x (k, N)`` and ``params (B, n)``, and what was raised."""
        return self._call(self.f, x, params, offsets, ())

    def jacobian(self, x: Array, params: Array, offsets: IntArray) -> tuple[Array, dict[int, str]]:
        """Derivatives by parameter, (n, N), from ``jac``."""
        if self.jac is None:
            raise ValueError("this curve has no jac: wrap its residuals in Differenced")
        values, raised = self._call(self.jac, x, params, offsets, (params.shape[1],))
        return np.ascontiguousarray(values.T), raised

    def checked(self, x: Array, params: Array, offsets: IntArray) -> "CurveFunction":
        """Return this function, joint if that agrees with separate calls on a few of these problems."""
        some = np.linspace(0, len(params) - 1, len(_FACTORS)).astype(np.int64)
        first, last = offsets[some], offsets[some + 1]
        first, last = np.where(last - first > 2, (first, last) + _LEFT_OUT.T * [[1], [-1]], (first, last))
        points = np.concatenate([np.arange(*ends) for ends in zip(first, last, strict=True)])
        offsets = ragged.offsets_from(last - first)
        x, params = np.ascontiguousarray(x[:, points]), _spread(params[some])
        n = params.shape[1]
        agree = all(
            _agrees(function, x, params, offsets, tail)
            for function, tail in ((self.f, ()), (self.jac, (n,)))
            if function is not None
        )
        return CurveFunction(self.f, self.jac, joint=agree)

    def _call(
        self,
        function: Callable[..., Any],
        x: Array,
        params: Array,
        offsets: IntArray,
        tail: tuple[int, ...],
    ) -> tuple[Array, dict[int, str]]:
        with np.errstate(all="ignore"):
            if self.joint:
                try:
                    return _joint(function, x, self.repeated.of(params, offsets), tail), {}
                except Exception:  # users' functions raise anything; find out whose fault it is
                    pass
            return _separate(function, x, params, offsets, tail)


def _spread(params: Array) -> Array:
    """Parameters (4, n), each row moved by its own factor; 0 is moved as if it were 1."""
    factors = _FACTORS[:, None]
    return np.where(params == 0.0, factors - 1.0, params * factors)


def _argument(x: Array) -> Array:
    """What ``f`` gets for ``x (k, m)``: (m,) when there is one independent variable."""
    return x[0] if len(x) == 1 else x


def _joint(function: Callable[..., Any], x: Array, columns: Sequence[Array], tail: tuple[int, ...]) -> Array:
    values = function(_argument(x), *columns)
    return _shaped(values, (x.shape[1], *tail))


def _separate(
    function: Callable[..., Any], x: Array, params: Array, offsets: IntArray, tail: tuple[int, ...]
) -> tuple[Array, dict[int, str]]:
    values = np.empty((x.shape[1], *tail), dtype=np.result_type(params, np.float64))
    raised: dict[int, str] = {}
    for row, (points, at) in enumerate(_problems(x, offsets)):
        shape = (len(at.T), *tail)
        try:
            values[points] = _shaped(function(at, *params[row]), shape)
        except Exception as error:  # whatever a user's function raises belongs to its row
            values[points] = np.nan
            raised[row] = f"{type(error).__name__}: {error}"
    return values, raised


def _problems(x: Array, offsets: IntArray) -> Iterator[tuple[slice, Array]]:
    for begin, end in pairwise(offsets):
        yield slice(begin, end), np.ascontiguousarray(_argument(x[:, begin:end]))


def _shaped(values: Any, shape: tuple[int, ...]) -> Array:
    array = np.asarray(values)
    array = array.astype(np.result_type(array, np.float64), copy=False)
    if array.shape == shape:
        return array
    if array.ndim != 0:
        raise ValueError(f"the function must return shape {shape} for these points, got {array.shape}")
    return np.broadcast_to(array, shape)


def _agrees(
    function: Callable[..., Any], x: Array, params: Array, offsets: IntArray, tail: tuple[int, ...]
) -> bool:
    with np.errstate(all="ignore"):
        separate, raised = _separate(function, x, params, offsets, tail)
        if raised:
            return False
        try:
            joint = _joint(function, x, Repeated().of(params, offsets), tail)
        except Exception:  # raising on many problems' points is what is being tried
            return False
    return bool(np.allclose(joint, separate, rtol=_AGREES, atol=0.0, equal_nan=True))
