"""The job file of minimizations."""

from typing import Literal, Self

from pydantic import Field, FiniteFloat, model_validator

from batchopt.job.base import Job
from batchopt.job.sections import JobSection, Name, Section
from batchopt.job.unknowns import Amount, FunctionFields, FunctionPath, SearchSection, Variables, one_form


class MinimizeKind(JobSection):
    """What the job is."""

    kind: Literal["minimize"]
    """What sort of problem."""


class ObjectiveSection(FunctionFields):
    """What is minimized: expression or function."""

    expression: Name | None = None
    """Such as "(a - x0)**2 + (x1 - x0**2)**2"; its names are variables, constants and columns."""
    gradient: FunctionPath | None = None
    """Of a function: its gradient, (b, n); left out: differences."""
    hessian: FunctionPath | None = None
    """Of a function: its Hessian, (b, n, n)."""

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        one_form(self.expression, self.function, self.arguments, "expression")
        if self.function is None and (self.gradient or self.hessian):
            raise ValueError("an expression has exact derivatives; leave gradient and hessian out")
        return self


class ConstraintSection(Section):
    """A constraint: lower <= expression <= upper, or that of a function; equal limits make an equation."""

    expression: Name | None = None
    """Beside an objective that is an expression."""
    function: FunctionPath | None = None
    """Beside an objective that is a function: its values, (b,) or (b, m)."""
    lower: Amount | None = None
    """Left out: none."""
    upper: Amount | None = None
    """Left out: none."""

    @model_validator(mode="after")
    def _limited(self) -> Self:
        one_form(self.expression, self.function, (), "expression")
        if self.lower is None and self.upper is None:
            raise ValueError("give lower, upper or both")
        return self


class MinimizeSolverSection(SearchSection):
    """How to solve."""

    method: (
        Literal[
            "Nelder-Mead", "Powell", "CG", "BFGS", "Newton-CG", "L-BFGS-B", "TNC", "SLSQP", "COBYLA",
            "COBYQA", "trust-constr", "dogleg", "trust-ncg", "trust-krylov", "trust-exact",
        ]
        | None
    ) = None  # fmt: skip
    """Left out: SLSQP with constraints, L-BFGS-B with bounds, BFGS without."""
    hess_inv: bool = False
    """Whether to keep the inverse Hessian of methods that build one up, row-major."""


class MinimizeJob(Job):
    """A job file of minimizations."""

    job: MinimizeKind
    """What the job is."""
    objective: ObjectiveSection
    """What is minimized."""
    variables: Variables
    """The unknowns, in order: a start, or a table of start, lower and upper each."""
    constants: dict[Name, FiniteFloat] = Field(default={})
    """Names that expressions may use, the same for all problems."""
    constraints: list[ConstraintSection] = Field(default=[])
    """What the answer must fulfil, beside bounds."""
    solver: MinimizeSolverSection = MinimizeSolverSection()
    """How to solve."""

    @model_validator(mode="after")
    def _one_sort(self) -> Self:
        for constraint in self.constraints:
            if (constraint.function is None) != (self.objective.function is None):
                mine, other = ("expression", "function")[:: 1 if self.objective.function is None else -1]
                raise ValueError(
                    f"got constraints by {other} and the objective by {mine}; give them by {mine}"
                )
        return self
