"""Structs of arrays that share the leading axis B: cutting, joining and merging need no rules."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

Scalar = TypeVar("Scalar", bound=np.generic)

Array = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
TextArray = NDArray[np.object_]  # of str, or None
#: What picks rows out of a batch: their indices or a mask.
Rows = NDArray[np.int64] | NDArray[np.bool_]


def as_index(rows: Rows) -> IntArray:
    """Rows given as a mask or as indices, as indices, for ``array.take``, ten times faster than ``[]``."""
    return np.flatnonzero(rows) if rows.dtype == np.bool_ else rows.astype(np.int64, copy=False)


def is_every(index: IntArray, size: int) -> bool:
    """Whether an index is all there are, in order."""
    return len(index) == size and bool((index == np.arange(size)).all())


def picked(values: NDArray[Scalar], index: IntArray, axis: int = 0) -> NDArray[Scalar]:
    """Rows or columns of values; the very array where the index is all there are, in order."""
    return values if is_every(index, values.shape[axis]) else values.take(index, axis=axis)


@dataclass(frozen=True)
class Batch:
    """Base of frozen dataclasses whose every field is an array with leading axis B."""

    def __len__(self) -> int:
        return len(self.arrays()[0])

    def take(self, rows: Rows) -> Self:
        """Only these rows, in this order."""
        index = as_index(rows)
        return type(self)(*(array.take(index, axis=0) for array in self.arrays()))

    def copy(self) -> Self:
        """The same rows in arrays of their own."""
        return type(self)(*(array.copy() for array in self.arrays()))

    def spread(self, wanted: BoolArray) -> Self:
        """A batch of ``len(wanted)`` rows: these where wanted, else NaN (False, 0)."""
        spread = []
        for array in self.arrays():
            blank = np.nan if array.dtype.kind == "f" else 0
            spread.append(np.full((len(wanted), *array.shape[1:]), blank, dtype=array.dtype))
            spread[-1][wanted] = array
        return type(self)(*spread)

    @classmethod
    def concatenate(cls, parts: Sequence[Self]) -> Self:
        """The rows of all parts, one after the other."""
        return cls(**{f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(cls)})

    def arrays(self) -> tuple[NDArray[Any], ...]:
        """The fields' values, in order."""
        return tuple(self.__dict__.values())
