"""Which problems to hand out next, and how many at a time: pure, events in and instructions out.

A chunk aims at a few seconds of work, learnt from the chunks before it; the first ones are small, and the
last ones are smaller again so that all workers end together. None of it changes a result.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

#: Problems of the first chunks, before anything is known of their cost.
FIRST = 200
#: How much faster the next chunk may be than what has been learnt.
GROWTH = 4
#: The weight of the newest chunk in what is learnt.
NEWEST = 0.5
#: The least that one of the last chunks takes of what a chunk aims at: parts are files, crumbs are no gain.
LEAST = 0.1


@dataclass(frozen=True)
class Chunk:
    """Problems [start, stop) of the input, at one attempt."""

    start: int
    stop: int
    attempt: int = 1

    @property
    def size(self) -> int:
        """How many problems."""
        return self.stop - self.start


class Dispatch:
    """Cuts what remains into chunks.

    Parameters
    ----------
    remaining
        Ranges of problems without a result, ascending.
    edges
        Where units end: no chunk reaches across one.
    seconds
        What a chunk aims at.
    fixed
        Problems a chunk, or None to learn.
    """

    def __init__(
        self,
        remaining: Iterable[tuple[int, int]],
        edges: Sequence[int],
        *,
        seconds: float,
        fixed: int | None = None,
    ) -> None:
        self._ranges = list(reversed(list(_cut(remaining, edges))))
        self._retries: list[Chunk] = []
        self._seconds, self._fixed = seconds, fixed
        self._cost: float | None = None  # seconds a problem
        self._largest = 0  # problems of a chunk that has ended
        self.left = sum(stop - start for start, stop in self._ranges)  # not handed out yet

    def next(self, slots: int) -> Chunk | None:
        """The next chunk for a cluster that runs ``slots`` tasks at once; None when all are handed out."""
        if self._retries:
            return self._retries.pop()
        if not self._ranges:
            return None
        start, stop = self._ranges.pop()
        size = min(self._size(slots), stop - start)
        if start + size < stop:
            self._ranges.append((start + size, stop))
        self.left -= size
        return Chunk(start, start + size)

    def ended(self, chunk: Chunk, seconds: float) -> None:
        """Learn from a chunk that has its result."""
        cost = seconds / chunk.size
        self._cost = cost if self._cost is None else NEWEST * cost + (1.0 - NEWEST) * self._cost
        self._largest = max(self._largest, chunk.size)

    def failed(self, chunk: Chunk) -> None:
        """Hand a chunk out again."""
        self._retries.append(Chunk(chunk.start, chunk.stop, chunk.attempt + 1))

    def _size(self, slots: int) -> int:
        if self._fixed is not None:
            return self._fixed
        fair = -(-self.left // (2 * slots))
        if self._cost is None:
            return min(FIRST, fair)
        wanted = self._seconds / max(self._cost, 1e-9)
        share = max(fair, int(LEAST * wanted))
        return max(1, min(int(wanted), GROWTH * self._largest, share))


def _cut(ranges: Iterable[tuple[int, int]], edges: Sequence[int]) -> Iterable[tuple[int, int]]:
    """The ranges, cut where units end; both ascend."""
    ends = iter(sorted(edges))
    edge = next(ends, None)
    for start, stop in ranges:
        while start < stop:
            while edge is not None and edge <= start:
                edge = next(ends, None)
            end = stop if edge is None else min(stop, edge)
            yield start, end
            start = end  # noqa: PLW2901 - walks through the range
