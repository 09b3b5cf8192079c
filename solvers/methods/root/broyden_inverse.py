"""The inverse Jacobian of Broyden's methods: ``-alpha I`` and a sum of dyads ``c d'``, kept as a matrix.

SciPy keeps the dyads, up to n of them. Where their number is limited, they are made fewer before another one
comes: all are dropped (`RESTART`), the oldest ones (`SIMPLE`), or those of least weight, after the sum was
written by its singular vectors (`SVD`), here by one-sided rotations [1]_. More than n are never made fewer.

References
----------
.. [1] G. Golub, C. Van Loan, Matrix Computations, 4th ed., 8.6.3.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from solvers.arrays import Array
from solvers.coroutines.views import matrix
from solvers.kernels.compiling import called, strict
from solvers.methods.root.inexact_newton import parts
from solvers.methods.vectors import copy, dot

#: How dyads are made fewer, and the words for it.
RESTART, SIMPLE, SVD = 0.0, 1.0, 2.0
CHOICES: Mapping[str, Mapping[Any, float]] = {
    "reduction_method": {"restart": RESTART, "simple": SIMPLE, "svd": SVD}
}
_EPS = float(np.finfo(float).eps)
_SWEEPS = 30


def inverse_room(n: int) -> int:
    """The inverse (n, n), two vectors, and two further matrices for the dyads."""
    return 3 * n * n + 2 * n


@strict
def _own(room: Array, n: int) -> tuple[Array, Array, Array, Array, Array]:
    """The inverse, room for two vectors, and c and d of the dyads by rows, or what is turned."""
    own = parts(room, n)[5]
    square = n * n
    return (
        matrix(own[:square], n),
        own[square : square + n],
        own[square + n : square + 2 * n],
        matrix(own[square + 2 * n : 2 * square + 2 * n], n),
        matrix(own[2 * square + 2 * n : 3 * square + 2 * n], n),
    )


@strict
def restart(room: Array, n: int, alpha: float) -> None:
    """Begin with ``-alpha I``."""
    inverse = _own(room, n)[0]
    for i in range(n):
        for j in range(n):
            inverse[i, j] = -alpha if i == j else 0.0


@called
def propose(room: Array, n: int) -> None:
    """The direction ``-H F``."""
    fun, direction = parts(room, n)[:2]
    inverse = _own(room, n)[0]
    for i in range(n):
        direction[i] = -dot(inverse[i], fun)


@called
def learn(room: Array, n: int, alpha: float, count: int, second: bool, options: Any) -> int:
    """Broyden's update, his first or his second; how many dyads there are now."""
    _, _, step, change, _, _ = parts(room, n)
    inverse, c, d, left, right = _own(room, n)
    count = _reduce(room, n, alpha, count, options)
    if second:
        copy(change, d)
    else:
        for j in range(n):
            d[j] = 0.0
        for i in range(n):
            for j in range(n):
                d[j] += step[i] * inverse[i, j]
    weight = dot(change, d)
    largest = 0.0
    for i in range(n):
        c[i] = step[i] - dot(inverse[i], change)
    for i in range(n):
        for j in range(n):
            inverse[i, j] += c[i] * d[j] / weight
            largest = max(largest, abs(inverse[i, j]))
    if weight == 0.0 or not largest < math.inf:
        restart(room, n, alpha)
        return 0
    if options.reduction_method == SIMPLE and count < n:
        for i in range(n):
            left[count, i], right[count, i] = c[i], d[i] / weight
    return count + 1


@strict
def _reduce(room: Array, n: int, alpha: float, count: int, options: Any) -> int:
    """Make the dyads fewer, where there are many; how many there are."""
    if count > n:
        return count
    most = options.max_rank - 1.0
    if options.reduction_method == SVD:
        most = min(most, float(n))
        keep = options.to_retain if options.to_retain >= 0.0 else options.max_rank - 3.0
        if count == 0 or count < most:
            return count
        count = int(max(0.0, min(keep, most - 1.0)))
        _truncate(room, n, alpha, count)
        return count
    if count <= most:
        return count
    restart(room, n, alpha)
    if options.reduction_method == RESTART:
        return 0
    inverse, _, _, left, right = _own(room, n)
    drop = count - int(max(0.0, most))
    for k in range(drop, count):
        for i in range(n):
            for j in range(n):
                inverse[i, j] += left[k, i] * right[k, j]
        copy(left[k], left[k - drop])
        copy(right[k], right[k - drop])
    return count - drop


@strict
def _truncate(room: Array, n: int, alpha: float, count: int) -> None:
    """Keep the part of ``H + alpha I`` that so many of its singular vectors make up, the foremost ones."""
    inverse, _, _, left, right = _own(room, n)
    for i in range(n):
        for j in range(n):
            left[j, i] = inverse[i, j] + (alpha if i == j else 0.0)  # columns as rows
            right[i, j] = 1.0 if i == j else 0.0
    for _ in range(_SWEEPS):
        turned = False
        for p in range(n):
            for q in range(p + 1, n):
                turned = _turn(left, right, p, q) or turned
        if not turned:
            break
    restart(room, n, alpha)
    for k in range(count):
        foremost = k
        for i in range(k + 1, n):
            if dot(left[i], left[i]) > dot(left[foremost], left[foremost]):
                foremost = i
        for i in range(n):
            left[k, i], left[foremost, i] = left[foremost, i], left[k, i]
            right[k, i], right[foremost, i] = right[foremost, i], right[k, i]
        for i in range(n):
            for j in range(n):
                inverse[i, j] += left[k, i] * right[k, j]


@strict
def _turn(left: Array, right: Array, p: int, q: int) -> bool:
    """Rotate two rows until they are orthogonal, [1]; whether they were not."""
    a, b, along = dot(left[p], left[p]), dot(left[q], left[q]), dot(left[p], left[q])
    if not abs(along) > _EPS * math.sqrt(a * b):
        return False
    ratio = (b - a) / (2.0 * along)
    tangent = math.copysign(1.0, ratio) / (abs(ratio) + math.sqrt(1.0 + ratio * ratio))
    cosine = 1.0 / math.sqrt(1.0 + tangent * tangent)
    sine = cosine * tangent
    _rotate(cosine, sine, left[p], left[q])
    _rotate(cosine, sine, right[p], right[q])
    return True


@strict
def _rotate(cosine: float, sine: float, a: Array, b: Array) -> None:
    for i in range(len(a)):
        a[i], b[i] = cosine * a[i] - sine * b[i], sine * a[i] + cosine * b[i]
