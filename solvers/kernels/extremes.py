"""The extremes of a vector in four lanes: in one, each comparison would wait for the one before it."""

import math

from solvers.arrays import Array
from solvers.kernels.compiling import inlined


@inlined
def minimum(values: Array) -> float:
    """The least of a vector without NaN, its length a multiple of four."""
    a = b = c = d = math.inf
    for j in range(0, len(values), 4):
        a, b = min(a, values[j]), min(b, values[j + 1])
        c, d = min(c, values[j + 2]), min(d, values[j + 3])
    return min(a, b, c, d)


@inlined
def place_of_maximum(values: Array) -> int:
    """Where the greatest of a vector is, of several the first; -1 if nothing is greater than zero.

    The vector is without NaN, and its length a multiple of four.
    """
    a = b = c = d = 0.0
    for j in range(0, len(values), 4):
        a, b = max(a, values[j]), max(b, values[j + 1])
        c, d = max(c, values[j + 2]), max(d, values[j + 3])
    most = max(a, b, c, d)
    if not most > 0.0:
        return -1
    found = 0
    while values[found] != most:
        found += 1
    return found
