import math
import tempfile

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchopt.errors import InputError
from batchopt.inputs import (
    duplicate_keys,
    duplicates,
    how_many_buckets,
    index_unit,
    plan_units,
    read_problems,
    units,
)
from tests.batchopt.inputs.tables import opened, read_all, write

numbers = st.one_of(st.none(), st.integers(-5, 5))
LISTS = [
    pa.list_(pa.float64()),
    pa.large_list(pa.int32()),
    pa.list_(pa.float32()),
    pa.list_view(pa.float64()),
    pa.list_(pa.decimal128(5, 1)),
]


@st.composite
def nested_rows(draw):
    """One problem: lists x and y, either may be null or (seldom) of another length, and a number t."""
    length = draw(st.integers(0, 4))
    lists = []
    for _ in "xy":
        n = draw(st.integers(0, 4)) if draw(st.integers(0, 9)) == 0 else length
        lists.append(draw(st.one_of(st.lists(numbers, min_size=n, max_size=n), st.none())))
    return *lists, draw(numbers)


def answer(x, y, t):
    """Return the points of a problem, None if its lists disagree."""
    lengths = {len(values) for values in (x, y) if values is not None}
    if len(lengths) > 1:
        return None
    n = lengths.pop() if lengths else 0
    filled = [[None] * n if values is None else values for values in (x, y)] + [[t] * n]
    return [[math.nan if v is None else float(v) for v in values] for values in filled]


@settings(max_examples=100, deadline=None)
@given(
    st.lists(nested_rows(), min_size=1, max_size=20),
    st.integers(1, 3),
    st.integers(1, 8),
    st.sampled_from([1, 4, 1000]),
    st.sampled_from(LISTS),
)
def test_a_row_is_a_problem(problems, files, group, unit_rows, kind):
    x, y, t = zip(*problems, strict=True)
    table = pa.table(
        {
            "k": [f"é{i:03d}" for i in range(len(x))],
            "x": pa.array(x, kind),
            "y": pa.array(y, pa.list_(pa.float64())),
            "t": pa.array(t, pa.int64()),
            "start": pa.array([[1.0, i] for i in range(len(x))]),
        }
    )
    points = {"input.x": "x", "input.y": "y", "model.t": "t"}
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(units, "UNIT_ROWS", unit_rows)
        write(table, folder, files=files, group=group)
        source, footers = opened(folder, "nested", points=points, rows=["start"])
        planned = plan_units(source, footers, 1e9)
        found = read_all(source, planned)
    assert len(planned) >= len(x) / max(unit_rows, group)
    assert [key for key, *_ in found] == [(name,) for name in table["k"].to_pylist()]
    for i, (_, read, rows, bad) in enumerate(found):
        wanted = answer(*problems[i])
        assert rows["start"] == [1.0, i]
        assert (bad is None) == (wanted is not None)
        np.testing.assert_array_equal(list(read.values()), wanted or [[], [], []])


def test_lists_without_nulls_are_not_copied(tmp_path):
    table = pa.table({"k": [1, 2, 3], "x": [[1.0, 2.0], [], [3.0]], "y": [[4.0, 5.0], None, [6.0]]})
    source, footers = opened(write(table, tmp_path), "nested")
    (unit,) = plan_units(source, footers, 1e9)
    points = read_problems(source, unit, 1, 3).points
    assert not points["x"].flags.owndata
    assert not points["y"].flags.owndata
    assert points["y"].tolist() == [6.0]


def test_lists_that_disagree_say_so(tmp_path):
    table = pa.table({"k": [1, 2], "x": [[1.0, 2.0], [1.0]], "y": [[1.0], [1.0]]})
    source, footers = opened(write(table, tmp_path), "nested")
    one, two = read_all(source, plan_units(source, footers, 1e9))
    assert one[3] == "lists of different lengths: x 2, y 1"
    assert two[3] is None


def test_lists_of_a_fixed_size(tmp_path):
    pair = pa.list_(pa.float64(), 2)
    table = pa.table(
        {"k": [1, 2], "x": pa.array([[1, 2], None], pair), "y": pa.array([[3, 4], [5, None]], pair)}
    )
    source, footers = opened(write(table, tmp_path), "nested")
    one, two = read_all(source, plan_units(source, footers, 1e9))
    assert one[1]["x"].tolist() == [1, 2]
    np.testing.assert_array_equal(two[1]["x"], [np.nan, np.nan])
    np.testing.assert_array_equal(two[1]["y"], [5, np.nan])


def test_a_row_group_beyond_memory_is_refused(tmp_path):
    table = pa.table({"k": [1, 2], "x": [[1.0] * 500] * 2, "y": [[1.0] * 500] * 2})
    source, footers = opened(write(table, tmp_path), "nested")
    with pytest.raises(
        InputError, match=r"row group 0 of .*part-0.parquet takes 0.0 MB .* smaller row groups"
    ):
        plan_units(source, footers, 10_000)


def test_null_keys_and_index(tmp_path):
    lists = [[1.0]] * 3
    table = pa.table({"k": [1, 2, None], "m": ["a", "b", "a"], "x": lists, "y": lists})
    source, footers = opened(write(table.slice(0, 2), tmp_path), "nested", rows=["m"])
    index = index_unit(source, plan_units(source, footers, 1e9)[0], ("m",))
    assert (index.problems, index.rows, index.distinct) == (2, 2, {"m": ["a", "b"]})
    write(table, tmp_path, write_statistics=False)
    source, footers = opened(tmp_path, "nested")
    with pytest.raises(InputError, match=r"key column 'k' is null in 1 rows of .*part-0.parquet"):
        index_unit(source, plan_units(source, footers, 1e9)[0])


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.text("ab", max_size=1)), min_size=1, max_size=30),
    st.integers(1, 4),
)
def test_duplicate_keys_are_found_in_some_bucket(keys, buckets):
    k, m = zip(*keys, strict=True)
    lists = [[1.0]] * len(k)
    with tempfile.TemporaryDirectory() as folder:
        write(pa.table({"k": k, "m": m, "x": lists, "y": lists}), folder, files=2, group=4)
        source, _ = opened(folder, "nested", key=("m", "k"))
        found = [example for bucket in range(buckets) for example in duplicate_keys(source, bucket, buckets)]
    several = [key for key in set(keys) if keys.count(key) > 1]
    assert {(example["k"], example["m"]) for example in found} <= set(several)
    assert min(len(several), 3) <= len(found) <= 3 * buckets


def test_keys_whose_hashes_collide_are_no_duplicates(tmp_path, monkeypatch):
    table = pa.table({"k": [1, 2, 3, 2], "x": [[1.0]] * 4, "y": [[1.0]] * 4})
    source, _ = opened(write(table, tmp_path), "nested")
    monkeypatch.setattr(duplicates, "hash_rows", lambda keys: np.zeros(keys.num_rows, np.uint64))
    assert duplicate_keys(source, 0, 1) == [{"k": 2}]


def test_buckets_bound_the_memory(tmp_path, monkeypatch):
    table = pa.table({"k": list(range(10)), "x": [[1.0]] * 10, "y": [[1.0]] * 10})
    source, _ = opened(write(table, tmp_path), "nested")
    assert how_many_buckets(source) == 1
    monkeypatch.setattr(duplicates, "BUCKET_ROWS", 4)
    assert how_many_buckets(source) == 3
