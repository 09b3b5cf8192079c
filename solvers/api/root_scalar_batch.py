"""`root_scalar_batch`: zeros of very many functions of one unknown."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from solvers.api.batch_input import columns_of
from solvers.api.root_scalar import BRACKETING, RULES, checked_options, method_for, second_point
from solvers.api.scalar_batch import search_batch, spread_starts
from solvers.arrays import Array
from solvers.methods.scalar.stepping import Stepping
from solvers.scalar_result import ScalarResult


def root_scalar_batch(
    f: Callable[..., Any] | str,
    args: Sequence[ArrayLike] | Mapping[str, ArrayLike] = (),
    *,
    method: str | None = None,
    bracket: ArrayLike | None = None,
    fprime: Callable[..., Any] | None = None,
    fprime2: Callable[..., Any] | None = None,
    x0: ArrayLike | None = None,
    x1: ArrayLike | None = None,
    xtol: float | None = None,
    rtol: float | None = None,
    maxiter: int | None = None,
    k: int = 1,
    vectorized: bool = True,
) -> ScalarResult:
    """Find a zero of a function of one unknown for each of B problems.

    Parameters
    ----------
    f
        ``f(x, *args) -> (b,)`` for x (b,): the rows still running, each by itself. Or an expression in x,
        ``"x**3 - a"``, which is compiled, with exact derivatives.
    args
        Arrays with leading axis B, handed over cut to the same rows as x; of an expression, by name.
    method, xtol, rtol, maxiter, k
        As of `root_scalar`.
    bracket
        (2,) or (B, 2): two points at which the function has different signs.
    fprime, fprime2
        Derivatives, called as `f` is.
    x0, x1
        Numbers or (B,): where to start.
    vectorized
        Whether the functions take many rows. If not they are ``f(x, *args) -> number`` of one problem.

    Returns
    -------
    ScalarResult
        ``x``, ``fun``, ``status``, ``nit``, ``nfev``, ``njev`` and ``nhev``, each (B,). Newton's and the
        secant method end with a point that they have not evaluated; its value is computed, and counted.

    Raises
    ------
    ValueError
        For misuse. A row whose bracket has no change of sign, or that begins with NaN, is not: its status
        says so.

    Notes
    -----
    A problem's answer is the same alone, in any batch and in any order, to the bit, as far as `f` is.

    Examples
    --------
    >>> import numpy as np
    >>> from solvers import root_scalar_batch
    >>> cubes = np.array([1.0, 8.0, 27.0])
    >>> root_scalar_batch(lambda x, a: x**3 - a, (cubes,), bracket=(0, 5)).x.round(12)
    array([1., 2., 3.])
    >>> root_scalar_batch("x**3 - a", {"a": cubes}, bracket=(0, 5)).x.round(12)
    array([1., 2., 3.])
    """
    columns = columns_of(f, args)
    exact = isinstance(f, str)
    name = method_for(method, bracket, x0, x1, fprime or exact, fprime2 or (exact and method is not None))
    tolerances, steps = checked_options(name, xtol, rtol, maxiter, {"k": k} if name == "toms748" else {})
    starts = spread_starts(_starts(name, bracket, x0, x1), columns)
    given = np.column_stack([starts, np.full(len(starts), float(steps))]) if name == "toms748" else starts
    derivatives = [function for function in (fprime, fprime2) if function is not None]
    return search_batch(
        Stepping(RULES[name], *tolerances),
        f if isinstance(f, str) else [f, *derivatives],
        columns,
        {"bracket" if name in BRACKETING else "x0": starts},
        given,
        vectorized=vectorized,
    )


def _starts(name: str, bracket: Any, x0: Any, x1: Any) -> Array:
    """What searches begin with, (B or 1, 1 or 2)."""
    if name in BRACKETING:
        ends = np.atleast_2d(np.asarray(bracket, dtype=float))
        if ends.ndim != 2 or ends.shape[1] != 2:
            raise ValueError(f"bracket: got shape {np.shape(bracket)}; give (2,) or (B, 2)")
        return ends
    first = np.atleast_1d(np.asarray(x0, dtype=float))
    if name != "secant":
        columns = [first]
    else:
        columns = [first, second_point(first) if x1 is None else np.atleast_1d(np.asarray(x1, dtype=float))]
    if any(column.ndim != 1 for column in columns):
        raise ValueError(f"x0 and x1: got shapes {np.shape(x0)} and {np.shape(x1)}; give numbers or (B,)")
    return np.column_stack(np.broadcast_arrays(*columns))
