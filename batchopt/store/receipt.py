"""A receipt says what became of one chunk: which rows are in which part, and how they ended.

A chunk is the half-open range [start, stop) of the run's problems, counted in input order. A worker returns a
receipt, the driver commits it, and the manifest lists them all.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from pydantic import TypeAdapter


@dataclass(frozen=True)
class Receipt:
    """What a worker hands back for a chunk that it solved and stored."""

    start: int  #: the first problem
    stop: int  #: one past the last problem
    part: str  #: the part's name, relative to the run directory
    rows: int  #: rows in the part: one a problem, always
    bytes: int  #: the part's size
    checksum: str  #: of the part's bytes, "sha256:..."
    counts: dict[str, int]  #: problems by status
    grades: dict[str, int]  #: problems by grade
    flags: dict[str, int]  #: problems by flag; one problem may have several
    seconds: float  #: time it took to solve
    attempt: int  #: 1 for the first try

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.stop:
            raise ValueError(
                f"a chunk is [start, stop) with 0 <= start < stop, got [{self.start}, {self.stop})"
            )
        if self.rows != self.stop - self.start:
            raise ValueError(f"a chunk has one row a problem, {self.stop - self.start}, got {self.rows}")

    @property
    def range(self) -> tuple[int, int]:
        """The chunk, as (start, stop)."""
        return self.start, self.stop

    def to_json(self) -> str:
        """Return the receipt as a JSON object."""
        return json.dumps(asdict(self), indent=1)

    @classmethod
    def from_json(cls, text: str) -> "Receipt":
        """Return the receipt that `to_json` wrote; ValueError for anything else."""
        return _RECEIPT.validate_json(text, strict=True)


_RECEIPT = TypeAdapter(Receipt)
_RECEIPTS = TypeAdapter(list[Receipt])


def receipts_from(parts: object) -> list[Receipt]:
    """Return the receipts in the manifest's list of parts; ValueError for anything else."""
    return _RECEIPTS.validate_python(parts)


def chunk_name(start: int, stop: int) -> str:
    """Return the name of chunk [start, stop), which sorts as the numbers do."""
    return f"{start:012d}-{stop:012d}"


def gaps(ranges: Iterable[tuple[int, int]], total: int) -> list[tuple[int, int]]:
    """Return what ascending, disjoint ranges leave out of [0, total)."""
    missing = []
    reached = 0
    for start, stop in (*ranges, (total, total)):
        if reached < start:
            missing.append((reached, start))
        reached = stop
    return missing
