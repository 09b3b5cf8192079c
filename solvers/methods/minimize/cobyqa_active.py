"""What a step may not move against: unknowns that are fixed, and rows that it has to stay orthogonal to.

The rows, without their fixed unknowns, are made orthonormal one after the other (Gram and Schmidt, twice,
which is enough); one that depends on those before it is left out.
"""

from typing import NamedTuple

from solvers.arrays import Array
from solvers.kernels.compiling import called, strict
from solvers.linalg.norm import EPS
from solvers.methods.vectors import dot, norm


class Region(NamedTuple):
    """Where a step of d unknowns may go: between bounds, and ``rows @ step <= slack``."""

    lower: Array  # (d,) at most 0
    upper: Array  # (d,) at least 0
    rows: Array  # (r, d)
    slack: Array  # (r,) how much of it is left


class Active(NamedTuple):
    """Which of that holds the step."""

    fixed: Array  # (d,) 1 where an unknown is at a bound
    held: Array  # (r,) 1 where a row is held
    basis: Array  # (d, d) the held ones, made orthonormal, come first
    counts: Array  # (2,) how many those are, and in how many directions a step may go


@called
def span(active: Active, rows: Array) -> None:
    """Make the basis of the rows that are held."""
    d, free, rank = len(active.fixed), 0, 0
    for i in range(d):
        if active.fixed[i] == 0.0:
            free += 1
    for k in range(len(rows)):
        if rank == free:
            break
        if active.held[k] != 0.0:
            vector = active.basis[rank]
            for i in range(d):
                vector[i] = rows[k, i] if active.fixed[i] == 0.0 else 0.0
            for _ in range(2):
                for other in range(rank):
                    _remove(active.basis[other], vector)
            length = norm(vector)
            if length > 10.0 * EPS * d * norm(rows[k]):
                for i in range(d):
                    vector[i] /= length
                rank += 1
    active.counts[0], active.counts[1] = float(rank), float(free - rank)


@called
def project(active: Active, vector: Array, projected: Array) -> None:
    """Find the nearest direction that a step may go."""
    for i in range(len(vector)):
        projected[i] = vector[i] if active.fixed[i] == 0.0 else 0.0
    for k in range(int(active.counts[0])):
        _remove(active.basis[k], projected)


@strict
def _remove(unit: Array, vector: Array) -> None:
    """Take from a vector its part along a unit vector."""
    along = dot(unit, vector)
    for i in range(len(vector)):
        vector[i] -= along * unit[i]
