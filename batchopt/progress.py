"""How a run shows that it goes on: a bar on a terminal, plain lines elsewhere, or nothing."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Protocol, TextIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

#: Seconds between plain lines.
_QUIET = 10.0


class Reporter(Protocol):
    """What a run tells while it goes on."""

    def note(self, text: str) -> None:
        """Say something, once."""

    def start(self, total: int, done: int, counts: Mapping[str, int]) -> None:
        """Say how many problems there are, and how many have results from before."""

    def advance(self, problems: int, counts: Mapping[str, int]) -> None:
        """Say that a chunk is committed, with its counts by status."""

    def stop(self) -> None:
        """Say no more."""


class Silent:
    """Tells nothing."""

    def note(self, text: str) -> None:
        """Nothing."""

    def start(self, total: int, done: int, counts: Mapping[str, int]) -> None:
        """Nothing."""

    def advance(self, problems: int, counts: Mapping[str, int]) -> None:
        """Nothing."""

    def stop(self) -> None:
        """Nothing."""


class _Tally:
    """Problems done, their rate and the time left."""

    def __init__(self, total: int, done: int, counts: Mapping[str, int], clock: Callable[[], float]) -> None:
        self.total, self.done, self.clock = total, done, clock
        self.before, self.began = done, clock()
        self.counts = Counter(counts)

    def add(self, problems: int, counts: Mapping[str, int]) -> None:
        self.done += problems
        self.counts.update(counts)

    @property
    def rate(self) -> float:
        """Problems a second, of this session."""
        return (self.done - self.before) / max(self.clock() - self.began, 1e-9)

    def describe(self) -> str:
        """Rate, time left and counts by status."""
        statuses = ", ".join(f"{number:,} {status}" for status, number in self.counts.most_common())
        left = clock_time((self.total - self.done) / self.rate)
        return f"{self.rate:,.0f} a second, {left} left  {statuses}"


def clock_time(seconds: float) -> str:
    """Seconds as people read them: 0:07, 1:02:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


class PlainLines:
    """A line every ten seconds, for logs."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self.stream, self.clock = stream, clock
        self._tally: _Tally | None = None
        self._said = clock()

    def note(self, text: str) -> None:
        """Print a line."""
        print(text, file=self.stream, flush=True)

    def start(self, total: int, done: int, counts: Mapping[str, int]) -> None:
        """Print the number of problems."""
        self._tally = _Tally(total, done, counts, self.clock)
        self._said = self.clock()
        self.note(f"{total:,} problems" + (f", {done:,} of them done before" if done else ""))

    def advance(self, problems: int, counts: Mapping[str, int]) -> None:
        """Print a line if the last one is old, or all is done."""
        if self._tally is None:
            return
        self._tally.add(problems, counts)
        if self._tally.done == self._tally.total or self.clock() - self._said >= _QUIET:
            self._said = self.clock()
            self.note(f"{self._tally.done:,} of {self._tally.total:,}  {self._tally.describe()}")

    def stop(self) -> None:
        """Nothing is open."""


class Bar:
    """A bar on a terminal."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self.console, self.clock = Console(file=stream), clock
        self._progress: Progress | None = None
        self._tally: _Tally | None = None

    def note(self, text: str) -> None:
        """Print a line above the bar."""
        self.console.print(text, markup=False, highlight=False)

    def start(self, total: int, done: int, counts: Mapping[str, int]) -> None:
        """Show the bar."""
        self._tally = _Tally(total, done, counts, self.clock)
        self._progress = Progress(
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}", markup=False),
            console=self.console,
        )
        self._progress.add_task("", total=total, completed=done)
        self._progress.start()

    def advance(self, problems: int, counts: Mapping[str, int]) -> None:
        """Move the bar."""
        if self._tally is None or self._progress is None:
            return
        self._tally.add(problems, counts)
        task = self._progress.task_ids[0]
        self._progress.update(task, completed=self._tally.done, description=self._tally.describe())

    def stop(self) -> None:
        """Leave the bar as it is."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None


def reporter(stream: TextIO) -> Reporter:
    """The one that suits a stream."""
    return Bar(stream) if stream.isatty() else PlainLines(stream)
