"""Householder reflections of vectors that are rows of matrices.

Reference: C. Lawson, R. Hanson, Solving Least Squares Problems, SIAM 1995, chapter 10, algorithm H12.
"""

from solvers.arrays import Array
from solvers.kernels.compiling import called, strict
from solvers.methods.vectors import norm


@strict
def reflector(vector: Array, pivot: int) -> float:
    """Make the reflection that leaves of ``vector[pivot:]`` only its first element.

    That element is overwritten by what becomes of it, its part of the reflection's normal is returned; the
    other parts are the elements after it, which stay.
    """
    before: float = vector[pivot]
    length = norm(vector[pivot:])
    after = -length if before > 0.0 else length
    vector[pivot] = after
    return before - after


@called
def reflect(vector: Array, pivot: int, first: float, other: Array) -> None:
    """Apply the reflection made of ``vector`` to another one of its length."""
    scale = first * vector[pivot]
    if scale == 0.0:
        return
    total = first * other[pivot]
    for i in range(pivot + 1, len(vector)):
        total += vector[i] * other[i]
    total /= scale
    other[pivot] += total * first
    for i in range(pivot + 1, len(vector)):
        other[i] += total * vector[i]
