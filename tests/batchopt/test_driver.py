"""The driver: every row once, whatever fails and in whatever order tasks end; reuse only where it is due."""

import re
from pathlib import Path

import pandas as pd
import pytest

import batchopt
import batchopt.driver
import batchopt.plan
from batchopt.errors import JobError, LeaseHeldError, RunStoppedError, StoreError
from batchopt.executor import MAX_ATTEMPTS, Failure, SyncExecutor
from batchopt.progress import Silent
from batchopt.store import Lease, RunDirectory
from batchopt.work import solve_chunk
from tests.batchopt.jobs import bits, lines, scattered


class Notes(Silent):
    """Keeps what is said."""

    def __init__(self):
        self.notes, self.done = [], 0

    def note(self, text):
        self.notes.append(text)

    def start(self, total, done, counts):
        self.total, self.before = total, done

    def advance(self, problems, counts):
        self.done += problems
        assert sum(counts.values()) == problems


class Unruly(SyncExecutor):
    """Runs the newest task first, some of them twice, and loses the first attempt at others."""

    slots = 3
    where = "a stub"

    def __init__(self, lose=lambda tag: False):
        super().__init__()
        self.lose, self.most, self.tags = lose, 0, []

    def submit(self, tag, function, *args):
        assert tag not in self.tags
        self.tags.append(tag)
        super().submit(tag, function, *args)
        self.most = max(self.most, len(self._queued))

    def wait(self):
        self._queued.rotate(1)
        tag, function, args = self._queued[0]
        if tag[0] == "chunk" and tag[1] % 2:
            function(*args)  # as when a worker dies after writing, and Dask has another do the same
        tag, value = super().wait()
        return (tag, Failure("the worker died")) if tag[0] == "chunk" and self.lose(tag) else (tag, value)


@pytest.fixture
def with_executor(monkeypatch):
    """A function that runs a job on an executor."""

    def run(job, executor, **options):
        with monkeypatch.context() as patch:
            patch.setattr(batchopt.driver, "SyncExecutor", lambda: executor)
            return batchopt.run(job, sync=True, **options)

    return run


def run(job, **options):
    report = Notes()
    return batchopt.run(job, sync=True, report=report, **options), " | ".join(report.notes)


def test_every_key_once_in_order(job):
    report = Notes()
    finished = batchopt.run(job(scattered(lines(20))), sync=True, report=report)
    assert finished.results()["k"].to_pylist() == list(range(20))
    assert (report.total, report.before, report.done) == (20, 0, 20)
    assert finished.finished


# Dask's own reader of Parquet calls pandas in a way that pandas 3.1 deprecates.
@pytest.mark.filterwarnings("ignore:The inplace keyword in DataFrame.reset_index:DeprecationWarning")
def test_results_as_arrow_pandas_and_dask(job):
    finished = batchopt.run(job(chunks={"problems": 7}), sync=True)
    frame = finished.results("pandas")
    assert isinstance(frame, pd.DataFrame)
    assert frame["a"].tolist() == finished.results()["a"].to_pylist()
    lazy = finished.results("dask")
    assert lazy.npartitions == 3
    assert lazy.compute()["a"].tolist() == frame["a"].tolist()
    with pytest.raises(ValueError, match="kind is one of arrow, pandas, dask, got 'polars'"):
        finished.results("polars")


@pytest.mark.parametrize("problems", [1, 7, 1000])
def test_chunks_do_not_change_a_bit(job, problems):
    table = lines(25)
    whole = batchopt.run(job(table, name="whole"), sync=True).results()
    cut = batchopt.run(job(table, name="cut", group=20, chunks={"problems": problems}), sync=True).results()
    assert bits(cut) == bits(whole)


def test_chunks_are_as_asked_for(job):
    finished = batchopt.run(job(lines(20), chunks={"problems": 7}), sync=True)
    assert [receipt.rows for receipt in finished.directory.commits()] == [7, 7, 6]


def test_units_of_input_do_not_change_a_bit(job):
    table = lines(40)
    whole = batchopt.run(job(table, name="whole"), sync=True).results()
    loaded = job(table, name="cut", group=30, input={"memory_mb": 0.002}, chunks={"problems": 3})
    assert len(batchopt.plan.prepare(loaded).units) > 3
    assert bits(batchopt.run(loaded, sync=True).results()) == bits(whole)


def test_any_order_and_tasks_that_run_twice(job, with_executor):
    executor = Unruly()
    finished = with_executor(job(chunks={"problems": 1}), executor)
    assert finished.results()["k"].to_pylist() == list(range(20))
    assert executor.most == 2 * executor.slots


def test_lost_tasks_are_tried_again(job, with_executor):
    executor = Unruly(lose=lambda tag: tag[1] % 3 == 0 and tag[-1] < MAX_ATTEMPTS)
    lost = with_executor(job(name="lost", chunks={"problems": 1}), executor).results()
    assert bits(lost) == bits(batchopt.run(job(), sync=True).results())
    assert lost["attempt"].to_pylist() == [MAX_ATTEMPTS if k % 3 == 0 else 1 for k in range(20)]


def test_a_chunk_that_never_works_ends_the_run_which_resumes(job, with_executor):
    loaded = job(chunks={"problems": 2})
    with pytest.raises(
        RunStoppedError, match=rf"(?s)problems 14 to 15 failed {MAX_ATTEMPTS} times.*the worker died"
    ):
        with_executor(loaded, Unruly(lose=lambda tag: tag[1] == 14))
    left = RunDirectory.latest(loaded.output_path)
    assert not left.finished
    report = Notes()
    finished = with_executor(loaded, SyncExecutor(), report=report)
    assert finished.path == left.path
    assert report.before > 0
    assert report.before + report.done == 20
    assert finished.results()["k"].to_pylist() == list(range(20))


def test_nothing_is_committed_without_the_lease(job, monkeypatch):
    loaded = job(chunks={"problems": 5})
    solved = []

    def stolen(task):
        solved.append(solve_chunk(task))
        if len(solved) == 2:  # this driver slept, and another took over
            (Path(task.run) / "leases" / "000002.json").write_text("{}")
        return solved[-1]

    monkeypatch.setattr(batchopt.driver, "solve_chunk", stolen)
    with pytest.raises(StoreError, match=r"Lease 1 of run .* is lost"):
        batchopt.run(loaded, sync=True)
    assert len(solved) == 2
    assert len(RunDirectory.latest(loaded.output_path).commits()) == 1


def test_a_second_driver_is_refused_before_it_starts_a_cluster(job, with_executor):
    loaded = job(chunks={"problems": 5})
    with pytest.raises(RunStoppedError):
        with_executor(loaded, Unruly(lose=lambda tag: True))
    directory = RunDirectory.latest(loaded.output_path)
    with (
        Lease.acquire(directory.path, batchopt.driver._now),
        pytest.raises(LeaseHeldError, match="is running"),
    ):
        batchopt.run(loaded, scheduler="tcp://127.0.0.1:1")


def test_a_finished_run_is_used_again_unless_asked_not_to(job):
    loaded = job()
    first, _ = run(loaded)
    again, said = run(loaded)
    assert again.path == first.path
    assert said == f"nothing to do: {first.path} has these results (--fresh computes them again)"
    fresh, said = run(loaded, fresh=True)
    assert fresh.path != first.path
    assert "a new run: asked for with --fresh" in said
    assert bits(fresh.results()) == bits(first.results())


def test_a_change_begins_a_new_run_and_says_why(job_file, monkeypatch):
    load = batchopt.Job.load
    first, said = run(load(job_file()))
    assert "a new run" not in said

    second, said = run(load(job_file(solver={"ftol": 1e-9})))
    assert second.path != first.path
    assert (
        f"a new run: {first.path.name} cannot be reused, solver.ftol changed from 1e-10 to 1e-09; input file"
        in said
    )
    assert "data.parquet was written again" in said

    monkeypatch.setattr(batchopt.plan, "RESULTS_VERSION", 99)
    path = first.path.parents[1] / "job.toml"
    third, said = run(load(path))
    assert third.path != second.path
    assert re.search(r"versions\.solvers changed from \S+ to 99", said)


def test_an_older_run_with_the_same_fingerprint_is_found(job_file):
    path = job_file()
    first, _ = run(batchopt.Job.load(path))
    text = path.read_text()
    path.write_text(text + "\n[solver]\nftol = 1e-9\n")
    _, said = run(batchopt.Job.load(path))
    assert "solver.ftol changed" in said
    path.write_text(text)
    assert run(batchopt.Job.load(path))[0].path == first.path


def test_an_input_whose_count_changed_unnoticed_is_refused(job, with_executor, monkeypatch):
    loaded = job(chunks={"problems": 5})
    with pytest.raises(RunStoppedError):
        with_executor(loaded, Unruly(lose=lambda tag: True))
    directory = RunDirectory.latest(loaded.output_path)
    text = (directory.path / "run.json").read_text()
    (directory.path / "run.json").write_text(text.replace('"total": 20', '"total": 21'))
    with pytest.raises(StoreError, match="has 21 problems, but its input has 20 now"):
        with_executor(loaded, SyncExecutor())


def test_a_full_disk_is_one_clear_line(job, monkeypatch):
    def full(task):
        raise OSError(28, "No space left on device", "parts/p-0")

    loaded = job()
    monkeypatch.setattr(batchopt.driver, "solve_chunk", full)
    with pytest.raises(RunStoppedError, match=r"No space left on device: 'parts/p-0'") as stopped:
        batchopt.run(loaded, sync=True)
    assert "Traceback" not in str(stopped.value)
    monkeypatch.undo()
    assert batchopt.run(loaded, sync=True).finished


def test_scattered_keys_are_brought_together_first(job, with_executor, monkeypatch):
    table = scattered(lines(40))
    whole = batchopt.run(job(table, name="whole"), sync=True)
    loaded = job(table, name="cut", group=20, input={"memory_mb": 0.003}, chunks={"problems": 3})
    with pytest.raises(RunStoppedError):  # a run that stops keeps what it brought together
        with_executor(loaded, Unruly(lose=lambda tag: tag[1] > 30))
    grouped = loaded.output_path / "grouped"
    (made,) = grouped.iterdir()
    before = {path: path.stat().st_mtime_ns for path in made.iterdir()}
    assert len(before) > 2

    def look(task):
        assert {path: path.stat().st_mtime_ns for path in made.iterdir()} == before, "shuffled again"
        return solve_chunk(task)

    monkeypatch.setattr(batchopt.driver, "solve_chunk", look)
    cut = with_executor(loaded, SyncExecutor())
    assert not grouped.exists()
    assert sorted(bits(cut.results())) == sorted(bits(whole.results()))


def test_nothing_is_left_of_a_scattered_table_that_is_wrong(job):
    table = scattered(lines(40)).append_column("m", [["a*x + b"] * 120 + ["import os"] * 120])
    loaded = job(table, group=20, input={"memory_mb": 0.003}, model={"column": "m"})
    with pytest.raises(JobError, match=r"model\.column"):
        batchopt.run(loaded, sync=True)
    assert not loaded.output_path.exists()


def test_partial_results(job, with_executor):
    loaded = job(chunks={"problems": 5})
    with pytest.raises(RunStoppedError):
        with_executor(loaded, Unruly(lose=lambda tag: tag[1] == 10))
    found = batchopt.Run.find(loaded.output_path)
    summary = found.summary()
    assert (summary.state, summary.total) == ("interrupted", 20)
    for shape in ("arrow", "pandas", "dask"):
        with pytest.raises(StoreError, match="is unfinished"):
            found.results(shape)
        assert len(found.results(shape, partial=True)) == summary.done
    assert 0 < summary.done < 20


def test_runs_are_found_by_job_output_and_directory(job_file):
    path = job_file()
    with pytest.raises(JobError, match=r"no run yet in .*; start one with: batchopt run"):
        batchopt.Run.find(path)
    with pytest.raises(JobError, match="no such file or folder"):
        batchopt.Run.find(path.parent / "nowhere")
    finished = batchopt.run(batchopt.Job.load(path), sync=True)
    for where in (path, finished.path.parent, finished.path):
        assert batchopt.Run.find(where).path == finished.path
    summary = finished.summary()
    assert (summary.state, summary.done, summary.counts, summary.failed) == (
        "finished",
        20,
        {"converged": 20},
        0,
    )


def test_the_record_says_what_was_run(job):
    loaded = job()
    record = batchopt.run(loaded, sync=True).directory.record
    assert record["total"] == 20
    assert record["batchopt"] == batchopt.__version__
    assert batchopt.Job.parse(record["job"], folder=loaded.folder) == loaded
    assert record["fingerprint"]["files"][0]["path"].endswith("data.parquet")
