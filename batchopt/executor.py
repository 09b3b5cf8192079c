"""Where tasks run: the interface that the driver uses, and the executor that needs no cluster."""

import traceback
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from batchopt.errors import BatchoptError, RunStoppedError

#: What identifies a task among those of its run.
Tag = tuple[Any, ...]
#: Attempts at a task that fails for reasons of its machine.
MAX_ATTEMPTS = 3


@dataclass(frozen=True)
class Failure:
    """A task that did not return: with a verdict of batchopt's own, or with somebody's traceback."""

    text: str
    verdict: BatchoptError | None = None  # no use in trying again

    def as_error(self, what: str, attempts: int) -> BatchoptError:
        """What the driver raises when it gives up."""
        if self.verdict is not None:
            return self.verdict
        return RunStoppedError(
            f"{what} failed {attempts} times, last with:\n{self.text}\n"
            "What is committed stays: mend the cause and run the same command again."
        )


def guarded(function: Callable[..., Any], *args: Any) -> Any:
    """Call a task's function; a `Failure` for what it raises, since Dask shortens errors and tracebacks."""
    try:
        return function(*args)
    except BatchoptError as verdict:
        return Failure(str(verdict), verdict)
    except OSError as error:  # its text names the file and what is wrong with it
        return Failure(f"{type(error).__name__}: {error}")
    except Exception:  # anything else a machine can do wrong; the driver decides what follows
        return Failure(traceback.format_exc())


class Executor(Protocol):
    """Runs tasks somewhere and hands back what they return, in the order in which they end."""

    @property
    def slots(self) -> int:
        """How many tasks run at once, now."""

    @property
    def where(self) -> str:
        """For people: where tasks run."""

    def submit(self, tag: Tag, function: Callable[..., Any], *args: Any) -> None:
        """Queue a task; its tag is not in use."""

    def wait(self) -> tuple[Tag, Any]:
        """Return one task that has ended, with its value or `Failure`; some task is queued."""


class SyncExecutor:
    """Runs each task in this process when it is waited for: for debugging, and for small jobs."""

    slots = 1
    where = "this process, no cluster"

    def __init__(self) -> None:
        self._queued: deque[tuple[Tag, Callable[..., Any], tuple[Any, ...]]] = deque()

    def submit(self, tag: Tag, function: Callable[..., Any], *args: Any) -> None:
        """Queue a task."""
        self._queued.append((tag, function, args))

    def wait(self) -> tuple[Tag, Any]:
        """Run the task that is next."""
        tag, function, args = self._queued.popleft()
        return tag, guarded(function, *args)


def run_all(
    executor: Executor, name: str, function: Callable[..., Any], arguments: Sequence[Iterable[Any]]
) -> list[Any]:
    """Run a function on every tuple of arguments, a bounded number at once; results in their order.

    Raises
    ------
    BatchoptError
        The first verdict of a task; or when one failed for good.
    """
    results: list[Any] = [None] * len(arguments)
    waiting, running = deque((i, 1) for i in range(len(arguments))), 0
    while waiting or running:
        while waiting and running < 2 * executor.slots:
            i, attempt = waiting.popleft()
            executor.submit((name, i, attempt), function, *arguments[i])
            running += 1
        (_, i, attempt), value = executor.wait()
        running -= 1
        if isinstance(value, Failure):
            if value.verdict is not None or attempt == MAX_ATTEMPTS:
                raise value.as_error(name, attempt)
            waiting.append((i, attempt + 1))
        else:
            results[i] = value
    return results
