"""What to know of a proven optimum before it is used: whether it, and its multipliers, are the only ones."""

import numpy as np

from solvers.arrays import Array, BoolArray
from solvers.lp.programs import BASIC, Program, Programs
from solvers.lp.result import LinprogResult

#: degenerate: a basic variable or row is at a bound, so that other multipliers may be as right.
#: alternative_optima: one that is not basic could move at no cost, so that another x may be as good.
#: handed_over: the simplex had no certificate, and HiGHS found the answer.
FLAGS = ("degenerate", "alternative_optima", "handed_over")
#: Zero, in proportion to the numbers about it.
_ZERO = 1e-9


def has_basis(result: LinprogResult) -> BoolArray:
    """(B,) whether the basis is one: as many are basic as there are rows."""
    known: BoolArray = (result.basis == BASIC).sum(axis=1) == result.y.shape[1]
    return known


def flags_of(programs: Programs | Program, result: LinprogResult, handed_over: BoolArray) -> BoolArray:
    """(B, flags) which hold; of those handed over, (B,), it is known."""
    p = programs
    parts = (p.c, p.row_lower, p.row_upper, p.lower, p.upper)
    c, row_lower, row_upper, lower, upper = (np.atleast_2d(part) for part in parts)
    known = result.success & has_basis(result)
    n = result.x.shape[1]
    basic, row_basic = result.basis[:, :n] == BASIC, result.basis[:, n:] == BASIC
    with np.errstate(invalid="ignore"):  # NaN where nothing is known
        at_bound = _near(np.minimum(result.x - lower, upper - result.x), result.x)
        row_at_bound = _near(result.row_slack, _nearer(row_lower, row_upper))
        free_cost = np.abs(result.z) <= _ZERO * _largest(c)
        free_row = np.abs(result.y) <= _ZERO * _largest(result.y)
    degenerate = (basic & at_bound).any(axis=1) | (row_basic & row_at_bound).any(axis=1)
    alternative = (~basic & free_cost & (lower < upper)).any(axis=1)
    alternative |= (~row_basic & free_row & (row_lower < row_upper)).any(axis=1)
    return np.stack([known & degenerate, known & alternative, handed_over], axis=1)


def _near(distance: Array, value: Array) -> BoolArray:
    """(B, k) whether a distance is as good as 0."""
    near: BoolArray = distance <= _ZERO * (1.0 + np.abs(value))
    return near


def _nearer(lower: Array, upper: Array) -> Array:
    """(b, m) the size of the finite bounds of rows, 0 without any."""
    sizes = [np.where(np.isfinite(bound), np.abs(bound), 0.0) for bound in (lower, upper)]
    largest: Array = np.maximum(*sizes)
    return largest


def _largest(values: Array) -> Array:
    """(b, 1) the largest size in each row."""
    largest: Array = np.abs(values).max(axis=1, initial=0.0, keepdims=True)
    return largest
