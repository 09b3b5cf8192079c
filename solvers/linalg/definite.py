"""Symmetric positive definite matrices of one problem: Cholesky factors, and solving with them."""

import math

from solvers.arrays import Array
from solvers.kernels.compiling import called


@called
def cholesky(matrix: Array, factor: Array) -> int:
    """Fill in the lower triangle of a factor (n, n) with ``L L' = A``.

    Returns
    -------
    pivot : int
        n, or the first whose pivot is not positive; the rows before it are those of the factor, and at
        [pivot, pivot] is the square that has no root.
    """
    n = len(matrix)
    for j in range(n):
        square = matrix[j, j]
        for k in range(j):
            square -= factor[j, k] * factor[j, k]
        factor[j, j] = square
        if not square > 0.0 or not math.isfinite(square):
            return j
        factor[j, j] = math.sqrt(square)
        for i in range(j + 1, n):
            entry = matrix[i, j]
            for k in range(j):
                entry -= factor[i, k] * factor[j, k]
            factor[i, j] = entry / factor[j, j]
    return n


@called
def solve_lower(factor: Array, x: Array, size: int) -> None:
    """Solve ``L y = x`` for the first `size` unknowns; y takes x's place."""
    for i in range(size):
        for k in range(i):
            x[i] -= factor[i, k] * x[k]
        x[i] /= factor[i, i]


@called
def solve_upper(factor: Array, x: Array, size: int) -> None:
    """Solve ``L' y = x`` for the first `size` unknowns; y takes x's place."""
    for i in range(size - 1, -1, -1):
        for k in range(i + 1, size):
            x[i] -= factor[k, i] * x[k]
        x[i] /= factor[i, i]
