"""Result tables for people and programs: CSV, JSON lines, Parquet; batch by batch, so memory stays flat."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

#: Rows converted at once.
_ROWS = 10_000


def as_csv(table: pa.Table) -> Iterator[str]:
    """CSV with a header; null is empty, lists are JSON."""
    yield _csv_line(table.column_names)
    for row in _rows(table):
        yield _csv_line([json.dumps(v) if isinstance(v, list) else v for v in row.values()])


def as_json_lines(table: pa.Table) -> Iterator[str]:
    """A JSON object a row; dates and times in ISO format."""
    for row in _rows(table):
        yield json.dumps(row, default=_iso) + "\n"


def write_table(table: pa.Table, path: Path) -> None:
    """Write a .parquet or a .csv file, which appears when it is complete."""
    temporary = path.with_name(f".{path.name}.{token_hex(4)}.tmp")
    try:
        if path.suffix == ".parquet":
            pq.write_table(table, temporary)
        else:
            with temporary.open("w", encoding="utf-8", newline="") as file:
                file.writelines(as_csv(table))
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _rows(table: pa.Table) -> Iterator[dict[str, Any]]:
    for batch in table.to_batches(max_chunksize=_ROWS):
        yield from batch.to_pylist()


def _csv_line(values: list[Any]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(values)  # so that a \r in a text is quoted
    return line.getvalue().removesuffix("\r\n") + "\n"


def _iso(value: Any) -> str:
    return str(value.isoformat()) if hasattr(value, "isoformat") else str(value)
