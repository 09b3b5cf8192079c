"""From rows to problems: the columns of a table, laid flat.

In the long layout the order of rows carries no meaning: problems are sorted by their key, and the points of a
problem by their own columns, so that no number depends on how rows are scattered over files. In the nested
layout a row is a problem, and its lists are used as they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from batchopt.inputs.columns import Floats, Ints, group_by, is_list, ties, to_floats
from batchopt.inputs.source import Source


@dataclass(frozen=True)
class ProblemTable:
    """B problems of the input; problem i owns the points ``offsets[i]:offsets[i+1]``."""

    keys: Any  # pyarrow.Table, one row a problem, typed as the input
    offsets: Ints  # (B+1,)
    points: dict[str, Floats]  # (N,) each, NaN for null
    rows: Any  # pyarrow.Table, one row a problem
    bad: dict[int, str]  # problems that cannot be solved, and why

    def slice(self, start: int, stop: int) -> "ProblemTable":
        """Return the problems from `start` up to `stop`, without copying."""
        begin, end = self.offsets[[start, stop]]
        return ProblemTable(
            self.keys.slice(start, stop - start),
            self.offsets[start : stop + 1] - begin,
            {name: values[begin:end] for name, values in self.points.items()},
            self.rows.slice(start, stop - start),
            {i - start: why for i, why in self.bad.items() if start <= i < stop},
        )


def from_long(source: Source, order_by: Sequence[str], table: Any) -> ProblemTable:
    """Group the points of a table by their key, in the order of the columns `order_by`."""
    problem, count = group_by(table.select(order_by))  # (N,)
    points = {name: to_floats(table[name]) + 0.0 for name in source.points}  # -0.0, equal to 0.0, becomes it
    columns = [problem, *points.values()]
    offsets = _offsets(np.bincount(problem, minlength=count))
    first = offsets[:-1]  # (B,) a row of each problem
    if ties(columns) is None:
        order = np.lexsort(columns[::-1])  # the last column that it gets decides first
        points = {name: values[order] for name, values in points.items()}
        first = order[first]
    one = table.select(list(dict.fromkeys((*source.key, *source.rows)))).take(first)
    return ProblemTable(
        one.select(source.key),
        offsets,
        points,
        one.select(source.rows),
        _not_constant(table.select(source.rows), problem, first),
    )


def _not_constant(rows: Any, problem: Ints, some_row: Ints) -> dict[int, str]:
    """Find the problems that have several values in a column which should have one a problem."""
    bad = {}
    for name, column in zip(rows.column_names, rows.columns, strict=True):
        value = _labels(column)  # (N,)
        for i in np.unique(problem[value != value[some_row[problem]]]).tolist():
            bad[i] = f"column {name!r} has more than one value among the rows of this problem"
    return bad


def _labels(column: Any) -> Ints:
    """Number the values of a column of any type, equal ones alike."""
    try:
        encoded = column.combine_chunks().dictionary_encode()
    except pa.ArrowNotImplementedError:  # lists, structs and the like
        encoded = pa.array(map(repr, column.to_pylist()), pa.large_string()).dictionary_encode()
    labels: Ints = encoded.indices.fill_null(-1).to_numpy()
    return labels


def from_nested(source: Source, table: Any) -> ProblemTable:
    """Lay the lists of a table end to end."""
    lists, lengths = {}, {}
    for name in source.points:
        if is_list(table[name].type):
            column = table[name].cast(pa.large_list(pa.float64()), safe=False).combine_chunks()
            lists[name] = column
            lengths[name] = pc.list_value_length(column).fill_null(-1).to_numpy()  # (B,)
    none = np.zeros(table.num_rows, np.int64)  # where all that a problem has is in `rows`
    length = np.stack([*lengths.values()] or [none])  # (columns, B) -1: null, which fits any length
    counts = np.maximum(length.max(axis=0), 0)
    unequal = np.flatnonzero(((length >= 0) & (length != counts)).any(axis=0))
    counts[unequal] = 0
    bad = {
        i: "lists of different lengths: "
        + ", ".join(f"{name} {n[i]}" for name, n in lengths.items() if n[i] >= 0)
        for i in unequal.tolist()
    }
    offsets = _offsets(counts)
    points = {
        name: _lay_out(lists[name], lengths[name], offsets)
        if name in lists
        else np.repeat(to_floats(table[name]), counts)
        for name in source.points
    }
    return ProblemTable(table.select(source.key), offsets, points, table.select(source.rows), bad)


def _lay_out(column: Any, length: Ints, offsets: Ints) -> Floats:
    """Return the points of a list column, NaN where it has no list for a problem with points."""
    values: Floats = column.values.to_numpy(zero_copy_only=False)  # null becomes NaN
    begin = column.offsets.to_numpy()  # (B+1,) within values
    counts = np.diff(offsets)  # (B,)
    fits = np.maximum(length, 0) == counts
    if fits.all() and np.array_equal(np.diff(begin), counts):
        return values[begin[0] : begin[-1]]
    points = np.full(offsets[-1], np.nan)
    owned = np.repeat(fits, counts)
    place = np.arange(offsets[-1]) + np.repeat(begin[:-1] - offsets[:-1], counts)
    points[owned] = values[place[owned]]
    return points


def _offsets(counts: Ints) -> Ints:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
