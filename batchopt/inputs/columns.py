"""What a column may be for its role, and how it becomes arrays of NumPy."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as kinds

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def is_key(kind: Any) -> bool:
    """Tell whether values of this type are equal or not, beyond doubt: what a key needs."""
    kind = kind.value_type if kinds.is_dictionary(kind) else kind
    tests = (kinds.is_integer, kinds.is_boolean, kinds.is_date, kinds.is_timestamp, _is_string)
    return any(test(kind) for test in tests)


def is_number(kind: Any) -> bool:
    """Tell whether a type is a number."""
    return any(test(kind) for test in (kinds.is_integer, kinds.is_floating, kinds.is_decimal))


def is_list(kind: Any) -> bool:
    """Tell whether a type is a list of any sort."""
    views = (kinds.is_list_view, kinds.is_large_list_view)
    tests = (kinds.is_list, kinds.is_large_list, kinds.is_fixed_size_list, *views)
    return any(test(kind) for test in tests)


def is_number_list(kind: Any) -> bool:
    """Tell whether a type is a list of numbers."""
    return is_list(kind) and is_number(kind.value_type)


def decoded(kind: Any) -> Any:
    """Return the plain type that files may disagree about how to store: strings of any sort are one type."""
    if kinds.is_dictionary(kind):
        return decoded(kind.value_type)
    return pa.large_string() if _is_string(kind) else kind


def to_floats(column: Any) -> Floats:
    """Turn a column of numbers into an array, a null into NaN."""
    floats: Floats = column.cast(pa.float64(), safe=False).to_numpy()  # (N,)
    return floats


def ranks(column: Any) -> tuple[Ints, Any]:
    """Number a chunked column's values by their order.

    Returns
    -------
    rank : (N,) array
        The place of each value among the distinct ones, -1 for a null.
    values : pyarrow.Array
        The distinct values in ascending order.
    """
    encoded = column.combine_chunks().dictionary_encode()
    order = pc.sort_indices(encoded.dictionary)
    rank = np.full(len(order) + 1, -1)  # the last one is what index -1, a null, finds
    rank[order.to_numpy()] = np.arange(len(order))
    indices = encoded.indices.fill_null(-1).to_numpy()  # (N,)
    return rank[indices], encoded.dictionary.take(order)


def group_by(keys: Any) -> tuple[Ints, int]:
    """Number the distinct rows of a table without nulls, in ascending order.

    Returns
    -------
    group : (N,) array
        The number of each row's group.
    count : int
        How many groups there are.
    """
    if all(kinds.is_integer(column.type) for column in keys.columns):
        tied = ties([column.to_numpy() for column in keys.columns])
        if tied is not None:  # as a table is written that its key numbers
            group = np.concatenate([np.zeros(min(1, keys.num_rows), np.int64), np.cumsum(~tied)])
            return group, len(group) - int(tied.sum())
    group, values = ranks(keys.column(0))
    count = len(values)
    for column in keys.columns[1:]:
        rank, values = ranks(column)
        # Below N**2, so that no number of columns overflows.
        distinct, group = np.unique(group * len(values) + rank, return_inverse=True)
        count = len(distinct)
    return group, count


def ties(columns: Sequence[npt.NDArray[Any]]) -> npt.NDArray[np.bool_] | None:
    """Tell which rows (N-1,) equal the one before, if all are sorted, by the first column, then the next."""
    tied = np.ones(max(len(columns[0]) - 1, 0), dtype=bool)
    for values in columns:
        before, after = values[:-1], values[1:]
        if not np.all((before <= after) | ~tied):  # also if one is NaN
            return None
        tied &= before == after
        if not tied.any():
            break
    return tied


def hash_rows(keys: Any) -> npt.NDArray[np.uint64]:
    """Hash the rows of a table, (N,): equal rows alike, in any process."""
    import pandas as pd  # takes a quarter of a second, and few jobs hash

    hashes: npt.NDArray[np.uint64] = pd.util.hash_pandas_object(keys.to_pandas(), index=False).to_numpy()
    return hashes


def _is_string(kind: Any) -> bool:
    return any(test(kind) for test in (kinds.is_string, kinds.is_large_string, kinds.is_string_view))
