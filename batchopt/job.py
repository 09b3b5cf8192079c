"""The job file: what to solve, from where, how and to where; validated once, here.

Every message names the field as it stands in the file, what was got, and what to do.
"""

import difflib
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    FiniteFloat,
    PrivateAttr,
    Strict,
    Tag,
    ValidationError,
    field_validator,
    model_validator,
)

from batchopt.errors import JobError

Name = Annotated[str, Field(min_length=1)]


def _different(names: list[Any]) -> list[Any]:
    if len(set(names)) < len(names):
        raise ValueError("a name is there twice; give each once")
    return names


#: Names, or one alone without its brackets.
Names = Annotated[
    list[Name],
    Field(min_length=1),
    AfterValidator(_different),
    BeforeValidator(
        lambda value: [value] if isinstance(value, str) else value, json_schema_input_type=Name | list[Name]
    ),
]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, use_attribute_docstrings=True)


class Column(_Section):
    """A value that each problem brings along, in a column of the input."""

    column: Name
    """The column's name."""


def _is_column(value: Any) -> str:
    return "<column>" if isinstance(value, dict | Column) else "<other>"


#: A number for all problems, or a column with one for each.
Number = Annotated[
    Annotated[FiniteFloat, Tag("<other>")] | Annotated[Column, Tag("<column>")],
    Discriminator(_is_column),
]

#: Names for all problems, or a column of lists with those of each.
NamesOrColumn = Annotated[
    Annotated[list[Name], Field(min_length=1), AfterValidator(_different), Tag("<other>")]
    | Annotated[Column, Tag("<column>")],
    Discriminator(_is_column),
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


class JobSection(_Section):
    """What the job is."""

    name: Annotated[str, Field(pattern=r"^[\w.-]+$")]
    """Letters, digits, '.', '_' and '-'."""
    kind: Literal["curve_fit"] = "curve_fit"
    """What sort of problem."""
    max_failed: Annotated[float, Field(ge=0.0, le=1.0)] = 1.0
    """Share of problems that may fail before `run` ends with exit code 1."""


class InputSection(_Section):
    """The table of problems."""

    path: Names
    """Parquet files: a path, glob, folder or URL, or several; relative to the job file's folder."""
    layout: Literal["long", "nested"] = "long"
    """long: one row a measurement; nested: one row a problem, measurements in list columns."""
    key: Names
    """The columns that tell problems apart."""
    x: Names
    """The independent variables; expressions call them x, or x1, x2, ..., or by their own names."""
    y: Name
    """What is measured."""
    sigma: Name | None = None
    """Standard deviations of y."""
    memory_mb: Annotated[float, Field(gt=0.0)] = 512.0
    """What a worker may hold of the input at once."""


class ModelSection(_Section):
    """The curve: one of expression, name, function, column and candidates."""

    expression: Name | None = None
    """Such as "a*exp(-b*x) + c"; its names are parameters, x, and columns of the input."""
    name: Name | None = None
    """A named model, such as "hill"."""
    function: Annotated[str, Field(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")] | None = None
    """package.module:function, called as f(x, *parameters); found in the job file's folder, too."""
    column: Name | None = None
    """A column with each problem's model, an expression or a name."""
    candidates: Annotated[list[Name], Field(min_length=1), AfterValidator(_different)] | None = None
    """Models to select from for each problem, expressions or names; the simplest first."""
    select: Literal["aic", "aicc", "bic"] | None = None
    """The criterion by which the best of the candidates is selected; left out: aicc."""
    parameters: NamesOrColumn | None = None
    """The parameters in order; with a model column, a column of lists with each problem's."""
    start: Start | None = None
    """A number or column a parameter; a column of lists; or "guess", a named model's own.

    What is left out, or not in the table, is guessed for a named model and its formula, and 1 for any other.
    """
    bounds: dict[str, Annotated[tuple[float, float], Strict(False)]] = {}
    """[lower, upper] of a parameter; inf and -inf where there is none."""
    fixed: dict[str, Number] = {}
    """Parameters that are not fitted, and their values."""
    tied: dict[str, Name] = {}
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


class SolverSection(_Section):
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


class RescueSection(_Section):
    """Second chances for problems that did not converge; without this section there are none."""

    starts: Annotated[int, Field(ge=0)] = 8
    """How many other starts, drawn for each problem from its key."""
    methods: Annotated[
        list[Literal["lm", "trf", "dogbox"]], Field(min_length=1), AfterValidator(_different)
    ] = ["lm", "trf"]
    """Which methods, in the order of trying; lm is left out where there are bounds."""
    max_nfev: Annotated[int, Field(ge=1)] | None = None
    """Evaluations an attempt; left out: those of the solver."""


class ChunksSection(_Section):
    """How problems are handed out; none of it changes a result."""

    problems: Annotated[int, Field(ge=1)] | None = None
    """Problems a chunk; left out: as many as take `seconds`, learnt while running."""
    seconds: Annotated[float, Field(gt=0.0)] = 5.0
    """How long a chunk should take."""


class OutputSection(_Section):
    """Where run directories go."""

    path: Name
    """A folder that all workers can write to; relative to the job file's folder."""

    @field_validator("path")
    @classmethod
    def _a_folder(cls, value: str) -> str:
        if "://" in value:
            raise ValueError("run directories are kept on a file system that workers share; give a folder")
        return value


class ClusterSection(BaseModel):
    """Where to compute: address or scheduler_file of a scheduler, or the class of a cluster to start."""

    model_config = ConfigDict(
        extra="allow", strict=True, frozen=True, populate_by_name=True, use_attribute_docstrings=True
    )

    address: Name | None = None
    """tcp://host:8786"""
    scheduler_file: Name | None = None
    """The file in which a running scheduler leaves its address."""
    cluster_class: Annotated[str, Field(pattern=r"^[A-Za-z_][\w.]*\.[A-Za-z_]\w*$")] | None = Field(
        default=None, alias="class"
    )
    """package.Class of a Dask cluster; the other fields of this section are its options."""
    workers: Annotated[int, Field(ge=1)] | None = None
    """How many workers to start; left out: one a processor."""

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        places = {"address": self.address, "scheduler_file": self.scheduler_file, "class": self.cluster_class}
        given = [name for name, value in places.items() if value is not None]
        if len(given) > 1:
            raise ValueError(f"give one of address, scheduler_file and class, got {' and '.join(given)}")
        if self.model_extra and self.cluster_class is None:
            unknown = next(iter(self.model_extra))
            raise ValueError(f"unknown field {unknown!r}; options of a cluster go with its class")
        return self


class Job(_Section):
    """A job file."""

    job: JobSection
    """What the job is."""
    input: InputSection
    """The table of problems."""
    model: ModelSection
    """The curve: one of expression, name, function and column."""
    solver: SolverSection = SolverSection()
    """How to solve."""
    rescue: RescueSection | None = None
    """Second chances for problems that did not converge."""
    chunks: ChunksSection = ChunksSection()
    """How problems are handed out."""
    output: OutputSection
    """Where run directories go."""
    cluster: ClusterSection = ClusterSection()
    """Where to compute."""

    _folder: Path = PrivateAttr(default_factory=Path.cwd)

    @property
    def folder(self) -> Path:
        """What relative paths start from: the job file's folder."""
        return self._folder

    @property
    def output_path(self) -> Path:
        """The folder of run directories."""
        return self._folder / self.output.path

    @classmethod
    def load(cls, path: Path | str) -> "Job":
        """Read a job file.

        Raises
        ------
        JobError
            If it cannot be read or anything in it is wrong.
        """
        file = Path(path)
        try:
            content = tomllib.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise JobError(f"{file}: no such job file; give the path of a job.toml") from None
        except OSError as error:
            raise JobError(f"{file}: cannot be read: {error}") from error
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise JobError(f"{file}: not valid TOML: {error}") from None
        except RecursionError:
            raise JobError(f"{file}: brackets are nested too deeply for a job file") from None
        return cls.parse(content, folder=file.absolute().parent, name=str(file))

    @classmethod
    def parse(cls, content: dict[str, Any], *, folder: Path | None = None, name: str = "job") -> "Job":
        """Make a job of what a job file holds.

        Raises
        ------
        JobError
            If anything in it is wrong.
        """
        try:
            job = cls.model_validate(content)
        except ValidationError as error:
            raise JobError(f"{name}: {_explain(error, content)}") from None
        if folder is not None:
            job._folder = folder
        return job


#: The sections of a job file, those that may be left out for good among them.
SECTIONS: dict[str, Any] = {
    name: next(iter(get_args(field.annotation)), field.annotation) for name, field in Job.model_fields.items()
}


def _explain(error: ValidationError, content: Any) -> str:
    """Name the first field that is wrong, what was got and what to do."""
    problems = error.errors(include_url=False)
    # A field spelt wrong is also missing under its right name: the first is what to say.
    first = min(problems, key=lambda problem: problem["type"] != "extra_forbidden")
    path = _place(first["loc"], content)
    field, got = ".".join(path) or "job", first["input"]
    if first["type"] == "extra_forbidden":
        known = _fields_of(path[:-1])
        close = difflib.get_close_matches(path[-1], known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(known)}"
        text = f"{field}: unknown field; {hint}"
    elif first["type"] == "missing":
        text = f"{'.'.join([*path, str(first['loc'][-1])])}: missing; it must be given"
    else:
        what = first["msg"].removeprefix("Value error, ")
        shown = "" if "got" in what else f"got {got!r:.80}; "
        text = f"{field}: {shown}{what[0].lower()}{what[1:]}"
    more = len(problems) - 1
    one_line = " ".join(text.split())  # names in a file may hold anything
    return one_line + (f" (and {more} more)" if more else "")


def _place(location: tuple[int | str, ...], content: Any) -> list[str]:
    """Where in the job file that is; pydantic also names the alternatives of types that it tried."""
    path = []
    for part in location:
        inside = dict(enumerate(content)) if isinstance(content, list) else content
        if isinstance(inside, dict) and part in inside:
            content = inside[part]
            path.append(f"{part!s:.80}")
    return path


def _fields_of(path: list[str]) -> list[str]:
    """The fields of the section, or of the column, at this place of the file."""
    section: Any = Column if len(path) > 1 else SECTIONS[path[0]] if path else Job
    return [field.alias or name for name, field in section.model_fields.items()]
