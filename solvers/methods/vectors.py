"""Sums and copies of short vectors, in the order of their elements, for methods of one problem at a time."""

import math

from solvers.arrays import Array
from solvers.kernels.compiling import strict


@strict
def copy(source: Array, target: Array) -> None:
    """Copy a vector over another; Numba's slices would make room for that."""
    for i in range(len(source)):
        target[i] = source[i]


@strict
def move(base: Array, step: float, direction: Array, target: Array) -> None:
    """``target = base + step * direction``."""
    for i in range(len(base)):
        target[i] = base[i] + step * direction[i]


@strict
def dot(a: Array, b: Array) -> float:
    """Sum of products."""
    total = 0.0
    for i in range(len(a)):
        total += a[i] * b[i]
    return total


@strict
def norm(vector: Array) -> float:
    """Length."""
    return math.sqrt(dot(vector, vector))


@strict
def largest(vector: Array) -> float:
    """Largest absolute value."""
    most = 0.0
    for i in range(len(vector)):
        most = max(most, abs(vector[i]))
    return most


@strict
def norm_of_order(vector: Array, order: float) -> float:
    """Norm of an order, which may be infinite either way, as NumPy's."""
    if order == math.inf:
        return largest(vector)
    total, least = 0.0, math.inf
    for i in range(len(vector)):
        least = min(least, abs(vector[i]))
        total += abs(vector[i]) ** order
    return least if order == -math.inf else total ** (1.0 / order)
