"""What batches of problems of one unknown have in common: their columns, checks, and the search itself."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from solvers.api.batch_input import Columns, not_finite
from solvers.arrays import Array
from solvers.evaluation.scalars import Scalars
from solvers.expressions import Formulas, check_unknowns
from solvers.methods.scalar.fused import search_formula
from solvers.methods.scalar.stepping import Stepping, search_functions
from solvers.scalar_result import ScalarResult
from solvers.status import Status


def spread_starts(starts: Array, columns: Columns) -> Array:
    """Starts (B, j), from those of all or of each problem."""
    sizes = {"the starts": len(starts)} if len(starts) != 1 else {}
    for name, column in columns.items():
        if column.ndim == 0:
            raise ValueError(f"{name} must have leading axis B, got a number")
        sizes[name] = len(column)
    if len(set(sizes.values())) > 1:
        said = ", ".join(f"{part} has {size}" for part, size in sizes.items())
        raise ValueError(f"leading axes disagree: {said}; give each one problem's, or as many")
    size = next(iter(sizes.values()), 1)
    return np.ascontiguousarray(np.broadcast_to(starts, (size, starts.shape[1])))


def search_batch(
    search: Stepping,
    functions: str | Sequence[Callable[..., Any]],
    columns: Columns,
    starts: dict[str, Array],
    given: Array,
    *,
    vectorized: bool,
    errors: Mapping[int, str] | None = None,
) -> ScalarResult:
    """Search for all problems whose numbers are numbers.

    Parameters
    ----------
    search
        The rule and its tolerances.
    functions
        An expression in x, or the function and the derivatives that there are.
    columns
        The problems' numbers, each (B, ...).
    starts
        What was given to start from, by name, (B, j): to be checked.
    given
        What the rule begins with, (B, k).
    vectorized
        Whether functions take many rows.
    errors
        Rows that are no problems for other reasons: row -> why.
    """
    formula = isinstance(functions, str)
    wrong = dict(errors or {}) | not_finite(starts | (columns if formula else {}))
    good = np.ones(len(given), dtype=bool)
    good[list(wrong)] = False
    if isinstance(functions, str):
        formulas = Formulas((functions,), ("x",), tuple(columns))
        check_unknowns(formulas.unknowns, formulas.sources)
        data = np.column_stack([np.empty((len(given), 0)), *columns.values()])
        result = search_formula(search, formulas, data[good], given[good])
    else:
        needed = tuple(functions[: 1 + search.order])
        problems = Scalars(needed, tuple(columns.values()), given, vectorized)
        result = _search(search, problems.take(good) if wrong else problems)
    return result.spread(good, wrong) if wrong else result


def _search(search: Stepping, problems: Scalars) -> ScalarResult:
    found = search_functions(search, problems)
    unknown = np.isnan(found.fun)
    if unknown.any():  # open methods do not evaluate the point that they end with
        unknown &= np.isfinite(found.x) & ~np.isin(found.status, (Status.NON_FINITE, Status.EXCEPTION))
        found.fun[unknown] = problems.take(unknown).value(found.x[unknown]).fun
        found.nfev[unknown] += 1
    return found
