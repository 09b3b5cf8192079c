"""Several starts of each problem: the best end is kept, and how many starts agreed with it."""

from dataclasses import fields, replace
from typing import Any

import numpy as np

from solvers.arrays import Array, BoolArray, IntArray

#: Ends whose values, or all of whose unknowns, differ by less, relative, are of one basin.
_SAME, _NEAR = 1e-6, 1e-4
#: What is added up over the starts.
_SUMMED = ("nfev", "njev", "nhev")


def best_of(result: Any, starts: int, merit: Array, unit: float) -> tuple[Any, IntArray]:
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
    unit
        As `choose` wants it.

    Returns
    -------
    result
        Of B rows. Its calls are those of all starts; ``basin_count`` (B,) counts the starts that converged to
        the same basin, 0 where none converged.
    rows : (B,)
        Which rows were kept.
    """
    size = len(merit) // starts
    converged = (result.status > 0).reshape(size, starts)
    x = result.x.reshape(size, starts, result.x.shape[1])
    best, agreed = choose(merit.reshape(size, starts), converged, x, unit)
    rows = np.arange(size) * starts + best
    changed: dict[str, Any] = {"basin_count": agreed}
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


def choose(merits: Array, converged: BoolArray, x: Array, unit: float) -> tuple[IntArray, IntArray]:
    """Choose the best of k ends each, converged ones first.

    Parameters
    ----------
    merits, converged
        (B, k) each.
    x
        The ends, (B, k, n).
    unit
        Merits that are smaller count as this large where they are compared; NaN: they do not tell basins.

    Returns
    -------
    best, agreed : (B,)
        Which, and how many converged ones are of its basin.
    """
    ranked = np.where(np.isnan(merits), np.inf, merits)
    some = converged.any(axis=1, keepdims=True)
    best = np.where(converged | ~some, ranked, np.inf).argmin(axis=1)
    rows = np.arange(len(merits))
    level, place = merits[rows, best][:, None], x[rows, best][:, None]
    with np.errstate(invalid="ignore"):  # of ends that did not converge
        agree = np.abs(merits - level) <= _SAME * np.maximum(unit, np.abs(level))
        agree |= (np.abs(x - place) <= _NEAR * np.maximum(1.0, np.abs(place))).all(axis=2)
    agreed: IntArray = (converged & agree).sum(axis=1)
    return best, agreed
