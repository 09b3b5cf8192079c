"""The cumulative Weibull curve: growth, dissolution or failures up to a plateau."""

from collections.abc import Sequence
from itertools import product

import numpy as np

from solvers.arrays import Array, IntArray
from solvers.models.model import Model
from solvers.models.scan import around, knots, positive, scan

#: Scales to try, in the largest x.
SCALES = (0.4, 0.2, 0.7, 0.1, 1.2, 0.03, 3.0)


def _shape(x: Array, scale: Array, shape: Array) -> Array:
    return -np.expm1(-((x / scale) ** shape))


def _estimate(x: Array, y: Array, offsets: IntArray) -> Sequence[Array]:
    data = knots(np.abs(x[0]), y, offsets)  # a time since the start: what is below 0 is noise around 0
    last = positive(data.at(1.0))
    scales = [scale * last for scale in SCALES]
    shapes = [data.full(shape) for shape in (1.0, 2.0, 0.5, 4.0)]
    _, _, *theta = scan(data, _shape, product(scales, shapes), baseline=False)
    finer = around(theta, (1.0, 0.75, 1.3), (1.0, 0.75, 1.3))
    a, _, scale, shape = scan(data, _shape, finer, baseline=False)
    return a, scale, shape


WEIBULL = Model(
    name="weibull",
    expression="a*(1 - exp(-(x/scale)**shape))",
    parameters=("a", "scale", "shape"),
    meaning=(
        "plateau, in units of y",
        "x where 63 % of a is reached, in units of x",
        "shape, a pure number: 1 is the saturating exponential, above 1 an S",
    ),
    reference="Weibull 1951; x a time or dose, not negative",
    estimate=_estimate,
    bounds=((-np.inf, np.inf), (0.0, np.inf), (0.0, np.inf)),
)
