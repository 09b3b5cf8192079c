"""Confidence intervals of fitted parameters, and how their ends came about."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Self

import numpy as np

from solvers.arrays import Array, Batch, BoolArray, IntArray


class IntervalEnd(IntEnum):
    """Why an end of an interval is where it is."""

    #: NaN: the parameter is fixed, or the fit tells nothing of its error.
    UNKNOWN = 0
    #: A number, where the level is reached.
    FOUND = 1
    #: The bound: even there the parameter is within the level.
    AT_BOUND = 2
    #: Infinite: however far off, the parameter is within the level; the data do not limit it.
    UNBOUNDED = 3
    #: NaN: on the way there is a better fit than the answer, which was a local minimum.
    BETTER_FIT = 4
    #: NaN: the fits with the parameter held did not converge.
    FAILED = 5


@dataclass(frozen=True)
class Intervals(Batch):
    """A confidence interval for each parameter, each (B, n)."""

    low: Array
    high: Array
    low_end: IntArray  # an IntervalEnd each
    high_end: IntArray

    @classmethod
    def unknown(cls, size: int, n: int) -> Self:
        """Nothing is known yet."""
        low, high = np.full((2, size, n), np.nan)
        low_end, high_end = np.zeros((2, size, n), dtype=np.int64)
        return cls(low, high, low_end, high_end)

    @classmethod
    def around(cls, x: Array, half_width: Array, held: BoolArray) -> Self:
        """Symmetric about ``x (B, n)``; unknown where a bound holds a parameter: it cuts the distribution."""
        half_width = np.where(held[:, None], np.nan, half_width)
        end = np.where(np.isfinite(half_width), IntervalEnd.FOUND, IntervalEnd.UNKNOWN)
        return cls(x - half_width, x + half_width, end, end)
