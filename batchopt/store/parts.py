"""A part is one attempt's rows of one chunk, a Parquet file that is never overwritten.

Workers write parts; only those that a commit names are ever read, and not before size, checksum and number of
rows are compared.
"""

import hashlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from batchopt.errors import StoreError
from batchopt.store.damage import damaged
from batchopt.store.files import Bytes, Files
from batchopt.store.receipt import Receipt, chunk_name

#: Of zstd: it finds little but repeats, as there are in covariances. Level 1 makes parts 5 % smaller by what
#: it finds in floats, and takes a third longer.
_LEVEL = -3


def part_name(start: int, stop: int, attempt_token: str) -> str:
    """Return an attempt's part of chunk [start, stop), relative to the run directory."""
    return f"parts/p-{chunk_name(start, stop)}-{attempt_token}.parquet"


def write_part(files: Files, path: Path, table: pa.Table) -> tuple[int, str]:
    """Store a part; return its size and checksum."""
    integers = [field.name for field in table.schema if pa.types.is_integer(field.type)]
    floats = [field.name for field in table.schema if pa.types.is_floating(field.type)]
    sink = pa.BufferOutputStream()
    pq.write_table(
        table,
        sink,
        compression="zstd",
        compression_level=_LEVEL,
        use_dictionary=[name for name in table.column_names if name not in {*integers, *floats}],
        column_encoding=dict.fromkeys(integers, "DELTA_BINARY_PACKED"),
    )
    data = memoryview(sink.getvalue())
    if not files.create(path, data):
        raise StoreError(f"Part {path} exists already. Give every attempt a token of its own.")
    return len(data), _checksum(data)


def check_part(files: Files, path: Path, receipt: Receipt) -> None:
    """Raise StoreError unless the part is there with its size."""
    size = files.size(path)
    if size != receipt.bytes:
        found = "is missing" if size is None else f"has {size} bytes"
        raise StoreError(
            f"Part {path} {found}; its receipt says {receipt.bytes} bytes. "
            "Workers and driver must see the same file system there, and nothing else may change it."
        )


def read_part(files: Files, path: Path, receipt: Receipt) -> pa.Table:
    """Return the part's rows; StoreError when they are not those that its receipt was made for."""
    check_part(files, path, receipt)
    data = files.read(path)
    if _checksum(data) != receipt.checksum:
        raise damaged(path, f"its checksum is {_checksum(data)}, not {receipt.checksum}")
    # One thread: parts are small, and Arrow's pool can abort a process that ends while it is busy.
    table = pq.ParquetFile(pa.BufferReader(data)).read(use_threads=False)
    if table.num_rows != receipt.rows:
        raise damaged(path, f"it has {table.num_rows} rows, not {receipt.rows}")
    return table


def _checksum(data: Bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
