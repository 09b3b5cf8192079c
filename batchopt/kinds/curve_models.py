"""The models of a job, resolved: which names are parameters, which are columns of the input."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from batchopt.errors import JobError
from batchopt.job.curve_fit import ModelSection
from batchopt.job.sections import Column
from batchopt.kinds.function import Function
from solvers import Expression, ExpressionError, Model, models
from solvers.arrays import Array
from solvers.expressions import names
from solvers.expressions.syntax import suggestion

#: How many unknown models a message names.
_SAID = 3


@dataclass(frozen=True)
class JobModel:
    """A model with its place in the input."""

    label: str  # as the job says it
    formula: Expression | Model | Function
    parameters: tuple[str, ...]
    columns: tuple[str, ...]  # what it gets as x, in order
    guesses: Model | None  # whose initial guess fits it

    def fixed(self, section: ModelSection) -> dict[str, float | Column]:
        """Those of its parameters that the job fixes, and their values."""
        return {name: value for name, value in section.fixed.items() if name in self.parameters}

    def tied(self, section: ModelSection) -> dict[str, str]:
        """Those of its parameters that the job ties, and their formulas."""
        return {name: formula for name, formula in section.tied.items() if name in self.parameters}

    def free(self, section: ModelSection) -> list[str]:
        """Those of its parameters that are fitted."""
        return [name for name in self.parameters if name not in {*section.fixed, *section.tied}]

    def bounds(self, given: Mapping[str, tuple[float, float]]) -> tuple[Array, Array]:
        """Lower and upper (n,): those given, else the natural ones of a model asked for by name."""
        natural = (
            dict(zip(self.parameters, self.formula.bounds, strict=True))
            if isinstance(self.formula, Model)
            else {}
        )
        pairs = [given.get(name, natural.get(name, (-np.inf, np.inf))) for name in self.parameters]
        lower, upper = np.array(pairs, dtype=float).T
        return lower, upper


@dataclass(frozen=True)
class Names:
    """What names in an expression may stand for."""

    x: tuple[str, ...]  # columns of the independent variables
    columns: tuple[str, ...]  # all columns of the input

    def column(self, name: str) -> str | None:
        """The column that a name in an expression stands for; x, x1, x2, ... for those of x."""
        if name in self.x:
            return name
        if name == "x" and len(self.x) == 1:
            return self.x[0]
        place = re.fullmatch(r"x([1-9][0-9]{0,3})", name)
        if place and int(place[1]) <= len(self.x):
            return self.x[int(place[1]) - 1]
        return name if name in self.columns else None


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


def expression_model(source: str, known: Names, parameters: tuple[str, ...] | None, field: str) -> JobModel:
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


def function_model(
    function: Function, known: Names, declared: tuple[str, ...] | None, started: tuple[str, ...] | None
) -> JobModel:
    """A model by its import path; parameters are the declared ones, else its own, else those with a start."""
    parameters = declared or function.parameters() or started
    if parameters is None:
        raise JobError(
            f"model.function: {function.path!r} does not name its parameters; set model.parameters"
        )
    function.check(parameters)
    return JobModel(function.path, function, parameters, known.x, None)


def named_or_written(texts: Sequence[str], known: Names, field: str) -> dict[str, JobModel]:
    """The models of texts, each a name or an expression, by text.

    A text that is but one word must be a model's name, though it would be an expression, too.
    """
    unknown = [text for text in texts if text.strip().isidentifier() and text not in models.MODELS]
    if unknown:
        said = ", ".join(f"{text!r:.80}{suggestion(text[:80], models.MODELS)}" for text in unknown[:_SAID])
        more = f" and {len(unknown) - _SAID} more" if len(unknown) > _SAID else ""
        raise JobError(
            f"{field}: there is no model {said}{more}; the models are {', '.join(sorted(models.MODELS))}"
        )
    return {text: _named_or_written(text, known, field) for text in texts}


def _named_or_written(text: str, known: Names, field: str) -> JobModel:
    if text in models.MODELS:
        return named_model(text, known, field)
    return expression_model(text, known, None, f"{field}: {text!r:.80}")


def job_models(section: ModelSection, known: Names, folder: Path) -> dict[str, JobModel]:
    """The models of a job, by their labels; none yet where a column has them."""
    if section.column is not None:
        return {}
    if section.candidates is not None:
        return named_or_written(section.candidates, known, "model.candidates")
    declared = tuple(section.parameters) if isinstance(section.parameters, list) else None
    started = (
        tuple(dict.fromkeys([*section.start, *section.fixed, *section.tied]))
        if isinstance(section.start, dict)
        else None
    )
    if section.name is not None:
        model = named_model(section.name, known, "model.name")
    elif section.expression is not None:
        model = expression_model(section.expression, known, declared or started, "model.expression")
    else:
        model = function_model(Function(str(section.function), folder), known, declared, started)
    return {model.label: model}


def natural_order(texts: Sequence[str]) -> tuple[str, ...]:
    """Different names sorted as people count: b2 before b10."""

    def counting(name: str) -> list[tuple[bool, int, str]]:
        parts = re.split(r"([0-9]+)", name)  # text and number by turns
        return [(i % 2 == 0, int(part) if i % 2 else 0, part) for i, part in enumerate(parts)]

    return tuple(sorted(set(texts), key=counting))
