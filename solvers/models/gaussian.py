"""A Gaussian peak without a baseline, upwards or downwards."""

from collections.abc import Sequence
from itertools import product

import numpy as np

from solvers.arrays import Array, IntArray
from solvers.models.model import Model
from solvers.models.scan import knots, scan

#: Widths to try, in ranges of x.
WIDTHS = (0.12, 0.25, 0.06, 0.03, 0.5, 0.015, 1.0)


def _shape(x: Array, mu: Array, sigma: Array) -> Array:
    return np.exp(-0.5 * ((x - mu) / sigma) ** 2)


def _estimate(x: Array, y: Array, offsets: IntArray) -> Sequence[Array]:
    fine = knots(x[0], y, offsets, most=64)  # a narrow peak must not drown in its neighbours
    coarse = knots(x[0], y, offsets, most=12)  # and a wide one not in the noise
    widths = [width * fine.span() for width in WIDTHS]
    a, _, mu, sigma = scan(fine, _shape, product((fine.peak(), coarse.peak()), widths), baseline=False)
    return a, mu, sigma


GAUSSIAN = Model(
    name="gaussian",
    expression="a*exp(-(x - mu)**2/(2*sigma**2))",
    parameters=("a", "mu", "sigma"),
    meaning=(
        "height of the peak, negative for a dip, in units of y",
        "position of the peak, in units of x",
        "standard deviation (the full width at half height / 2.355), in units of x",
    ),
    reference="normal curve scaled to its height",
    estimate=_estimate,
    bounds=((-np.inf, np.inf), (-np.inf, np.inf), (0.0, np.inf)),
)
