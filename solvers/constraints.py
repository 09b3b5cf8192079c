"""Linear constraints and bounds, by SciPy's names; SciPy's own objects are taken too, by their attributes."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from solvers.arrays import Array


@dataclass(frozen=True, eq=False)
class LinearConstraint:
    """Rows with bounds: ``lb <= A x <= ub``.

    Parameters
    ----------
    A
        (m, n), dense or sparse; one row may come as (n,).
    lb, ub
        A number for all rows, or (m,); equal ones make an equation.
    keep_feasible
        Whether to stay within while searching, one for all or (m,); linear programs do not ask.

    Raises
    ------
    ValueError
        If shapes disagree.

    Examples
    --------
    >>> from solvers import LinearConstraint
    >>> LinearConstraint([[1, 1], [1, -1]], ub=[4, 2]).lb.tolist()
    [-inf, -inf]
    """

    A: Any
    lb: ArrayLike | Array = -np.inf
    ub: ArrayLike | Array = np.inf
    keep_feasible: Any = False

    def __post_init__(self) -> None:
        A = self.A if hasattr(self.A, "tocsr") else np.atleast_2d(np.asarray(self.A, float))
        if A.ndim != 2:
            raise ValueError(f"`A` must have exactly two dimensions, got shape {A.shape}")
        object.__setattr__(self, "A", A)
        _spread(self, int(A.shape[0]), "`lb` and `ub`")


@dataclass(frozen=True, eq=False)
class Bounds:
    """Bounds of variables: ``lb <= x <= ub``.

    Parameters
    ----------
    lb, ub
        A number for all variables, or (n,).
    keep_feasible
        Whether to stay within while searching, one for all or (n,); linear programs do not ask.

    Raises
    ------
    ValueError
        If shapes disagree.

    Examples
    --------
    >>> from solvers import Bounds
    >>> Bounds(0, [1, 2]).lb.tolist()
    [0.0, 0.0]
    """

    lb: ArrayLike | Array = -np.inf
    ub: ArrayLike | Array = np.inf
    keep_feasible: Any = False

    def __post_init__(self) -> None:
        size = max(np.size(limit) for limit in (self.lb, self.ub, self.keep_feasible))
        _spread(self, size, "`bounds.lb` and `bounds.ub`")


def _spread(limits: LinearConstraint | Bounds, size: int, whose: str) -> None:
    """Give `lb`, `ub` and `keep_feasible` the shape (size,)."""
    for name, kind in (("lb", float), ("ub", float), ("keep_feasible", bool)):
        given = getattr(limits, name)
        if hasattr(given, "tocsr"):
            raise ValueError(f"Lower and upper bounds must be dense arrays, got a sparse `{name}`")
        try:
            values = np.asarray(given, kind)
        except (TypeError, ValueError) as problem:
            raise ValueError(f"{whose} must contain reals and be arrays, got {given!r}") from problem
        if values.shape not in {(), (1,), (size,)}:
            raise ValueError(
                f"`lb`, `ub`, and `keep_feasible` must be broadcastable to ({size},): "
                f"`{name}` has shape {values.shape}"
            )
        object.__setattr__(limits, name, np.broadcast_to(values, (size,)))
