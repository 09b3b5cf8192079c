"""The functions of one problem, called directly: what is not given is made as for batches."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from solvers.arrays import Array
from solvers.evaluation.problems import Problems, inputs_of


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


class OneProblem:
    """For `solvers.coroutines.alone`: a batch of one whose functions are called without the batch's axis.

    Parameters
    ----------
    problems
        Of one row; its functions are of one problem.
    """

    def __init__(self, problems: Problems) -> None:
        guarded = {kind: self._guarded(function) for kind, function in problems.functions.items()}
        self.functions, self.problems = problems.functions, replace(problems, functions=guarded)
        self.args = tuple(arg[0] for arg in problems.args)
        self.counts = [0, 0, 0]
        self.failure: Exception | None = None

    @property
    def calls(self) -> tuple[int, int, int]:
        """How often the function and its derivatives were called."""
        return self.counts[0], self.counts[1], self.counts[2]

    def evaluate(self, kind: int, parts: Mapping[str, Array]) -> Any:
        """Answer what is asked; what is raised is the caller's to see."""
        if kind in self.functions:
            inputs = (parts[name].copy() for name in inputs_of(kind))
            found = self.functions[kind](*inputs, *self.args)
            calls = self.problems.calls(kind, 1)
            values = found.toarray() if hasattr(found, "toarray") else np.asarray(found, dtype=float)
        else:
            rows = {name: part[None] for name, part in parts.items()}
            answers = self.problems.evaluate(kind, rows)
            if answers.raised and self.failure is not None:
                raise self.failure
            values, calls = answers.values[0], answers.calls
        self.counts = [count + call for count, call in zip(self.counts, calls, strict=True)]
        return values

    def _guarded(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Remember what it raises."""

        def call(*inputs: Any) -> Any:
            try:
                return function(*inputs)
            except Exception as error:
                self.failure = error
                raise

        return call
