"""What least-squares methods say of a step and of a linear model ``|z + R p|``, row by row."""

import functools
from typing import Protocol

import numpy as np

from solvers.arrays import Array

#: A cosine this large at the end of steps that only got shorter is no rounding error: along the
#: shortest of them, ``xtol |D x|``, it still promises a visible reduction (for xtol above 1e-12).
STALLED = 1e-3


class Triangle(Protocol):
    """Anything that carries a linear model."""

    @property
    def factor(self) -> Array:
        """R, (b, n, n)."""

    @property
    def projection(self) -> Array:
        """z, (b, n)."""


def total(terms: Array, axis: int) -> Array:
    """Sum over a short axis, term by term: NumPy's own reduction is made for long ones."""
    parts = np.moveaxis(terms, axis, 0)
    added: Array = parts[0].copy()
    for part in parts[1:]:
        added += part
    return added


def norm(vectors: Array) -> Array:
    """Two-norm of each row of (b, n)."""
    length: Array = np.sqrt(total(vectors * vectors, -1))
    return length


def column_norms(factor: Array) -> Array:
    """Norm of each column of R, which is that of the Jacobian's, (b, n)."""
    lengths: Array = np.sqrt(total(factor * factor, -2))
    return lengths


def gradient(model: Triangle) -> Array:
    """``J'r = R'z``, (b, n)."""
    return total(model.factor * model.projection[:, :, None], -2)


def cosine(model: Triangle, cost: Array, weight: Array | float = 1.0) -> Array:
    """Largest cosine of the angle between the residuals and a column of the Jacobian, (b,).

    It is 0 at a solution and has no units. ``weight (b, n)`` scales each unknown's share.
    """
    scale = column_norms(model.factor) * np.sqrt(2.0 * cost)[:, None]
    slope = np.abs(gradient(model)) * weight
    cosines = np.divide(slope, scale, out=np.zeros_like(slope), where=scale > 0.0)
    return functools.reduce(np.maximum, cosines.T)


def model_reduction(factor: Array, projection: Array, step: Array) -> tuple[Array, Array]:
    """What the linear model says a step ``p`` takes off the cost, and the slope ``g'p``, each (b,)."""
    change = total(factor * step[:, None, :], -1)  # R p
    slope = total(change * projection, -1)
    return -(slope + 0.5 * total(change * change, -1)), slope
