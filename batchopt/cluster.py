"""Everything that Dask does for batchopt; no other module imports it."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from dask.system import CPU_COUNT
from distributed import Client, LocalCluster, as_completed

from batchopt.errors import JobError, RunStoppedError
from batchopt.executor import Failure, Tag, guarded
from batchopt.job import ClusterSection

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
        self.client, self.where = client, where
        self.group = f"batchopt-{uuid4().hex[:8]}"
        self._futures = as_completed([])
        self._tags: dict[Any, Tag] = {}

    @property
    def slots(self) -> int:
        """Threads of all workers now; at least 1, so that tasks are queued for workers to come."""
        return max(1, sum(self.client.nthreads().values()))

    def submit(self, tag: Tag, function: Callable[..., Any], *args: Any) -> None:
        """Send a task to the scheduler."""
        key = (self.group, *tag)
        self._tags[key] = tag
        self._futures.add(self.client.submit(guarded, function, *args, key=key, pure=False))

    def wait(self) -> tuple[Tag, Any]:
        """Wait for the next task that ends; a task that took its worker down is a `Failure`."""
        future = next(self._futures)
        tag = self._tags.pop(future.key)
        if future.status == "finished":
            value = future.result()
        else:
            value = Failure(f"the task was lost by Dask ({future.status}): {_why(future)}")
        future.release()
        return tag, value


def _why(future: Any) -> str:
    try:
        return repr(future.exception(timeout=10))
    except Exception as error:  # noqa: BLE001 - cancelled and lost futures raise various things
        return repr(error)


@contextmanager
def open_cluster(section: ClusterSection, scheduler: str | None) -> Iterator[DaskExecutor]:
    """Connect to a scheduler, or start a cluster for the time of the block.

    The scheduler is that of ``scheduler`` (``--scheduler``), else of ``DASK_SCHEDULER_ADDRESS``, else
    what the job file says, else a cluster of this machine's processors.

    Raises
    ------
    JobError
        If the scheduler does not answer or the cluster cannot be made.
    RunStoppedError
        If no worker comes.
    """
    address = scheduler or os.environ.get("DASK_SCHEDULER_ADDRESS") or section.address
    with ExitStack() as stack:
        if address is not None:
            client, where = _connect(address=address), f"scheduler {address}"
        elif section.scheduler_file is not None:
            client = _connect(scheduler_file=section.scheduler_file)
            where = f"scheduler of {section.scheduler_file}"
        else:
            cluster = stack.enter_context(_start(section))
            client, where = Client(cluster), f"{type(cluster).__name__}, {len(cluster.workers)} workers"
        stack.enter_context(client)
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError:
            raise RunStoppedError(
                f"{where}: no worker has come within {PATIENCE} s; start some (dask worker ADDRESS) and run again"
            ) from None
        yield DaskExecutor(client, where)


def _connect(**where: str) -> Client:
    try:
        return Client(**where, timeout=PATIENCE, set_as_default=True)
    except (OSError, TimeoutError, ValueError) as error:
        place = next(iter(where.values()))
        raise JobError(
            f"cluster: no scheduler answers at {place!r}: {error}; start one (dask scheduler), or correct "
            "--scheduler, DASK_SCHEDULER_ADDRESS or the [cluster] section"
        ) from None


def _start(section: ClusterSection) -> Any:
    """A new cluster: of the class that the job names, or of processes on this machine."""
    if section.cluster_class is None:
        # One thread a worker, in a process of its own: kernels are single-threaded and Python code has a lock.
        return LocalCluster(
            n_workers=section.workers or CPU_COUNT,
            threads_per_worker=1,
            dashboard_address=None,
            env={"NUMBA_NUM_THREADS": "1"},
        )
    module, _, name = section.cluster_class.rpartition(".")
    try:
        cluster = getattr(import_module(module), name)(**section.model_extra or {})
    except Exception as error:  # cluster classes check their own options
        raise JobError(
            f"cluster.class: cannot make a {section.cluster_class}: {type(error).__name__}: {error}; "
            "install its package, or correct its options"
        ) from error
    cluster.scale(section.workers or 1)
    return cluster


def read_results(paths: Sequence[Path]) -> Any:
    """The parts of a result table as a dask.dataframe, in their order."""
    import dask.dataframe as dd  # a second or two

    return dd.read_parquet([str(path) for path in paths], dtype_backend="pyarrow")
