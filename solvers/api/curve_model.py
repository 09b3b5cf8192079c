"""What users give as a model, resolved: its parameters, how it is evaluated, where it starts."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from solvers.api.curve_data import CurveData
from solvers.arrays import Array
from solvers.evaluation.curves import Curve, ExpressionCurve
from solvers.evaluation.functions import CurveFunction
from solvers.expressions import Expression, names
from solvers.models import Model


@dataclass(frozen=True)
class CurveModel:
    """A model of k variables with named parameters."""

    parameters: tuple[str, ...]
    curve: Curve
    used: list[int]  # which rows of x it reads
    exact: bool  # whether it has derivatives of its own
    model: Model | None = None  # whose guess starts the fit

    def guess(self, data: CurveData, lower: Array, upper: Array) -> Array:
        """The model's own start, (B, n), inside the bounds; else SciPy's: 1, or what the bounds suggest."""
        if self.model is not None:
            return np.clip(self.model.guess(data.x, data.y, data.offsets), lower, upper)
        return feasible_start(lower, upper)


def feasible_start(lower: Array, upper: Array) -> Array:
    """1 where unbounded, 1 off a single bound, half way between two; as SciPy's curve_fit."""
    below, above = np.isfinite(lower), np.isfinite(upper)
    low, high = np.where(below, lower, 0.0), np.where(above, upper, 0.0)
    start = np.where(below, low + 1.0, np.where(above, high - 1.0, 1.0))
    return np.where(below & above, 0.5 * (low + high), start)


def resolve(
    f: str | Expression | Model | Callable[..., Any],
    parameters: Sequence[str] | None,
    k: int,
    jac: Callable[..., Any] | None,
) -> CurveModel:
    """Make a `CurveModel` of whatever `curve_fit_batch` was given, for k independent variables.

    Raises
    ------
    ValueError
        If it is no model, or its parameters or variables do not fit what was given.
    """
    if isinstance(f, str):
        variables = ("x",) if k == 1 else tuple(f"x{i + 1}" for i in range(k))
        unknowns = parameters or [name for name in names(f) if name not in variables]
        f = Expression(f, tuple(unknowns), variables)
    if isinstance(f, Model | Expression):
        expression = f.formula() if isinstance(f, Model) else f
        if len(expression.variables) != k:
            raise ValueError(
                f"{expression.source!r} has the variables {', '.join(expression.variables)}, "
                f"but xdata has {k}: give a tuple of {len(expression.variables)}"
            )
        if parameters is not None and tuple(parameters) != expression.parameters:
            raise ValueError(
                f"parameters must be {expression.parameters} as in the model, got {tuple(parameters)}"
            )
        used = [i for i, name in enumerate(expression.variables) if name in expression.uses]
        model = f if isinstance(f, Model) else None
        return CurveModel(expression.parameters, ExpressionCurve(expression), used, True, model)
    if not callable(f):
        raise ValueError(f"f must be an expression, a Model or a function, got {type(f).__name__}")
    unknowns = list(parameters) if parameters is not None else parameter_names(f)
    return CurveModel(tuple(unknowns), CurveFunction(f, jac), list(range(k)), jac is not None)


def parameter_names(f: Callable[..., Any]) -> list[str]:
    """The parameters of ``f(x, *params)`` from its signature.

    Raises
    ------
    ValueError
        If it has none that can be counted.
    """
    try:
        arguments = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        arguments = []
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    if len(arguments) < 2 or any(a.kind == inspect.Parameter.VAR_POSITIONAL for a in arguments):
        raise ValueError(
            "Unable to determine number of fit parameters from the signature of f: "
            "give p0 (curve_fit) or name the parameters (curve_fit_batch)"
        )
    return [argument.name for argument in arguments[1:] if argument.kind in positional]
