"""The triangle of one problem from its normal matrix by Cholesky, where that is accurate."""

import math

from solvers.arrays import Array
from solvers.kernels.compiling import inlined
from solvers.linalg.norm import is_finite

#: Least pivot of a normal matrix with unit diagonal that its factor is taken from; it bounds the relative
#: error of the factor by about 1e-10. All NIST sets keep their digits with it (tests/solvers/test_nist.py).
_LEAST_PIVOT = 1e-6
#: Diagonals outside of these may have lost digits to underflow, or overflow in what follows.
_LEAST_DIAGONAL, _LARGEST_DIAGONAL = 1e-200, 1e200


@inlined
def factorize_one(normal: Array, gradient: Array, r: Array, z: Array) -> bool:
    """Fill in R (n, n) with ``R'R = J'J`` and z (n,) with ``R'z = J'r``; what is below R's diagonal is left.

    False, and neither is to be used, where this would not be accurate: where the columns of J are
    nearly dependent, not finite, or of extreme size.
    """
    n = len(gradient)
    for j in range(n):
        diagonal = normal[j, j]
        pivot, total = diagonal, gradient[j]
        for k in range(j):
            pivot -= r[k, j] * r[k, j]
            total -= r[k, j] * z[k]
        if not (_LEAST_DIAGONAL < diagonal < _LARGEST_DIAGONAL and pivot >= _LEAST_PIVOT * diagonal):
            return False
        r[j, j] = math.sqrt(pivot)
        inverse = 1.0 / r[j, j]
        z[j] = total * inverse
        for i in range(j + 1, n):
            entry = normal[j, i]
            for k in range(j):
                entry -= r[k, j] * r[k, i]
            r[j, i] = entry * inverse
        if not is_finite(z[j]):
            return False
    return True
