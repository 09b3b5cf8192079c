"""`root_scalar_batch`: zeros of very many functions of one unknown."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from solvers import loop
from solvers.api.root_scalar import BRACKETING, RULES, checked_options, method_for, second_point
from solvers.arrays import Array
from solvers.evaluation.scalars import Scalars
from solvers.expressions import Expression
from solvers.methods.scalar.fused import search_formula
from solvers.methods.scalar.stepping import Stepping
from solvers.scalar_result import ScalarResult
from solvers.status import Status

_NO_LIMIT = np.iinfo(np.int64).max


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
    columns = _columns(f, args)
    exact = isinstance(f, str)
    name = method_for(method, bracket, x0, x1, fprime or exact, fprime2 or (exact and method is not None))
    tolerances, steps = checked_options(name, xtol, rtol, maxiter, {"k": k} if name == "toms748" else {})
    search = Stepping(RULES[name], *tolerances)
    starts = _starts(name, bracket, x0, x1)
    size = _size(starts, columns)
    given = np.broadcast_to(starts, (size, starts.shape[1]))
    if name == "toms748":
        given = np.column_stack([given, np.full(size, float(steps))])
    parts = {"bracket" if name in BRACKETING else "x0": given} | (columns if exact else {})
    errors = _not_finite(parts)
    good = np.array([row not in errors for row in range(size)], dtype=bool)
    if isinstance(f, str):
        formula = Expression(f, ("x",), tuple(columns))
        data = np.column_stack([np.empty((size, 0)), *columns.values()])
        result = search_formula(search, formula, data[good], given[good])
    else:
        derivatives = [function for function in (fprime, fprime2) if function is not None]
        functions = (f, *derivatives[: search.order])
        problems = Scalars(functions, tuple(columns.values()), np.ascontiguousarray(given), vectorized)
        result = _search(search, problems.take(good))
    return result.spread(good, errors) if errors else result


def _columns(f: Any, args: Any) -> dict[str, NDArray[Any]]:
    """Arrays (B,) by their names in an expression, or by their places."""
    if not isinstance(f, str):
        return {f"args[{i}]": np.asarray(arg) for i, arg in enumerate(args)}
    if not isinstance(args, Mapping) and len(args):
        raise ValueError("args: an expression calls its numbers by name; give {name: array (B,)}")
    columns = {name: np.asarray(arg, dtype=float) for name, arg in dict(args).items()}
    for name, column in columns.items():
        if column.ndim > 1:
            raise ValueError(f"args[{name!r}]: got shape {column.shape}; give (B,)")
    return columns


def _not_finite(parts: dict[str, Array]) -> dict[int, str]:
    """Rows with numbers that are none: row -> which."""
    found: dict[int, str] = {}
    for name, part in parts.items():
        wrong = ~np.isfinite(part).reshape(len(part), part[:1].size or 1).all(axis=1)
        for row in np.flatnonzero(wrong).tolist():
            found.setdefault(row, f"{name}: got {part[row].tolist()}; give finite numbers")
    return found


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


def _size(starts: Array, columns: dict[str, NDArray[Any]]) -> int:
    """B, from whatever has a leading axis."""
    sizes = {"the starts": len(starts)} if len(starts) != 1 else {}
    for name, column in columns.items():
        if column.ndim == 0:
            raise ValueError(f"{name} must have leading axis B, got a number")
        sizes[name] = len(column)
    if len(set(sizes.values())) > 1:
        raise ValueError(
            f"leading axes disagree: {', '.join(f'{n} has {size}' for n, size in sizes.items())}"
        )
    return next(iter(sizes.values()), 1)


def _search(method: Stepping, problems: Scalars) -> ScalarResult:
    size = len(problems)
    if size == 0:
        return ScalarResult.nothing()
    ended = loop.run(method, problems, problems.given[:, 0].copy(), _NO_LIMIT)
    x, fun, status = ended.state.x.copy(), ended.state.fun.copy(), ended.state.status
    nfev, errors = ended.nfev, ended.errors
    unknown = np.isnan(fun) & np.isfinite(x) & ~np.isin(status, (Status.NON_FINITE, Status.EXCEPTION))
    if unknown.any():
        value = problems.take(unknown).value(x[unknown])
        fun[unknown], nfev[unknown] = value.fun, nfev[unknown] + 1
    nhev = ended.njev if method.order > 1 else np.zeros_like(nfev)
    return ScalarResult(x, fun, status, ended.state.nit, nfev, ended.njev, nhev, errors)
