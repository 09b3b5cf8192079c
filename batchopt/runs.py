"""A run as its user sees it: where it is, how far it got, and its result table."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

import pyarrow as pa

from batchopt.errors import JobError, StoreError
from batchopt.job import Job
from batchopt.store import RunDirectory, is_driven

State = Literal["finished", "running", "interrupted"]
#: What a result table can be had as.
Shape = Literal["arrow", "pandas", "dask"]


@dataclass(frozen=True)
class Summary:
    """How far a run got."""

    state: State
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
        if not path.exists():
            raise JobError(
                f"{where}: no such file or folder; give a job file, output folder or run directory"
            )
        if (path / "run.json").exists():
            return cls(path)
        output = Job.load(path).output_path if path.is_file() else path
        directory = RunDirectory.latest(output)
        if directory is None:
            raise JobError(f"{where}: no run yet in {output}; start one with: batchopt run JOB")
        return cls(directory)

    @property
    def path(self) -> Path:
        """The run directory."""
        return self.directory.path

    @property
    def finished(self) -> bool:
        """Whether every problem has its row."""
        return self.directory.finished

    @property
    def state(self) -> State:
        """Whether it is finished; if not, whether a driver is at work on it."""
        if self.finished:
            return "finished"
        return "running" if is_driven(self.path, lambda: datetime.now(UTC)) else "interrupted"

    def summary(self) -> Summary:
        """How far it got."""
        receipts = self.directory.commits()
        counts, grades, flags = Counter[str](), Counter[str](), Counter[str]()
        for receipt in receipts:
            counts.update(receipt.counts)
            grades.update(receipt.grades)
            flags.update(receipt.flags)
        return Summary(
            state=self.state,
            total=int(self.directory.record["total"]),
            done=sum(receipt.rows for receipt in receipts),
            counts=dict(counts.most_common()),
            grades=dict(grades.most_common()),
            flags=dict(flags.most_common()),
            seconds=sum(receipt.seconds for receipt in receipts),
            bytes=sum(receipt.bytes for receipt in receipts),
        )

    def results(self, kind: Shape = "arrow", *, partial: bool = False) -> Any:
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
        if kind not in get_args(Shape):
            raise ValueError(f"kind is one of {', '.join(get_args(Shape))}, got {kind!r}")
        if kind == "dask":
            from batchopt.cluster import read_results  # Dask takes a second

            return read_results([self.path / name for name in self._parts(partial)])
        table: pa.Table = self.directory.results(partial=partial)
        return table if kind == "arrow" else table.to_pandas()

    def _parts(self, partial: bool) -> list[str]:
        """The names of the parts that make up the result table."""
        manifest = self.directory.manifest()
        if manifest is not None:
            return [part["part"] for part in manifest["parts"]]
        if not partial:
            raise StoreError(f"Run {self.path} is unfinished. Resume it, or ask for its partial results.")
        return [receipt.part for receipt in self.directory.commits()]
