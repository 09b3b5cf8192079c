"""What the sections of every job file are made of, and those that all kinds have."""

from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    FiniteFloat,
    Tag,
    field_validator,
    model_validator,
)

Name = Annotated[str, Field(min_length=1)]


def different(names: list[Any]) -> list[Any]:
    """Return the names, of which none may be there twice."""
    if len(set(names)) < len(names):
        raise ValueError("a name is there twice; give each once")
    return names


#: Names, or one alone without its brackets.
Names = Annotated[
    list[Name],
    Field(min_length=1),
    AfterValidator(different),
    BeforeValidator(
        lambda value: [value] if isinstance(value, str) else value, json_schema_input_type=Name | list[Name]
    ),
]


class Section(BaseModel):
    """Fields that are strict about their types; there are no others."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, use_attribute_docstrings=True)


class Column(Section):
    """A value that each problem brings along, in a column of the input."""

    column: Name
    """The column's name."""


def is_column(value: Any) -> str:
    """Tell a column from anything else that may stand in its place, by the tag of a union."""
    return "<column>" if isinstance(value, dict | Column) else "<other>"


#: A number for all problems, or a column with one for each.
Number = Annotated[
    Annotated[FiniteFloat, Tag("<other>")] | Annotated[Column, Tag("<column>")],
    Discriminator(is_column),
]


class JobSection(Section):
    """What the job is."""

    name: Annotated[str, Field(pattern=r"^[\w.-]+$")]
    """Letters, digits, '.', '_' and '-'."""
    kind: str
    """What sort of problem."""
    max_failed: Annotated[float, Field(ge=0.0, le=1.0)] = 1.0
    """Share of problems that may fail before `run` ends with exit code 1."""


class InputSection(Section):
    """The table of problems."""

    path: Names
    """Parquet files: a path, glob, folder or URL, or several; relative to the job file's folder."""
    key: Names
    """The columns that tell problems apart."""
    memory_mb: Annotated[float, Field(gt=0.0)] = 512.0
    """What a worker may hold of the input at once."""


class ChunksSection(Section):
    """How problems are handed out; none of it changes a result."""

    problems: Annotated[int, Field(ge=1)] | None = None
    """Problems a chunk; left out: as many as take `seconds`, learnt while running."""
    seconds: Annotated[float, Field(gt=0.0)] = 5.0
    """How long a chunk should take."""


class OutputSection(Section):
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
