"""The Arrhenius law: how a rate grows with absolute temperature."""

from collections.abc import Sequence

import numpy as np

from solvers import ragged
from solvers.arrays import Array, IntArray
from solvers.models.model import Model
from solvers.models.scan import around, knots, positive, scan

#: The molar gas constant in J/(mol K), exact since 2019 (CODATA 2018).
R = 8.31446261815324
#: Logarithms of how much the rate grows from the lowest to the highest temperature.
GROWTHS = (1.0, 2.0, 4.0, 0.5, 7.0, 0.2, 12.0)


def _estimate(x: Array, y: Array, offsets: IntArray) -> Sequence[Array]:
    data = knots(np.abs(x[0]), y, offsets)
    low, high = positive(data.at(0.0)), positive(data.at(1.0))

    def shape(x: Array, ea: Array) -> Array:
        return np.exp(-ea / R * (1 / x - 1 / ragged.expand(high, data.offsets)))  # 1 at the highest

    unit = R / positive(1 / low - 1 / high)  # the energy of a growth of e
    _, _, ea = scan(data, shape, [(growth * unit,) for growth in GROWTHS], baseline=False)
    at_high, _, ea = scan(data, shape, around((ea,), (1.0, 0.7, 0.85, 1.2, 1.4)), baseline=False)
    return at_high * np.exp(ea / (R * high)), ea


ARRHENIUS = Model(
    name="arrhenius",
    expression=f"a*exp(-ea/({R}*x))",
    parameters=("a", "ea"),
    meaning=(
        "pre-exponential factor, in units of y",
        "activation energy, in J/mol where x is in K",
    ),
    reference="Arrhenius 1889; x the absolute temperature, positive",
    estimate=_estimate,
)
