"""Systems of equations in memory, on one core: `root_batch` against a loop of SciPy's `root`, by method.

Run it alone with ``python -m benchmarks.root``, for some methods with their names.
"""

import argparse
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import scipy.optimize

from benchmarks import searches
from benchmarks.markdown import machine
from benchmarks.race import one_core
from benchmarks.searches import Effort, Entry, Family
from solvers import root_batch
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
    "and has residuals below 1e-4."
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


def entries(effort: Effort, methods: Sequence[str] = ()) -> Iterator[Entry]:
    """Race all methods, or these."""
    most = max(*effort.sizes, effort.batch)
    for method in methods or MODULES:
        for n in effort.unknowns:
            yield searches.race(family(method, n, most), effort)


def report(effort: Effort, methods: Sequence[str] = ()) -> str:
    """Run everything; Markdown."""
    with one_core():
        return searches.report(
            "Systems of equations in memory, one core", HOW, list(entries(effort, methods))
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("methods", nargs="*", help="left out: all")
    parser.add_argument("--smoke", action="store_true", help="the smallest sizes: does it still run?")
    given = parser.parse_args()
    print(machine())
    print(report(searches.SMOKE if given.smoke else searches.FULL, given.methods))
