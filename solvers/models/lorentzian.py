"""A Lorentzian peak without a baseline, upwards or downwards."""

from collections.abc import Sequence

import numpy as np

from solvers.arrays import Array, IntArray
from solvers.models.model import Model
from solvers.models.peak import scan_peak


def resonance(x: Array, mu: Array, gamma: Array) -> Array:
    """Return the curve of height 1."""
    result: Array = 1 / (1 + ((x - mu) / gamma) ** 2)
    return result


def _estimate(x: Array, y: Array, offsets: IntArray) -> Sequence[Array]:
    return scan_peak(x[0], y, offsets, resonance)


LORENTZIAN = Model(
    name="lorentzian",
    expression="a/(1 + ((x - mu)/gamma)**2)",
    parameters=("a", "mu", "gamma"),
    meaning=(
        "height of the peak, negative for a dip, in units of y",
        "position of the peak, in units of x",
        "half the width at half height, in units of x",
    ),
    reference="Cauchy curve scaled to its height, the line of a damped resonance",
    estimate=_estimate,
    bounds=((-np.inf, np.inf), (-np.inf, np.inf), (0.0, np.inf)),
)
