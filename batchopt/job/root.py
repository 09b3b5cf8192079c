"""The job file of systems of equations."""

from typing import Annotated, Literal, Self

from pydantic import Field, FiniteFloat, model_validator

from batchopt.job.base import Job
from batchopt.job.sections import JobSection, Name, Names
from batchopt.job.unknowns import FunctionFields, FunctionPath, SearchSection, Variables, one_form


class RootKind(JobSection):
    """What the job is."""

    kind: Literal["root"]
    """What sort of problem."""


class EquationsSection(FunctionFields):
    """What shall be zero: expressions or a function."""

    expressions: Names | None = None
    """One for each unknown, such as ["x*y - a", "x + y - b"]; names are variables, constants and columns."""
    jacobian: FunctionPath | None = None
    """Of a function: its Jacobian, (b, n, n); left out: differences."""

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        one_form(self.expressions, self.function, self.arguments, "expressions")
        if self.function is None and self.jacobian:
            raise ValueError("expressions have exact derivatives; leave jacobian out")
        return self


class RootSolverSection(SearchSection):
    """How to solve."""

    method: Literal[
        "hybr", "lm", "broyden1", "broyden2", "anderson", "linearmixing", "diagbroyden", "excitingmixing",
        "krylov", "df-sane",
    ] = "hybr"  # fmt: skip
    """SciPy's name."""
    residual_tol: Annotated[FiniteFloat, Field(gt=0.0)] = 1e-6
    """An answer whose residuals, each as a share of the size of its terms, are larger is none."""


class RootJob(Job):
    """A job file of systems of equations."""

    job: RootKind
    """What the job is."""
    equations: EquationsSection
    """What shall be zero."""
    variables: Variables
    """The unknowns, in order: a start, or a table of start, lower and upper each."""
    constants: dict[Name, FiniteFloat] = Field(default={})
    """Names that expressions may use, the same for all problems."""
    solver: RootSolverSection = RootSolverSection()
    """How to solve."""

    @model_validator(mode="after")
    def _square(self) -> Self:
        count, n = len(self.equations.expressions or ()), len(self.variables)
        if count and count != n and not (self.solver.method == "lm" and count > n):
            raise ValueError(
                f"equations.expressions: got {count} for {n} variables; give one each, or more "
                'with solver.method = "lm"'
            )
        return self
