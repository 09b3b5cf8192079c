"""Langmuir's isotherm: the hyperbola of Michaelis and Menten in terms of affinity."""

from collections.abc import Sequence

import numpy as np

from solvers.arrays import Array, IntArray
from solvers.models.michaelis_menten import MICHAELIS_MENTEN
from solvers.models.model import Model


def _estimate(x: Array, y: Array, offsets: IntArray) -> Sequence[Array]:
    qmax, half = MICHAELIS_MENTEN.estimate(x, y, offsets)
    return qmax, 1 / half


LANGMUIR = Model(
    name="langmuir",
    expression="qmax*k*x/(1 + k*x)",
    parameters=("qmax", "k"),
    meaning=(
        "amount adsorbed at saturation, in units of y",
        "affinity, 1 over the x at half of qmax, per unit of x",
    ),
    reference="Langmuir 1918; x a concentration or pressure, not negative",
    estimate=_estimate,
    bounds=((-np.inf, np.inf), (0.0, np.inf)),
)
