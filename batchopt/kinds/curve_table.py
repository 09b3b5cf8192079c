"""The result table of curve fits: fits of several models gathered, flagged and graded."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from batchopt.kinds.curve_models import JobModel
from batchopt.kinds.result_columns import (
    grade_column,
    name_lists,
    number_column,
    status_column,
    text_column,
)
from solvers import FitResult, Status
from solvers.arrays import Array, BoolArray, IntArray

#: Beyond this condition number half the digits of the covariance are lost.
ILL_CONDITIONED = float(np.finfo(float).eps) ** -0.5
#: Fewer degrees of freedom than this say little of the errors.
FEW_POINTS = 3
#: A curve's BIC must be lower than the best constant's by more than this: strong evidence on the scale of
#: R. Kass and A. Raftery, Bayes Factors, J. Am. Stat. Assoc. 90 (1995) 773-795, section 3.2. A flexible curve
#: explains something of flat noise, too: of 3,000 flat samples, 15 doses with 3 replicates that share half
#: their variance, a Hill curve has the lower AIC for 36 %, the lower BIC for 13 %, lower by 6 for 2 %.
STRONG_EVIDENCE = 6.0

_RESIDUALS = ("runs_p", "robust_sigma", "max_standardized_residual")
_GOODNESS = ("chisqr", "redchi", "rsquared", "aic", "aicc", "bic")
_FLOATS = ("optimality", "condition_number", *_GOODNESS, *_RESIDUALS)
_COUNTS = ("nit", "nfev", "njev", "dof")
#: Of every result table, beside those named by the key and the parameters.
OWN_COLUMNS = (
    *("success", "status", "message", "grade", "flags", "method", "nit", "nfev", "njev", "optimality"),
    *("rescued_by", "covariance", *_GOODNESS, "n_points", "dof", "condition_number", "at_bound"),
    *(*_RESIDUALS, "model", "basin_count"),
)
#: Of confidence intervals: columns ``<parameter>_low`` and ``<parameter>_high``.
ENDS = ("low", "high")


class FitRows:
    """The rows of a result table, filled model by model; a row that nothing filled is bad input."""

    def __init__(
        self,
        points: IntArray,
        parameters: tuple[str, ...],
        *,
        intervals: bool = False,
        several: bool = False,  # starts of each
    ) -> None:
        size = len(points)
        self.points, self.parameters = points, parameters
        self.floats = {name: np.full(size, np.nan) for name in (*_FLOATS, "bic_of_constant")}
        self.counts = {name: np.zeros(size, dtype=np.int64) for name in _COUNTS}
        self.basins = {"basin_count": np.zeros(size, dtype=np.int64)} if several else {}
        self.status = np.full(size, Status.BAD_INPUT, dtype=np.int64)
        self.messages, self.method, self.rescued_by, self.model = np.full((4, size), None, dtype=object)
        self.x = {name: np.full(size, np.nan) for name in parameters}
        self.stderr = {name: np.full(size, np.nan) for name in parameters}
        ends = [f"{name}_{end}" for name in parameters for end in ENDS] if intervals else []
        self.ends = {name: np.full(size, np.nan) for name in ends}
        self.covariance = np.full((size, 1), np.nan)  # row-major in the first places, wide enough for all
        self.covariance_size = np.zeros(size, dtype=np.int64)  # how many places are meant
        self.at_bound = np.zeros((size, len(parameters)), dtype=bool)

    @classmethod
    def choice(cls, tables: Sequence["FitRows"], which: IntArray) -> "FitRows":
        """Of tables of the same problems and parameters, the rows of table ``which (B,)``."""
        for table in tables:
            table.widen(max(other.covariance.shape[1] for other in tables))
        chosen = cls(tables[0].points, tables[0].parameters)
        for name in vars(chosen).keys() - {"points", "parameters"}:
            setattr(chosen, name, _chosen([getattr(table, name) for table in tables], which))
        return chosen

    def refuse(self, row: int, why: str) -> None:
        """Say why a problem was not tried."""
        self.messages[row] = why

    def widen(self, size: int) -> None:
        """Make room for covariances of this size."""
        narrow = self.covariance
        if size > narrow.shape[1]:
            self.covariance = np.full((len(narrow), size), np.nan)
            self.covariance[:, : narrow.shape[1]] = narrow

    def add(self, model: JobModel, rows: IntArray, fit: FitResult, statistics: Mapping[str, Array]) -> None:
        """Enter the fits of one model; statistics are arrays (b,) by column."""
        every = len(rows) == len(self.points)  # rows are different ones, in order
        at: slice | IntArray = slice(None) if every else rows
        places = np.array([self.parameters.index(name) for name in model.parameters])
        stderr = fit.stderr  # (b, n)
        for j, name in enumerate(model.parameters):
            self.x[name][at] = fit.x[:, j]
            self.stderr[name][at] = stderr[:, j]
            self.at_bound[at, places[j]] = fit.active_mask[:, j] != 0
            for end in ENDS if fit.intervals is not None else ():
                self.ends[f"{name}_{end}"][at] = getattr(fit.intervals, end)[:, j]
        self.status[at] = fit.status
        dof = self.points[at] - fit.unknowns
        for name, counts in {"nit": fit.nit, "nfev": fit.nfev, "njev": fit.njev, "dof": dof}.items():
            self.counts[name][at] = counts
        if fit.basin_count is not None:
            self.basins["basin_count"][at] = fit.basin_count
        own = {"optimality": fit.optimality, "condition_number": fit.condition_number}
        for name, values in {**own, **statistics}.items():
            self.floats[name][at] = values
        order = np.argsort(places)
        size = len(places) ** 2
        self.widen(size)
        self.covariance[at, :size] = fit.covariance[:, order[:, None], order].reshape(len(rows), size)
        self.covariance_size[at] = size
        self.model[at] = model.label
        self.method[at], self.rescued_by[at] = fit.method, fit.rescued_by
        failed = np.flatnonzero(fit.status <= 0)
        messages = fit.message if len(failed) else []
        for i in failed:
            self.messages[rows[i]] = messages[i]

    def flags(self) -> dict[str, BoolArray]:
        """What to know before believing a row: flag to the rows (B,) of which it holds."""
        tried = np.isin(self.status, (Status.BAD_INPUT, Status.EXCEPTION, Status.NON_FINITE), invert=True)
        with np.errstate(invalid="ignore"):  # an exact fit of a constant: no evidence
            evidence = self.floats["bic_of_constant"] - self.floats["bic"]
        marks = {
            "at_bound": self.at_bound.any(axis=1),
            "ill_conditioned": self.floats["condition_number"] > ILL_CONDITIONED,
            "covariance_unreliable": ~np.isfinite(self.covariance).any(axis=1),
            "few_points": self.counts["dof"] < FEW_POINTS,
            "no_better_than_constant": ~(evidence > STRONG_EVIDENCE),
            "rescued": self.rescued_by != None,  # noqa: E711 - element by element
            "single_basin": np.equal(self.basins.get("basin_count", 0), 1),
            "open_interval": np.isinf([*self.ends.values(), np.zeros(len(tried))]).any(axis=0),
        }
        return {name: mark & tried for name, mark in marks.items()}


def result_columns(fits: FitRows) -> dict[str, Any]:
    """The columns of the architecture's result table, key columns and timing aside."""
    flags = fits.flags()
    marks = np.array([*flags.values()]).T  # (B, flags)
    success = fits.status > 0
    numbers = {name: number_column(values) for name, values in fits.floats.items()}
    columns = {
        "success": pa.array(success),
        "status": status_column(fits.status),
        "message": pa.array(fits.messages, pa.string()),
        "grade": grade_column(success, marks),
        "flags": name_lists(marks, tuple(flags)),
        "method": text_column(fits.method),
        **{name: pa.array(fits.counts[name]) for name in ("nit", "nfev", "njev")},
        "optimality": numbers["optimality"],
        "rescued_by": pa.array(fits.rescued_by, pa.string()),
    }
    for name in fits.parameters:
        columns[name] = number_column(fits.x[name])
        columns[f"{name}_stderr"] = number_column(fits.stderr[name])
        ends = (f"{name}_{end}" for end in ENDS)
        columns |= {end: number_column(fits.ends[end]) for end in ends if end in fits.ends}
    return columns | {
        "covariance": _covariances(fits.covariance, fits.covariance_size),
        **{name: numbers[name] for name in _GOODNESS},
        "n_points": pa.array(fits.points),
        "dof": pa.array(fits.counts["dof"], mask=fits.status == Status.BAD_INPUT),
        "condition_number": numbers["condition_number"],
        "at_bound": name_lists(fits.at_bound, fits.parameters),
        **{name: numbers[name] for name in _RESIDUALS},
        "model": text_column(fits.model),
        **{name: pa.array(counts) for name, counts in fits.basins.items()},
    }


def _chosen(parts: Sequence[Any], which: IntArray) -> Any:
    """Of K columns (B,), or dictionaries of columns, the rows of column ``which (B,)``."""
    if isinstance(parts[0], dict):
        return {name: _chosen([part[name] for part in parts], which) for name in parts[0]}
    return np.array(parts)[which, np.arange(len(which))]


def _covariances(covariance: Array, size: IntArray) -> Any:
    """Row-major lists, null where nothing is known of a problem, null inside where a parameter is fixed."""
    known = np.isfinite(covariance).any(axis=1)
    size = np.where(known, size, 0)
    offsets = np.concatenate([[0], np.cumsum(size)]).astype(np.int32)
    meant = np.arange(covariance.shape[1]) < size[:, None]
    return pa.ListArray.from_arrays(
        pa.array(offsets), number_column(covariance[meant]), mask=pa.array(~known)
    )
