"""The tests by which methods of Broyden's family end, in a norm that is a function."""

import math
from collections.abc import Callable
from typing import Any

from solvers.arrays import Array

#: The options that are tolerances: below 0, the method's own tests never hold.
TOLERANCES = ("fatol", "ftol", "xatol", "xtol")


class NormTest:
    """Says after each step whether F and the step are small.

    Parameters
    ----------
    norm
        ``norm(vector) -> number``
    options
        With the tolerances.
    x, fun
        The start and F there, (n,).
    """

    def __init__(self, norm: Callable[[Array], Any], options: Any, x: Array, fun: Array) -> None:
        self.norm, self.options = norm, options
        self.x, self.first = x.copy(), float(norm(fun.copy()))
        self.holds = False

    def __call__(self, parts: dict[str, Array]) -> bool:
        """Look at a step; whether to go on."""
        x, o = parts["answer"].copy(), self.options
        size, extent, step = (float(self.norm(v)) for v in (parts["values"].copy(), x, x - self.x))
        self.x = x
        self.holds = size == 0.0 or (
            size <= o.fatol
            and (o.ftol == math.inf or size <= o.ftol * self.first)
            and step <= o.xatol
            and (o.xtol == math.inf or step <= o.xtol * extent)
        )
        return not self.holds
