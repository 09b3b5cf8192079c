"""What a named model is: a formula, what its parameters mean, and a guess at them from the data."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from solvers.arrays import Array, IntArray
from solvers.expressions import Expression

#: Takes x (k, N), y (N,) and offsets (B + 1,); returns a column (B,) for each parameter.
Estimate = Callable[[Array, Array, IntArray], Sequence[Array]]


@dataclass(frozen=True)
class Model:
    """A formula with a name, and an initial guess computed from the data for a whole batch at once.

    Parameters
    ----------
    name
        How a job or a call asks for it.
    expression
        The formula, as `solvers.expressions` reads it.
    parameters
        The names of its unknowns, in the order of the guess's columns. In order of appearance,
        so that the same formula typed in by hand is recognized.
    meaning
        One line a parameter, with its unit in units of x and y.
    reference
        Where the model comes from.
    estimate
        The columns of the guess. It may return anything where the data overflow or say nothing,
        and must treat each problem by itself.
    variables
        The names of the independent variables, in the order of the rows of x.
    bounds
        (lower, upper) a parameter where its sign is a matter of definition; none by default.

    Raises
    ------
    ValueError
        If the formula, its parameters, meanings and bounds do not belong together.
    """

    name: str
    expression: str
    parameters: tuple[str, ...]
    meaning: tuple[str, ...]
    reference: str
    estimate: Estimate
    variables: tuple[str, ...] = ("x",)
    bounds: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        if not self.bounds:
            object.__setattr__(self, "bounds", ((-np.inf, np.inf),) * len(self.parameters))
        for what, given in (("meanings", self.meaning), ("bounds", self.bounds)):
            if len(given) != len(self.parameters):
                raise ValueError(
                    f"model {self.name!r} has {len(self.parameters)} parameters "
                    f"({', '.join(self.parameters)}) but {len(given)} {what}: give one a parameter"
                )
        self.formula()

    def formula(self) -> Expression:
        """Return the parsed formula."""
        return Expression(self.expression, self.parameters, self.variables)

    def guess(self, x: Array, y: Array, offsets: IntArray) -> Array:
        """Guess the parameters of each problem from its data.

        Parameters
        ----------
        x
            (k, N), in any order, repeats allowed.
        y
            (N,)
        offsets
            (B + 1,), a point or more a problem.

        Returns
        -------
        (B, n), always finite: 1 stands where the data overflow.
        """
        with np.errstate(all="ignore"):
            guess = np.stack(self.estimate(x, y, offsets), axis=-1)  # (B, n)
        return np.where(np.isfinite(guess), guess, 1.0)
