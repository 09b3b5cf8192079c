"""The kind `minimize`: rows of the input become objectives, minima become rows of the result table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from batchopt.inputs import Layout, ProblemTable
from batchopt.job.minimize import ConstraintSection, MinimizeJob, MinimizeSolverSection, ObjectiveSection
from batchopt.kinds.function import Function, source_hash
from batchopt.kinds.search_table import COMMON, check_names
from batchopt.kinds.unknowns import Unknowns

OWN_COLUMNS = (*COMMON, "fun", "jac_norm", "constraint_violation", "hess_inv")


@dataclass(frozen=True)
class Minimize:
    """A job of minimizations, resolved against the columns of its input."""

    objective: ObjectiveSection
    unknowns: Unknowns
    constraints: tuple[ConstraintSection, ...]
    solver: MinimizeSolverSection
    key: tuple[str, ...]
    folder: Path

    @classmethod
    def of(cls, job: MinimizeJob, columns: Sequence[str]) -> "Minimize":
        """Resolve a job.

        Raises
        ------
        JobError
            If its expressions have names that there are not, or a function cannot be imported.
        """
        texts = {"objective.expression": job.objective.expression}
        limits: dict[str, Any] = {}
        for i, constraint in enumerate(job.constraints):
            texts[f"constraints[{i}].expression"] = constraint.expression
            limits |= {f"constraints[{i}].{side}": getattr(constraint, side) for side in ("lower", "upper")}
        unknowns = Unknowns.of(
            job.variables,
            job.constants,
            {field: text for field, text in texts.items() if text is not None},
            limits,
            job.objective.arguments,
            columns,
        )
        kind = cls(
            job.objective, unknowns, tuple(job.constraints), job.solver, tuple(job.input.key), job.folder
        )
        check_names(unknowns.names, kind.key, OWN_COLUMNS)
        for path in kind.functions.values():
            Function(path, job.folder).load()
        return kind

    @property
    def functions(self) -> dict[str, str]:
        """Job field -> the path of a function."""
        paths = {
            f"objective.{name}": getattr(self.objective, name) for name in ("function", "gradient", "hessian")
        }
        paths |= {f"constraints[{i}].function": part.function for i, part in enumerate(self.constraints)}
        return {field: path for field, path in paths.items() if path is not None}

    @property
    def layout(self) -> Layout:
        """A row of the input is a problem."""
        return "nested"

    @property
    def about(self) -> Mapping[str, Sequence[str] | int]:
        """The variables, by name, and how many constraints there are."""
        return {"variables": self.unknowns.names, "constraints": len(self.constraints)}

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

    def informed(self, distinct: Mapping[str, Sequence[Any]]) -> "Minimize":  # noqa: ARG002 - as of all kinds
        """Return the kind as it is."""
        return self

    def solve(self, table: ProblemTable) -> Any:
        """Solve every problem; a row each, in order, without `seconds` and `attempt`."""
        from batchopt.kinds.minimize_solve import solve  # Numba comes with it, which a driver has no use for

        return solve(self, table)
