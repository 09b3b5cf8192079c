"""The run directory: each problem's row becomes visible exactly once, whatever is killed and whenever.

    <output>/<run_id>/
      run.json                                      what was asked: job, fingerprint, versions, inputs
      leases/<n>.json                               who drives it (`lease.py`)
      parts/p-<start>-<stop>-<attempt>.parquet      rows, as computed: written by workers, once an attempt
      commits/<start>.json                          a `Receipt`: written by the driver, once a chunk
      manifest.json, _SUCCESS                       written last

A part counts only when a commit names it. A commit is named after its chunk's start alone and is created
exclusively, so a second attempt at a chunk cannot replace the first; and readers go through the manifest, so
they never see it. A crash loses the chunks that have no commit; `remaining` lists them.
"""

import json
import re
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa

from batchopt.errors import StoreError
from batchopt.store.damage import damaged
from batchopt.store.files import LOCAL, Files
from batchopt.store.parts import check_part, part_name, read_part, write_part
from batchopt.store.receipt import Receipt, gaps, receipts_from


def new_run_id(now: datetime, random_hex: str) -> str:
    """Return a run's name, such as 20261122T114938Z-3fa9c1: names sort by time."""
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{random_hex}"


class RunDirectory:
    """One run's directory; making this object touches no file, so a worker does it from the path alone.

    Parameters
    ----------
    path : Path or str
        The directory, named after the run.
    files : Files
        What stores it; the local file system unless given.
    """

    def __init__(self, path: Path | str, files: Files = LOCAL) -> None:
        self.path = Path(path)
        self.files = files
        self._committed: list[tuple[int, int]] | None = None  # ascending; None: read them from commits/

    @classmethod
    def create(
        cls, output: Path | str, run_id: str, record: dict[str, Any], files: Files = LOCAL
    ) -> "RunDirectory":
        """Start a run: a directory under `output`, with `record` in its run.json."""
        run = cls(Path(output) / run_id, files)
        try:
            created = files.create(run.path / "run.json", _to_json(record))
        except OSError as error:
            raise StoreError(
                f"Cannot start a run in {run.path}: {error}. "
                "Choose an output directory that can be written, on a file system that has hard links."
            ) from error
        if not created:
            raise StoreError(f"Run {run.path} exists already. Resume it, or start one with another name.")
        return run

    @classmethod
    def open(cls, path: Path | str, files: Files = LOCAL) -> "RunDirectory":
        """Return the run at `path`."""
        run = cls(path, files)
        if not files.exists(run.path / "run.json"):
            raise StoreError(
                f"No run at {path}: there is no run.json. Give a run's directory, <output>/<run id>."
            )
        return run

    @classmethod
    def runs(cls, output: Path | str, files: Files = LOCAL) -> "list[RunDirectory]":
        """Return the runs under `output`, newest first."""
        paths = [Path(output) / name for name in reversed(files.list(Path(output)))]
        return [cls(path, files) for path in paths if files.exists(path / "run.json")]

    @classmethod
    def latest(cls, output: Path | str, files: Files = LOCAL) -> "RunDirectory | None":
        """Return the newest run under `output`, None when there is none."""
        return next(iter(cls.runs(output, files)), None)

    @property
    def run_id(self) -> str:
        """The run's name."""
        return self.path.name

    @property
    def record(self) -> dict[str, Any]:
        """What run.json says."""
        return self._read_object("run.json")

    @property
    def finished(self) -> bool:
        """Whether every problem has its row and the manifest is written."""
        return self.files.exists(self.path / "_SUCCESS")

    def write_part(self, start: int, stop: int, attempt_token: str, table: pa.Table) -> tuple[str, int, str]:
        """Store the rows of chunk [start, stop); return the part's name, size and checksum for its receipt.

        `attempt_token` is new for every attempt. The rows are invisible until the driver commits the receipt.
        """
        if table.num_rows != stop - start:
            raise StoreError(
                f"Chunk [{start}, {stop}) has one row a problem, but the table {table.num_rows}."
            )
        name = part_name(start, stop, attempt_token)
        size, checksum = write_part(self.files, self.path / name, table)
        return name, size, checksum

    def commit(self, receipt: Receipt) -> bool:
        """Make a chunk's rows visible: the driver only, and while it holds the lease.

        Returns
        -------
        bool
            False when that very chunk is committed already: what is there stays.

        Raises
        ------
        StoreError
            The chunk overlaps a committed one, or its part is not there.
        """
        if self._is_committed(receipt):
            return False
        check_part(self.files, self.path / receipt.part, receipt)
        committed = self._committed_ranges()
        self._committed = None  # unknown until `create` has answered
        if not self.files.create(self._commit_path(receipt.start), receipt.to_json().encode()):
            # An earlier try got through without an answer, or a stranger was here, maybe with another chunk.
            return not self._is_committed(receipt)
        insort(committed, receipt.range)
        self._committed = committed
        return True

    def commits(self) -> list[Receipt]:
        """Return the committed receipts in the order of their chunks."""
        names = [name for name in self.files.list(self.path / "commits") if re.fullmatch(r"\d+\.json", name)]
        receipts = sorted((self._read_commit(name) for name in names), key=lambda receipt: receipt.range)
        for first, second in pairwise(receipts):
            if second.start < first.stop:
                raise self._overlap(second.range, first.range)
        return receipts

    def remaining(self, total: int) -> list[tuple[int, int]]:
        """Return the ranges of [0, total) that have no commit yet."""
        return self._missing(self.commits(), total)

    def finish(self, total: int, extra: dict[str, Any] | None = None) -> dict[str, Any]:
        """Write the manifest, then _SUCCESS, if every one of `total` problems has its row exactly once.

        Returns
        -------
        dict
            The manifest: what `extra` holds, then run_id, total, bytes, the sums of counts, grades and flags,
            and parts, the receipts.
        """
        receipts = self.commits()
        if missing := self._missing(receipts, total):
            start, stop = missing[0]
            raise StoreError(
                f"Run {self.path} cannot finish: {sum(stop - start for start, stop in missing)} of {total} "
                f"problems have no result yet, the first in [{start}, {stop}). Resume the run to solve them."
            )
        for receipt in receipts:
            check_part(self.files, self.path / receipt.part, receipt)
        manifest = {
            **(extra or {}),
            "run_id": self.run_id,
            "total": total,
            "bytes": sum(receipt.bytes for receipt in receipts),
            "counts": _sum(receipt.counts for receipt in receipts),
            "grades": _sum(receipt.grades for receipt in receipts),
            "flags": _sum(receipt.flags for receipt in receipts),
            "parts": [asdict(receipt) for receipt in receipts],
        }
        self.files.write(self.path / "manifest.json", _to_json(manifest))
        self.files.write(self.path / "_SUCCESS", b"")
        return manifest

    def manifest(self) -> dict[str, Any] | None:
        """Return the manifest, None when it is not written yet."""
        return self._read_object("manifest.json") if self.files.exists(self.path / "manifest.json") else None

    def results(self, *, partial: bool = False) -> pa.Table:
        """Return the result table in input order; with `partial`, of an unfinished run what is committed."""
        manifest = self.manifest()
        if manifest is not None:
            receipts = self._manifest_receipts(manifest)
        elif partial:
            receipts = self.commits()
        else:
            raise StoreError(f"Run {self.path} is unfinished. Resume it, or ask for its partial results.")
        tables = [read_part(self.files, self.path / receipt.part, receipt) for receipt in receipts]
        if not tables:
            return pa.table({})
        # A column that is null throughout one chunk takes its type from the others; a dictionary is the same
        # however the rows were cut into chunks.
        return pa.concat_tables(tables, promote_options="default").unify_dictionaries()

    def _committed_ranges(self) -> list[tuple[int, int]]:
        """Return the committed chunks, read once: nobody but this driver adds to them."""
        if self._committed is None:
            self._committed = [receipt.range for receipt in self.commits()]
        return self._committed

    def _is_committed(self, receipt: Receipt) -> bool:
        """Whether this very chunk is committed; StoreError when it overlaps one that is."""
        ranges = self._committed_ranges()
        at = bisect_left(ranges, receipt.range)
        for start, stop in ranges[max(at - 1, 0) : at + 1]:
            if (start, stop) == receipt.range:
                return True
            if start < receipt.stop and receipt.start < stop:
                raise self._overlap(receipt.range, (start, stop))
        return False

    def _overlap(self, chunk: tuple[int, int], committed: tuple[int, int]) -> StoreError:
        return StoreError(
            f"Run {self.path}: problems [{chunk[0]}, {chunk[1]}) overlap the committed [{committed[0]}, "
            f"{committed[1]}), and a row would be there twice. Two drivers were at work, or chunks were not "
            "cut from `remaining`; if commits/ holds both, start a new run."
        )

    def _missing(self, receipts: list[Receipt], total: int) -> list[tuple[int, int]]:
        if receipts and receipts[-1].stop > total:
            raise StoreError(
                f"Run {self.path} has results up to problem {receipts[-1].stop}, but its input only {total} "
                "problems now. Restore the input to resume, or start a new run."
            )
        return gaps((receipt.range for receipt in receipts), total)

    def _commit_path(self, start: int) -> Path:
        return self.path / "commits" / f"{start:012d}.json"

    def _read_commit(self, name: str) -> Receipt:
        path = self.path / "commits" / name
        try:
            receipt = Receipt.from_json(self.files.read(path).decode())
            if path != self._commit_path(receipt.start):
                raise ValueError(f"it is for the chunk that starts at {receipt.start}")
        except ValueError as error:
            raise damaged(path, error, "Delete it and resume the run: that chunk is solved again.") from error
        return receipt

    def _manifest_receipts(self, manifest: dict[str, Any]) -> list[Receipt]:
        try:
            return receipts_from(manifest.get("parts"))
        except ValueError as error:
            raise damaged(self.path / "manifest.json", error) from error

    def _read_object(self, name: str) -> dict[str, Any]:
        path = self.path / name
        try:
            value = json.loads(self.files.read(path))
        except ValueError as error:
            raise damaged(path, error) from error
        if not isinstance(value, dict):
            raise damaged(path, f"it holds {value!r:.40}, not an object")
        return value


def _sum(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    """Return the counts of all chunks, added up by name."""
    total: Counter[str] = Counter()
    for count in counts:
        total.update(count)
    return dict(sorted(total.items()))


def _to_json(value: dict[str, Any]) -> bytes:
    return json.dumps(value, indent=1).encode()
