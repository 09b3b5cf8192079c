"""One problem's iterations, shown to its user: SciPy's ``verbose=2`` and ``callback``."""

import inspect
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from solvers.arrays import Array, BoolArray
from solvers.methods.steps import gradient, norm
from solvers.result import OptimizeResult
from solvers.status import Status

_COLUMNS = ("Iteration", "Total nfev", "Cost", "Cost reduction", "Step norm", "Optimality")


class Watch:
    """A method for one problem that tells of each step it takes, and stops when it is told to.

    Parameters
    ----------
    method
        The method that does the work.
    callback
        ``callback(intermediate_result)`` or ``callback(x)``; stops the problem by raising StopIteration.
    shown
        Whether each step is printed.
    """

    def __init__(self, method: Any, callback: Callable[..., Any] | None, shown: bool) -> None:
        self.method, self.callback, self.shown = method, callback, shown
        self.order = method.order
        self.nfev = 1
        self.stopped = False

    def init(self, problems: Any, x: Array, value: Any, derivatives: Any) -> Any:
        """Print the start."""
        state = self.method.init(problems, x, value, derivatives)
        if self.shown:
            print("".join(f"{name:^15}" for name in _COLUMNS))  # noqa: T201 - verbose=2 asks for it
            self._print(state, None)
        return state

    def propose(self, state: Any) -> Any:
        """Leave the step to the method."""
        return self.method.propose(state)

    def wants(self, state: Any, trial: Any, value: Any) -> BoolArray:
        """Leave the choice to the method."""
        wanted: BoolArray = self.method.wants(state, trial, value)
        return wanted

    def update(self, state: Any, trial: Any, value: Any, wanted: BoolArray, derivatives: Any) -> Any:
        """Tell of a step that was taken."""
        after = self.method.update(state, trial, value, wanted, derivatives)
        self.nfev += 1
        if after.nit[0] == state.nit[0]:
            return after
        if self.shown:
            self._print(after, state)
        try:
            self._call(after, value)
        except StopIteration:
            self.stopped = True
            return replace(after, status=np.array([Status.STALLED], dtype=np.int64))
        return after

    def _call(self, state: Any, value: Any) -> None:
        if self.callback is None:
            return
        x = state.x[0].copy()
        if list(inspect.signature(self.callback).parameters) == ["intermediate_result"]:
            result = OptimizeResult(
                x=x,
                fun=value.residuals.copy(),
                nit=int(state.nit[0]),
                nfev=self.nfev,
                cost=float(state.fun[0]),
            )
            self.callback(intermediate_result=result)
        else:
            self.callback(x)

    def _print(self, state: Any, before: Any) -> None:
        less, length = "", ""
        if before is not None:
            less = f"{before.fun[0] - state.fun[0]:.2e}"
            length = f"{norm(state.x - before.x)[0]:.2e}"
        steepest = np.abs(gradient(state)).max()
        row = (state.nit[0], self.nfev, f"{state.fun[0]:.4e}", less, length, f"{steepest:.2e}")
        print("".join(f"{value!s:^15}" for value in row))  # noqa: T201 - verbose=2 asks for it
