"""Formulas that are evaluated once a problem, several in the same unknowns, with their derivatives."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from solvers.expressions.derivatives import differentiate
from solvers.expressions.known_names import check_names
from solvers.expressions.program import Program, Step
from solvers.expressions.syntax import parse
from solvers.kernels.formula_source import formula_source


@dataclass(frozen=True)
class Formulas:
    """An objective, constraints, or the equations of a system.

    Parameters
    ----------
    sources
        m formulas in Python's notation; `FUNCTIONS` are the functions.
    unknowns
        The names of the n unknowns, in order.
    variables
        The names of the numbers that each problem has, in order. Some may not occur.

    Raises
    ------
    ExpressionError
        Where a text is no expression, or its names are not the given ones.
    """

    sources: tuple[str, ...]
    unknowns: tuple[str, ...]
    variables: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for source in self.sources:
            check_names(source, self.unknowns, self.variables)

    def kernel(self, order: int) -> Callable[..., Any]:
        """Compile ``formula(x (n,), data (k,), out)``: values and derivatives up to an order, 2 at most.

        The m values; m gradients, one after the other; m upper triangles of Hessians, row after row.
        """
        from solvers.kernels import cache  # loads Numba, which a driver that only reads formulas spares

        compiled: Callable[..., Any] = cache.build(_source(self, order)).formula
        return compiled

    def outputs(self, order: int) -> int:
        """How many numbers the kernel puts out."""
        m, n = len(self.sources), len(self.unknowns)
        return m * (1, 1 + n, 1 + n + n * (n + 1) // 2)[order]


@functools.lru_cache(maxsize=64)
def _source(formulas: Formulas, order: int) -> str:
    program, n = Program(), len(formulas.unknowns)
    leaves = {name: Step("parameter", payload=j) for j, name in enumerate(formulas.unknowns)}
    leaves |= {name: Step("variable", payload=i) for i, name in enumerate(formulas.variables)}

    def place(name: str) -> int:
        return program.add(leaves[name].operation, payload=leaves[name].payload)

    values = [program.inline(parse(source), place) for source in formulas.sources]
    steps, gradients, hessians = tuple(program.steps), list[int](), list[int]()
    for value in values if order > 0 else ():
        steps, gradient = differentiate(steps, n, value)
        gradients += gradient
    for i, slope in enumerate(gradients if order > 1 else ()):
        steps, row = differentiate(steps, n, slope)
        hessians += row[i % n :]
    return formula_source("; ".join(formulas.sources), steps, values + gradients + hessians)
