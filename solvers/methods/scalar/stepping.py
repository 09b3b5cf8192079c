"""Rules for one unknown in the loop: a tick is one call for all rows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import float64, int64

from solvers.arrays import Array, Batch, BoolArray, IntArray
from solvers.evaluation.scalars import Scalars, Slopes, Values
from solvers.kernels.compiling import Functions, compiled_for, pointer
from solvers.methods.scalar.memory import (
    BEST,
    CURVATURE,
    GIVEN,
    MAXITER,
    RTOL,
    SIZE,
    SLOPE,
    STEPS,
    VALUE,
    XTOL,
    X,
)


class Rule(NamedTuple):
    """How a method steps, and what it asks for."""

    name: str
    #: Gives the compiled ``step(memory, value) -> status``.
    step: Callable[[], Callable[..., int]]
    #: The order of the derivatives that it uses.
    order: int = 0


@dataclass(frozen=True)
class Searches(Batch):
    """What every row remembers."""

    memory: Array  # (b, SIZE)
    status: IntArray  # (b,)

    @property
    def x(self) -> Array:
        """(b,) the best point so far."""
        return self.memory[:, BEST]

    @property
    def fun(self) -> Array:
        """(b,) its value."""
        return self.memory[:, VALUE]

    @property
    def nit(self) -> IntArray:
        """(b,) steps."""
        return self.memory[:, STEPS].astype(np.int64)


@dataclass(frozen=True)
class Points:
    """Where the rows are to be evaluated."""

    x: Array  # (b,)


@dataclass(frozen=True)
class Stepping:
    """A rule with its tolerances, as the loop wants a method."""

    rule: Rule
    #: Absolute and relative tolerance of x.
    xtol: float
    rtol: float
    maxiter: int

    @property
    def tolerances(self) -> tuple[float, float, int]:
        """They and the limit, in the order of the memory."""
        return self.xtol, self.rtol, self.maxiter

    @property
    def order(self) -> int:
        """The order of the derivatives that the rule uses."""
        return self.rule.order

    def init(self, problems: Scalars, x: Array, value: Values, derivatives: Slopes | None) -> Searches:
        """Remember what the search begins with, and take the first step."""
        memory = np.zeros((len(x), SIZE))
        memory[:, XTOL], memory[:, RTOL], memory[:, MAXITER] = self.tolerances
        memory[:, X] = x
        memory[:, GIVEN : GIVEN + problems.given.shape[1]] = problems.given
        searches = Searches(memory, np.zeros(len(x), dtype=np.int64))
        return self.update(searches, Points(x), value, np.ones(len(x), dtype=bool), derivatives)

    def propose(self, state: Searches) -> Points:
        """Say where the rule wants its value."""
        return Points(state.memory[:, X].copy())

    def wants(self, state: Searches, trial: Points, value: Values) -> BoolArray:  # noqa: ARG002 - interface
        """Slopes are wanted where the function is neither zero nor undefined."""
        if self.order == 0:
            return np.zeros(len(state), dtype=bool)
        wanted: BoolArray = np.isfinite(value.fun) & (value.fun != 0.0)
        return wanted

    def update(
        self,
        state: Searches,
        trial: Points,  # noqa: ARG002 - interface
        value: Values,
        wanted: BoolArray,  # noqa: ARG002 - interface
        derivatives: Slopes | None,
    ) -> Searches:
        """Let the rule take the values; it writes over the memory, which is the state's own."""
        if derivatives is not None:
            state.memory[:, SLOPE], state.memory[:, CURVATURE] = derivatives.first, derivatives.second
        _advance(pointer(self.rule.step()), state.memory, state.status, value.fun)
        return state


@compiled_for(Functions.rule, float64[:, ::1], int64[::1], float64[::1])
def _advance(step: Callable[..., int], memory: Array, status: IntArray, fun: Array) -> None:
    for i in range(len(fun)):
        status[i] = step(memory[i], fun[i])
