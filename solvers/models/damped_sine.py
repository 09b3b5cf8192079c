"""A damped oscillation around zero."""

from collections.abc import Sequence
from itertools import product

import numpy as np

from solvers import ragged
from solvers.arrays import Array, IntArray
from solvers.models.combine import combine
from solvers.models.model import Model
from solvers.models.scan import knots

#: Numbers of cycles in the range of x to try, closer than their peaks in a spectrum are wide.
CYCLES = np.arange(0.5, 16.0, 0.5)


def _estimate(x: Array, y: Array, offsets: IntArray) -> Sequence[Array]:
    data = knots(x[0], y, offsets, most=64)
    low, span = data.at(0.0), data.span()

    def shapes(x: Array, k: Array, w: Array) -> Sequence[Array]:
        away = x - ragged.expand(low, data.offsets)
        damping = np.exp(-k * away)
        return damping * np.sin(w * away), damping * np.cos(w * away)

    cycle = 2 * np.pi / span
    waves = [(2 / span, cycles * cycle) for cycles in CYCLES]
    _, _, k, w = combine(data, shapes, waves)
    finer = [(k * d, w + i * cycle) for d, i in product((1.0, 0.2, 3.0), (0.0, -0.2, 0.2))]
    sine, cosine, k, w = combine(data, shapes, finer)
    phase = np.arctan2(cosine, sine) - w * low
    return np.hypot(sine, cosine) * np.exp(k * low), k, w, np.remainder(phase + np.pi, 2 * np.pi) - np.pi


DAMPED_SINE = Model(
    name="damped_sine",
    expression="a*exp(-k*x)*sin(w*x + phi)",
    parameters=("a", "k", "w", "phi"),
    meaning=(
        "amplitude at x = 0, in units of y",
        "damping, per unit of x",
        "angular frequency, in radians per unit of x",
        "phase at x = 0, in radians",
    ),
    reference="free oscillation of a damped harmonic oscillator",
    estimate=_estimate,
    bounds=((-np.inf, np.inf), (0.0, np.inf), (0.0, np.inf), (-np.inf, np.inf)),
)
