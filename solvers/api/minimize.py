"""`minimize`: a minimum of a function of several unknowns, with SciPy's signature."""

import time
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from solvers.api.bound_pairs import bound_pairs
from solvers.api.constraint_functions import Probe, pieces_of
from solvers.api.minimization_result import as_result, by_constraint, show
from solvers.api.one_given import Counted, OneProblem
from solvers.api.posing import default_method, pose
from solvers.api.settings import settings_for
from solvers.api.steps_watched import Watched
from solvers.coroutines import alone
from solvers.coroutines.method import Method
from solvers.coroutines.row import CURVATURE, GRADIENT, HESSIAN, JACOBIAN, PRODUCT, VALUES
from solvers.methods.minimize import find
from solvers.result import OptimizeWarning
from solvers.status import Status

#: The kinds of functions of constraints.
_CONSTRAINTS = {VALUES, JACOBIAN, CURVATURE}


def minimize(
    fun: Callable[..., Any],
    x0: Any,
    args: Any = (),
    method: str | Callable[..., Any] | None = None,
    jac: Any = None,
    hess: Any = None,
    hessp: Callable[..., Any] | None = None,
    bounds: Any = None,
    constraints: Any = (),
    tol: float | None = None,
    callback: Callable[..., Any] | None = None,
    options: Mapping[str, Any] | None = None,
) -> Any:
    """Minimize a function of n unknowns.

    Parameters
    ----------
    fun
        ``fun(x, *args) -> number`` for x (n,).
    x0
        The start, (n,).
    args
        Further arguments of the function and its derivatives.
    method
        ``Nelder-Mead``, ``Powell``, ``CG``, ``BFGS``, ``Newton-CG``, ``L-BFGS-B``, ``TNC``, ``COBYLA``,
        ``COBYQA``, ``SLSQP``, ``trust-constr``, ``dogleg``, ``trust-ncg``, ``trust-krylov``, ``trust-exact``,
        or a callable, which is handed all the rest. None: ``SLSQP`` with constraints, else ``L-BFGS-B`` with
        bounds, else ``BFGS``.
    jac
        ``jac(x, *args) -> (n,)``; True: `fun` returns value and gradient; ``2-point``, ``3-point``, ``cs``:
        finite differences with relative steps; None: forward differences with the step ``eps``.
    hess
        ``hess(x, *args) -> (n, n)``, the name of a scheme for differences of the gradient, or ``BFGS()`` or
        ``SR1()``, which build it up from gradients.
    hessp
        ``hessp(x, p, *args) -> (n,)``: the Hessian times p.
    bounds
        Pairs (low, high) of the unknowns, None where there is none; or `Bounds`.
    constraints
        `LinearConstraint`, `NonlinearConstraint`, or dictionaries with ``type`` (``eq``: = 0, ``ineq``: at
        least 0), ``fun``, ``jac``, ``args``; or a list of them.
    tol
        The tolerance of the tests by which the method ends.
    callback
        ``callback(x)`` or ``callback(intermediate_result)``, called after each step; StopIteration ends it.
    options
        SciPy's, by name: ``maxiter``, ``disp``, and the method's own.

    Returns
    -------
    OptimizeResult
        ``x, fun, status, success, message, nit, nfev``, and what the method knows besides: ``jac``, ``njev``,
        ``hess``, ``nhev``, ``hess_inv``, ``maxcv``, multipliers.

    Raises
    ------
    ValueError
        For misuse. What the functions raise is not caught.

    Examples
    --------
    >>> from solvers import minimize
    >>> def valley(x):
    ...     return (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2
    >>> minimize(valley, [-1.2, 1]).x.round(3).tolist()
    [1.0, 1.0]
    """
    start = np.atleast_1d(np.array(x0))
    if start.ndim != 1:
        raise ValueError("'x0' must only have one dimension.")
    start = start.astype(float)
    arguments = args if isinstance(args, tuple) else (args,)
    chosen = dict(options or {})
    if callable(method):
        more = chosen | ({} if tol is None else {"tol": tol})
        return method(
            fun, start, args=arguments, jac=jac, hess=hess, hessp=hessp, bounds=bounds,
            constraints=constraints, callback=callback, **more,
        )  # fmt: skip
    found = find(default_method(bounds, constraints) if method is None else method)
    _warn(found, jac, hess, hessp, bounds, constraints, chosen)
    lower, upper = bound_pairs(bounds if found.bounds else None, len(start))
    pieces = pieces_of(constraints) if found.constraints else []
    settings = settings_for(found, tol, chosen)
    found = settings.method

    def bound(function: Any) -> Any:
        return function if not arguments or not callable(function) else lambda *x: function(*x, *arguments)

    begun = time.perf_counter()
    posed = pose(
        found, bound(fun), bound(jac), bound(hess), bound(hessp), pieces, [Probe(start, ())], settings.ours,
        alone=True,
    )  # fmt: skip
    of_constraints = {kind: Counted(posed.functions[kind]) for kind in _CONSTRAINTS & posed.functions.keys()}
    problem = OneProblem(
        posed.functions | of_constraints, (), lower[None], upper[None], posed.least[None], posed.most[None],
        posed.differences, joint=False, known=posed.known,
    )  # fmt: skip
    if found.bounds:
        if found.name in ("Nelder-Mead", "Powell") and ((start < lower) | (start > upper)).any():
            warnings.warn("Initial guess is not within the specified bounds", OptimizeWarning, stacklevel=2)
        start = np.clip(start, lower, upper)

    def as_it_stands(parts: dict[str, Any], status: int = Status.RUNNING) -> Any:
        kept = found.told_apart(found.layout(len(start), len(posed.least)), parts["room"])
        result = as_result(found, alone.Ended(status, parts, kept), problem.counts)
        if "constr" in result:
            calls = {kind: function.calls for kind, function in of_constraints.items()}
            by_constraint(result, posed.sizes, calls, bounded=bounds is not None)
            result["execution_time"] = time.perf_counter() - begun
        return result

    points = [start.copy()] if settings.ours.get("return_all") else None
    watched = Watched(callback, points, state=as_it_stands if found.name == "trust-constr" else None)
    ended = alone.solve(
        found,
        problem,
        start,
        settings.with_options(posed.options),
        bounds=(lower, upper),
        limits=(posed.least, posed.most),
        given=settings.given,
        watch=None if callback is None and points is None else watched,
    )
    result = as_it_stands(ended.parts, ended.status)
    if points is not None:
        result["allvecs"] = points
    if watched.stopped:
        result.update(success=False, status=99, message="`callback` raised `StopIteration`.")
    if settings.ours.get("disp"):
        show(found, result)
    return result


def _warn(
    method: Method, jac: Any, hess: Any, hessp: Any, bounds: Any, constraints: Any, options: Mapping[str, Any]
) -> None:
    """Warn of what the method does not use, as SciPy does."""
    second = HESSIAN | PRODUCT | CURVATURE
    unused = (
        (bool(jac) and not method.asks & GRADIENT, "does not use gradient information (jac)."),
        (hess is not None and not method.asks & second, "does not use Hessian information (hess)."),
        (
            hessp is not None and not method.asks & (PRODUCT | CURVATURE),
            "does not use Hessian-vector product information (hessp).",
        ),
        (bool(np.any(constraints)) and not method.constraints, "cannot handle constraints."),
        (bounds is not None and not method.bounds, "cannot handle bounds."),
        (
            bool(options.get("return_all")) and not method.returns_all,
            "does not support the return_all option.",
        ),
    )
    for found, text in unused:
        if found:
            warnings.warn(f"Method {method.name} {text}", RuntimeWarning, stacklevel=3)
