import pyarrow as pa
import pytest

from batchopt.errors import InputError
from tests.batchopt.inputs.tables import opened, write

LONG = pa.table({"sample_id": ["a"], "dose": [1.0], "response": [1.0], "ok": [True], "points": [[1.0]]})
GOOD = {"key": ["sample_id"], "points": {"input.x": "dose", "input.y": "response"}}


def test_what_a_source_knows(tmp_path):
    write(LONG, tmp_path)
    source, _ = opened(tmp_path, **GOOD, rows=["ok"])
    assert source.total_rows == 1
    path = tmp_path / "part-0.parquet"
    state = path.stat()
    record = {"path": str(path), "size": state.st_size, "modified": str(state.st_mtime_ns), "rows": 1}
    assert source.inventory() == [record]
    assert source == opened(tmp_path, **GOOD, rows=["ok"])[0]


@pytest.mark.parametrize(
    "paths", [".", "part-*.parquet", ["part-1.parquet", "./part-0.parquet", "*.parquet"]]
)
def test_paths_are_found_once_and_in_order(tmp_path, paths):
    write(LONG, tmp_path, files=2)
    source, _ = opened(tmp_path, **GOOD, paths=paths)
    assert [file.path for file in source.files] == [str(tmp_path / f"part-{i}.parquet") for i in (0, 1)]


@pytest.mark.parametrize(
    ("job", "message"),
    [
        (
            {"points": {"input.y": "respnse"}},
            r"column 'respnse' is not in .*-0.parquet; it has sample_id, dose.*: did you mean 'response'\?",
        ),
        ({"key": ["zzz"]}, "input.key: column 'zzz' is not in .*: name one of these"),
        (
            {"key": ["dose"]},
            "input.key: column 'dose' is double in .*part-0.parquet: a key is made of integers, str",
        ),
        ({"key": ["points"]}, "input.key: column 'points' is list"),
        (
            {"points": {"input.y": "sample_id"}},
            "input.y: column 'sample_id' is string in .*: numbers are needed here",
        ),
        ({"points": {"input.y": "ok"}}, "input.y: column 'ok' is bool in .*: numbers are needed here$"),
        (
            {"points": {"input.y": "points"}},
            r"layout 'long' takes one number a row.* input.layout = \"nested\"",
        ),
        (
            {"layout": "nested"},
            r"'nested' takes the points from list columns, but dose, response are plain numbers",
        ),
        ({"rows": ["nothing"]}, "start.nothing: column 'nothing' is not in"),
        (
            {"paths": "none/*.parquet"},
            r"input.path: no file matches 'none/\*.parquet' \(looked in /.*\): correct",
        ),
        ({"paths": "memory://none/*.parquet"}, "input.path: no file matches 'memory://none"),
        (
            {"paths": "nosuch://none/*.parquet"},
            "input.path: cannot list 'nosuch://none.*': Protocol not known",
        ),
    ],
)
def test_what_is_wrong_with_a_job_is_said(tmp_path, job, message):
    write(LONG, tmp_path)
    with pytest.raises(InputError, match=message):
        opened(tmp_path, **{**GOOD, **job})


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (
            {"response": ["1"]},
            "input.y: column 'response' is string in .*b/part-0.parquet: numbers are needed here",
        ),
        (
            {"sample_id": [1]},
            r"column 'sample_id' is int64 in .*b/.* but string in .*a/.*: write all files with one",
        ),
        ({"ok": [1]}, "start.ok: column 'ok' is int64 in .*b/.* but bool in .*a/"),
    ],
)
def test_files_must_agree(tmp_path, column, message):
    write(LONG, tmp_path / "a")
    write(pa.table({**dict(zip(LONG.column_names, LONG.columns, strict=True)), **column}), tmp_path / "b")
    with pytest.raises(InputError, match=message):
        opened(tmp_path, **GOOD, rows=["ok"], paths="*/*.parquet")


def test_ways_to_store_a_string_agree(tmp_path):
    for folder, kind in {
        "a": pa.string(),
        "b": pa.large_string(),
        "c": pa.dictionary(pa.int8(), pa.string()),
    }.items():
        write(pa.table({"k": pa.array(["a"]).cast(kind), "x": [1.0], "y": [1.0]}), tmp_path / folder)
    source, _ = opened(tmp_path, paths="*/*.parquet")
    assert source.key_types == (pa.string(),)


def test_files_that_are_not_parquet_or_empty(tmp_path):
    write(LONG.slice(0, 0), tmp_path)
    with pytest.raises(InputError, match=r"no rows in .*part-0.parquet: there is nothing to solve"):
        opened(tmp_path, **GOOD)
    (tmp_path / "x.parquet").write_text("sample_id,dose,response")
    with pytest.raises(InputError, match=r"x.parquet: cannot be read as Parquet"):
        opened(tmp_path, **GOOD)


def test_columns_of_one_name(tmp_path):
    twice = pa.table([[1], [1.0], [1.0], [2.0]], names=["k", "x", "y", "y"])
    with pytest.raises(InputError, match="has more than one column 'y': rename one"):
        opened(write(twice, tmp_path))
