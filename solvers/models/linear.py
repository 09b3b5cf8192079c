"""A straight line: its guess is its least-squares fit."""

from collections.abc import Sequence

from solvers.arrays import Array, IntArray
from solvers.models.model import Model
from solvers.ragged import straight_line


def _estimate(x: Array, y: Array, offsets: IntArray) -> Sequence[Array]:
    return straight_line(x[0], y, offsets)


LINEAR = Model(
    name="linear",
    expression="slope*x + intercept",
    parameters=("slope", "intercept"),
    meaning=("change of y per unit of x", "y at x = 0, in units of y"),
    reference="straight line",
    estimate=_estimate,
)
