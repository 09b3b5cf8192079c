"""Two decays at once, a fast one and a slow one, to zero."""

from collections.abc import Sequence

import numpy as np

from solvers import ragged
from solvers.arrays import Array, IntArray
from solvers.models.combine import combine
from solvers.models.model import Model
from solvers.models.scan import around, knots

#: Slow rates to try, per range of x.
SLOW = (1.0, 2.0, 0.3, 4.0, 8.0)
#: Fast rates to try, per slow rate.
RATIOS = (4.0, 10.0, 2.0, 30.0)


def _estimate(x: Array, y: Array, offsets: IntArray) -> Sequence[Array]:
    data = knots(x[0], y, offsets, most=24)
    low, span = data.at(0.0), data.span()

    def shapes(x: Array, fast: Array, slow: Array) -> Sequence[Array]:
        away = x - ragged.expand(low, data.offsets)
        return np.exp(-fast * away), np.exp(-slow * away)

    rates = [(ratio * slow / span, slow / span) for slow in SLOW for ratio in RATIOS]
    _, _, fast, slow = combine(data, shapes, rates)
    a1, a2, fast, slow = combine(data, shapes, around((fast, slow), (1.0, 0.7, 1.4), (1.0, 0.75, 1.3)))
    return a1 * np.exp(fast * low), fast, a2 * np.exp(slow * low), slow


BIEXPONENTIAL = Model(
    name="biexponential",
    expression="a1*exp(-k1*x) + a2*exp(-k2*x)",
    parameters=("a1", "k1", "a2", "k2"),
    meaning=(
        "part of the fast decay at x = 0, in units of y",
        "rate of the fast decay, per unit of x",
        "part of the slow decay at x = 0, in units of y",
        "rate of the slow decay, per unit of x",
    ),
    reference="sum of two first-order decays; the guess puts the fast one first",
    estimate=_estimate,
    bounds=((-np.inf, np.inf), (0.0, np.inf), (-np.inf, np.inf), (0.0, np.inf)),
)
