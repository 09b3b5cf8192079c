"""The models of a job, resolved: which names are parameters, which are columns of the input."""

import importlib
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from batchopt.errors import JobError
from batchopt.job import Column, ModelSection
from solvers import Expression, ExpressionError, Model, models
from solvers.api.curve_model import parameter_names
from solvers.expressions import names


@dataclass(frozen=True)
class Function:
    """A user's function by its import path; workers import it themselves."""

    path: str  # package.module:function
    folder: Path  # of the job file, where the module may be

    def load(self) -> Callable[..., Any]:
        """Import it.

        Raises
        ------
        JobError
            If it cannot be imported or called.
        """
        module, _, name = self.path.partition(":")
        if str(self.folder) not in sys.path:
            sys.path.append(str(self.folder))
        try:
            function = getattr(importlib.import_module(module), name)
        except Exception as error:  # whatever importing a user's module raises is the job's to mend
            raise JobError(
                f"model.function: cannot import {self.path!r}: {type(error).__name__}: {error}; "
                f"put the module on the path, or into {self.folder}"
            ) from error
        if not callable(function):
            raise JobError(f"model.function: {self.path!r} is a {type(function).__name__}; give a function")
        loaded: Callable[..., Any] = function
        return loaded


@dataclass(frozen=True)
class JobModel:
    """A model with its place in the input."""

    label: str  # as the job says it
    formula: Expression | Model | Function
    parameters: tuple[str, ...]
    columns: tuple[str, ...]  # what it gets as x, in order
    guesses: Model | None  # whose initial guess fits it


@dataclass(frozen=True)
class Names:
    """What names in an expression may stand for."""

    x: tuple[str, ...]  # columns of the independent variables
    columns: tuple[str, ...]  # all columns of the input

    def column(self, name: str) -> str | None:
        """The column that a name in an expression stands for; x, x1, x2, ... for those of x."""
        if name in self.columns:
            return name
        if name == "x" and len(self.x) == 1:
            return self.x[0]
        place = re.fullmatch(r"x([1-9]\d*)", name)
        if place and int(place[1]) <= len(self.x):
            return self.x[int(place[1]) - 1]
        return None


def declared_parameters(section: ModelSection) -> tuple[str, ...] | None:
    """The parameters that the job names, in order; None when it leaves that to the expression."""
    if isinstance(section.parameters, list):
        return tuple(section.parameters)
    if isinstance(section.start, dict):
        return tuple(dict.fromkeys([*section.start, *section.fixed]))
    return None


def named_model(label: str, known: Names, field: str) -> JobModel:
    """A model by its name."""
    try:
        model = models.get(label)
    except ValueError as error:
        raise JobError(f"{field}: {error}") from None
    if len(model.variables) != len(known.x):
        raise JobError(
            f"input.x: the model {label!r} has {len(model.variables)} independent variables, "
            f"got {len(known.x)} columns ({', '.join(known.x)})"
        )
    return JobModel(label, model, model.parameters, known.x, model)


def expression_model(
    source: str, known: Names, parameters: tuple[str, ...] | None, field: str
) -> JobModel:
    """A model by its formula; names that are neither columns nor declared are its parameters."""
    try:
        found = names(source)
        variables = [n for n in found if n not in (parameters or ()) and known.column(n) is not None]
        rest = [n for n in found if n not in variables]
        unknowns = tuple(rest) if parameters is None else parameters
        if stray := [n for n in rest if n not in unknowns]:
            raise JobError(
                f"{field}: {stray[0]!r} is neither a parameter ({', '.join(unknowns)}) nor a column "
                f"({', '.join(known.columns)}); correct it, or give it a start"
            )
        if not unknowns:
            raise JobError(f"{field}: {source!r:.80} has no parameters; all its names are columns")
        # A model that is constant in x still gets a variable, so that its points are counted.
        expression = Expression(source, unknowns, tuple(variables) or ("x" if "x" not in unknowns else "_x",))
    except ExpressionError as error:
        raise JobError(f"{field}: {error}") from None
    columns = tuple(str(known.column(name)) for name in variables) or known.x[:1]
    return JobModel(source, expression, unknowns, columns, models.find(expression))


def function_model(function: Function, known: Names, parameters: tuple[str, ...] | None) -> JobModel:
    """A model by its import path; its parameters are those of its signature unless the job names them."""
    loaded = function.load()
    if parameters is None:
        try:
            parameters = tuple(parameter_names(loaded))
        except ValueError as error:
            raise JobError(f"model.function: {function.path}: {error}; set model.parameters") from None
    return JobModel(function.path, function, parameters, known.x, None)


def row_model(text: str, known: Names) -> JobModel:
    """A row's model, a name or an expression."""
    if text in models.MODELS:
        return named_model(text, known, "model.column")
    return expression_model(text, known, None, f"model.column: {text!r:.80}")


def job_models(section: ModelSection, known: Names, folder: Path) -> dict[str, JobModel]:
    """The one model of a job, by its label; none yet where a column has them."""
    parameters = declared_parameters(section)
    if section.column is not None:
        return {}
    if section.name is not None:
        model = named_model(section.name, known, "model.name")
    elif section.expression is not None:
        model = expression_model(section.expression, known, parameters, "model.expression")
    else:
        model = function_model(Function(str(section.function), folder), known, parameters)
    return {model.label: model}


def natural_order(texts: Sequence[str]) -> tuple[str, ...]:
    """Names sorted as people count: b2 before b10."""
    return tuple(
        sorted(set(texts), key=lambda name: [(not p.isdigit(), int(p) if p.isdigit() else 0, p) for p in re.split(r"(\d+)", name)])
    )


def check_names(section: ModelSection, found: Sequence[JobModel]) -> None:
    """Raise JobError for a start, bound or fixed value of a parameter that no model has, or a start that lacks one."""
    everyone = natural_order([name for model in found for name in model.parameters])
    tables: dict[str, Any] = {"start": section.start, "bounds": section.bounds, "fixed": section.fixed}
    for field, table in tables.items():
        for name in table if isinstance(table, dict) else ():
            if name not in everyone:
                raise JobError(f"model.{field}.{name}: no such parameter; there are {', '.join(everyone)}")
    for model in found:
        free = [name for name in model.parameters if name not in section.fixed]
        if not free:
            raise JobError(f"model.fixed: all parameters of {model.label!r:.80} are fixed; leave one to fit")
        if section.start == "guess" and model.guesses is None:
            raise JobError(
                f"model.start: no guess is known for {model.label!r:.80}; give numbers or columns for "
                f"{', '.join(free)}, or use one of the named models {', '.join(sorted(models.MODELS))}"
            )
        if isinstance(section.start, dict) and model.guesses is None:
            if lacking := [name for name in free if name not in section.start]:
                raise JobError(f"model.start: nothing for {lacking[0]!r}; give a number or a column")
        if isinstance(section.start, Column) and not free:
            raise JobError("model.start: nothing is left to start")
