"""A run as its user sees it: where it is, how far it got, and its result table."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from batchopt.errors import JobError, StoreError
from batchopt.job import Job
from batchopt.store import RunDirectory


@dataclass(frozen=True)
class Summary:
    """How far a run got."""

    state: Literal["finished", "unfinished"]
    total: int
    done: int
    counts: dict[str, int]  # by status
    grades: dict[str, int]
    flags: dict[str, int]  # a problem may have several
    seconds: float  # of solving, all workers together
    bytes: int

    @property
    def failed(self) -> int:
        """Problems that did not converge."""
        return self.grades.get("failed", 0)


class Run:
    """A run directory, and what can be asked of it.

    Parameters
    ----------
    directory
        The run directory, or its path.
    """

    def __init__(self, directory: RunDirectory | Path | str) -> None:
        self.directory = directory if isinstance(directory, RunDirectory) else RunDirectory.open(directory)

    @classmethod
    def find(cls, where: Path | str) -> "Run":
        """The run that a job file, an output folder (its newest run) or a run directory stands for.

        Raises
        ------
        JobError
            If there is none.
        """
        path = Path(where)
        if (path / "run.json").exists():
            return cls(path)
        output = Job.load(path).output_path if path.is_file() else path
        directory = RunDirectory.latest(output) if output.is_dir() else None
        if directory is None:
            raise JobError(f"{where}: no run yet in {output}; start one with: batchopt run {where}")
        return cls(directory)

    @property
    def path(self) -> Path:
        """The run directory."""
        return self.directory.path

    @property
    def finished(self) -> bool:
        """Whether every problem has its row."""
        return self.directory.finished

    def summary(self) -> Summary:
        """How far it got."""
        receipts = self.directory.commits()
        counts, grades, flags = Counter[str](), Counter[str](), Counter[str]()
        for receipt in receipts:
            counts.update(receipt.counts)
            grades.update(receipt.grades)
            flags.update(receipt.flags)
        return Summary(
            state="finished" if self.finished else "unfinished",
            total=int(self.directory.record["total"]),
            done=sum(receipt.rows for receipt in receipts),
            counts=dict(counts.most_common()),
            grades=dict(grades.most_common()),
            flags=dict(flags.most_common()),
            seconds=sum(receipt.seconds for receipt in receipts),
            bytes=sum(receipt.bytes for receipt in receipts),
        )

    def results(self, kind: Literal["arrow", "pandas", "dask"] = "arrow", *, partial: bool = False) -> Any:
        """Return the result table, a row a problem.

        Parameters
        ----------
        kind
            ``arrow`` for a pyarrow.Table, ``pandas`` for a DataFrame, ``dask`` for a dask.dataframe
            that reads the parts when computed.
        partial
            Of an unfinished run, return what is committed.

        Raises
        ------
        StoreError
            If the run is unfinished and partial is not asked for, or its files are damaged.
        """
        if kind == "dask":
            from batchopt.cluster import read_results  # a second

            manifest = self.directory.manifest()
            if manifest is None:
                raise StoreError(f"run {self.path} is unfinished; run it to its end first")
            return read_results([self.path / part["part"] for part in manifest["parts"]])
        table: pa.Table = self.directory.results(partial=partial)
        return table if kind == "arrow" else table.to_pandas()
