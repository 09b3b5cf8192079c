"""A program: an expression as a list of steps, each an operation on the results of steps before it.

This is the only form an expression has here. The parser writes it, differentiation extends it, and
a tape (or a kernel generator) walks it from front to back, with no recursion. Equal steps are the
same step, so a subexpression that occurs twice, in the formula or in its derivatives, is computed
once.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

#: What an expression may call, each taking one argument, and the operation it stands for.
FUNCTIONS: dict[str, str] = {
    "exp": "exp",
    "expm1": "expm1",
    "log": "log",
    "log1p": "log1p",
    "log2": "log2",
    "log10": "log10",
    "sqrt": "sqrt",
    "abs": "abs",
    "sin": "sin",
    "cos": "cos",
    "tan": "tan",
    "arcsin": "arcsin",
    "arccos": "arccos",
    "arctan": "arctan",
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "sinh": "sinh",
    "cosh": "cosh",
    "tanh": "tanh",
}


class Step(NamedTuple):
    """One operation on the results of earlier steps.

    The operations are "number" (its payload), "name" (the text in payload; in a bound program
    "parameter" or "variable" with its index in payload), "negative", "add", "subtract", "multiply",
    "divide", "power", the values of `FUNCTIONS`, and two that only derivatives use: "sign" and
    "scale", a product in which 0 times infinity is 0.
    """

    operation: str
    arguments: tuple[int, ...] = ()
    payload: Any = None  # a number, a name or an index


class Program:
    """Steps in order, where adding a step that is already there gives the one that is there."""

    def __init__(self, steps: Iterable[Step] = ()) -> None:
        self.steps = list(steps)
        self._index = {step: i for i, step in enumerate(self.steps)}

    def add(self, operation: str, *arguments: int, payload: Any = None) -> int:
        """Append a step unless it is there, and return its index."""
        step = Step(operation, arguments, payload)
        index = self._index.setdefault(step, len(self.steps))
        if index == len(self.steps):
            self.steps.append(step)
        return index

    def find(self, operation: str, *arguments: int) -> int | None:
        """Return the index of a step, or None where there is no such step."""
        return self._index.get(Step(operation, arguments))

    def inline(self, steps: Sequence[Step], place: Callable[[str], int]) -> int:
        """Add the steps of a parsed text, ``place`` saying where its names are, and return its value's."""
        places: list[int] = []
        for step in steps:
            if step.operation == "name":
                places.append(place(step.payload))
            else:
                arguments = (places[i] for i in step.arguments)
                places.append(self.add(step.operation, *arguments, payload=step.payload))
        return places[-1]

    def number(self, value: float) -> int:
        """Add a constant."""
        return self.add("number", payload=value)
