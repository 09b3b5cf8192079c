"""The one idea behind most guesses: try a few shapes, solve for the amplitude, keep the best.

Most curves are `amplitude * shape(x; theta) + baseline`: for a fixed theta the best amplitude and baseline
are a straight-line fit, in closed form (variable projection, Golub & Pereyra 1973). So a guess lists a
dozen or two candidates for theta, scaled to the data, and `scan` finds the one that explains most. It is
robust because it looks at all of the data rather than at landmarks such as a half-height point, and cheap
because it looks at `Knots`: a few averaged points a problem, however many there are.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from solvers import ragged
from solvers.arrays import Array, IntArray

#: A shape varies if its variance is above this part of its mean square: below, it is rounding.
VARIES = 1e-12


@dataclass(frozen=True)
class Knots:
    """A digest of ragged data: neighbouring points averaged, problem after problem, x ascending."""

    x: Array  # (M,)
    y: Array  # (M,)
    weight: Array  # (M,) how many points were averaged
    offsets: IntArray  # (B + 1,)

    def at(self, fraction: float) -> Array:
        """Return the x (B,) below which this fraction of each problem's knots lies."""
        last = ragged.counts(self.offsets) - 1
        place = self.offsets[:-1] + np.floor(fraction * last).astype(np.int64)
        return np.asarray(self.x[place])

    def span(self) -> Array:
        """Return the length (B,) of each problem's range of x, 1 where it is a point."""
        span = self.at(1.0) - self.at(0.0)
        return np.where(span > 0, span, 1.0)

    def peak(self) -> Array:
        """Return the x (B,) of each problem's y that is largest in magnitude, of equals the last."""
        size = np.abs(self.y)
        largest = size == ragged.expand(ragged.segment_max(size, self.offsets), self.offsets)
        last = np.maximum.reduceat(np.where(largest, np.arange(len(size)), 0), self.offsets[:-1])
        return np.asarray(self.x[np.maximum(last, self.offsets[:-1])])  # none is the largest of NaNs

    def full(self, value: float) -> Array:
        """Return the same value (B,) for every problem."""
        return np.full(len(self.offsets) - 1, value)


def knots(x: Array, y: Array, offsets: IntArray, most: int = 16) -> Knots:
    """Sort each problem's points by x, average replicates, then neighbours until `most` knots are left."""
    order = ragged.order_within(x, offsets)
    x, y = x[order], y[order]
    is_new = np.append(True, x[1:] != x[:-1])[: len(x)]
    is_new[offsets[:-1]] = True
    distinct = np.flatnonzero(is_new)  # where each distinct x of each problem starts
    distinct_offsets = np.searchsorted(distinct, offsets)
    count = np.diff(distinct_offsets)
    kept = np.minimum(count, most)
    knot_offsets = ragged.offsets_from(kept)
    # Knot j of a problem begins at its distinct x number ceil(j * count / kept).
    j = np.arange(knot_offsets[-1]) - ragged.expand(knot_offsets[:-1], knot_offsets)
    number = -(-j * ragged.expand(count, knot_offsets) // ragged.expand(kept, knot_offsets))
    cuts = np.append(distinct[ragged.expand(distinct_offsets[:-1], knot_offsets) + number], len(x))
    return Knots(
        ragged.segment_mean(x, cuts),
        ragged.segment_mean(y, cuts),
        np.diff(cuts).astype(np.float64),
        knot_offsets,
    )


def scan(
    data: Knots,
    shape: Callable[..., Array],
    candidates: Iterable[tuple[Array, ...]],
    *,
    baseline: bool,
) -> tuple[Array, ...]:
    """Find the candidate whose shape, with its best amplitude and baseline, is nearest to the data.

    Parameters
    ----------
    data
        The knots, M of them.
    shape
        shape(x (M,), *theta each (M,)) -> (M,).
    candidates
        Tuples theta of arrays (B,). Of equals the first wins: put the most likely first.
    baseline
        Whether the curve has one; without, it is 0.

    Returns
    -------
    amplitude, baseline, *theta
        (B,) each.

    Notes
    -----
    With y and the shape s centred if there is a baseline, the amplitude is (s·y) / (s·s) and what it takes
    off the cost is (s·y)² / (s·s). Comparing that, not costs, loses no digits. Shapes may overflow or be
    undefined, with NumPy's warnings, which `Model.guess` silences: those candidates lose.
    """
    best: list[Array] = []
    most = np.empty(0)
    centre_y, y = _centred(data.y, data, baseline)
    for theta in candidates:
        s = shape(data.x, *(ragged.expand(column, data.offsets) for column in theta))  # (M,)
        size = ragged.segment_sum(data.weight * s * s, data.offsets)  # (B,)
        centre_s, s = _centred(s, data, baseline)
        spread = ragged.segment_sum(data.weight * s * s, data.offsets)
        overlap = ragged.segment_sum(data.weight * s * y, data.offsets)
        varies = spread > VARIES * size
        amplitude = np.where(varies, overlap / spread, 0.0)
        explained = np.where(varies, overlap * amplitude, np.where(np.isfinite(size), 0.0, -1.0))
        found = [amplitude, centre_y - amplitude * centre_s, *theta]
        if not best:
            best, most = found, explained
            continue
        better = explained > most
        most = np.where(better, explained, most)
        best = [np.where(better, new, old) for new, old in zip(found, best, strict=True)]
    return tuple(best)


def _centred(values: Array, data: Knots, baseline: bool) -> tuple[Array, Array]:
    """Return the mean (B,) and what is left of the values (M,), or 0 and the values without a baseline."""
    if not baseline:
        return data.full(0.0), values
    mean = ragged.segment_mean(values, data.offsets, data.weight)
    return mean, values - ragged.expand(mean, data.offsets)


def around(theta: Sequence[Array], *factors: Sequence[float]) -> Iterator[tuple[Array, ...]]:
    """Yield theta, arrays (B,), times every combination of its factors: a second, finer scan's candidates."""
    for combination in product(*factors):
        yield tuple(value * factor for value, factor in zip(theta, combination, strict=True))


def positive(values: Array) -> Array:
    """Return the values, 1 where they are not above 0: a scale the data say nothing about."""
    return np.where(values > 0, values, 1.0)
