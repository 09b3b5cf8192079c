"""The Hill curve over a logarithmic dose: nothing at low doses, `top` at high ones."""

from collections.abc import Sequence
from itertools import product

import numpy as np

from solvers.arrays import Array, IntArray
from solvers.models.model import Model
from solvers.models.scan import knots, scan


def _shape(x: Array, ga: Array, p: Array) -> Array:
    rise: Array = 1 / (1 + np.exp(np.log(10) * p * (ga - x)))
    return rise


def _estimate(x: Array, y: Array, offsets: IntArray) -> Sequence[Array]:
    data = knots(x[0], y, offsets)
    halfways = [data.at(f) for f in (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 0.4, 0.3, 0.2, 0.1, 0.0)]
    halfways.append(data.at(1.0) + 0.1 * data.span())  # only the beginning of a rise is seen
    # Not steeper: between two doses a step is flat, and an optimizer does not find out of it.
    steepness = [data.full(p) for p in (1.2, 0.6, 2.0, 4.0)]
    top, _, ga, p = scan(data, _shape, product(halfways, steepness), baseline=False)
    return top, ga, p


HILL = Model(
    name="hill",
    expression="top / (1 + 10**((ga - x)*p))",
    parameters=("top", "ga", "p"),
    meaning=(
        "response at high doses, in units of y",
        "log10 dose at half the top response (log AC50), in units of x",
        "steepness (Hill coefficient), per unit of x",
    ),
    reference="Hill model of EPA's ToxCast pipeline tcpl (Filer et al. 2017), x the log10 concentration",
    estimate=_estimate,
    bounds=((-np.inf, np.inf), (-np.inf, np.inf), (0.0, np.inf)),
)
