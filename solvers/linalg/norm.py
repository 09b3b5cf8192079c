"""The rounding unit, and norms that heed neither overflow nor underflow."""

import math

import numpy as np

from solvers.arrays import Array
from solvers.kernels.compiling import inlined, kernel

EPS = float(np.finfo(np.float64).eps)

#: Sums of squares between these have lost nothing to underflow, or overflow.
_LEAST_SQUARE, _LARGEST_SQUARE = 1e-280, 1e300


@inlined
def is_finite(x: float) -> bool:
    """Do what ``math.isfinite`` does, which asks whether x - x is 0, as reordered sums always are."""
    return abs(x) < math.inf


@kernel
def safe_norm(v: Array) -> float:
    """Two-norm without overflow or underflow."""
    total = 0.0
    for value in v:
        total += value * value
    if _LEAST_SQUARE < total < _LARGEST_SQUARE:
        return math.sqrt(total)
    largest = 0.0
    for value in v:
        if math.isnan(value):
            return math.nan
        largest = max(largest, abs(value))
    if largest == 0.0 or not is_finite(largest):
        return largest
    total = 0.0
    for value in v:
        total += (value / largest) * (value / largest)
    return largest * math.sqrt(total)
