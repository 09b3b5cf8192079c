"""`curve_fit` with SciPy's signature, for one data set."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from solvers.api.curve_model import feasible_start, parameter_names
from solvers.api.fitting import (
    Options,
    broadcast_bounds,
    check_feasible,
    choose_method,
    derivative_scheme,
    solve,
)
from solvers.api.unsupported import only
from solvers.arrays import Array
from solvers.evaluation.differences import Differenced
from solvers.evaluation.least_squares import ResidualFunction
from solvers.evaluation.residuals import OneResidual
from solvers.result import FitResult, OptimizeWarning

#: What SciPy passes on to MINPACK or to least_squares, and this function understands.
_OPTIONS = ("ftol", "xtol", "gtol", "max_nfev", "maxfev")


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
        ``lm`` (default without bounds) or ``trf`` (default with bounds).
    jac
        ``jac(x, ...) -> (m, n)``, or ``"2-point"``, ``"3-point"``, ``"cs"``.
    full_output
        Whether to return infodict, mesg and ier as well.
    nan_policy
        ``raise``, ``omit`` or None.
    **kwargs
        ``ftol``, ``xtol``, ``gtol``, ``max_nfev`` (or ``maxfev``).

    Returns
    -------
    popt : (n,)
    pcov : (n, n)
        Infinite, with an `OptimizeWarning`, when it cannot be estimated.
    infodict, mesg, ier
        With full_output: ``nfev`` and ``fvec``; the message; 1 to 4 as in `Status`.

    Raises
    ------
    ValueError
        For misuse and for NaN in the data.
    TypeError
        If there are fewer points than parameters for ``lm``, or an unknown keyword.
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
    n = len(parameter_names(f)) if p0 is None else np.size(p0)
    lower, upper = broadcast_bounds(bounds, 1, n)
    start = feasible_start(lower, upper) if p0 is None else np.atleast_1d(np.asarray(p0, dtype=float))[None]
    options, start = _options(method, lower, upper, kwargs), start.reshape(1, n)
    x, y, keep = _clean(xdata, ydata, check_finite, nan_policy)
    whiten = _whitening(sigma, y.size, keep)
    if keep is not None:
        x, y = (x[..., keep] if isinstance(x, np.ndarray) else x), y[keep]
        if y.size == 0:
            raise ValueError("nothing is left of the data once NaN are omitted")
    if options.method == "lm" and n > y.size:
        raise TypeError(
            f"Improper input: func input vector length N={n} must not exceed "
            f"func output vector length M={y.size}"
        )
    check_feasible(start, lower, upper)
    derivatives, scheme = derivative_scheme(jac)
    function: ResidualFunction = OneResidual(
        lambda params: whiten(np.asarray(f(x, *params)) - y),
        None if derivatives is None else lambda params: whiten(np.asarray(derivatives(x, *params))),
        np.array([0, y.size]),
    )
    if derivatives is None:
        function = Differenced(function, scheme, start, lower, upper)
    fit, _ = solve(function, start, lower, upper, options, absolute_sigma=absolute_sigma)
    if not fit.success[0]:
        raise RuntimeError(f"Optimal parameters not found: {fit.message[0]}")
    evaluations = int(fit.nfev[0]) + (n * int(fit.njev[0]) if options.method == "lm" and jac is None else 0)
    answer = fit.x[0], _covariance(fit)
    if full_output:
        return *answer, {"nfev": evaluations, "fvec": fit.residuals}, fit.message[0], int(fit.status[0])
    return answer


def _options(method: str | None, lower: Array, upper: Array, given: dict[str, Any]) -> Options:
    """The keywords that SciPy would pass on; anything else is refused."""
    unknown = sorted(set(given) - set(_OPTIONS))
    if "args" in unknown:
        raise ValueError("'args' is not a supported keyword argument.")
    if unknown:
        raise TypeError(f"curve_fit: {unknown[0]!r} is not supported here; there are {', '.join(_OPTIONS)}")
    named = dict.fromkeys(("ftol", "xtol", "gtol"), 1e-8) | given  # SciPy's tolerances
    named["max_nfev"] = named.get("max_nfev", named.pop("maxfev", None))
    named.pop("maxfev", None)
    named["max_nfev"] = named["max_nfev"] or None  # MINPACK's 0 is the default
    return Options(choose_method(method, lower, upper), **named)


def _clean(
    xdata: Any, ydata: ArrayLike, check_finite: bool | None, nan_policy: str | None
) -> tuple[Any, Array, Any]:
    """The data as arrays, checked; and which points to keep when NaN are left out."""
    if nan_policy == "propagate":
        raise ValueError("`nan_policy='propagate'` is not supported by this function.")
    only("curve_fit", "nan_policy", nan_policy, None, "raise", "omit")
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


def _covariance(fit: FitResult) -> Array:
    """The covariance, infinite with a warning where it is unknown."""
    covariance: Array = fit.covariance[0]
    if np.isfinite(covariance).all():
        return covariance
    warnings.warn("Covariance of the parameters could not be estimated", OptimizeWarning, stacklevel=3)
    return np.full_like(covariance, np.inf)
