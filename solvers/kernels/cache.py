"""Generated kernels, compiled once a machine and kept in a directory.

A kernel is a module of generated source in a file that is named after the hash of everything its
machine code depends on. Beside it lies Numba's own cache of the machine code. A lock lets one
process compile while others wait for what it makes. What cannot be read is compiled again.
"""

import functools
import os
import sys
import tempfile
import threading
from pathlib import Path
from types import ModuleType

from solvers.kernels.directory import directory, key, locked, private

_in_process = threading.Lock()


#: What generated formulas import.
_ELEMENTARY = ("kernels/compiling.py", "kernels/elementary.py")


def build(source: str, imports: tuple[str, ...] = _ELEMENTARY) -> ModuleType:
    """Compile a module of kernels, or load what was compiled before.

    Parameters
    ----------
    source
        Of the module.
    imports
        Patterns of the files of `solvers` whose functions it compiles in.
    """
    with _in_process:
        return _build(source, imports)


@functools.lru_cache(maxsize=256)
def _build(source: str, imports: tuple[str, ...]) -> ModuleType:
    name = f"{key(imports, source)}.py"
    try:
        return _build_in(directory(), name, source)
    except OSError:  # no such directory can be made, it is full or not ours: private, gone with the process
        return _build_in(private(), name, source)


def _build_in(folder: Path, name: str, source: str) -> ModuleType:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    with locked(path.with_suffix(".lock")):
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


def _run(path: Path, source: str) -> ModuleType:
    """Run the source, which is ours, under the file's name, which is where Numba looks for machine code."""
    module = ModuleType(f"batchopt_kernel_{path.stem}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # machine code from the cache looks for its module by name
    exec(compile(source, str(path), "exec"), module.__dict__)
    return module


def _write(path: Path, source: str) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    with os.fdopen(handle, "wb") as file:
        file.write(source.encode())
    Path(temporary).replace(path)


def _discard(path: Path) -> None:
    """Remove a kernel's source and machine code."""
    for file in (path, *(path.parent / "__pycache__").glob(f"{path.stem}.*")):
        file.unlink(missing_ok=True)
