"""A Gaussian peak without a baseline, upwards or downwards."""

from collections.abc import Sequence

import numpy as np

from solvers.arrays import Array, IntArray
from solvers.models.model import Model
from solvers.models.peak import scan_peak


def bell(x: Array, mu: Array, sigma: Array) -> Array:
    """Return the curve of height 1."""
    return np.exp(-0.5 * ((x - mu) / sigma) ** 2)


def _estimate(x: Array, y: Array, offsets: IntArray) -> Sequence[Array]:
    return scan_peak(x[0], y, offsets, bell)


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
