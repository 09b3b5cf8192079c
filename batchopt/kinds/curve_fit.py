"""The kind `curve_fit`: rows of the input become data sets, fits become rows of the result table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from batchopt.errors import JobError
from batchopt.inputs import Layout, ProblemTable
from batchopt.inputs.columns import is_list, is_number, is_number_list
from batchopt.job import CurveFitJob
from batchopt.job.curve_fit import ModelSection, SolverSection
from batchopt.job.sections import Column
from batchopt.kinds.curve_models import JobModel, Names, job_models, named_or_written, natural_order
from batchopt.kinds.curve_rules import check_models, check_rescue, check_solver
from batchopt.kinds.curve_table import ENDS, OWN_COLUMNS
from batchopt.kinds.function import source_hash
from solvers import Rescue


@dataclass(frozen=True)
class CurveFit:
    """A curve-fitting job, resolved against the columns of its input."""

    section: ModelSection
    solver: SolverSection
    rescue: Rescue | None
    key: tuple[str, ...]
    layout: Layout
    y: str
    sigma: str | None
    names: Names
    models: dict[str, JobModel]  # by label; none before a model column has been read

    @classmethod
    def of(cls, job: CurveFitJob, columns: Sequence[str]) -> "CurveFit":
        """Resolve a job.

        Raises
        ------
        JobError
            If its model does not fit the input.
        """
        names = Names(tuple(job.input.x), tuple(columns))
        models = job_models(job.model, names, job.folder)
        key = tuple(job.input.key)
        rescue = None if job.rescue is None else Rescue(**job.rescue.model_dump())
        table = (key, job.input.layout, job.input.y, job.input.sigma)
        return cls(job.model, job.solver, rescue, *table, names, models).checked()

    def checked(self) -> "CurveFit":
        """Return itself, or raise JobError if what the job says of parameters does not fit its models."""
        check_solver(self.solver, self.sigma)
        check_models(list(self.models.values()), self.section, self.solver)
        if self.rescue is not None:
            check_rescue(list(self.models.values()), self.section, self.solver, self.rescue)
        own = {*OWN_COLUMNS, "seconds", "attempt"}
        own |= set() if self.section.candidates is None else {"candidates"}
        own |= {f"{name}_stderr" for name in self.parameters}
        if self.solver.confidence is not None:
            own |= {f"{name}_{end}" for name in self.parameters for end in ENDS}
        for field, names, taken in (
            ("model", self.parameters, own),
            ("input.key", self.key, own | set(self.parameters)),
        ):
            for name in names:
                if name in taken:
                    raise JobError(f"{field}: {name!r} is also a column of the result table; rename it")
        return self

    @property
    def parameters(self) -> tuple[str, ...]:
        """Of all models: as the one model orders them, or sorted."""
        if len(self.models) == 1:
            return next(iter(self.models.values())).parameters
        return natural_order([name for model in self.models.values() for name in model.parameters])

    @property
    def about(self) -> Mapping[str, Sequence[str] | int]:
        """The parameters, by name."""
        return {"parameters": self.parameters}

    @property
    def hashes(self) -> Mapping[str, str | None]:
        """Of the file that a function is in."""
        return {"function": None if self.section.function is None else source_hash(self.section.function)}

    @property
    def libraries(self) -> Sequence[str]:
        """The compiled kernels' own."""
        return ("numpy", "numba")

    @property
    def points(self) -> Mapping[str, str]:
        """Job field to column: x, y, sigma, and what else the expression reads."""
        x, several = self.names.x, len(self.names.x) > 1
        fields = {f"input.x[{i}]" if several else "input.x": column for i, column in enumerate(x)}
        fields["input.y"] = self.y
        if self.sigma is not None:
            fields["input.sigma"] = self.sigma
        others = {column for model in self.models.values() for column in model.columns} - set(fields.values())
        field = "expression" if self.section.candidates is None else "candidates"
        return fields | {f"model.{field} ({column})": column for column in sorted(others)}

    @property
    def rows(self) -> Mapping[str, str]:
        """Job field to column: starts, fixed values, and the model of each problem."""
        values: dict[str, Any] = {"parameters": self.section.parameters, "start": self.section.start}
        for field in ("start", "fixed"):
            table = getattr(self.section, field)
            values |= (
                {f"{field}.{name}": value for name, value in table.items()} if isinstance(table, dict) else {}
            )
        columns = {
            f"model.{field}": value.column for field, value in values.items() if isinstance(value, Column)
        }
        return columns if self.section.column is None else {"model.column": self.section.column, **columns}

    def check_types(self, schema: Any) -> None:
        """Raise JobError if a column of `rows` has, in this pyarrow.Schema, a type that is of no use."""
        for field, column in self.rows.items():
            kind = schema.field(column).type
            if field == "model.column":
                good, wanted = _is_text(kind), "text, a model's name or expression"
            elif field == "model.parameters":
                good, wanted = is_list(kind) and _is_text(kind.value_type), "lists of names"
            elif field == "model.start":
                good, wanted = is_number_list(kind), "lists of numbers, one a parameter"
            else:
                good, wanted = is_number(kind), "numbers"
            if not good and not pa.types.is_null(kind):
                raise JobError(f"{field}: column {column!r} holds {kind}; it must hold {wanted}")

    @property
    def distinct(self) -> Sequence[str]:
        """The model column, whose models must be known before anything is solved."""
        return () if self.section.column is None else (self.section.column,)

    def informed(self, distinct: Mapping[str, Sequence[Any]]) -> "CurveFit":
        """Return the kind that has the models of the model column."""
        if self.section.column is None:
            return self
        texts = [text for text in distinct[self.section.column] if text is not None]
        if wrong := [text for text in texts if not isinstance(text, str)]:
            raise JobError(f"model.column: {self.section.column!r} holds {wrong[0]!r}; it must hold text")
        models = named_or_written(sorted(texts), self.names, "model.column")
        others = {column for model in models.values() for column in model.columns} - set(self.names.x)
        if others:
            raise JobError(
                f"model.column: its models also read {', '.join(sorted(others))}; add them to input.x"
            )
        return replace(self, models=models).checked()

    def solve(self, table: ProblemTable) -> Any:
        """Fit every problem; a row each, in order, without `seconds` and `attempt`."""
        from batchopt.kinds.curve_solve import solve  # Numba comes with it, which a driver has no use for

        return solve(self, table)


def _is_text(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
