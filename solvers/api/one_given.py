"""The functions of one problem, called directly: what is not given is made as for batches."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from solvers.arrays import Array, IntArray
from solvers.coroutines.row import OBJECTIVE
from solvers.evaluation.problems import Problems, inputs_of

#: The parts of a row that what is not given is made from.
_NEEDED = ("x", "fun", "gradient", "vector", "values", "jacobian", "multipliers")


class WithGradient:
    """A function that gives its value and its derivatives at once: one is kept for who asks for the other."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.x: Any = None
        self.found: Any = None

    def _at(self, x: Array, args: tuple[Any, ...]) -> Any:
        if self.x is None or not np.array_equal(x, self.x):
            self.x = np.copy(x)
            self.found = self.function(x, *args)
        return self.found

    def value(self, x: Array, *args: Any) -> Any:
        """Its value."""
        return self._at(x, args)[0]

    def derivative(self, x: Array, *args: Any) -> Any:
        """Its derivatives."""
        return self._at(x, args)[1]


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

    def answer(self, kind: int, parts: Mapping[str, Array]) -> Any:
        """Answer what is asked, and count."""
        if kind in self.functions:  # without the detour over an axis for one
            found = self.functions[kind](*(parts[name].copy() for name in inputs_of(kind)))
            values, calls = _dense(found), self.calls(kind, 1)
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
