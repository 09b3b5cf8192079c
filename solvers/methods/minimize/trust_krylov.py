"""Steps within a trust region from Krylov spaces: the generalized Lanczos method.

Lanczos's vectors make the model tridiagonal, ``T = Q' B Q`` with ``Q' g = |g| e_1``, and the step is the best
of the space within the radius: that of the small problem with T. The space grows until what it leaves of
the gradient, ``b_k |h_k|``, is small relative to ``|g|``: 1e-6 at the radius and 1e-8 within it, or there
``min(1/2, sqrt(|g|))`` where products are asked for and steps may be inexact. Vectors are kept orthogonal to
all before them, which small problems can afford, and the space of n of them is all there is.

Differences from SciPy: with Hessians, products cost too little to be sparing with them; and where the
gradient has no part along the most negative curvature, no second space is begun.

References
----------
.. [1] N. Gould, S. Lucidi, M. Roma, P. Toint, "Solving the trust-region subproblem using the Lanczos method",
   SIAM Journal on Optimization 9 (1999) 504-525, Algorithm 5.1.
"""

import math
from collections.abc import Iterator

import numpy as np

from solvers.arrays import Array
from solvers.coroutines.coroutine import delegated
from solvers.coroutines.method import Method
from solvers.coroutines.row import GRADIENT, HESSIAN, OBJECTIVE, PRODUCT, UNDEFINED, Row
from solvers.kernels.compiling import called
from solvers.methods.minimize.quadratic_model import times
from solvers.methods.minimize.tridiagonal_step import tridiagonal_step
from solvers.methods.minimize.trust_region import (
    AT_RADIUS,
    ENDINGS,
    FOUND,
    PROMISE,
    STEP_TYPES,
    Options,
    trust_region,
)
from solvers.methods.vectors import copy, dot, move, norm

_EPS = float(np.finfo(float).eps)
#: What may be left of the gradient, relative: at the radius, and within it where steps are to be exact.
_AT_RADIUS, _EXACT = 1e-6, 1e-8


def _steps(
    row: Row,
    gradient: Array,
    radius: float,
    fresh: bool,
    products: bool,
    option: float,
    step: Array,
    found: Array,
    room: Array,
) -> Iterator[int]:
    """Make one step; the first n numbers of the room are T's diagonal, then what is beside it, then h."""
    n = len(gradient)
    diagonal, beside, small, work = room[:n], room[n : 2 * n], room[2 * n : 3 * n], room[3 * n : 7 * n]
    vectors, product = room[7 * n : 7 * n + n * n], room[7 * n + n * n :]
    if fresh and not products:
        yield HESSIAN
    found[FOUND] = 0.0 if fresh and row.numbers[UNDEFINED] != 0.0 else 1.0
    length, size = norm(gradient), 0
    for i in range(n):
        vectors[i] = gradient[i] / length
    while found[FOUND] != 0.0:
        vector = vectors[size * n : size * n + n]
        if products:
            copy(vector, row.vector)
            yield PRODUCT
            if row.numbers[UNDEFINED] != 0.0:
                found[FOUND] = 0.0
                break
            copy(row.product, product)
        else:
            times(row.hessian, vector, product)
        diagonal[size] = dot(vector, product)
        size += 1
        left = _orthogonal(vectors, size, product)
        at_radius, fall = tridiagonal_step(diagonal[:size], beside[:size], length, radius, small[:size], work)
        found[AT_RADIUS], found[PROMISE] = 1.0 if at_radius else 0.0, fall
        within = min(0.5, math.sqrt(length)) if option != 0.0 and products else _EXACT
        tolerance = _AT_RADIUS if at_radius else within
        if size == n or left * abs(small[size - 1]) <= tolerance * length or left <= _EPS * abs(diagonal[0]):
            break
        beside[size - 1] = left
        for i in range(n):
            vectors[size * n + i] = product[i] / left
    for i in range(n):
        step[i] = 0.0
    for k in range(size):
        move(step, small[k], vectors[k * n : k * n + n], step)


@called
def _orthogonal(vectors: Array, size: int, product: Array) -> float:
    """Take out of a vector what it shares with those before it, twice; the length of what is left."""
    n = len(product)
    for _ in range(2):
        for k in range(size):
            before = vectors[k * n : k * n + n]
            move(product, -dot(product, before), before, product)
    return norm(product)


begin_step, go_on, step_size = delegated(_steps, *STEP_TYPES)
trust_krylov = trust_region(f"{__name__}:trust_krylov", begin_step, go_on)

TRUST_KRYLOV = Method(
    "trust-krylov",
    trust_krylov,
    Options,
    asks=OBJECTIVE | GRADIENT | HESSIAN | PRODUCT,
    requires=GRADIENT | PRODUCT,
    room=lambda n, _: 9 * n + n * n + 3,
    tol=("gtol",),
    endings=ENDINGS,
    delegates=(f"{__name__}:step_size",),
)
