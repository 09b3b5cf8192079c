"""The result table of searches, for minima or for roots: what both have, flagged and graded."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from batchopt.errors import JobError
from batchopt.kinds.result_columns import (
    grade_column,
    name_lists,
    number_column,
    status_column,
)
from solvers.arrays import Array, BoolArray
from solvers.status import Status

#: Of every result table, beside those named by the key and the variables, and those of the kind.
COMMON = (
    "success", "status", "message", "grade", "flags", "method", "nit", "nfev", "njev", "optimality",
    "rescued_by", "seconds", "attempt", "basin_count",
)  # fmt: skip


class SearchRows:
    """The rows (B,) of a result table; those that were not tried are bad input."""

    def __init__(self, bad: Mapping[int, str], size: int) -> None:
        self.bad = dict(bad)
        self.good = np.array([row for row in range(size) if row not in bad], dtype=np.int64)
        self.size = size

    def columns(
        self,
        result: Any,
        method: str,
        variables: Sequence[str],
        optimality: Array,
        own: Mapping[str, Array],
        flags: Mapping[str, BoolArray],
        started: int,
    ) -> dict[str, Any]:
        """The columns of the architecture's result table, key columns and timing aside.

        Parameters
        ----------
        result
            Of the good rows: ``x (b, n), status, nit, nfev, njev, message, basin_count``.
        method, variables
            Who solved, and the unknowns' names.
        optimality
            (b,)
        own
            What the kind has besides, (b,) or (b, k) each.
        flags
            (b,) each.
        started
            How many starts each problem had.
        """
        status = self._spread(result.status, int(Status.BAD_INPUT))
        messages = np.full(self.size, None, dtype=object)
        said = result.message
        for i, row in enumerate(self.good):
            if result.status[i] <= 0:
                messages[row] = said[i]
        for row, why in self.bad.items():
            messages[row] = why
        starts = np.ones(len(self.good), dtype=np.int64) if result.basin_count is None else result.basin_count
        flags = {**flags, "single_basin": (starts == 1) & (started > 1)}
        tried = np.isin(status, (Status.BAD_INPUT, Status.EXCEPTION, Status.NON_FINITE), invert=True)
        marks = np.column_stack([self._spread(mark, False) & tried for mark in flags.values()])
        success = status > 0
        return {
            "success": pa.array(success),
            "status": status_column(status),
            "message": pa.array(messages, pa.string()),
            "grade": grade_column(success, marks),
            "flags": name_lists(marks, tuple(flags)),
            "method": pa.array([method] * self.size, pa.string(), mask=status == Status.BAD_INPUT),
            **{name: pa.array(self._spread(getattr(result, name), 0)) for name in ("nit", "nfev", "njev")},
            "optimality": number_column(self._spread(optimality, np.nan)),
            "rescued_by": pa.nulls(self.size, pa.string()),
            **{name: number_column(self._spread(result.x[:, j], np.nan)) for j, name in enumerate(variables)},
            **{name: _column(self._spread(values, np.nan)) for name, values in own.items()},
            "basin_count": pa.array(self._spread(starts, 0), mask=np.full(self.size, started == 1)),
        }

    def _spread(self, values: Any, blank: Any) -> Any:
        """Values of the good rows in their places."""
        full = np.full((self.size, *values.shape[1:]), blank, dtype=values.dtype)
        full[self.good] = values
        return full


def _column(values: Array) -> Any:
    """Numbers, or lists of numbers, with null for what is not finite."""
    if values.ndim == 1:
        return number_column(values)
    offsets = np.arange(len(values) + 1, dtype=np.int32) * values.shape[1]
    return pa.ListArray.from_arrays(pa.array(offsets), number_column(values.ravel()))


def bad_rows(
    table_bad: Mapping[int, str],
    numbers: Mapping[str, Array],
    parts: Mapping[str, Array],
    limits: Mapping[str, Array],
    names: Sequence[str],
) -> dict[int, str]:
    """Rows that cannot be tried: row -> why, the first reason found.

    Parameters
    ----------
    table_bad
        Those of the input.
    numbers
        What expressions read, by column.
    parts
        ``start``, ``lower``, ``upper``, (B, n) each.
    limits
        Of constraints, (B,) by job field.
    names
        The variables' names.
    """
    bad = dict(table_bad)
    for name, values in numbers.items():
        for row in np.flatnonzero(~np.isfinite(values)).tolist():
            bad.setdefault(row, f"column {name!r}: got {values[row]:g}; give a finite number")
    for part, values in parts.items():
        wrong = ~np.isfinite(values) if part == "start" else np.isnan(values)
        for row, j in np.argwhere(wrong).tolist():
            bad.setdefault(row, f"variables.{names[j]}.{part}: got {values[row, j]:g} here; give a number")
    for field, values in limits.items():
        for row in np.flatnonzero(np.isnan(values)).tolist():
            bad.setdefault(row, f"{field}: got {values[row]:g} here; give a number")
    for row, j in np.argwhere(parts["lower"] > parts["upper"]).tolist():
        low, high = parts["lower"][row, j], parts["upper"][row, j]
        bad.setdefault(row, f"variables.{names[j]}: got lower {low:g} above upper {high:g}")
    return bad


def check_names(variables: Sequence[str], key: Sequence[str], own: Sequence[str]) -> None:
    """Raise JobError if a variable or a key column has the name of a column of the result table."""
    for field, names, taken in (("variables", variables, own), ("input.key", key, (*own, *variables))):
        for name in names:
            if name in taken:
                raise JobError(f"{field}: {name!r} is also a column of the result table; rename it")
