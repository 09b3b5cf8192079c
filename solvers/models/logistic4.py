"""The four-parameter logistic (4PL) over a dose that is not logarithmic and may be 0."""

from collections.abc import Sequence
from itertools import product

import numpy as np

from solvers.arrays import Array, IntArray
from solvers.models.model import Model
from solvers.models.scan import knots, positive, scan


def _shape(x: Array, ec50: Array, slope: Array) -> Array:
    return 1 / (1 + (x / ec50) ** slope)


def _estimate(x: Array, y: Array, offsets: IntArray) -> Sequence[Array]:
    data = knots(np.abs(x[0]), y, offsets)  # a dose: what is below 0 is noise around 0
    halfways = [positive(data.at(f)) for f in (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 0.4, 0.3, 0.2, 0.1)]
    slopes = [data.full(slope) for slope in (1.2, 3.0, 0.5)]
    drop, top, ec50, slope = scan(data, _shape, product(halfways, slopes), baseline=True)
    return top, top + drop, ec50, slope


LOGISTIC4 = Model(
    name="logistic4",
    # Of the usual forms the one that is defined at x = 0, where it is `bottom`.
    expression="top + (bottom - top)/(1 + (x/ec50)**slope)",
    parameters=("top", "bottom", "ec50", "slope"),
    meaning=(
        "response at high doses, below bottom where the curve falls, in units of y",
        "response at dose 0, in units of y",
        "dose halfway between bottom and top, in units of x",
        "steepness (Hill slope), a pure number",
    ),
    reference="four-parameter logistic, as in bioassay and ELISA calibration (Rodbard 1974)",
    estimate=_estimate,
    bounds=((-np.inf, np.inf), (-np.inf, np.inf), (0.0, np.inf), (0.0, np.inf)),
)
