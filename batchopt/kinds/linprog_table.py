"""The result table of linear programs: results of several shapes gathered, flagged and graded."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from batchopt.errors import JobError
from batchopt.kinds.linprog_batch import Batch, Refusals
from batchopt.kinds.linprog_flags import FLAGS, flags_of, has_basis
from batchopt.kinds.linprog_template import Template, unknown
from batchopt.kinds.result_columns import (
    grade_column,
    name_lists,
    number_column,
    status_column,
    text_column,
)
from solvers.arrays import BoolArray, IntArray
from solvers.lp.result import LinprogResult
from solvers.status import Status

_MEASURES = ("primal_residual", "dual_residual", "complementarity", "gap")
_MARGINALS = ("ineqlin_marginals", "eqlin_marginals", "lower_marginals", "upper_marginals")
_LISTS = ("x", "slack", *_MARGINALS)
#: Of every result table, beside those named by the key and the job.
OWN_COLUMNS = (
    *("success", "status", "message", "grade", "flags", "method", "nit", "nfev", "njev", "optimality"),
    *("rescued_by", "x", "fun", "slack", *_MARGINALS, *_MEASURES, "ray", "basis"),
)


def named_columns(template: Template, names: Sequence[str]) -> dict[str, tuple[str, int]]:
    """Columns for variables and rows of a template: column -> its list (x or marginals), and the place in it.

    Raises
    ------
    JobError
        If the template has neither a variable nor a row of a name.
    """
    found = {}
    for name in names:
        if name in template.variables:
            found[f"x.{name}"] = ("x", template.variables.index(name))
        if name in template.rows:
            found[f"marginal.{name}"] = ("marginals", template.rows.index(name))
        if f"x.{name}" not in found and f"marginal.{name}" not in found:
            raise JobError(f"template.columns: {unknown(name, template.variables + template.rows)}")
    return found


#: Rows (b,) of the table, and what they have in a list column (b, k).
Piece = tuple[IntArray, NDArray[Any]]


class ProgramRows:
    """The rows (B,) of a result table, filled batch by batch; a row that nothing filled is bad input."""

    def __init__(
        self, refusals: Refusals, template: Template | None = None, names: Sequence[str] = ()
    ) -> None:
        size = len(refusals.good)
        self.refusals = refusals
        self.offset = 0.0 if template is None else template.offset
        self.named = {} if template is None else named_columns(template, names)
        self.status = np.full(size, Status.BAD_INPUT, dtype=np.int64)
        self.nit = np.zeros(size, dtype=np.int64)
        self.messages, self.method, self.rescued_by = np.full((3, size), None, dtype=object)
        self.floats = {name: np.full(size, np.nan) for name in ("fun", *_MEASURES, *self.named)}
        self.marks = np.zeros((size, len(FLAGS)), dtype=bool)
        self.lists: dict[str, list[Piece]] = {n: [] for n in (*_LISTS, "ray", "basis")}

    def add(self, batch: Batch, result: LinprogResult, handed_over: BoolArray) -> None:
        """Enter the results of one batch, and which of them (b,) another method than the first one gave."""
        rows = batch.rows
        self.status[rows], self.nit[rows] = result.status, result.nit
        self.method[rows] = result.method
        self.floats["fun"][rows] = result.fun + self.offset
        for name in _MEASURES:
            self.floats[name][rows] = getattr(result, name)
        for name in _LISTS:
            self.lists[name].append((rows, getattr(result, name)))
        codes = np.where(has_basis(result)[:, np.newaxis], result.basis, np.int8(-1))
        self.lists["basis"].append((rows, codes))
        for status, ray in ((Status.INFEASIBLE, result.farkas), (Status.UNBOUNDED, result.ray)):
            ended = result.status == status
            self.lists["ray"].append((rows[ended], ray[ended]))
        both = {"x": result.x}
        both["marginals"] = np.concatenate([result.ineqlin_marginals, result.eqlin_marginals], axis=1)
        for column, (name, place) in self.named.items():
            self.floats[column][rows] = both[name][:, place]
        self.rescued_by[rows[handed_over]] = result.method[handed_over]
        self.marks[rows] = flags_of(batch.programs, result, handed_over)
        failed = np.flatnonzero(result.status <= 0)
        messages = result.message if len(failed) else []
        for i in failed:
            self.messages[rows[i]] = messages[i]

    def columns(self) -> dict[str, Any]:
        """The columns of the architecture's result table, key columns and timing aside."""
        for row, why in self.refusals.why.items():
            self.messages[row] = why
        success = self.status > 0
        size = len(success)
        with np.errstate(invalid="ignore"):
            optimality = np.fmax.reduce([self.floats[name] for name in _MEASURES])
        none = pa.nulls(size, pa.int64())
        return {
            "success": pa.array(success),
            "status": status_column(self.status),
            "message": pa.array(self.messages, pa.string()),
            "grade": grade_column(success, self.marks),
            "flags": name_lists(self.marks, FLAGS),
            "method": text_column(self.method),
            "nit": pa.array(self.nit),
            "nfev": none,
            "njev": none,
            "optimality": number_column(optimality),
            "rescued_by": text_column(self.rescued_by),
            "x": _number_lists(self.lists["x"], size),
            "fun": number_column(self.floats["fun"]),
            **{name: _number_lists(self.lists[name], size) for name in _LISTS if name != "x"},
            **{name: number_column(self.floats[name]) for name in _MEASURES},
            "ray": _number_lists(self.lists["ray"], size),
            "basis": _lists(self.lists["basis"], size, pa.int8(), lambda codes: codes >= 0),
            **{name: number_column(self.floats[name]) for name in self.named},
        }


def _number_lists(pieces: Sequence[Piece], size: int) -> Any:
    """Lists with null for numbers that are not finite; null as a whole where none is."""
    positive = [(rows, values + 0.0) for rows, values in pieces]  # -0.0, equal to 0.0, becomes it
    return _lists(positive, size, pa.float64(), np.isfinite)


def _lists(pieces: Sequence[Piece], size: int, kind: Any, known: Callable[[Any], BoolArray]) -> Any:
    """A column (size,) of lists from pieces of different widths; null where nothing is known."""
    arrays, places = [], []
    for rows, values in pieces:
        is_known = known(values)  # (b, k)
        some = is_known.any(axis=1) if values.shape[1] else np.ones(len(rows), dtype=bool)
        offsets = pa.array(np.arange(len(rows) + 1, dtype=np.int32) * values.shape[1])
        mask = None if is_known.all() else ~is_known.ravel()
        flat = pa.array(values.ravel(), kind, mask=mask)
        arrays.append(pa.ListArray.from_arrays(offsets, flat, mask=None if some.all() else pa.array(~some)))
        places.append(rows)
    place = np.concatenate([*places, np.zeros(0, np.int64)])
    whole = pa.concat_arrays(arrays) if arrays else pa.nulls(0, pa.list_(kind))
    if np.array_equal(place, np.arange(size)):
        return whole
    order = np.full(size, -1)
    order[place] = np.arange(len(place))
    return whole.take(pa.array(order, mask=order < 0))
