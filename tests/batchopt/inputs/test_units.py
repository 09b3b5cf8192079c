"""Planning alone, over made-up statistics."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchopt.inputs import Source, SourceFile, Statistics, plan_units


def source_of(layout="long"):
    return Source((SourceFile("a", 1, "", 1),), layout, ("k",), ("x", "y"), (), pa.schema([]), (pa.int64(),))


def statistics_of(low, high, size=1_000_000):
    count = len(low)
    full = np.full(count, size)
    zeros = np.zeros(count, np.int64)
    ranges = {"k": (list(low), list(high))}
    return Statistics(zeros, np.arange(count), full // 100, full, ranges)


ends = st.one_of(st.none(), st.integers(0, 12))
ranges_of_groups = st.lists(
    st.tuples(ends, ends).map(lambda r: r if None in r else (min(r), max(r))), min_size=1, max_size=12
)


@settings(max_examples=400, deadline=None)
@given(ranges_of_groups, st.sampled_from([1_000_000, 3_000_000, 1e9]))
def test_each_key_belongs_to_one_unit_that_reads_all_its_row_groups(ranges, limit):
    low, high = zip(*ranges, strict=True)
    planned = plan_units(source_of(), statistics_of(low, high), limit)
    if planned is None:
        assert len(ranges) * 1_000_000 > limit
        return
    for k in range(13):
        touching = {
            (0, g) for g, (a, b) in enumerate(ranges) if (a is None or a <= k) and (b is None or k <= b)
        }
        owners = [
            unit
            for unit in planned
            if (unit.after is None or unit.after < k) and (unit.upto is None or k <= unit.upto)
        ]
        assert len(owners) == 1
        assert touching <= set(owners[0].row_groups)
    assert all(unit.bytes <= limit for unit in planned)
    assert sum(len(unit.row_groups) for unit in planned) <= 2 * len(ranges)


@pytest.mark.parametrize(
    ("low", "high", "groups", "bounds"),
    [
        ([1, 5, 9], [4, 8, 12], [[0], [1], [2]], [4, 8, None]),  # apart
        ([9, 1, 5], [12, 4, 8], [[1], [2], [0]], [4, 8, None]),  # apart, files in another order
        ([1, 4, 8], [4, 8, 9], [[0, 1], [1, 2], [2]], [4, 8, None]),  # keys that straddle
        ([1, 4, 4, 4], [4, 4, 4, 6], [[0, 1, 2, 3], [3]], [4, None]),  # one over many
        ([1, 3, 9], [4, 8, 12], [[0, 1], [2]], [8, None]),  # an overlap
        ([1, None, 9], [4, 8, 12], [[0, 1], [2]], [8, None]),  # half a range is something
        ([1, None, 9], [4, None, 12], [[0, 1, 2]], [None]),  # no range may be anything
    ],
)
def test_units_end_where_no_row_group_reaches_across(low, high, groups, bounds, monkeypatch):
    monkeypatch.setattr("batchopt.inputs.units.UNIT_ROWS", 1)
    planned = plan_units(source_of(), statistics_of(low, high), 1e9)
    assert [[group for _, group in unit.row_groups] for unit in planned] == groups
    assert [unit.upto for unit in planned] == bounds
    assert [unit.after for unit in planned] == [None, *bounds[:-1]]


def test_neighbours_are_merged_up_to_a_size():
    low = np.arange(1000) * 10
    planned = plan_units(source_of(), statistics_of(low, low + 9), 1e9)
    assert {unit.bytes for unit in planned} == {64_000_000, 40_000_000}
    planned = plan_units(source_of("nested"), statistics_of(low, low + 9), 1e7)
    assert {unit.bytes for unit in planned} == {10_000_000}
    assert [group for unit in planned for _, group in unit.row_groups] == list(range(1000))


@pytest.mark.parametrize("layout", ["long", "nested"])
def test_many_row_groups(layout):  # a second; hours, and a timeout, if every pair were looked at
    low = np.arange(100_000)
    planned = plan_units(source_of(layout), statistics_of(low, low + 1, size=60_000_000), 1e9)
    assert len(planned) >= 99_999
