"""A scheduler, workers and a driver as processes of their own, so that the memory of each can be told."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.memory import peaks

ROOT = Path(__file__).parents[1]
WORKERS = 2

_SCHEDULER = "distributed.cli.dask_scheduler --host 127.0.0.1 --port 0 --dashboard-address 127.0.0.1:0"
_WORKER = "distributed.cli.dask_worker --host 127.0.0.1 --nthreads 1 --no-nanny --no-dashboard"


@dataclass(frozen=True)
class Outcome:
    """How a driver and its cluster ran."""

    seconds: float  # from the driver's start to its end
    memory: dict[str, float]  # peak MB by process
    printed: str


def drive(folder: Path, *command: str) -> Outcome:
    """Run a module as driver, on a fresh cluster whose address takes the place of ``{address}``."""
    folder.mkdir()
    with _cluster(folder) as (address, processes):
        begin = time.perf_counter()
        driver = _start(folder, [part.replace("{address}", address) for part in command])
        with peaks({"driver": driver.pid} | processes) as memory:
            printed, _ = driver.communicate()
            seconds = time.perf_counter() - begin
    if driver.returncode:
        log = (folder / "log.txt").read_text(encoding="utf-8")
        raise RuntimeError(
            f"{' '.join(command)} ended with {driver.returncode}; the last of its log:\n{log[-2000:]}"
        )
    return Outcome(seconds, memory, printed)


@contextmanager
def _cluster(folder: Path) -> Iterator[tuple[str, dict[str, int]]]:
    """A scheduler and workers of one thread: (address, name to process id)."""
    from distributed import Client

    file = folder / "scheduler.json"
    where = ["--scheduler-file", str(file)]
    commands = {"scheduler": [*_SCHEDULER.split(), *where]}
    for i in range(WORKERS):
        commands[f"worker {i + 1}"] = [*_WORKER.split(), "--local-directory", str(folder), *where]
    processes = {}
    with ExitStack() as stack:
        for name, command in commands.items():
            process = _start(folder, command)
            stack.callback(_end, process)
            processes[name] = process.pid
            if name == "scheduler":
                _wait_for(file, process)
        with Client(scheduler_file=str(file)) as client:
            client.wait_for_workers(WORKERS, timeout=60)
            address = str(client.scheduler.address)
        yield address, processes


def _start(folder: Path, command: list[str]) -> subprocess.Popen[str]:
    """A Python module in a process of its own; the next finds its kernels. What it says goes to a file."""
    settings = {"PYTHONPATH": str(ROOT), "BATCHOPT_CACHE_DIR": str(folder.parent / "cache")}
    with (folder / "log.txt").open("a", encoding="utf-8") as log:
        return subprocess.Popen(
            [sys.executable, "-m", *command],
            env=os.environ | settings,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.communicate(timeout=20)
    except subprocess.TimeoutExpired:  # a worker may wait for a scheduler that is gone
        process.kill()
        process.communicate()


def _wait_for(file: Path, process: subprocess.Popen[str], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not file.exists():
        if time.monotonic() > deadline or process.poll() is not None:
            raise RuntimeError(f"the scheduler has not written {file}; {file.parent / 'log.txt'} may say why")
        time.sleep(0.05)
