"""Linear programs in one form: minimize c x subject to row_lower <= A x <= row_upper, lower <= x <= upper.

Inequalities are rows with an infinite lower bound, equations rows whose bounds are equal. The signs of
multipliers follow from this form: y_i is the change of the optimum with the bound that row i is at, so
it is positive only at a lower bound, negative only at an upper one; likewise the reduced costs
z = c - A'y of the variables.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from solvers.arrays import Array, Rows, as_index
from solvers.lp.sparse import SparseRows

#: Where a variable or a row is at a vertex, as HiGHS numbers it: at a bound, basic, or free and at zero.
AT_LOWER, BASIC, AT_UPPER, AT_ZERO = 0, 1, 2, 3

_VECTORS = ("c", "row_lower", "row_upper", "lower", "upper")


@dataclass(frozen=True)
class Program:
    """One linear program with sparse rows, mixed-integer where `integrality` says so."""

    c: Array  # (n,)
    A: SparseRows  # (m, n)
    row_lower: Array  # (m,)
    row_upper: Array  # (m,)
    lower: Array  # (n,)
    upper: Array  # (n,)
    #: (n,) SciPy's codes: 0 continuous, 1 integer, 2 semi-continuous, 3 semi-integer; None: all continuous.
    integrality: NDArray[np.int64] | None = None

    def batch(self) -> "SparsePrograms":
        """The same program as a batch of one, whatever has to be integer."""
        c, *bounds = (getattr(self, name)[np.newaxis] for name in _VECTORS)
        return SparsePrograms(1, c, self.A, *bounds)


@dataclass(frozen=True)
class Programs:
    """B dense linear programs of one shape. A part whose leading axis is 1 is shared by all of them."""

    size: int  # B
    c: Array  # (B or 1, n)
    A: Array  # (B or 1, m, n)
    row_lower: Array  # (B or 1, m)
    row_upper: Array  # (B or 1, m)
    lower: Array  # (B or 1, n)
    upper: Array  # (B or 1, n)

    @property
    def m(self) -> int:
        """How many rows."""
        return int(self.A.shape[1])

    @property
    def n(self) -> int:
        """How many variables."""
        return int(self.A.shape[2])

    @property
    def parts(self) -> tuple[Array, ...]:
        """The arrays, in the order of the fields."""
        return (self.c, self.A, self.row_lower, self.row_upper, self.lower, self.upper)

    def take(self, rows: Rows) -> "Programs":
        """Only these problems, in this order; what was shared still is."""
        index = as_index(rows)
        return Programs(
            len(index), *(part if len(part) == 1 else part.take(index, axis=0) for part in self.parts)
        )

    def one(self, i: int) -> Program:
        """Problem i, its rows sparse."""
        c, A, *bounds = (part[i if len(part) > 1 else 0] for part in self.parts)
        return Program(c, SparseRows.of(A), *bounds)


@dataclass(frozen=True)
class SparsePrograms:
    """B linear programs with one sparse matrix. A vector whose leading axis is 1 is shared, too."""

    size: int  # B
    c: Array  # (B or 1, n)
    A: SparseRows  # (m, n)
    row_lower: Array  # (B or 1, m)
    row_upper: Array  # (B or 1, m)
    lower: Array  # (B or 1, n)
    upper: Array  # (B or 1, n)

    def with_matrix(self, A: Array) -> Programs:
        """The same vectors with a dense matrix (m, n), or (m, 0)."""
        return Programs(
            self.size, self.c, A[np.newaxis], self.row_lower, self.row_upper, self.lower, self.upper
        )

    def dense(self) -> Programs:
        """The same programs with their matrix dense."""
        return self.with_matrix(self.A.toarray())

    def take(self, rows: Rows) -> "SparsePrograms":
        """Only these problems, in this order; what was shared still is."""
        index = as_index(rows)
        parts = (getattr(self, name) for name in _VECTORS)
        c, *bounds = (part if len(part) == 1 else part.take(index, axis=0) for part in parts)
        return SparsePrograms(len(index), c, self.A, *bounds)

    def one(self, i: int) -> Program:
        """Problem i."""
        parts = (getattr(self, name) for name in _VECTORS)
        c, *bounds = (part[i if len(part) > 1 else 0] for part in parts)
        return Program(c, self.A, *bounds)
