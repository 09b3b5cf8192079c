"""Columns of result tables, whatever the kind: arrays of NumPy become Arrow's, unknown becomes null."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from solvers import Status
from solvers.arrays import Array, BoolArray, IntArray, TextArray

_LABELS = {int(status): status.label for status in sorted(Status)}
_CODES = np.array([*_LABELS])


def number_column(values: Array) -> Any:
    """Floats with null where they are not finite: unknown is never a number."""
    return pa.array(values, pa.float64(), mask=~np.isfinite(values))


def text_column(texts: TextArray) -> Any:
    """Texts or None, mostly the same in all rows, which then is told sooner than texts are read."""
    if len(texts) and bool((texts == texts[0]).all()):
        return pa.repeat(pa.scalar(texts[0], pa.string()), len(texts))
    return pa.array(texts, pa.string())


def status_column(status: IntArray) -> Any:
    """The words for statuses, as a dictionary of those that occur in order of appearance."""
    words = pa.array(_LABELS.values(), pa.string()).take(pa.array(np.searchsorted(_CODES, status)))
    return words.dictionary_encode()


def name_lists(marks: BoolArray, names: Sequence[str]) -> Any:
    """Lists of the names that are marked in each row of (B, names)."""
    row, which = np.divmod(np.flatnonzero(marks), len(names))
    offsets = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(marks)))]).astype(np.int32)
    values = pa.array(names, pa.string()).take(pa.array(which))
    return pa.ListArray.from_arrays(pa.array(offsets), values)


def grade_column(success: BoolArray, marks: BoolArray) -> Any:
    """`ok`; `warning` with a flag, of ``marks (B, flags)``; `failed`."""
    grade = np.where(success, np.where(marks.any(axis=1), 1, 0), 2)
    return pa.array(("ok", "warning", "failed"), pa.string()).take(pa.array(grade))
