"""The result table of curve fits: fits of several models gathered, flagged and graded."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from batchopt.kinds.curve_models import JobModel
from solvers import FitResult, Status
from solvers.arrays import Array, IntArray
from solvers.linalg import EPS

#: Beyond this condition number half the digits of the covariance are lost.
ILL_CONDITIONED = EPS**-0.5
#: Fewer degrees of freedom than this say little of the errors.
FEW_POINTS = 3
#: A curve's BIC must be lower than the best constant's by more than this: strong evidence on the scale of
#: R. Kass and A. Raftery, Bayes Factors, J. Am. Stat. Assoc. 90 (1995) 773-795, section 3.2. A flexible curve
#: explains something of flat noise, too: of 3,000 flat samples, 15 doses with 3 replicates that share half
#: their variance, a Hill curve has the lower AIC for 36 %, the lower BIC for 13 %, lower by 6 for 2 %.
STRONG_EVIDENCE = 6.0

_RESIDUALS = ("runs_p", "robust_sigma", "max_standardized_residual")
_FLOATS = ("optimality", "chisqr", "redchi", "rsquared", "aic", "bic", "condition_number", *_RESIDUALS)
_LABELS = {int(status): status.label for status in Status}
_COUNTS = ("nit", "nfev", "njev", "dof")
#: Of confidence intervals: columns ``<parameter>_low`` and ``<parameter>_high``.
ENDS = ("low", "high")


class FitRows:
    """The rows of a result table, filled model by model; a row that nothing filled is bad input."""

    def __init__(self, points: IntArray, parameters: tuple[str, ...], *, intervals: bool = False) -> None:
        size = len(points)
        self.points, self.parameters = points, parameters
        self.floats = {name: np.full(size, np.nan) for name in (*_FLOATS, "bic_of_constant")}
        self.counts = {name: np.zeros(size, dtype=np.int64) for name in _COUNTS}
        self.status = np.full(size, Status.BAD_INPUT, dtype=np.int64)
        self.messages: list[str | None] = [None] * size
        self.method: list[str | None] = [None] * size
        self.model: list[str | None] = [None] * size
        self.x = {name: np.full(size, np.nan) for name in parameters}
        self.stderr = {name: np.full(size, np.nan) for name in parameters}
        ends = [f"{name}_{end}" for name in parameters for end in ENDS] if intervals else []
        self.ends = {name: np.full(size, np.nan) for name in ends}
        self.covariance: list[Array] = [np.full(1, np.nan)] * size
        self.at_bound: list[list[str]] = [[] for _ in range(size)]

    def refuse(self, row: int, why: str) -> None:
        """Say why a problem was not tried."""
        self.messages[row] = why

    def add(
        self, model: JobModel, rows: IntArray, fit: FitResult, free: int, statistics: Mapping[str, Array]
    ) -> None:
        """Enter the fits of one model with `free` parameters; statistics are arrays (b,) by column."""
        held = fit.active_mask != 0  # (b, n)
        # A bound that holds a parameter cuts its distribution, and those of what goes with it.
        covariance = np.where(held.any(axis=1)[:, None, None], np.nan, fit.covariance)  # (b, n, n)
        with np.errstate(invalid="ignore"):
            stderr = np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))
        for j, name in enumerate(model.parameters):
            self.x[name][rows] = fit.x[:, j]
            self.stderr[name][rows] = stderr[:, j]
            for end in ENDS if fit.intervals is not None else ():
                self.ends[f"{name}_{end}"][rows] = getattr(fit.intervals, end)[:, j]
        self.status[rows] = fit.status
        dof = self.points[rows] - free
        for name, counts in {"nit": fit.nit, "nfev": fit.nfev, "njev": fit.njev, "dof": dof}.items():
            self.counts[name][rows] = counts
        own = {"optimality": fit.optimality, "condition_number": fit.condition_number}
        for name, values in {**own, **statistics}.items():
            self.floats[name][rows] = values
        order = np.argsort([self.parameters.index(name) for name in model.parameters])
        covariance = covariance[:, order[:, None], order]
        for i, (row, message) in enumerate(zip(rows, fit.message, strict=True)):
            self.model[row] = model.label
            self.messages[row] = None if fit.status[i] > 0 else message
            self.method[row] = None if fit.status[i] == Status.BAD_INPUT else fit.method
            self.covariance[row] = covariance[i]
            self.at_bound[row] = [model.parameters[j] for j in np.flatnonzero(held[i])]

    def flags(self) -> list[list[str]]:
        """What to know before believing a row."""
        tried = np.isin(self.status, (Status.BAD_INPUT, Status.EXCEPTION, Status.NON_FINITE), invert=True)
        with np.errstate(invalid="ignore"):  # an exact fit of a constant: no evidence
            evidence = self.floats["bic_of_constant"] - self.floats["bic"]
        marks = {
            "at_bound": np.array([bool(names) for names in self.at_bound], dtype=bool),
            "ill_conditioned": self.floats["condition_number"] > ILL_CONDITIONED,
            "covariance_unreliable": ~np.array([_is_known(c) for c in self.covariance], dtype=bool),
            "few_points": self.counts["dof"] < FEW_POINTS,
            "no_better_than_constant": ~(evidence > STRONG_EVIDENCE),
            "open_interval": np.isinf([*self.ends.values(), np.zeros(len(tried))]).any(axis=0),
        }
        return [
            [name for name, mark in marks.items() if to_flag and mark[row]]
            for row, to_flag in enumerate(tried)
        ]


def result_columns(fits: FitRows) -> dict[str, Any]:
    """The columns of the architecture's result table, key columns and timing aside."""
    flags = fits.flags()
    success = fits.status > 0
    grade = np.where(success, ["warning" if names else "ok" for names in flags], "failed")
    numbers = {name: _numbers(values) for name, values in fits.floats.items()}
    columns = {
        "success": pa.array(success),
        "status": pa.array([_LABELS[int(status)] for status in fits.status], pa.string()).dictionary_encode(),
        "message": pa.array(fits.messages, pa.string()),
        "grade": pa.array(grade.tolist(), pa.string()),
        "flags": pa.array(flags, pa.list_(pa.string())),
        "method": pa.array(fits.method, pa.string()),
        **{name: pa.array(fits.counts[name]) for name in ("nit", "nfev", "njev")},
        "optimality": numbers["optimality"],
        "rescued_by": pa.nulls(len(fits.status), pa.string()),
    }
    for name in fits.parameters:
        columns[name] = _numbers(fits.x[name])
        columns[f"{name}_stderr"] = _numbers(fits.stderr[name])
        ends = (f"{name}_{end}" for end in ENDS)
        columns |= {end: _numbers(fits.ends[end]) for end in ends if end in fits.ends}
    return columns | {
        "covariance": _covariances(fits.covariance),
        **{name: numbers[name] for name in ("chisqr", "redchi", "rsquared", "aic", "bic")},
        "n_points": pa.array(fits.points),
        "dof": pa.array(fits.counts["dof"], mask=fits.status == Status.BAD_INPUT),
        "condition_number": numbers["condition_number"],
        "at_bound": pa.array(fits.at_bound, pa.list_(pa.string())),
        **{name: numbers[name] for name in _RESIDUALS},
        "model": pa.array(fits.model, pa.string()),
    }


def _numbers(values: Array) -> Any:
    """Floats with null where they are not finite: unknown is never a number."""
    return pa.array(values, pa.float64(), mask=~np.isfinite(values))


def _is_known(covariance: Array) -> bool:
    return bool(np.isfinite(covariance).any())


def _covariances(covariances: list[Array]) -> Any:
    """Row-major lists, null where nothing is known of a problem, null inside where a parameter is fixed."""
    known = np.array([_is_known(covariance) for covariance in covariances], dtype=bool)
    parts = [covariance.ravel() for covariance, is_known in zip(covariances, known, strict=True) if is_known]
    flat = np.concatenate(parts) if parts else np.empty(0)
    sizes = [
        covariance.size if is_known else 0 for covariance, is_known in zip(covariances, known, strict=True)
    ]
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), _numbers(flat), mask=pa.array(~known))
