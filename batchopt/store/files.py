"""Files that appear whole or not at all, and stay: all that a run directory asks of a file system.

Bytes go to a hidden temporary next to their destination and reach the disk before they get their name, by a
rename (`write`, which may replace) or by a hard link (`create`, which never does). A crash leaves at worst a
temporary, which no reader looks at. An object store gives the same by a plain and a conditional PUT.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

Bytes = bytes | memoryview


class Files:
    """The local file system; directories are made as they are needed."""

    def write(self, path: Path, data: Bytes) -> None:
        """Put `data` at `path`, in place of what was there: readers see the old bytes or the new ones."""
        with self._staged(path, data) as temporary:
            temporary.replace(path)
        _sync_directory(path.parent)

    def create(self, path: Path, data: Bytes) -> bool:
        """Put `data` at `path` unless something is there; of any number of callers exactly one gets True."""
        with self._staged(path, data) as temporary:
            with suppress(FileExistsError):
                path.hardlink_to(temporary)
            # Not "no exception": NFS may have made the link, lost the reply, and refused its own second try.
            created = temporary.stat().st_nlink > 1
        _sync_directory(path.parent)
        return created

    def read(self, path: Path) -> bytes:
        """Return the bytes at `path`."""
        return path.read_bytes()

    def exists(self, path: Path) -> bool:
        """Whether there is a file or directory at `path`."""
        return path.exists()

    def size(self, path: Path) -> int | None:
        """Return the number of bytes at `path`, None when there is no file."""
        try:
            return path.stat().st_size
        except FileNotFoundError:
            return None

    def list(self, directory: Path) -> list[str]:
        """Return the sorted names in `directory`, without temporaries; none when it does not exist."""
        try:
            return sorted(entry.name for entry in directory.iterdir() if not entry.name.startswith("."))
        except FileNotFoundError:
            return []

    def remove(self, path: Path) -> None:
        """Remove the file at `path`, if there is one."""
        path.unlink(missing_ok=True)
        _sync_directory(path.parent)

    @contextmanager
    def _staged(self, path: Path, data: Bytes) -> Iterator[Path]:
        """Yield a temporary next to `path` that holds `data` on the disk, and drop it afterwards."""
        _make_directory(path.parent)
        temporary = path.with_name(f".{path.name}.{token_hex(8)}.tmp")
        try:
            with temporary.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            yield temporary
        finally:
            temporary.unlink(missing_ok=True)


def _make_directory(directory: Path) -> None:
    """Make `directory` and its parents, each on the disk before anything is put in it."""
    if not directory.is_dir():
        _make_directory(directory.parent)
        directory.mkdir(exist_ok=True)
        _sync_directory(directory.parent)


def _sync_directory(directory: Path) -> None:
    """Make the names in `directory` survive a power failure."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


#: What everything uses that is not told otherwise.
LOCAL = Files()
