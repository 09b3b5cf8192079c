"""Linear programs in rational numbers: slow, and beyond doubt. For when two solvers disagree."""

from fractions import Fraction

import numpy as np

from solvers.status import Status


def solve(program):
    """Status and objective of a `Program`, whose numbers are taken to be exact."""
    rows, costs, offset = _standard_form(program)
    tableau, basis = _with_artificials(rows)
    width = len(costs)
    artificial = [Fraction(0)] * width + [Fraction(1)] * len(rows)
    _minimize(tableau, basis, artificial, allowed=width)
    if _objective(tableau, basis, artificial) > 0:
        return Status.INFEASIBLE, np.nan
    _drive_out(tableau, basis, width)
    costs += [Fraction(0)] * len(rows)
    if not _minimize(tableau, basis, costs, allowed=width):
        return Status.UNBOUNDED, np.nan
    return Status.OPTIMAL, float(
        offset + sum(costs[j] * row[-1] for j, row in zip(basis, tableau, strict=True))
    )


def _standard_form(program):
    """Rows [a, b] of a x = b with x >= 0 and b >= 0, the costs of x, and the constant of the objective.

    A variable is its bound plus or minus a nonnegative one, or the difference of two; what bounds it from
    the other side is one more row.
    """
    A, n = program.A.toarray(), len(program.c)
    columns, shifts, constraints = [], [], []  # columns: (variable, sign)
    for j in range(n):
        lower, upper = program.lower[j], program.upper[j]
        from_below = np.isfinite(lower)
        shifts.append(_exact(lower if from_below else upper if np.isfinite(upper) else 0.0))
        columns.append((j, 1 if from_below or upper == np.inf else -1))
        if from_below and upper < np.inf:
            constraints.append((np.eye(n)[j], -np.inf, upper))
        elif lower == -np.inf and upper == np.inf:
            columns.append((j, -1))
    constraints += zip(A, program.row_lower, program.row_upper, strict=True)
    sides = [
        (a, bound, slack)
        for a, lower, upper in constraints
        for bound, slack in ([(lower, 0)] if lower == upper else [(upper, 1), (lower, -1)])
        if np.isfinite(bound)
    ]
    rows = []
    for i, (a, bound, slack) in enumerate(sides):
        b = _exact(bound) - sum(_exact(a[j]) * shifts[j] for j in range(n))
        row = [sign * _exact(a[j]) for j, sign in columns]
        row += [Fraction(slack if k == i else 0) for k in range(len(sides))] + [b]
        rows.append([-entry for entry in row] if b < 0 else row)
    costs = [sign * _exact(program.c[j]) for j, sign in columns] + [Fraction(0)] * len(sides)
    return rows, costs, sum((_exact(program.c[j]) * shifts[j] for j in range(n)), Fraction(0))


def _with_artificials(rows):
    """A tableau with one more variable a row, which is basic."""
    m = len(rows)
    tableau = [[*row[:-1], *(Fraction(int(i == k)) for k in range(m)), row[-1]] for i, row in enumerate(rows)]
    return tableau, [len(row) - 1 - m + i for i, row in enumerate(tableau)]


def _minimize(tableau, basis, costs, allowed):
    """Pivot by Bland's rule, which never cycles; whether there is a minimum."""
    while True:
        entering = next((j for j in range(allowed) if _reduced(tableau, basis, costs, j) < 0), None)
        if entering is None:
            return True
        ratios = [
            (row[-1] / row[entering], basis[i], i) for i, row in enumerate(tableau) if row[entering] > 0
        ]
        if not ratios:
            return False
        _pivot(tableau, basis, min(ratios)[2], entering)


def _objective(tableau, basis, costs):
    return sum(costs[j] * row[-1] for j, row in zip(basis, tableau, strict=True))


def _reduced(tableau, basis, costs, j):
    return costs[j] - sum(
        costs[k] * row[j] for k, row in zip(basis, tableau, strict=True) if costs[k] and row[j]
    )


def _drive_out(tableau, basis, width):
    """Let no artificial variable be basic; a row that has nothing else is redundant."""
    for i in reversed(range(len(tableau))):
        if basis[i] >= width:
            entering = next((j for j in range(width) if tableau[i][j]), None)
            if entering is None:
                del tableau[i], basis[i]
            else:
                _pivot(tableau, basis, i, entering)


def _pivot(tableau, basis, leaving, entering):
    pivot = tableau[leaving][entering]
    tableau[leaving] = [entry / pivot for entry in tableau[leaving]]
    for i, row in enumerate(tableau):
        if i != leaving and row[entering]:
            factor = row[entering]
            tableau[i] = [a - factor * b if b else a for a, b in zip(row, tableau[leaving], strict=True)]
    basis[leaving] = entering


def _exact(number):
    return Fraction(float(number))
