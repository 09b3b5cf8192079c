"""How far an answer is from the first-order condition of least squares, in bounds or without."""

import math

import numpy as np

from solvers.arrays import Array
from solvers.kernels.compiling import kernel
from solvers.linalg.norm import is_finite
from solvers.loop import State


def optimality(state: State, factor: Array, projection: Array, lower: Array, upper: Array) -> Array:
    """Largest cosine between residuals and a column of the Jacobian; (b,), NaN where there are no residuals.

    An unknown counts less the nearer descent's bound is. Near is measured in the units of the residuals,
    as `trf` does: the bound is reached in the limit only.
    """
    cosines = np.empty(len(state.x))
    _optimality(state.x, state.fun, factor, projection, lower, upper, cosines)
    return cosines


@kernel
def _optimality(
    x: Array, fun: Array, factor: Array, projection: Array, lower: Array, upper: Array, cosines: Array
) -> None:
    for i in range(len(x)):
        length = math.sqrt(2.0 * fun[i])
        cosines[i] = 0.0 if is_finite(length) else math.nan
        for j in range(x.shape[1]):
            slope = square = 0.0
            for k in range(j + 1):
                slope += factor[i, k, j] * projection[i, k]
                square += factor[i, k, j] * factor[i, k, j]
            column = math.sqrt(square)
            if column * length > 0.0 and is_finite(length):
                room = x[i, j] - lower[i, j] if slope > 0.0 else upper[i, j] - x[i, j]
                weight = min(1.0, room * column / length)
                cosines[i] = max(cosines[i], weight * abs(slope) / (column * length))
