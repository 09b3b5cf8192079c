"""A formula with its derivatives, as lines of Python: what is computed once a problem, and once a point."""

import copy
from collections.abc import Sequence

from solvers.expressions.program import Step
from solvers.expressions.tape import Level, fold

#: Largest whole exponent that is written as a product.
_MAX_PRODUCT = 16
_OPERATORS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/"}
#: Operations whose functions have another name in `elementary`.
NAMES = {"abs": "absolute"}


class Formula:
    """The steps that some outputs need, folded, with their levels and names."""

    def __init__(self, steps: Sequence[Step], outputs: Sequence[int]) -> None:
        self.steps = list(steps)
        self.levels: list[Level] = []
        self.outputs = outputs
        numbers: dict[int, Step] = {}
        for i, step in enumerate(self.steps):
            level = self._level(step)
            if step.operation != "number" and level is Level.CONSTANT:
                self.steps[i] = fold(step, numbers)
            if level is Level.CONSTANT:
                numbers[i] = self.steps[i]
            self.levels.append(level)
        self.needed = self._needed()

    def _level(self, step: Step) -> Level:
        leaf = {"number": Level.CONSTANT, "parameter": Level.PROBLEM, "variable": Level.POINT}
        return leaf[step.operation] if not step.arguments else max(self.levels[i] for i in step.arguments)

    def _needed(self) -> list[int]:
        needed, work = set[int](), list(self.outputs)
        while work:
            i = work.pop()
            if i not in needed:
                needed.add(i)
                work.extend(self.steps[i].arguments)
        return sorted(needed)

    def at(self, level: Level) -> list[int]:
        """Needed steps of a level that are computed, not given."""
        return [i for i in self.needed if self.levels[i] is level and self.steps[i].arguments]

    def leaves(self, operation: str) -> list[int]:
        """Payloads of the needed parameters or variables."""
        return sorted(step.payload for i in self.needed if (step := self.steps[i]).operation == operation)

    def carried(self) -> list[int]:
        """Steps of a problem that its points or the outputs need."""
        used = {a for i in self.at(Level.POINT) for a in self.steps[i].arguments} | set(self.outputs)
        return [i for i in self.needed if i in used and self.levels[i] is Level.PROBLEM]

    def at_zeros(self) -> set[int]:
        """Steps of a point that may be infinite where the data are zero, as log(x) and x**p are."""
        found, data = set[int](), set[int]()  # data: what depends on the data alone
        for i, (operation, arguments, _) in enumerate(self.steps):
            if operation in ("number", "variable") or (arguments and data.issuperset(arguments)):
                data.add(i)
            if self.levels[i] is Level.POINT and (
                operation in ("log", "log2", "log10", "power")
                or (operation == "divide" and arguments[1] in data)
                or (operation in ("negative", "multiply", "scale") and not found.isdisjoint(arguments))
            ):
                found.add(i)
        return found

    def quick(self) -> "Formula":
        """The same with products for scalings that hardly ever differ from them."""
        quick, at_zeros = copy.copy(self), self.at_zeros()
        quick.steps = [
            step._replace(operation="multiply")
            if step.operation == "scale"
            and self.levels[i] is Level.POINT
            and at_zeros.isdisjoint(step.arguments)
            else step
            for i, step in enumerate(self.steps)
        ]
        return quick

    def name(self, i: int) -> str:
        """How the generated code calls a step."""
        operation, arguments, payload = self.steps[i]
        if arguments:
            return f"s{i}"
        if operation == "number":
            return number(payload)
        return f"{'p' if operation == 'parameter' else 'x'}{payload}"

    def assignment(self, i: int) -> str:
        """The line that computes a step."""
        operation, arguments, _ = self.steps[i]
        names = [self.name(a) for a in arguments]
        if operation == "power":
            exponent = self.steps[arguments[1]]
            value = _power(names[0], names[1], exponent.payload if exponent.operation == "number" else None)
        elif operation in _OPERATORS:
            value = f" {_OPERATORS[operation]} ".join(names)
        elif operation == "negative":
            value = f"-{names[0]}"
        else:
            value = f"{NAMES.get(operation, operation)}({', '.join(names)})"
        return f"s{i} = {value}"


def number(value: float) -> str:
    """A double as Python source, in brackets where it has a sign."""
    text = repr(float(value))
    text = f"math.{text.lstrip('-')}" if text.lstrip("-") in {"inf", "nan"} else text.lstrip("-")
    return f"(-{text})" if repr(float(value)).startswith("-") else text


def _power(base: str, exponent: str, literal: float | None) -> str:
    """A power, as a square root or by repeated squaring where the exponent is a number that allows it."""
    if literal == 0.5:
        return f"sqrt({base})"
    if literal is None or literal != int(literal) or not 0 < abs(literal) <= _MAX_PRODUCT:
        return f"power({base}, {exponent})"
    product = _product(base, int(abs(literal)))
    return product if literal > 0 else f"1.0 / ({product})"


def _product(base: str, count: int) -> str:
    if count == 1:
        return base
    half = f"({_product(base, count // 2)})"
    return f"{half} * {half}" + (f" * {base}" if count % 2 else "")
