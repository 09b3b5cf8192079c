"""Enzyme kinetics with too much of a good thing: the rate falls again at high concentrations."""

from collections.abc import Sequence
from itertools import product

import numpy as np

from solvers.arrays import Array, IntArray
from solvers.models.model import Model
from solvers.models.scan import around, knots, positive, scan


def _shape(x: Array, km: Array, ki: Array) -> Array:
    return x / (km + x + x * x / ki)


def _estimate(x: Array, y: Array, offsets: IntArray) -> Sequence[Array]:
    data = knots(np.abs(x[0]), y, offsets)  # a concentration: what is below 0 is noise around 0
    last = positive(data.at(1.0))
    halves = [factor * last for factor in (0.1, 0.3, 0.03, 1.0, 0.01)]
    inhibitions = [factor * last for factor in (0.3, 1.0, 0.1, 4.0, 0.03)]
    _, _, *theta = scan(data, _shape, product(halves, inhibitions), baseline=False)
    finer = around(theta, (1.0, 0.6, 1.7), (1.0, 0.6, 1.7))
    vmax, _, km, ki = scan(data, _shape, finer, baseline=False)
    return vmax, km, ki


SUBSTRATE_INHIBITION = Model(
    name="substrate_inhibition",
    expression="vmax*x/(km + x + x**2/ki)",
    parameters=("vmax", "km", "ki"),
    meaning=(
        "value at saturation were there no inhibition, in units of y",
        "x at half of vmax were there no inhibition, in units of x",
        "inhibition constant, in units of x: the curve is highest at sqrt(km*ki)",
    ),
    reference="Haldane 1930; x a concentration, not negative",
    estimate=_estimate,
    bounds=((-np.inf, np.inf), (0.0, np.inf), (0.0, np.inf)),
)
