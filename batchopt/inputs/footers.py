"""What Parquet footers tell without reading a page: schemas, rows, bytes, and the ranges of the keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from batchopt.inputs.columns import Ints
from batchopt.inputs.files import fingerprint, open_parquet


@dataclass(frozen=True)
class Footer:
    """One file's footer; a list has an entry a row group."""

    path: str
    size: int
    modified: str
    schema: Any  # pyarrow.Schema of the whole file
    rows: list[int]
    bytes: list[int]  # of the columns in use, once decoded
    ranges: dict[str, list[tuple[Any, Any]]]  # by key column: least and greatest value, None where unknown
    nulls: dict[str, int]  # by key column, as far as the file tells


@dataclass(frozen=True)
class Statistics:
    """The row groups that have rows, of all files in order: G of them."""

    file: Ints  # (G,) index of the file
    row_group: Ints  # (G,) index within the file
    rows: Ints  # (G,)
    bytes: Ints  # (G,)
    ranges: dict[str, tuple[list[Any], list[Any]]]  # by key column: (G,) least, greatest; None: unknown


def read_footer(path: str, columns: Sequence[str], key: Sequence[str]) -> Footer:
    """Read one footer, as far as it concerns `columns` (the key's ranges, too)."""
    size, modified = fingerprint(path)
    with open_parquet(path) as parquet:
        metadata, schema = parquet.metadata, parquet.schema_arrow
    paths = [metadata.schema.column(leaf).path for leaf in range(metadata.num_columns)]
    leaves = {name: _leaves(paths, name) for name in columns}
    groups = [metadata.row_group(index) for index in range(metadata.num_row_groups)]
    used = sorted({leaf for found in leaves.values() for leaf in found})
    chunks = {name: [group.column(leaves[name][0]) for group in groups] for name in key if leaves[name]}
    return Footer(
        path,
        size,
        modified,
        schema,
        rows=[group.num_rows for group in groups],
        bytes=[sum(_decoded_bytes(group.column(leaf)) for leaf in used) for group in groups],
        ranges={name: [_range(chunk.statistics) for chunk in found] for name, found in chunks.items()},
        nulls={name: sum(_nulls(chunk.statistics) for chunk in found) for name, found in chunks.items()},
    )


def join_footers(footers: Sequence[Footer], key: Sequence[str]) -> Statistics:
    """Bring the footers of all files together."""
    place = [
        (number, index, count, footer.bytes[index])
        for number, footer in enumerate(footers)
        for index, count in enumerate(footer.rows)
        if count
    ]
    file, row_group, rows, bytes_ = np.array(place, dtype=np.int64).reshape(-1, 4).T.copy()  # (G,) each
    ranges = {}
    for name in key:
        pairs = [footers[number].ranges[name][index] for number, index, _, _ in place]
        ranges[name] = ([least for least, _ in pairs], [greatest for _, greatest in pairs])
    return Statistics(file, row_group, rows, bytes_, ranges)


def _leaves(paths: Sequence[str], name: str) -> list[int]:
    """Return the Parquet columns that make up one column of the table: several for a struct."""
    return [leaf for leaf, path in enumerate(paths) if path == name or path.startswith(f"{name}.")]


def _decoded_bytes(chunk: Any) -> int:
    # A dictionary or run lengths make a file smaller than the memory that its values take.
    return int(max(chunk.total_uncompressed_size, 8 * chunk.num_values))


def _range(statistics: Any) -> tuple[Any, Any]:
    try:
        if statistics is not None and statistics.has_min_max:
            return statistics.min, statistics.max
    except (ValueError, OverflowError):  # a cut-off string, a year after 9999: as good as unknown
        pass
    return None, None


def _nulls(statistics: Any) -> int:
    known = statistics is not None and statistics.has_null_count
    return int(statistics.null_count) if known else 0
