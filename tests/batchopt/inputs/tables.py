"""Small tables as Parquet files, and the long layout's answer worked out the slow way."""

import math
from collections import defaultdict
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from batchopt.inputs import index_unit, open_source, read_problems

FIELDS = {"input.x": "x", "input.y": "y"}


def write(table, folder, *, files=1, group=1_000_000, **options):
    """Write a table's rows in order, evenly over files, in row groups of a size."""
    Path(folder).mkdir(exist_ok=True)
    share = -(-table.num_rows // files)
    for number in range(files):
        part = table.slice(number * share, share)
        pq.write_table(part, Path(folder) / f"part-{number}.parquet", row_group_size=group, **options)
    return Path(folder)


def opened(folder, layout="long", key=("k",), points=FIELDS, rows=(), paths="*.parquet"):
    rows = {f"start.{name}": name for name in rows}
    return open_source(paths, layout, key, points, rows, base=Path(folder))


def read_all(source, units, chunk=3):
    """Read every unit in chunks: (key, points by column, values a problem, why bad), a problem each."""
    problems = []
    for unit in units:
        count = index_unit(source, unit).problems
        for start in range(0, count, chunk):
            table = read_problems(source, unit, start, min(start + chunk, count))
            keys, rows = table.keys.to_pylist(), table.rows.to_pylist()
            assert table.offsets.dtype == np.int64
            assert table.offsets[0] == 0
            for name, values in table.points.items():
                assert values.dtype == np.float64, name
                assert values.flags.c_contiguous, name
                assert len(values) == table.offsets[-1], name
            for i, key in enumerate(keys):
                own = slice(table.offsets[i], table.offsets[i + 1])
                points = {name: values[own] for name, values in table.points.items()}
                problems.append((tuple(key.values()), points, rows[i] if rows else {}, table.bad.get(i)))
    return problems


def expected(table, key, points):
    """Group the rows of a long table by key; the points sorted as tuples, null and NaN last."""
    found = defaultdict(list)
    for row in table.to_pylist():
        values = [math.nan if row[name] is None else float(row[name]) + 0.0 for name in points]
        found[tuple(row[name] for name in key)].append(values)
    return {
        name: np.array(sorted(rows, key=lambda values: [(math.isnan(v), v) for v in values]))
        for name, rows in found.items()
    }


def assert_same_problems(problems, wanted):
    """Every key once, with exactly its points, to the bit."""
    keys = [key for key, *_ in problems]
    assert len(keys) == len(set(keys))
    assert set(keys) == set(wanted)
    for key, points, *_ in problems:
        assert np.stack(list(points.values()), axis=1).tobytes() == wanted[key].tobytes(), key


def long_table(counts, seed=0, **columns):
    """Make a long table sorted by the integer key `k`, with so many points a key."""
    numbers = np.random.default_rng(seed)
    k = np.repeat(np.arange(len(counts)), counts)
    x, y = numbers.normal(size=(2, len(k)))
    return pa.table({"k": k, "x": x, "y": y, **columns})


def shuffled(table, seed=0):
    return table.take(np.random.default_rng(seed).permutation(table.num_rows))
