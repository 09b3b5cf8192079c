"""What the README shows is true: its job file is valid, its code runs, its columns are those of a result."""

import re
import tomllib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import batchopt
from batchopt.job import Job, LinprogJob, MinimizeJob, RootJob
from batchopt.kinds import minimize, root
from batchopt.kinds.linprog_flags import FLAGS
from batchopt.kinds.linprog_table import OWN_COLUMNS

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> batchopt.Run:
    """The README's job, run on a table with the columns that it names."""
    folder = tmp_path_factory.mktemp("readme")
    (folder / "data").mkdir()
    time = [0.0, 1.0, 2.0, 3.0, 4.0]
    table = {
        "site": ["north"] * 5,
        "sample": [1] * 5,
        "time": time,
        "signal": [2.0 * 0.5**t for t in time],
        "signal_sd": [0.1] * 5,
        "rate_guess": [0.6] * 5,
    }
    pq.write_table(pa.table(table), folder / "data" / "a.parquet")
    job = Job.parse(tomllib.loads(blocks("toml")[0]), folder=folder)
    return batchopt.run(job, sync=True)


def test_job_file_runs(example):
    table = example.results().to_pylist()
    assert [row["success"] for row in table] == [True]
    assert table[0]["a"] == pytest.approx(2.0)


def test_result_columns_are_described(example):
    described = set(re.findall(r"`(\w+)`", README.partition("## The result table")[2]))
    named = {"a", "b", "c"}
    named |= {f"{name}_{what}" for name in named for what in ("stderr", "low", "high")}
    columns = set(example.results().column_names)
    assert columns - {"site", "sample"} - named <= described


def test_the_jobs_of_linear_programs_are_valid_and_their_columns_described():
    content, template = (tomllib.loads(block) for block in blocks("toml")[1:3])
    assert isinstance(Job.parse(content), LinprogJob)
    del content["problem"]
    assert isinstance(Job.parse(content | template), LinprogJob)
    described = set(re.findall(r"`([\w.]+)`", README.partition("## The result table")[2]))
    assert {*OWN_COLUMNS, *FLAGS, "x.NAME", "marginal.NAME"} <= described


def test_the_jobs_of_searches_are_valid_and_their_columns_described():
    content, equations = (tomllib.loads(block) for block in blocks("toml")[3:5])
    assert isinstance(Job.parse(content), MinimizeJob)
    del content["objective"], content["constraints"]
    content |= equations | {"job": {"name": "crossings", "kind": "root"}, "solver": {"method": "hybr"}}
    assert isinstance(Job.parse(content), RootJob)
    described = set(re.findall(r"`([\w.]+)`", README.partition("## The result table")[2]))
    assert {*minimize.OWN_COLUMNS, *root.OWN_COLUMNS} <= described


def test_python_for_data_in_memory():
    names: dict[str, object] = {}
    for block in blocks("python")[1:]:
        exec(block, names)
    assert names["fits"].success.all()
    assert names["plans"].success.all()
