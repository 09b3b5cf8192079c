"""Exponential decay towards a baseline; with a negative rate, growth away from it."""

from collections.abc import Sequence

import numpy as np

from solvers import ragged
from solvers.arrays import Array, IntArray
from solvers.models.model import Model
from solvers.models.scan import knots, scan

#: Decay rates to try, per range of x: from almost straight to gone within a few points.
RATES = (2.0, 1.0, 4.0, 8.0, 16.0, 40.0, 100.0, 0.3)


def _estimate(x: Array, y: Array, offsets: IntArray) -> Sequence[Array]:
    data = knots(x[0], y, offsets)
    low, high, span = data.at(0.0), data.at(1.0), data.span()

    def shape(x: Array, b: Array) -> Array:
        # From 1 where the curve is largest, at the left end or the right, so that nothing overflows.
        start = np.where(b > 0, ragged.expand(low, data.offsets), ragged.expand(high, data.offsets))
        return np.exp(-b * (x - start))

    rates = [(sign * rate / span,) for sign in (1.0, -1.0) for rate in RATES]
    a, c, b = scan(data, shape, rates, baseline=True)
    return a * np.exp(b * np.where(b > 0, low, high)), b, c


EXPONENTIAL_DECAY = Model(
    name="exponential_decay",
    expression="a*exp(-b*x) + c",
    parameters=("a", "b", "c"),
    meaning=(
        "height above the baseline at x = 0, in units of y",
        "rate, per unit of x; negative for growth",
        "baseline, in units of y",
    ),
    reference="first-order decay with an offset",
    estimate=_estimate,
)
