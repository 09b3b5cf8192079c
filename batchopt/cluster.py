"""Everything that Dask does for batchopt; no other module imports it."""

import gc
import json
import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import dask
from dask.system import CPU_COUNT
from distributed import Client, LocalCluster, as_completed

from batchopt.errors import JobError, RunStoppedError
from batchopt.executor import Failure, Tag, guarded
from batchopt.job.sections import ClusterSection

#: Seconds to wait for a scheduler to answer, and for the first worker to come.
PATIENCE = 60

Part = TypeVar("Part")


def shuffle(
    read: Callable[[Part], Any],
    parts: Sequence[Part],
    empty: Any,
    key: Sequence[str],
    *,
    partitions: int,
    output: Path,
) -> None:
    """Bring rows with equal keys together, and write them as one Parquet file a partition.

    Runs on the current Dask client, from worker to worker; without one, here, through the disk.

    Parameters
    ----------
    read : callable
        Makes a pandas frame of a part; runs on workers.
    parts : sequence
        What `read` is called with, one after the other.
    empty : pandas.DataFrame
        A frame like those of `read`, without rows.
    key : sequence of str
        The columns that rows must share to meet in a file.
    partitions : int
        How many files to write.
    output : Path
        A folder that all workers can write to; it is made.
    """
    import dask.dataframe as dd  # a second or two, and only tables in disorder need it

    frame = dd.from_map(read, parts, meta=empty).shuffle(on=list(key), npartitions=partitions)
    frame.to_parquet(str(output), write_index=False, name_function=lambda part: f"part-{part:06d}.parquet")


class DaskExecutor:
    """Runs tasks on the workers of a Dask scheduler.

    Task keys are tuples that share their first element: Dask groups by it, and queues what the workers
    have no room for at the scheduler, which it would not do for unlike keys.
    """

    def __init__(self, client: Client, where: str) -> None:
        self.client = client
        self.where = f"{where}, {len(client.nthreads())} workers"
        self.group = f"batchopt-{uuid4().hex[:8]}"
        self._futures = as_completed([])
        self._tags: dict[Any, Tag] = {}

    @property
    def slots(self) -> int:
        """Threads of all workers now; at least 1, so that tasks are queued for workers to come."""
        try:
            threads: dict[str, int] = self.client.nthreads()
        except OSError as error:
            raise RunStoppedError(
                f"{self.where}: the scheduler is lost: {error}; what is committed stays, run again to go on"
            ) from error
        return max(1, sum(threads.values()))

    def submit(self, tag: Tag, function: Callable[..., Any], *args: Any) -> None:
        """Send a task to the scheduler."""
        key = (self.group, *tag)
        self._tags[key] = tag
        self._futures.add(self.client.submit(guarded, function, *args, key=key, pure=False))

    def wait(self) -> tuple[Tag, Any]:
        """Wait for the next task that ends; a task that took its worker down is a `Failure`."""
        future = next(self._futures)
        tag = self._tags.pop(future.key)
        try:
            value = future.result()
        except Exception as error:  # Dask's own: `guarded` returns what a task raises
            value = Failure(f"Dask lost the task ({future.status}): {error!r}")
        future.release()
        return tag, value


@contextmanager
def open_cluster(section: ClusterSection, folder: Path, scheduler: str | None) -> Iterator[DaskExecutor]:
    """Connect to a scheduler, or start a cluster for the time of the block.

    The scheduler is that of ``scheduler`` (``--scheduler``), else of ``DASK_SCHEDULER_ADDRESS``, else
    what the job file says, else a cluster of this machine's processors.

    Parameters
    ----------
    section
        Of the job file.
    folder
        What a relative scheduler_file starts from: the job file's.
    scheduler
        An address, which comes before all others.

    Raises
    ------
    JobError
        If the scheduler does not answer or the cluster cannot be made.
    RunStoppedError
        If no worker comes.
    """
    address = scheduler or os.environ.get("DASK_SCHEDULER_ADDRESS") or section.address
    patience: int | None = PATIENCE
    with ExitStack() as stack:
        # A client that could not connect, and any that closes after it, can stay Dask's default scheduler.
        stack.callback(dask.config.set, scheduler=dask.config.get("scheduler", None))
        if address is None and section.scheduler_file is not None:
            address = _read_address(folder / section.scheduler_file)
        if address is not None:
            client, where = _connect(address), f"scheduler {address}"
        else:
            cluster = stack.enter_context(_start(section))
            client, where = Client(cluster), type(cluster).__name__
            if section.cluster_class is not None:
                patience = None  # it may be a batch queue, where workers wait their turn for hours
        stack.enter_context(client)
        try:
            client.wait_for_workers(1, timeout=patience)
        except TimeoutError:
            raise RunStoppedError(
                f"{where}: no worker has come within {patience} s; start some (dask worker ADDRESS, or "
                "cluster.workers in the job file) and run again"
            ) from None
        yield DaskExecutor(client, where)


def _connect(address: str) -> Client:
    try:
        return Client(address, timeout=PATIENCE)
    except (OSError, ValueError) as error:  # OSError: TimeoutError, too
        why = str(error)
    # A client that could not connect closes itself when it is collected. In the midst of the next one's start
    # it would wait for a lock that this start holds.
    gc.collect()
    raise JobError(
        f"cluster: no scheduler answers at {address!r}: {why}; start one (dask scheduler), or correct "
        "--scheduler, DASK_SCHEDULER_ADDRESS or the [cluster] section"
    )


def _read_address(file: Path) -> str:
    """The address in a scheduler's file, which may be about to appear: Dask itself would wait for ever."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return str(json.loads(file.read_text())["address"])
        except (OSError, ValueError, LookupError, TypeError) as error:
            if time.monotonic() > deadline:
                raise JobError(
                    f"cluster.scheduler_file: no address in {file}: {error}; start a scheduler that writes "
                    "it (dask scheduler --scheduler-file), or correct the path"
                ) from None
        time.sleep(0.1)


def _start(section: ClusterSection) -> Any:
    """A new cluster: of the class that the job names, or of processes on this machine."""
    if section.cluster_class is None:
        # One thread a worker, in a process of its own: kernels are single-threaded, Python has a lock.
        return LocalCluster(
            n_workers=section.workers or CPU_COUNT,
            threads_per_worker=1,
            dashboard_address="127.0.0.1:0",  # None would be port 8787, on all networks
            env={"NUMBA_NUM_THREADS": "1"},
            preload=[__name__],
        )
    module, _, name = section.cluster_class.rpartition(".")
    try:
        cluster = getattr(import_module(module), name)(**section.model_extra or {})
    except Exception as error:  # cluster classes check their own options
        raise JobError(
            f"cluster.class: cannot make a {section.cluster_class}: {type(error).__name__}: {error}; "
            "install its package, or correct its options"
        ) from error
    if section.workers is not None:
        cluster.scale(section.workers)
    return cluster


def dask_setup(worker: Any) -> None:  # noqa: ARG001 - Dask calls it by this name with its worker
    """Let a worker that preloads this module leave Ctrl-C to the driver, which ends its workers itself."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def read_results(paths: Sequence[Path]) -> Any:
    """The parts of a result table as a dask.dataframe, in their order."""
    import dask.dataframe as dd  # a second or two

    return dd.read_parquet([str(path) for path in paths], dtype_backend="pyarrow")
