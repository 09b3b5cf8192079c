"""The command line: stdout is data, stderr is for people, and the exit code says how it went."""

import csv
import io
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import batchopt.driver
from batchopt.cli import cli, main
from batchopt.errors import StoreError
from batchopt.store import Lease, RunDirectory
from tests.batchopt.jobs import complete, lines, scattered

ROOT = Path(__file__).parents[2]
COMMANDS = sorted(cli.commands)


@pytest.fixture
def typed(monkeypatch, capsys):
    """A function that types a command: (exit code, stdout, stderr)."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["/opt/batchopt/bin/batchopt", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return ended.value.code, out, err

    return run


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_readme_and_has_help(command, typed):
    code, _, err = typed(command, "--help")
    assert (code, err) == (0, "")
    assert len(cli.commands[command].help) > 20
    assert all(option.help for option in cli.commands[command].params if isinstance(option, click.Option))
    assert re.search(rf"batchopt {command}\b|`{command}`", (ROOT / "README.md").read_text()), (
        "not in README.md"
    )


def test_help_lists_all_commands(typed):
    code, out, _ = typed("--help")
    assert code == 0
    assert set(COMMANDS) <= set(re.findall(r"^  (\w+)", out, re.MULTILINE))
    assert typed("--version")[1].strip().endswith(batchopt.__version__)


@pytest.mark.parametrize(
    "arguments", [("fly",), ("run",), ("run", "a", "--fly"), ("run", "a", "--sync", "--scheduler", "b")]
)
def test_wrong_usage(typed, arguments):
    code, out, err = typed(*arguments)
    assert (code, out) == (2, "")
    assert "Error: " in err


def test_check(typed, job_file):
    path = job_file()
    assert typed("check", path) == (0, f"{path}: ok, 20 problems in 120 rows, parameters a, b\n", "")
    code, out, _ = typed("check", path, "--json")
    assert code == 0
    assert json.loads(out) == {"ok": True, "files": 1, "rows": 120, "problems": 20, "parameters": ["a", "b"]}
    assert not (path.parent / "out").exists()


def test_check_of_scattered_keys(typed, job_file):
    path = job_file(scattered(lines(20)), group=20, input={"memory_mb": 0.001})
    code, out, _ = typed("check", path)
    assert code == 0
    assert "120 rows; their keys are scattered" in out
    assert json.loads(typed("plan", path, "--json")[1])["shuffle_first"] is True
    assert not (path.parent / "out").exists()


def test_plan_says_what_is_reused(typed, job_file):
    path = job_file()
    before = json.loads(typed("plan", path, "--json")[1])
    assert (before["problems"], before["to_solve"], before["reuse"]) == (20, 20, None)
    run = typed("run", "--sync", path)[1].strip()
    after = json.loads(typed("plan", path, "--json")[1])
    assert (after["reuse"], after["finished"], after["to_solve"]) == (run, True, 0)
    assert json.loads(typed("plan", path, "--fresh", "--json")[1])["to_solve"] == 20
    path.write_text(path.read_text() + "\n[solver]\nftol = 1e-9\n")
    assert re.search(r"why_not +.*solver\.ftol changed", typed("plan", path)[1])
    assert typed("plan", path)[2] == ""


def test_run_status_and_results(typed, job_file):
    path = job_file()
    code, out, err = typed("run", "--sync", path)
    (run,) = out.splitlines()
    assert code == 0
    assert (Path(run) / "_SUCCESS").exists()
    assert "20 of 20" in err
    assert "\x1b" not in err

    code, out, err = typed("run", "--sync", "--json", path)
    assert code == 0
    assert "nothing to do" in err
    assert json.loads(out)["counts"] == {"converged": 20}
    assert json.loads(out)["run"] == run

    for where in (path, path.parent / "out", run):
        code, out, err = typed("status", where)
        assert (code, err) == (0, "")
        assert out.startswith(f"{run}: finished, 20 of 20 problems\n  status  20 converged\n")
        assert json.loads(typed("status", "--json", where)[1])["done"] == 20

    table = RunDirectory(run).results()
    code, out, err = typed("results", path)
    assert (code, err) == (0, "")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [float(row["a"]) for row in rows] == table["a"].to_pylist()
    code, out, err = typed("results", path, "--json", "--limit", 3)
    assert [json.loads(line) for line in out.splitlines()] == table.slice(0, 3).to_pylist()

    for name in ("all.parquet", "all.csv"):
        code, out, err = typed("results", path, "-o", path.parent / name)
        assert (code, out) == (0, "")
        assert err.endswith(f"{name}: 20 rows\n")
    assert pq.read_table(path.parent / "all.parquet").equals(table)
    assert (path.parent / "all.csv").read_text() == typed("results", path)[1]


def test_quiet_says_nothing(typed, job_file):
    code, out, err = typed("run", "--sync", "--quiet", job_file())
    assert (code, err) == (0, "")
    assert len(out.splitlines()) == 1


def test_results_that_cannot_be_written(typed, job_file):
    path = job_file()
    typed("run", "--sync", path)
    code, out, err = typed("results", path, "-o", "table.xlsx")
    assert (code, out) == (2, "")
    assert "give a file that ends in .parquet or .csv" in err
    code, out, err = typed("results", path, "-o", path.parent / "nowhere" / "t.csv")
    assert code == 2
    assert re.fullmatch(r"batchopt: --output .*No such file.*; give a file that can be written\n", err)


def test_where_there_is_no_run(typed, job_file, tmp_path):
    path = job_file()
    for command in ("status", "results"):
        code, out, err = typed(command, path)
        assert (code, out) == (2, "")
        assert "no run yet in" in err
        assert typed(command, tmp_path / "nowhere")[0] == 2


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        (
            {"model": {"expression": "a*z + b", "start": {"a": 1.0, "b": 1.0}}},
            r"model\.expression: 'z' is neither",
        ),
        ({"input": {"y": "nope"}}, r"input\.y: column 'nope' is not in"),
        ({"input": {"path": "nope.parquet"}}, r"input\.path: no file matches 'nope\.parquet'"),
        ({"job": {"nmae": "x"}}, r"job\.nmae: unknown field; did you mean 'name'"),
        ({"output": {"path": "job.toml"}}, r"output\.path: .*job\.toml is a file"),
    ],
)
@pytest.mark.parametrize("command", [("run", "--sync"), ("run",), ("check",), ("plan",)])
def test_a_wrong_job_is_one_line_and_nothing_is_written(typed, job_file, sections, message, command):
    path = job_file(**sections)
    before = sorted(path.parent.rglob("*"))
    code, out, err = typed(*command, path)
    assert (code, out) == (2, "")
    assert re.fullmatch(rf"batchopt: .*{message}.*\n", err), err
    assert sorted(path.parent.rglob("*")) == before


def test_more_failures_than_the_job_allows(typed, job_file):
    y = pa.array([float("nan")] * 6 + lines(20)["y"].to_pylist()[6:])
    table = lines(20).set_column(2, "y", y)
    code, out, err = typed("run", "--sync", job_file(table, job={"max_failed": 0.01}))
    assert code == 1
    assert (Path(out.strip()) / "_SUCCESS").exists()
    assert "batchopt: 1 of 20 problems failed, more than job.max_failed = 0.01 allows\n" in err
    assert typed("run", "--sync", job_file(table, job={"max_failed": 0.01}, name="again"))[0] == 1
    assert typed("run", "--sync", job_file(table, job={"max_failed": 0.05}, name="allowed"))[0] == 0


def unfinished(path, monkeypatch):
    """Leave a run behind that has committed 5 of 20 problems."""
    with monkeypatch.context() as patch:
        real, calls = RunDirectory.commit, []

        def commit(self, receipt):
            calls.append(receipt)
            if len(calls) == 2:
                raise StoreError("the disk is gone")
            return real(self, receipt)

        patch.setattr(RunDirectory, "commit", commit)
        with pytest.raises(StoreError):
            batchopt.driver.run(batchopt.Job.load(path), sync=True)
    return RunDirectory.latest(path.parent / "out")


def test_a_run_that_stops_early(typed, job_file, monkeypatch):
    path = job_file(chunks={"problems": 5})
    run = unfinished(path, monkeypatch)
    code, out, err = typed("status", path)
    assert out.startswith(f"{run.path}: interrupted, 5 of 20 problems")
    code, out, err = typed("results", path)
    assert (code, out) == (3, "")
    assert "is unfinished" in err
    assert len(typed("results", path, "--partial")[1].splitlines()) == 6

    with Lease.acquire(run.path, batchopt.driver._now):
        assert typed("status", path)[1].startswith(f"{run.path}: running, 5 of 20 problems")
        code, out, err = typed("run", "--sync", path)
    assert (code, out) == (4, "")
    assert re.search(r"batchopt: Run .* is driven by pid \d+ on .*Let it finish, or stop it first\.\n", err)

    code, out, err = typed("run", "--sync", path)
    assert code == 0
    assert f"resuming {run.path}" in err
    assert "20 problems, 5 of them done before" in err


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (
            OSError(30, "Read-only file system", "out/parts"),
            3,
            "Read-only file system: 'out/parts'; mend that",
        ),
        (KeyboardInterrupt(), 130, "interrupted; run the same command again"),
    ],
)
def test_what_goes_wrong_while_running(typed, job_file, monkeypatch, error, code, message):
    def fail(*arguments, **options):
        raise error

    monkeypatch.setattr(RunDirectory, "commit", fail)
    ended, out, err = typed("run", "--sync", job_file())
    assert (ended, out) == (code, "")
    assert message in err.splitlines()[-1]


def test_an_output_that_cannot_be_written(typed, job_file, monkeypatch):
    def refuse(self, *arguments, **options):
        raise PermissionError(13, "Permission denied", str(self))

    path = job_file()
    monkeypatch.setattr(Path, "mkdir", refuse)
    code, out, err = typed("run", "--sync", path)
    assert (code, out) == (3, "")
    assert re.search(r"batchopt: Cannot start a run in .*Permission denied.*Choose an output directory", err)


def test_what_it_says_to_type_next_works(job_file):
    path = job_file(name="a folder; with $care")
    code, _, err = complete("run", "--sync", path, PATH="/usr/bin:/bin")
    assert code == 0
    typed = [
        line.partition("#")[0].strip() for line in err.partition("next:\n")[2].splitlines() if line[0] == " "
    ]
    assert len(typed) == 3
    for line in typed:
        assert shlex.split(line)[:3] == [sys.executable, "-m", "batchopt"]
        subprocess.run(line, shell=True, check=True, cwd=path.parent, capture_output=True)
    assert (path.parent / "results.parquet").exists()
    python = err.splitlines()[-1].removeprefix("or in Python: ")
    assert len(eval(python, {"batchopt": batchopt})) == 20


@pytest.mark.parametrize(
    ("found", "called", "program"),
    [
        ("/usr/bin/batchopt", "/usr/bin/batchopt", "batchopt"),
        (None, "/my envs/bin/batchopt", "'/my envs/bin/batchopt'"),
        (None, "/x/batchopt/__main__.py", f"{sys.executable} -m batchopt"),
    ],
)
def test_the_program_is_shown_as_it_was_called(monkeypatch, found, called, program):
    monkeypatch.setattr(batchopt.cli.shutil, "which", lambda name: found)
    monkeypatch.setattr(sys, "argv", [called])
    assert batchopt.cli._program() == program


def test_a_reader_that_stops_early_gets_no_traceback(job_file):
    path = job_file(lines(3000, points=3))
    assert complete("run", "--sync", "--quiet", path)[0] == 0
    shown = subprocess.run(
        f"{shlex.quote(sys.executable)} -m batchopt results {shlex.quote(str(path))} | head -1",
        shell=True,
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.startswith("k,success,")
    assert shown.stderr == ""


def test_schema_is_json(typed):
    code, out, err = typed("schema")
    assert (code, err) == (0, "")
    kinds = json.loads(out)["$defs"]
    assert kinds["CurveFitJob"]["properties"].keys() >= {"job", "input", "model", "output"}
    assert kinds["LinprogJob"]["properties"].keys() >= {"job", "input", "problem", "template", "output"}
