"""Small functions over flat, ragged data: many problems end to end in one array.

Problem i owns the points `offsets[i]:offsets[i + 1]` of the last axis, N points in all, and **owns at
least one**: `np.ufunc.reduceat`, which does the work, has no notion of an empty segment. It adds up a
problem's points in an order that depends on that problem alone, so the bits are the same in any batch.
"""

from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from solvers.arrays import Array, IntArray, Rows, as_index

Scalar = TypeVar("Scalar", bound=np.generic)


def counts(offsets: IntArray) -> IntArray:
    """Return how many points each problem has, (B,)."""
    return np.diff(offsets)


def offsets_from(counts: ArrayLike) -> IntArray:
    """Return the offsets (B + 1,) of problems with these numbers of points (B,)."""
    return np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]).astype(np.int64)


def owners(offsets: IntArray) -> IntArray:
    """Return the problem that each point belongs to, (N,)."""
    return np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))


def expand(per_problem: NDArray[Scalar], offsets: IntArray) -> NDArray[Scalar]:
    """Repeat a value a problem (..., B) for each of its points, (..., N)."""
    return np.repeat(per_problem, repeats(offsets), axis=-1)


def repeats(offsets: IntArray) -> int | IntArray:
    """Return how often `expand` repeats values: one number if that is all, since NumPy is faster then."""
    sizes = np.diff(offsets)
    length = _common_length(sizes)
    return sizes if length is None else length


def segment_sum(values: Array, offsets: IntArray) -> Array:
    """Add up each problem's points: (..., N) to (..., B). Every problem has a point."""
    return np.add.reduceat(values, offsets[:-1], axis=-1)


def segment_min(values: Array, offsets: IntArray) -> Array:
    """Return each problem's smallest value: (..., N) to (..., B). Every problem has a point."""
    return np.minimum.reduceat(values, offsets[:-1], axis=-1)


def segment_max(values: Array, offsets: IntArray) -> Array:
    """Return each problem's largest value: (..., N) to (..., B). Every problem has a point."""
    return np.maximum.reduceat(values, offsets[:-1], axis=-1)


def segment_mean(values: Array, offsets: IntArray, weights: Array | None = None) -> Array:
    """Return each problem's mean, weighted if weights (N,) are given: (..., N) to (..., B)."""
    if weights is None:
        return segment_sum(values, offsets) / np.diff(offsets)
    return segment_sum(values * weights, offsets) / segment_sum(weights, offsets)


class Cut:
    """Some problems of a batch, and their part of its flat data.

    Problems of one length are the rows of a table, which NumPy copies a row at a time; others are
    copied a point at a time.

    Parameters
    ----------
    rows
        (R,) the problems wanted, in any order; or a mask (B,).
    offsets
        (B + 1,) of all problems.
    """

    def __init__(self, rows: Rows, offsets: IntArray) -> None:
        self._rows, self._whole, self._sizes = as_index(rows), offsets, np.diff(offsets)
        self._length = _common_length(self._sizes)

    @cached_property
    def offsets(self) -> IntArray:
        """(R + 1,), the offsets of what is cut."""
        return offsets_from(self._sizes[self._rows])

    def of(self, values: NDArray[Scalar]) -> NDArray[Scalar]:
        """Cut values (..., N) down to (..., M)."""
        if self._length is None:
            return values[..., self._points]
        return np.take(self._table(values), self._rows, axis=-2).reshape(*values.shape[:-1], -1)

    def put(self, part: NDArray[Scalar], values: NDArray[Scalar]) -> None:
        """Put a part (..., M) where it belongs in values (..., N), which are contiguous."""
        if self._length is None:
            values[..., self._points] = part
        else:
            self._table(values)[..., self._rows, :] = part.reshape(*part.shape[:-1], -1, self._length)

    def _table(self, values: NDArray[Scalar]) -> NDArray[Scalar]:
        return values.reshape(*values.shape[:-1], -1, self._length or 1)

    @cached_property
    def _points(self) -> IntArray:
        return gather(self._rows, self._whole)[0]


def _common_length(sizes: IntArray) -> int | None:
    """How many points every problem has, if all have as many."""
    same = len(sizes) > 0 and bool((sizes == sizes[0]).all())
    return int(sizes[0]) if same else None


def gather(rows: Rows, offsets: IntArray) -> tuple[IntArray, IntArray]:
    """Find the points of some problems.

    Parameters
    ----------
    rows
        (R,) the problems wanted, in any order, repeats allowed; or a mask (B,).
    offsets
        (B + 1,) of all problems.

    Returns
    -------
    points
        (M,) index of their points in the flat data, problem after problem.
    offsets
        (R + 1,) the offsets of `data[..., points]`.
    """
    taken = offsets_from(np.diff(offsets)[rows])
    shift = offsets[:-1][rows] - taken[:-1]
    return np.arange(taken[-1]) + np.repeat(shift, np.diff(taken)), taken


def in_order(key: Array, offsets: IntArray) -> bool:
    """Tell whether each problem's points are sorted by key (N,), as data from a table often are."""
    rises = key[1:] >= key[:-1]
    rises[offsets[1:-1] - 1] = True  # from one problem to the next anything goes
    return bool(rises.all())


def order_within(key: Array, offsets: IntArray) -> IntArray:
    """Return the index (N,) that sorts each problem's points by key (N,); equal keys stay as they were."""
    if in_order(key, offsets):  # sorting would find the same
        return np.arange(len(key))
    return np.lexsort((key, owners(offsets)))


def straight_line(x: Array, y: Array, offsets: IntArray, weights: Array | None = None) -> tuple[Array, Array]:
    """Fit `slope * x + intercept` to each problem by (weighted) least squares.

    Two passes: x and y are centred before their products are summed, so a large mean costs no digits.
    Where x does not vary the slope is 0 and the intercept the mean of y.

    Parameters
    ----------
    x, y
        (N,)
    offsets
        (B + 1,)
    weights
        (N,) non-negative, not all 0 in a problem; 1 by default.

    Returns
    -------
    slope, intercept
        (B,)
    """
    mean_x = segment_mean(x, offsets, weights)
    mean_y = segment_mean(y, offsets, weights)
    away = x - expand(mean_x, offsets)
    leverage = away if weights is None else away * weights
    spread = segment_sum(leverage * away, offsets)
    covariation = segment_sum(leverage * (y - expand(mean_y, offsets)), offsets)
    varies = (spread > 0) & (segment_min(x, offsets) < segment_max(x, offsets))
    slope = np.divide(covariation, spread, out=np.zeros_like(spread), where=varies)
    return slope, mean_y - slope * mean_x
