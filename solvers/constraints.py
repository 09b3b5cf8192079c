"""Constraints and bounds, by SciPy's names; SciPy's own objects are taken too, by their attributes."""

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
class NonlinearConstraint:
    """Functions with bounds: ``lb <= fun(x) <= ub``.

    Parameters
    ----------
    fun
        ``fun(x) -> (m,)``; in batches ``fun(x, *args) -> (b, m)``, or text beside an objective that is text.
    lb, ub
        A number for all, or (m,); equal ones make an equation. In batches (B, m), too.
    jac
        ``jac(x) -> (m, n)``, or ``2-point``, ``3-point``, ``cs``: differences.
    hess
        ``hess(x, v) -> (n, n)``, the Hessian of ``v @ fun(x)``; or the name of a scheme; or `BFGS` or `SR1`
        objects. None: ``BFGS()``.
    keep_feasible
        Taken for SciPy's sake; no method here asks.
    finite_diff_rel_step
        Relative steps of differences.
    finite_diff_jac_sparsity
        Taken for SciPy's sake; small Jacobians are dense.

    Examples
    --------
    >>> from solvers import NonlinearConstraint
    >>> NonlinearConstraint(lambda x: x[0] ** 2 + x[1] ** 2, 0, 1).ub
    1
    """

    fun: Any
    lb: Any
    ub: Any
    jac: Any = "2-point"
    hess: Any = None
    keep_feasible: Any = False
    finite_diff_rel_step: Any = None
    finite_diff_jac_sparsity: Any = None


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
