"""The directory of compiled code: BATCHOPT_CACHE_DIR, or one in the user's cache directory.

Compiled code is kept under names that are hashes of everything it depends on, so that what is there
never goes out of date. Whatever is wrong with the directory costs time, not the answer: if nothing
can be written, code lives in a private directory that goes with the process.
"""

import contextlib
import functools
import hashlib
import os
import platform
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numba
import numpy as np

try:
    import fcntl
except ImportError:  # Windows: processes that start together may compile the same kernel twice
    fcntl = None  # type: ignore[assignment]  # the case that it is missing

#: Seconds to wait for another process that compiles; after that this one compiles too, which is safe.
LOCK_TIMEOUT = 120.0
_LOCK_POLL = 0.02

_SOLVERS = Path(__file__).parent.parent
_holders: list[Any] = []  # keeps private directories until the process ends


def directory() -> Path:
    """Where kernels are kept, whether or not it is there."""
    given = os.environ.get("BATCHOPT_CACHE_DIR")
    if given:
        return Path(given) / "kernels"
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "batchopt" / "kernels"


@functools.cache
def private() -> Path:
    """A directory of this process."""
    holder = tempfile.TemporaryDirectory(prefix="batchopt-kernels-")
    _holders.append(holder)
    return Path(holder.name)


@functools.cache
def key(parts: Iterable[str], text: str = "") -> str:
    """Name what is compiled from ``text`` and from Python files of `solvers`, given as patterns."""
    import llvmlite.binding as llvm  # with Numba, only when a kernel is built

    features = sorted(name for name, present in llvm.get_host_cpu_features().items() if present)
    machine = [
        platform.python_version(),
        np.__version__,
        numba.__version__,
        llvm.get_host_cpu_name(),
        *features,
    ]
    files = [file.read_text() for part in parts for file in sorted(_SOLVERS.glob(part))]
    return hashlib.sha256("\0".join([*machine, *files, text]).encode()).hexdigest()[:32]


@contextlib.contextmanager
def own_code() -> Iterator[None]:
    """Within this, Numba keeps what it compiles of our functions in a directory for this very source.

    Beside the source, as it does by itself, it would not notice that a function has changed which
    another file compiles in.
    """
    name = key(("**/*.py",))
    folder = directory() / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = folder / "lock"
        lock.touch()
    except OSError:
        folder = private() / name
        folder.mkdir(exist_ok=True)
        lock = folder / "lock"
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(folder)
    try:
        with locked(lock):
            yield
    finally:
        numba.config.CACHE_DIR = before


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a file's lock, or go on without it when another process holds it for too long.

    The operating system frees the lock of a process that dies.
    """
    with path.open("a") as file:
        deadline = time.monotonic() + LOCK_TIMEOUT
        while not _try_lock(file.fileno()) and time.monotonic() < deadline:
            time.sleep(_LOCK_POLL)
        yield


def _try_lock(descriptor: int) -> bool:
    if fcntl is None:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True
