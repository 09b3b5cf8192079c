"""Bounds of unknowns in any of SciPy's forms, as two arrays."""

from typing import Any

import numpy as np

from solvers.arrays import Array


def bound_pairs(bounds: Any, n: int) -> tuple[Array, Array]:
    """Lower and upper bounds, (n,) each, infinite where there are none.

    Parameters
    ----------
    bounds
        `Bounds`, or n pairs with None for what has none; None for no bounds at all.
    n
        Unknowns.

    Raises
    ------
    ValueError
        If there are not n pairs, or an upper bound is below its lower one.
    """
    if bounds is None:
        return np.full(n, -np.inf), np.full(n, np.inf)
    if hasattr(bounds, "lb"):
        sides = [np.asarray(bounds.lb, dtype=float), np.asarray(bounds.ub, dtype=float)]
    else:
        pairs = list(bounds)
        if any(np.size(pair) != 2 for pair in pairs):
            raise ValueError("bounds: give a pair (low, high) for each unknown, None where there is none")
        sides = [
            np.array(
                [
                    default if pair[side] is None else np.asarray(pair[side], dtype=float).item()
                    for pair in pairs
                ]
            )
            for side, default in ((0, -np.inf), (1, np.inf))
        ]
    try:
        lower, upper = (np.broadcast_to(side, (n,)).astype(float) for side in sides)
    except ValueError as problem:
        raise ValueError("The number of bounds is not compatible with the length of `x0`.") from problem
    if (upper < lower).any():
        raise ValueError("An upper bound is less than the corresponding lower bound.")
    return lower, upper
