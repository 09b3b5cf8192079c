"""The driver of a run: hands out chunks, commits their receipts, writes the manifest.

What is true is in the run directory; the driver can be killed at any instant, and the same command
goes on from there.
"""

import hashlib
import secrets
import shutil
from bisect import bisect_right
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from batchopt.dispatch import Chunk, Dispatch
from batchopt.errors import InputError, JobError, StoreError
from batchopt.executor import MAX_ATTEMPTS, Executor, Failure, SyncExecutor, Tag
from batchopt.inputs import narrow, regroup
from batchopt.job import Job
from batchopt.plan import Plan, Prepared, count, differences, memory_limit, prepare
from batchopt.progress import Reporter, Silent
from batchopt.runs import Run
from batchopt.store import Lease, Receipt, RunDirectory, new_run_id
from batchopt.work import ChunkTask, solve_chunk


@dataclass(frozen=True)
class Earlier:
    """What an earlier run of this output folder is good for."""

    run: RunDirectory | None  # with the same results to come, or there already
    why_not: str | None  # else: why the newest run does not serve


def run(
    job: Job,
    *,
    scheduler: str | None = None,
    sync: bool = False,
    fresh: bool = False,
    report: Reporter | None = None,
) -> Run:
    """Solve every problem of a job, or what an interrupted run of it left.

    Parameters
    ----------
    job
        What to solve.
    scheduler
        Address of a Dask scheduler; left out: ``DASK_SCHEDULER_ADDRESS``, the job's own, or a cluster
        of this machine's processors.
    sync
        Solve in this process, with no cluster.
    fresh
        Begin a new run even if an earlier one could be resumed or has the results already.
    report
        Hears how it goes on.

    Returns
    -------
    Run
        The finished run.

    Raises
    ------
    BatchoptError
        If the job or its input is wrong, another driver is at work, or the run cannot go on.
    """
    report = report or Silent()
    prepared = prepare(job)
    earlier = find_earlier(prepared, fresh=fresh)
    if earlier.run is not None and earlier.run.finished:
        report.note(f"nothing to do: {earlier.run.path} has these results (--fresh computes them again)")
        return Run(earlier.run)
    if earlier.why_not is not None:
        report.note(f"a new run: {earlier.why_not}")
    with ExitStack() as stack:
        directory, lease = earlier.run, None
        if directory is not None:  # before a cluster is started: another driver may be at work
            lease = stack.enter_context(Lease.acquire(directory.path, _now))
        executor = SyncExecutor() if sync else stack.enter_context(_open_cluster(job, scheduler))
        report.note(f"on {executor.where}")
        plan = make_plan(prepared, executor)
        directory = directory or _create(prepared, plan)
        report.note(f"{'resuming' if earlier.run else 'run'} {directory.path}")
        lease = lease or stack.enter_context(Lease.acquire(directory.path, _now))
        try:
            _Driver(job, plan, directory, lease, executor, report).drive()
        finally:
            report.stop()
    _remove_grouped(prepared)
    return Run(directory)


def _open_cluster(job: Job, scheduler: str | None) -> Any:
    from batchopt.cluster import open_cluster  # Dask takes a second; commands without a cluster need not wait

    return open_cluster(job.cluster, job.folder, scheduler)


def _now() -> datetime:
    return datetime.now(UTC)


def find_earlier(prepared: Prepared, *, fresh: bool = False) -> Earlier:
    """Look for a run in the output folder whose results this job can use."""
    if fresh:
        return Earlier(None, "asked for with --fresh")
    runs = RunDirectory.runs(prepared.job.output_path)
    for directory in runs:
        if not differences(directory.record["fingerprint"], prepared.fingerprint):
            return Earlier(directory, None)
    if not runs:
        return Earlier(None, None)
    changes = differences(runs[0].record["fingerprint"], prepared.fingerprint)
    return Earlier(None, f"{runs[0].run_id} cannot be reused, {'; '.join(changes)}")


def make_plan(prepared: Prepared, executor: Executor) -> Plan:
    """Count the problems, after bringing scattered keys together where that is needed."""
    if prepared.units is not None:
        return count(prepared, prepared.source, prepared.units, executor)
    from batchopt.cluster import shuffle  # as in _open_cluster

    folder = _grouped(prepared)
    folder.parent.mkdir(parents=True, exist_ok=True)
    limit = memory_limit(prepared.job)
    try:
        source, units = regroup(prepared.source, prepared.statistics, folder, limit, shuffle)
        return count(prepared, source, units, executor)
    except (InputError, JobError):  # the data are not what the job says: nothing is left behind
        _remove_grouped(prepared)
        raise


def _grouped(prepared: Prepared) -> Path:
    """Where scattered keys are brought together: where all workers can write, found again on resuming."""
    made_from = repr((prepared.source, prepared.job.input.memory_mb))
    return prepared.job.output_path / "grouped" / hashlib.sha256(made_from.encode()).hexdigest()[:16]


def _remove_grouped(prepared: Prepared) -> None:
    """Remove what was brought together, and the folders above it unless something else is in them."""
    folder = _grouped(prepared)
    shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):
        folder.parent.rmdir()
        folder.parent.parent.rmdir()


def _create(prepared: Prepared, plan: Plan) -> RunDirectory:
    """A new run directory, with everything in its record that tells what it was."""
    record = {
        "batchopt": version("batchopt"),
        "job": prepared.job.model_dump(mode="json", by_alias=True),
        "folder": str(prepared.job.folder),
        "total": plan.total,
        "fingerprint": prepared.fingerprint,
    }
    now = _now()
    # The newest run is the last by name: microseconds come before what is random.
    run_id = new_run_id(now, f"{now.microsecond:05x}{secrets.token_hex(2)}")
    return RunDirectory.create(prepared.job.output_path, run_id, record)


@dataclass
class _Driver:
    """One session of a run."""

    job: Job
    plan: Plan
    directory: RunDirectory
    lease: Lease
    executor: Executor
    report: Reporter
    running: dict[Tag, Chunk] = field(default_factory=dict)

    def drive(self) -> None:
        """Solve what has no commit yet, then write the manifest."""
        total = self.plan.total
        expected = self.directory.record["total"]
        if expected != total:
            raise StoreError(
                f"run {self.directory.path} has {expected} problems, but its input has {total} now; "
                "restore the input, or begin a new run with --fresh"
            )
        done = self.directory.commits()
        counts: Counter[str] = Counter()
        for receipt in done:
            counts.update(receipt.counts)
        self.report.start(total, sum(receipt.rows for receipt in done), counts)
        dispatch = Dispatch(
            self.directory.remaining(total),
            self.plan.bases,
            seconds=self.job.chunks.seconds,
            fixed=self.job.chunks.problems,
        )
        while True:
            slots = self.executor.slots
            while len(self.running) < 2 * slots and (chunk := dispatch.next(slots)):
                self._submit(chunk)
            if not self.running:
                break
            self._collect(dispatch)
        self.directory.finish(total, {"job": self.job.job.name, "kind": self.job.job.kind})

    def _submit(self, chunk: Chunk) -> None:
        at = self._unit_of(chunk.start)
        source, unit = narrow(self.plan.source, self.plan.units[at])
        task = ChunkTask(
            kind=self.plan.kind,
            source=source,
            unit=unit,
            base=self.plan.bases[at],
            start=chunk.start,
            stop=chunk.stop,
            attempt=chunk.attempt,
            run=str(self.directory.path.absolute()),
        )
        tag = ("chunk", chunk.start, chunk.stop, chunk.attempt)
        self.running[tag] = chunk
        self.executor.submit(tag, solve_chunk, task)

    def _unit_of(self, problem: int) -> int:
        """The unit that a problem is in; empty units have none."""
        return bisect_right(self.plan.bases, problem) - 1

    def _collect(self, dispatch: Dispatch) -> None:
        """Wait for a chunk, and commit it or have it tried again."""
        tag, outcome = self.executor.wait()
        chunk = self.running.pop(tag)
        if isinstance(outcome, Failure):
            if outcome.verdict is not None or chunk.attempt == MAX_ATTEMPTS:
                what = f"the chunk of problems {chunk.start} to {chunk.stop - 1}"
                raise outcome.as_error(what, chunk.attempt)
            dispatch.failed(chunk)
            return
        receipt: Receipt = outcome
        self.lease.verify()
        self.directory.commit(receipt)
        dispatch.ended(chunk, receipt.seconds)
        self.report.advance(receipt.rows, receipt.counts)
