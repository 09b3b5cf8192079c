"""`root_batch`: solutions of very many systems of equations."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from solvers.api.batch_input import Columns, columns_of, many_starts, starting_points, wrong_rows
from solvers.api.multi_start import best_of
from solvers.api.one_given import WithGradient
from solvers.api.posing_formulas import Limits, formula_problems, unknown_names
from solvers.api.settings import OF_ROOT, settings_for
from solvers.api.verify_roots import check_roots
from solvers.arrays import Array
from solvers.coroutines import formulas, many
from solvers.coroutines.flight import Task
from solvers.coroutines.method import Method
from solvers.coroutines.row import JACOBIAN, NFEV, NIT, NJEV, VALUES
from solvers.evaluation.problems import Problems
from solvers.methods.root import find
from solvers.root_result import RootResult
from solvers.status import Status


def root_batch(
    fun: Any,
    x0: ArrayLike | None,
    args: Sequence[ArrayLike] | Mapping[str, ArrayLike] = (),
    *,
    method: str = "hybr",
    jac: Any = None,
    tol: float | None = None,
    options: Mapping[str, Any] | None = None,
    variables: Sequence[str] | None = None,
    vectorized: bool = True,
    starts: int = 1,
    bounds: Any = None,
    seeds: ArrayLike | None = None,
    verify: float | None = None,
) -> RootResult:
    """Solve a system of n equations in n unknowns for each of B problems.

    Parameters
    ----------
    fun
        A function, ``fun(x, *args) -> (b, n)`` for x (b, n): the rows still running, each by itself; of
        ``lm`` (b, m), m at least n. Or expressions of the residuals, ``["x0**2 + x1 - a", "x0 - x1"]``, which
        are compiled with exact derivatives.
    x0
        Starts, (B, n), or (n,) for all; None with finite bounds and several starts, which are all drawn then.
    args
        Arrays with leading axis B, handed to functions cut to the same rows as x; of expressions, by name.
    method, tol, options
        As of `root`.
    jac
        ``jac(x, *args) -> (b, m, n)``, or True: `fun` returns residuals and Jacobian; None: differences.
    variables
        Names of the unknowns in expressions; None: x0, x1, ...
    vectorized
        Whether functions take many rows. If not they are of one problem, as of `root`.
    starts
        How many starts each problem has: its own, and others drawn over `bounds`; of converged ends that with
        the least residuals is kept.
    bounds
        Where further starts are drawn, pairs (n, 2) or (B, n, 2); the search itself does not keep to them.
    seeds
        (B,) integers that a problem's further starts depend on; None: its row.
    verify
        Whether answers are checked by code of its own: a residual that is more than this share of the size of
        its terms makes one NUMERICAL, and the Jacobian's condition is found; None: they are not.

    Returns
    -------
    RootResult
        ``x (B, n)``, ``fun (B, m)``, ``status, success, nit, nfev, njev, residual_norm`` (B,), and more.

    Raises
    ------
    ValueError
        For misuse. A row whose start is no number is not: its status says so.

    Notes
    -----
    A problem's answer is the same alone, in any batch and in any order, to the bit, as far as `fun` is.
    ``lm`` learns how many residuals there are by one call more, for one row.

    Examples
    --------
    >>> import numpy as np
    >>> from solvers import root_batch
    >>> totals = np.array([3.0, 5.0])
    >>> found = root_batch(["x*y - 2", "x + y - t"], [0.5, 3], {"t": totals}, variables=("x", "y"))
    >>> found.x.round(4).tolist()
    [[1.0, 2.0], [0.4384, 4.5616]]
    """
    found = find(method)
    chosen = dict(options or {})
    chosen |= chosen.pop("jac_options", None) or {}
    settings = settings_for(found, tol, chosen, OF_ROOT)
    found = settings.method
    texts = (fun,) if isinstance(fun, str) else () if callable(fun) else tuple(fun)
    columns = columns_of(texts[0] if texts else fun, args)
    start = starting_points(x0, bounds, columns)
    drawn = many_starts(start, bounds, columns, starts, seeds, own=x0 is not None)
    bad = wrong_rows(drawn.start, drawn.lower, drawn.upper, drawn.columns if texts else {})
    free = np.full(drawn.start.shape, np.inf)
    if texts:
        zeros = [0.0] * len(texts)
        unknowns = unknown_names(variables, start.shape[1])
        limits = Limits(list(texts), zeros, zeros)
        problems: Any = formula_problems(None, limits, unknowns, drawn.columns, -free, free)
        m = len(texts)
    else:
        functions = {VALUES: fun}
        if jac is True:
            both = WithGradient(fun)
            functions = {VALUES: both.value, JACOBIAN: both.derivative}
        elif callable(jac):
            functions[JACOBIAN] = jac
        rows = (
            slice(row, row + 1) if vectorized else row for row in range(len(drawn.start)) if row not in bad
        )
        m = _count(found, functions[VALUES], drawn.start, drawn.columns, rows)
        zero = np.zeros((len(drawn.start), m))
        data = tuple(drawn.columns.values())
        problems = Problems(functions, data, -free, free, zero, zero, joint=vectorized)
    if m != start.shape[1] and not (found.overdetermined and m > start.shape[1]):
        raise ValueError(f"{found.name} needs as many equations as unknowns, got {m} and {start.shape[1]}")
    task = Task(found, problems, drawn.start, settings.options, settings.given, bad)
    ended = formulas.solve(task) if texts else many.solve(task)
    extras = dict(ended.kept)
    nit, nfev, njev = (ended.numbers[:, i].astype(np.int64) for i in (NIT, NFEV, NJEV))
    residuals = extras.pop("fun")
    residuals[(ended.status == Status.NON_FINITE) | ((ended.status == Status.EXCEPTION) & (nfev < 2))] = (
        np.nan
    )
    result = RootResult(
        ended.parts["answer"], residuals, ended.status, nit, nfev, njev, extras, errors=ended.errors
    )
    if starts > 1:
        result, kept = best_of(result, starts, result.residual_norm, unit=np.nan)
        problems = problems.take(kept)
    return result if verify is None else _verified(problems, result, verify)


def _verified(problems: Any, result: RootResult, tol: float) -> RootResult:
    """Call converged what is a root, and tell how well it is determined."""
    rows = np.flatnonzero(result.success)
    check = check_roots(problems.take(rows), result.x[rows], tol)
    status, errors, condition = result.status.copy(), dict(result.errors), np.full(len(result), np.nan)
    status[rows[~check.verified]], condition[rows] = Status.NUMERICAL, check.condition
    errors |= {int(rows[row]): reason for row, reason in check.reasons.items()}
    return replace(result, status=status, errors=errors, jac_condition=condition)


def _count(
    method: Method, fun: Callable[..., Any], start: Array, columns: Columns, rows: Iterable[Any]
) -> int:
    """How many residuals there are: as unknowns, but for methods that take more, which are tried."""
    for at in rows if method.overdetermined else ():
        try:
            found = fun(start[at].copy(), *(column[at] for column in columns.values()))
        except Exception:  # it belongs to that problem, and is said of it when that is solved
            continue
        return int(np.shape(found)[-1])
    return int(start.shape[1])
