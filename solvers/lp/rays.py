"""Linear programs whose optimum is a ray: the proof that another has no feasible point, or no finite optimum.

A Farkas ray is a vector of row multipliers y for which no x within its bounds reaches what the rows ask for:

    sum(row_lower y+ + row_upper y-) + sum(lower z+ + upper z-) > 0,   z = -A'y,

and the multipliers of the *elastic* program, which minimizes by how much rows are violated, are one
(Farkas; see Nocedal & Wright 12.5). A direction d in which a feasible point falls without end has
c d < 0 and keeps to every finite bound; the *cone* program looks for the steepest, each |d_j| <= 1.
Rays that a simplex method found are checked here in the same terms, with the rounding errors of their sums.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from solvers.arrays import Array
from solvers.lp.programs import Program
from solvers.lp.sparse import SparseRows

#: What is taken for rounding error, in proportion to the terms of a sum.
ROUNDING = 1e-9


def elastic(program: Program) -> Program:
    """Minimize by how much rows are missed: variables x (n,), and what is short (m,) or too much (m,)."""
    m, n = program.A.shape
    row = np.arange(m, dtype=np.int32)
    at = np.repeat(program.A.indptr[1:], 2)  # behind the entries of its row
    A = SparseRows(
        (m, n + 2 * m),
        program.A.indptr + 2 * np.arange(m + 1, dtype=np.int32),
        np.insert(program.A.indices, at, np.column_stack([n + row, n + m + row]).ravel()),
        np.insert(program.A.data, at, np.tile([1.0, -1.0], m)),
    )
    return Program(
        np.concatenate([np.zeros(n), np.ones(2 * m)]),
        A,
        program.row_lower,
        program.row_upper,
        np.concatenate([program.lower, np.zeros(2 * m)]),
        np.concatenate([program.upper, np.full(2 * m, np.inf)]),
    )


def cone(program: Program) -> Program:
    """Minimize c d over the directions d, each |d_j| <= 1, in which no finite bound is ever reached."""
    return replace(
        program,
        row_lower=_wall(program.row_lower, np.inf),
        row_upper=_wall(program.row_upper, np.inf),
        lower=_wall(program.lower, 1.0),
        upper=_wall(program.upper, 1.0),
        integrality=None,
    )


def is_farkas(program: Program, y: Array) -> bool:
    """Whether multipliers (m,) prove that there is no feasible point."""
    A = program.A
    weights = A.data * np.repeat(y, np.diff(A.indptr))
    z = -_sums(A.indices, weights, A.shape[1])
    z[np.abs(z) <= ROUNDING * _sums(A.indices, np.abs(weights), A.shape[1])] = 0.0
    terms = np.concatenate(
        [_at_bound(y, program.row_lower, program.row_upper), _at_bound(z, program.lower, program.upper)]
    )
    return bool(terms.sum() > ROUNDING * np.abs(terms).sum())


def is_falling(program: Program, d: Array) -> bool:
    """Whether the objective falls without end along a direction (n,) from any feasible point."""
    A = program.A
    row = np.repeat(np.arange(A.shape[0]), np.diff(A.indptr))
    terms = A.data * d[A.indices]
    rise = _sums(row, terms, A.shape[0])
    room = ROUNDING * _sums(row, np.abs(terms), A.shape[0])
    kept = (
        ((rise >= -room) | np.isneginf(program.row_lower)).all()
        and ((rise <= room) | np.isposinf(program.row_upper)).all()
        and ((d >= 0) | np.isneginf(program.lower)).all()
        and ((d <= 0) | np.isposinf(program.upper)).all()
    )
    slope = program.c * d
    return bool(kept and slope.sum() < -ROUNDING * np.abs(slope).sum())


def _wall(bounds: Array, open_to: float) -> Array:
    """0 where a bound is finite, else as far as a direction may go on that side."""
    return np.where(np.isfinite(bounds), 0.0, np.copysign(open_to, bounds))


def _sums(index: NDArray[Any], terms: Array, size: int) -> Array:
    """(size,) sums of the terms that have the same index."""
    return np.bincount(index, terms, size).astype(float, copy=False)


def _at_bound(multipliers: Array, lower: Array, upper: Array) -> Array:
    """Multipliers times the bounds they stand for: the lower if positive, the upper if negative."""
    bound = np.where(multipliers > 0, lower, np.where(multipliers < 0, upper, 0.0))
    return np.where(multipliers == 0, 0.0, multipliers) * bound
