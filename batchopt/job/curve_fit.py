"""The job file of curve fits."""

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
from batchopt.job.sections import (
    Column,
    InputSection,
    JobSection,
    Name,
    Names,
    Number,
    Section,
    different,
    is_column,
)

#: Names for all problems, or a column of lists with those of each.
NamesOrColumn = Annotated[
    Annotated[list[Name], Field(min_length=1), AfterValidator(different), Tag("<other>")]
    | Annotated[Column, Tag("<column>")],
    Discriminator(is_column),
]


def _form_of_start(value: Any) -> str | None:
    """Tell the forms of a start apart; a table with a text named `column` is a column of lists."""
    if isinstance(value, Column) or (isinstance(value, dict) and isinstance(value.get("column"), str)):
        return "<column>"
    return "<table>" if isinstance(value, dict) else "<word>" if value == "guess" else None


Start = Annotated[
    Annotated[Literal["guess"], Tag("<word>")]
    | Annotated[Column, Tag("<column>")]
    | Annotated[dict[str, Number], Tag("<table>")],
    Discriminator(
        _form_of_start,
        custom_error_type="start",
        custom_error_message='give "guess", a table of numbers or columns, or { column = "..." }',
    ),
]


class CurveFitKind(JobSection):
    """What the job is."""

    kind: Literal["curve_fit"] = "curve_fit"
    """What sort of problem."""


class CurveInputSection(InputSection):
    """The table of problems."""

    layout: Literal["long", "nested"] = "long"
    """long: one row a measurement; nested: one row a problem, measurements in list columns."""
    x: Names
    """The independent variables; expressions call them x, or x1, x2, ..., or by their own names."""
    y: Name
    """What is measured."""
    sigma: Name | None = None
    """Standard deviations of y."""


class ModelSection(Section):
    """The curve: one of expression, name, function, column and candidates."""

    expression: Name | None = None
    """Such as "a*exp(-b*x) + c"; its names are parameters, x, and columns of the input."""
    name: Name | None = None
    """A named model, such as "hill"."""
    function: Annotated[str, Field(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")] | None = None
    """package.module:function, called as f(x, *parameters); found in the job file's folder, too."""
    column: Name | None = None
    """A column with each problem's model, an expression or a name."""
    candidates: Annotated[list[Name], Field(min_length=1), AfterValidator(different)] | None = None
    """Models to select from for each problem, expressions or names; the simplest first."""
    select: Literal["aic", "aicc", "bic"] | None = None
    """The criterion by which the best of the candidates is selected; left out: aicc."""
    parameters: NamesOrColumn | None = None
    """The parameters in order; with a model column, a column of lists with each problem's."""
    start: Start | None = None
    """A number or column a parameter; a column of lists; or "guess", a named model's own.

    What is left out, or not in the table, is guessed for a named model and its formula, and 1 for any other.
    """
    bounds: dict[str, Annotated[tuple[float, float], Strict(False)]] = Field(default={})
    """[lower, upper] of a parameter; inf and -inf where there is none."""
    fixed: dict[str, Number] = Field(default={})
    """Parameters that are not fitted, and their values."""
    tied: dict[str, Name] = Field(default={})
    """Parameters that follow from others, and their formulas: { b = "2*a" }."""

    @model_validator(mode="after")
    def _one_model(self) -> Self:
        forms = ("expression", "name", "function", "column", "candidates")
        given = [name for name in forms if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"give exactly one of {', '.join(forms)}, got {' and '.join(given) or 'none'}")
        if isinstance(self.parameters, Column) and self.column is None:
            raise ValueError("parameters = { column = ... } goes with a model column; else list the names")
        if self.candidates is None and self.select is not None:
            raise ValueError("select goes with candidates; leave it out, or give candidates")
        if self.candidates is not None and (self.parameters is not None or isinstance(self.start, Column)):
            raise ValueError(
                "parameters, and start = { column = ... }, are of one model, but there are candidates; "
                "leave them out, or give a table of starts"
            )
        return self

    @field_validator("bounds")
    @classmethod
    def _lower_below_upper(cls, value: dict[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
        for name, (lower, upper) in value.items():
            if not lower < upper:
                raise ValueError(f"the lower bound of {name} must be below the upper, got [{lower}, {upper}]")
        return value


Tolerance = Annotated[FiniteFloat, Field(ge=0.0)]


class SolverSection(Section):
    """How to solve."""

    method: Literal["lm", "trf", "dogbox"] | None = None
    """Left out: lm without bounds, trf with them."""
    max_nfev: Annotated[int, Field(ge=1)] | None = None
    """Evaluations a problem; left out: 100 (n + 1)."""
    ftol: Tolerance = 1e-10
    """Converged: a step changes the cost by less than this share of it."""
    xtol: Tolerance = 1e-10
    """Converged: a step moves the scaled unknowns by less than this share of them."""
    gtol: Tolerance = 1e-10
    """Converged: no column of the Jacobian makes a larger cosine than this with the residuals."""
    absolute_sigma: bool = False
    """Whether sigma is in the units of y; if not, the covariance is scaled to a reduced chi-square of 1."""
    starts: Annotated[int, Field(ge=1)] = 1
    """How many starts each problem has, further ones drawn from its key; the best end is kept."""
    jac: Literal["2-point", "3-point", "cs"] = "2-point"
    """Differences for the derivatives of a function; expressions and named models have exact ones."""
    estimator: Literal["least_squares", "poisson"] = "least_squares"
    """poisson: y are counts, the model is their expectation; maximum likelihood."""
    loss: Literal["linear", "soft_l1", "huber", "cauchy", "arctan"] = "linear"
    """What stands for the square of residuals, so that outliers count less."""
    f_scale: Annotated[FiniteFloat, Field(gt=0.0)] = 1.0
    """Size of the residuals, in units of sigma, at which the loss starts to bend."""
    residual_scale: Literal["rms", "robust"] = "rms"
    """What scales the covariance: the root mean square of the residuals, or their median size."""
    confidence: Annotated[float, Field(gt=0.0, lt=1.0)] | None = None
    """Level of confidence intervals, such as 0.95: columns <parameter>_low and <parameter>_high."""
    intervals: Literal["covariance", "profile"] = "covariance"
    """From the covariance; or by profile likelihood, at the price of some ten fits a parameter."""


class RescueSection(Section):
    """Second chances for problems that did not converge; without this section there are none."""

    starts: Annotated[int, Field(ge=0)] = 8
    """How many other starts, drawn for each problem from its key."""
    methods: Annotated[list[Literal["lm", "trf", "dogbox"]], AfterValidator(different)] = Field(
        default=["lm", "trf"], min_length=1
    )
    """Which methods, in the order of trying; lm is left out where there are bounds."""
    max_nfev: Annotated[int, Field(ge=1)] | None = None
    """Evaluations an attempt; left out: those of the solver."""


class CurveFitJob(Job):
    """A job file of curve fits."""

    job: CurveFitKind
    """What the job is."""
    input: CurveInputSection
    """The table of problems."""
    model: ModelSection
    """The curve: one of expression, name, function, column and candidates."""
    solver: SolverSection = SolverSection()
    """How to solve."""
    rescue: RescueSection | None = None
    """Second chances for problems that did not converge."""
