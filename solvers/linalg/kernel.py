"""How the hand-written kernels are compiled, and what they share."""

import math
from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numba import njit

from solvers.arrays import Array

EPS = float(np.finfo(np.float64).eps)

# Sums may be reordered for vectorizing (the same way for every problem); NaN and infinity keep their meaning.
_FASTMATH = {"contract", "reassoc", "nsz", "arcp"}

Kernel = TypeVar("Kernel", bound=Callable[..., object])


def kernel(function: Kernel) -> Kernel:
    """Compile with Numba, whose decorator has no types, when first called; the machine code is kept."""
    compiled: Kernel = njit(cache=True, nogil=True, error_model="numpy", fastmath=_FASTMATH)(function)
    return compiled


def inlined(function: Kernel) -> Kernel:
    """Compile into its callers, whose optimizer then sees through it: for what is small and often called."""
    compiled: Kernel = njit(forceinline=True, error_model="numpy", fastmath=_FASTMATH)(function)
    return compiled


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
