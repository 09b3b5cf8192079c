"""The five-parameter logistic: the dose-response curve with two ends of different sharpness."""

from collections.abc import Sequence
from itertools import product

import numpy as np

from solvers.arrays import Array, IntArray
from solvers.models.model import Model
from solvers.models.scan import around, knots, positive, scan


def _shape(x: Array, ec50: Array, slope: Array, asymmetry: Array) -> Array:
    result: Array = (1 + (x / ec50) ** slope) ** -asymmetry
    return result


def _estimate(x: Array, y: Array, offsets: IntArray) -> Sequence[Array]:
    data = knots(np.abs(x[0]), y, offsets)  # a dose: what is below 0 is noise around 0
    halfways = [positive(data.at(f)) for f in (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 0.4, 0.3, 0.2, 0.1)]
    slopes = [data.full(slope) for slope in (1.2, 3.0, 0.5)]
    symmetric = product(halfways, slopes, [data.full(1.0)])
    _, _, *theta = scan(data, _shape, symmetric, baseline=True)
    finer = around(theta, (1.0, 0.6, 1.6), (1.0, 0.7, 1.4), (1.0, 0.5, 2.0))
    drop, top, ec50, slope, asymmetry = scan(data, _shape, finer, baseline=True)
    return top, top + drop, ec50, slope, asymmetry


LOGISTIC5 = Model(
    name="logistic5",
    expression="top + (bottom - top)/(1 + (x/ec50)**slope)**asymmetry",
    parameters=("top", "bottom", "ec50", "slope", "asymmetry"),
    meaning=(
        "response at high doses, below bottom where the curve falls, in units of y",
        "response at dose 0, in units of y",
        "dose at the bend, halfway between bottom and top where asymmetry is 1, in units of x",
        "steepness, a pure number",
        "asymmetry, a pure number: 1 is the four-parameter logistic",
    ),
    reference="five-parameter logistic for immunoassays (Prentice 1976; Gottschalk & Dunn 2005)",
    estimate=_estimate,
    bounds=((-np.inf, np.inf), (-np.inf, np.inf), (0.0, np.inf), (0.0, np.inf), (0.0, np.inf)),
)
