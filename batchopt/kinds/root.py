"""The kind `root`: rows of the input become systems of equations, roots become rows of the result table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from batchopt.inputs import Layout, ProblemTable
from batchopt.job.root import EquationsSection, RootJob, RootSolverSection
from batchopt.kinds.function import Function, source_hash
from batchopt.kinds.search_table import COMMON, check_names
from batchopt.kinds.unknowns import Unknowns

OWN_COLUMNS = (*COMMON, "residual_norm", "jac_condition")


@dataclass(frozen=True)
class Root:
    """A job of systems of equations, resolved against the columns of its input."""

    equations: EquationsSection
    unknowns: Unknowns
    solver: RootSolverSection
    key: tuple[str, ...]
    folder: Path

    @classmethod
    def of(cls, job: RootJob, columns: Sequence[str]) -> "Root":
        """Resolve a job.

        Raises
        ------
        JobError
            If its expressions have names that there are not, or a function cannot be imported.
        """
        texts = {
            f"equations.expressions[{i}]": text for i, text in enumerate(job.equations.expressions or ())
        }
        unknowns = Unknowns.of(job.variables, job.constants, texts, {}, job.equations.arguments, columns)
        kind = cls(job.equations, unknowns, job.solver, tuple(job.input.key), job.folder)
        check_names(unknowns.names, kind.key, OWN_COLUMNS)
        for path in kind.functions.values():
            Function(path, job.folder).load()
        return kind

    @property
    def functions(self) -> dict[str, str]:
        """Job field -> the path of a function."""
        paths = {f"equations.{name}": getattr(self.equations, name) for name in ("function", "jacobian")}
        return {field: path for field, path in paths.items() if path is not None}

    @property
    def layout(self) -> Layout:
        """A row of the input is a problem."""
        return "nested"

    @property
    def about(self) -> Mapping[str, Sequence[str] | int]:
        """The variables, by name."""
        return {"variables": self.unknowns.names}

    @property
    def hashes(self) -> Mapping[str, str | None]:
        """Of the files that functions are in."""
        return {field: source_hash(path) for field, path in self.functions.items()}

    @property
    def libraries(self) -> Sequence[str]:
        """The compiled kernels' own."""
        return ("numpy", "numba")

    @property
    def points(self) -> Mapping[str, str]:
        """None: a row is a problem."""
        return {}

    @property
    def rows(self) -> Mapping[str, str]:
        """Job field to column: what expressions read, and what functions are handed."""
        return dict(self.unknowns.fields)

    def check_types(self, schema: Any) -> None:
        """Raise JobError if a column has, in this pyarrow.Schema, a type that is of no use."""
        self.unknowns.check_types(schema)

    @property
    def distinct(self) -> Sequence[str]:
        """None: nothing of the data need be known beforehand."""
        return ()

    def informed(self, distinct: Mapping[str, Sequence[Any]]) -> "Root":  # noqa: ARG002 - as of all kinds
        """Return the kind as it is."""
        return self

    def solve(self, table: ProblemTable) -> Any:
        """Solve every system; a row each, in order, without `seconds` and `attempt`."""
        from batchopt.kinds.root_solve import solve  # Numba comes with it, which a driver has no use for

        return solve(self, table)
