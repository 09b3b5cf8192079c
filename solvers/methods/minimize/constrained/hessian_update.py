"""Approximations of Hessians, built up from changes y of the gradient along steps s: BFGS, and SR1.

::

    BFGS:  B <- B - B s s'B / s'B s + y y' / y's                 N&W (6.19)
    SR1:   B <- B + (y - B s)(y - B s)' / (y - B s)'s            N&W (6.24)

B begins as the identity, which the first change scales by ``y'y / |y's|``, N&W (6.20). BFGS leaves out a
change of too little curvature, SR1 one whose denominator is too small. Constants are those of SciPy's
``BFGS()`` and ``SR1()``.

Reference: J. Nocedal, S. Wright, Numerical Optimization, 2nd ed., Springer 2006, chapter 6.
"""

from solvers.arrays import Array
from solvers.kernels.compiling import called, strict
from solvers.methods.vectors import dot, norm

#: By which numbers the updates are known.
BFGS, SR1 = 1.0, 2.0
#: Least curvature relative to that of B; least denominator relative to what it is made of.
_LEAST_CURVATURE, _LEAST_DENOMINATOR = 1e-8, 1e-8


@strict
def make_diagonal(matrix: Array, scale: float) -> None:
    """Make B the identity times a number."""
    for i in range(len(matrix)):
        for j in range(len(matrix)):
            matrix[i, j] = scale if i == j else 0.0


@called
def update(matrix: Array, step: Array, change: Array, which: float, fresh: bool, product: Array) -> bool:
    """Update B by one step, with (n,) to work in; return whether it is still as it began."""
    n, square, curvature = len(step), dot(change, change), dot(change, step)
    if norm(step) == 0.0 or square == 0.0:
        return fresh
    scale = square / abs(curvature) if curvature != 0.0 else 1.0
    if fresh:
        make_diagonal(matrix, scale)
    for i in range(n):
        product[i] = dot(matrix[i], step)
    if which == SR1:
        for i in range(n):
            product[i] = change[i] - product[i]
        denominator = dot(product, step)
        if abs(denominator) > _LEAST_DENOMINATOR * norm(step) * norm(product):
            _add(matrix, 1.0 / denominator, product)
        return False
    expected = dot(product, step)
    if not expected > 0.0:  # by rounding
        make_diagonal(matrix, scale)
        for i in range(n):
            product[i] = scale * step[i]
        expected = dot(product, step)
    if curvature > _LEAST_CURVATURE * expected:
        _add(matrix, 1.0 / curvature, change)
        _add(matrix, -1.0 / expected, product)
    return False


@strict
def _add(matrix: Array, scale: float, vector: Array) -> None:
    for i in range(len(vector)):
        for j in range(len(vector)):
            matrix[i, j] += scale * vector[i] * vector[j]
