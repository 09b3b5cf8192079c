"""What users see of each step of one problem: their callback, and all points where they ask for them."""

import inspect
from collections.abc import Callable
from typing import Any

from solvers.arrays import Array
from solvers.coroutines.row import BEST, NFEV, NIT
from solvers.result import OptimizeResult


class Watched:
    """Called after each step with the parts of the row; says whether to go on.

    Parameters
    ----------
    callback
        ``callback(x)`` or ``callback(intermediate_result)``; with `with_state`, ``callback(x, state)``; with
        `with_residuals`, ``callback(x, f)``.
    all_points
        Where each step's point is added; None where nobody asks.
    with_state
        Whether the callback takes x and a result, and ends the search by returning True.
    with_residuals
        Whether it takes x and the residuals there.
    """

    def __init__(
        self,
        callback: Callable[..., Any] | None,
        all_points: list[Array] | None,
        *,
        with_state: bool = False,
        with_residuals: bool = False,
    ) -> None:
        self.callback, self.all_points = callback, all_points
        self.with_state, self.with_residuals = with_state, with_residuals
        self.named = callback is not None and list(inspect.signature(callback).parameters) == [
            "intermediate_result"
        ]
        self.stopped = False

    def __call__(self, parts: dict[str, Array]) -> bool:
        """Tell of a step; whether to go on."""
        x, numbers = parts["answer"].copy(), parts["numbers"]
        if self.with_residuals and self.callback is not None:
            self.callback(x, parts["values"].copy())
            return True
        if self.all_points is not None:
            self.all_points.append(x)
        if self.callback is None:
            return True
        result = OptimizeResult(x=x, fun=float(numbers[BEST]), nit=int(numbers[NIT]))
        if self.with_state:
            result.update(grad=parts["slope"].copy(), niter=result.nit, nfev=int(numbers[NFEV]))
        try:
            if self.named:
                asked = self.callback(intermediate_result=result)
            else:
                asked = self.callback(x, result) if self.with_state else self.callback(x)
        except StopIteration:
            self.stopped = True
            return False
        return not (self.with_state and asked is True)
