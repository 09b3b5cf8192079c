"""The command line: stdout is data, stderr is for people, `--json` is for programs.

Exit codes: 0 done within tolerance; 1 done, more failures than the job allows; 2 usage or job error;
3 stopped early, resumable; 4 another run holds the lease; 130 interrupted.
"""

import json
import shlex
import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

import click

import batchopt
from batchopt.errors import BatchoptError, JobError
from batchopt.job import Job, json_schema

JOB = click.argument("job", type=click.Path(path_type=Path))
WHERE = click.argument("where", type=click.Path(path_type=Path))
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")

#: File endings that `results --output` writes.
_WRITERS = (".parquet", ".csv")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(batchopt.__version__, prog_name="batchopt")
def cli() -> None:
    """Solve very many small optimization problems: Parquet in, Parquet out, on Dask."""


def main() -> NoReturn:
    """Run the command line, and turn what goes wrong into one line and an exit code."""
    try:
        code = cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except BatchoptError as error:
        click.echo(f"batchopt: {error}", err=True)
        code = error.exit_code
    except OSError as error:
        click.echo(f"batchopt: {error}; mend that and run the same command again: nothing is lost", err=True)
        code = 3
    except (KeyboardInterrupt, click.Abort):
        click.echo("batchopt: interrupted; run the same command again to go on from here", err=True)
        code = 130
    sys.exit(code or 0)


@cli.command()
@JOB
@JSON
def check(job: Path, as_json: bool) -> None:
    """Check a job file and its input, with no cluster; nothing is written."""
    from batchopt.driver import make_plan  # half a second, which `schema` and `--help` need not wait
    from batchopt.executor import SyncExecutor
    from batchopt.plan import prepare

    prepared = prepare(Job.load(job))
    scattered = prepared.units is None
    source = prepared.source
    found: dict[str, Any] = {"ok": True, "files": len(source.files), "rows": source.total_rows}
    if not scattered:
        plan = make_plan(prepared, SyncExecutor())
        found |= {"problems": plan.total, **plan.kind.about}
    _print(found, as_json, lambda: f"{job}: ok, {_amount(found)}")


@cli.command()
@JOB
@JSON
@click.option("--fresh", is_flag=True, help="As if no earlier run could be used.")
def plan(job: Path, as_json: bool, fresh: bool) -> None:
    """Say what `run` would do, and what it would reuse or why not; nothing is written."""
    from batchopt.driver import find_earlier, make_plan
    from batchopt.executor import SyncExecutor
    from batchopt.plan import prepare

    prepared = prepare(Job.load(job))
    earlier = find_earlier(prepared, fresh=fresh)
    found: dict[str, Any] = {
        "files": len(prepared.source.files),
        "rows": prepared.source.total_rows,
        "shuffle_first": prepared.units is None,
        "reuse": None if earlier.run is None else str(earlier.run.path),
        "finished": earlier.run is not None and earlier.run.finished,
        "why_not": earlier.why_not,
    }
    if prepared.units is not None:
        counted = make_plan(prepared, SyncExecutor())
        done = 0 if earlier.run is None else sum(receipt.rows for receipt in earlier.run.commits())
        found |= {"units": len(counted.units), "problems": counted.total, "done": done}
        found["to_solve"] = counted.total - done
    _print(found, as_json, lambda: "\n".join(f"{name:14}{_plain(value)}" for name, value in found.items()))


@cli.command()
@JOB
@JSON
@click.option("--scheduler", metavar="ADDRESS", help="A Dask scheduler, such as tcp://host:8786.")
@click.option("--sync", is_flag=True, help="Solve in this process, with no cluster: for debugging.")
@click.option("--fresh", is_flag=True, help="Begin a new run even if an earlier one could be used.")
@click.option("--quiet", is_flag=True, help="Show no progress.")
def run(job: Path, *, as_json: bool, scheduler: str | None, sync: bool, fresh: bool, quiet: bool) -> None:
    """Solve every problem of a job, or what an interrupted run of it left."""
    from batchopt.driver import run as drive
    from batchopt.progress import Silent, reporter

    if sync and scheduler:
        raise click.UsageError("--sync runs without a cluster; leave out --scheduler")
    loaded = Job.load(job)
    report = Silent() if quiet else reporter(sys.stderr)
    finished = drive(loaded, scheduler=scheduler, sync=sync, fresh=fresh, report=report)
    summary = finished.summary()
    _print({"run": str(finished.path), **asdict(summary)}, as_json, lambda: str(finished.path))
    if not quiet:
        click.echo(_story(finished.path, asdict(summary), job), err=True)
    if summary.total and summary.failed > loaded.job.max_failed * summary.total:
        click.echo(
            f"batchopt: {summary.failed:,} of {summary.total:,} problems failed, more than "
            f"job.max_failed = {loaded.job.max_failed:g} allows",
            err=True,
        )
        sys.exit(1)


@cli.command()
@WHERE
@JSON
def status(where: Path, as_json: bool) -> None:
    """Say how far the newest run of a job file or output folder got, or a run given by its directory."""
    from batchopt.runs import Run

    found = Run.find(where)
    summary = asdict(found.summary())

    def text() -> str:
        lines = [f"{found.path}: {summary['state']}, {summary['done']:,} of {summary['total']:,} problems"]
        return "\n".join(lines + _counts(summary))

    _print({"run": str(found.path), **summary}, as_json, text)


@cli.command()
@WHERE
@JSON
@click.option("--output", "-o", type=click.Path(path_type=Path), help="A .parquet or .csv file to write.")
@click.option("--partial", is_flag=True, help="Of an unfinished run, what is committed.")
@click.option("--limit", "-n", type=click.IntRange(min=0), help="Only the first rows.")
def results(where: Path, as_json: bool, output: Path | None, partial: bool, limit: int | None) -> None:
    """Print the result table as CSV, lists as JSON; or with --json an object a row; or write it to a file."""
    from batchopt.runs import Run
    from batchopt.tables import as_csv, as_json_lines, write_table

    if output is not None and output.suffix not in _WRITERS:
        raise click.UsageError(f"--output {output}: give a file that ends in {' or '.join(_WRITERS)}")
    found = Run.find(where)
    table = found.results(partial=partial)
    if limit is not None:
        table = table.slice(0, limit)
    if output is not None:
        try:
            write_table(table, output)
        except OSError as error:
            raise JobError(f"--output {output}: {error}; give a file that can be written") from error
        click.echo(f"{output}: {table.num_rows:,} rows", err=True)
    else:
        for piece in as_json_lines(table) if as_json else as_csv(table):
            click.echo(piece, nl=False)


@cli.command()
def schema() -> None:
    """Print the JSON Schema of the job file, for editors."""
    click.echo(json.dumps(json_schema(), indent=2))


def _print(found: dict[str, Any], as_json: bool, text: Callable[[], str]) -> None:
    click.echo(json.dumps(found, indent=2) if as_json else text())


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value is None else f"{value:,}" if isinstance(value, int) else str(value)


def _amount(found: dict[str, Any]) -> str:
    if "problems" not in found:
        return f"{found['rows']:,} rows; their keys are scattered, so that a run will shuffle them first"
    about = [f"{found['problems']:,} problems in {found['rows']:,} rows"]
    for name, value in found.items():
        if name not in ("ok", "files", "rows", "problems"):
            about.append(f"{value:,} {name}" if isinstance(value, int) else f"{name} {', '.join(value)}")
    return ", ".join(about)


def _counts(summary: dict[str, Any]) -> list[str]:
    """Lines with the counts by status, grade and flag."""
    lines = []
    for title in ("counts", "grades", "flags"):
        entries = ", ".join(f"{number:,} {name}" for name, number in summary[title].items())
        lines.append(f"  {'status' if title == 'counts' else title:8}{entries or 'none'}")
    return lines


def _story(path: Path, summary: dict[str, Any], job: Path) -> str:
    """What was done, where it is and what to type next."""
    program, name = _program(), shlex.quote(str(job))
    return "\n".join(
        [
            f"{summary['done']:,} problems, {summary['seconds']:,.1f} s of solving",
            *_counts(summary),
            f"results in {path}",
            "next:",
            f"  {program} results {name} --limit 5           # the first rows",
            f"  {program} results {name} -o results.parquet  # or .csv",
            f"  {program} status {name}                      # these counts again",
            f"or in Python: batchopt.Run({str(path)!r}).results('pandas')",
        ]
    )


def _program() -> str:
    """What to type for batchopt: its name where the shell finds it, else the way it was called."""
    if shutil.which("batchopt"):
        return "batchopt"
    called = Path(sys.argv[0])
    if called.name == "__main__.py":
        return f"{shlex.quote(sys.executable)} -m batchopt"
    return shlex.quote(str(called))
