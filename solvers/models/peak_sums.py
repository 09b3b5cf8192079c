"""Sums of k peaks of one kind, ordered by position.

The guess puts peaks one by one where what is left of the data is largest, then fits all heights
together. All have one width, the best of a few: a peak that could choose its own would begin by trying
to be all of them.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from solvers import ragged
from solvers.arrays import Array, IntArray
from solvers.models.combine import linear_parts
from solvers.models.gaussian import GAUSSIAN, bell
from solvers.models.lorentzian import LORENTZIAN, resonance
from solvers.models.model import Model
from solvers.models.scan import Knots, knots, scan

#: Widths to try, in ranges of x; a sum has narrower peaks than one alone.
WIDTHS = (0.07, 0.12, 0.04, 0.02)

Shape = Callable[..., Array]
Place = tuple[Array, Array]  # position and width (B,)


def peak_sum(name: str, single: Model, shape: Shape, count: int) -> Model:
    """Make the model of `count` peaks of a kind.

    Parameters
    ----------
    name
        Of the sum.
    single
        The model of one peak, its parameters height, position and width.
    shape
        shape(x, position, width), the peak of height 1.
    count
        How many peaks.

    Examples
    --------
    >>> from solvers.models.gaussian import GAUSSIAN, bell
    >>> peak_sum("gaussians4", GAUSSIAN, bell, 4).parameters[-3:]
    ('a4', 'mu4', 'sigma4')
    """
    terms = []
    for number in range(1, count + 1):
        term = single.expression
        for parameter in single.parameters:
            term = re.sub(rf"\b{parameter}\b", f"{parameter}{number}", term)
        terms.append(term)
    return Model(
        name=name,
        expression=" + ".join(terms),
        parameters=tuple(f"{p}{number}" for number in range(1, count + 1) for p in single.parameters),
        meaning=tuple(f"peak {number}: {m}" for number in range(1, count + 1) for m in single.meaning),
        reference=f"sum of {count} peaks: {single.reference}; the guess orders them by position",
        estimate=_Greedy(shape, count),
        bounds=single.bounds * count,
    )


@dataclass(frozen=True)
class _Greedy:
    """The estimate of a sum of peaks; an object and no closure, so that a model can be compared."""

    shape: Shape
    count: int

    def __call__(self, x: Array, y: Array, offsets: IntArray) -> Sequence[Array]:
        data = knots(x[0], y, offsets, most=48)
        best, most = np.empty(0), data.full(-np.inf)
        for width in WIDTHS:
            peaks, explained = self._heights(data, self._places(data, width * data.span()))
            better = explained > most
            most = np.where(better, explained, most)
            best = np.where(better, peaks, best) if best.size else peaks
        order = np.argsort(best[:, 1], axis=0, kind="stable")  # (count, B) by position
        return list(np.take_along_axis(best, order[:, np.newaxis], axis=0).reshape(3 * self.count, -1))

    def _places(self, data: Knots, width: Array) -> list[Place]:
        """Put peaks of one width (B,) where what is left of y is largest, one by one."""
        places: list[Place] = []
        left = data
        for _ in range(self.count):
            a, _, *place = scan(left, self.shape, [(left.peak(), width)], baseline=False)
            places.append((place[0], place[1]))
            height = ragged.expand(a, data.offsets)
            left = replace(left, y=left.y - height * self._curve(data, places[-1]))
        return places

    def _heights(self, data: Knots, places: list[Place]) -> tuple[Array, Array]:
        """Fit all heights together; return the peaks (count, 3, B) and what they explain (B,)."""
        heights, explained = linear_parts(data, [self._curve(data, place) for place in places])
        return np.array([(a, *place) for a, place in zip(heights, places, strict=True)]), explained

    def _curve(self, data: Knots, place: Place) -> Array:
        return self.shape(data.x, *(ragged.expand(column, data.offsets) for column in place))


GAUSSIANS2 = peak_sum("gaussians2", GAUSSIAN, bell, 2)
GAUSSIANS3 = peak_sum("gaussians3", GAUSSIAN, bell, 3)
LORENTZIANS2 = peak_sum("lorentzians2", LORENTZIAN, resonance, 2)
LORENTZIANS3 = peak_sum("lorentzians3", LORENTZIAN, resonance, 3)
