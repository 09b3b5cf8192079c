"""The parts of linear programs, each a column of the input or the same for all: sizes, blocks and faults."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from batchopt.kinds.linprog_batch import Refusals
from batchopt.kinds.linprog_lists import Lists, csr_lists, is_csr, is_nested
from solvers.arrays import Array, BoolArray, IntArray
from solvers.lp.sparse import SparseRows


@dataclass(frozen=True)
class Shared:
    """A part that all problems have; for a block of them its leading axis is 1."""

    value: Array  # (size,), (m, n); or () for bounds that all variables have


@dataclass(frozen=True)
class Vectors:
    """A list of numbers a row."""

    field: str  # of the job
    lists: Lists

    def check(self, rows: IntArray, size: IntArray, of: str, refusals: Refusals) -> None:
        """Refuse rows without a list, or one that has not as many numbers, ``size (b,)``, as others say."""
        length = self.lists.length[rows]
        refusals.refuse(rows, length < 0, f"{self.field}: the list is null")
        wrong = (length >= 0) & (length != size)
        refusals.refuse(
            rows, wrong, lambda i: f"{self.field}: {length[i]} numbers, where {size[i]} {of} need as many"
        )


@dataclass(frozen=True)
class DenseMatrices:
    """The numbers of a matrix a row, row by row: a flat list, or a list of lists."""

    field: str
    lists: Lists
    outer: IntArray | None = None  # (B,) of lists of lists: how many
    ragged: BoolArray | None = None  # (B,) and whether these have no one length

    @property
    def present(self) -> BoolArray:
        """(B,) where there is a matrix."""
        return self.lists.length >= 0

    def check(self, rows: IntArray, m: IntArray, n: IntArray, refusals: Refusals) -> None:
        """Refuse rows whose matrix is not (m, n)."""
        length = self.lists.length[rows]
        if self.outer is not None and self.ragged is not None:
            outer, ragged = self.outer[rows], self.ragged[rows]
            refusals.refuse(rows, ragged, f"{self.field}: its lists are null or of different lengths")
            refusals.refuse(
                rows, outer != m, lambda i: f"{self.field}: {outer[i]} lists, where {m[i]} rows need as many"
            )
        refusals.refuse(
            rows,
            length != m * n,
            lambda i: f"{self.field}: {length[i]} numbers, not {m[i]} x {n[i]}",
        )

    def block(self, rows: IntArray, m: int, n: int) -> Array:
        """The matrices (b, m, n) of rows that have such."""
        block: Array = self.lists.block(rows, m * n).reshape(len(rows), m, n)
        return block

    def one(self, row: int, m: int, n: int) -> SparseRows:
        """The matrix of one row."""
        return SparseRows.of(self.lists.one(row).reshape(m, n))


@dataclass(frozen=True)
class CsrMatrices:
    """A sparse matrix a row: row i of it owns the entries indptr[i]:indptr[i + 1]; twice the same adds up."""

    field: str
    indptr: Lists
    indices: Lists
    data: Lists
    present: BoolArray  # (B,)

    def check(self, rows: IntArray, m: IntArray, n: IntArray, refusals: Refusals) -> None:
        """Refuse rows whose structs are no matrix (m, n)."""
        pointers, columns, entries = (lists.length[rows] for lists in (self.indptr, self.indices, self.data))
        for name, length in (("indptr", pointers), ("indices", columns), ("data", entries)):
            refusals.refuse(rows, length < 0, f"{self.field}.{name}: the list is null")
        refusals.refuse(
            rows,
            pointers != m + 1,
            lambda i: f"{self.field}.indptr: {pointers[i]} numbers, where {m[i]} rows need {m[i] + 1}",
        )
        refusals.refuse(
            rows,
            columns != entries,
            lambda i: f"{self.field}.indices: {columns[i]} numbers, where data has {entries[i]}",
        )
        self._check_pointers(rows[refusals.good[rows]], refusals)
        good = refusals.good[rows]
        self._check_columns(rows[good], n[good], refusals)

    def _check_pointers(self, rows: IntArray, refusals: Refusals) -> None:
        pointers, size = self.indptr.joined(rows), self.indptr.length[rows]
        ends = np.cumsum(size)
        falls = np.diff(pointers) < 0
        falls[ends[:-1] - 1] = False  # from one row to the next
        fall = np.searchsorted(ends, np.flatnonzero(falls), side="right")  # the rows in which they are
        wrong: Any = np.bincount(fall, minlength=len(rows)) > 0
        wrong |= (pointers[ends - size] != 0) | (pointers[ends - 1] != self.data.length[rows])
        refusals.refuse(
            rows,
            wrong,
            lambda i: f"{self.field}.indptr: it must ascend from 0 to {self.data.length[rows[i]]}",
        )

    def _check_columns(self, rows: IntArray, n: IntArray, refusals: Refusals) -> None:
        columns, owner = self.indices.joined(rows), self.indices.owners(rows)
        wrong = (columns < 0) | (columns >= n[owner])
        if not wrong.any():
            return
        at = dict(zip(owner[wrong][::-1].tolist(), columns[wrong][::-1].tolist(), strict=True))
        refusals.refuse(
            rows,
            np.bincount(owner[wrong], minlength=len(rows)) > 0,
            lambda i: f"{self.field}.indices: {at[i]} is no column; they go from 0 to {n[i] - 1}",
        )

    def block(self, rows: IntArray, m: int, n: int) -> Array:
        """The matrices (b, m, n) of rows that have such."""
        counts: IntArray = np.diff(self.indptr.block(rows, m + 1), axis=1)  # (b, m)
        place = np.repeat(np.arange(counts.size) * n, counts.ravel()) + self.indices.joined(rows)
        dense: Array = np.bincount(place, self.data.joined(rows), minlength=counts.size * n).astype(float)
        return dense.reshape(len(rows), m, n)

    def one(self, row: int, m: int, n: int) -> SparseRows:
        """The matrix of one row."""
        indptr, indices = (lists.one(row).astype(np.int32) for lists in (self.indptr, self.indices))
        return SparseRows((m, n), indptr, indices, self.data.one(row))


Matrices = DenseMatrices | CsrMatrices


def matrices(field: str, column: Any) -> Matrices:
    """Take a column of matrices in any of their forms."""
    if is_csr(column.type):
        return CsrMatrices(field, *csr_lists(column), column.is_valid().to_numpy(zero_copy_only=False))
    if is_nested(column.type):
        return DenseMatrices(field, *Lists.of_nested(column))
    return DenseMatrices(field, Lists.of(column))
