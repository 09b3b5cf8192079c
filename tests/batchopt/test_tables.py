"""Result tables as CSV, JSON lines and files."""

import csv
import datetime as dt
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchopt import tables
from batchopt.tables import as_csv, as_json_lines, write_table

TABLE = pa.table(
    {
        "id": ["a,b", 'c"d', "e\nf"],
        "when": [dt.date(2026, 1, 2)] * 3,
        "x": [0.1, None, -0.0],
        "flags": pa.array([["at_bound"], [], None], pa.list_(pa.string())),
        "status": pa.array(["converged", "stalled", "converged"]).dictionary_encode(),
    }
)


def test_csv():
    rows = list(csv.DictReader(io.StringIO("".join(as_csv(TABLE)))))
    assert rows[0] == {
        "id": "a,b",
        "when": "2026-01-02",
        "x": "0.1",
        "flags": '["at_bound"]',
        "status": "converged",
    }
    assert [row["x"] for row in rows] == ["0.1", "", "-0.0"]
    assert [row["flags"] for row in rows] == ['["at_bound"]', "[]", ""]
    assert [row["id"] for row in rows] == TABLE["id"].to_pylist()


def test_json_lines():
    rows = [json.loads(line) for line in as_json_lines(TABLE)]
    assert rows[1] == {"id": 'c"d', "when": "2026-01-02", "x": None, "flags": [], "status": "stalled"}


@given(st.lists(st.tuples(st.text(), st.floats(allow_nan=False, allow_infinity=False)), max_size=20))
def test_numbers_and_texts_come_back_as_they_were(rows):
    table = pa.table({"t": pa.array([t for t, _ in rows], pa.string()), "x": [x for _, x in rows]})
    assert [tuple(json.loads(line).values()) for line in as_json_lines(table)] == rows
    back = list(csv.reader(io.StringIO("".join(as_csv(table)), newline="")))[1:]
    assert [(t, float(x)) for t, x in back] == rows


def test_tables_are_converted_in_pieces(monkeypatch):
    monkeypatch.setattr(tables, "_ROWS", 2)
    table = pa.table({"i": range(7)})
    assert "".join(as_csv(table)) == "i\n" + "".join(f"{i}\n" for i in range(7))


def test_files(tmp_path):
    write_table(TABLE, tmp_path / "t.parquet")
    write_table(TABLE, tmp_path / "t.csv")
    assert pq.read_table(tmp_path / "t.parquet").to_pylist() == TABLE.to_pylist()
    assert (tmp_path / "t.csv").read_bytes().decode() == "".join(as_csv(TABLE))
    assert {path.name for path in tmp_path.iterdir()} == {"t.parquet", "t.csv"}


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
def test_a_write_that_fails_leaves_the_old_file(tmp_path, monkeypatch, name):
    (tmp_path / name).write_text("old")

    def fail(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tables, "as_csv", fail)
    monkeypatch.setattr(tables.pq, "write_table", fail)
    with pytest.raises(OSError, match="No space"):
        write_table(TABLE, tmp_path / name)
    assert (tmp_path / name).read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == [name]
