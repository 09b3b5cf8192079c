"""How methods scale unknowns: by the largest norm yet of a column of the Jacobian, or as they are told."""

import math

import numpy as np

from solvers.arrays import Array, BoolArray
from solvers.kernels.compiling import inlined
from solvers.methods.steps import column_norms

#: The size of each unknown, (n,), by whose inverse it is scaled; None: by the Jacobian.
Sizes = tuple[float, ...] | None


def first_scale(factor: Array, x_scale: Sizes) -> Array:
    """The scale (b, n) at the start; 1 for an unknown without influence."""
    if x_scale is not None:
        return np.tile(1.0 / np.array(x_scale), (len(factor), 1))
    scale = column_norms(factor)
    scale[~(scale > 0.0)] = 1.0
    return scale


def next_scale(scale: Array, factor: Array, accept: BoolArray, x_scale: Sizes) -> Array:
    """The scale (b, n) after a step that was taken or not."""
    if x_scale is not None:
        return scale
    return np.where(accept[:, None], np.fmax(scale, column_norms(factor)), scale)


def follow(radius: Array, before: Array, after: Array) -> Array:
    """The radius (b,) grown like the scale (b, n) of the unknowns.

    A robust loss can leave the Jacobian at rounding level where every residual is an outlier. Once one
    is not, its columns grow a hundred million times; a radius measured by them must not stay behind.
    """
    grown: Array = radius * (after / before).max(axis=-1)
    return grown


@inlined
def grow_scale(scale: Array, factor: Array) -> float:
    """Let one problem's scale (n,) hold the largest norm yet of each column; how many times it grew at most.

    It is 1 for an unknown without influence.
    """
    grown = 1.0
    for j in range(len(scale)):
        square = 0.0
        for k in range(j + 1):
            square += factor[k, j] * factor[k, j]
        before = scale[j]
        if square > before * before:  # seldom, and roots take long
            scale[j] = math.sqrt(square)
            grown = max(grown, scale[j] / before)
        elif before == 0.0:
            scale[j] = 1.0
    return grown
