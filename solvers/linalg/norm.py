"""The rounding unit, and norms that heed neither overflow nor underflow."""

import math

import numpy as np

from solvers.arrays import Array
from solvers.kernels.compiling import kernel

EPS = float(np.finfo(np.float64).eps)


@kernel
def safe_norm(v: Array) -> float:
    """Two-norm without overflow or underflow."""
    largest = 0.0
    for value in v:
        if math.isnan(value):
            return math.nan
        largest = max(largest, abs(value))
    if largest == 0.0 or not math.isfinite(largest):
        return largest
    total = 0.0
    for value in v:
        total += (value / largest) * (value / largest)
    return largest * math.sqrt(total)
