"""`least_squares` with SciPy's signature for one problem, `least_squares_batch` for many."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from solvers.api.curve_data import bad_start
from solvers.api.fitting import (
    Options,
    are_per_problem,
    broadcast_bounds,
    broadcast_start,
    check_feasible,
    choose_method,
    derivative_scheme,
    fill_in,
    nothing,
    solve,
)
from solvers.api.unsupported import only
from solvers.evaluation.differences import Differenced
from solvers.evaluation.least_squares import ResidualFunction
from solvers.evaluation.residuals import BatchResiduals, OneResidual
from solvers.result import FitResult, OptimizeResult
from solvers.status import Status


def least_squares(
    fun: Callable[..., Any],
    x0: ArrayLike,
    jac: Callable[..., Any] | str = "2-point",
    bounds: Any = (-np.inf, np.inf),
    method: str = "trf",
    ftol: float | None = 1e-8,
    xtol: float | None = 1e-8,
    gtol: float | None = 1e-8,
    x_scale: Any = None,
    loss: str = "linear",
    f_scale: float = 1.0,
    diff_step: Any = None,
    tr_solver: str | None = None,
    tr_options: Mapping[str, Any] | None = None,
    jac_sparsity: Any = None,
    max_nfev: int | None = None,
    verbose: int = 0,
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    callback: Any = None,
    workers: Any = None,
) -> OptimizeResult:
    """Minimize half the sum of squares of ``fun(x)`` subject to bounds, for one problem, as SciPy does.

    Parameters
    ----------
    fun
        ``fun(x, *args, **kwargs) -> (m,)``, x being (n,).
    x0
        Start, (n,).
    jac
        ``jac(x, *args, **kwargs) -> (m, n)``, or ``"2-point"``, ``"3-point"``, ``"cs"``.
    bounds
        Pair (lower, upper), each a number or (n,); or an object with ``lb`` and ``ub``.
    method
        ``trf``, or ``lm`` where there are no bounds.
    ftol, xtol, gtol
        Tolerances, as in `curve_fit_batch`; None is 0.
    max_nfev
        Evaluations, those for differences not counted; default ``100 (n + 1)``.
    args, kwargs
        Passed on to ``fun`` and ``jac``.
    x_scale, loss, f_scale, diff_step, tr_solver, tr_options, jac_sparsity, verbose, callback, workers
        Accepted at the values that describe what is done here (unknowns scaled by the Jacobian,
        linear loss, exact subproblems); others raise, so that nothing is silently left out.

    Returns
    -------
    OptimizeResult
        ``x``, ``cost``, ``fun``, ``jac``, ``grad``, ``optimality``, ``active_mask``, ``nfev``, ``njev``,
        ``status``, ``message``, ``success``, with SciPy's meanings.

    Raises
    ------
    ValueError
        For misuse, a start outside the bounds, or residuals that are not finite at the start.

    Examples
    --------
    >>> from solvers import least_squares
    >>> fit = least_squares(lambda x: [10 * (x[1] - x[0] ** 2), 1 - x[0]], [-1.2, 1.0])
    >>> fit.x.round(6).tolist()
    [1.0, 1.0]
    """
    only("least_squares", "x_scale", x_scale, None, "jac")
    only("least_squares", "loss", loss, "linear")
    only("least_squares", "f_scale", f_scale, 1.0)
    only("least_squares", "diff_step", diff_step, None)
    only("least_squares", "tr_solver", tr_solver, None, "exact")
    only("least_squares", "tr_options", tr_options or None, None)
    only("least_squares", "jac_sparsity", jac_sparsity, None)
    only("least_squares", "verbose", verbose, 0)
    only("least_squares", "callback", callback, None)
    only("least_squares", "workers", workers, None, 1)
    start = np.atleast_1d(np.asarray(x0, dtype=float))
    if start.ndim != 1:
        raise ValueError(f"`x0` must have at most 1 dimension, got shape {start.shape}")
    named = kwargs or {}
    derivatives, scheme = derivative_scheme(jac)
    first = np.atleast_1d(np.asarray(fun(start.copy(), *args, **named)))
    if first.ndim != 1:
        raise ValueError(f"`fun` must return at most 1-d array_like, got shape {first.shape}")
    if not np.isfinite(first).all():
        raise ValueError("Residuals are not finite in the initial point.")
    function: ResidualFunction = OneResidual(
        _started(lambda x: fun(x.copy(), *args, **named), start, first),
        None if derivatives is None else lambda x: derivatives(x.copy(), *args, **named),
        np.array([0, len(first)]),
    )
    lower, upper = broadcast_bounds(bounds, 1, len(start))
    chosen = choose_method(method, lower, upper)
    _check_one(start, lower[0], upper[0], chosen, len(first))
    if derivatives is None:
        function = Differenced(function, scheme, start[None], lower, upper)
    options = Options(chosen, ftol or 0.0, xtol or 0.0, gtol or 0.0, max_nfev)
    fit, memory = solve(function, start[None], lower, upper, options, remember_jacobian=True)
    return _scipy_result(fit, memory.jacobian, lower[0], upper[0])


def _started(fun: Callable[..., Any], start: Any, first: Any) -> Callable[..., Any]:
    """``fun``, its value at the start not computed a second time."""
    known = [(start, first)]

    def function(x: Any) -> Any:
        if known and np.array_equal(x, known[0][0]) and x.dtype.kind == "f":
            return known.pop()[1]
        known.clear()
        return fun(x)

    return function


def _check_one(start: Any, lower: Any, upper: Any, method: str, m: int) -> None:
    """SciPy's refusals."""
    check_feasible(start, lower, upper)
    if method == "lm" and m < len(start):
        raise ValueError(
            "Method 'lm' doesn't work when the number of residuals is less than the number of variables."
        )


def _scipy_result(fit: FitResult, jacobian: Any, lower: Any, upper: Any) -> OptimizeResult:
    """The one row of a batch as SciPy's result."""
    status = int(fit.status[0])
    jac, x = jacobian.T, fit.x[0]
    gradient = (jac * fit.residuals[:, None]).sum(axis=0)
    distance = np.where(gradient < 0, upper - x, np.where(gradient > 0, x - lower, 1.0))
    distance = np.where(np.isfinite(distance), distance, 1.0)
    return OptimizeResult(
        x=x,
        cost=float(fit.cost[0]),
        fun=fit.residuals,
        jac=jac,
        grad=gradient,
        optimality=float(np.abs(gradient * distance).max()),
        active_mask=fit.active_mask[0],
        nfev=int(fit.nfev[0]),
        njev=int(fit.njev[0]),
        status=0 if status == Status.EVALUATION_LIMIT else status,
        message=fit.message[0],
        success=bool(fit.success[0]),
    )


def least_squares_batch(
    fun: Callable[..., Any],
    x0: ArrayLike,
    args: Sequence[ArrayLike] = (),
    *,
    jac: Callable[..., Any] | str | None = None,
    bounds: Any = (-np.inf, np.inf),
    method: str | None = None,
    ftol: float = 1e-10,
    xtol: float = 1e-10,
    gtol: float = 1e-10,
    max_nfev: int | None = None,
) -> FitResult:
    """Minimize half the sum of squares of ``fun``, row by row, for B problems with m residuals each.

    Parameters
    ----------
    fun
        ``fun(x, *args) -> (b, m)`` for x (b, n): the rows still running, each row by itself.
    x0
        Starts, (B, n).
    args
        Arrays with leading axis B, handed to ``fun`` and ``jac`` cut to the same rows as x.
    jac
        ``jac(x, *args) -> (b, m, n)``, or ``"2-point"`` (default), ``"3-point"``, ``"cs"``.
    bounds
        Pair (lower, upper), each a number, (n,) or (B, n).
    method
        ``lm`` (default without bounds) or ``trf`` (default with bounds, and with bounds (B, n)).
    ftol, xtol, gtol, max_nfev
        As in `curve_fit_batch`.

    Returns
    -------
    FitResult
        As `curve_fit_batch`; the covariance is ``inv(J'J)``, not scaled.

    Raises
    ------
    ValueError
        For misuse. A row whose start is outside its bounds is not: its status is ``BAD_INPUT``.

    Examples
    --------
    >>> import numpy as np
    >>> from solvers import least_squares_batch
    >>> target = np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> least_squares_batch(lambda x, t: x - t, np.zeros((2, 2)), args=(target,)).x.tolist()
    [[1.0, 2.0], [3.0, 4.0]]
    """
    start = np.array(x0, dtype=float)
    if start.ndim != 2:
        raise ValueError(f"x0 must be (B, n), got shape {start.shape}")
    size, n = start.shape
    parts = tuple(np.asarray(arg) for arg in args)
    for i, arg in enumerate(parts):
        if arg.ndim == 0 or len(arg) != size:
            raise ValueError(f"args[{i}] must have leading axis B = {size}, got shape {arg.shape}")
    lower, upper = broadcast_bounds(bounds, size, n)
    method = choose_method(method, lower, upper, per_problem=are_per_problem(bounds))
    options = Options(method, ftol, xtol, gtol, max_nfev)
    derivatives, scheme = derivative_scheme(jac)
    if size == 0:
        return nothing(n)
    names = tuple(f"x[{j}]" for j in range(n))
    bad = bad_start(broadcast_start(start, size, n), lower, upper, names)
    good = np.array([row for row in range(size) if row not in bad], dtype=np.int64)
    m = _residual_count(fun, start, parts, good)
    if options.method == "lm" and m < n:
        raise ValueError(
            f"method 'lm' needs at least as many residuals as unknowns, got {m} and {n}; use 'trf'"
        )
    if not len(good):
        return fill_in(nothing(n), good, np.full(size, m), bad)
    function: ResidualFunction = BatchResiduals(fun, derivatives, parts, size, m).take(good)
    if derivatives is None:
        function = Differenced(function, scheme, start[good], lower[good], upper[good])
    fitted, _ = solve(function, start[good], lower[good], upper[good], options)
    return fill_in(fitted, good, np.full(size, m), bad)


def _residual_count(fun: Callable[..., Any], start: Any, args: tuple[Any, ...], good: Any) -> int:
    """How many residuals a problem has, from the first row that can be evaluated at its start."""
    error: Exception | None = None
    for row in good:
        one = slice(row, row + 1)
        try:
            shape = np.shape(fun(start[one], *(arg[one] for arg in args)))
        except Exception as raised:  # the loop will report it for its row
            error = raised
            continue
        if len(shape) != 2:
            raise ValueError(f"fun must return (b, m) for x (b, n), got shape {shape} for {start[one].shape}")
        return int(shape[1])
    if error is None:
        return 0
    raise ValueError(
        f"fun raised for every row at its start, first {type(error).__name__}: {error}"
    ) from error
