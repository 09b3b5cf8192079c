"""Several starts of each problem: the best end is kept, and how many starts agreed with it."""

from dataclasses import fields, replace
from typing import Any

import numpy as np

from solvers.arrays import Array, IntArray

#: Ends whose values differ by less, relative or absolute, are of one basin.
_SAME = 1e-6
#: What is added up over the starts.
_SUMMED = ("nfev", "njev", "nhev")


def best_of(result: Any, starts: int, merit: Array) -> tuple[Any, IntArray]:
    """Keep the best of each problem's starts.

    Parameters
    ----------
    result
        Of B times `starts` rows, a problem's one after the other; a dataclass of arrays, of ``extras``, a
        dictionary of arrays, and ``errors``, row -> text.
    starts
        How many there are of each.
    merit
        (B * starts,) what is least for the best; converged ones come before all others.

    Returns
    -------
    result
        Of B rows. Its calls are those of all starts; ``basin_count`` (B,) counts the starts that converged to
        the same value, 0 where none converged.
    rows : (B,)
        Which rows were kept.
    """
    size = len(merit) // starts
    merits, converged = merit.reshape(size, starts), (result.status > 0).reshape(size, starts)
    ranked = np.where(np.isnan(merits), np.inf, merits)
    best = np.where(
        converged.any(axis=1), np.where(converged, ranked, np.inf).argmin(axis=1), ranked.argmin(axis=1)
    )
    rows = np.arange(size) * starts + best
    level = merit[rows][:, None]
    agree = converged & (np.abs(merits - level) <= _SAME * np.maximum(1.0, np.abs(level)))
    changed: dict[str, Any] = {"basin_count": agree.sum(axis=1)}
    for field in fields(result):
        values = getattr(result, field.name)
        if field.name in _SUMMED:
            changed[field.name] = values.reshape(size, starts).sum(axis=1)
        elif isinstance(values, np.ndarray):
            changed[field.name] = values[rows]
    changed["extras"] = {name: values[rows] for name, values in result.extras.items()}
    changed["errors"] = {
        problem: result.errors[int(row)] for problem, row in enumerate(rows) if int(row) in result.errors
    }
    return replace(result, **changed), rows
