import datetime as dt
import pickle
import tempfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batchopt.errors import InputError
from batchopt.inputs import index_unit, narrow, plan_units, read_problems, units
from tests.batchopt.inputs.tables import (
    assert_same_problems,
    expected,
    long_table,
    opened,
    read_all,
    shuffled,
    write,
)

instants = st.datetimes(dt.datetime(1800, 1, 1), dt.datetime(2200, 1, 1))
KEYS = [
    (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    (pa.int8(), st.integers(-3, 3)),
    (pa.uint64(), st.integers(0, 2**64 - 1)),
    (pa.string(), st.text("aé\U0001f600", max_size=3)),
    (pa.large_string(), st.text(max_size=3)),
    (pa.dictionary(pa.int32(), pa.string()), st.text("ab", max_size=2)),
    (pa.bool_(), st.booleans()),
    (pa.date32(), st.dates()),
    (pa.timestamp("us", "Europe/Paris"), instants.map(lambda t: t.replace(tzinfo=dt.UTC))),
    (pa.timestamp("ns"), st.integers(-(2**62), 2**62)),
]
values = st.one_of(st.none(), st.sampled_from([0.0, -0.0, 1.0, float("nan")]), st.floats(-9, 9))


@st.composite
def long_tables(draw):
    """A table, its key columns; in the order of its keys or not, rows of a key together or not."""
    columns, key = {}, []
    size = draw(st.integers(1, 40))
    for name, (kind, elements) in zip(
        "kl", draw(st.lists(st.sampled_from(KEYS), min_size=1, max_size=2)), strict=False
    ):
        pool = draw(st.lists(elements, min_size=1, max_size=8))
        picked = draw(st.lists(st.sampled_from(pool), min_size=size, max_size=size))
        if not key and draw(st.booleans()):
            picked.sort()
        plain = kind.value_type if pa.types.is_dictionary(kind) else kind
        columns[name] = pa.array(picked, plain).cast(kind)
        key.append(name)
    columns["x"] = pa.array(draw(st.lists(st.integers(0, 3), min_size=size, max_size=size)))
    columns["y"] = pa.array(draw(st.lists(values, min_size=size, max_size=size)), pa.float64())
    return pa.table(columns), key


@settings(max_examples=150, deadline=None)
@given(
    long_tables(),
    st.integers(1, 3),
    st.integers(1, 12),
    st.booleans(),
    st.sampled_from([3, 10, 1000]),
)
def test_every_key_is_read_once_with_its_points(given_table, files, group, statistics, unit_rows):
    table, key = given_table
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(units, "UNIT_ROWS", unit_rows)
        write(table, folder, files=files, group=group, write_statistics=statistics)
        source, footers = opened(folder, key=key)
        planned = plan_units(source, footers, 1e9)
        assert sum(index_unit(source, unit).rows for unit in planned) == source.total_rows == table.num_rows
        assert_same_problems(read_all(source, planned), expected(table, key, ["x", "y"]))
        keys = read_problems(source, planned[0], 0, 0).keys
        assert keys.schema.types == table.select(key).schema.types


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=30), st.integers(1, 20), st.randoms())
def test_bits_and_order_do_not_depend_on_how_rows_are_scattered(counts, group, random):
    table = long_table(counts)
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        write(table, one)
        write(shuffled(table, random.getrandbits(32)), other, files=2, group=group)
        answers = []
        for folder in (one, other):
            source, footers = opened(folder)
            answers.append(read_all(source, plan_units(source, footers, 1e9)))
    assert pickle.dumps(answers[0]) == pickle.dumps(answers[1])


def test_missing_points_come_last_even_in_a_table_that_looks_sorted(tmp_path):
    table = pa.table({"k": [1, 1, 1, 2, 2], "x": [None, 0.0, 1.0, 0.0, 0.0], "y": [1.0, 1.0, 1.0, None, 2.0]})
    source, footers = opened(write(table, tmp_path))
    problems = read_all(source, plan_units(source, footers, 1e9))
    assert_same_problems(problems, expected(table, ["k"], ["x", "y"]))


def test_empty_row_groups_do_not_join_units(tmp_path, monkeypatch):
    monkeypatch.setattr(units, "UNIT_ROWS", 1)
    table = long_table([5, 5])
    with pq.ParquetWriter(tmp_path / "a.parquet", table.schema) as writer:
        for part in (table.slice(0, 5), table.slice(0, 0), table.slice(5, 5)):
            writer.write_table(part)
    source, footers = opened(tmp_path)
    assert [unit.row_groups for unit in plan_units(source, footers, 1e9)] == [((0, 0),), ((0, 2),)]


def test_a_clustered_table_is_read_in_parts(tmp_path, monkeypatch):
    monkeypatch.setattr(units, "UNIT_ROWS", 100)
    table = long_table([7] * 100)
    source, footers = opened(write(table, tmp_path, files=3, group=25))
    planned = plan_units(source, footers, 1e9)
    assert len(planned) >= 700 / 100
    assert max(unit.rows for unit in planned) <= 100
    assert sum(unit.rows for unit in planned) <= 2 * table.num_rows
    assert_same_problems(read_all(source, planned), expected(table, ["k"], ["x", "y"]))
    assert [key for key, *_ in read_all(source, planned)] == [(k,) for k in range(100)]


def test_one_key_over_many_row_groups_is_one_problem(tmp_path, monkeypatch):
    monkeypatch.setattr(units, "UNIT_ROWS", 10)
    table = long_table([3, 95, 2, 4, 20])
    source, footers = opened(write(table, tmp_path, files=2, group=7))
    planned = plan_units(source, footers, 1e9)
    assert len(planned) > 1
    assert_same_problems(read_all(source, planned), expected(table, ["k"], ["x", "y"]))


def test_the_key_column_that_cuts_best_is_chosen(tmp_path, monkeypatch):
    monkeypatch.setattr(units, "UNIT_ROWS", 10)
    table = long_table([5] * 20, plate=pa.array(["a", "b"] * 50))
    source, footers = opened(write(table, tmp_path, group=10), key=("plate", "k"))
    planned = plan_units(source, footers, 1e9)
    assert {unit.column for unit in planned} == {"k"}
    assert len(planned) == 10
    assert_same_problems(read_all(source, planned), expected(table, ["plate", "k"], ["x", "y"]))


@pytest.mark.parametrize("unit_rows", [10, 50, 1000])
def test_the_order_of_problems_does_not_depend_on_the_size_of_units(tmp_path, monkeypatch, unit_rows):
    table = long_table([5] * 20, plate=pa.array(["b", "a"] * 50))
    source, footers = opened(write(table, tmp_path, group=10), key=("plate", "k"))
    monkeypatch.setattr(units, "UNIT_ROWS", unit_rows)
    keys = [key for key, *_ in read_all(source, plan_units(source, footers, 1e9))]
    assert keys == sorted(keys, key=lambda key: (key[1], key[0]))


def test_a_table_in_disorder_is_one_unit_or_none(tmp_path):
    table = shuffled(long_table([5] * 200))
    source, footers = opened(write(table, tmp_path, files=2, group=50))
    (unit,) = plan_units(source, footers, 1e6)
    assert unit.rows == table.num_rows
    assert_same_problems(read_all(source, [unit]), expected(table, ["k"], ["x", "y"]))
    assert plan_units(source, footers, unit.bytes - 1) is None


def test_values_of_a_problem_that_are_not_one_value(tmp_path):
    table = pa.table(
        {
            "k": [1, 2, 1, 2, 3, 3],
            "x": [0.0] * 6,
            "y": [0.0] * 6,
            "name": ["a", "b", "a", "c", None, None],
            "guess": pa.array([[1.0], [2.0], [1.0], [2.0], [3.0], None]),
            "scale": [np.nan, 1, np.nan, 1, 2, 2],
        }
    )
    source, footers = opened(write(table, tmp_path), rows=["name", "guess", "scale"])
    first, second, third = read_all(source, plan_units(source, footers, 1e9))
    assert first[3] is None
    assert first[2]["name"] == "a"
    assert first[2]["guess"] == [1.0]
    assert second[3] == "column 'name' has more than one value among the rows of this problem"
    assert third[3] == "column 'guess' has more than one value among the rows of this problem"
    assert third[2]["name"] is None


@pytest.mark.parametrize(
    "pair",
    [
        pa.array([1, 2], pa.float16()),
        pa.array([b"a", b"b"]),
        pa.array([{"a": 1}, {"a": 2}]),
        pa.array([[1], None]),
        pa.array([dt.time(1), dt.time(2)]),
        pa.array([None, True]),
    ],
)
def test_values_of_a_problem_may_be_anything(tmp_path, pair):
    table = pa.table({"k": [1, 1, 2, 2], "x": [0.0] * 4, "y": [0.0] * 4, "v": pair.take([0, 0, 0, 1])})
    source, footers = opened(write(table, tmp_path), rows=["v"])
    same, differing = read_all(source, plan_units(source, footers, 1e9))
    assert same[3] is None
    assert same[2] == {"v": pair[0].as_py()}
    assert "'v' has more than one value" in differing[3]


def test_a_column_may_have_several_roles_and_types(tmp_path):
    write(pa.table({"k": [2, 1], "x": [1, 2], "y": pa.array([1.5, None])}), tmp_path / "a")
    write(pa.table({"k": [1], "x": [0.5], "y": pa.array([7], pa.int16())}), tmp_path / "b")
    points = {"input.x": "x", "input.y": "y", "model.k": "k"}
    source, footers = opened(tmp_path, points=points, rows=["k"], paths=["a/*.parquet", "b/"])
    one, two = read_all(source, plan_units(source, footers, 1e9))
    assert one[0] == (1,)
    assert {name: values.tolist() for name, values in one[1].items()}["x"] == [0.5, 2.0]
    assert one[1]["k"].tolist() == [1.0, 1.0]
    assert one[2] == {"k": 1}
    assert np.isnan(one[1]["y"][1])
    assert two[1]["y"].tolist() == [1.5]


def test_distinct_values(tmp_path):
    table = long_table([2] * 1001, name=pa.array([f"m{i % 3}" for i in range(2002)]).dictionary_encode())
    source, footers = opened(write(table, tmp_path), rows=["name"])
    (unit,) = plan_units(source, footers, 1e9)
    assert sorted(index_unit(source, unit, ("name",)).distinct["name"]) == ["m0", "m1", "m2"]
    with pytest.raises(InputError, match="column 'k' has 1,001 different values; at most 1000"):
        index_unit(source, unit, ("k",))


def test_a_null_key_is_refused(tmp_path):
    table = pa.table({"k": [1, None], "x": [1.0, 2.0], "y": [1.0, 2.0]})
    message = r"key column 'k' is null in 1 rows of .*part-0.parquet"
    write(table, tmp_path)
    with pytest.raises(InputError, match=message):
        opened(tmp_path)
    write(table, tmp_path, write_statistics=False)
    source, footers = opened(tmp_path)
    (unit,) = plan_units(source, footers, 1e9)
    with pytest.raises(InputError, match=message):
        index_unit(source, unit)


def test_a_file_that_changes_during_a_run_is_noticed(tmp_path):
    source, footers = opened(write(long_table([3, 3]), tmp_path))
    (unit,) = plan_units(source, footers, 1e9)
    write(long_table([3, 3], seed=1), tmp_path)
    with pytest.raises(InputError, match="has changed since the run began"):
        read_problems(source, unit, 0, 2)


def test_views_of_strings_are_read_as_strings(tmp_path):
    k = pa.array(["b", "a", "b"]).cast(pa.string_view())
    source, footers = opened(write(pa.table({"k": k, "x": [1.0] * 3, "y": [2.0] * 3}), tmp_path))
    (unit,) = plan_units(source, footers, 1e9)
    assert read_problems(source, unit, 0, 2).keys["k"].take([1, 0]).to_pylist() == ["b", "a"]


def test_years_that_python_cannot_say(tmp_path):
    years = pa.array([10**15, -(10**15), 0, 10**15], pa.timestamp("ms"))
    source, footers = opened(write(pa.table({"k": years, "x": [1.0] * 4, "y": [2.0] * 4}), tmp_path, group=1))
    (unit,) = plan_units(source, footers, 1e9)
    keys = read_problems(source, unit, 0, 3).keys["k"]
    assert keys.cast(pa.int64()).to_pylist() == [-(10**15), 0, 10**15]


def test_what_is_sent_along_with_a_task_is_small(tmp_path):
    source, footers = opened(write(long_table([2] * 200), tmp_path, files=100))
    planned = plan_units(source, footers, 1e9)
    assert len(pickle.dumps((source, planned[0]))) < 100 * 200
    part = narrow(source, plan_units(source, footers, 500)[7])
    assert len(pickle.dumps(part)) < 2000
    assert read_problems(*part, 0, 1).keys.num_rows == 1


def test_a_remote_file_system():
    import fsspec

    table = long_table([3, 4, 5])
    with fsspec.open("memory://h4/a.parquet", "wb") as file:
        pq.write_table(table, file)
    source, footers = opened("/", paths="memory://h4/*.parquet")
    assert source.inventory()[0]["path"].endswith("h4/a.parquet")
    problems = read_all(source, plan_units(source, footers, 1e9))
    assert_same_problems(problems, expected(table, ["k"], ["x", "y"]))
