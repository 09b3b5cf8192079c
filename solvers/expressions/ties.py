"""Tied parameters: formulas of other parameters, which may themselves be tied, but not in a circle."""

from collections.abc import Collection, Mapping
from graphlib import CycleError, TopologicalSorter

from solvers.expressions.syntax import ExpressionError, names, suggestion


def check_ties(
    tied: Mapping[str, str], parameters: Collection[str], fixed: Collection[str] = ()
) -> tuple[tuple[str, str], ...]:
    """Put ties, formula by name of parameter, in an order in which each reads only those before it.

    Raises
    ------
    ExpressionError
        If one is no formula of parameters, or is circular, or its parameter is unknown or fixed.
        The message begins with ``tied.`` and the parameter's name.
    """
    reads = {name: _reads(name, formula, parameters, fixed) for name, formula in tied.items()}
    try:
        order = [*TopologicalSorter(reads).static_order()]
    except CycleError as error:
        circle = error.args[1][::-1]  # each reads the next
        raise ExpressionError(
            f"tied.{circle[0]}: got a circle, {' reads '.join(circle)}: "
            "give one of them a formula of free or fixed parameters"
        ) from None
    return tuple((name, tied[name]) for name in order if name in tied)


def _reads(
    name: str, formula: object, parameters: Collection[str], fixed: Collection[str]
) -> tuple[str, ...]:
    """Which parameters the formula of a tied parameter reads."""
    field, there_are = f"tied.{name}", f"there are {', '.join(parameters)}"
    known = dict.fromkeys(parameters)
    if name not in known:
        raise ExpressionError(f"{field}: no such parameter{suggestion(name, known)}; {there_are}")
    if name in fixed:
        raise ExpressionError(f"{field}: {name!r} is fixed, too: remove one of the two")
    if not isinstance(formula, str):
        raise ExpressionError(f"{field}: got {formula!r}; give a formula, or fix {name!r} at a value")
    try:
        found = names(formula)
    except ExpressionError as error:
        raise ExpressionError(f"{field}: {error}") from None
    for other in found:
        if other not in known:
            raise ExpressionError(
                f"{field}: {formula!r:.80} reads {other!r}, which is no parameter"
                f"{suggestion(other, known)}; {there_are}"
            )
    return found
