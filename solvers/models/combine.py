"""`scan` for curves with several amplitudes: a sum of shapes, each with an unknown factor.

For fixed theta the best factors are a linear least-squares fit, found by modified Gram-Schmidt on the
knots of all problems at once (Björck 1967): each shape is cleared of those before it, and what is left
of it is fitted to what is left of y.
"""

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from solvers import ragged
from solvers.arrays import Array
from solvers.models.scan import VARIES, Knots


def combine(
    data: Knots,
    shapes: Callable[..., Sequence[Array]],
    candidates: Iterable[tuple[Array, ...]],
) -> tuple[Array, ...]:
    """Find the candidate whose shapes, with their best amplitudes, are nearest to the data.

    Parameters
    ----------
    data
        The knots, M of them.
    shapes
        shapes(x (M,), *theta each (M,)) -> p arrays (M,).
    candidates
        Tuples theta of arrays (B,). Of equals the first wins: put the most likely first.

    Returns
    -------
    *amplitudes, *theta
        (B,) each, p amplitudes in the order of the shapes; 0 for a shape that those before it make up.
    """
    best: list[Array] = []
    most = np.empty(0)
    for theta in candidates:
        columns = shapes(data.x, *(ragged.expand(column, data.offsets) for column in theta))
        amplitudes, explained = linear_parts(data, columns)
        found = [*amplitudes, *theta]
        if not best:
            best, most = found, explained
            continue
        better = explained > most
        most = np.where(better, explained, most)
        best = [np.where(better, new, old) for new, old in zip(found, best, strict=True)]
    return tuple(best)


def linear_parts(data: Knots, columns: Sequence[Array]) -> tuple[list[Array], Array]:
    """Fit the columns, p of (M,), to each problem; return p amplitudes (B,) and what they explain (B,)."""
    directions: list[tuple[Array, Array]] = []  # a direction (M,) and its squared length (B,)
    overlaps: list[list[Array]] = []  # overlaps[j][i] (B,): how much of direction i is in column j
    steps: list[Array] = []  # (B,) how far y goes along each direction
    left, explained = data.y, data.full(0.0)
    for column in columns:
        size = _dot(data, column, column)
        own, mine = column, []
        for direction, length in directions:
            mine.append(_dot(data, direction, own) / length)
            own = own - ragged.expand(mine[-1], data.offsets) * direction
        length = _dot(data, own, own)
        length = np.where(length > VARIES * size, length, np.inf)  # nothing of its own: a step of 0
        step = _dot(data, own, left) / length
        left = left - ragged.expand(step, data.offsets) * own
        gain = np.where(np.isinf(length), 0.0, step * step * length)
        explained = explained + np.where(np.isfinite(size), gain, -np.inf)
        directions.append((own, length))
        overlaps.append(mine)
        steps.append(step)
    for j in reversed(range(len(steps))):  # back substitution
        for i in range(j):
            steps[i] = steps[i] - overlaps[j][i] * steps[j]
    return steps, explained


def _dot(data: Knots, a: Array, b: Array) -> Array:
    return ragged.segment_sum(data.weight * a * b, data.offsets)
