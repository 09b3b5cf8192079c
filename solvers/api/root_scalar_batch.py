"""`root_scalar_batch`: zeros of very many functions of one unknown."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from solvers import loop
from solvers.api.root_scalar import BRACKETING, RULES, checked_options, method_for, second_point
from solvers.arrays import Array, BoolArray
from solvers.evaluation.scalars import Scalars
from solvers.methods.scalar.stepping import Stepping
from solvers.scalar_result import ScalarResult
from solvers.status import Status

_NO_LIMIT = np.iinfo(np.int64).max


def root_scalar_batch(
    f: Callable[..., Any],
    args: Sequence[ArrayLike] = (),
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
        ``f(x, *args) -> (b,)`` for x (b,): the rows still running, each by itself.
    args
        Arrays with leading axis B, handed over cut to the same rows as x.
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
    """
    name = method_for(method, bracket, x0, x1, fprime, fprime2)
    tolerances, steps = checked_options(name, xtol, rtol, maxiter, {"k": k} if name == "toms748" else {})
    rule = RULES[name]
    parts = tuple(np.asarray(arg) for arg in args)
    starts = _starts(name, bracket, x0, x1)
    size = _size(starts, parts)
    given = np.broadcast_to(starts, (size, starts.shape[1]))
    if name == "toms748":
        given = np.column_stack([given, np.full(size, float(steps))])
    derivatives = [function for function in (fprime, fprime2) if function is not None]
    problems = Scalars((f, *derivatives[: rule.order]), parts, np.ascontiguousarray(given), vectorized)
    good: BoolArray = np.logical_and.reduce(np.isfinite(given), axis=1)
    result = _solve(Stepping(rule, *tolerances), problems if good.all() else problems.take(good))
    said = "bracket: got {}; give two numbers" if name in BRACKETING else "x0: got {}; give a number"
    errors = {int(row): said.format(starts[row % len(starts)].tolist()) for row in np.flatnonzero(~good)}
    return result if good.all() else result.spread(good, errors)


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


def _size(starts: Array, args: tuple[Any, ...]) -> int:
    """B, from whatever has a leading axis."""
    sizes = {"the starts": len(starts)} if len(starts) != 1 else {}
    for i, arg in enumerate(args):
        if arg.ndim == 0:
            raise ValueError(
                f"args[{i}] must have leading axis B, got a number; close over what is the same for all"
            )
        sizes[f"args[{i}]"] = len(arg)
    if len(set(sizes.values())) > 1:
        raise ValueError(
            f"leading axes disagree: {', '.join(f'{n} has {size}' for n, size in sizes.items())}"
        )
    return next(iter(sizes.values()), 1)


def _solve(method: Stepping, problems: Scalars) -> ScalarResult:
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
