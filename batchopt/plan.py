"""From a job to a plan: what will be solved, in which order, and what of an earlier run still holds."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import accumulate
from pathlib import Path
from typing import Any

from batchopt.errors import InputError, JobError
from batchopt.executor import Executor, run_all
from batchopt.inputs import (
    Source,
    Statistics,
    Unit,
    column_names,
    duplicate_keys,
    how_many_buckets,
    index_unit,
    narrow,
    open_source,
    plan_units,
)
from batchopt.job import Job
from batchopt.kinds import Kind, kind_of
from solvers import RESULTS_VERSION

#: Parts of a fingerprint that are hashes, and of what.
_HASHED = {"function": "the source of model.function", "template_file": "the content of template.path"}
#: Libraries whose version may change how a shuffle places keys.
_SHUFFLING = ("dask", "distributed", "pandas")


@dataclass(frozen=True)
class Prepared:
    """A job that has been checked against its input's footers; nothing of the data has been read."""

    job: Job
    kind: Kind
    source: Source
    statistics: Statistics
    units: list[Unit] | None  # None: the points of a key are scattered, and must be brought together first
    fingerprint: dict[str, Any]  # everything that the results depend on


@dataclass(frozen=True)
class Plan:
    """The problems of a job, counted."""

    kind: Kind  # informed of the models in the input
    source: Source
    units: list[Unit]
    bases: list[int]  # the ordinal of each unit's first problem, and at the end the number of problems

    @property
    def total(self) -> int:
        """How many problems."""
        return self.bases[-1]


def prepare(job: Job) -> Prepared:
    """Check a job against the footers of its input.

    Raises
    ------
    JobError, InputError
        If the job and its input do not fit.
    """
    _check_output(job.output_path)
    kind = kind_of(job, column_names(job.input.path, job.folder))
    source, statistics = open_source(
        job.input.path, kind.layout, job.input.key, kind.points, kind.rows, base=job.folder
    )
    kind.check_types(source.schema)
    units = plan_units(source, statistics, memory_limit(job))
    fingerprint = _fingerprint(job, kind, source, shuffled=units is None)
    return Prepared(job, kind, source, statistics, units, fingerprint)


def _check_output(folder: Path) -> None:
    for path in (folder, *folder.parents):
        if path.is_file():
            raise JobError(f"output.path: {path} is a file; give a folder for run directories")


def memory_limit(job: Job) -> float:
    """Bytes that a worker may hold of the input."""
    return job.input.memory_mb * 1e6


def count(prepared: Prepared, source: Source, units: list[Unit], executor: Executor) -> Plan:
    """Count the problems, by reading key columns, and check what only the data can tell.

    Raises
    ------
    InputError
        For null keys, and for duplicate keys in the nested layout.
    JobError
        For a model column with something that is no model.
    """
    kind = prepared.kind
    slices = [(*narrow(source, unit), kind.distinct) for unit in units]
    indexes = run_all(executor, "counting problems", index_unit, slices)
    if (rows := sum(index.rows for index in indexes)) != source.total_rows:
        raise InputError(
            f"input.path: {source.total_rows:,} rows by the footers of the files, {rows:,} when their "
            "keys are read: the statistics in a footer are wrong; write the files again"
        )
    if source.layout == "nested":
        _refuse_duplicates(source, executor)
    distinct = {
        name: {value for index in indexes for value in index.distinct[name]} for name in kind.distinct
    }
    bases = list(accumulate((index.problems for index in indexes), initial=0))
    informed = kind.informed({name: sorted(values, key=str) for name, values in distinct.items()})
    return Plan(informed, source, units, bases)


def _refuse_duplicates(source: Source, executor: Executor) -> None:
    """Raise InputError for keys that several rows of a nested table have."""
    buckets = how_many_buckets(source)
    searches = [(source, bucket, buckets) for bucket in range(buckets)]
    found = run_all(executor, "looking for duplicate keys", duplicate_keys, searches)
    if duplicates := [key for keys in found for key in keys]:
        examples = ", ".join("/".join(str(value) for value in key.values()) for key in duplicates[:3])
        raise InputError(
            f"input.key: {', '.join(source.key)} names several rows, such as {examples}; "
            "add columns to the key, or drop the repeated rows"
        )


def _fingerprint(job: Job, kind: Kind, source: Source, *, shuffled: bool) -> dict[str, Any]:
    """What the results depend on, in parts whose change can be named."""
    settings = job.settings
    versions = {"solvers": RESULTS_VERSION, "python": f"{sys.version_info.major}.{sys.version_info.minor}"}
    versions |= {name: version(name) for name in kind.libraries}
    if shuffled:  # what decides in which file a key ends up, and so the order of problems
        settings["input"]["memory_mb"] = job.input.memory_mb
        versions |= {name: version(name) for name in _SHUFFLING}
    return {
        "kind": job.job.kind,
        **settings,
        "files": source.inventory(),
        **kind.hashes,
        "versions": versions,
    }


def differences(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """What changed between two fingerprints, for people: empty when results of the one serve the other."""
    found = []
    for part in dict.fromkeys([*old, *new]):
        before, after = old.get(part), new.get(part)
        if before == after:
            continue
        if part == "files":
            found.append(_changed_files(before or [], after or []))
        elif part in _HASHED:
            found.append(f"{_HASHED[part]} changed")
        elif isinstance(before, dict) and isinstance(after, dict):
            first = _first_difference(before, after)
            found.append(f"{part}.{first} changed from {before.get(first)!r:.60} to {after.get(first)!r:.60}")
        else:
            found.append(f"{part} changed from {before!r:.60} to {after!r:.60}")
    return found


def _first_difference(before: dict[str, Any], after: dict[str, Any]) -> str:
    return next(name for name in dict.fromkeys([*before, *after]) if before.get(name) != after.get(name))


def _changed_files(before: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]]) -> str:
    old, new = ({file["path"]: file for file in files} for files in (before, after))
    for path in dict.fromkeys([*old, *new]):
        if old.get(path) != new.get(path):
            what = "is new" if path not in old else "is gone" if path not in new else "was written again"
            return f"input file {path} {what}"
    return "the order of the input files changed"
