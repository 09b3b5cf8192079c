"""A power of x times a factor: a straight line on doubly logarithmic paper."""

from collections.abc import Sequence

import numpy as np

from solvers import ragged
from solvers.arrays import Array, IntArray
from solvers.models.model import Model
from solvers.models.scan import knots, positive, scan

#: Exponents to try.
EXPONENTS = (1.0, 0.5, 2.0, -1.0, -0.5, 1.5, 3.0, -2.0, 0.25, 0.75, -1.5, -0.25, 2.5, -3.0, 4.0, -4.0)
#: What to add to the best of them.
FINER = (0.0, -0.25, -0.12, 0.12, 0.25)


def _estimate(x: Array, y: Array, offsets: IntArray) -> Sequence[Array]:
    data = knots(np.abs(x[0]), y, offsets)
    last = positive(data.at(1.0))

    def shape(x: Array, b: Array) -> Array:
        return (x / ragged.expand(last, data.offsets)) ** b  # within range whatever the unit of x

    _, _, b = scan(data, shape, [(data.full(b),) for b in EXPONENTS], baseline=False)
    a, _, b = scan(data, shape, [(b + more,) for more in FINER], baseline=False)
    return a / last**b, b


POWER_LAW = Model(
    name="power_law",
    expression="a*x**b",
    parameters=("a", "b"),
    meaning=(
        "value at x = 1, in units of y per unit of x to the power b",
        "exponent, a pure number",
    ),
    reference="power law, also allometric or Freundlich equation; x positive (0 only where b is)",
    estimate=_estimate,
)
