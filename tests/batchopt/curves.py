"""Curve fits through the whole job layer, in this process: tables in, rows of the result table out."""

import sys

import numpy as np
import pyarrow as pa
import pytest

import batchopt
from batchopt.cli import main

#: A job that nothing is wrong with, as Python.
JOB = {
    "job": {"name": "lines"},
    "input": {"path": "data.parquet", "key": "k", "x": "x", "y": "y"},
    "model": {"expression": "a*x + b"},
    "output": {"path": "out"},
}


def with_field(place, value, job=JOB):
    """That job, or another, with one field, such as model.start, set; a whole section without a dot."""
    section, _, field = place.partition(".")
    return job | {section: job.get(section, {}) | {field: value} if field else value}


def nested(**columns):
    """A table in the nested layout whose keys k are a, b, ..."""
    size = len(next(iter(columns.values())))
    return pa.table({"k": [chr(ord("a") + i) for i in range(size)], **columns})


def fitted(load, table, *, layout="long", **sections):
    """Solve a job (see `tests.batchopt.jobs.write_job`) and return its rows by key."""
    sections["input"] = {"layout": layout} | sections.get("input", {})
    finished = batchopt.run(load(table, **sections), sync=True)
    return {row["k"]: row for row in finished.results().to_pylist()}


def comparable(row):
    """A row by which equal rows are equal bits."""
    return repr({name: value for name, value in row.items() if name not in ("seconds", "attempt")})


def told(monkeypatch, capsys, *arguments):
    """Run the command line in this process; (exit code, stdout, stderr)."""
    monkeypatch.setattr(sys, "argv", ["batchopt", *map(str, arguments)])
    with pytest.raises(SystemExit) as stop:
        main()
    out, err = capsys.readouterr()
    return stop.value.code, out, err


def noise(size, seed=0, scale=0.01):
    """Small reproducible errors (size,)."""
    return scale * np.random.default_rng(seed).normal(size=size)
