"""Columns of lists as flat arrays: where the numbers of each row are, and blocks of those of one shape."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from batchopt.inputs.columns import is_list, is_number_list
from solvers.arrays import BoolArray, IntArray

_NUMBERS = pa.large_list(pa.float64())
_INDICES = pa.large_list(pa.int64())
_CSR = ("indptr", "indices", "data")


@dataclass(frozen=True)
class Lists:
    """A list of numbers a row: row i has ``length[i]`` of them, from ``start[i]`` on."""

    values: Any  # (N,) floats or integers; NaN or -1 for null
    missing: BoolArray | None  # (N,) where there is a null; None: nowhere
    start: IntArray  # (B,)
    length: IntArray  # (B,) -1: the list is null

    @classmethod
    def of(cls, column: Any, *, indices: bool = False) -> "Lists":
        """Take a pyarrow.Array of lists of numbers."""
        lists = column.cast(_INDICES if indices else _NUMBERS, safe=False)
        offsets = lists.offsets.to_numpy()  # (B + 1,) within all that this may be a slice of
        flat = lists.values.slice(offsets[0], offsets[-1] - offsets[0])
        missing = None
        if flat.null_count:
            missing = flat.is_null().to_numpy(zero_copy_only=False)
            flat = flat.fill_null(-1 if indices else np.nan)
        return cls(flat.to_numpy(), missing, offsets[:-1] - offsets[0], _lengths(lists, offsets))

    @classmethod
    def of_nested(cls, column: Any) -> tuple["Lists", IntArray, BoolArray]:
        """Take a pyarrow.Array of lists of lists: their numbers end to end.

        Returns
        -------
        lists : Lists
        outer : (B,) array
            How many lists a row has, -1 for null.
        ragged : (B,) array
            Whether these are of different lengths, or one of them is null.
        """
        nested = column.cast(pa.large_list(_NUMBERS), safe=False)
        offsets = nested.offsets.to_numpy()
        outer = _lengths(nested, offsets)
        inner = cls.of(nested.values.slice(offsets[0], offsets[-1] - offsets[0]))
        begin = offsets[:-1] - offsets[0]  # (B,) the first inner list
        size = np.append(inner.length, -1)  # (L + 1,) of inner lists; the last one stands for none
        owner = np.repeat(np.arange(len(outer)), np.diff(offsets))  # (L,)
        first = size[begin]  # (B,)
        wrong = (inner.length != first[owner]) | (inner.length < 0)
        ragged = np.bincount(owner[wrong], minlength=len(outer)) > 0
        start = np.append(inner.start, len(inner.values))[begin]
        length = np.where(outer < 0, -1, outer * np.maximum(first, 0))
        return cls(inner.values, inner.missing, start, length), outer, ragged

    def block(self, rows: IntArray, size: int, fill: Any = None) -> Any:
        """The numbers (b, size) of rows that have so many; `fill` (or (size,) of them) for null."""
        start = self.start[rows]
        if len(rows) and np.array_equal(start, start[0] + size * np.arange(len(rows))):
            at: Any = slice(start[0], start[0] + size * len(rows))
        else:
            at = (start[:, np.newaxis] + np.arange(size)).ravel()
        block = self.values[at].reshape(len(rows), size)
        if fill is not None and self.missing is not None:
            block = np.where(self.missing[at].reshape(len(rows), size), fill, block)
        return block

    def joined(self, rows: IntArray) -> Any:
        """The numbers of rows end to end; no list may be null."""
        start, length = self.start[rows], self.length[rows]
        if len(rows) and np.array_equal(start[1:], start[:-1] + length[:-1]):
            return self.values[start[0] : start[-1] + length[-1]]
        ends = np.cumsum(length)
        return self.values[np.repeat(start - (ends - length), length) + np.arange(length.sum())]

    def owners(self, rows: IntArray) -> IntArray:
        """The place among the rows that each of their numbers belongs to."""
        return np.repeat(np.arange(len(rows)), self.length[rows])

    def one(self, row: int) -> Any:
        """The numbers of one row."""
        return self.values[self.start[row] : self.start[row] + self.length[row]]


def whole(column: Any) -> Any:
    """A pyarrow.ChunkedArray as one array, without a copy where it is one."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def csr_lists(column: Any) -> tuple[Lists, Lists, Lists]:
    """Take a pyarrow.Array of structs: indptr, indices and data; all null where the struct is."""
    fields = dict(zip([field.name for field in column.type], column.flatten(), strict=True))
    indptr, indices, data = (fields[name] for name in _CSR)
    return Lists.of(indptr, indices=True), Lists.of(indices, indices=True), Lists.of(data)


def is_vector(kind: Any) -> bool:
    """Tell whether a type is lists of numbers; views of lists are not read."""
    return is_number_list(kind) and not _is_view(kind)


def is_nested(kind: Any) -> bool:
    """Tell whether a type is lists of lists of numbers."""
    return is_list(kind) and not _is_view(kind) and is_vector(kind.value_type)


def is_csr(kind: Any) -> bool:
    """Tell whether a type is structs of indptr, indices and data."""
    fields = {field.name: field.type for field in kind} if pa.types.is_struct(kind) else {}
    return all(name in fields and is_vector(fields[name]) for name in _CSR)


def _is_view(kind: Any) -> bool:
    return bool(pa.types.is_list_view(kind) or pa.types.is_large_list_view(kind))


def _lengths(lists: Any, offsets: Any) -> IntArray:
    length: IntArray = np.diff(offsets)
    return (
        np.where(lists.is_null().to_numpy(zero_copy_only=False), -1, length) if lists.null_count else length
    )
