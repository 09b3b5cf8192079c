import datetime as dt

import dask
import numpy as np
import pyarrow as pa
import pytest
from distributed import Client, LocalCluster

from batchopt import cluster
from batchopt.errors import InputError
from batchopt.inputs import plan_units, regroup
from tests.batchopt.inputs.tables import (
    assert_same_problems,
    expected,
    long_table,
    opened,
    read_all,
    shuffled,
    write,
)

KEYS = {
    "number": pa.array([2**62 + i for i in range(30)]),
    "string": pa.array([f"é{i}" for i in range(30)]),
    "dictionary": pa.array([f"d{i % 5}" for i in range(30)]).dictionary_encode(),
    "date": pa.array([dt.date(2000, 1, 1 + i) for i in range(30)]),
    "time": pa.array([1_700_000_000_123_456_789 + i for i in range(30)], pa.timestamp("ns", "Europe/Paris")),
    "flag": pa.array([i % 2 == 0 for i in range(30)]),
}


def scattered(**columns):
    table = long_table([4] * 30)
    own = {name: values.take(table["k"].combine_chunks()) for name, values in columns.items()}
    for name, values in own.items():
        table = table.append_column(name, values)
    return shuffled(table)


@pytest.fixture(params=["here", "client"], scope="module")
def dask_runs(request):
    if request.param == "here":
        with dask.config.set(scheduler="threads"):
            yield
    else:
        with (
            LocalCluster(
                n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None
            ) as workers,
            Client(workers),
        ):
            yield


@pytest.mark.usefixtures("dask_runs")
@pytest.mark.parametrize("key", [("k",), ("number", "string"), ("dictionary", "date"), ("time", "flag")])
def test_regrouped_problems_are_those_of_the_input(tmp_path, key):
    table = scattered(**KEYS)
    write(table, tmp_path / "in", files=2, group=11)
    source, footers = opened(tmp_path / "in", key=key, rows=["string"])
    limit = footers.bytes.sum() / 2
    assert plan_units(source, footers, limit) is None
    grouped, units = regroup(source, footers, tmp_path / "out", limit, cluster.shuffle)
    assert len(units) > 1
    problems = read_all(grouped, units)
    assert_same_problems(problems, expected(table, key, ["x", "y"]))
    assert all(bad is None for *_, bad in problems) or key == ("dictionary", "date")
    assert grouped.key_types == tuple(table.schema.field(name).type for name in key)


def test_what_is_there_is_used_again_if_it_fits(tmp_path):
    def never(*_, **__):
        raise AssertionError("shuffled again")

    source, footers = opened(write(scattered(), tmp_path / "in", group=20))
    limit = footers.bytes.sum() / 2
    first = regroup(source, footers, tmp_path / "out", limit, cluster.shuffle)
    assert regroup(source, footers, tmp_path / "out", limit, never) == first

    write(scattered(), tmp_path / "in", group=19)
    source, footers = opened(tmp_path / "in")
    with pytest.raises(InputError, match="was not regrouped from this input: remove it"):
        regroup(source, footers, tmp_path / "out", limit, never)


def test_a_shuffle_that_fails_leaves_nothing(tmp_path):
    def fails(*_, output, **__):
        output.mkdir()
        (output / "part-000000.parquet").write_text("half")
        raise OSError("disk full")

    source, footers = opened(write(scattered(), tmp_path / "in", group=20))
    (tmp_path / "out.0123.partial").mkdir()  # a driver was killed
    with pytest.raises(OSError, match="disk full"):
        regroup(source, footers, tmp_path / "out", 1e5, fails)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_a_key_with_more_points_than_memory_is_refused(tmp_path):
    table = pa.table({"k": [1] * 4000, "x": np.arange(4000.0), "y": np.arange(4000.0)})
    source, footers = opened(write(table, tmp_path / "in", group=500))
    assert plan_units(source, footers, 50_000) is None
    with pytest.raises(
        InputError, match=r"input.key: all points of a key .* takes 0.1 MB where a worker can hold 0.1"
    ):
        regroup(source, footers, tmp_path / "out", 50_000, cluster.shuffle)


def test_lists_cannot_be_regrouped(tmp_path):
    table = scattered(guess=pa.array([[float(i)] for i in range(30)]))
    source, footers = opened(write(table, tmp_path / "in", group=20), rows=["guess"])
    with pytest.raises(InputError, match=r"column 'guess' is list<.* write the table sorted by its key"):
        regroup(source, footers, tmp_path / "out", 1e5, cluster.shuffle)
