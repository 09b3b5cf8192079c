"""The pivot: one variable takes the place of another, and norms follow.

Norms are those of steepest edge [1]_, squared: a row's, of its equation's coefficients, 1 + sum_j T_ij^2, for
the dual simplex; a column's, of the edge along which its variable moves the basic ones, 1 + sum_i T_ij^2, for
the primal one. In a dictionary they cost little: rows are at hand when they change, columns follow by the
recurrence of [1]_.

References
----------
.. [1] J. Forrest, D. Goldfarb, Steepest-edge simplex algorithms for linear programming,
   Math. Prog. 57 (1992) 341-374.
"""

from solvers.kernels.compiling import inlined, summing
from solvers.lp.simplex.dictionary import copy
from solvers.lp.simplex.room import COLUMN_NORM, ENTERING, LEAVING, PRESSURE, ROW_NORM, Room
from solvers.lp.simplex.tolerances import ROUNDING

#: Where fewer than one in this many entries of a row are not zero, only those are worked on.
_SPARSE = 4


@summing
def measure_rows(room: Room) -> None:
    """Compute the norms of rows."""
    room.rows[ROW_NORM, :] = 1.0
    for i in range(len(room.head)):
        entries, total = room.T[i], 1.0
        for j in range(len(entries)):
            total += entries[j] * entries[j]
        room.rows[ROW_NORM, i] = total


@inlined
def measure_columns(room: Room) -> None:
    """Compute the norms of columns."""
    norm = room.columns[COLUMN_NORM]
    for j in range(len(norm)):
        norm[j] = 1.0
    for i in range(len(room.head)):
        entries = room.T[i]
        for j in range(len(norm)):
            norm[j] += entries[j] * entries[j]


@summing
def pivot(room: Room, r: int, q: int) -> None:
    """Solve row r for the variable of column q, which has been read, and put that into the other rows.

    The norms of rows follow.
    """
    m, column, row, norm = len(room.head), room.rows[ENTERING], room.columns[LEAVING], room.rows[ROW_NORM]
    inverse = 1.0 / column[r]
    count = _solve_row(room, r, inverse)
    for i in range(m + 1):
        entries, factor = room.T[i], column[i]
        if i == r or factor == 0.0:
            continue
        last = factor * inverse
        if _matters(room, i, factor):
            total = 0.0
            if count > 0:
                for k in range(count):
                    j = room.places[k]
                    before = entries[j]
                    entries[j] += factor * row[j]
                    total += entries[j] * entries[j] - before * before
                norm[i] = max(norm[i] + total, 1.0) + last * last
            else:
                for j in range(len(row)):
                    entries[j] += factor * row[j]
                    total += entries[j] * entries[j]
                norm[i] = 1.0 + total + last * last
        entries[q] = last  # after the loop, which would wait for it
    norm[r] *= inverse * inverse
    _put_row(room, r, q, inverse)


@inlined
def pivot_columns(room: Room, r: int, q: int) -> None:
    """Do the same, where the norms of columns follow."""
    m, column, row, norm = (
        len(room.head),
        room.rows[ENTERING],
        room.columns[LEAVING],
        room.columns[COLUMN_NORM],
    )
    inverse, product = 1.0 / column[r], room.columns[PRESSURE]
    square = 1.0
    for i in range(m):
        square += column[i] * column[i]
    for j in range(len(product)):
        product[j] = column[r] * room.T[r, j]
    count = _solve_row(room, r, inverse)
    for i in range(m + 1):
        entries, factor = room.T[i], column[i]
        if i == r or factor == 0.0:
            continue
        if _matters(room, i, factor):
            share = factor if i < m else 0.0
            if count > 0:
                for k in range(count):
                    j = room.places[k]
                    product[j] += share * entries[j]
                    entries[j] += factor * row[j]
            else:
                for j in range(len(row)):
                    product[j] += share * entries[j]
                    entries[j] += factor * row[j]
        entries[q] = factor * inverse
    for j in range(len(norm)):
        norm[j] = max(norm[j] + row[j] * (2.0 * product[j] + row[j] * square), 1.0 + row[j] * row[j])
    norm[q] = square * inverse * inverse
    _put_row(room, r, q, inverse)


@inlined
def _solve_row(room: Room, r: int, inverse: float) -> int:
    """Solve row r for the entering variable; how many entries are at `places` if these are few, else 0."""
    row, leaving, count = room.columns[LEAVING], room.T[r], 0
    for j in range(len(row)):
        row[j] = -leaving[j] * inverse if abs(leaving[j]) > ROUNDING else 0.0
        count += row[j] != 0.0
    if count * _SPARSE >= len(row):
        return 0
    count = 0
    for j in range(len(row)):
        room.places[count] = j
        count += row[j] != 0.0
    return count


@inlined
def _matters(room: Room, i: int, factor: float) -> bool:
    """Whether a factor is more than rounding; reduced costs may be of any size."""
    return abs(factor) > ROUNDING or i == len(room.head)


@inlined
def _put_row(room: Room, r: int, q: int, inverse: float) -> None:
    copy(room.T[r], room.columns[LEAVING])
    room.T[r, q] = inverse
