"""The functions of one problem, called directly: what is not given is made as for batches."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from solvers.arrays import Array, IntArray
from solvers.coroutines.row import OBJECTIVE
from solvers.evaluation.problems import Problems, inputs_of

#: How many derivatives a `WithGradient` keeps: more than there are problems in flight.
_MOST_KEPT = 10_000
#: The parts of a row that what is not given is made from.
_NEEDED = ("x", "fun", "gradient", "vector", "values", "jacobian", "multipliers")


class WithGradient:
    """A function that gives value and derivatives at once: the latter are kept until they are asked for."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.kept: dict[tuple[Any, ...], Any] = {}

    def value(self, x: Array, *args: Any) -> Any:
        """Its value."""
        key = _key(x, args)
        value, derivatives = self.function(x, *args)
        if len(self.kept) >= _MOST_KEPT:  # of points whose derivatives nobody wants
            self.kept.clear()
        self.kept[key] = derivatives
        return value

    def derivative(self, x: Array, *args: Any) -> Any:
        """Its derivatives."""
        key = _key(x, args)
        return self.kept.pop(key) if key in self.kept else self.function(x, *args)[1]


def _key(x: Array, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Tell a point and a problem from others."""
    arrays = (x, *map(np.asarray, args))
    return tuple(
        id(given) if array.dtype.hasobject else (array.shape, array.tobytes())
        for array, given in zip(arrays, (x, *args), strict=True)
    )


class Counted:
    """A function that knows how often it was called."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function, self.calls = function, 0

    def __call__(self, *args: Any) -> Any:
        """Call it."""
        self.calls += 1
        return self.function(*args)


class OneProblem(Problems):
    """A batch of one whose functions are those of one problem, for `solvers.coroutines.alone`.

    What functions raise is the caller's to see.
    """

    @cached_property
    def counts(self) -> list[int]:
        """How often the function, its first and its second derivatives were called so far."""
        return [0, 0, 0]

    @cached_property
    def given(self) -> dict[int, tuple[Callable[..., Any], tuple[str, ...], tuple[int, int, int]]]:
        """The functions, what parts of a row they take, and the calls that one of theirs counts for."""
        return {kind: (f, inputs_of(kind), self.calls(kind, 1)) for kind, f in self.functions.items()}

    def answer(self, kind: int, parts: Mapping[str, Array]) -> NDArray[Any]:
        """Answer what is asked, and count."""
        if kind in self.given:  # without the detour over an axis for one
            function, inputs, calls = self.given[kind]
            values = _dense(function(*[parts[name].copy() for name in inputs]))
            if kind == OBJECTIVE and values.size != 1:
                raise ValueError(
                    "The user-provided objective function must return a scalar value, "
                    f"got shape {values.shape}."
                )
        else:
            answers = self.evaluate(kind, {name: parts[name][None] for name in _NEEDED})
            values, calls = answers.values[0], answers.calls
        for i, count in enumerate(calls):
            self.counts[i] += count
        return values

    def apply(
        self,
        function: Callable[..., Any],
        inputs: tuple[NDArray[Any], ...],
        tail: tuple[int, ...],
        rows: IntArray | None = None,  # noqa: ARG002 - there is one
    ) -> tuple[Array, dict[int, str]]:
        """Call a function for the one row."""
        return np.reshape(_dense(function(*(array[0].copy() for array in inputs))), (1, *tail)), {}


def _dense(found: Any) -> NDArray[Any]:
    """What a function returned, as an array; sparse matrices are ones, too."""
    return np.asarray(found.toarray() if hasattr(found, "toarray") else found)
