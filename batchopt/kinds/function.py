"""A user's function by its import path; every worker imports it itself."""

import functools
import hashlib
import importlib
import inspect
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from batchopt.errors import JobError
from solvers.api.curve_model import parameter_names


@dataclass(frozen=True)
class Function:
    """``module:function``, from the job's folder or an installed package; small, it is sent with tasks."""

    path: str  # package.module:function
    folder: Path  # of the job file

    def load(self) -> Callable[..., Any]:
        """Import it.

        Raises
        ------
        JobError
            If it cannot be imported or called.
        """
        module, _, name = self.path.partition(":")
        try:
            function = getattr(_module(module, self.folder), name)
        except Exception as error:  # whatever importing a user's module raises is the job's to mend
            raise JobError(
                f"model.function: cannot import {self.path!r}: {type(error).__name__}: {error}; "
                f"put the module on the path, or into {self.folder}"
            ) from error
        if not callable(function):
            raise JobError(f"model.function: {self.path!r} is a {type(function).__name__}; give a function")
        loaded: Callable[..., Any] = function
        return loaded

    def parameters(self) -> tuple[str, ...] | None:
        """The parameters in its signature, after x; None if they cannot be counted."""
        try:
            return tuple(parameter_names(self.load()))
        except ValueError:
            return None

    def check(self, parameters: Sequence[str]) -> None:
        """Raise JobError if it cannot be called as f(x, *parameters)."""
        try:
            signature = inspect.signature(self.load())
        except (TypeError, ValueError):  # as for some built-in functions
            return
        try:
            signature.bind("x", *parameters)
        except TypeError as error:
            raise JobError(
                f"model.function: {self.path!r} cannot be called with x, {', '.join(parameters)}: {error}; "
                "correct model.parameters, or the function"
            ) from None


def source_hash(path: str) -> str | None:
    """A hash of the file that a function, ``module:function``, was imported from; None if there is none."""
    file = getattr(sys.modules.get(path.partition(":")[0]), "__file__", None)
    return None if file is None else hashlib.sha256(Path(file).read_bytes()).hexdigest()


def _module(name: str, folder: Path) -> ModuleType:
    """The module of this name; one in the job's folder comes first, as its file is now."""
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
    file = folder / f"{name}.py"
    if not file.is_file():
        return importlib.import_module(name)
    module = _executed(name, file, file.read_bytes())
    sys.modules[name] = module
    return module


@functools.lru_cache(maxsize=32)
def _executed(name: str, file: Path, content: bytes) -> ModuleType:
    # `import` would give what it has by that name: another job's module, or this one before it was changed.
    module = ModuleType(name)
    module.__file__ = str(file)
    sys.modules[name] = module  # for what looks itself up while it is imported, such as dataclasses
    exec(compile(content, str(file), "exec"), module.__dict__)
    return module
