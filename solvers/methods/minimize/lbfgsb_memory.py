"""What L-BFGS-B knows of the Hessian: its last few steps and the changes of the gradient along them.

With those as the columns of S and Y, B is theta I changed by that many BFGS updates, which is ::

    B = theta I - W M W',   W = [Y  theta S],   M^-1 = [ -D      L'     ]      [1] (3.2)-(3.4)
                                                       [  L   theta S'S ]

with D the diagonal of S'Y and L what is strictly below it. Restricted to the variables that are free, Z of
all and A the others, the inverse of B needs ``M^-1 - W'Z Z'W / theta`` inverted [1] (5.11), which is the
like of M^-1::

    K = [ -D - Y'ZZ'Y / theta    (L - S'ZZ'Y)' ]
        [     L - S'ZZ'Y         theta S'AA'S  ]

Strictly below the diagonal ``L - S'ZZ'Y`` is S'AA'Y.

Either is symmetric and, while S'Y has a positive diagonal, quasidefinite: it factors into ``L E L'`` without
pivoting, E diagonal, its first half negative and its second positive [2]_. Where rounding has it otherwise,
the memory is of no more use.

References
----------
.. [1] R. Byrd, P. Lu, J. Nocedal, C. Zhu, "A limited memory algorithm for bound constrained optimization",
   SIAM Journal on Scientific Computing 16 (1995) 1190-1208.
.. [2] R. Vanderbei, "Symmetric quasidefinite matrices", SIAM Journal on Optimization 5 (1995) 100-113.
.. [3] J. Nocedal, S. Wright, Numerical Optimization, 2nd ed., Springer 2006, Algorithm 7.4.
"""

from typing import NamedTuple

from solvers.arrays import Array
from solvers.coroutines.views import view
from solvers.kernels.compiling import called, strict
from solvers.methods.vectors import copy, dot


class Memory(NamedTuple):
    """Of at most m pairs in n unknowns, the oldest first."""

    steps: Array  # (m, n) the columns of S
    changes: Array  # (m, n) the columns of Y
    pairs: Array  # (1,) how many pairs there are
    theta: Array  # (1,)
    curvatures: Array  # (m,) D
    products: Array  # (m, m) L; this and what follows is of problems with bounds
    squares: Array  # (m, m) S'S on and below its diagonal
    factors: Array  # (2 m, 2 m) of M^-1, or of K, (2 k, 2 k) for k pairs
    inner: Array  # (4, 2 m) for what W' and M lead to; a Cauchy point's W'(z - x) first


def room_for(m: int) -> int:
    """How many numbers a memory of m pairs takes besides the pairs and their count."""
    return 1 + 6 * m * m + 9 * m


@strict
def memory_in(room: Array, n: int, m: int) -> Memory:
    """Lay out a memory: steps, changes and count first."""
    at, square = 2 * m * n, m * m
    products = at + 2 + m
    factors = products + 2 * square
    return Memory(
        view(room, 0, (m, n)),
        view(room, m * n, (m, n)),
        view(room, at, (1,)),
        view(room, at + 1, (1,)),
        view(room, at + 2, (m,)),
        view(room, products, (m, m)),
        view(room, products + square, (m, m)),
        view(room, factors, (2 * m, 2 * m)),
        view(room, factors + 4 * square, (4, 2 * m)),
    )


@strict
def forget(room: Array, n: int, m: int) -> bool:
    """Begin anew, with B the unit matrix; whether there was anything to forget."""
    memory = memory_in(room, n, m)
    known = bool(memory.pairs[0] > 0.0)
    memory.pairs[0], memory.theta[0] = 0.0, 1.0
    return known


@called
def remember(room: Array, m: int, step: Array, change: Array, curvature: float, bounded: bool) -> None:
    """Take in a pair and its product, above 0; the oldest one gives way."""
    memory = memory_in(room, len(step), m)
    k = int(memory.pairs[0])
    if k == m:
        for i in range(1, m):
            copy(memory.steps[i], memory.steps[i - 1])
            copy(memory.changes[i], memory.changes[i - 1])
            memory.curvatures[i - 1] = memory.curvatures[i]
            for j in range(1, i + 1 if bounded else 0):
                memory.products[i - 1, j - 1] = memory.products[i, j]
                memory.squares[i - 1, j - 1] = memory.squares[i, j]
        k -= 1
    copy(step, memory.steps[k])
    copy(change, memory.changes[k])
    memory.curvatures[k] = curvature
    for j in range(k + 1 if bounded else 0):
        memory.products[k, j] = dot(step, memory.changes[j])
        memory.squares[k, j] = dot(step, memory.steps[j])
    memory.pairs[0] = k + 1.0
    memory.theta[0] = dot(change, change) / curvature  # [1] (3.10), N&W (7.20)


@called
def factorize_all(memory: Memory) -> bool:
    """Factorize M^-1, for `solve`; whether it is quasidefinite."""
    k, theta = int(memory.pairs[0]), memory.theta[0]
    factors = memory.factors
    for i in range(k):
        for j in range(i + 1):
            factors[i, j] = -memory.curvatures[i] if i == j else 0.0
            factors[k + i, k + j] = theta * memory.squares[i, j]
        for j in range(k):
            factors[k + i, j] = memory.products[i, j] if j < i else 0.0
    return _factorize(factors, 2 * k)


@called
def factorize_free(memory: Memory, x: Array, lower: Array, upper: Array) -> bool:
    """Factorize K of the variables that are free at x, for `solve`; whether it is quasidefinite."""
    k, theta = int(memory.pairs[0]), memory.theta[0]
    steps, changes, factors = memory.steps, memory.changes, memory.factors
    for i in range(k):
        for j in range(k):
            changed, mixed, stepped = 0.0, 0.0, 0.0
            for v in range(len(x)):
                free = lower[v] < x[v] < upper[v]
                if free:
                    changed += changes[i, v] * changes[j, v]
                else:
                    stepped += steps[i, v] * steps[j, v]
                if free != (j < i):
                    mixed += steps[i, v] * changes[j, v]
            factors[k + i, j] = mixed if j < i else -mixed
            if j <= i:
                factors[i, j] = -changed / theta - (memory.curvatures[i] if i == j else 0.0)
                factors[k + i, k + j] = theta * stepped
    return _factorize(factors, 2 * k)


@called
def solve(memory: Memory, right: Array) -> None:
    """Solve with what was factorized last, in place; right (2 k,) of 2 m."""
    factors, size = memory.factors, 2 * int(memory.pairs[0])
    for i in range(size):
        for j in range(i):
            right[i] -= factors[i, j] * right[j]
    for i in range(size - 1, -1, -1):
        right[i] /= factors[i, i]
        for j in range(i + 1, size):
            right[i] -= factors[j, i] * right[j]


@strict
def row_of_w(memory: Memory, variable: int, row: Array) -> None:
    """Copy what W has of a variable; row (2 k,) of 2 m."""
    k, theta = int(memory.pairs[0]), memory.theta[0]
    for j in range(k):
        row[j] = memory.changes[j, variable]
        row[k + j] = theta * memory.steps[j, variable]


@called
def w_transposed(memory: Memory, vector: Array, product: Array) -> None:
    """``product = W' vector``, (2 k,) of 2 m."""
    k, theta = int(memory.pairs[0]), memory.theta[0]
    for j in range(k):
        product[j] = dot(memory.changes[j], vector)
        product[k + j] = theta * dot(memory.steps[j], vector)


@strict
def w_times(memory: Memory, variable: int, inner: Array) -> float:
    """What ``W inner`` is of a variable."""
    k, theta, total = int(memory.pairs[0]), memory.theta[0], 0.0
    for j in range(k):
        total += memory.changes[j, variable] * inner[j] + theta * memory.steps[j, variable] * inner[k + j]
    return total


@strict
def newton_step(memory: Memory, gradient: Array, step: Array) -> None:
    """``step = -B^-1 gradient``, by two loops, [3], each product with the step as soon as that is known."""
    n, last, theta = len(step), int(memory.pairs[0]) - 1, memory.theta[0]
    steps, changes, curvatures, shares = memory.steps, memory.changes, memory.curvatures, memory.inner[1]
    along = 0.0
    for i in range(n):
        step[i] = -gradient[i]
        along += steps[last, i] * step[i]
    for j in range(last, -1, -1):
        shares[j], along, before = along * (1.0 / curvatures[j]), 0.0, max(j - 1, 0)
        for i in range(n):
            step[i] -= shares[j] * changes[j, i]
            along += steps[before, i] * step[i]
    along = 0.0
    for i in range(n):
        step[i] /= theta
        along += changes[0, i] * step[i]
    for j in range(last + 1):
        share, along, after = shares[j] - along * (1.0 / curvatures[j]), 0.0, min(j + 1, last)
        for i in range(n):
            step[i] += share * steps[j, i]
            along += changes[after, i] * step[i]


@called
def _factorize(factors: Array, size: int) -> bool:
    """Replace what is on and below the diagonal by L and, on it, E; whether E's signs are right."""
    for j in range(size):
        for p in range(j):
            scaled = factors[j, p] * factors[p, p]
            for i in range(j, size):
                factors[i, j] -= factors[i, p] * scaled
        pivot = factors[j, j]
        if not (pivot < 0.0 if 2 * j < size else pivot > 0.0):
            return False
        for i in range(j + 1, size):
            factors[i, j] /= pivot
    return True
