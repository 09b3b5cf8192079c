"""Linear equations by Gaussian elimination with partial pivoting, for small matrices.

References
----------
.. [1] G. Golub, C. Van Loan, Matrix Computations, 4th ed., 3.4.
"""

from solvers.arrays import Array
from solvers.kernels.compiling import strict


@strict
def solve(work: Array, x: Array, tiny: float) -> bool:
    """Solve ``A x = b``, A and b in ``work`` (n, n + 1), which is overwritten.

    A pivot that is zero is replaced by ``tiny`` times the largest element above it, or by ``tiny`` if they
    are zero; where ``tiny`` is 0, it ends there. Whether there was no such pivot.
    """
    n, regular = len(work), True
    for k in range(n):
        pivot, largest = k, abs(work[k, k])
        for i in range(k + 1, n):
            if abs(work[i, k]) > largest:
                pivot, largest = i, abs(work[i, k])
        if pivot != k:
            for j in range(k, n + 1):
                work[k, j], work[pivot, j] = work[pivot, j], work[k, j]
        if not largest > 0.0:
            if tiny == 0.0:
                return False
            regular = False
            for i in range(k):
                largest = max(largest, abs(work[i, k]))
            work[k, k] = tiny * largest if largest > 0.0 else tiny
        work[k, k] = 1.0 / work[k, k]
        for i in range(k + 1, n):
            factor = work[i, k] * work[k, k]
            for j in range(k + 1, n + 1):
                work[i, j] -= factor * work[k, j]
    for i in range(n - 1, -1, -1):
        total = work[i, n]
        for j in range(i + 1, n):
            total -= work[i, j] * x[j]
        x[i] = total * work[i, i]
    return regular
