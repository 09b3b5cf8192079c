"""The source of fused kernels, written from the program of a formula and its derivatives.

`normal_equations` makes one pass over a problem's points and adds up cost, gradient ``J'r`` and normal
matrix ``J'J``; nothing of the size of the data is stored. `columns` stores [J r] instead, for the few
that take a QR factorization, and `residuals` r alone. What depends on parameters alone is computed once
a problem. The formula is computed strictly as written; only the sums may be reordered, so that LLVM can
turn the loop into vector code. A problem's sums depend on its own points alone, so its bits are the same
in any company.

Products of the chain rule in which 0 times infinity is 0 take five instructions. Where they hardly ever
make a difference `normal_equations` has products; where one did, `careful` does it again.
"""

import copy
from collections.abc import Iterable, Sequence

from solvers.expressions.program import FUNCTIONS, Step
from solvers.expressions.tape import Level, fold
from solvers.kernels import BLOCK

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

    def quick(self) -> "_Program":
        """The same with products for scalings that hardly ever differ from them."""
        quick, at_zeros = copy.copy(self), self.at_zeros()
        quick.steps = [
            step._replace(operation="multiply")
            if step.operation == "scale" and at_zeros.isdisjoint(step.arguments)
            else step
            for step in self.steps
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
    program, curve = _Program(steps, [value, *derivatives]), _Program(steps, [value])
    quick = program.quick()
    columns = [f"j{i}" for i in range(len(derivatives))]
    lines = [
        f'"""Least squares of {ascii(text)[1:-1]!r}, generated by batchopt."""'.replace("\\", "/"),
        "import math",
        f"from solvers.kernels.elementary import {', '.join(_IMPORTED)}",
        "from solvers.kernels.compiling import generated, strict",
        *_function_of_problem("of_problem", program),
        *_function_at_point("at_point", program),
    ]
    if quick.steps != program.steps:
        lines += _function_at_point("quick_at_point", quick)
        lines += _normal_equations("careful", program, "at_point", columns, weighted)
        lines += _normal_equations("normal_equations", quick, "quick_at_point", columns, weighted, "careful")
    else:
        lines += _normal_equations("normal_equations", program, "at_point", columns, weighted)
    lines += [
        "@generated('columns')",
        "def columns(begin, end, x, y, sigma, params, out):",
        *_indented(1, [*_before(program, "of_problem", weighted), "for k in range(end - begin):"]),
        *_indented(2, _at_point(program, "at_point", columns, weighted)),
        *_indented(2, (f"out[{i}, k] = {name}" for i, name in enumerate([*columns, "r"]))),
        *_function_of_problem("curve_of_problem", curve),
        *_function_at_point("curve_at_point", curve),
        "@generated('residuals')",
        "def residuals(begin, end, x, y, sigma, params, out):",
        *_indented(1, [*_before(curve, "curve_of_problem", weighted), "for k in range(end - begin):"]),
        *_indented(2, [*_at_point(curve, "curve_at_point", [], weighted), "out[k] = r"]),
    ]
    return "\n".join(lines) + "\n"


def _function_of_problem(name: str, program: _Program) -> list[str]:
    """The part of a formula that is computed once a problem."""
    given = [f"p{j}" for j in program.leaves("parameter")]
    return [
        "@strict",
        f"def {name}({', '.join(given)}):",
        *_indented(1, (program.assignment(i) for i in program.at(Level.PROBLEM))),
        *_indented(1, [f"return {_tuple(program.name(i) for i in program.carried())}"]),
    ]


def _function_at_point(name: str, program: _Program) -> list[str]:
    """The part of a formula that is computed at every point."""
    given = [program.name(i) for i in program.carried()] + [f"x{j}" for j in program.leaves("variable")]
    return [
        "@strict",
        f"def {name}({', '.join(given)}):",
        *_indented(1, (program.assignment(i) for i in program.at(Level.POINT))),
        *_indented(1, [f"return {_tuple(program.name(i) for i in program.outputs)}"]),
    ]


def _normal_equations(
    name: str, program: _Program, at_point: str, columns: list[str], weighted: bool, careful: str = ""
) -> list[str]:
    """A kernel of cost, gradient and normal matrix, which leaves undefined derivatives to ``careful``."""
    n = len(columns)
    pairs = [(i, k) for i in range(n) for k in range(i, n)]
    sums = ["c", *(f"g{i}" for i in range(n)), *(f"n{i}_{k}" for i, k in pairs)]
    squares = " + ".join(f"n{i}_{i}" for i in range(n))
    otherwise = [
        f"if c < math.inf and not {squares} < math.inf:",
        f"    return {careful}(begin, end, x, y, sigma, params, gradient, normal)",
    ]
    return [
        "@generated('normal_equations')",
        f"def {name}(begin, end, x, y, sigma, params, gradient, normal):",
        *_indented(1, _before(program, "of_problem", weighted)),
        *_indented(1, [f"{' = '.join(sums)} = 0.0"]),
        *_indented(1, [f"for k in range((end - begin + {BLOCK - 1}) & -{BLOCK}):"]),
        *_indented(2, ["if k < end - begin:"]),
        *_indented(3, [*_at_point(program, at_point, columns, weighted), "c += r * r"]),
        *_indented(3, (f"g{i} += j{i} * r" for i in range(n))),
        *_indented(3, (f"n{i}_{k} += j{i} * j{k}" for i, k in pairs)),
        *_indented(1, otherwise if careful else []),
        *_indented(1, (f"gradient[{i}] = g{i}" for i in range(n))),
        *_indented(1, (f"normal[{i}, {k}] = normal[{k}, {i}] = n{i}_{k}" for i, k in pairs)),
        *_indented(1, ["return 0.5 * c"]),
    ]


def _before(program: _Program, of_problem: str, weighted: bool) -> list[str]:
    """What is there before the loop over points: numbers of the problem, and its part of the data."""
    carried = [program.name(i) for i in program.carried()]
    given = ", ".join(f"params[{j}]" for j in program.leaves("parameter"))
    return [
        *([f"{_tuple(carried)} = {of_problem}({given})"] if carried else []),
        # Slices, so that no index can be negative and LLVM sees plain loops.
        *(f"x{j} = x[{j}, begin:end]" for j in program.leaves("variable")),
        "observed = y[begin:end]",
        *(["spread = sigma[begin:end]"] if weighted else []),
    ]


def _at_point(program: _Program, at_point: str, columns: Sequence[str], weighted: bool) -> list[str]:
    """Weighted residual and columns at point k."""
    given = ", ".join(
        [*(program.name(i) for i in program.carried()), *(f"x{j}[k]" for j in program.leaves("variable"))]
    )
    lines = [f"{_tuple(['f', *columns])} = {at_point}({given})"]
    if not weighted:
        return [*lines, "r = f - observed[k]"]
    return [
        *lines,
        "r = (f - observed[k]) / spread[k]",
        *(f"{name} = {name} / spread[k]" for name in columns),
    ]


def _tuple(names: Iterable[str]) -> str:
    listed = list(names)
    return f"({listed[0]},)" if len(listed) == 1 else f"({', '.join(listed)})"


def _indented(depth: int, lines: Iterable[str]) -> list[str]:
    return ["    " * depth + line for line in lines]
