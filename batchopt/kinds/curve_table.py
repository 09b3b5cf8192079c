"""The result table of curve fits: fits of several models gathered, flagged and graded."""

from typing import Any

import numpy as np
import pyarrow as pa

from batchopt.kinds.curve_models import JobModel
from solvers import FitResult, Status
from solvers.arrays import Array, IntArray
from solvers.linalg import EPS
from solvers.statistics import Goodness

#: Beyond this condition number half the digits of the covariance are lost.
ILL_CONDITIONED = EPS**-0.5
#: Fewer degrees of freedom than this say little of the errors.
FEW_POINTS = 3

_FLOATS = ("optimality", "chisqr", "redchi", "rsquared", "aic", "bic", "condition_number", "runs_p")
_COUNTS = ("nit", "nfev", "njev", "n_points", "dof")


class FitRows:
    """The rows of a result table, filled model by model; a row that nothing filled says why not."""

    def __init__(self, size: int, parameters: tuple[str, ...]) -> None:
        self.size, self.parameters = size, parameters
        self.floats = {name: np.full(size, np.nan) for name in (*_FLOATS, "aic_of_constant")}
        self.counts = {name: np.zeros(size, dtype=np.int64) for name in _COUNTS}
        self.status = np.full(size, Status.BAD_INPUT, dtype=np.int64)
        self.messages: list[str | None] = [None] * size
        self.method: list[str | None] = [None] * size
        self.model: list[str | None] = [None] * size
        self.x = {name: np.full(size, np.nan) for name in parameters}
        self.stderr = {name: np.full(size, np.nan) for name in parameters}
        self.covariance: list[Array | None] = [None] * size
        self.at_bound: list[list[str]] = [[] for _ in range(size)]

    def refuse(self, row: int, why: str) -> None:
        """Say why a problem was not tried."""
        self.messages[row] = why

    def add(
        self,
        model: JobModel,
        rows: IntArray,
        fit: FitResult,
        free: int,
        some: IntArray,
        goodness: Goodness | None,
        runs: Array | None,
    ) -> None:
        """Enter the fits of one model; goodness and runs are those of the fits ``some``."""
        held = fit.active_mask != 0  # (b, n)
        covariance = np.where(held.any(axis=1)[:, None, None], np.nan, fit.covariance)
        with np.errstate(invalid="ignore"):
            stderr = np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))
        for j, name in enumerate(model.parameters):
            self.x[name][rows] = fit.x[:, j]
            self.stderr[name][rows] = stderr[:, j]
        self.status[rows] = fit.status
        points = np.diff(fit.offsets)
        entries = {"nit": fit.nit, "nfev": fit.nfev, "njev": fit.njev, "n_points": points, "dof": points - free}
        for name, values in entries.items():
            self.counts[name][rows] = values
        self.floats["optimality"][rows] = fit.optimality
        self.floats["condition_number"][rows] = fit.condition_number
        if goodness is not None and runs is not None:
            for name in ("chisqr", "redchi", "rsquared", "aic", "bic", "aic_of_constant"):
                self.floats[name][rows[some]] = getattr(goodness, name)
            self.floats["runs_p"][rows[some]] = runs
        messages = fit.message
        for i, row in enumerate(rows):
            self.model[row] = model.label
            self.messages[row] = None if fit.status[i] > 0 else messages[i]
            self.method[row] = None if fit.status[i] == Status.BAD_INPUT else fit.method
            self.covariance[row] = covariance[i]
            self.at_bound[row] = [model.parameters[j] for j in np.flatnonzero(held[i])]

    def flags(self) -> list[list[str]]:
        """What to know before believing a row."""
        tried = np.isin(self.status, (Status.BAD_INPUT, Status.EXCEPTION, Status.NON_FINITE), invert=True)
        unknown = np.array([c is None or not np.isfinite(np.diagonal(c)).any() for c in self.covariance])
        marks = {
            "at_bound": np.array([bool(names) for names in self.at_bound], dtype=bool),
            "ill_conditioned": self.floats["condition_number"] > ILL_CONDITIONED,
            "covariance_unreliable": unknown,
            "few_points": self.counts["dof"] < FEW_POINTS,
            "no_better_than_constant": self.floats["aic"] >= self.floats["aic_of_constant"],
        }
        return [[name for name, mark in marks.items() if tried[row] and mark[row]] for row in range(self.size)]


def result_columns(fits: FitRows) -> dict[str, pa.Array]:
    """The columns of the architecture's result table, key columns and timing aside."""
    flags = fits.flags()
    success = fits.status > 0
    grade = np.where(success, ["warning" if f else "ok" for f in flags], "failed")
    labels = [Status(status).label for status in fits.status]
    columns: dict[str, Any] = {
        "success": pa.array(success),
        "status": pa.array(labels, pa.string()).dictionary_encode(),
        "message": pa.array(fits.messages, pa.string()),
        "grade": pa.array(grade.tolist(), pa.string()),
        "flags": pa.array(flags, pa.list_(pa.string())),
        "method": pa.array(fits.method, pa.string()),
        "nit": pa.array(fits.counts["nit"]),
        "nfev": pa.array(fits.counts["nfev"]),
        "njev": pa.array(fits.counts["njev"]),
        "optimality": _numbers(fits.floats["optimality"]),
        "rescued_by": pa.nulls(fits.size, pa.string()),
    }
    for name in fits.parameters:
        columns[name] = _numbers(fits.x[name])
        columns[f"{name}_stderr"] = _numbers(fits.stderr[name])
    columns["covariance"] = _covariances(fits.covariance)
    for name in ("chisqr", "redchi", "rsquared", "aic", "bic"):
        columns[name] = _numbers(fits.floats[name])
    columns["n_points"] = pa.array(fits.counts["n_points"])
    columns["dof"] = pa.array(fits.counts["dof"])
    columns["condition_number"] = _numbers(fits.floats["condition_number"])
    columns["at_bound"] = pa.array(fits.at_bound, pa.list_(pa.string()))
    columns["runs_p"] = _numbers(fits.floats["runs_p"])
    columns["model"] = pa.array(fits.model, pa.string())
    return columns


def _numbers(values: Array) -> pa.Array:
    """Floats with null where they are not finite: unknown is never a number."""
    return pa.array(values, pa.float64(), mask=~np.isfinite(values))


def _covariances(covariances: list[Array | None]) -> pa.Array:
    """Row-major lists, null where nothing is known of a problem, null inside where a parameter is fixed."""
    known = [c is not None and bool(np.isfinite(c).any()) for c in covariances]
    parts = [c.ravel() for c, k in zip(covariances, known, strict=True) if c is not None and k]
    flat = np.concatenate(parts) if parts else np.empty(0)
    lengths = [c.size if c is not None and k else 0 for c, k in zip(covariances, known, strict=True)]
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), _numbers(flat), mask=pa.array([not k for k in known]))
