"""What a worker does with a chunk: read its slice, solve it, write its part, return a receipt."""

import secrets
import time
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from batchopt.inputs import Source, Unit, read_problems
from batchopt.kinds import Kind
from batchopt.store import Receipt, RunDirectory


@dataclass(frozen=True)
class ChunkTask:
    """Everything a worker needs; small, since it is sent with every chunk."""

    kind: Kind
    source: Source
    unit: Unit
    base: int  # the ordinal of the unit's first problem
    start: int  # problems [start, stop) of the whole input
    stop: int
    attempt: int
    run: str  # the run directory


def solve_chunk(task: ChunkTask) -> Receipt:
    """Solve problems [start, stop) and store their rows; they are invisible until the driver commits."""
    began = time.perf_counter()
    problems = read_problems(task.source, task.unit, task.start - task.base, task.stop - task.base)
    table = task.kind.solve(problems)
    seconds = time.perf_counter() - began
    table = _timed(table, seconds / table.num_rows, task.attempt)
    # Dask may run one task twice, when a worker dies after writing: no two parts have the same name.
    token = f"{task.attempt}-{secrets.token_hex(4)}"
    name, size, checksum = RunDirectory(task.run).write_part(task.start, task.stop, token, table)
    return Receipt(
        start=task.start,
        stop=task.stop,
        part=name,
        rows=table.num_rows,
        bytes=size,
        checksum=checksum,
        counts=_counts(table["status"]),
        grades=_counts(table["grade"]),
        flags=_counts(pc.list_flatten(table["flags"])),
        seconds=seconds,
        attempt=task.attempt,
    )


def _counts(values: Any) -> dict[str, int]:
    """How often each value occurs."""
    return {pair["values"]: pair["counts"] for pair in pc.value_counts(values).to_pylist()}


def _timed(table: Any, seconds: float, attempt: int) -> Any:
    """The table with `seconds` (the chunk's time shared by its problems) and `attempt` after `optimality`."""
    at = table.column_names.index("optimality") + 1
    table = table.add_column(at, "seconds", pa.repeat(seconds, table.num_rows))
    return table.add_column(at + 2, "attempt", pa.repeat(pa.scalar(attempt, pa.int32()), table.num_rows))
