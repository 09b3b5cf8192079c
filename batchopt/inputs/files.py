"""Where the input lies: local paths and fsspec URLs, listed, opened, and told apart when they change."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from glob import glob
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq

from batchopt.errors import InputError

# What file systems call the mark that changes with a file's content, the surest first.
_CHANGE_MARKS = ("ETag", "etag", "LastModified", "last_modified", "mtime", "created")


def find_files(pattern: str, base: Path) -> list[str]:
    """List the files that a path, a glob, a folder or a URL stands for.

    Parameters
    ----------
    pattern : str
        Such as ``data/*.parquet``, ``data/`` or ``s3://bucket/data/*.parquet``.
    base : Path
        The folder that a relative path starts from: the job file's.

    Returns
    -------
    list of str
        Absolute paths or URLs, sorted; never empty.
    """
    if _is_url(pattern):
        where = ""
        try:
            system, root = fsspec.core.url_to_fs(pattern)
            if system.isdir(root):
                root = f"{root.rstrip('/')}/*.parquet"
            found = [system.unstrip_protocol(path) for path in system.glob(root)]
        except Exception as error:  # every object store has errors of its own
            raise InputError(f"input.path: cannot list {pattern!r}: {error}") from error
    else:
        where = f" (looked in {base.absolute()})"
        root = os.path.normpath(base.absolute() / pattern)
        if Path(root).is_dir():
            root = f"{root}/*.parquet"
        found = [path for path in glob(root, recursive=True) if Path(path).is_file()]  # noqa: PTH207 - absolute
    if not found:
        raise InputError(f"input.path: no file matches {pattern!r}{where}: correct the path or make the file")
    return sorted(found)


def fingerprint(path: str) -> tuple[int, str]:
    """Return a file's size and a mark that changes when it is written again."""
    if not _is_url(path):
        state = os.stat(path)  # noqa: PTH116 - paths are strings here, as URLs are
        return state.st_size, str(state.st_mtime_ns)
    system, root = fsspec.core.url_to_fs(path)
    info: dict[str, Any] = system.info(root)
    mark = next((info[name] for name in _CHANGE_MARKS if info.get(name)), "")
    return info["size"], str(mark)


@contextmanager
def open_parquet(path: str) -> Iterator[Any]:
    """Open a `pyarrow.parquet.ParquetFile`; what goes wrong inside the block is the file's fault."""
    remote = _is_url(path)
    try:
        opened = fsspec.open(path, "rb") if remote else nullcontext(path)
        with opened as handle, pq.ParquetFile(handle, pre_buffer=remote) as parquet:
            yield parquet
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"{path}: cannot be read as Parquet: {error}") from error


def _is_url(path: str) -> bool:
    return "://" in path
