"""The kind `linprog`: rows of the input become linear programs, their answers rows of the result table."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from batchopt.errors import JobError
from batchopt.inputs import Layout, ProblemTable
from batchopt.inputs.columns import is_number
from batchopt.job.linprog import LinprogJob, LinprogSolverSection, ProblemSection
from batchopt.kinds.linprog_lists import is_csr, is_nested, is_vector
from batchopt.kinds.linprog_overrides import Override, apply, resolve
from batchopt.kinds.linprog_table import OWN_COLUMNS, named_columns
from batchopt.kinds.linprog_template import Template, TemplateFile


@dataclass(frozen=True)
class JobTemplate:
    """A job's template: where it is, and what is changed in it; sent with tasks instead of the programs."""

    file: TemplateFile
    overrides: tuple[Override, ...]
    warm_start: bool
    columns: tuple[str, ...]  # variables and rows with columns of their own

    def load(self) -> Template:
        """The template, with the numbers that the job changes for all problems."""
        return apply(self.file.load(), self.overrides)


@dataclass(frozen=True)
class Linprog:
    """A job of linear programs, resolved against its template if it has one."""

    problem: ProblemSection | None
    template: JobTemplate | None
    solver: LinprogSolverSection
    key: tuple[str, ...]

    @classmethod
    def of(cls, job: LinprogJob) -> "Linprog":
        """Resolve a job.

        Raises
        ------
        JobError
            If its template is no linear program, or has not what the job names.
        """
        template, section = None, job.template
        own = {*OWN_COLUMNS, "seconds", "attempt"}
        if section is not None:
            file = TemplateFile.at(job.folder / section.path)
            overrides = resolve(section, file.load())
            template = JobTemplate(file, overrides, section.warm_start, tuple(section.columns))
            own |= {*named_columns(file.load(), section.columns)}
        for name in job.input.key:
            if name in own:
                raise JobError(f"input.key: {name!r} is also a column of the result table; rename it")
        return cls(job.problem, template, job.solver, tuple(job.input.key))

    @property
    def layout(self) -> Layout:
        """A row of the input is a problem."""
        return "nested"

    @property
    def about(self) -> Mapping[str, Sequence[str] | int]:
        """The size of the template, where there is one; else the parts."""
        if self.template is None:
            return {"parts": tuple(field.partition(".")[2] for field in self.rows)}
        template = self.template.load()
        sizes = {"inequalities": template.m_ub, "equations": len(template.rows) - template.m_ub}
        return {"variables": len(template.variables), **sizes, "overrides": len(self.template.overrides)}

    @property
    def hashes(self) -> Mapping[str, str | None]:
        """Of the template's file."""
        return {} if self.template is None else {"template_file": self.template.file.digest}

    @property
    def libraries(self) -> Sequence[str]:
        """The compiled kernels' own, and HiGHS."""
        return ("numpy", "numba", "highspy")

    @property
    def points(self) -> Mapping[str, str]:
        """None: a row is a problem."""
        return {}

    @property
    def rows(self) -> Mapping[str, str]:
        """Job field to column: the parts, or what is changed in the template."""
        if self.template is not None:
            return {o.field: o.value for o in self.template.overrides if isinstance(o.value, str)}
        parts = {} if self.problem is None else {f"problem.{name}": part for name, part in self.problem}
        return {field: part for field, part in parts.items() if isinstance(part, str)}

    def check_types(self, schema: Any) -> None:
        """Raise JobError if a column has, in this pyarrow.Schema, a type that is of no use."""
        for field, column in self.rows.items():
            kind = schema.field(column).type
            tests, wanted = _wanted(field)
            if not pa.types.is_null(kind) and not any(test(kind) for test in tests):
                raise JobError(f"{field}: column {column!r} holds {kind}; it must hold {wanted}")

    @property
    def distinct(self) -> Sequence[str]:
        """None: nothing of the data need be known beforehand."""
        return ()

    def informed(self, distinct: Mapping[str, Sequence[Any]]) -> "Linprog":  # noqa: ARG002 - as of all kinds
        """Return the kind as it is."""
        return self

    def solve(self, table: ProblemTable) -> Any:
        """Solve every problem; a row each, in order, without `seconds` and `attempt`."""
        from batchopt.kinds.linprog_solve import solve  # Numba comes with it, which a driver has no use for

        return solve(self, table)


def _wanted(field: str) -> tuple[tuple[Callable[[Any], bool], ...], str]:
    """Tests for the types that a field's column may have, and their name for people."""
    if field.startswith("template."):
        return (is_number,), "numbers"
    if field.startswith("problem.A_"):
        forms = "lists of numbers, lists of lists, or structs of the lists indptr, indices and data"
        return (is_vector, is_nested, is_csr), forms
    if field == "problem.bounds":
        return (is_vector, is_nested), "lists of pairs, or of 2*n numbers"
    return (is_vector,), "lists of numbers"
