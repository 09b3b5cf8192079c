"""Parabola and cubic: linear in their parameters, so the guess is the answer up to rounding."""

from collections.abc import Sequence

import numpy as np

from solvers import ragged
from solvers.arrays import Array, IntArray
from solvers.models.combine import linear_parts
from solvers.models.model import Model
from solvers.models.scan import Knots, positive


def _coefficients(x: Array, y: Array, offsets: IntArray, degree: int) -> list[Array]:
    """Fit in t = (x - centre)/half, where powers are nearly independent; return the powers of x, upwards."""
    low, high = ragged.segment_min(x, offsets), ragged.segment_max(x, offsets)
    centre, half = (low + high) / 2, positive((high - low) / 2)
    t = (x - ragged.expand(centre, offsets)) / ragged.expand(half, offsets)
    data = Knots(t, y, np.ones_like(t), offsets)
    found, _ = linear_parts(data, [t**power for power in range(degree + 1)])
    # Horner's rule on polynomials: multiply by (x - centre)/half and add the next lower coefficient.
    powers = [found[-1]]
    for coefficient in reversed(found[:-1]):
        scaled = [power / half for power in powers]
        lowered = [power * centre for power in scaled]
        powers = [coefficient - lowered[0], *(a - b for a, b in zip(scaled, lowered[1:], strict=False))]
        powers.append(scaled[-1])
    return powers


def _quadratic(x: Array, y: Array, offsets: IntArray) -> Sequence[Array]:
    return _coefficients(x[0], y, offsets, 2)[::-1]


def _cubic(x: Array, y: Array, offsets: IntArray) -> Sequence[Array]:
    return _coefficients(x[0], y, offsets, 3)[::-1]


QUADRATIC = Model(
    name="quadratic",
    expression="a*x**2 + b*x + c",
    parameters=("a", "b", "c"),
    meaning=(
        "half the curvature, in units of y per unit of x squared",
        "slope at x = 0, in units of y per unit of x",
        "y at x = 0, in units of y",
    ),
    reference="polynomial of degree 2",
    estimate=_quadratic,
)

CUBIC = Model(
    name="cubic",
    expression="a*x**3 + b*x**2 + c*x + d",
    parameters=("a", "b", "c", "d"),
    meaning=(
        "a sixth of the third derivative, in units of y per unit of x cubed",
        "half the curvature at x = 0, in units of y per unit of x squared",
        "slope at x = 0, in units of y per unit of x",
        "y at x = 0, in units of y",
    ),
    reference="polynomial of degree 3",
    estimate=_cubic,
)
