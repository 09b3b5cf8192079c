"""`curve_fit` with SciPy's signature, for one data set."""

import warnings
from collections.abc import Callable
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike

from solvers.api.choice import choose_method
from solvers.api.curve_model import feasible_start, parameter_names
from solvers.api.fitting import broadcast_bounds, check_feasible
from solvers.api.one_problem import check_tolerances, precision, solve_one
from solvers.arrays import Array
from solvers.linalg import EPS
from solvers.linalg.householder import pivot_columns
from solvers.result import FitResult, OptimizeWarning

#: What SciPy passes on to MINPACK's leastsq or to least_squares.
_COMMON = ("ftol", "xtol", "gtol", "max_nfev", "maxfev")
_MINPACK = ("epsfcn", "factor", "diag", "col_deriv")
_LEAST_SQUARES = ("x_scale", "loss", "f_scale", "diff_step", "tr_solver", "tr_options", "jac_sparsity",
                  "verbose", "kwargs", "callback", "workers")  # fmt: skip


def curve_fit(
    f: Callable[..., Any],
    xdata: Any,
    ydata: ArrayLike,
    p0: ArrayLike | None = None,
    sigma: ArrayLike | None = None,
    absolute_sigma: bool = False,
    check_finite: bool | None = None,
    bounds: Any = (-np.inf, np.inf),
    method: str | None = None,
    jac: Callable[..., Any] | str | None = None,
    *,
    full_output: bool = False,
    nan_policy: str | None = None,
    **kwargs: Any,
) -> Any:
    """Fit ``f(xdata, *params)`` to one data set by nonlinear least squares, as SciPy's function of this name.

    Parameters
    ----------
    f
        The model, ``f(x, ...) -> (m,)``.
    xdata
        Independent variables, (m,), (k, m) or any object that f understands.
    ydata
        Data, (m,).
    p0
        Start, (n,); default 1, or within the bounds.
    sigma
        Standard deviations (m,), a number, or the covariance of the data (m, m).
    absolute_sigma
        Whether sigma is in the units of ydata; if not, the covariance is scaled to a reduced chi-square of 1.
    check_finite
        Whether NaN and infinity in the data raise; default True unless nan_policy is given.
    bounds
        Pair (lower, upper), each a number or (n,); or an object with ``lb`` and ``ub``.
    method
        ``lm`` (default without bounds), ``trf`` (default with bounds) or ``dogbox``.
    jac
        ``jac(x, ...) -> (m, n)``, or ``"2-point"``, ``"3-point"``, ``"cs"``.
    full_output
        Whether to return infodict, mesg and ier as well.
    nan_policy
        ``raise``, ``omit`` or None.
    **kwargs
        ``ftol``, ``xtol``, ``gtol`` (0 for ``lm``), ``max_nfev`` or ``maxfev``, which leaves out evaluations
        for differences; for ``lm`` ``epsfcn``, ``factor``, ``diag``, ``col_deriv``; for the others all of
        `least_squares`, such as ``loss`` and ``x_scale``.

    Returns
    -------
    popt : (n,)
    pcov : (n, n)
        Infinite, with an `OptimizeWarning`, when it cannot be estimated.
    infodict, mesg, ier
        With full_output: ``nfev`` and ``fvec``, for ``lm`` also ``fjac``, ``ipvt``, ``qtf``; the message;
        1 to 4 as in `Status`.

    Raises
    ------
    ValueError
        For misuse and for NaN in the data.
    TypeError
        If there are fewer points than parameters, or an unknown keyword.
    RuntimeError
        If the fit does not converge.

    Examples
    --------
    >>> import numpy as np
    >>> from solvers import curve_fit
    >>> x = np.linspace(0, 4, 50)
    >>> popt, pcov = curve_fit(lambda x, a, b: a * np.exp(-b * x), x, 2.5 * np.exp(-1.3 * x))
    >>> popt.round(6).tolist()
    [2.5, 1.3]
    """
    if not callable(f):
        raise TypeError(f"f must be a function of x and the parameters, got {f!r}: see curve_fit_batch")
    n = len(parameter_names(f)) if p0 is None else np.size(p0)
    lower, upper = broadcast_bounds(bounds, 1, n)
    start = feasible_start(lower, upper)[0] if p0 is None else np.array(p0, dtype=float).reshape(n)
    chosen = choose_method(method, lower, upper)
    x, y, keep = _clean(xdata, ydata, check_finite, nan_policy)
    whiten = _whitening(sigma, y.size, keep)
    if keep is not None:
        x, y = (x[..., keep] if isinstance(x, np.ndarray) else x), y[keep]
        if y.size == 0:
            raise ValueError("nothing is left of the data once NaN are omitted")
    if y.size not in (1, max(n, y.size)):
        raise TypeError(
            f"The number of func parameters={n} must not exceed the number of data points={y.size}"
        )
    options, transposed = _options(chosen, n, kwargs)
    more = options.pop("kwargs", None) or {}

    def predictions(params: Array) -> Array:
        return np.asarray(f(x, *params, **more))

    def residuals(params: Array) -> Any:
        return whiten(predictions(params) - y)

    def derivatives(params: Array) -> Any:
        values = np.asarray(cast("Callable[..., Any]", jac)(x, *params, **more))
        return whiten(values.T if transposed else values)

    check_feasible(start, lower, upper)
    at_start = predictions(start)
    first = np.array(whiten(at_start - y))
    _check_first(first, n, chosen)
    solved = solve_one(
        residuals,
        start,
        first,
        derivatives if callable(jac) else jac,
        (lower, upper),
        chosen,
        **options,
        rounding=precision(at_start),
        absolute_sigma=absolute_sigma,
        remember_jacobian=full_output and chosen == "lm",
    )
    fit = solved.fit
    if not fit.success[0]:
        raise RuntimeError(f"Optimal parameters not found: {solved.message}")
    answer = fit.x[0], _covariance(fit)
    if not full_output:
        return answer
    evaluations = int(fit.nfev[0]) + (n * int(fit.njev[0]) if chosen == "lm" and jac is None else 0)
    info = {"nfev": evaluations, "fvec": fit.residuals}
    if solved.jacobian is not None:
        info |= _minpack(solved.jacobian, fit.residuals)
    return *answer, info, solved.message, int(fit.status[0])


def _check_first(residuals: Array, n: int, method: str) -> None:
    """SciPy's refusals of residuals at the start."""
    if residuals.ndim != 1:
        raise ValueError(
            f"f must return one value a data point; f(xdata, *p0) - ydata has shape {residuals.shape}"
        )
    if method != "lm" and not np.isfinite(residuals).all():
        raise ValueError("Residuals are not finite in the initial point.")
    if method == "lm" and len(residuals) < n:
        raise TypeError(f"Improper input: func input vector length N={n} must not exceed {len(residuals)}")


def _options(method: str, n: int, given: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """The keywords that SciPy would pass on, as `solve_one` takes them; and whether ``jac`` is transposed."""
    known = _COMMON + (_MINPACK if method == "lm" else _LEAST_SQUARES)
    unknown = sorted(set(given) - set(known))
    if "args" in unknown:
        raise ValueError("'args' is not a supported keyword argument.")
    if unknown:
        raise TypeError(
            f"curve_fit with {method!r} has no keyword {unknown[0]!r}; there are {', '.join(known)}"
        )
    options = dict(given)
    limit = options.pop("maxfev", None)
    options["max_nfev"] = (options.get("max_nfev") or limit) or None  # MINPACK's 0 is the default
    if method != "lm":
        tolerances = {name: options.get(name, 1e-8) for name in ("ftol", "xtol", "gtol")}
        return options | dict(zip(tolerances, check_tolerances(method, tolerances), strict=True)), False
    options = {"gtol": 0.0} | options  # as in MINPACK: the other two tests
    if options.pop("epsfcn", None):
        options["diff_step"] = np.sqrt(max(given["epsfcn"], EPS))
    if options.pop("diag", None) is not None:
        options["x_scale"] = 1.0 / np.broadcast_to(np.asarray(given["diag"], dtype=float), (n,))
    return options, bool(options.pop("col_deriv", False))


def _clean(
    xdata: Any, ydata: ArrayLike, check_finite: bool | None, nan_policy: str | None
) -> tuple[Any, Array, Any]:
    """The data as arrays, checked; and which points to keep when NaN are left out."""
    if nan_policy == "propagate":
        raise ValueError("`nan_policy='propagate'` is not supported by this function.")
    if nan_policy not in (None, "raise", "omit"):
        raise ValueError(f"nan_policy must be one of {{None, 'raise', 'omit'}}, got {nan_policy!r}")
    check = nan_policy is None if check_finite is None else check_finite
    y = np.asarray(ydata, dtype=float)
    x = np.asarray(xdata, dtype=float) if isinstance(xdata, list | tuple | np.ndarray) else xdata
    if y.size == 0:
        raise ValueError("`ydata` must not be empty!")
    numbers = isinstance(x, np.ndarray)
    if check and not (np.isfinite(y).all() and (not numbers or np.isfinite(x).all())):
        raise ValueError("array must not contain infs or NaNs")
    if check or nan_policy is None:
        return x, y, None
    has_nan = np.isnan(y)
    if numbers:
        has_nan = has_nan | np.isnan(x).any(axis=tuple(range(x.ndim - 1)))
    if nan_policy == "raise" and has_nan.any():
        raise ValueError("The input contains nan values")
    return x, y, ~has_nan if has_nan.any() else None


def _whitening(sigma: ArrayLike | None, m: int, keep: Any) -> Callable[[Any], Any]:
    """What gives residuals (m,) and Jacobians (m, n) errors of unit covariance."""
    if sigma is None:
        return lambda values: values
    spread = np.asarray(sigma, dtype=float)
    if spread.size == 1 and m != 1:
        spread = np.full(m, spread.item())
    if spread.shape == (m,):
        weight = 1.0 / (spread if keep is None else spread[keep])
        return lambda values: values * (weight if values.ndim == 1 else weight[:, None])
    if spread.shape != (m, m):
        raise ValueError(f"`sigma` has incorrect shape. It must be ({m},) or ({m}, {m}), got {spread.shape}")
    if keep is not None:
        spread = spread[np.ix_(keep, keep)]
    try:
        root = np.linalg.cholesky(spread)
    except np.linalg.LinAlgError:
        raise ValueError("`sigma` must be positive definite.") from None
    return lambda values: np.linalg.solve(root, values)


def _minpack(jacobian: Array, residuals: Array) -> dict[str, Any]:
    """MINPACK's QR factorization ``J[:, ipvt] = Q R`` with column pivoting, as SciPy's infodict has it.

    ``fjac (n, m)`` holds R transposed; where MINPACK keeps the reflectors, it is 0.
    """
    m, n = jacobian.shape
    order = np.arange(n, dtype=np.int32)
    pivot_columns(np.array(jacobian.T, order="C"), order)
    q, r = np.linalg.qr(jacobian[:, order])
    factor = np.zeros((n, m))
    factor[:, :n] = r.T
    return {"fjac": factor, "ipvt": order, "qtf": q.T @ residuals}


def _covariance(fit: FitResult) -> Array:
    """The covariance, infinite with a warning where it is unknown."""
    covariance: Array = fit.covariance[0]
    if np.isfinite(covariance).all():
        return covariance
    warnings.warn("Covariance of the parameters could not be estimated", OptimizeWarning, stacklevel=3)
    return np.full_like(covariance, np.inf)
