"""The factors of a positive definite matrix, ``B = L D L'``, in one array: L below, D on the diagonal.

References
----------
.. [1] R. Fletcher, M. Powell, "On the modification of LDL' factorizations", Mathematics of Computation 28
   (1974) 1067-1087: the composite t-method.
"""

from solvers.arrays import Array
from solvers.kernels.compiling import called, strict
from solvers.linalg.norm import EPS
from solvers.methods.vectors import copy

#: [1]: beyond this ratio of pivots the other one of two equal formulas is stable.
_LARGE = 4.0


@strict
def make_identity(factors: Array) -> None:
    """Make them those of the identity."""
    for i in range(len(factors)):
        for j in range(i + 1):
            factors[i, j] = 1.0 if i == j else 0.0


@strict
def multiply(factors: Array, vector: Array, product: Array) -> None:
    """``product = B vector``."""
    n = len(factors)
    for i in range(n):
        total = vector[i]
        for j in range(i + 1, n):
            total += factors[j, i] * vector[j]
        product[i] = factors[i, i] * total
    for i in range(n - 1, -1, -1):
        for j in range(i):
            product[i] += factors[i, j] * product[j]


@called
def update(factors: Array, vector: Array, scale: float, room: Array) -> None:
    """Add ``scale * vector vector'`` to B, which has to stay positive definite; overwrites the vector.

    Room is for 2n numbers.
    """
    n = len(factors)
    t = 1.0 / scale
    ahead, rest = room[:n], room[n : 2 * n]
    if scale < 0.0:  # t from the last one backwards, so that none becomes positive by rounding
        copy(vector, rest)
        for i in range(n):
            ahead[i] = rest[i] * rest[i] / factors[i, i]
            t += ahead[i]
            for j in range(i + 1, n):
                rest[j] -= rest[i] * factors[j, i]
        after = t if t < 0.0 else EPS / scale
        for i in range(n - 1, -1, -1):
            share = ahead[i]
            ahead[i] = after
            after -= share
        t = 1.0 / scale
    for i in range(n):
        value, pivot = vector[i], factors[i, i]
        after = ahead[i] if scale < 0.0 else t + value * value / pivot
        ratio = after / t
        factors[i, i] = ratio * pivot
        weight = value / pivot / after
        for j in range(i + 1, n):
            entry = factors[j, i]
            change = vector[j] - value * entry
            if ratio > _LARGE:
                factors[j, i] = entry * (t / after) + weight * vector[j]
            else:
                factors[j, i] = entry + weight * change
            vector[j] = change
        t = after
