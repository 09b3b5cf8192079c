"""A template: one linear program in a file, whose variables and rows have names."""

import difflib
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from batchopt.errors import InputError, JobError
from batchopt.kinds.linprog_files import read_arrays, read_model
from solvers.arrays import Array, BoolArray, IntArray
from solvers.lp.programs import Program
from solvers.lp.sparse import SparseRows


@dataclass(frozen=True)
class Template:
    """A linear program, the inequalities first, and its names."""

    program: Program
    m_ub: int
    offset: float  # a constant in the objective
    variables: tuple[str, ...]  # (n,)
    rows: tuple[str, ...]  # (m,)

    def variable(self, name: str, field: str) -> int:
        """The place of a variable; JobError if there is none of this name."""
        return _place(name, self.variables, f"{field}: among variables")

    def row(self, name: str, field: str) -> int:
        """The place of a row; JobError if there is none of this name."""
        return _place(name, self.rows, f"{field}: among rows")

    def faults(self) -> Iterator[str]:
        """What is wrong with the numbers, with the names of the places."""
        p = self.program
        for what, bad, names in (
            ("cost of {} is not finite", ~np.isfinite(p.c), self.variables),
            ("bounds of {} are no bounds", _no_interval(p.lower, p.upper), self.variables),
            ("bounds of row {} are no bounds", _no_interval(p.row_lower, p.row_upper), self.rows),
        ):
            yield from (what.format(repr(names[i])) for i in np.flatnonzero(bad))
        for entry in np.flatnonzero(~np.isfinite(p.A.data)):
            row = int(np.searchsorted(p.A.indptr, entry, side="right")) - 1
            variable = self.variables[p.A.indices[entry]]
            yield f"coefficient of {variable!r} in row {self.rows[row]!r} is not finite"


@dataclass(frozen=True)
class TemplateFile:
    """Where a template is, and what shows that it is still the same; sent with tasks instead of it."""

    path: str
    digest: str

    @classmethod
    def at(cls, path: Path) -> "TemplateFile":
        """Take a file.

        Raises
        ------
        JobError
            If it cannot be read, or holds no linear program.
        """
        file = cls(str(path), _digest(path))
        file.load()
        return file

    def load(self) -> Template:
        """Read it, once a process.

        Raises
        ------
        JobError
            If it holds no linear program.
        InputError
            If it has changed since the run began.
        """
        return _load(self)


@lru_cache(maxsize=4)
def _load(file: TemplateFile) -> Template:
    path = Path(file.path)
    if _digest(path) != file.digest:
        raise InputError(f"{path} has changed since the run began: start a new run")
    try:
        template = _checked(read_arrays(path) if path.suffix == ".npz" else read_model(path))
    except ValueError as error:
        raise JobError(f"template.path: {path}: {error}") from None
    return template


def _checked(read: tuple[Program, float, Sequence[str], Sequence[str]]) -> Template:
    """Put the inequalities first, and compare numbers and names."""
    program, offset, variables, rows = read
    equation = program.row_lower == program.row_upper
    order = np.argsort(equation, kind="stable")
    template = Template(
        Program(
            program.c,
            _rows_of(program.A, order),
            program.row_lower[order],
            program.row_upper[order],
            program.lower,
            program.upper,
        ),
        int((~equation).sum()),
        offset,
        tuple(variables),
        tuple(rows[i] for i in order),
    )
    if not variables:
        raise ValueError("it has no variables")
    for what, names in (("variable", template.variables), ("row", template.rows)):
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise ValueError(f"there are two {what}s {twice!r}; give each a name of its own")
    for fault in template.faults():
        raise ValueError(f"the {fault}; correct it")
    return template


def _no_interval(lower: Array, upper: Array) -> BoolArray:
    none: BoolArray = ~(lower <= upper) | (lower == np.inf) | (upper == -np.inf)
    return none


def _rows_of(A: SparseRows, order: IntArray) -> SparseRows:
    """The rows of a matrix in this order."""
    counts = np.diff(A.indptr)[order]
    entries = np.concatenate([np.arange(A.indptr[i], A.indptr[i + 1]) for i in order] or [np.zeros(0, int)])
    indptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    return SparseRows(A.shape, indptr, A.indices[entries], A.data[entries])


def _place(name: str, names: Sequence[str], where: str) -> int:
    if name not in names:
        raise JobError(f"{where}, {unknown(name, names)}")
    return names.index(name)


def unknown(name: str, names: Sequence[str]) -> str:
    """Say that there is no such name, and which was meant or there are."""
    close = difflib.get_close_matches(name, names, n=1)
    listed = ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
    return f"the template has no {name!r}; " + (
        f"did you mean {close[0]!r}?" if close else f"there are {listed}"
    )


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise JobError(f"template.path: {path}: {error.strerror}; give a file that can be read") from None
