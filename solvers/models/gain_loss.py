"""A Hill rise that is lost again at higher doses, over a logarithmic dose."""

from collections.abc import Sequence
from itertools import product

import numpy as np

from solvers.arrays import Array, IntArray
from solvers.models.model import Model
from solvers.models.scan import knots, scan

LN10 = np.log(10)
#: Distances from gain to loss to try, in ranges of x; the last is beyond the data.
GAPS = (0.3, 0.2, 0.4, 0.55, 0.12, 1.5)


def _shape(x: Array, ga: Array, p: Array, la: Array, q: Array) -> Array:
    gain = 1 + np.exp(LN10 * p * (ga - x))
    loss = 1 + np.exp(LN10 * q * (x - la))
    result: Array = 1 / (gain * loss)
    return result


def _estimate(x: Array, y: Array, offsets: IntArray) -> Sequence[Array]:
    data = knots(x[0], y, offsets)
    span = data.span()
    gains = [data.at(f) for f in (0.2, 0.35, 0.5, 0.65, 0.8, 0.05)]
    one = data.full(1.2)
    # The loss comes after the gain: the other way round is much like a small, sharp peak, and a trap.
    pairs = [(ga, one, ga + gap * span, one) for ga, gap in product(gains, GAPS)]
    _, _, ga, _, la, _ = scan(data, _shape, pairs, baseline=False)
    gap = la - ga
    steepness = [data.full(p) for p in (1.2, 0.6, 2.5)]
    finer = [
        (ga + i * gap, p, la + j * gap, q)
        for p, q in product(steepness, steepness)
        for i, j in ((0, 0), (0.15, 0.15), (-0.15, -0.15), (0.15, -0.15), (-0.15, 0.15))
    ]
    top, _, ga, p, la, q = scan(data, _shape, finer, baseline=False)
    return top, ga, p, la, q


GAIN_LOSS = Model(
    name="gain_loss",
    expression="top / ((1 + 10**((ga - x)*p))*(1 + 10**((x - la)*q)))",
    parameters=("top", "ga", "p", "la", "q"),
    meaning=(
        "response that the gain alone would reach, in units of y",
        "log10 dose at half the gain (log AC50), in units of x",
        "steepness of the gain, per unit of x",
        "log10 dose at half the loss, in units of x",
        "steepness of the loss, per unit of x",
    ),
    reference="gain-loss model of EPA's ToxCast pipeline tcpl (Filer et al. 2017), x the log10 concentration",
    estimate=_estimate,
    bounds=((-np.inf, np.inf), (-np.inf, np.inf), (0.0, np.inf), (-np.inf, np.inf), (0.0, np.inf)),
)
