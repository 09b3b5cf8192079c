"""`root`: a solution of a system of equations, with SciPy's signature."""

import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from solvers.api.minimization_result import ending, show
from solvers.api.norm_test import TOLERANCES, NormTest
from solvers.api.one_given import OneProblem, WithGradient
from solvers.api.settings import OF_ROOT, settings_for
from solvers.api.steps_watched import Watched
from solvers.arrays import Array
from solvers.coroutines import alone
from solvers.coroutines.method import Method
from solvers.coroutines.row import JACOBIAN, NIT, VALUES
from solvers.evaluation.numerical import Differences
from solvers.methods.root import MODULES, find
from solvers.result import OptimizeResult
from solvers.status import STATUSES, Status


def root(
    fun: Callable[..., Any],
    x0: Any,
    args: Any = (),
    method: str = "hybr",
    jac: Any = None,
    tol: float | None = None,
    callback: Callable[..., Any] | None = None,
    options: Mapping[str, Any] | None = None,
) -> Any:
    """Solve a system of n equations in n unknowns.

    Parameters
    ----------
    fun
        ``fun(x, *args)``: the residuals, in the shape of x; of ``lm`` m of them, at least n.
    x0
        The start, of any shape; functions of ``hybr`` and ``lm`` get it flat. To the others complex unknowns
        are pairs of real ones.
    args
        Further arguments of the function and its Jacobian.
    method
        ``hybr``, ``lm``, ``broyden1``, ``broyden2``, ``anderson``, ``linearmixing``, ``diagbroyden``,
        ``excitingmixing``, ``krylov`` or ``df-sane``.
    jac
        ``jac(x, *args) -> (m, n)``, or True: `fun` returns residuals and Jacobian; for ``hybr`` and ``lm``.
        Else it is made by differences.
    tol
        The tolerance of the tests by which the method ends.
    callback
        ``callback(x, f)``, called after each step; not for ``hybr`` and ``lm``.
    options
        SciPy's, by name: ``maxiter`` or ``maxfev``, ``disp``, and the method's own; ``tol_norm`` may also be
        the order of a norm.

    Returns
    -------
    OptimizeResult
        ``x, fun, status, success, message, nfev``, and what the method knows besides: ``nit``, ``njev``,
        ``fjac``, ``r``, ``qtf``, ``cov_x``.

    Raises
    ------
    ValueError
        For misuse. What the functions raise is not caught.

    Examples
    --------
    >>> from solvers import root
    >>> def equations(x):
    ...     return [x[0] + 0.5 * (x[0] - x[1]) ** 3 - 1, 0.5 * (x[1] - x[0]) ** 3 + x[1]]
    >>> root(equations, [0, 0]).x.round(4).tolist()
    [0.8412, 0.1588]
    """
    found = find(method)
    arguments = args if isinstance(args, tuple) else (args,)
    if np.iscomplexobj(x0):
        return _complex_root(found, fun, np.asarray(x0), arguments, tol, callback, options)
    _warn(found, jac, callback)
    chosen = dict(options or {})
    chosen |= chosen.pop("jac_options", None) or {}
    norm = chosen.pop("tol_norm") if callable(chosen.get("tol_norm")) else None
    settings = settings_for(found, tol, chosen, OF_ROOT)
    found, numbers = settings.method, settings.options
    start = np.array(x0, dtype=float).reshape(-1)
    shape = start.shape if found.asks & JACOBIAN else np.shape(x0)
    functions, first = _functions(
        found, fun, jac, shape, start, arguments, bool(settings.ours.get("col_deriv"))
    )
    eps = settings.ours.get("eps")
    differences = {JACOBIAN: Differences(relative=math.sqrt(eps)) if eps else Differences()}
    everywhere, zeros = np.full((1, len(start)), np.inf), np.zeros((1, len(first)))
    problem = OneProblem(functions, (), -everywhere, everywhere, zeros, zeros, differences, joint=False)
    watches: list[Callable[..., bool]] = []
    if callback is not None and not found.asks & JACOBIAN:
        watches.append(Watched(callback, None, with_residuals=True))
    test = None
    if norm is not None:
        test = NormTest(norm, found.options(*numbers), start, first)
        numbers = settings.with_options(dict.fromkeys(TOLERANCES, -1.0))
        watches.append(test)
    ended = alone.solve(
        found,
        problem,
        start,
        numbers,
        limits=(zeros[0], zeros[0]),
        given=settings.given,
        watch=(lambda parts: all(watch(parts) for watch in watches)) if watches else None,
    )
    if test is not None and test.holds:
        ended = ended._replace(status=int(Status.ZERO))
    result = _result(found, ended, problem.counts, shape)
    if settings.ours.get("disp"):
        show(found, result)
    return result


def _functions(
    method: Method,
    fun: Callable[..., Any],
    jac: Any,
    shape: tuple[int, ...],
    start: Array,
    args: tuple[Any, ...],
    transposed: bool,
) -> tuple[dict[int, Callable[..., Any]], Array]:
    """The functions of x (n,), and the residuals at the start, which are not evaluated again."""
    both = WithGradient(fun) if jac is True else None
    value = fun if both is None else both.value
    first: list[Array] = []

    def residuals(x: Array) -> Array:
        if first:
            return first.pop()
        return np.asarray(value(x.reshape(shape or 1), *args), dtype=float).reshape(-1)

    found = residuals(start.copy())
    if len(found) != len(start) and not (method.overdetermined and len(found) > len(start)):
        raise ValueError(
            f"{method.name} needs as many equations as unknowns, got {len(found)} and {len(start)}: "
            "use 'lm' where there are more"
        )
    first.append(found.copy())
    functions: dict[int, Callable[..., Any]] = {VALUES: residuals}
    if method.asks & JACOBIAN and (callable(jac) or both is not None):
        derivatives = jac if both is None else both.derivative

        def jacobian(x: Array) -> Array:
            matrix = np.asarray(derivatives(x.reshape(shape or 1), *args), dtype=float)
            return matrix.T if transposed else matrix

        functions[JACOBIAN] = jacobian
    return functions, found


def _complex_root(
    method: Method,
    fun: Callable[..., Any],
    x0: NDArray[Any],
    args: tuple[Any, ...],
    tol: float | None,
    callback: Callable[..., Any] | None,
    options: Mapping[str, Any] | None,
) -> OptimizeResult:
    """Solve for the real and imaginary parts of unknowns, of as many complex equations."""
    if method.asks & JACOBIAN:
        able = ", ".join(name for name in MODULES if not find(name).asks & JACOBIAN)
        raise ValueError(f"{method.name} takes real unknowns, got complex ones; these take both: {able}")

    def real(x: Any) -> Array:
        return np.ascontiguousarray(x, dtype=complex).reshape(-1).view(float)

    def put_together(x: Array) -> NDArray[Any]:
        return x.reshape(-1).view(complex).reshape(x0.shape or 1)

    found: OptimizeResult = root(
        lambda x: real(fun(put_together(x), *args)),
        real(x0),
        method=method.name,
        tol=tol,
        callback=None if callback is None else lambda x, f: callback(put_together(x), put_together(f)),
        options=options,
    )
    found.update(x=put_together(found["x"]), fun=put_together(found["fun"]))
    return found


def _result(
    method: Method, ended: alone.Ended, calls: Sequence[int], shape: tuple[int, ...]
) -> OptimizeResult:
    numbers, status = ended.parts["numbers"], STATUSES[ended.status]
    code, message = ending(method, status, numbers)
    kept = {name: part.copy() for name, part in ended.kept.items()}
    fields: dict[str, Any] = {
        "x": ended.parts["answer"].reshape(shape or 1).copy(),
        "success": status.converged,
        "status": code,
        "message": message,
        "method": method.name,
        "nfev": calls[0],
    }
    fields |= {"njev": calls[1]} if method.asks & JACOBIAN else {"nit": int(numbers[NIT])}
    if not method.asks & JACOBIAN:
        kept["fun"] = kept["fun"].reshape(shape or 1)
    return OptimizeResult(fields | (kept if method.reports is None else method.reports(kept)))


def _warn(method: Method, jac: Any, callback: Any) -> None:
    """Warn of what the method does not use, as SciPy does."""
    if callback is not None and method.asks & JACOBIAN:
        warnings.warn(f"Method {method.name} does not accept callback.", RuntimeWarning, stacklevel=3)
    if jac is not None and not method.asks & JACOBIAN:
        warnings.warn(f"Method {method.name} does not use the jacobian (jac).", RuntimeWarning, stacklevel=3)
