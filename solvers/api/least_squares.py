"""`least_squares` with SciPy's signature, for one problem."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from solvers.api.choice import choose_method
from solvers.api.fitting import broadcast_bounds, check_feasible
from solvers.api.matrices import DenseJacobian, sparse_like
from solvers.api.one_problem import Solved, check_tolerances, precision, solve_one
from solvers.arrays import Array
from solvers.evaluation.residuals import Call
from solvers.result import OptimizeResult
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
    loss: str | Callable[[Array], Any] = "linear",
    f_scale: float = 1.0,
    diff_step: Any = None,
    tr_solver: str | None = None,
    tr_options: Mapping[str, Any] | None = None,
    jac_sparsity: Any = None,
    max_nfev: int | None = None,
    verbose: int = 0,
    args: Sequence[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    callback: Callable[..., Any] | None = None,
    workers: Any = None,
) -> OptimizeResult:
    """Minimize half the sum of ``rho(fun(x)**2)`` subject to bounds, for one problem, as SciPy does.

    Parameters
    ----------
    fun
        ``fun(x, *args, **kwargs) -> (m,)``, x being (n,).
    x0
        Start, (n,).
    jac
        ``jac(x, *args, **kwargs) -> (m, n)``, an array, or for ``trf`` and ``dogbox`` a sparse array or a
        linear operator (both made dense); or ``"2-point"``, ``"3-point"``, ``"cs"``.
    bounds
        Pair (lower, upper), each a number or (n,); or an object with ``lb`` and ``ub``.
    method
        ``trf`` or ``dogbox``, or ``lm`` where there are no bounds.
    ftol, xtol, gtol
        Tolerances, as in `curve_fit_batch`; None switches a test off, but not all three.
    x_scale
        Size of the unknowns, a number or (n,), by which steps are measured; ``"jac"`` takes the columns of
        the Jacobian. None is ``"jac"`` for ``lm`` and 1 for ``trf`` and ``dogbox``.
    loss, f_scale
        ``linear``, ``soft_l1``, ``huber``, ``cauchy``, ``arctan``, or ``loss(z (m,)) -> (3, m)`` with rho and
        its derivatives, of ``z = (fun / f_scale)**2``; the cost is ``0.5 f_scale**2 sum(rho(z))``.
    diff_step
        Steps of differences relative to the unknowns, a number or (n,).
    tr_solver, tr_options
        ``exact`` or ``lsmr``, checked; both are solved exactly here, without options.
    jac_sparsity
        (m, n), not 0 where derivatives may be: unknowns that share no residual are differenced together.
    max_nfev
        Evaluations, those for differences not counted; default ``100 (n + 1)``.
    verbose
        1 prints a summary, 2 every step as well.
    args, kwargs
        Passed on to ``fun`` and ``jac``.
    callback
        ``callback(intermediate_result)`` or ``callback(x)`` after every step taken; StopIteration ends it.
    workers
        For differences: ``workers(fun, points)`` in the manner of map, or a number of processes.

    Returns
    -------
    OptimizeResult
        ``x``, ``cost``, ``fun``, ``jac``, ``grad``, ``optimality``, ``active_mask``, ``nfev``, ``njev``,
        ``status``, ``message``, ``success``, with SciPy's meanings; ``jac`` is sparse where the user's, or
        ``jac_sparsity``, is.

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
    if np.iscomplexobj(x0):
        raise ValueError("`x0` must be real.")
    start = np.atleast_1d(np.asarray(x0, dtype=float))
    if start.ndim != 1:
        raise ValueError(f"`x0` must have at most 1 dimension, got shape {start.shape}")
    ftol, xtol, gtol = check_tolerances(method, {"ftol": ftol, "xtol": xtol, "gtol": gtol})
    if method == "lm" and callback is not None:
        warnings.warn("Callback function specified, but not supported with `lm` method.", stacklevel=2)
    lower, upper = broadcast_bounds(bounds, 1, len(start))
    choose_method(method, lower, upper, loss)
    check_feasible(start, lower, upper)
    call = Call(fun, tuple(args), kwargs or {})
    if callable(jac):
        jac = DenseJacobian(Call(jac, tuple(args), kwargs or {}), method, tr_solver, x_scale)
    first = _first(call, start, method)
    solved = solve_one(
        call,
        start,
        first,
        jac,
        (lower, upper),
        method,
        ftol=ftol,
        xtol=xtol,
        gtol=gtol,
        max_nfev=max_nfev,
        x_scale=x_scale,
        loss=loss,
        f_scale=f_scale,
        diff_step=diff_step,
        tr_solver=tr_solver,
        tr_options=tr_options,
        jac_sparsity=jac_sparsity,
        verbose=verbose,
        callback=callback,
        workers=workers,
        rounding=precision(first),
    )
    result = _scipy_result(solved, counted=method != "lm" or callable(jac))
    result["jac"] = sparse_like(jac.sparse if isinstance(jac, DenseJacobian) else jac_sparsity, result.jac)
    if verbose:
        print(result.message)  # noqa: T201 - verbose asks for it
        print(  # noqa: T201 - verbose asks for it
            f"Function evaluations {result.nfev}, initial cost {solved.initial_cost:.4e}, "
            f"final cost {result.cost:.4e}, first-order optimality {result.optimality:.2e}."
        )
    return result


def _first(call: Call, start: Array, method: str) -> Array:
    """The residuals at the start, checked as SciPy does."""
    first = np.atleast_1d(np.asarray(call(start)))
    if first.ndim != 1:
        raise ValueError(f"`fun` must return at most 1-d array_like, got shape {first.shape}")
    if not np.isfinite(first).all():
        raise ValueError("Residuals are not finite in the initial point.")
    if method == "lm" and len(first) < len(start):
        raise ValueError(
            "Method 'lm' doesn't work when the number of residuals is less than the number of variables."
        )
    return first.copy()  # users reuse their arrays


def _scipy_result(solved: Solved, *, counted: bool) -> OptimizeResult:
    """The one row of a batch as SciPy's result."""
    fit = solved.fit
    status, x, residuals = int(fit.status[0]), fit.x[0], fit.residuals
    jac = np.empty((len(residuals), len(x))) if solved.jacobian is None else solved.jacobian
    bent = residuals if solved.loss is None else solved.loss.bent(residuals)[1]
    gradient = (jac * bent[:, None]).sum(axis=0)
    distance = np.where(gradient < 0, solved.upper - x, np.where(gradient > 0, x - solved.lower, 1.0))
    weight = np.where(np.isfinite(distance), distance, 1.0)
    if fit.method[0] == "dogbox":
        weight = (weight > 0.0).astype(float)
    return OptimizeResult(
        x=x,
        cost=float(fit.cost[0]),
        fun=residuals,
        jac=jac,
        grad=gradient,
        optimality=float(np.abs(gradient * weight).max()),
        active_mask=fit.active_mask[0],
        nfev=int(fit.nfev[0]),
        njev=int(fit.njev[0]) if counted else None,
        status=0 if status == Status.EVALUATION_LIMIT else status,
        message=solved.message,
        success=bool(fit.success[0]),
    )
