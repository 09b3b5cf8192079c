"""What batches of problems of several unknowns are given, checked and brought to one form."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from solvers.api.bound_pairs import bound_pairs
from solvers.api.further_starts import further_starts
from solvers.arrays import Array

#: The numbers of a batch's problems, by name, each with leading axis B.
Columns = dict[str, NDArray[Any]]


def columns_of(f: Any, args: Any) -> Columns:
    """Arrays (B, ...) by their names in an expression, or by their places in `args`."""
    if not isinstance(f, str):
        return {f"args[{i}]": np.asarray(arg) for i, arg in enumerate(args)}
    if not isinstance(args, Mapping) and len(args):
        raise ValueError("args: an expression calls its numbers by name; give {name: array (B,)}")
    columns: Columns = {name: np.asarray(arg, dtype=float) for name, arg in dict(args).items()}
    for name, column in columns.items():
        if column.ndim > 1:
            raise ValueError(f"args[{name!r}]: got shape {column.shape}; give (B,)")
    return columns


def starting_points(x0: Any, bounds: Any, columns: Columns) -> Array:
    """Starts (B, n); without any the middles of the bounds."""
    sizes = {name: len(column) if column.ndim else 0 for name, column in columns.items()}
    start: Array
    if x0 is None:
        pairs = np.asarray(bounds, dtype=float)
        if pairs.ndim not in (2, 3) or pairs.shape[-1] != 2 or not np.isfinite(pairs).all():
            raise ValueError("x0: got None; without starts give several `starts` and finite bounds (B, n, 2)")
        start = pairs.mean(axis=-1)
    else:
        start = np.array(x0, dtype=float)
    if start.ndim not in (1, 2) or (start.ndim == 1 and not sizes):
        raise ValueError(f"x0 must be (B, n), got shape {start.shape}")
    if start.ndim == 1:
        start = np.tile(start, (next(iter(sizes.values())), 1))
    for name, size in sizes.items():
        if size != len(start):
            raise ValueError(
                f"{name} must have leading axis B = {len(start)}, got shape {columns[name].shape}"
            )
    return start


def bound_rows(bounds: Any, size: int, n: int) -> tuple[Array, Array]:
    """Bounds (B, n) each, from those of all or of each problem."""
    if bounds is None:
        sides: tuple[Any, Any] = (-np.inf, np.inf)
    elif hasattr(bounds, "lb"):
        sides = (bounds.lb, bounds.ub)
    else:
        try:
            pairs = np.array(bounds, dtype=float)  # None becomes NaN
        except (TypeError, ValueError):
            sides = bound_pairs(bounds, n)
        else:
            if pairs.shape not in ((n, 2), (size, n, 2)):
                raise ValueError(f"bounds: got shape {pairs.shape}; give ({n}, 2) or ({size}, {n}, 2)")
            low, high = pairs[..., 0], pairs[..., 1]
            sides = np.where(np.isnan(low), -np.inf, low), np.where(np.isnan(high), np.inf, high)
    lower, upper = (np.asarray(side, dtype=float) for side in sides)
    for side in (lower, upper):
        if side.shape not in ((), (1,), (n,), (size, n)):
            raise ValueError(f"bounds: got shape {side.shape}; give a number, ({n},) or ({size}, {n})")
    return np.full((size, n), lower), np.full((size, n), upper)


def wrong_rows(x0: Array, lower: Array, upper: Array, columns: Columns) -> dict[int, str]:
    """Rows that are no problems, of starts, bounds and numbers: row -> why."""
    wrong = not_finite({"x0": x0} | columns)
    for row in np.flatnonzero(~(lower <= upper).all(axis=1)):
        got = np.column_stack([lower[row], upper[row]]).tolist()
        wrong.setdefault(int(row), f"bounds: got {got}; a lower bound is at most the upper one")
    return wrong


class Starts(NamedTuple):
    """All starts of all problems, one problem's after the other, with what else each has."""

    start: Array  # (B * starts, n)
    lower: Array
    upper: Array
    columns: Columns


def many_starts(x0: Array, bounds: Any, columns: Columns, starts: int, seeds: Any, *, own: bool) -> Starts:
    """Give each problem so many starts: its own first, where there is one, and others drawn over its bounds.

    Raises
    ------
    ValueError
        If bounds, seeds or the number of starts make no sense.
    """
    size, n = x0.shape
    lower, upper = bound_rows(bounds, size, n)
    if starts < 1:
        raise ValueError(f"starts: got {starts}; give 1 or more")
    if starts == 1:
        return Starts(x0, lower, upper, columns)
    numbers = np.arange(size) if seeds is None else np.asarray(seeds)
    if numbers.shape != (size,) or numbers.dtype.kind not in "iu":
        raise ValueError(f"seeds: got shape {numbers.shape} of {numbers.dtype}; give integers ({size},)")
    drawn = np.repeat(x0[:, None], starts, axis=1)
    for row in range(size):
        if np.isfinite(x0[row]).all() and (lower[row] <= upper[row]).all():
            more = starts - int(own)
            drawn[row, int(own) :] = further_starts(x0[row], lower[row], upper[row], int(numbers[row]), more)
    return Starts(
        drawn.reshape(-1, n),
        lower.repeat(starts, axis=0),
        upper.repeat(starts, axis=0),
        {name: column.repeat(starts, axis=0) for name, column in columns.items()},
    )


def not_finite(parts: Columns) -> dict[int, str]:
    """Rows with numbers that are none: row -> which."""
    found: dict[int, str] = {}
    for name, part in parts.items():
        finite = np.isfinite(part)
        if finite.all():
            continue
        wrong = ~finite.reshape(len(part), part[:1].size or 1).all(axis=1)
        for row in np.flatnonzero(wrong).tolist():
            found.setdefault(row, f"{name}: got {part[row].tolist()}; give finite numbers")
    return found
