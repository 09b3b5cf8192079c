"""Peak memory of processes, sampled from outside in a thread."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import psutil

#: Seconds between two looks.
_PAUSE = 0.05


@contextmanager
def peaks(processes: Mapping[str, int]) -> Iterator[dict[str, float]]:
    """Watch processes by their ids for the time of the block.

    Parameters
    ----------
    processes
        A name for each process id.

    Yields
    ------
    dict
        Name to the largest resident memory seen, with that of its children, in MB; complete after the block.
    """
    found = dict.fromkeys(processes, 0.0)
    over = threading.Event()

    def watch() -> None:
        while True:
            for name, pid in processes.items():
                found[name] = max(found[name], _resident(pid))
            if over.wait(_PAUSE):
                return

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join()


def _resident(pid: int) -> float:
    """Resident memory of a process and its children, MB; 0 once it is gone."""
    total = 0
    try:
        process = psutil.Process(pid)
        for one in (process, *process.children(recursive=True)):
            try:
                total += one.memory_info().rss
            except psutil.NoSuchProcess:  # a child may end between the two calls
                continue
    except psutil.NoSuchProcess:
        return 0.0
    return total / 1e6
