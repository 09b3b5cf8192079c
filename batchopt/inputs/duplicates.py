"""Find keys that name several rows of a nested table, in bounded memory: bucket by bucket of their hashes."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from batchopt.inputs.columns import hash_rows
from batchopt.inputs.files import open_parquet
from batchopt.inputs.source import Source

BUCKET_ROWS = 20_000_000
_BATCH_ROWS = 1 << 20
_EXAMPLES = 3
# Enough for the examples, however often a key is repeated.
_SUSPECT_HASHES, _SUSPECT_ROWS = 100, 100_000


def how_many_buckets(source: Source) -> int:
    """Return how many buckets keep the hashes of one in memory."""
    return -(-source.total_rows // BUCKET_ROWS)


def duplicate_keys(source: Source, bucket: int, buckets: int) -> list[dict[str, Any]]:
    """Return up to three of the keys in this bucket that several rows have.

    Parameters
    ----------
    source : Source
        In the nested layout, where a row is a problem.
    bucket, buckets : int
        Which part of the keys to look at, of how many.
    """
    mine = []
    for keys in _batches(source):
        hashes = hash_rows(keys)
        mine.append(hashes[hashes % buckets == bucket])
    hashes = np.sort(np.concatenate(mine))
    repeated = np.unique(hashes[1:][hashes[1:] == hashes[:-1]])[:_SUSPECT_HASHES]
    if not repeated.size:
        return []

    suspects, rows = [], 0
    for keys in _batches(source):
        suspects.append(keys.filter(np.isin(hash_rows(keys), repeated)))
        rows += suspects[-1].num_rows
        if rows > _SUSPECT_ROWS:
            break
    counted = pa.concat_tables(suspects).group_by(list(source.key)).aggregate([([], "count_all")])
    several = counted.filter(pc.field("count_all") > 1).select(list(source.key))
    examples: list[dict[str, Any]] = several.slice(0, _EXAMPLES).to_pylist()
    return examples


def _batches(source: Source) -> Iterator[Any]:
    """Read the keys of all files, some rows at a time."""
    schema = pa.schema([source.schema.field(name) for name in source.key])
    for file in source.files:
        with open_parquet(file.path) as parquet:
            for batch in parquet.iter_batches(_BATCH_ROWS, columns=schema.names, use_threads=False):
                yield pa.Table.from_batches([batch]).select(schema.names).cast(schema)
