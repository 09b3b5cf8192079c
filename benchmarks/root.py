"""Systems of equations in memory, on one core: `root_batch` against a loop of SciPy's `root`, by method.

Run it alone with ``python -m benchmarks.root``, for some methods with their names.
"""

from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import scipy.optimize

from benchmarks import searches
from benchmarks.searches import Family
from solvers import root_batch, root_scalar_batch
from solvers.arrays import Array
from solvers.coroutines.row import JACOBIAN
from solvers.methods.root import MODULES, find

#: What issue 5 asks for at B = 4,000, by method and n.
GOALS: dict[str, dict[int, float]] = {method: {2: 60.0, 5: 40.0} for method in ("hybr", "broyden1")}
#: Expressions of more unknowns take longer to compile than they save here.
_MOST_TEXT = 10
HOW = (
    "Broyden's tridiagonal systems from starts in (-1.5, -0.5), Jacobians given to hybr and lm. SciPy gets a "
    "sample of the same problems, one after the other. Medians of interleaved rounds. Success: what says so "
    "and has residuals below 1e-4. n = 1: exp x - a cos x by methods of root_scalar."
)


def tridiagonal(x: Array) -> Array:
    """Residuals of (..., n)."""
    found = (3.0 - 2.0 * x) * x + 1.0
    found[..., 1:] -= x[..., :-1]
    found[..., :-1] -= 2.0 * x[..., 1:]
    return found


def jacobian(x: Array) -> Array:
    """Jacobian, (..., n, n)."""
    n = x.shape[-1]
    found = np.zeros((*x.shape, n))
    i = np.arange(n)
    found[..., i, i] = 3.0 - 4.0 * x
    found[..., i[1:], i[:-1]] = -1.0
    found[..., i[:-1], i[1:]] = -2.0
    return found


def texts(n: int) -> list[str]:
    """The same as expressions."""
    return [
        f"(3 - 2*x{j})*x{j} + 1" + (f" - x{j - 1}" if j else "") + (f" - 2*x{j + 1}" if j < n - 1 else "")
        for j in range(n)
    ]


def family(method: str, n: int, size: int) -> Family:
    """One method at one n."""
    start = np.random.default_rng(n).uniform(-1.5, -0.5, (size, n))
    given: dict[str, Any] = {"method": method}
    if find(method).asks & JACOBIAN:
        given["jac"] = jacobian
    return Family(
        method,
        n,
        start,
        batch=lambda x: root_batch(tridiagonal, x, **given),
        loop=partial(scipy.optimize.root, tridiagonal, **given),
        text=(lambda x: root_batch(texts(n), x, method=method)) if n <= _MOST_TEXT else None,
        goal=GOALS.get(method, {}).get(n),
        right=lambda x: np.abs(tridiagonal(x)).max(axis=1) < 1e-4,
    )


def _crossing(x: Any, a: Any) -> Any:
    """Where an exponential meets a cosine of height a."""
    return np.exp(x) - a * np.cos(x)


def _slope(x: Any, a: Any) -> Any:
    return np.exp(x) + a * np.sin(x)


def _curvature(x: Any, a: Any) -> Any:
    return np.exp(x) + a * np.cos(x)


def scalar_family(method: str, size: int) -> Family:
    """One method of `root_scalar`."""
    a = np.random.default_rng(1).uniform(1.1, 3.0, (size, 1))
    given: dict[str, Any] = {"method": method}
    given |= {"x0": 0.5} if method in ("newton", "secant", "halley") else {"bracket": (0.0, 1.5)}
    derivatives: dict[str, Any] = {}
    if method in ("newton", "halley"):
        derivatives["fprime"] = _slope
    if method == "halley":
        derivatives["fprime2"] = _curvature

    def loop(a: Array) -> Any:
        found = scipy.optimize.root_scalar(_crossing, args=(a[0],), **given, **derivatives)
        return SimpleNamespace(x=found.root, nfev=found.function_calls, success=found.converged)

    return Family(
        method,
        1,
        a,
        batch=lambda a: root_scalar_batch(_crossing, (a[:, 0],), **given, **derivatives),
        loop=loop,
        text=lambda a: root_scalar_batch("exp(x) - a*cos(x)", {"a": a[:, 0]}, **given),
        goal=100.0 if method == "brentq" else None,
    )


FIELD = searches.Field(
    "Systems of equations in memory, one core",
    HOW,
    (*MODULES,),
    family,
    ("bisect", "brentq", "brenth", "ridder", "toms748", "newton", "secant", "halley"),
    scalar_family,
)

if __name__ == "__main__":
    searches.main(FIELD)
