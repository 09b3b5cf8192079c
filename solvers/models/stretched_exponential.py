"""The stretched exponential: a decay whose rate itself slows down, or speeds up, with time."""

from collections.abc import Sequence
from itertools import product

import numpy as np

from solvers.arrays import Array, IntArray
from solvers.models.model import Model
from solvers.models.scan import around, knots, positive, scan

#: Time constants to try, in the largest x.
TAUS = (0.3, 0.1, 1.0, 0.03, 0.6, 3.0)


def _shape(x: Array, tau: Array, beta: Array) -> Array:
    return np.exp(-((x / tau) ** beta))


def _estimate(x: Array, y: Array, offsets: IntArray) -> Sequence[Array]:
    data = knots(np.abs(x[0]), y, offsets)  # a time since the start: what is below 0 is noise around 0
    last = positive(data.at(1.0))
    taus = [tau * last for tau in TAUS]
    betas = [data.full(beta) for beta in (1.0, 0.5, 2.0)]
    _, _, *theta = scan(data, _shape, product(taus, betas), baseline=False)
    finer = around(theta, (1.0, 0.7, 1.4), (1.0, 0.75, 1.3))
    a, _, tau, beta = scan(data, _shape, finer, baseline=False)
    return a, tau, beta


STRETCHED_EXPONENTIAL = Model(
    name="stretched_exponential",
    expression="a*exp(-(x/tau)**beta)",
    parameters=("a", "tau", "beta"),
    meaning=(
        "value at x = 0, in units of y",
        "x where 1/e is left, in units of x",
        "stretching exponent, a pure number: 1 is exponential, below 1 has a long tail",
    ),
    reference="Kohlrausch 1854, Williams & Watts 1970; x a time, not negative",
    estimate=_estimate,
    bounds=((-np.inf, np.inf), (0.0, np.inf), (0.0, np.inf)),
)
