"""What batches of problems of several unknowns are given, checked and brought to one form."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from solvers.api.bound_pairs import bound_pairs
from solvers.api.further_starts import further_starts
from solvers.arrays import Array, IntArray


def starting_points(x0: Any, bounds: Any) -> Array:
    """Starts (B, n); without any the middles of bounds (B, n, 2)."""
    if x0 is None:
        pairs = np.asarray(bounds, dtype=float)
        if pairs.ndim != 3 or not np.isfinite(pairs).all():
            raise ValueError("x0: got None; without starts give finite bounds (B, n, 2), and several starts")
        middles: Array = pairs.mean(axis=2)
        return middles
    start = np.array(x0, dtype=float)
    if start.ndim != 2:
        raise ValueError(f"x0 must be (B, n), got shape {start.shape}")
    return start


def checked_args(args: Sequence[Any], size: int) -> tuple[NDArray[Any], ...]:
    """Arrays with leading axis B."""
    parts = tuple(np.asarray(arg) for arg in args)
    for i, part in enumerate(parts):
        if part.ndim == 0 or len(part) != size:
            raise ValueError(f"args[{i}] must have leading axis B = {size}, got shape {part.shape}")
    return parts


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


def wrong_rows(x0: Array, lower: Array, upper: Array) -> dict[int, str]:
    """Rows that are no problems: row -> why."""
    wrong = {
        int(row): f"x0: got {x0[row].tolist()}; give finite numbers"
        for row in np.flatnonzero(~np.isfinite(x0).all(axis=1))
    }
    for row in np.flatnonzero(~(lower <= upper).all(axis=1)):
        got = np.column_stack([lower[row], upper[row]]).tolist()
        wrong.setdefault(int(row), f"bounds: got {got}; a lower bound is at most the upper one")
    return wrong


def draw_starts(x0: Array, lower: Array, upper: Array, seeds: IntArray, count: int, *, own: bool) -> Array:
    """``count`` starts for each problem, (B, count, n); the first is its own, where there is one."""
    drawn = np.empty((len(x0), count, x0.shape[1]))
    drawn[:, : int(own)] = x0[:, None]
    for row in range(len(x0)):
        if np.isfinite(x0[row]).all() and (lower[row] <= upper[row]).all():
            more = count - int(own)
            drawn[row, int(own) :] = further_starts(x0[row], lower[row], upper[row], int(seeds[row]), more)
        else:
            drawn[row] = x0[row]
    return drawn
