"""Approximations of Hessians, built up from changes y of the gradient along steps s: BFGS, and SR1.

::

    BFGS:  B <- B - B s s'B / s'B s + y y' / y's                 N&W (6.19)
    SR1:   B <- B + (y - B s)(y - B s)' / (y - B s)'s            N&W (6.24)

B begins as the identity, which the first change scales, by ``y'y / |y's|``, N&W (6.20), if by no given
number. BFGS leaves out a change of too little curvature, or damps it, N&W procedure 18.2; SR1 leaves out one
whose denominator is too small. The parameters are those of SciPy's ``BFGS`` and ``SR1``.

Reference: J. Nocedal, S. Wright, Numerical Optimization, 2nd ed., Springer 2006, chapter 6.
"""

from solvers.arrays import Array
from solvers.kernels.compiling import called, strict
from solvers.methods.vectors import dot, norm

#: By which numbers the updates are known; 1: BFGS.
SR1, DAMPED = 2.0, 3.0


@strict
def make_diagonal(matrix: Array, scale: float) -> None:
    """Make B the identity times a number."""
    for i in range(len(matrix)):
        for j in range(len(matrix)):
            matrix[i, j] = scale if i == j else 0.0


@called
def update(matrix: Array, step: Array, change: Array, how: Array, fresh: bool, product: Array) -> bool:
    """Update B by one step; return whether it is still as it began.

    Parameters
    ----------
    matrix, step, change
        B (n, n), s and y (n,), which a damped update writes over.
    how
        By which update; the least curvature relative to that of B, or the least denominator relative to
        what it is made of; the number that first scales B, 0: its own.
    fresh
        Whether B is as it began.
    product
        (n,) to work in.
    """
    n, square, curvature = len(step), dot(change, change), dot(change, step)
    if norm(step) == 0.0 or square == 0.0:
        return fresh
    scale = square / abs(curvature) if curvature != 0.0 else 1.0
    if fresh:
        make_diagonal(matrix, how[2] if how[2] != 0.0 else scale)
    for i in range(n):
        product[i] = dot(matrix[i], step)
    if how[0] == SR1:
        for i in range(n):
            product[i] = change[i] - product[i]
        denominator = dot(product, step)
        if abs(denominator) > how[1] * norm(step) * norm(product):
            _add(matrix, 1.0 / denominator, product)
        return False
    expected = dot(product, step)
    if not expected > 0.0:  # by rounding
        make_diagonal(matrix, scale)
        for i in range(n):
            product[i] = scale * step[i]
        expected = dot(product, step)
    if how[0] == DAMPED and curvature <= how[1] * expected:
        kept = (1.0 - how[1]) / (1.0 - curvature / expected)
        for i in range(n):
            change[i] = kept * change[i] + (1.0 - kept) * product[i]
        curvature = dot(change, step)
    if curvature > how[1] * expected or how[0] == DAMPED:
        _add(matrix, 1.0 / curvature, change)
        _add(matrix, -1.0 / expected, product)
    return False


@strict
def _add(matrix: Array, scale: float, vector: Array) -> None:
    for i in range(len(vector)):
        for j in range(len(vector)):
            matrix[i, j] += scale * vector[i] * vector[j]
