"""Rules for one unknown with a compiled formula: each problem from start to end, in one call for all.

Values, steps and counts are those that the loop would give.
"""

import math
from collections.abc import Callable

import numpy as np
from numba import float64, int64

from solvers.arrays import Array, IntArray
from solvers.expressions import Formulas
from solvers.kernels.compiling import Functions, compiled_for, pointer
from solvers.methods.scalar.memory import (
    BEST,
    RUNNING,
    SLOPE,
    STEPS,
    UNDEFINED,
    VALUE,
    X,
)
from solvers.methods.scalar.stepping import Stepping
from solvers.scalar_result import ScalarResult


def search_formula(method: Stepping, formulas: Formulas, data: Array, given: Array) -> ScalarResult:
    """Search for all problems of a formula in one unknown.

    Parameters
    ----------
    method
        The rule and its tolerances.
    formulas
        The one formula: its variables are columns of the data.
    data
        (B, k).
    given
        (B, j) what each search begins with.
    """
    size = len(given)
    memory, counts = method.memories(given), np.zeros((3, size), dtype=np.int64)
    status = np.zeros(size, dtype=np.int64)
    formula = formulas.kernel(method.order)
    functions = pointer(method.rule.step()), pointer(formula)
    room = np.empty(1), np.full(3, np.nan)  # for the point, and for what the formula puts out
    _search(*functions, memory, np.ascontiguousarray(data), method.order, status, counts, *room)
    x, fun = memory[:, BEST].copy(), memory[:, VALUE].copy()
    return ScalarResult(x, fun, status, memory[:, STEPS].astype(np.int64), *counts)


@compiled_for(
    Functions.rule,
    Functions.formula,
    float64[:, ::1],
    float64[:, ::1],
    int64,
    int64[::1],
    int64[:, ::1],
    float64[::1],
    float64[::1],
)
def _search(
    step: Callable[..., int],
    formula: Callable[..., None],
    memory: Array,
    data: Array,
    order: int,
    status: IntArray,
    counts: IntArray,
    x: Array,
    out: Array,
) -> None:
    for i in range(len(memory)):
        while status[i] == RUNNING:
            x[0] = memory[i, X]
            formula(x, data[i], out)
            value = out[0]
            counts[0, i] += 1
            if order > 0 and value != 0.0 and math.isfinite(value):
                for k in range(order):
                    counts[1 + k, i] += 1
                    memory[i, SLOPE + k] = out[1 + k]
                    if not math.isfinite(out[1 + k]):  # as if the function itself were undefined there
                        value = math.inf
            status[i] = step(memory[i], value)
        if math.isnan(memory[i, VALUE]) and status[i] != UNDEFINED:  # the last point of an open method
            x[0] = memory[i, BEST]
            formula(x, data[i], out)
            memory[i, VALUE] = out[0]
            counts[0, i] += 1
