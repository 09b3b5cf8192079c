"""On Dask: which scheduler is used, the same bits on any cluster, and a worker that dies."""

import gc
import os
import signal
import subprocess
import sys
import weakref
from contextlib import ExitStack, contextmanager
from pathlib import Path

import dask
import pyarrow.parquet as pq
import pytest
from distributed import Client, default_client

import batchopt
import batchopt.cluster
from batchopt.cluster import open_cluster
from batchopt.errors import JobError, RunStoppedError
from batchopt.job import Job
from batchopt.job.sections import ClusterSection
from batchopt.progress import Silent
from tests.batchopt.jobs import bits, lines, scattered, slow, wait_until, write_job

NOBODY = "tcp://127.0.0.1:1"
DASK = Path(sys.executable).with_name("dask")


@contextmanager
def process(*arguments, log):
    with log.open("w") as output:
        started = subprocess.Popen(
            [DASK, *map(str, arguments)], env=os.environ | {"SLOW": "0.003"}, stdout=output, stderr=output
        )
    try:
        yield started
    finally:
        started.terminate()
        try:
            started.wait(20)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


@contextmanager
def running(folder, workers):
    """A scheduler and workers, each a process; yields the scheduler and the file that it writes."""
    file = folder / "scheduler.json"
    with ExitStack() as stack:
        options = ("--host", "127.0.0.1", "--port", 0, "--no-dashboard", "--scheduler-file", file)
        scheduler = stack.enter_context(process("scheduler", *options, log=folder / "scheduler.log"))
        for number in range(workers):
            options = (
                "--scheduler-file",
                file,
                "--nthreads",
                1,
                "--no-dashboard",
                "--local-directory",
                folder,
            )
            stack.enter_context(process("worker", *options, log=folder / f"worker-{number}.log"))
        wait_until(file.exists, "scheduler")
        if workers:
            with Client(scheduler_file=file) as client:
                client.wait_for_workers(workers, timeout=60)
        yield scheduler, file


@pytest.fixture(scope="module")
def scheduler_file(tmp_path_factory):
    with running(tmp_path_factory.mktemp("cluster"), 2) as (_, file):
        yield file


@pytest.fixture(scope="module")
def address(scheduler_file):
    return batchopt.cluster._read_address(scheduler_file)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    """Rows of `lines(40)`, solved here in one chunk."""
    finished = batchopt.run(Job.load(write_job(tmp_path_factory.mktemp("sync"), lines(40))), sync=True)
    return bits(finished.results())


@pytest.fixture
def blind(monkeypatch):
    """This process cannot read data, only footers."""

    def refuse(*arguments, **options):
        raise AssertionError("the driver reads data")

    for name in ("read", "read_row_group", "read_row_groups", "iter_batches"):
        monkeypatch.setattr(pq.ParquetFile, name, refuse)
    monkeypatch.setattr(pq, "read_table", refuse)
    yield
    monkeypatch.undo()


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(batchopt.cluster, "PATIENCE", 4)


def test_the_flag_comes_first_then_the_environment_then_the_job(
    address, scheduler_file, impatient, monkeypatch, tmp_path
):
    def where(section, flag=None):
        with open_cluster(ClusterSection(**section), scheduler_file.parent, flag) as executor:
            assert executor.slots == 2
            return executor.where

    wanted = f"scheduler {address}, 2 workers"
    assert where({"address": address}) == wanted
    assert where({"scheduler_file": "scheduler.json"}) == wanted
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", address)
    assert where({"address": NOBODY}) == wanted
    assert where({"scheduler_file": "nowhere.json"}) == wanted
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", NOBODY)
    assert where({"address": NOBODY}, flag=address) == wanted
    with pytest.raises(JobError, match=f"no scheduler answers at '{NOBODY}'"):
        where({"address": address})


def test_a_scheduler_that_does_not_answer(impatient, tmp_path):
    (tmp_path / "empty.json").write_text("{}")
    for section, message in [
        ({"address": NOBODY}, f"cluster: no scheduler answers at '{NOBODY}'.*start one"),
        ({"address": "nonsense"}, "cluster: no scheduler answers at 'nonsense'"),
        ({"scheduler_file": "nowhere.json"}, r"cluster\.scheduler_file: no address in .*nowhere\.json"),
        ({"scheduler_file": "empty.json"}, r"cluster\.scheduler_file: no address in .*empty\.json"),
        (
            {"class": "nowhere.Cluster"},
            r"cluster\.class: cannot make a nowhere\.Cluster: ModuleNotFoundError",
        ),
        ({"class": "fractions.Fraction", "colour": 1}, r"cluster\.class: .* TypeError: .*colour"),
    ]:
        with pytest.raises(JobError, match=message), open_cluster(ClusterSection(**section), tmp_path, None):
            pass
        assert dask.config.get("scheduler", None) is None  # Dask is as it was


def test_a_client_that_could_not_connect_is_gone_at_once(impatient, monkeypatch):
    """Collected later, it would close itself in the midst of another one's start, and stall it."""
    made = []

    class Watched(Client):
        def __init__(self, *args, **options):
            made.append(weakref.ref(self))
            super().__init__(*args, **options)

    monkeypatch.setattr(batchopt.cluster, "Client", Watched)
    gc.disable()
    try:
        with (
            pytest.raises(JobError, match="no scheduler answers"),
            open_cluster(ClusterSection(address=NOBODY), Path(), None),
        ):
            pass
        assert [client() for client in made] == [None]
    finally:
        gc.enable()


def test_workers_that_do_not_come(monkeypatch, tmp_path):
    with running(tmp_path, workers=0) as (_, file):
        monkeypatch.setattr(batchopt.cluster, "PATIENCE", 3)
        with (
            pytest.raises(RunStoppedError, match="no worker has come within 3 s; start some"),
            open_cluster(ClusterSection(scheduler_file=str(file)), tmp_path, None),
        ):
            pass


def test_a_running_cluster_gives_the_same_bits(address, job, uninterrupted, blind, monkeypatch):
    """Two workers, chunks of one; and the driver reads nothing of the data."""
    finished = batchopt.run(job(lines(40), group=30, chunks={"problems": 1}), scheduler=address)
    monkeypatch.undo()
    assert bits(finished.results()) == uninterrupted


def test_a_local_cluster_of_one_gives_the_same_bits(job, uninterrupted, blind, monkeypatch):
    loaded = job(lines(40), group=30, chunks={"problems": 7}, cluster={"workers": 1})
    finished = batchopt.run(loaded)
    monkeypatch.undo()
    assert bits(finished.results()) == uninterrupted


def test_a_class_with_its_options_and_a_shuffle(job, uninterrupted, blind, monkeypatch):
    """Scattered keys come together from worker to worker, and the driver reads nothing of them."""
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
    cluster = {"class": "distributed.LocalCluster"} | options
    loaded = job(scattered(lines(40)), group=20, input={"memory_mb": 0.003}, cluster=cluster)
    said = Notes()
    finished = batchopt.run(loaded, report=said)
    monkeypatch.undo()
    assert "on LocalCluster, 2 workers" in said.notes
    assert sorted(bits(finished.results())) == sorted(uninterrupted)
    assert not (loaded.output_path / "grouped").exists()


class Notes(Silent):
    """Keeps what is said; `advanced` is called after every commit."""

    def __init__(self, advanced=lambda: None):
        self.notes, self.advanced = [], advanced

    def note(self, text):
        self.notes.append(text)

    def advance(self, problems, counts):
        self.advanced()


def test_a_worker_that_is_killed(address, job):
    """Its chunk is solved again by another, and every row is there once."""
    killed = []

    def kill():
        if not killed:
            killed.extend(default_client().run(os.getpid).values())
            os.kill(killed[0], signal.SIGKILL)

    finished = batchopt.run(job(lines(30), **slow()), scheduler=address, report=Notes(kill))
    assert killed
    assert finished.results()["k"].to_pylist() == list(range(30))


def test_a_scheduler_that_dies(tmp_path, job):
    """The run stops with a clear line, and resumes elsewhere."""
    loaded = job(lines(30), **slow())
    with running(tmp_path, 1) as (scheduler, file):
        address = batchopt.cluster._read_address(file)
        with pytest.raises(RunStoppedError, match="lost"):
            batchopt.run(loaded, scheduler=address, report=Notes(scheduler.kill))
    assert 0 < batchopt.Run.find(loaded.output_path).summary().done < 30
    assert batchopt.run(loaded, sync=True).results()["k"].to_pylist() == list(range(30))
