"""Rises that slow down as what is left shrinks: the saturating exponential and von Bertalanffy growth."""

from collections.abc import Sequence

import numpy as np

from solvers import ragged
from solvers.arrays import Array, IntArray
from solvers.models.model import Model
from solvers.models.scan import around, knots, positive, scan

#: Rates to try, per largest x or range of x.
RATES = (3.0, 1.0, 8.0, 20.0, 0.3, 60.0)
FINER = (1.0, 0.6, 0.8, 1.25, 1.6)


def _estimate(x: Array, y: Array, offsets: IntArray) -> Sequence[Array]:
    data = knots(np.abs(x[0]), y, offsets)  # a time since the start: what is below 0 is noise around 0
    last = positive(data.at(1.0))

    def shape(x: Array, k: Array) -> Array:
        return -np.expm1(-k * x)

    _, _, k = scan(data, shape, [(rate / last,) for rate in RATES], baseline=False)
    a, _, k = scan(data, shape, around((k,), FINER), baseline=False)
    return a, k


def _estimate_von_bertalanffy(x: Array, y: Array, offsets: IntArray) -> Sequence[Array]:
    data = knots(x[0], y, offsets)
    low, span = data.at(0.0), data.span()

    def shape(x: Array, k: Array) -> Array:
        return np.exp(-k * (x - ragged.expand(low, data.offsets)))

    _, _, k = scan(data, shape, [(rate / span,) for rate in RATES], baseline=True)
    lacking, linf, k = scan(data, shape, around((k,), FINER), baseline=True)
    # Of linf, `lacking` (negative) is missing at the first x; the curve is 0 where all of it is.
    back = np.log(-lacking / linf) / k
    return linf, k, low + np.where(np.isfinite(back), back, 0.0)


SATURATING_EXPONENTIAL = Model(
    name="saturating_exponential",
    expression="a*(1 - exp(-k*x))",
    parameters=("a", "k"),
    meaning=("value at saturation, in units of y", "rate, per unit of x"),
    reference="first-order approach to a plateau; x a time, not negative",
    estimate=_estimate,
    bounds=((-np.inf, np.inf), (0.0, np.inf)),
)

VON_BERTALANFFY = Model(
    name="von_bertalanffy",
    expression="linf*(1 - exp(-k*(x - t0)))",
    parameters=("linf", "k", "t0"),
    meaning=(
        "length of the old, in units of y",
        "growth coefficient, per unit of x",
        "age at length 0, in units of x",
    ),
    reference="von Bertalanffy 1938; x an age",
    estimate=_estimate_von_bertalanffy,
    bounds=((-np.inf, np.inf), (0.0, np.inf), (-np.inf, np.inf)),
)
