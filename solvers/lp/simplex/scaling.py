"""Rows and columns of a problem brought to a common size by powers of two, which cost no digits.

Geometric scaling: each row, then each column is divided by the root of the product of its smallest and its
largest entry, and so on; at last each column by its largest. Matrices whose rows and columns are all of
one size are left as they are. Costs are divided by the largest.

References
----------
.. [1] J. Tomlin, On scaling linear programming problems, Math. Prog. Study 4 (1975) 146-166.
"""

import math

from solvers.arrays import Array
from solvers.kernels.compiling import inlined, kernel
from solvers.lp.simplex.room import COST, LOWER, SCALE, UPPER, Room, X

#: Rows and columns whose largest entries are within these are of one size.
_SMALL, _LARGE = 0.125, 8.0
_PASSES = 3


@inlined
def _power(value: float) -> float:
    """The power of two next below; 1 for what is zero or not finite."""
    if not 0.0 < value < math.inf:
        return 1.0
    return math.ldexp(0.5, math.frexp(value)[1])


@inlined
def load_matrix(room: Room, matrix: Array) -> None:
    """Copy a matrix (m, n) and scale it if need be."""
    n, largest = matrix.shape[1], room.columns[X]
    room.variables[SCALE, :] = 1.0
    largest[:] = 0.0
    even = True
    for i in range(len(matrix)):
        given, entries = matrix[i], room.A[i]
        some = fair = large = 0  # counted, since that vectorizes
        for j in range(n):
            size = abs(given[j])
            entries[j] = given[j]
            largest[j] = max(largest[j], size)
            some += size > 0.0
            fair += size >= _SMALL
            large += size > _LARGE
        even = even and large == 0 and (fair > 0 or some == 0)
    for j in range(n):
        even = even and (largest[j] == 0.0 or _SMALL <= largest[j] <= _LARGE)
    if not even:
        _scale(room, matrix)


@kernel
def _scale(room: Room, matrix: Array) -> None:
    m, n = matrix.shape
    for step in range(_PASSES + 1):
        for i in range(m if step < _PASSES else 0):
            smallest, largest = math.inf, 0.0
            for j in range(n):
                size = abs(matrix[i, j]) * room.variables[SCALE, j]
                if size > 0.0:
                    smallest, largest = min(smallest, size), max(largest, size)
            room.variables[SCALE, n + i] = _power(math.sqrt(smallest) * math.sqrt(largest))
        for j in range(n):
            smallest, largest = math.inf, 0.0
            for i in range(m):
                size = abs(matrix[i, j]) / room.variables[SCALE, n + i]
                if size > 0.0:
                    smallest, largest = min(smallest, size), max(largest, size)
            middle = math.sqrt(smallest) * math.sqrt(largest) if step < _PASSES else largest
            room.variables[SCALE, j] = 1.0 / _power(middle)
    for i in range(m):
        for j in range(n):
            room.A[i, j] = matrix[i, j] * room.variables[SCALE, j] / room.variables[SCALE, n + i]


@inlined
def load_vectors(
    room: Room, cost: Array, row_lower: Array, row_upper: Array, lower: Array, upper: Array
) -> float:
    """Copy costs and bounds, scaled as the matrix is; return what costs are divided by."""
    m, n = len(row_lower), len(cost)
    largest = 0.0
    for j in range(n):
        room.variables[COST, j] = cost[j] * room.variables[SCALE, j]
        largest = max(largest, abs(room.variables[COST, j]))
        inverse = 1.0 / room.variables[SCALE, j]
        room.variables[LOWER, j], room.variables[UPPER, j] = lower[j] * inverse, upper[j] * inverse
    unit = _power(largest)
    for j in range(n):
        room.variables[COST, j] /= unit
    for i in range(m):
        inverse = 1.0 / room.variables[SCALE, n + i]
        room.variables[LOWER, n + i], room.variables[UPPER, n + i] = (
            row_lower[i] * inverse,
            row_upper[i] * inverse,
        )
        room.variables[COST, n + i] = 0.0
    return unit
