"""Constraints and bounds as equations and inequalities with slacks, and products with their Jacobian.

Each side of a constraint, ``least <= values(x) <= most``, and of a bound that is finite becomes one::

    c(x) = sign (value - limit) = 0    where both sides are equal
    c(x) + s = 0,  s > 0               for others, with sign 1 of an upper side, and -1 of a lower one

Unknowns are z = (x, s). Slacks are scaled by their values, so that those close to zero move in proportion;
the Jacobian by z is then ``A = [J_equations 0; J_inequalities diag(s)]``. It is not stored: its rows are
those of the Jacobian of constraints, or of the identity, by `source`.
"""

import math
from typing import NamedTuple

from solvers.arrays import Array
from solvers.coroutines.row import Row
from solvers.kernels.compiling import called, strict
from solvers.methods.vectors import dot


class Canonical(NamedTuple):
    """e equations, k inequalities: M = e + k sides, and N = n + k unknowns."""

    equations: int
    source: Array  # (M,) which constraint, or m + which unknown for a bound; equations come first
    sign: Array  # (M,)
    limit: Array  # (M,)
    jacobian: Array  # (m, n) of the constraints, at the answer
    slacks: Array  # (k,) at the answer


@called
def list_sides(row: Row, source: Array, sign: Array, limit: Array) -> tuple[int, int]:
    """Fill in the sides, and return how many equations and inequalities there are."""
    n, m, count, equations = len(row.x), len(row.least), 0, 0
    for equal in (True, False):
        for i in range(m + n):
            low = row.least[i] if i < m else row.lower[i - m]
            high = row.most[i] if i < m else row.upper[i - m]
            if (low == high) != equal:
                continue
            for side in (1.0, -1.0):
                bound = high if side > 0.0 else low
                if math.isinf(bound) or (equal and side < 0.0):
                    continue
                source[count], sign[count], limit[count] = float(i), side, bound
                count += 1
        if equal:
            equations = count
    return equations, count - equations


@called
def side_values(canonical: Canonical, row: Row, values: Array) -> None:
    """``values = c`` (M,) where the row has asked last."""
    m = len(row.values)
    for j in range(len(values)):
        i = int(canonical.source[j])
        value = row.values[i] if i < m else row.x[i - m]
        values[j] = canonical.sign[j] * (value - canonical.limit[j])


@strict
def add_slacks(slacks: Array, values: Array) -> None:
    """Add slacks to the inequalities' values."""
    equations = len(values) - len(slacks)
    for j in range(len(slacks)):
        values[equations + j] += slacks[j]


@strict
def row_times(canonical: Canonical, j: int, vector: Array) -> float:
    """One row of A without slacks times (n,)."""
    m = len(canonical.jacobian)
    i = int(canonical.source[j])
    product: float = dot(canonical.jacobian[i], vector) if i < m else vector[i - m]
    sign: float = canonical.sign[j]
    return sign * product


@strict
def copy_row(canonical: Canonical, j: int, target: Array) -> None:
    """Write one row of A without slacks into (n,)."""
    m = len(canonical.jacobian)
    i, sign = int(canonical.source[j]), canonical.sign[j]
    for column in range(len(target)):
        if i < m:
            target[column] = sign * canonical.jacobian[i, column]
        else:
            target[column] = sign if column == i - m else 0.0


@called
def times(canonical: Canonical, z: Array, product: Array) -> None:
    """``product (M,) = A z``."""
    equations, n = canonical.equations, len(z) - len(canonical.slacks)
    for j in range(len(product)):
        product[j] = row_times(canonical, j, z[:n])
        if j >= equations:
            product[j] += canonical.slacks[j - equations] * z[n + j - equations]


@called
def transposed_times(canonical: Canonical, v: Array, product: Array) -> None:
    """``product (N,) = A' v``."""
    equations, m = canonical.equations, len(canonical.jacobian)
    n = len(product) - len(canonical.slacks)
    for i in range(n):
        product[i] = 0.0
    for j in range(len(v)):
        i, weight = int(canonical.source[j]), canonical.sign[j] * v[j]
        if i < m:
            for column in range(n):
                product[column] += weight * canonical.jacobian[i, column]
        else:
            product[i - m] += weight
        if j >= equations:
            product[n + j - equations] = canonical.slacks[j - equations] * v[j]


@strict
def sort_multipliers(canonical: Canonical, v: Array, of_constraints: Array, of_bounds: Array) -> None:
    """Sum up the sides' multipliers to those of constraints (m,) and of bounds (n,)."""
    m = len(of_constraints)
    for i in range(m):
        of_constraints[i] = 0.0
    for i in range(len(of_bounds)):
        of_bounds[i] = 0.0
    for j in range(len(v)):
        i, weight = int(canonical.source[j]), canonical.sign[j] * v[j]
        if i < m:
            of_constraints[i] += weight
        else:
            of_bounds[i - m] += weight
