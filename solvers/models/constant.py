"""A constant: the curve to beat."""

from collections.abc import Sequence

from solvers import ragged
from solvers.arrays import Array, IntArray
from solvers.models.model import Model


def _estimate(x: Array, y: Array, offsets: IntArray) -> Sequence[Array]:  # noqa: ARG001 an Estimate has an x
    return [ragged.segment_mean(y, offsets)]


CONSTANT = Model(
    name="constant",
    expression="c",
    parameters=("c",),
    meaning=("level, in units of y",),
    reference="the mean; in a selection among models, the one that says there is no effect",
    estimate=_estimate,
)
