"""Small jobs to run: a table of straight lines, its job file, and results that can be compared bit by bit."""

import json
import os
import subprocess
import sys
import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from batchopt.store import RunDirectory

#: A model whose time a test sets by an environment variable, which no fingerprint sees.
SLOW = """
import os, time

def line(x, a, b):
    time.sleep(float(os.environ.get("SLOW", 0)))
    return a * x + b
"""


def lines(problems=20, points=6, seed=0):
    """A long table sorted by its key `k`: noisy straight lines."""
    numbers = np.random.default_rng(seed)
    k = np.repeat(np.arange(problems), points)
    x = np.tile(np.arange(points, dtype=float), problems)
    return pa.table({"k": k, "x": x, "y": 2 * x + k + 0.1 * numbers.normal(size=len(k))})


def scattered(table, seed=0):
    """The rows of a table in disorder."""
    return table.take(np.random.default_rng(seed).permutation(table.num_rows))


def write_job(folder, table=None, *, group=1_000_000, **sections):
    """Write data.parquet, slow.py and job.toml into a folder; sections update those of the job below."""
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(lines() if table is None else table, folder / "data.parquet", row_group_size=group)
    (folder / "slow.py").write_text(SLOW)
    job = {
        "job": {"name": "lines"},
        "input": {"path": "data.parquet", "key": "k", "x": "x", "y": "y"},
        "model": {"expression": "a*x + b", "start": {"a": 1.0, "b": 1.0}},
        "output": {"path": "out"},
    }
    for name, fields in sections.items():
        # Another model takes the place of the first one; other sections are added to.
        job[name] = fields if name == "model" else job.get(name, {}) | fields
    text = "\n".join(
        f"[{name}]\n" + "".join(f"{field} = {_toml(value)}\n" for field, value in fields.items())
        for name, fields in job.items()
    )
    (folder / "job.toml").write_text(text)
    return folder / "job.toml"


def slow(**sections):
    """Sections of a job that takes a process some time: a chunk a problem, each some calls of `line`."""
    return {
        "model": {"function": "slow:line", "start": {"a": 1.0, "b": 1.0}},
        "chunks": {"problems": 1},
    } | sections


def bits(table):
    """A text for each row, by which equal rows are equal bits; without the columns that may differ."""
    return [repr(row) for row in table.drop_columns(["seconds", "attempt"]).to_pylist()]


def command(*arguments, **environment):
    """Start `batchopt` as its users do, in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "batchopt", *map(str, arguments)],
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def complete(*arguments, **environment):
    """Run `batchopt` to its end; (exit code, stdout, stderr)."""
    process = command(*arguments, **environment)
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def commits(output):
    """How many chunks the newest run under a folder has committed."""
    run = RunDirectory.latest(output)
    return 0 if run is None else len(list((run.path / "commits").glob("[0-9]*.json")))


def wait_until(holds, what, seconds=60.0):
    """Wait for a condition, for a bounded time."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"no {what} after {seconds} s"
        time.sleep(0.01)


def _toml(value):
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {_toml(entry)}" for name, entry in value.items()) + " }"
    return json.dumps(value)
