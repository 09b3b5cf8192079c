"""Generated kernels, compiled once a machine and kept in a directory.

A kernel is a module of generated source in a file that is named after the hash of everything its
machine code depends on, so what is there never goes out of date. Beside it lies Numba's own cache
of the machine code. A lock lets one process compile while others wait for what it makes; the
operating system frees the lock of a process that dies. Whatever is wrong with the directory costs
time, not the answer: what cannot be read is compiled again, and if nothing can be written, kernels
live in a temporary directory.
"""

import contextlib
import functools
import hashlib
import os
import platform
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

try:
    import fcntl
except ImportError:  # Windows: processes that start together may compile the same kernel twice
    fcntl = None  # type: ignore[assignment]  # the case that it is missing

#: Seconds to wait for another process that compiles; after that this one compiles too, which is safe.
LOCK_TIMEOUT = 120.0
_LOCK_POLL = 0.02


class Kernels(NamedTuple):
    """The functions of a module, each for one problem."""

    normal_equations: Callable[..., float]
    columns: Callable[..., None]


_in_process = threading.Lock()


def directory() -> Path:
    """Where kernels are kept: BATCHOPT_CACHE_DIR, or batchopt in the user's cache directory."""
    given = os.environ.get("BATCHOPT_CACHE_DIR")
    if given:
        return Path(given) / "kernels"
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "batchopt" / "kernels"


def build(source: str) -> Kernels:
    """Compile a module of kernels, or load what was compiled before."""
    with _in_process:
        return _build(source)


@functools.lru_cache(maxsize=256)
def _build(source: str) -> Kernels:
    name = f"{_key(source)}.py"
    try:
        return _build_in(directory(), name, source)
    except OSError:  # no such directory can be made, it is full or not ours: private, gone with the process
        return _build_in(_temporary(), name, source)


@functools.cache
def _temporary() -> Path:
    holder = tempfile.TemporaryDirectory(prefix="batchopt-kernels-")
    _holders.append(holder)
    return Path(holder.name)


_holders: list[Any] = []  # keeps temporary directories until the process ends


def _build_in(folder: Path, name: str, source: str) -> Kernels:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    with _locked(path.with_suffix(".lock")):
        if not _holds(path, source):
            _discard(path)
            _write(path, source)
        try:
            return _run(path, source)
        except OSError:
            raise
        except Exception:  # a damaged cache of machine code fails in any way; without it this does not
            _discard(path)
            _write(path, source)
            return _run(path, source)


def _holds(path: Path, source: str) -> bool:
    try:
        return path.read_bytes() == source.encode()
    except FileNotFoundError:
        return False


def _run(path: Path, source: str) -> Kernels:
    """Run the source, which is ours, under the file's name, which is where Numba looks for machine code."""
    module = ModuleType(f"batchopt_kernel_{path.stem}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # machine code from the cache looks for its module by name
    exec(compile(source, str(path), "exec"), module.__dict__)
    return Kernels(module.normal_equations, module.columns)


def _write(path: Path, source: str) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    with os.fdopen(handle, "wb") as file:
        file.write(source.encode())
    Path(temporary).replace(path)


def _discard(path: Path) -> None:
    """Remove a kernel's source and machine code."""
    for file in (path, *(path.parent / "__pycache__").glob(f"{path.stem}.*")):
        file.unlink(missing_ok=True)


@functools.cache
def _environment() -> str:
    """What machine code depends on besides the generated source."""
    import llvmlite.binding as llvm  # with Numba, only when a kernel is built
    import numba

    from solvers import RESULTS_VERSION

    versions = [platform.python_version(), np.__version__, numba.__version__, str(RESULTS_VERSION)]
    features = sorted(name for name, present in llvm.get_host_cpu_features().items() if present)
    parts = [Path(__file__).with_name(f"{part}.py").read_text() for part in ("compiling", "elementary")]
    return "\0".join([*versions, llvm.get_host_cpu_name(), *features, *parts])


def _key(source: str) -> str:
    return hashlib.sha256(f"{_environment()}\0{source}".encode()).hexdigest()[:32]


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a file's lock, or go on without it when another process holds it for too long."""
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
