"""How a curve-fitting job's problems are solved: rows of the input become data sets, fits become rows."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from batchopt.inputs import ProblemTable
from batchopt.inputs.columns import hash_rows
from batchopt.kinds.curve_candidates import choose
from batchopt.kinds.curve_fit import CurveFit
from batchopt.kinds.curve_models import JobModel
from batchopt.kinds.curve_start import starts, values_of
from batchopt.kinds.curve_table import FitRows, result_columns
from batchopt.kinds.function import Function
from solvers import FitResult, curve_fit_batch, ragged
from solvers.api.curve_data import CurveData
from solvers.arrays import Array, IntArray
from solvers.residual_diagnostics import max_standardized_residual, robust_sigma, runs_test
from solvers.statistics import goodness_of_counts, goodness_of_fit


def solve(kind: CurveFit, table: ProblemTable) -> Any:
    """Fit every problem; a row each, in order, without `seconds` and `attempt`."""
    kind.check_types(table.rows.schema)
    if kind.section.column is None:
        each = [_fits(kind, {label: np.arange(len(table.keys))}, table) for label in kind.models]
    else:
        each = [_fits(kind, _by_label(table.rows[kind.section.column].to_pylist()), table)]
    if kind.section.candidates is None:
        columns = result_columns(each[0])
    else:
        fits, candidates = choose([*kind.models.values()], each, kind.section.select or "aicc")
        columns = {**result_columns(fits), "candidates": candidates}
    return pa.table({**dict(zip(table.keys.column_names, table.keys.columns, strict=True)), **columns})


def _fits(
    kind: CurveFit, labels: Mapping[str | None, Sequence[int] | IntArray], table: ProblemTable
) -> FitRows:
    """Fit the rows of each label with its model; those without one are refused."""
    intervals = kind.solver.confidence is not None
    several = kind.solver.starts > 1
    fits = FitRows(np.diff(table.offsets), kind.parameters, intervals=intervals, several=several)
    good = np.ones(len(table.keys), dtype=bool)
    good[list(table.bad)] = False
    for label, every in labels.items():
        rows = np.array(every, dtype=np.int64)
        rows = rows[good[rows]]
        if label is None:
            for row in rows.tolist():
                fits.refuse(row, f"the model column {kind.section.column!r} is null")
        elif len(rows):
            _fit(kind, kind.models[label], rows, table, fits)
    for row, why in table.bad.items():
        fits.refuse(row, why)
    return fits


def _fit(kind: CurveFit, model: JobModel, rows: IntArray, table: ProblemTable, fits: FitRows) -> None:
    """Fit the rows of one model."""
    data, own = _data(kind, model, rows, table), table.rows.take(pa.array(rows))
    fixed = {n: values_of(value, own, len(rows)) for n, value in model.fixed(kind.section).items()}
    start, wrong = starts(kind.section, model, data, own)
    function = model.formula.load() if isinstance(model.formula, Function) else None
    fit = curve_fit_batch(
        function or model.formula,  # type: ignore[arg-type]  # no Function is left there
        tuple(data.x),
        data.y,
        start,
        parameters=model.parameters if function else None,
        offsets=data.offsets,
        sigma=data.sigma,
        absolute_sigma=kind.solver.absolute_sigma,
        bounds=model.bounds(kind.section.bounds),
        fixed=fixed,
        tied=model.tied(kind.section),
        method=kind.solver.method,
        jac=kind.solver.jac if function else None,
        ftol=kind.solver.ftol,
        xtol=kind.solver.xtol,
        gtol=kind.solver.gtol,
        max_nfev=kind.solver.max_nfev,
        estimator=kind.solver.estimator,
        loss=kind.solver.loss,
        f_scale=kind.solver.f_scale,
        residual_scale=kind.solver.residual_scale,
        confidence=kind.solver.confidence,
        intervals=kind.solver.intervals,
        starts=kind.solver.starts,
        rescue=kind.rescue,
        seeds=hash_rows(table.keys.take(pa.array(rows))) if kind.rescue or kind.solver.starts > 1 else None,
    )
    fits.add(model, rows, fit, _statistics(fit, data))
    for i, why in wrong.items():
        fits.refuse(int(rows[i]), why)


def _data(kind: CurveFit, model: JobModel, rows: IntArray, table: ProblemTable) -> CurveData:
    every = len(rows) == len(table.keys)  # rows are different ones, in order
    points, offsets = (slice(None), table.offsets) if every else ragged.gather(rows, table.offsets)
    x = np.array([table.points[column][points] for column in model.columns])
    sigma = None if kind.sigma is None else table.points[kind.sigma][points]
    return CurveData(x, table.points[kind.y][points], sigma, offsets)


def _by_label(labels: Sequence[str | None]) -> dict[str | None, list[int]]:
    """The rows of each label."""
    rows: dict[str | None, list[int]] = {}
    for row, label in enumerate(labels):
        rows.setdefault(label, []).append(row)
    return rows


def _statistics(fit: FitResult, data: CurveData) -> dict[str, Array]:
    """What residuals tell, each (b,); NaN for a problem without points."""
    some = np.flatnonzero(np.diff(data.offsets) > 0)
    if not len(some):
        return {}
    part, residuals = data.take(some), fit.residuals  # problems without points have none
    with np.errstate(all="ignore"):  # bad input may hold anything
        goodness = (
            goodness_of_counts(residuals, part.y, part.offsets, fit.unknowns)
            if fit.estimator == "poisson"
            else goodness_of_fit(residuals, part.y, part.sigma, part.offsets, fit.unknowns)
        )
        found = {
            **vars(goodness),
            "runs_p": runs_test(residuals, part.x[0], part.offsets),
            "robust_sigma": robust_sigma(residuals, part.offsets, fit.unknowns),
            "max_standardized_residual": max_standardized_residual(residuals, part.offsets, fit.unknowns),
        }
    if part is data:
        return found
    full = {name: np.full(len(data), np.nan) for name in found}
    for name, values in found.items():
        full[name][some] = values
    return full
