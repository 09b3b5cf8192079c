"""`minimize_batch`: minima of very many functions of several unknowns."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from solvers.api.batch_input import columns_of, many_starts, starting_points, wrong_rows
from solvers.api.constraint_functions import Probe, pieces_of
from solvers.api.multi_start import best_of
from solvers.api.posing import default_method, pose
from solvers.api.posing_formulas import formula_problems, limits_of, unknown_names
from solvers.api.settings import settings_for
from solvers.api.verify_minima import check_minima
from solvers.arrays import Array
from solvers.coroutines import formulas, many
from solvers.coroutines.flight import Ended, Task
from solvers.coroutines.method import Method
from solvers.coroutines.row import BEST, GRADIENT, NFEV, NHEV, NIT, VIOLATION
from solvers.evaluation.problems import Problems
from solvers.methods.minimize import MODULES, find
from solvers.minimize_result import MinimizeResult
from solvers.status import Status


def minimize_batch(
    fun: Callable[..., Any] | str,
    x0: ArrayLike | None,
    args: Sequence[ArrayLike] | Mapping[str, ArrayLike] = (),
    *,
    method: str | None = None,
    jac: Any = None,
    hess: Any = None,
    hessp: Callable[..., Any] | None = None,
    bounds: Any = None,
    constraints: Any = (),
    tol: float | None = None,
    options: Mapping[str, Any] | None = None,
    variables: Sequence[str] | None = None,
    vectorized: bool = True,
    starts: int = 1,
    seeds: ArrayLike | None = None,
    verify: bool = False,
) -> MinimizeResult:
    """Minimize a function of n unknowns for each of B problems.

    Parameters
    ----------
    fun
        ``fun(x, *args) -> (b,)`` for x (b, n): the rows still running, each by itself. Or an expression,
        ``"(a - x0)**2 + b*(x1 - x0**2)**2"``, which is compiled with exact derivatives.
    x0
        Starts, (B, n), or (n,) for all; None with finite bounds and several starts, which are all drawn then.
    args
        Arrays with leading axis B, handed to functions cut to the same rows as x; of an expression, by name.
    method, tol, options
        As of `minimize`.
    jac, hess, hessp
        ``jac(x, *args) -> (b, n)``, True or the name of a scheme; ``hess(x, *args) -> (b, n, n)`` or the name
        of a scheme; ``hessp(x, p, *args) -> (b, n)``.
    bounds
        As of `minimize`, for all; or for each: (B, n, 2), or `Bounds` with sides (B, n).
    constraints
        As of `minimize`; functions take rows, ``fun(x, *args) -> (b, m)``, and limits may be (B, m). Beside
        an expression their functions are expressions too.
    variables
        Names of the unknowns in expressions; None: x0, x1, ...
    vectorized
        Whether functions take many rows. If not they are of one problem, as of `minimize`.
    starts
        How many starts each problem has: its own, and others drawn over its bounds; the best end is kept.
    seeds
        (B,) integers that a problem's further starts depend on; None: its row.
    verify
        Whether conditions of a minimum are checked by code of their own, and answers that fail are NUMERICAL.

    Returns
    -------
    MinimizeResult
        ``x (B, n)``, ``fun, status, success, nit, nfev, njev, nhev, constraint_violation`` (B,), and more.

    Raises
    ------
    ValueError
        For misuse. A row whose start or bounds are no numbers is not: its status says so.

    Notes
    -----
    A problem's answer is the same alone, in any batch and in any order, to the bit, as far as `fun` is.

    Examples
    --------
    >>> import numpy as np
    >>> from solvers import minimize_batch
    >>> centres = np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> def fun(x, c):
    ...     return ((x - c) ** 2).sum(axis=1)
    >>> minimize_batch(fun, np.zeros((2, 2)), args=(centres,)).x.round(6).tolist()
    [[1.0, 2.0], [3.0, 4.0]]
    """
    found = find(default_method(bounds, constraints) if method is None else method)
    settings = settings_for(found, tol, options or {})
    found = settings.method
    _refuse_unused(found, bounds, constraints)
    columns = columns_of(fun, args)
    start = starting_points(x0, bounds, columns)
    drawn = many_starts(start, bounds, columns, starts, seeds, own=x0 is not None)
    lower, upper, columns = drawn.lower, drawn.upper, drawn.columns
    bad = wrong_rows(drawn.start, lower, upper, columns if isinstance(fun, str) else {})
    start = np.clip(drawn.start, lower, upper)
    if isinstance(fun, str):
        unknowns = unknown_names(variables, start.shape[1])
        limits = limits_of(constraints, unknowns, starts)
        problems: Any = formula_problems(fun, limits, unknowns, columns, lower, upper)
        more: dict[str, float] = {}
    else:
        data = tuple(columns.values())
        good = (row for row in range(len(start)) if row not in bad)
        rows = (slice(row, row + 1) if vectorized else row for row in good)
        probes = (Probe(start[at], tuple(column[at] for column in data)) for at in rows)
        posed = pose(found, fun, jac, hess, hessp, pieces_of(constraints), probes, settings.ours, alone=False)
        least, most = (
            np.full((len(start), side.shape[-1]), side.repeat(starts, axis=0) if side.ndim > 1 else side)
            for side in (posed.least, posed.most)
        )
        problems = Problems(
            posed.functions, data, lower, upper, least, most, posed.differences, joint=vectorized,
            known=posed.known,
        )  # fmt: skip
        more = posed.options
    task = Task(found, problems, start, settings.with_options(more), settings.given, bad)
    result = _result(task, formulas.solve(task) if isinstance(fun, str) else many.solve(task))
    if starts > 1:
        result, kept = best_of(result, starts, result.fun, unit=1.0)
        problems = problems.take(kept)
    return _verified(problems, result) if verify else result


def _verified(problems: Any, result: MinimizeResult) -> MinimizeResult:
    """Call converged what fulfils the conditions of a minimum; say what is left of the gradient."""
    rows = np.flatnonzero(result.success)
    check = check_minima(problems.take(rows), result.x[rows])
    status, optimality, errors = result.status.copy(), result.optimality.copy(), dict(result.errors)
    status[rows[~check.verified]], optimality[rows] = Status.NUMERICAL, check.stationarity
    errors |= {int(rows[row]): reason for row, reason in check.reasons.items()}
    return replace(result, status=status, optimality=optimality, errors=errors)


def _result(task: Task, ended: Ended) -> MinimizeResult:
    problems, numbers, x, slope = task.problems, ended.numbers, ended.parts["answer"], ended.parts["slope"]
    if not task.method.asks & GRADIENT:
        slope[:] = np.nan
    nit, nfev, njev, nhev = (numbers[:, i].astype(np.int64) for i in (NIT, NFEV, NFEV + 1, NHEV))
    held = ((x <= problems.lower) & (slope > 0.0)) | ((x >= problems.upper) & (slope < 0.0))
    outside = np.maximum(problems.lower - x, x - problems.upper).max(axis=1, initial=0.0)
    violation = np.maximum(numbers[:, VIOLATION], outside)
    return MinimizeResult(
        x,
        numbers[:, BEST].copy(),
        ended.status,
        nit,
        nfev,
        njev,
        nhev,
        slope,
        np.abs(np.where(held, 0.0, slope)).max(axis=1, initial=0.0),
        violation,
        ended.kept,
        errors=_told(ended, violation),
    )


def _told(ended: Ended, violation: Array) -> dict[int, str]:
    """What there is to say of rows beside their status."""
    errors = dict(ended.errors)
    for row in np.flatnonzero(ended.status == Status.INFEASIBLE).tolist():
        errors[row] = (
            f"No point was found that fulfils all constraints: one is violated by {violation[row]:.3g}."
        )
    for row in np.flatnonzero(ended.status == Status.UNBOUNDED).tolist():
        errors[row] = "The objective is minus infinity there."
    return errors


def _refuse_unused(method: Method, bounds: Any, constraints: Any) -> None:
    """Bounds and constraints count, or the method is another."""
    for given, can, what in (
        (bounds is not None, "bounds", "bounds"),
        (bool(np.any(constraints)), "constraints", "constraints"),
    ):
        if given and not getattr(method, can):
            able = ", ".join(name for name in MODULES if getattr(find(name), can))
            raise ValueError(f"method {method.name!r} does not take {what}; these do: {able}")
