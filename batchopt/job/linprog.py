"""The job file of linear programs: parts by column, or a template and what each row changes in it."""

import math
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    FiniteFloat,
    Strict,
    Tag,
    field_validator,
    model_validator,
)

from batchopt.job.base import Job
from batchopt.job.sections import JobSection, Name, Section, different


def _not_nan(value: float) -> float:
    if math.isnan(value):
        raise ValueError("input should be a number; inf or -inf where there is no bound")
    return value


def _form(value: Any) -> str:
    return "<column>" if isinstance(value, str) else "<constant>"


def _number_or_list(value: Any) -> str:
    return "<list>" if isinstance(value, list) else "<number>"


def _pair_or_pairs(value: Any) -> str:
    nested = isinstance(value, list) and all(isinstance(pair, list | tuple) for pair in value)
    return "<pairs>" if nested else "<pair>"


Bound = Annotated[float, AfterValidator(_not_nan)]
Pair = Annotated[tuple[Bound, Bound], Strict(False)]
Vector = list[FiniteFloat]
Matrix = Annotated[list[Vector], Field(min_length=1)]
Bounds = Annotated[
    Annotated[Bound, Tag("<number>")] | Annotated[list[Bound], Tag("<list>")], Discriminator(_number_or_list)
]
Pairs = Annotated[
    Annotated[Pair, Tag("<pair>")] | Annotated[list[Pair], Tag("<pairs>")], Discriminator(_pair_or_pairs)
]

#: A column, by its name.
_Column = Annotated[Name, Tag("<column>")]
#: A column, or what is the same for all problems.
VectorPart = Annotated[_Column | Annotated[Vector, Tag("<constant>")], Discriminator(_form)]
MatrixPart = Annotated[_Column | Annotated[Matrix, Tag("<constant>")], Discriminator(_form)]
BoundsPart = Annotated[_Column | Annotated[Bounds, Tag("<constant>")], Discriminator(_form)]
PairsPart = Annotated[_Column | Annotated[Pairs, Tag("<constant>")], Discriminator(_form)]
#: What problems change in a template, by the name of a variable or row.
Overrides = dict[str, Annotated[_Column | Annotated[Bound, Tag("<constant>")], Discriminator(_form)]]


class LinprogKind(JobSection):
    """What the job is."""

    kind: Literal["linprog"]
    """What sort of problem."""


class ProblemSection(Section):
    """minimize c x, subject to A_ub x <= b_ub, A_eq x = b_eq, lower <= x <= upper.

    A text is a column of the input, numbers are the same for all problems.
    """

    c: VectorPart
    """Costs: lists of n numbers."""
    A_ub: MatrixPart | None = None
    """Inequalities: lists of m*n numbers, row by row; of m lists; or structs of indptr, indices, data."""
    b_ub: VectorPart | None = None
    """Their right-hand sides: lists of m numbers."""
    A_eq: MatrixPart | None = None
    """Equations, as A_ub."""
    b_eq: VectorPart | None = None
    """Their right-hand sides."""
    lower: BoundsPart | None = None
    """Lower bounds: lists of n numbers, null or -inf where there is none; or a number. Left out: 0."""
    upper: BoundsPart | None = None
    """Upper bounds: lists of n numbers, null or inf where there is none; or a number. Left out: none."""
    bounds: PairsPart | None = None
    """Instead of lower and upper: lists of n pairs, or 2*n numbers; or one pair."""
    integrality: VectorPart | None = None
    """Which variables are integers: lists of n numbers; rows with one that is not 0 are bad input."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        for a, b in (("A_ub", "b_ub"), ("A_eq", "b_eq")):
            if (getattr(self, a) is None) != (getattr(self, b) is None):
                given, other = (a, b) if getattr(self, b) is None else (b, a)
                raise ValueError(f"give {other}, too; got only {given}")
        if self.bounds is not None and (self.lower is not None or self.upper is not None):
            raise ValueError("bounds stand for lower and upper; got both, give one of them")
        for names, sizes in (
            ("variables", [*self._widths()]),
            ("inequalities", [*self._heights("A_ub", "b_ub")]),
            ("equations", [*self._heights("A_eq", "b_eq")]),
        ):
            for field, size in sizes:
                if size != sizes[0][1]:
                    first, expected = sizes[0]
                    raise ValueError(f"got {field} for {size} {names}, but {first} for {expected}")
        for lower, upper in self._intervals():
            if lower > upper or lower == math.inf or upper == -math.inf:
                raise ValueError(f"got bounds [{lower:g}, {upper:g}], between which nothing is; correct them")
        return self

    def _intervals(self) -> Iterator[tuple[float, float]]:
        """The bounds that all problems have, as far as they stand in the job."""
        if isinstance(self.bounds, tuple):
            yield self.bounds
        elif isinstance(self.bounds, list):
            yield from self.bounds
        elif self.bounds is None:
            lower = math.nan if isinstance(self.lower, str) else 0.0 if self.lower is None else self.lower
            upper = (
                math.nan if isinstance(self.upper, str) else math.inf if self.upper is None else self.upper
            )
            size = max(len(part) if isinstance(part, list) else 1 for part in (lower, upper))
            each = (part if isinstance(part, list) else [part] * size for part in (lower, upper))
            yield from zip(*each, strict=True)

    @field_validator("integrality")
    @classmethod
    def _continuous(cls, value: Any) -> Any:
        if isinstance(value, list) and any(value):
            raise ValueError(f"only linear programs are solved, without integers; got {value}, leave it out")
        return value

    @field_validator("A_ub", "A_eq")
    @classmethod
    def _rectangular(cls, value: Any) -> Any:
        if isinstance(value, list) and len({len(row) for row in value}) != 1:
            raise ValueError(f"rows must have one length, got {', '.join(str(len(row)) for row in value)}")
        return value

    def _widths(self) -> Iterator[tuple[str, int]]:
        for field in ("c", "A_ub", "A_eq", "lower", "upper", "bounds"):
            value = getattr(self, field)
            if field.startswith("A") and isinstance(value, list):
                yield field, len(value[0])
            elif isinstance(value, list):
                yield field, len(value)

    def _heights(self, *fields: str) -> Iterator[tuple[str, int]]:
        yield from ((f, len(getattr(self, f))) for f in fields if isinstance(getattr(self, f), list))


class TemplateSection(Section):
    """A linear program in a file, and what each problem changes in it.

    What is changed has its name in the template; a text is a column of the input, a number is for all.
    """

    path: Annotated[str, Field(pattern=r"\.(mps|mps\.gz|lp|npz)$")]
    """A .mps, .mps.gz, .lp or .npz file, where all workers can read it; relative to the job file's folder."""
    cost: Overrides = Field(default={})
    """Costs of variables."""
    rhs: Overrides = Field(default={})
    """Right-hand sides of rows: of the bound that the row has, or of both if it is an equation."""
    row_lower: Overrides = Field(default={})
    """Lower bounds of inequalities."""
    row_upper: Overrides = Field(default={})
    """Upper bounds of inequalities."""
    lower: Overrides = Field(default={})
    """Lower bounds of variables."""
    upper: Overrides = Field(default={})
    """Upper bounds of variables."""
    coefficient: dict[str, Overrides] = Field(default={})
    """Coefficients: a table a row, of variables."""
    warm_start: bool = True
    """Whether every problem starts from the optimal basis of the template."""
    columns: Annotated[list[Name], AfterValidator(different)] = Field(default=[])
    """Variables and rows with columns of their own in the result: x.NAME, and marginal.NAME."""


class LinprogSolverSection(Section):
    """How to solve."""

    method: Literal["simplex", "highs", "highs-ds", "highs-ipm"] | None = None
    """Left out: the simplex for small problems, HiGHS for large ones and where no certificate holds."""
    maxiter: Annotated[int, Field(ge=1)] | None = None
    """Iterations a problem; left out: the method's own limit."""
    time_limit: Annotated[FiniteFloat, Field(gt=0.0)] | None = None
    """Seconds a problem; left out: none. Which problems it stops depends on the machine."""


class LinprogJob(Job):
    """A job file of linear programs."""

    job: LinprogKind
    """What the job is."""
    problem: ProblemSection | None = None
    """The parts of each problem; or else a template."""
    template: TemplateSection | None = None
    """A linear program in a file, and what each problem changes in it."""
    solver: LinprogSolverSection = LinprogSolverSection()
    """How to solve."""

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if (self.problem is None) == (self.template is None):
            got = "neither" if self.problem is None else "both"
            raise ValueError(f"a linprog job has either [problem] or [template], got {got}")
        return self
