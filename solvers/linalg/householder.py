"""The triangle of one problem by Householder QR.

References
----------
.. [1] G. Golub, C. Van Loan, Matrix Computations, 4th ed., 5.2.
"""

import math

from solvers.arrays import Array, IntArray
from solvers.kernels.compiling import kernel
from solvers.linalg.norm import is_finite, safe_norm


@kernel
def reduce_columns(work: Array, factor: Array, projection: Array) -> bool:
    """Fill in R (n, n) and z (n,) from ``work`` (n + 1, m), the columns of [J r], which is overwritten.

    Whether they are finite, and their squares too.
    """
    n, m = len(work) - 1, work.shape[1]
    factor[:] = 0.0
    projection[:] = 0.0
    for j in range(min(m, n)):
        norm = safe_norm(work[j, j:])
        if norm != 0.0:
            factor[j, j] = -math.copysign(norm, work[j, j])
            for i in range(j, m):
                work[j, i] /= norm  # so that nothing overflows or underflows
            work[j, j] += math.copysign(1.0, work[j, j])
            _reflect(work, j, -1.0 / abs(work[j, j]))
        for column in range(j + 1, n):
            factor[j, column] = work[column, j]
        projection[j] = work[n, j]
    total = 0.0
    for j in range(n):
        total += projection[j] * projection[j]
        for i in range(j + 1):
            total += factor[i, j] * factor[i, j]
    return is_finite(total)


@kernel
def _reflect(work: Array, j: int, beta: float) -> None:
    """Apply the reflector ``I + beta v v'``, v the row j of ``work`` from j on, to all rows after j."""
    for column in range(j + 1, len(work)):
        dot = 0.0
        for i in range(j, work.shape[1]):
            dot += work[j, i] * work[column, i]
        dot *= beta
        for i in range(j, work.shape[1]):
            work[column, i] += dot * work[j, i]


@kernel
def pivot_columns(work: Array, order: IntArray) -> None:
    """Bring the columns, rows of ``work`` (n, m), into the order of QR with pivoting.

    The longest comes first, then whichever has most that is not along those before it; overwrites ``work``.
    """
    n, m = work.shape
    for i in range(n):
        pivot, longest = i, -1.0
        for j in range(i, n):
            length = safe_norm(work[j])
            if length > longest:
                pivot, longest = j, length
        order[i], order[pivot] = order[pivot], order[i]
        for k in range(m):
            work[i, k], work[pivot, k] = work[pivot, k], work[i, k]
        if longest > 0.0:
            for k in range(m):
                work[i, k] /= longest
            for j in range(i + 1, n):
                dot = 0.0
                for k in range(m):
                    dot += work[i, k] * work[j, k]
                for k in range(m):
                    work[j, k] -= dot * work[i, k]
