"""Minimizations in memory, on one core: `minimize_batch` against a loop of SciPy's `minimize`, by method.

Run it alone with ``python -m benchmarks.minimize``, for some methods with their names.
"""

from functools import partial
from typing import Any

import numpy as np
import scipy.optimize

from benchmarks import searches
from benchmarks.searches import Family
from solvers import minimize_batch, minimize_scalar_batch
from solvers.arrays import Array
from solvers.coroutines.row import CURVATURE, GRADIENT, HESSIAN, PRODUCT
from solvers.methods.minimize import MODULES, find

_QUASI_NEWTON = {2: 100.0, 5: 60.0, 10: 30.0}
_DIRECT = {2: 60.0, 5: 30.0}
#: What issue 5 asks for at B = 4,000, by method and n.
GOALS: dict[str, dict[int, float]] = {
    **dict.fromkeys(("BFGS", "L-BFGS-B", "CG", "Newton-CG"), _QUASI_NEWTON),
    **dict.fromkeys(("Nelder-Mead", "Powell"), _DIRECT),
    "SLSQP": {5: 20.0},
}
#: Expressions of more unknowns take longer to compile than they save here.
_MOST_TEXT = 10
HOW = (
    "Chained Rosenbrock functions from starts in (-2, 2), gradients (and Hessians, where methods use them) "
    "given; methods for constraints keep to two, of a sum and of a length. SciPy gets a sample of the same "
    "problems, one after the other, and functions of one point. Medians of interleaved rounds. Success: what "
    "says so and is within 1e-3 of a minimum's value. n = 1: (x - a)² + sin 5x by methods of minimize_scalar."
)


def rosenbrock(x: Array) -> Array:
    """Value of (..., n)."""
    off, rest = x[..., 1:] - x[..., :-1] ** 2, 1.0 - x[..., :-1]
    value: Array = (100.0 * off * off + rest * rest).sum(axis=-1)
    return value


def gradient(x: Array) -> Array:
    """Gradient, (..., n)."""
    off = x[..., 1:] - x[..., :-1] ** 2
    found = np.zeros_like(x)
    found[..., :-1] = -400.0 * off * x[..., :-1] - 2.0 * (1.0 - x[..., :-1])
    found[..., 1:] += 200.0 * off
    return found


def hessian(x: Array) -> Array:
    """Hessian, (..., n, n)."""
    n = x.shape[-1]
    found = np.zeros((*x.shape, n))
    i = np.arange(n - 1)
    found[..., i, i] = 1200.0 * x[..., :-1] ** 2 - 400.0 * x[..., 1:] + 2.0
    found[..., i + 1, i + 1] += 200.0
    found[..., i, i + 1] = found[..., i + 1, i] = -400.0 * x[..., :-1]
    return found


def text(n: int) -> str:
    """The same as an expression."""
    return " + ".join(f"100*(x{j + 1} - x{j}**2)**2 + (1 - x{j})**2" for j in range(n - 1))


def _total(x: Array) -> Array:
    """The sum, which is to be n / 2."""
    total: Array = x.sum(axis=-1, keepdims=True) - 0.5 * x.shape[-1]
    return total


def _inside(x: Array) -> Array:
    """How much the square of the length is below n."""
    room: Array = x.shape[-1] - (x * x).sum(axis=-1, keepdims=True)
    return room


CONSTRAINTS = (
    {"type": "eq", "fun": _total, "jac": lambda x: np.ones((*x.shape[:-1], 1, x.shape[-1]))},
    {"type": "ineq", "fun": _inside, "jac": lambda x: -2.0 * x[..., None, :]},
)


def family(method: str, n: int, size: int) -> Family:
    """One method at one n."""
    found = find(method)
    start = np.random.default_rng(n).uniform(-2.0, 2.0, (size, n))
    given: dict[str, Any] = {"method": method}
    if found.asks & GRADIENT:
        given["jac"] = gradient
    if found.asks & (HESSIAN | PRODUCT | CURVATURE):
        given["hess"] = hessian
    by_text: dict[str, Any] = {"method": method}
    if found.constraints and n > 1:
        given["constraints"] = CONSTRAINTS
        total = " + ".join(f"x{j}" for j in range(n))
        square = " - ".join(f"x{j}**2" for j in range(n))
        by_text["constraints"] = (
            {"type": "eq", "fun": f"{total} - {0.5 * n}"},
            {"type": "ineq", "fun": f"{n} - {square}"},
        )
    loop = partial(scipy.optimize.minimize, rosenbrock, **given)
    least = None if found.constraints else 0.0
    return Family(
        method,
        n,
        start,
        batch=lambda x: minimize_batch(rosenbrock, x, **given),
        loop=loop,
        text=(lambda x: minimize_batch(text(n), x, **by_text)) if n <= _MOST_TEXT else None,
        goal=GOALS.get(method, {}).get(n),
        right=partial(_right, least=least),
    )


def _right(x: Array, least: float | None) -> Any:
    """Whether answers are minima: a chain of four or more has a second one, of about 4."""
    if least is None:
        return (np.abs(_total(x)) < 1e-3).all(axis=1) & (_inside(x) > -1e-3).all(axis=1)
    return np.abs(gradient(x)).max(axis=1) < 1.0


def _wavy(x: Any, a: Any) -> Any:
    """A bowl with ripples about a."""
    return (x - a) ** 2 + np.sin(5.0 * x)


def scalar_family(method: str, size: int) -> Family:
    """One method of `minimize_scalar`."""
    a = np.random.default_rng(1).uniform(0.0, 3.0, (size, 1))
    given: dict[str, Any] = {"method": method} | ({"bounds": (0.0, 4.0)} if method == "bounded" else {})
    return Family(
        method,
        1,
        a,
        batch=lambda a: minimize_scalar_batch(_wavy, args=(a[:, 0],), **given),
        loop=lambda a: scipy.optimize.minimize_scalar(_wavy, args=(a[0],), **given),
        text=lambda a: minimize_scalar_batch("(x - a)**2 + sin(5*x)", args={"a": a[:, 0]}, **given),
        goal=100.0 if method == "brent" else None,
    )


FIELD = searches.Field(
    "Minimizations in memory, one core",
    HOW,
    (*MODULES,),
    family,
    ("brent", "bounded", "golden"),
    scalar_family,
)

if __name__ == "__main__":
    searches.main(FIELD)
