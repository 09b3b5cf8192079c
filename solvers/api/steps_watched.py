"""What users see of each step of one problem: their callback, and all points where they ask for them."""

import inspect
from collections.abc import Callable
from typing import Any

from solvers.arrays import Array
from solvers.coroutines.row import BEST, NIT
from solvers.result import OptimizeResult


class Watched:
    """Called after each step with the parts of the row; says whether to go on.

    Parameters
    ----------
    callback
        ``callback(x)`` or ``callback(intermediate_result)``; with `state`, ``callback(x, state)``; with
        `with_residuals`, ``callback(x, f)``.
    all_points
        Where each step's point is added; None where nobody asks.
    state
        Makes the result that the callback takes beside x, of the parts of the row; such a callback also ends
        the search by returning True.
    with_residuals
        Whether it takes x and the residuals there.
    """

    def __init__(
        self,
        callback: Callable[..., Any] | None,
        all_points: list[Array] | None,
        *,
        state: Callable[[dict[str, Array]], OptimizeResult] | None = None,
        with_residuals: bool = False,
    ) -> None:
        self.callback, self.all_points = callback, all_points
        self.state, self.with_residuals = state, with_residuals
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
        if self.state is not None:
            result = self.state(parts)
        else:
            result = OptimizeResult(x=x, fun=float(numbers[BEST]), nit=int(numbers[NIT]))
        try:
            if self.named:
                asked = self.callback(intermediate_result=result)
            else:
                asked = self.callback(x) if self.state is None else self.callback(x, result)
        except StopIteration:
            self.stopped = True
            return False
        return self.state is None or asked is not True
