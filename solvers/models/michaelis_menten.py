"""Michaelis-Menten saturation: proportional to x at first, `vmax` in the end."""

from collections.abc import Sequence

import numpy as np

from solvers.arrays import Array, IntArray
from solvers.models.model import Model
from solvers.models.scan import knots, positive, scan


def _shape(x: Array, km: Array) -> Array:
    return x / (km + x)


def _estimate(x: Array, y: Array, offsets: IntArray) -> Sequence[Array]:
    data = knots(np.abs(x[0]), y, offsets)  # a concentration: what is below 0 is noise around 0
    inside = [data.at(f) for f in (0.5, 0.2, 0.35, 0.7, 1.0, 0.1)]
    outside = [factor * data.at(1.0) for factor in (3.0, 10.0, 0.03, 0.003)]
    halfways = [(positive(km),) for km in (*inside, *outside)]
    vmax, _, km = scan(data, _shape, halfways, baseline=False)
    return vmax, km


MICHAELIS_MENTEN = Model(
    name="michaelis_menten",
    expression="vmax*x/(km + x)",
    parameters=("vmax", "km"),
    meaning=(
        "value at saturation, in units of y",
        "x at half of vmax, in units of x",
    ),
    reference="Michaelis & Menten 1913; x a concentration, not negative",
    estimate=_estimate,
    bounds=((-np.inf, np.inf), (0.0, np.inf)),
)
