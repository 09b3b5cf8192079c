"""A rule for one unknown, driven by itself for one problem."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from solvers.methods.scalar.memory import BEST, GIVEN, MAXITER, RTOL, SIZE, SLOPE, STEPS, VALUE, XTOL, X
from solvers.methods.scalar.stepping import Rule


class Ended(NamedTuple):
    """How a search ended."""

    status: int
    x: float
    fun: float
    last: float  # where the function was evaluated last
    nit: int
    nfev: int
    njev: int
    nhev: int


def search(
    rule: Rule,
    functions: Sequence[Callable[[float], Any]],
    given: tuple[float, ...],
    tolerances: tuple[float, float, int],
    watch: Callable[[int, float, float], None] | None = None,
) -> Ended:
    """Let the rule search, evaluating where it asks; what functions raise is the caller's to see.

    Parameters
    ----------
    rule
        The method.
    functions
        The function and the derivatives that the rule uses.
    given
        What the search begins with; the first is evaluated first.
    tolerances
        xtol, rtol and maxiter.
    watch
        Called with each evaluation's number, point and value.
    """
    memory, step = np.zeros(SIZE), rule.step()
    memory[XTOL], memory[RTOL], memory[MAXITER] = tolerances
    memory[X], memory[GIVEN : GIVEN + len(given)] = given[0], given
    fun, *derivatives = functions
    status, nfev, calls = 0, 0, [0, 0]
    while status == 0:
        x = memory[X]
        value = float(fun(x))
        nfev += 1
        if watch is not None:
            watch(nfev, float(x), value)
        if value != 0.0 and value - value == 0.0:  # finite
            for k, derivative in enumerate(derivatives):
                memory[SLOPE + k] = float(derivative(x))
                calls[k] += 1
        status = step(memory, value)
    best, value = float(memory[BEST]), float(memory[VALUE])
    return Ended(status, best, value, float(x), int(memory[STEPS]), nfev, *calls)
