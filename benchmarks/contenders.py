"""Who races: each contender fits the same problems from the same starts at the same tolerances."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
import scipy.optimize

import solvers
from benchmarks import handwritten
from benchmarks.curves import TOLERANCE, Array, Problems

_TOLERANCES: dict[str, Any] = {"ftol": TOLERANCE, "xtol": TOLERANCE, "gtol": TOLERANCE}


@dataclass(frozen=True)
class Answers:
    """What a contender found for B problems."""

    x: Array  # (B, n)
    success: Any  # (B,)
    nfev: Any  # (B,) as the contender counts them


@dataclass(frozen=True)
class Contender:
    """A way to fit problems."""

    name: str
    fit: Callable[[Problems], Answers]
    #: Whether it fits a batch at once; else one problem after the other, and fewer of them make a sample.
    batched: bool = False


def batch(name: str, model: Callable[[Problems], Any], *, bounded: bool = False) -> Contender:
    """Our `curve_fit_batch`, with the model of some problems as an expression or a function."""

    def fit(problems: Problems) -> Answers:
        bounds = problems.curve.bounds if bounded else (-np.inf, np.inf)
        fits = solvers.curve_fit_batch(
            model(problems),
            problems.x,
            problems.y,
            problems.start,
            parameters=problems.curve.parameters,
            bounds=bounds,
            **_TOLERANCES,
        )
        return Answers(fits.x, fits.success, fits.nfev)

    return Contender(name, fit, batched=True)


def one_by_one(
    name: str, curve_fit: Callable[..., Any], errors: type[Exception], *, bounded: bool = False
) -> Contender:
    """A function with the signature of SciPy's `curve_fit`, called in a loop; errors are its failures."""

    def fit(problems: Problems) -> Answers:
        f, x = problems.curve.function, problems.x
        options: dict[str, Any] = {"bounds": problems.curve.bounds} if bounded else {"method": "lm"}
        rows = []
        for y, start in zip(problems.y, problems.start, strict=True):
            try:
                found, _, info, *_ = curve_fit(f, x, y, start, full_output=True, **options, **_TOLERANCES)
                rows.append((found, True, info["nfev"]))
            except errors:
                rows.append((np.full_like(start, np.nan), False, 0))
        return _gather(rows)

    return Contender(name, fit)


def _lmfit(problems: Problems) -> Answers:
    import lmfit

    # lmfit numbers what a Python function calls the independent variable as its first argument.
    model = lmfit.Model(problems.curve.function)
    rows = []
    for y, start in zip(problems.y, problems.start, strict=True):
        named = dict(zip(problems.curve.parameters, start, strict=True))
        found = model.fit(y, model.make_params(**named), x=problems.x, fit_kws=_TOLERANCES)
        rows.append((np.array([found.best_values[name] for name in named]), found.success, found.nfev))
    return _gather(rows)


def _gather(rows: list[tuple[Array, bool, int]]) -> Answers:
    x, success, nfev = zip(*rows, strict=True)
    return Answers(np.array(x), np.array(success), np.array(nfev))


def _handwritten(problems: Problems) -> Answers:
    return Answers(*handwritten.fit(problems, TOLERANCE))


def _with_scalars(problems: Problems) -> Callable[..., Any]:
    """The curve as a function that takes the parameters of one problem only, as many functions do."""

    def curve(x: Any, *parameters: Any) -> Any:
        return problems.curve.function(x, *map(float, parameters))

    return curve


SCIPY = one_by_one("SciPy curve_fit, lm", scipy.optimize.curve_fit, RuntimeError)
SCIPY_BOUNDED = one_by_one("SciPy curve_fit, trf", scipy.optimize.curve_fit, RuntimeError, bounded=True)
EXPRESSION = batch("expression", lambda problems: problems.curve.expression)
EXPRESSION_BOUNDED = batch("expression, bounds", lambda problems: problems.curve.expression, bounded=True)
FUNCTION = batch("NumPy function", lambda problems: problems.curve.function)
FUNCTION_BOUNDED = batch("NumPy function, bounds", lambda problems: problems.curve.function, bounded=True)
SCALARS = batch("function of one problem", _with_scalars)
SINGLE = one_by_one("solvers.curve_fit, one by one", solvers.curve_fit, RuntimeError)
HANDWRITTEN = Contender("hand-written loop", _handwritten, batched=True)
#: lmfit is in the dependency group `bench` only: without it, the others race.
LMFIT = [Contender("lmfit", _lmfit)] if find_spec("lmfit") else []


def without_bounds(parameters: int) -> list[Contender]:
    """Who fits a curve of that many parameters without bounds; the first is what ratios are of."""
    limit = [HANDWRITTEN] if parameters == 3 else []
    return [SCIPY, EXPRESSION, FUNCTION, SCALARS, SINGLE, *LMFIT, *limit]


def with_bounds() -> list[Contender]:
    """Who fits with bounds; the first is what ratios are of."""
    return [SCIPY_BOUNDED, EXPRESSION_BOUNDED, FUNCTION_BOUNDED]


def quietly(fit: Callable[[Problems], Answers], problems: Problems) -> Answers:
    """Fit with the warnings of peers (overflow on the way, covariance not estimated) kept back."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return fit(problems)
