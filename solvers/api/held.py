"""Parameters that are not fitted, fixed or tied to others, and results with them in their places."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from solvers.arrays import Array, IntArray
from solvers.evaluation.tied import Ties
from solvers.expressions.ties import check_ties
from solvers.result import FitResult


def held_parameters(
    fixed: Mapping[str, ArrayLike], tied: Mapping[str, str], parameters: tuple[str, ...], size: int
) -> tuple[Array, IntArray, Ties]:
    """Values of the fixed parameters (B, n), NaN for the others; which are free; and the ties.

    Raises
    ------
    ValueError
        If one is unknown, fixed and tied, or tied in a circle; or if none is left to fit.
    """
    values = np.full((size, len(parameters)), np.nan)
    for name, value in fixed.items():
        if name not in parameters:
            raise ValueError(f"fixed: {name!r} is no parameter of the model; it has {', '.join(parameters)}")
        values[:, parameters.index(name)] = np.asarray(value, dtype=float)
    ties = Ties(parameters, check_ties(tied, parameters, fixed))
    held = {*fixed, *tied}
    free = np.array([j for j, name in enumerate(parameters) if name not in held], dtype=np.int64)
    if not len(free):
        how = " or ".join(word for word, given in (("fixed", fixed), ("tied", tied)) if given)
        raise ValueError(f"all parameters ({', '.join(parameters)}) are {how}: leave at least one to fit")
    return values, free, ties


def with_held(fitted: FitResult, values: Array, free: IntArray, ties: Ties) -> FitResult:
    """The result with all parameters in their places.

    The covariance of tied parameters is ``G C G'``, G their derivatives by the free ones (propagation
    of errors to first order); that of fixed ones, and of those tied to fixed ones only, is unknown.
    """
    size, n = values.shape
    if len(free) == n:
        return fitted
    x = values.copy()
    x[:, free] = fitted.x
    x = ties.values(x)
    active = np.zeros((size, n), dtype=np.int64)
    active[:, free] = fitted.active_mask
    covariance = np.full((size, n, n), np.nan)
    if ties.formulas:
        reach = np.array(ties.reach(free))
        slopes = np.ascontiguousarray(ties.slopes(x)[:, reach[:, None], free])  # (B, reach, free)
        with np.errstate(invalid="ignore"):  # an infinite slope
            known = np.einsum("bij,bjk,blk->bil", slopes, fitted.covariance, slopes)
        covariance[:, reach[:, None], reach] = known
    covariance[:, free[:, None], free[None, :]] = fitted.covariance
    held = tuple(j for j in range(n) if j not in free)
    return replace(fitted, x=x, active_mask=active, covariance=covariance, held=held)
