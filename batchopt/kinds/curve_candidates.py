"""Candidate models for each problem: the winner's row of the result table, and all candidates beside it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from batchopt.kinds.curve_models import JobModel
from batchopt.kinds.curve_table import FitRows, result_columns
from solvers.arrays import Array
from solvers.selection import select

#: What a candidate tells of its fit, as the result table does of the winner's.
_SHOWN = ("success", "status", "message", "method", "nfev", "chisqr", "aic", "aicc", "bic")


def choose(models: Sequence[JobModel], tables: Sequence[FitRows], criterion: str) -> tuple[FitRows, Any]:
    """Select among candidate models, each fitted to all problems.

    Parameters
    ----------
    models, tables
        K candidates, and the rows of each.
    criterion
        ``aic``, ``aicc`` or ``bic``.

    Returns
    -------
    FitRows
        The winners' rows; where no candidate could be tried, the first one's, without its name.
    pyarrow.Array
        A list of K structs a problem, in the order of the candidates; null where none could be tried.
    """
    values, aic = (np.array([table.floats[name] for table in tables]) for name in (criterion, "aic"))
    selection = select(values, aic, np.array([table.status for table in tables]))
    tried = selection.winner >= 0
    best = FitRows.choice(tables, np.where(tried, selection.winner, 0))
    best.model[~tried] = None
    shown = _lists(
        [_candidate(*candidate) for candidate in zip(models, tables, selection.weights, strict=True)]
    )
    return best, shown.take(pa.array(np.arange(len(tried)), mask=~tried))


def _candidate(model: JobModel, table: FitRows, weight: Array) -> Any:
    """One candidate of each problem, structs (B,)."""
    columns = result_columns(table)
    columns["status"] = columns["status"].cast(pa.string())
    size = len(weight)
    params = [
        _structs(name=pa.repeat(pa.scalar(name), size), value=columns[name], stderr=columns[f"{name}_stderr"])
        for name in model.parameters
    ]
    return _structs(
        model=pa.repeat(pa.scalar(model.label), size),
        **{name: columns[name] for name in _SHOWN},
        weight=pa.array(weight, mask=np.isnan(weight)),
        params=_lists(params),
    )


def _structs(**columns: Any) -> Any:
    return pa.StructArray.from_arrays([*columns.values()], names=[*columns])


def _lists(parts: Sequence[Any]) -> Any:
    """K arrays (B,) as B lists of K."""
    count, size = len(parts), len(parts[0])
    by_row = np.arange(count * size).reshape(count, size).T.ravel()
    offsets = np.arange(0, count * size + 1, count, dtype=np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.concat_arrays(parts).take(pa.array(by_row)))
