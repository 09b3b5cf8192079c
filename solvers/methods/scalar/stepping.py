"""Rules for one unknown with users' functions: thousands of problems in step, a call of the function for all.

Between two calls one compiled loop lets every problem take its value, and lists those that go on. What a
problem remembers stays where it is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from solvers.arrays import Array, IntArray
from solvers.evaluation.scalars import Scalars, Values
from solvers.kernels import cache
from solvers.methods.scalar.memory import (
    BEST,
    GIVEN,
    MAXITER,
    RTOL,
    RUNNING,
    SIZE,
    STEPS,
    VALUE,
    XTOL,
    X,
)
from solvers.scalar_result import ScalarResult
from solvers.status import Status

#: Problems in step: enough that calls cost little a problem, few enough that their memories stay in cache.
_WINDOW = 4096


class Rule(NamedTuple):
    """How a method steps, and what it asks for."""

    name: str
    #: Gives the compiled ``step(memory, value) -> status``.
    step: Callable[[], Callable[..., int]]
    #: The order of the derivatives that it uses.
    order: int = 0

    @property
    def loop(self) -> Callable[..., int]:
        """The compiled loop over rows, see `_loop_source`."""
        advance: Callable[..., int] = cache.build(_loop_source(self), imports=("**/*.py",)).advance
        return advance


@dataclass(frozen=True)
class Stepping:
    """A rule with its tolerances."""

    rule: Rule
    #: Absolute and relative tolerance of x.
    xtol: float
    rtol: float
    maxiter: int

    @property
    def order(self) -> int:
        """The order of the derivatives that the rule uses."""
        return self.rule.order

    def memories(self, given: Array) -> Array:
        """What problems remember at first (B, SIZE), from what each begins with, (B, j)."""
        memory = np.zeros((len(given), SIZE))
        memory[:, XTOL], memory[:, RTOL], memory[:, MAXITER] = self.xtol, self.rtol, self.maxiter
        memory[:, X], memory[:, GIVEN : GIVEN + given.shape[1]] = given[:, 0], given
        return memory


def search_functions(method: Stepping, problems: Scalars, window: int = _WINDOW) -> ScalarResult:
    """Search for all problems, so many of them in step.

    Nothing decides across problems, so neither the window nor the company changes a bit of an answer.
    """
    memory, size = method.memories(problems.given), len(problems)
    status = np.full(size, RUNNING, dtype=np.int64)
    counts, errors = np.zeros((3, size), dtype=np.int64), dict[int, str]()
    with np.errstate(all="ignore"):  # infinity and NaN are outcomes like others here
        for begin in range(0, size, window):
            rows = np.arange(begin, min(begin + window, size))
            active = problems if len(rows) == size else problems.take(rows)
            _run(method, active, rows, memory, status, counts, errors)
    x, fun = memory[:, BEST].copy(), memory[:, VALUE].copy()
    nfev, njev, nhev = counts
    return ScalarResult(x, fun, status, memory[:, STEPS].astype(np.int64), nfev, njev, nhev, errors)


def _run(
    method: Stepping,
    active: Scalars,
    rows: IntArray,
    memory: Array,
    status: IntArray,
    counts: IntArray,
    errors: dict[int, str],
) -> None:
    """Go on with these rows until all of them have ended."""
    advance, x = method.rule.loop, memory[rows, X]
    kept, slopes = np.empty(len(rows), dtype=np.int64), np.full((method.order, len(rows)), np.nan)
    while len(rows):
        value = active.value(x)
        raised = dict(value.raised)
        if method.order > 0:
            wanted = np.isfinite(value.fun) & (value.fun != 0.0)
            counts[1 : 1 + method.order, rows] += wanted
            raised |= _differentiate(active, x, value, wanted, slopes)
        for i, text in raised.items():
            errors[int(rows[i])] = text
        going = advance(memory, rows, status, counts, value.fun, slopes, x, kept)
        if raised:  # whatever the rule makes of them
            well = np.flatnonzero([k not in raised for k in kept[:going].tolist()])
            rows[: len(well)], kept[: len(well)], x[: len(well)] = rows[well], kept[well], x[well]
            going = len(well)
        if going < len(rows):
            rows, kept, x = rows[:going].copy(), kept[:going].copy(), x[:going].copy()
            active, slopes = active.take(kept), slopes[:, :going].copy()
    status[list(errors)] = int(Status.EXCEPTION)


def _differentiate(active: Scalars, x: Array, value: Values, wanted: Array, slopes: Array) -> dict[int, str]:
    """Write derivatives where they are wanted; where they are undefined the value is infinite, too."""
    every = wanted.all()
    index = np.flatnonzero(wanted)
    part, at, known = (active, x, value) if every else (active.take(index), x[index], value.take(index))
    slopes[:] = np.nan
    found, raised = part.derivatives(at, known)
    for k, derivative in enumerate((found.first, found.second)[: len(slopes)]):
        slopes[k, index] = derivative
    value.fun[index[~found.finite]] = np.inf
    return {int(index[i]): text for i, text in raised.items()}


def _loop_source(rule: Rule) -> str:
    """Write the loop in which all rows take their values; those that go on are listed in front."""
    lines = [
        f'"""The rule {rule.name} for many problems, generated by batchopt."""',
        "from solvers.kernels.compiling import generated",
        "from solvers.methods.scalar.memory import RUNNING, SLOPE, X",
        f"from {rule.step.__module__} import {rule.step.__name__} as rule",
        "step = rule()",
        "@generated('rules')",
        "def advance(memory, rows, status, counts, fun, slopes, x, kept):",
        "    going = 0",
        "    for k in range(len(fun)):",
        "        row = rows[k]",
        "        counts[0, row] += 1",
        "        for j in range(len(slopes)):",
        "            memory[row, SLOPE + j] = slopes[j, k]",
        "        status[row] = step(memory[row], fun[k])",
        "        if status[row] == RUNNING:",
        "            rows[going], kept[going], x[going] = row, k, memory[row, X]",
        "            going += 1",
        "    return going",
    ]
    return "\n".join(lines) + "\n"
