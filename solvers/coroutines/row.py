"""What a method and whoever drives it say to each other about one problem: a row of numbers.

A method is a coroutine: it writes into its row where it wants to know what, yields the kinds of what it
wants, and finds the answers in its row when it goes on. All of a row, the state of the coroutine too,
lies in one stretch of memory that stays where it is.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numba import float64, types

from solvers.arrays import Array, IntArray

# Kinds of what a method may ask for, at ``x``; several at once are summed.
#: The objective, into ``numbers[FUN]``. Infinite where it, or a derivative asked for with it, is undefined.
OBJECTIVE = 1
#: Its gradient, into ``gradient``; the objective at this x is asked for before it, or with it.
GRADIENT = 2
#: Its Hessian, into ``hessian``; the gradient at this x is asked for before it, or with it.
HESSIAN = 4
#: Its Hessian times ``vector``, into ``product``; the gradient at this x is asked for before.
PRODUCT = 8
#: The functions of the constraints, or of a system of equations, into ``values``.
VALUES = 16
#: Their derivatives, into ``jacobian``; the values at this x are asked for before it, or with it.
JACOBIAN = 32
#: The Hessian of ``multipliers @ values``, into ``curvature``; the Jacobian at this x is asked for before.
CURVATURE = 64
#: Nothing: a step is made, and whoever watches may look. Only asked where ``numbers[WATCHED]`` is not 0.
STEP = 128

#: Places in ``numbers``: the objective at x, and at the answer; a `Status`; accepted steps; calls so far of
#: the function, its first and second derivatives; the largest violation of a constraint at the answer;
#: whether steps are watched; whether something asked for last was not finite; more on how some methods end.
FUN, BEST, STATUS, NIT, NFEV, NJEV, NHEV, VIOLATION, WATCHED, UNDEFINED, DETAIL = range(11)
NUMBERS = 11


class Row(NamedTuple):
    """One problem of n unknowns and m constraints or equations, as a method sees it."""

    numbers: Array  # (NUMBERS,) the objective, how the problem stands, how often what was evaluated
    x: Array  # (n,) where the method asks
    gradient: Array  # (n,)
    hessian: Array  # (n, n)
    vector: Array  # (n,)
    product: Array  # (n,)
    values: Array  # (m,)
    jacobian: Array  # (m, n)
    multipliers: Array  # (m,)
    curvature: Array  # (n, n)
    answer: Array  # (n,) the best point so far; its objective is numbers[BEST]
    slope: Array  # (n,) the gradient at the answer, of methods that know it
    lower: Array  # (n,) bounds of x
    upper: Array  # (n,)
    least: Array  # (m,) bounds of the constraints: equal ones are an equation
    most: Array  # (m,)
    room: Array  # (k,) for the method to work in; what it was given and leaves behind comes first
    frames: Array  # (k,) for the states of coroutines that it hands over to


#: The parts that are matrices of n columns.
MATRICES = frozenset({"hessian", "jacobian", "curvature"})

#: What is asked for, in the order in which it is answered, and the part of the row that it goes into.
ANSWERS = (
    (OBJECTIVE, "fun"),
    (GRADIENT, "gradient"),
    (VALUES, "values"),
    (JACOBIAN, "jacobian"),
    (HESSIAN, "hessian"),
    (PRODUCT, "product"),
    (CURVATURE, "curvature"),
)


def options_of(options: Any) -> Any:
    """Give the type of a NamedTuple of numbers."""
    return types.NamedUniTuple(float64, len(options._fields), options)


@dataclass(frozen=True)
class Layout:
    """Where in the memory of a problem what lies: the frame of the coroutine, its options, the row."""

    unknowns: int
    #: How many numbers the coroutine keeps its state in, how many options there are, and the row's parts.
    sizes: tuple[int, ...]

    @classmethod
    def of(cls, method: tuple[int, int, int], n: int, m: int, room: int, asks: int) -> "Layout":
        """Lay out problems of n unknowns and m constraints or equations.

        Parameters
        ----------
        method
            How many numbers the state of its coroutine takes, its options, and the states of those that the
            coroutine hands over to.
        n, m
            Unknowns; constraints or equations.
        room
            What it needs to work in.
        asks
            The kinds of what it asks for.
        """
        frame, options, frames = method
        hessian = n * n if asks & HESSIAN else 0
        product = n if asks & PRODUCT else 0
        jacobian = m * n if asks & JACOBIAN else 0
        curvature = n * n if asks & CURVATURE else 0
        asked = (NUMBERS, n, n, hessian, product, product, m, jacobian, m, curvature)
        return cls(n, (frame, options, *asked, n, n, n, n, m, m, room, frames))

    @cached_property
    def plan(self) -> IntArray:
        """Where the options begin, then the parts of the row, and where the last one ends."""
        return np.cumsum(self.sizes)

    @property
    def size(self) -> int:
        """How many numbers a problem takes."""
        return int(self.plan[-1])

    @property
    def options(self) -> slice:
        """Where the options are."""
        return slice(*self.plan[:2].tolist())

    @cached_property
    def places(self) -> dict[str, slice]:
        """Where the parts of a row are, and its objective, ``fun``."""
        ends = self.plan[1:].tolist()
        places = {name: slice(*ends[i : i + 2]) for i, name in enumerate(Row._fields)}
        at = places["numbers"].start + FUN
        return places | {"fun": slice(at, at + 1)}

    def parts(self, memory: Array) -> dict[str, Array]:
        """See the parts of rows in their memory (..., size), and their objectives, ``fun (...)``."""
        lead, n = memory.shape[:-1], self.unknowns
        parts = {name: memory[..., place] for name, place in self.places.items()}
        matrices = {name: parts[name].reshape(*lead, parts[name].shape[-1] // n, n) for name in MATRICES}
        return parts | matrices | {"fun": parts["fun"].reshape(lead)}
