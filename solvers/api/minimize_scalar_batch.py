"""`minimize_scalar_batch`: minima of very many functions of one unknown."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from solvers.api.batch_input import columns_of
from solvers.api.minimize_scalar import settings_for
from solvers.api.scalar_batch import search_batch, spread_starts
from solvers.arrays import Array
from solvers.methods.scalar.brent_minimum import first_point
from solvers.methods.scalar.stepping import Stepping
from solvers.scalar_result import ScalarResult


def minimize_scalar_batch(
    fun: Callable[..., Any] | str,
    bracket: ArrayLike | None = None,
    bounds: ArrayLike | None = None,
    args: Sequence[ArrayLike] | Mapping[str, ArrayLike] = (),
    *,
    method: str | None = None,
    tol: float | None = None,
    maxiter: int | None = None,
    vectorized: bool = True,
) -> ScalarResult:
    """Minimize a function of one unknown for each of B problems.

    Parameters
    ----------
    fun
        ``fun(x, *args) -> (b,)`` for x (b,): the rows still running, each by itself. Or an expression in x,
        ``"(x - a)**2"``, which is compiled.
    bracket
        (2,) or (B, 2), from which to look for a bracket downhill; (3,) or (B, 3), one. None: (0, 1).
    bounds
        (2,) or (B, 2): intervals, for ``bounded``.
    args
        Arrays with leading axis B, handed over cut to the same rows as x; of an expression, by name.
    method, tol, maxiter
        As of `minimize_scalar`; ``maxiter`` is one of its options.
    vectorized
        Whether `fun` takes many rows. If not it is ``fun(x, *args) -> number`` of one problem.

    Returns
    -------
    ScalarResult
        ``x``, ``fun``, ``status``, ``nit`` and ``nfev``, each (B,).

    Raises
    ------
    ValueError
        For misuse. A row whose bracket is none, or whose bounds are NaN, is not: its status says so.

    Notes
    -----
    A problem's answer is the same alone, in any batch and in any order, to the bit, as far as `fun` is.

    Examples
    --------
    >>> import numpy as np
    >>> from solvers import minimize_scalar_batch
    >>> centres = np.array([1.0, 2.0, 3.0])
    >>> minimize_scalar_batch(lambda x, a: (x - a) ** 2, args=(centres,)).x.round(6)
    array([1., 2., 3.])
    >>> minimize_scalar_batch("(x - a)**2", bounds=(0, 2.5), args={"a": centres}).x.round(4)
    array([1. , 2. , 2.5])
    """
    options = {} if maxiter is None else {"maxiter": maxiter}
    settings = settings_for(method, bounds, tol, options)
    columns = columns_of(fun, args)
    if settings.rule.name == "bounded":
        name, starts, given, errors = _intervals(bounds, columns)
    else:
        name, starts, given, errors = _brackets(bracket, columns)
    return search_batch(
        Stepping(settings.rule, settings.xtol, settings.rtol, settings.maxiter),
        fun if isinstance(fun, str) else [fun],
        columns,
        {name: starts},
        given,
        vectorized=vectorized,
        errors=errors,
    )


def _intervals(bounds: Any, columns: Any) -> tuple[str, Array, Array, dict[int, str]]:
    """What was given, what the rule begins with, and which rows have no interval."""
    ends = np.atleast_2d(np.asarray(bounds, dtype=float))
    if ends.ndim != 2 or ends.shape[1] != 2:
        raise ValueError(f"bounds: got shape {np.shape(bounds)}; give (2,) or (B, 2)")
    ends = spread_starts(ends, columns)
    low, high = ends.T
    said = "bounds: got {}; the lower bound is at most the upper one"
    errors = {int(row): said.format(ends[row].tolist()) for row in np.flatnonzero(low > high)}
    return "bounds", ends, np.column_stack([first_point(low, high), low, high]), errors


def _brackets(bracket: Any, columns: Any) -> tuple[str, Array, Array, dict[int, str]]:
    points = np.atleast_2d(np.asarray((0.0, 1.0) if bracket is None else bracket, dtype=float))
    if points.ndim != 2 or points.shape[1] not in (2, 3):
        raise ValueError(f"bracket: got shape {np.shape(bracket)}; give (2,), (3,), (B, 2) or (B, 3)")
    points = spread_starts(points, columns)
    third = points[:, 2] if points.shape[1] == 3 else np.full(len(points), math.nan)
    return "bracket", points, np.column_stack([points[:, :2], third]), {}
