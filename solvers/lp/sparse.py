"""Sparse matrices in compressed rows, and where they come from."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from solvers.arrays import Array


@dataclass(frozen=True)
class SparseRows:
    """A matrix (m, n) in compressed sparse row form: row i owns the entries indptr[i]:indptr[i + 1]."""

    shape: tuple[int, int]
    #: (m + 1,)
    indptr: NDArray[np.int32]
    #: (entries,) the column of each.
    indices: NDArray[np.int32]
    #: (entries,)
    data: Array

    @classmethod
    def of(cls, matrix: Any) -> "SparseRows":
        """Take a matrix: dense (m, n), or of SciPy's sparse kind, which bring `tocsr` along."""
        if hasattr(matrix, "tocsr"):
            rows = matrix.tocsr(copy=True)  # its duplicates are summed in place
            rows.sum_duplicates()
            return cls(
                (int(rows.shape[0]), int(rows.shape[1])),
                np.asarray(rows.indptr, np.int32),
                np.asarray(rows.indices, np.int32),
                np.asarray(rows.data, float),
            )
        dense = np.asarray(matrix, float)
        row, column = np.nonzero(dense)
        indptr = np.searchsorted(row, np.arange(len(dense) + 1))
        return cls(dense.shape, indptr.astype(np.int32), column.astype(np.int32), dense[row, column])

    def toarray(self) -> Array:
        """The same matrix dense; entries given twice are added up."""
        dense = np.zeros(self.shape)
        np.add.at(dense, (np.repeat(np.arange(self.shape[0]), np.diff(self.indptr)), self.indices), self.data)
        return dense

    def above(self, other: "SparseRows") -> "SparseRows":
        """These rows, and those of the other below."""
        return SparseRows(
            (self.shape[0] + other.shape[0], self.shape[1]),
            np.concatenate([self.indptr, self.indptr[-1] + other.indptr[1:]]),
            np.concatenate([self.indices, other.indices]),
            np.concatenate([self.data, other.data]),
        )
