"""Everything that Dask does for batchopt; no other module imports it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

Part = TypeVar("Part")


def shuffle(
    read: Callable[[Part], Any],
    parts: Sequence[Part],
    empty: Any,
    key: Sequence[str],
    *,
    partitions: int,
    output: Path,
) -> None:
    """Bring rows with equal keys together, and write them as one Parquet file a partition.

    Runs on the current Dask client, from worker to worker; without one, here, through the disk.

    Parameters
    ----------
    read : callable
        Makes a pandas frame of a part; runs on workers.
    parts : sequence
        What `read` is called with, one after the other.
    empty : pandas.DataFrame
        A frame like those of `read`, without rows.
    key : sequence of str
        The columns that rows must share to meet in a file.
    partitions : int
        How many files to write.
    output : Path
        A folder that all workers can write to; it is made.
    """
    import dask.dataframe as dd  # a second or two, and only tables in disorder need it

    frame = dd.from_map(read, parts, meta=empty).shuffle(on=list(key), npartitions=partitions)
    frame.to_parquet(str(output), write_index=False, name_function=lambda part: f"part-{part:06d}.parquet")
