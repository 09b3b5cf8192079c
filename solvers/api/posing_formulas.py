"""Objectives and constraints given as text, as formulas for the compiled driver."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from solvers.arrays import Array
from solvers.coroutines.formulas import FormulaProblems
from solvers.expressions import Formulas, check_unknowns


class Limits(NamedTuple):
    """Formulas of constraints and their bounds."""

    sources: list[str]
    least: list[Any]  # each a number or (B,)
    most: list[Any]


def unknown_names(variables: Sequence[str] | None, n: int) -> tuple[str, ...]:
    """The names of the unknowns: given ones, or x0, x1, ..."""
    names = tuple(f"x{j}" for j in range(n)) if variables is None else tuple(variables)
    if len(names) != n:
        raise ValueError(
            f"variables: got {len(names)} names ({', '.join(names)}) for {n} unknowns; give one each"
        )
    return names


def formula_problems(
    objective: str | None,
    equations: Limits,
    unknowns: tuple[str, ...],
    columns: Mapping[str, Array],
    lower: Array,
    upper: Array,
) -> FormulaProblems:
    """B problems of an objective and constraints, or of equations.

    Parameters
    ----------
    objective
        Its formula; None for a system of equations.
    equations
        Constraints, or the equations.
    unknowns
        The names of the n unknowns.
    columns
        The problems' numbers by name, (B,) each.
    lower, upper
        (B, n)

    Raises
    ------
    ExpressionError
        Where a text is no expression, has a name that there is not, or an unknown occurs in none.
    """
    names, size = tuple(columns), len(lower)
    sources = tuple(equations.sources)
    check_unknowns(unknowns, [objective, *sources] if objective is not None else sources)
    data = np.column_stack([np.empty((size, 0)), *columns.values()])
    least, most = (
        np.column_stack([np.empty((size, 0)), *(np.broadcast_to(side, size) for side in sides)])
        for sides in (equations.least, equations.most)
    )
    return FormulaProblems(
        None if objective is None else Formulas((objective,), unknowns, names),
        Formulas(sources, unknowns, names) if sources else None,
        data,
        lower,
        upper,
        least,
        most,
    )


def limits_of(constraints: Any, unknowns: tuple[str, ...], starts: int = 1) -> Limits:
    """Constraints of SciPy's forms whose functions are formulas, each text one row.

    Limits of each problem's own are repeated for so many starts.

    Raises
    ------
    ValueError
        If a constraint's function is not text.
    """
    if constraints is None:
        constraints = []
    if isinstance(constraints, Mapping) or hasattr(constraints, "lb"):
        constraints = [constraints]
    found = Limits([], [], [])
    for i, constraint in enumerate(constraints):
        sources: Any
        if hasattr(constraint, "A"):
            matrix = constraint.A.toarray() if hasattr(constraint.A, "toarray") else constraint.A
            sources = [_sum_of(row, unknowns) for row in np.atleast_2d(matrix)]
            least, most = constraint.lb, constraint.ub
        elif hasattr(constraint, "lb"):
            sources, least, most = constraint.fun, constraint.lb, constraint.ub
        else:
            sources, least = constraint["fun"], 0.0
            most = {"eq": 0.0, "ineq": np.inf}[constraint["type"].lower()]
        texts: list[Any] = [sources] if isinstance(sources, str) or callable(sources) else list(sources)
        if not all(isinstance(text, str) for text in texts):
            raise ValueError(f"constraint {i}: got {sources!r}; beside an objective that is text, give text")
        for j, text in enumerate(texts):
            found.sources.append(text)
            found.least.append(_side(least, j, starts))
            found.most.append(_side(most, j, starts))
    return found


def _side(limits: Any, row: int, starts: int) -> Any:
    """A row's limit, of all rows' (), (m,) or of each problem's (B, m)."""
    array = np.asarray(limits, dtype=float)
    if array.ndim:
        array = array[..., row if array.shape[-1] > 1 else 0]
    return array.repeat(starts) if array.ndim else array


def _sum_of(row: Any, unknowns: tuple[str, ...]) -> str:
    terms = [f"({value!r})*{name}" for value, name in zip(row.tolist(), unknowns, strict=True) if value]
    return " + ".join(terms) or "0"
