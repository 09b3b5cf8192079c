"""A lognormal peak: a Gaussian over the logarithm of x, with a steep side and a long one."""

from collections.abc import Sequence
from itertools import product

import numpy as np

from solvers.arrays import Array, IntArray
from solvers.models.model import Model
from solvers.models.scan import knots, positive, scan

#: Widths to try.
SIGMAS = (0.4, 0.2, 0.8, 0.1, 1.5, 0.05)


def _shape(x: Array, mu: Array, sigma: Array) -> Array:
    return np.exp(-0.5 * (np.log(x / mu) / sigma) ** 2)


def _estimate(x: Array, y: Array, offsets: IntArray) -> Sequence[Array]:
    fine = knots(np.abs(x[0]), y, offsets, most=48)  # a narrow peak must not drown in its neighbours
    coarse = knots(np.abs(x[0]), y, offsets, most=12)  # and a wide one not in the noise
    peaks = [positive(fine.peak()), positive(coarse.peak())]
    sigmas = [fine.full(sigma) for sigma in SIGMAS]
    a, _, mu, sigma = scan(fine, _shape, product(peaks, sigmas), baseline=False)
    return a, mu, sigma


LOGNORMAL_PEAK = Model(
    name="lognormal_peak",
    expression="a*exp(-log(x/mu)**2/(2*sigma**2))",
    parameters=("a", "mu", "sigma"),
    meaning=(
        "height of the peak, negative for a dip, in units of y",
        "position of the peak, in units of x",
        "standard deviation of log(x), a pure number",
    ),
    reference="log-normal curve scaled to its height (Siano & Metzler 1969); x positive",
    estimate=_estimate,
    bounds=((-np.inf, np.inf), (0.0, np.inf), (0.0, np.inf)),
)
