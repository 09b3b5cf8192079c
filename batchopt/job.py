"""The job file: what to solve, from where, how and to where; validated once, here.

Every message names the field as it stands in the file, what was got, and what to do.
"""

import difflib
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, TypeAdapter, ValidationError, field_validator, model_validator

from batchopt.errors import JobError

Name = Annotated[str, Field(min_length=1)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Column(_Section):
    """A value that each problem brings along, in a column of the input."""

    column: Name


def _is_column(value: Any) -> bool:
    return isinstance(value, Column) or (isinstance(value, dict) and set(value) == {"column"})


def _number_or_column(value: Any) -> Any:
    if _is_column(value) or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    raise ValueError('give a number, or { column = "..." } for one of each problem\'s own')


#: A number for all problems, or a column with one for each.
Number = Annotated[float | Column, BeforeValidator(_number_or_column)]


class JobSection(_Section):
    """What the job is."""

    name: Annotated[str, Field(pattern=r"^[\w.-]+$")]
    """Letters, digits, '.', '_' and '-'."""
    kind: Literal["curve_fit"] = "curve_fit"
    max_failed: Annotated[float, Field(ge=0.0, le=1.0)] = 1.0
    """Share of problems that may fail before `run` ends with exit code 1."""


class InputSection(_Section):
    """The table of problems."""

    path: Annotated[list[Name], Field(min_length=1)]
    """Parquet files: a path, glob, folder or URL, or several; relative to the job file's folder."""
    layout: Literal["long", "nested"] = "long"
    """long: one row a measurement; nested: one row a problem, measurements in list columns."""
    key: Annotated[list[Name], Field(min_length=1)]
    """The columns that tell problems apart."""
    x: Annotated[list[Name], Field(min_length=1)]
    """The independent variables; expressions call them x, or x1, x2, ..., or by their own names."""
    y: Name
    sigma: Name | None = None
    """Standard deviations of y."""
    memory_mb: Annotated[float, Field(gt=0.0)] = 512.0
    """What a worker may hold of the input at once."""

    @field_validator("path", "key", "x", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return [value] if isinstance(value, str) else value

    @field_validator("key", "x")
    @classmethod
    def _different(cls, value: list[str]) -> list[str]:
        if len(set(value)) < len(value):
            raise ValueError("the same column is there twice; name each once")
        return value


class ModelSection(_Section):
    """The curve: one of expression, name, function and column."""

    expression: Name | None = None
    """Such as "a*exp(-b*x) + c"; its names are parameters, x, and columns of the input."""
    name: Name | None = None
    """A named model, such as "hill"."""
    function: Annotated[str, Field(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")] | None = None
    """package.module:function, called as f(x, *parameters); found in the job file's folder, too."""
    column: Name | None = None
    """A column with each problem's model, an expression or a name."""
    parameters: list[Name] | Column | None = None
    """The parameters in order; with a model column, a column of lists with each problem's."""
    start: Literal["guess"] | Column | dict[str, Number] | None = None
    """A number or column a parameter; a column of lists; or "guess", a named model's own."""
    bounds: dict[str, tuple[float, float]] = {}
    """[lower, upper] of a parameter; inf and -inf where there is none."""
    fixed: dict[str, Number] = {}
    """Parameters that are not fitted, and their values."""

    @field_validator("start", mode="before")
    @classmethod
    def _a_start(cls, value: Any) -> Any:
        if value is None or value == "guess" or isinstance(value, dict | Column):
            return value
        raise ValueError('start is "guess", a table with a number or column a parameter, or { column = "..." }')

    @field_validator("start", mode="wrap")
    @classmethod
    def _table_or_column(cls, value: Any, handler: Any) -> Any:
        # A table of one entry named `column` that holds text is a column of lists; any other is a table.
        if isinstance(value, dict) and not (_is_column(value) and isinstance(value["column"], str)):
            return TypeAdapter(dict[str, Number]).validate_python(value)
        return handler(value)

    @field_validator("parameters", mode="before")
    @classmethod
    def _names(cls, value: Any) -> Any:
        if value is None or _is_column(value) or isinstance(value, list):
            return value
        raise ValueError('give a list of names, or { column = "..." } next to a model column')

    @model_validator(mode="after")
    def _one_model(self) -> Self:
        given = [name for name in ("expression", "name", "function", "column") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(
                f"give exactly one of expression, name, function and column, got {' and '.join(given) or 'none'}"
            )
        if isinstance(self.parameters, Column) and self.column is None:
            raise ValueError("parameters = { column = ... } goes with a model column; else list the names")
        return self

    @field_validator("bounds")
    @classmethod
    def _lower_below_upper(cls, value: dict[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
        for name, (lower, upper) in value.items():
            if not lower < upper:
                raise ValueError(f"the lower bound of {name} must be below the upper, got [{lower}, {upper}]")
        return value


class SolverSection(_Section):
    """How to solve."""

    method: Literal["lm", "trf"] | None = None
    """Left out: lm without bounds, trf with them."""
    max_nfev: Annotated[int, Field(ge=1)] | None = None
    """Evaluations a problem; left out: 100 (n + 1)."""
    ftol: Annotated[float, Field(ge=0.0)] = 1e-10
    xtol: Annotated[float, Field(ge=0.0)] = 1e-10
    gtol: Annotated[float, Field(ge=0.0)] = 1e-10
    absolute_sigma: bool = False
    """Whether sigma is in the units of y; if not, the covariance is scaled to a reduced chi-square of 1."""
    jac: Literal["2-point", "3-point", "cs"] = "2-point"
    """Differences for the derivatives of a function; expressions and named models have exact ones."""


class ChunksSection(_Section):
    """How problems are handed out; none of it changes a result."""

    problems: Annotated[int, Field(ge=1)] | None = None
    """Problems a chunk; left out: as many as take `seconds`, learnt while running."""
    seconds: Annotated[float, Field(gt=0.0)] = 5.0


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
    """Where to compute: address or scheduler_file of a running scheduler, or the class of a cluster to start."""

    model_config = ConfigDict(extra="allow", frozen=True, populate_by_name=True, use_attribute_docstrings=True)

    address: Name | None = None
    """tcp://host:8786"""
    scheduler_file: Name | None = None
    cluster_class: str | None = Field(default=None, alias="class", pattern=r"^[A-Za-z_][\w.]*\.[A-Za-z_]\w*$")
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
    input: InputSection
    model: ModelSection
    solver: SolverSection = SolverSection()
    chunks: ChunksSection = ChunksSection()
    output: OutputSection
    cluster: ClusterSection = ClusterSection()

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
            raise JobError(f"{name}: {_explain(error)}") from None
        if folder is not None:
            job._folder = folder  # noqa: SLF001 - its own
        return job


def _explain(error: ValidationError) -> str:
    """Name the first field that is wrong, what was got and what to do."""
    problems = error.errors(include_url=False)
    first = problems[0]
    path = [str(part) for part in first["loc"] if str(part).isidentifier() or isinstance(part, int)]
    field, got = ".".join(path), first["input"]
    if first["type"] == "extra_forbidden":
        known = list(_section_at(path[:-1]))
        close = difflib.get_close_matches(path[-1], known, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(known)}"
        text = f"{field}: unknown field; {hint}"
    elif first["type"] == "missing":
        text = f"{field}: missing; it must be given"
    else:
        what = first["msg"].removeprefix("Value error, ")
        shown = "" if "got" in what else f"got {got!r:.80}; "
        text = f"{field or 'job'}: {shown}{what[0].lower()}{what[1:]}"
    more = len(problems) - 1
    return text + (f" (and {more} more)" if more else "")


def _section_at(path: list[str]) -> dict[str, Any]:
    """The fields of the section at this place of the file."""
    section: Any = Job
    for part in path:
        section = section.model_fields[part].annotation
    return {field.alias or name: field for name, field in section.model_fields.items()}
