"""The source of a fused kernel, written from the program of a formula and its derivatives.

`normal_equations` makes one pass over a problem's points and adds up cost, gradient ``J'r`` and normal
matrix ``J'J``; nothing of the size of the data is stored. `columns` stores [J r] instead, for the few
that take a QR factorization. What depends on parameters alone is computed once a problem. The formula
is computed strictly as written; only the sums may be reordered, so that LLVM can turn the loop into
vector code. A problem's sums depend on its own points alone, so its bits are the same in any company.
"""

from collections.abc import Iterable, Sequence

from solvers.expressions.program import FUNCTIONS, Step
from solvers.expressions.tape import Level, fold

#: Largest whole exponent that is written as a product.
_MAX_PRODUCT = 16
_OPERATORS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/"}
_NAMES = {"abs": "absolute"}
_IMPORTED = sorted({_NAMES.get(name, name) for name in FUNCTIONS.values()} | {"power", "scale", "sign"})


class _Program:
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
            value = f"{_NAMES.get(operation, operation)}({', '.join(names)})"
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


def kernel_source(
    text: str, steps: Sequence[Step], value: int, derivatives: Sequence[int], weighted: bool
) -> str:
    """Write the module of a kernel.

    Parameters
    ----------
    text
        The formula, for who reads the module.
    steps
        A bound program with its derivatives.
    value, derivatives
        The steps that are the formula and its derivatives by each unknown.
    weighted
        Whether residuals are divided by sigma.
    """
    program = _Program(steps, [value, *derivatives])
    n = len(derivatives)
    columns = [f"j{i}" for i in range(n)]
    pairs = [(i, k) for i in range(n) for k in range(i, n)]
    sums = ["c", *(f"g{i}" for i in range(n)), *(f"n{i}_{k}" for i, k in pairs)]
    lines = [
        f'"""Least squares of {ascii(text)[1:-1]!r}, generated by batchopt."""'.replace("\\", "/"),
        "import math",
        f"from solvers.kernels.elementary import {', '.join(_IMPORTED)}",
        "from solvers.kernels.compiling import generated, strict",
        *_functions(program),
        "@generated",
        "def normal_equations(begin, end, x, y, sigma, params, gradient, normal):",
        *_indented(1, _of_problem(program, weighted)),
        *_indented(1, [f"{' = '.join(sums)} = 0.0", "for k in range(len(y)):"]),
        *_indented(2, _at_point(program, columns, weighted)),
        *_indented(2, ["c += r * r"]),
        *_indented(2, (f"g{i} += j{i} * r" for i in range(n))),
        *_indented(2, (f"n{i}_{k} += j{i} * j{k}" for i, k in pairs)),
        *_indented(1, (f"gradient[{i}] = g{i}" for i in range(n))),
        *_indented(1, (f"normal[{i}, {k}] = normal[{k}, {i}] = n{i}_{k}" for i, k in pairs)),
        *_indented(1, ["return 0.5 * c"]),
        "@generated",
        "def columns(begin, end, x, y, sigma, params, out):",
        *_indented(1, [*_of_problem(program, weighted), "for k in range(len(y)):"]),
        *_indented(2, _at_point(program, columns, weighted)),
        *_indented(2, (f"out[{i}, k] = {name}" for i, name in enumerate([*columns, "r"]))),
    ]
    return "\n".join(lines) + "\n"


def _functions(program: _Program) -> list[str]:
    """The two strict parts of a formula: once a problem, and once a point."""
    carried = [program.name(i) for i in program.carried()]
    given = [f"p{j}" for j in program.leaves("parameter")]
    variables = [f"x{j}" for j in program.leaves("variable")]
    return [
        "@strict",
        f"def of_problem({', '.join(given)}):",
        *_indented(1, (program.assignment(i) for i in program.at(Level.PROBLEM))),
        *_indented(1, [f"return {_tuple(carried)}"]),
        "@strict",
        f"def at_point({', '.join([*carried, *variables])}):",
        *_indented(1, (program.assignment(i) for i in program.at(Level.POINT))),
        *_indented(1, [f"return {_tuple(program.name(i) for i in program.outputs)}"]),
    ]


def _of_problem(program: _Program, weighted: bool) -> list[str]:
    """What is there before the loop over points: numbers of the problem, and its part of the data."""
    carried = [program.name(i) for i in program.carried()]
    given = ", ".join(f"params[{j}]" for j in program.leaves("parameter"))
    return [
        *([f"{_tuple(carried)} = of_problem({given})"] if carried else []),
        # Slices, so that no index can be negative and LLVM sees plain loops.
        *(f"x{j} = x[{j}, begin:end]" for j in program.leaves("variable")),
        "y = y[begin:end]",
        *(["sigma = sigma[begin:end]"] if weighted else []),
    ]


def _at_point(program: _Program, columns: Sequence[str], weighted: bool) -> list[str]:
    """Weighted residual and columns at point k."""
    given = ", ".join(
        [*(program.name(i) for i in program.carried()), *(f"x{j}[k]" for j in program.leaves("variable"))]
    )
    lines = [f"{_tuple(['f', *columns])} = at_point({given})"]
    if not weighted:
        return [*lines, "r = f - y[k]"]
    return [*lines, "r = (f - y[k]) / sigma[k]", *(f"{name} = {name} / sigma[k]" for name in columns)]


def _tuple(names: Iterable[str]) -> str:
    listed = list(names)
    return f"({listed[0]},)" if len(listed) == 1 else f"({', '.join(listed)})"


def _indented(depth: int, lines: Iterable[str]) -> list[str]:
    return ["    " * depth + line for line in lines]
