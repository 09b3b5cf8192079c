"""`minimize_scalar`: a minimum of a function of one unknown, with SciPy's signature."""

import math
import warnings
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from solvers.methods.scalar.alone import Ended, search
from solvers.methods.scalar.brent_minimum import BOUNDED, BRENT, first_point
from solvers.methods.scalar.golden import GOLDEN
from solvers.methods.scalar.stepping import Rule
from solvers.result import OptimizeResult, OptimizeWarning
from solvers.status import Status

RULES = {rule.name: rule for rule in (BRENT, BOUNDED, GOLDEN)}
_EPS = float(np.finfo(float).eps)
#: SciPy's defaults: the tolerance of x by the option's name, and the most iterations.
_DEFAULTS: dict[str, dict[str, Any]] = {
    "brent": {"xtol": 1.48e-8, "maxiter": 500},
    "bounded": {"xatol": 1e-5, "maxiter": 500},
    "golden": {"xtol": math.sqrt(_EPS), "maxiter": 5000},
}
#: Of Brent's method: the absolute tolerance, which counts where x is 0.
_LEAST = 1e-11


class Settings(NamedTuple):
    """A method and when it ends: xtol and rtol as its rule takes them."""

    rule: Rule
    xtol: float
    rtol: float
    maxiter: int
    given: float  # the tolerance as the user gave it
    disp: int


def minimize_scalar(
    fun: Callable[..., Any],
    bracket: Any = None,
    bounds: Any = None,
    args: Any = (),
    method: str | Callable[..., Any] | None = None,
    tol: float | None = None,
    options: Mapping[str, Any] | None = None,
) -> Any:
    """Minimize a function of one unknown.

    Parameters
    ----------
    fun
        ``fun(x, *args) -> number``.
    bracket
        For ``brent`` and ``golden``: (a, c), from which to look for a bracket downhill, or (a, b, c) with
        ``fun(b)`` below both others. None: (0, 1).
    bounds
        For ``bounded``: the interval.
    args
        Further arguments of the function.
    method
        ``brent``, ``bounded`` or ``golden``; a callable, which is handed all the rest. None: ``bounded`` with
        bounds, else ``brent``.
    tol
        The tolerance of x: relative, of ``bounded`` absolute.
    options
        ``xtol`` (``xatol`` of ``bounded``), ``maxiter`` and ``disp``: 1 warns of a bad end and, but for
        ``bounded``, says that it was a good one, 2 says so always, 3 shows each evaluation.

    Returns
    -------
    OptimizeResult
        ``x``, ``fun``, ``nfev``, ``nit``, ``success``, ``message``; of ``bounded`` also ``status``.

    Raises
    ------
    ValueError
        For a method that there is not, and brackets, bounds or tolerances that make no sense.

    Examples
    --------
    >>> from solvers import minimize_scalar
    >>> float(round(minimize_scalar(lambda x: (x - 2) ** 2 + 1).x, 6))
    2.0
    >>> float(round(minimize_scalar(lambda x: (x - 2) ** 2 + 1, bounds=(3, 9)).x, 4))
    3.0
    """
    arguments = args if isinstance(args, tuple) else (args,)
    if callable(method):
        more = dict(options or {}) | ({} if tol is None else {"tol": tol})
        return method(fun, args=arguments, bracket=bracket, bounds=bounds, **more)
    settings = settings_for(method, bounds, tol, dict(options or {}))
    name = settings.rule.name
    check_given(name, bracket, bounds)
    if name == "bounded":
        low, high = np.array(bounds, dtype=float).reshape(2).tolist()
        given = (first_point(low, high), low, high)
    else:
        a, *rest = np.array((0, 1) if bracket is None else bracket, dtype=float).reshape(-1).tolist()
        given = (a, rest[0], rest[1] if len(rest) > 1 else math.nan)
    shape: tuple[int, ...] = ()

    def value(x: float) -> Any:
        nonlocal shape
        found = fun(x, *arguments)
        shape = np.shape(found)
        return found if shape == () else np.asarray(found).reshape(())

    tolerances = settings.xtol, settings.rtol, settings.maxiter
    ended = search(settings.rule, [value], given, tolerances, _print if settings.disp > 2 else None)
    if ended.status == Status.NO_BRACKET and not math.isnan(given[2]):
        raise ValueError(
            "Bracketing values (xa, xb, xc) do not fulfill this requirement: "
            "(f(xb) < f(xa)) and (f(xb) < f(xc))"
        )
    result = _result(ended, settings, shape)
    if settings.disp and not result.success:
        warnings.warn(result.message, OptimizeWarning, stacklevel=2)
    elif settings.disp > (name == "bounded"):
        print(result.message)  # noqa: T201 - what disp is for
    return result


def settings_for(method: str | None, bounds: Any, tol: float | None, options: dict[str, Any]) -> Settings:
    """Check a method and its options, with their defaults by what is given."""
    name = (("brent" if bounds is None else "bounded") if method is None else method).lower()
    if name not in RULES:
        raise ValueError(f"Unknown solver {method}; there are {', '.join(RULES)}")
    if bounds is not None and name != "bounded":
        raise ValueError(f"Use of `bounds` is incompatible with 'method={name}'.")
    if bounds is None and name == "bounded":
        raise ValueError("The `bounds` parameter is mandatory for method `bounded`.")
    key = "xatol" if name == "bounded" else "xtol"
    if tol is not None and key not in options:
        if name == "bounded":
            said = (
                "Method 'bounded' does not support relative tolerance in x; defaulting to absolute tolerance."
            )
            warnings.warn(said, RuntimeWarning, stacklevel=3)
        options = options | {key: tol}
    unknown = [option for option in options if option not in (key, "maxiter", "disp")]
    if unknown:
        warnings.warn(f"Unknown solver options: {', '.join(unknown)}", OptimizeWarning, stacklevel=3)
    chosen = _DEFAULTS[name] | options
    tolerance = float(chosen[key])
    if not tolerance >= 0.0:
        raise ValueError(f"tolerance should be >= 0, got {chosen[key]!r}")
    xtol, rtol = {
        "brent": (_LEAST, tolerance),
        "bounded": (tolerance / 3.0, math.sqrt(_EPS)),
        "golden": (0.0, tolerance),
    }[name]
    disp = int(chosen.get("disp", 0))
    if name == "bounded" and chosen.get("disp") is True:
        disp = 2  # as in SciPy: True says of a good end, too
    return Settings(RULES[name], xtol, rtol, int(chosen["maxiter"]), tolerance, disp)


def check_given(name: str, bracket: Any, bounds: Any) -> None:
    """Raise where bracket or bounds make no sense, as SciPy does."""
    if name == "bounded":
        if len(bounds) != 2:
            raise ValueError("bounds must have two elements.")
        if not np.isfinite(np.asarray(bounds, dtype=float)).all():
            raise ValueError("Optimization bounds must be finite scalars.")
        if bounds[0] > bounds[1]:
            raise ValueError("The lower bound exceeds the upper bound.")
        return
    points = (0.0, 1.0) if bracket is None else tuple(bracket)
    if len(points) not in (2, 3):
        raise ValueError("Bracketing interval must be length 2 or 3 sequence.")
    if len(points) == 3 and not (points[0] < points[1] < points[2] or points[0] > points[1] > points[2]):
        raise ValueError(
            "Bracketing values (xa, xb, xc) do not fulfill this requirement: (xa < xb) and (xb < xc)"
        )


def _result(ended: Ended, settings: Settings, shape: tuple[int, ...]) -> OptimizeResult:
    """Words for how it ended; x and fun have the shape that the function returns."""
    bounded, success = settings.rule.name == "bounded", ended.status > 0
    if ended.status == Status.NON_FINITE:
        message = "NaN result encountered."
    elif bounded and ended.status == Status.UNBOUNDED:
        message = "The function is negative infinity within the bounds."
    elif ended.status in (Status.NO_BRACKET, Status.UNBOUNDED):
        message = (
            "The algorithm terminated without finding a valid bracket. "
            "Consider trying different initial points."
        )
    elif bounded:
        message = "Solution found." if success else "Maximum number of function calls reached."
    elif success:
        message = (
            "\nOptimization terminated successfully;\nThe returned value satisfies the termination criteria\n"
            f"(using xtol = {settings.given} )"
        )
    else:
        message = "\nMaximum number of iterations exceeded"
    result = OptimizeResult(
        x=_shaped(ended.x, shape),
        fun=_shaped(ended.fun, shape),
        nfev=ended.nfev,
        nit=ended.nit,
        success=success,
        message=message,
    )
    if bounded:
        result["status"] = 0 if success else 2 if ended.status == Status.NON_FINITE else 1
    return result


def _shaped(number: float, shape: tuple[int, ...]) -> Any:
    return np.full(shape, number)[()]


def _print(count: int, x: float, value: float) -> None:
    if count == 1:
        print(" Func-count     x          f(x)")  # noqa: T201 - what disp is for
    print(f"{count:5.0f}   {x:12.6g} {value:12.6g}")  # noqa: T201
