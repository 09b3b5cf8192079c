"""What a job may say of the parameters of its models: names, starts, bounds, fixed values, the method."""

from collections.abc import Sequence

import numpy as np

from batchopt.errors import JobError
from batchopt.job.curve_fit import ModelSection, SolverSection
from batchopt.kinds.curve_models import JobModel, natural_order
from solvers import ExpressionError, Rescue, models
from solvers.api.choice import choose_method, has_bounds
from solvers.api.uncertainty import Uncertainty
from solvers.expressions.ties import check_ties
from solvers.methods import LEAST_SQUARES


def check_models(found: Sequence[JobModel], section: ModelSection, solver: SolverSection) -> None:
    """Raise JobError if what the job says of parameters does not fit its models; none are known: all fits."""
    if not found:
        return
    everyone = natural_order([name for model in found for name in model.parameters])
    for field in ("start", "bounds", "fixed", "tied"):
        table = getattr(section, field)
        for name in table if isinstance(table, dict) else ():
            if name not in everyone:
                raise JobError(f"model.{field}.{name}: no such parameter; there are {', '.join(everyone)}")
    for model in found:
        _check_ties(model, section)
        free = model.free(section)
        if not free:
            how = "fixed or tied" if section.tied else "fixed"
            raise JobError(f"model.fixed: all parameters of {model.label!r:.80} are {how}; leave one to fit")
        _check_start(model, free, section)
        _check_bounds(model, free, section, solver)


def check_solver(solver: SolverSection, sigma: str | None) -> None:
    """Raise JobError if options of the solver contradict each other, or the column of sigma."""
    method, loss = solver.method, solver.loss
    if method is not None and loss != "linear" and not LEAST_SQUARES[method].losses:
        raise JobError(
            f"solver.loss: got {loss!r}, which the method {method!r} does not have; leave the method out, or "
            "use one that has losses"
        )
    try:
        Uncertainty(
            solver.estimator,
            solver.absolute_sigma,
            solver.residual_scale,
            solver.confidence,
            solver.intervals,
        ).check_counts(sigma, loss)
    except ValueError as error:
        raise JobError(f"solver: {error}") from None


def _check_ties(model: JobModel, section: ModelSection) -> None:
    try:
        check_ties(model.tied(section), model.parameters, section.fixed)
    except ExpressionError as error:
        raise JobError(f"model.{error}") from None


def check_rescue(
    found: Sequence[JobModel], section: ModelSection, solver: SolverSection, rescue: Rescue
) -> None:
    """Raise JobError if the rescue ladder has nothing that a model can be tried with."""
    for model in found:
        free = np.isin(model.parameters, model.free(section))
        lower, upper = model.bounds(section.bounds)
        bounded = has_bounds(lower[free], upper[free])
        first = choose_method(solver.method, lower[free], upper[free], solver.loss)
        try:
            rescue.ladder(first, bounded=bounded, bent=solver.loss != "linear")
        except ValueError as error:
            raise JobError(str(error)) from None


def _check_start(model: JobModel, free: Sequence[str], section: ModelSection) -> None:
    if model.guesses is not None:
        return
    if section.start == "guess":
        raise JobError(
            f"model.start: no guess is known for {model.label!r:.80}; give numbers or columns for "
            f"{', '.join(free)}, or use one of the named models {', '.join(sorted(models.MODELS))}"
        )
    if isinstance(section.start, dict):
        for name in free:
            if name not in section.start:
                raise JobError(f"model.start: nothing for {name!r}; give a number or a column")


def _check_bounds(model: JobModel, free: Sequence[str], section: ModelSection, solver: SolverSection) -> None:
    start = section.start if isinstance(section.start, dict) else {}
    for name, lower, upper in zip(model.parameters, *model.bounds(section.bounds), strict=True):
        bounded = name in free and (np.isfinite(lower) or np.isfinite(upper))
        if bounded and solver.method is not None and not LEAST_SQUARES[solver.method].bounds:
            raise JobError(
                f"solver.method: got {solver.method!r}, which has no bounds, but {name} must be in "
                f"[{lower:g}, {upper:g}]; leave the method out, or use one with bounds"
            )
        value = start.get(name)
        if bounded and isinstance(value, float) and not lower <= value <= upper:
            raise JobError(
                f"model.start.{name}: got {value:g}, which is not in its bounds, [{lower:g}, {upper:g}]"
            )
