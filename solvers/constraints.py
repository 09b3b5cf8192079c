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
        _spread(self, int(A.shape[0]), "one number for all rows of `A`, or one a row")


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
        sizes = {np.size(limit) for limit in (self.lb, self.ub, self.keep_feasible)}
        _spread(self, max(sizes), "one number for all variables, or one a variable")


def _spread(limits: LinearConstraint | Bounds, size: int, wanted: str) -> None:
    """Give `lb`, `ub` and `keep_feasible` the shape (size,)."""
    for name, kind in (("lb", float), ("ub", float), ("keep_feasible", bool)):
        given = getattr(limits, name)
        if hasattr(given, "tocsr"):
            raise ValueError(f"`{name}` is a sparse array; give a dense one")
        try:
            spread = np.broadcast_to(np.asarray(given, kind), (size,))
        except ValueError as problem:
            raise ValueError(
                f"`{name}` has shape {np.shape(given)}, where {size} are needed; give {wanted}"
            ) from problem
        object.__setattr__(limits, name, spread)
