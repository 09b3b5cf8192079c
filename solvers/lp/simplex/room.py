"""What the simplex works in: arrays for one problem, made once for a batch.

Vectors of one length are the rows of one array: compiled functions pass each array on as ten numbers.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from solvers.arrays import Array, IntArray
from solvers.kernels import BLOCK

#: Of variables: their costs and bounds, and the powers of two that, times ours, are the user's.
COST, LOWER, UPPER, SCALE = range(4)
#: Of rows: the basic variable's value, its bounds, these widened by the tolerance, and the row's squared
#: norm; the entering column; two vectors for choosing a row; and the problem's multipliers and activities.
VALUE, LOW, HIGH, LEAST, MOST, ROW_NORM, ENTERING, STEP, OUTSIDE, Y, ACTIVITY = range(11)
#: Of columns: the nonbasic variable's value, how it may move, how far its bounds are apart, and the column's
#: squared norm; the leaving row; three vectors for choosing a column; and the problem's variables x and
#: reduced costs c - A'y.
REST, MOVE, REACH, COLUMN_NORM, LEAVING, PRESSURE, RATIO, LATEST, X, Z = range(10)

#: How a nonbasic variable may move: up from its lower bound, down from its upper, not at all, or both ways.
UP, DOWN, FIXED, FREE = 1.0, -1.0, 0.0, 2.0


class Room(NamedTuple):
    """One problem, scaled, and its dictionary. Variables are numbered x first (n), then activities (m).

    Vectors are padded (w >= n, h > m). What is behind is zero, with bounds and norms that exclude it.
    """

    A: Array  # (m, w) the matrix
    T: Array  # (m + 1, w) the dictionary; its last row are the reduced costs
    head: IntArray  # (m,) the basic variables
    tail: IntArray  # (n,) the nonbasic variables
    variables: Array  # (4, n + m)
    rows: Array  # (11, h)
    columns: Array  # (10, w)
    places: IntArray  # (w,) of columns that matter to a step
    codes: NDArray[np.int8]  # (n + m,) where variables are, as in `solvers.lp.programs`


def make_room(m: int, n: int) -> Room:
    """Room for problems of m rows and n variables."""
    w, h = max(1, -(-n // BLOCK)) * BLOCK, -(-(m + 1) // BLOCK) * BLOCK
    rows = np.zeros((ACTIVITY + 1, h))
    rows[[LOW, LEAST]], rows[[HIGH, MOST]] = -np.inf, np.inf
    return Room(
        A=np.zeros((m, w)),
        T=np.zeros((m + 1, w)),
        head=np.zeros(m, np.int64),
        tail=np.zeros(n, np.int64),
        variables=np.zeros((SCALE + 1, n + m)),
        rows=rows,
        columns=np.zeros((Z + 1, w)),
        places=np.zeros(w, np.int64),
        codes=np.zeros(n + m, np.int8),
    )
