"""Bring the points of each key together in one file, for long tables whose keys are scattered all over.

The shuffle itself is Dask's, and handed in. Here is what makes it safe to rely on: the folder of parts
appears under its name only when it is complete, with a marker that says which input it was made from.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pyarrow as pa

from batchopt.errors import InputError
from batchopt.inputs.columns import is_key
from batchopt.inputs.footers import Footer, Statistics, read_footer
from batchopt.inputs.read import read_frame, to_frame
from batchopt.inputs.source import Source, source_file
from batchopt.inputs.units import UNIT_BYTES, Unit, in_file_order, narrow

MARKER = "regrouped.json"

Shuffle = Callable[..., None]  # `batchopt.cluster.shuffle`


def regroup(
    source: Source, statistics: Statistics, output: Path, memory_limit: float, shuffle: Shuffle
) -> tuple[Source, list[Unit]]:
    """Write the columns in use again, whole keys to a file, and plan a unit a file.

    Parameters
    ----------
    source : Source
        In the long layout.
    statistics : Statistics
        From `open_source`.
    output : Path
        The folder to write, on a file system that the workers share. If it is there, made from
        the same input, it is used as it is.
    memory_limit : float
        The bytes that a unit may take.
    shuffle : callable
        `batchopt.cluster.shuffle`.

    Returns
    -------
    source : Source
        The table over the new files.
    units : list of Unit
        One a file.

    Raises
    ------
    InputError
        If `output` was made from another input, if one key has more points than fit into memory, or
        if a column is not plain values: Dask's shuffle does not carry lists.
    """
    output = output.absolute()
    if not output.exists():
        _write(source, statistics, output, memory_limit, shuffle)
    elif not (output / MARKER).exists() or (output / MARKER).read_text() != _record(source):
        raise InputError(f"{output} was not regrouped from this input: remove it, or start a new run")

    columns = source.schema.names
    footers = [read_footer(str(path), columns, ()) for path in sorted(output.glob("*.parquet"))]
    units = [_whole(index, footer) for index, footer in enumerate(footers) if sum(footer.rows)]
    for unit in units:
        if unit.bytes > memory_limit:
            raise InputError(
                f"input.key: all points of a key are solved together, and the largest group takes "
                f"{unit.bytes / 1e6:,.1f} MB where a worker can hold {memory_limit / 1e6:,.1f} MB: "
                "does the key have enough columns? If so, give workers more memory"
            )
    return replace(source, files=tuple(map(source_file, footers))), units


def _write(
    source: Source, statistics: Statistics, output: Path, memory_limit: float, shuffle: Shuffle
) -> None:
    for field in source.schema:
        if not (is_key(field.type) or pa.types.is_floating(field.type)):
            raise InputError(
                f"column {field.name!r} is {field.type}, which the shuffle that this table needs, with "
                "the points of a key so far apart, cannot carry: write the table sorted by its key"
            )
    parts = [narrow(source, unit) for unit in in_file_order(source, statistics, memory_limit)]
    empty = to_frame(source.schema.empty_table())
    # Hashing spreads keys unevenly: a quarter of the limit leaves room.
    partitions = 1 + int(statistics.bytes.sum() / min(UNIT_BYTES, memory_limit / 4))
    temporary = output.with_name(f"{output.name}.{uuid4().hex[:8]}.partial")
    try:
        shuffle(read_frame, parts, empty, source.key, partitions=partitions, output=temporary)
        (temporary / MARKER).write_text(_record(source))
        temporary.rename(output)
    finally:
        for left in output.parent.glob(f"{output.name}.*.partial"):  # of a killed driver, too
            shutil.rmtree(left, ignore_errors=True)


def _record(source: Source) -> str:
    made_from = {"inputs": source.inventory(), "key": source.key, "columns": source.schema.names}
    return json.dumps(made_from, indent=1)


def _whole(index: int, footer: Footer) -> Unit:
    """Return the unit that is all of one file: whole keys are in it, so it needs no bounds."""
    row_groups = tuple((index, group) for group in range(len(footer.rows)))
    return Unit(row_groups, sum(footer.bytes), sum(footer.rows))
