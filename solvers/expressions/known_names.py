"""The names in a formula: each is an unknown, a variable, a constant or a function, and only one of them."""

import re
from collections.abc import Sequence

from solvers.expressions.program import FUNCTIONS
from solvers.expressions.syntax import CONSTANTS, ExpressionError, excerpt, names, suggestion


def check_names(source: str, parameters: Sequence[str], variables: Sequence[str]) -> tuple[str, ...]:
    """Return the names that occur in a formula.

    Raises
    ------
    ExpressionError
        If one is not among the given ones, or a given one occurs twice or has a meaning of its own.
    """
    given = dict.fromkeys([*parameters, *variables])
    described = f"parameters ({', '.join(parameters)}) and variables ({', '.join(variables)})"
    if len(given) < len(parameters) + len(variables):
        raise ExpressionError(f"names occur twice in {described}: give each parameter and variable its own")
    for name in given:
        if name in CONSTANTS or name in FUNCTIONS:
            raise ExpressionError(f"{name!r} in {described} has a meaning in expressions: rename it")
    found = names(source)
    for name in found:
        if name not in given:
            raise ExpressionError(
                f"got {name!r} at {_place(name, source)}, which is not among {described}: "
                f"add it there or correct it{suggestion(name, given)}"
            )
    return found


def check_unknowns(unknowns: Sequence[str], sources: Sequence[str]) -> None:
    """Refuse unknowns that occur in none of some formulas.

    Raises
    ------
    ExpressionError
        Naming the first.
    """
    found = {name for source in sources for name in names(source)}
    for unknown in unknowns:
        if unknown not in found:
            shown = "; ".join(excerpt(source) for source in sources)
            raise ExpressionError(f"unknown {unknown!r} does not occur in {shown}: remove it, or correct it")


def _place(name: str, source: str) -> str:
    match = re.search(rf"\b{name}\b", source)
    position = match.start() if match else 0
    return f"column {position + 1} of {excerpt(source, position)}"
