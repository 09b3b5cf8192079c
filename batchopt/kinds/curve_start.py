"""Where fits start: numbers, columns, lists, or a named model's guess from the data."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from batchopt.inputs.columns import to_floats
from batchopt.job.curve_fit import ModelSection
from batchopt.job.sections import Column
from batchopt.kinds.curve_models import JobModel
from solvers import Model
from solvers.api.curve_data import CurveData
from solvers.arrays import Array


def starts(
    section: ModelSection, model: JobModel, data: CurveData, rows: Any
) -> tuple[Array | None, dict[int, str]]:
    """Find where the fits of one model start.

    Parameters
    ----------
    section, model, data
        What the job says, for which model, and the points of the problems.
    rows
        A pyarrow.Table, one row a problem: the columns that the job names.

    Returns
    -------
    start
        (b, n), NaN where there is none; None for what the solver begins with.
    wrong
        What is wrong with the starts of problems, by row.
    """
    if isinstance(section.start, Column):
        orders = section.parameters
        names = rows[orders.column].to_pylist() if isinstance(orders, Column) else [None] * len(data)
        return _listed(section.start.column, rows[section.start.column].to_pylist(), names, model)
    given = section.start if isinstance(section.start, dict) else {}
    if given.keys() >= set(model.free(section)):
        start = np.ones((len(data), len(model.parameters)))
    elif model.guesses is None:
        return None, {}
    else:
        start = np.clip(_guess(model.guesses, data), *model.bounds(section.bounds))
    for j, name in enumerate(model.parameters):
        if name in given:
            start[:, j] = values_of(given[name], rows, len(data))
    return start, {}


def values_of(value: float | Column, rows: Any, size: int) -> Array:
    """A number for all rows, or each row's own, NaN for null; (b,)."""
    if isinstance(value, Column):
        return to_floats(rows[value.column])
    return np.full(size, value)


def _guess(model: Model, data: CurveData) -> Array:
    """The model's guess, (b, n); 1 for a problem without points."""
    start = np.ones((len(data), len(model.parameters)))
    some = np.flatnonzero(np.diff(data.offsets) > 0)
    if len(some):
        part = data.take(some)
        start[some] = model.guess(part.x, part.y, part.offsets)
    return start


def _listed(
    column: str, lists: Sequence[Any], orders: Sequence[Any], model: JobModel
) -> tuple[Array, dict[int, str]]:
    """Starts from a list a problem, ordered as the model's parameters or the problem's own names."""
    n = len(model.parameters)
    start, wrong = np.full((len(lists), n), np.nan), {}
    for row, (values, names) in enumerate(zip(lists, orders, strict=True)):
        order = model.parameters if names is None else names
        if len(order) != n or set(order) != set(model.parameters):
            wrong[row] = f"parameters {order} are not those of the model, {', '.join(model.parameters)}"
        elif values is None or len(values) != n or None in values:
            wrong[row] = f"start column {column!r} has {values!r:.80}; {n} numbers are needed"
        else:
            start[row, [model.parameters.index(name) for name in order]] = values
    return start, wrong
