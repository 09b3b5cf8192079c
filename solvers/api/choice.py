"""Which method solves a problem, where its user leaves that open; nothing here loads Numba."""

from typing import Any

import numpy as np

from solvers.arrays import Array
from solvers.methods import LEAST_SQUARES


def able(what: str) -> str:
    """The names of the methods that have bounds, or losses."""
    return ", ".join(name for name, entry in LEAST_SQUARES.items() if getattr(entry, what))


def choose_method(
    method: str | None, lower: Array, upper: Array, loss: Any = "linear", *, per_problem: bool = False
) -> str:
    """SciPy's default (`trf` for losses, which `lm` does not have), and its refusal of `lm` with bounds."""
    bounded = has_bounds(lower, upper, per_problem=per_problem)
    if method is None:
        return "lm" if loss == "linear" and not bounded else "trf"
    if bounded and method in LEAST_SQUARES and not LEAST_SQUARES[method].bounds:
        raise ValueError(f"method {method!r} does not support bounds; use one that does: {able('bounds')}")
    return method


def has_bounds(lower: Array, upper: Array, *, per_problem: bool = False) -> bool:
    """Whether methods must keep to bounds.

    Bounds of each problem's own count as bounds even if all are infinite: how one problem is solved must
    not depend on the bounds of another.
    """
    return per_problem or bool(np.any(np.isfinite(lower) | np.isfinite(upper)))
