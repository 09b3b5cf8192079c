"""Groups are numbered in ascending order, whether rows are sorted or not."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchopt.inputs.columns import group_by, ties

ROWS = st.lists(st.tuples(st.integers(0, 4), st.integers(-3, 3)), max_size=30)


@given(ROWS, st.booleans(), st.sampled_from([pa.int64(), pa.string()]))
def test_equal_keys_have_one_number_in_ascending_order(rows, ordered, kind):
    rows = sorted(rows) if ordered else rows
    first = pa.chunked_array([[a for a, _ in rows[:5]], [a for a, _ in rows[5:]]], pa.uint64())
    second = pa.chunked_array([pa.array([b for _, b in rows], pa.int64()).cast(kind)])
    group, count = group_by(pa.table({"a": first, "b": second}))
    place = {row: i for i, row in enumerate(sorted(set(rows), key=lambda row: (row[0], _as(kind, row[1]))))}
    assert group.tolist() == [place[row] for row in rows]
    assert count == len(place)


def _as(kind, value):
    return value if pa.types.is_integer(kind) else str(value)


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        ([[1, 1, 2], [3, 4, 0]], [False, False]),
        ([[1, 1, 2], [3, 3, 0]], [True, False]),
        ([[1, 1, 2], [3, 2, 5]], None),
        ([[2, 1], [0, 1]], None),
        ([[1, 1], [0.0, np.nan]], None),
        ([[1, 2], [1.0, np.nan]], [False]),
        ([[]], []),
    ],
)
def test_only_sorted_rows_have_ties(columns, found):
    tied = ties([np.array(column, dtype=float) for column in columns])
    assert (None if tied is None else tied.tolist()) == found
