"""The kernels of a formula, called for all rows of a batch."""

import math
from collections.abc import Callable

import numpy as np
from numba import float64, types

from solvers.arrays import Array, BoolArray, IntArray
from solvers.kernels.compiling import DATA, ROWS, Functions, allocating, compiled_for, inlined
from solvers.linalg.cholesky import factorize_one
from solvers.linalg.householder import reduce_columns
from solvers.linalg.norm import is_finite


@inlined
def cost_at(
    unknowns: Array,
    free: IntArray,
    normal_equations: Callable[..., float],
    begin: int,
    end: int,
    x: Array,
    y: Array,
    sigma: Array,
    params: Array,
    gradient: Array,
    normal: Array,
) -> float:
    """Put the unknowns (n,) among the parameters and evaluate there; infinite where undefined."""
    for j in range(len(unknowns)):
        params[free[j]] = unknowns[j]
    cost = normal_equations(begin, end, x, y, sigma, params, gradient, normal)
    return cost if is_finite(cost) else math.inf


@inlined
def triangle(
    columns: Callable[..., None],
    begin: int,
    end: int,
    x: Array,
    y: Array,
    sigma: Array,
    params: Array,
    gradient: Array,
    normal: Array,
    factor: Array,
    projection: Array,
) -> bool:
    """Fill in R and z of one problem, by QR where its normal matrix is not good enough; whether finite.

    What is below R's diagonal is expected to be zero.
    """
    return factorize_one(normal, gradient, factor, projection) or _by_qr(
        columns, begin, end, x, y, sigma, params, factor, projection
    )


@allocating
def _by_qr(
    columns: Callable[..., None],
    begin: int,
    end: int,
    x: Array,
    y: Array,
    sigma: Array,
    params: Array,
    factor: Array,
    projection: Array,
) -> bool:
    work = np.empty((len(projection) + 1, end - begin))
    columns(begin, end, x, y, sigma, params, work)
    return reduce_columns(work, factor, projection)


_BATCH = (*DATA, ROWS, ROWS, float64[:, ::1])  # x, y, sigma, offsets, rows, params


@compiled_for(Functions.normal_equations, *_BATCH, float64[::1], float64[:, ::1], float64[:, :, ::1])
def normal_equations(
    function: Callable[..., float],
    x: Array,
    y: Array,
    sigma: Array,
    offsets: IntArray,
    rows: IntArray,
    params: Array,
    cost: Array,
    gradient: Array,
    normal: Array,
) -> None:
    """Fill in cost (b,), infinite where undefined, gradient (b, n) and normal matrix (b, n, n)."""
    for i in range(len(rows)):
        begin, end = offsets[rows[i]], offsets[rows[i] + 1]
        value = function(begin, end, x, y, sigma, params[i], gradient[i], normal[i])
        cost[i] = value if is_finite(value) else math.inf


@compiled_for(
    Functions.columns,
    *_BATCH,
    float64[:, ::1],
    float64[:, :, ::1],
    float64[:, :, ::1],
    float64[:, ::1],
    types.boolean[::1],
)
def triangles(
    columns: Callable[..., None],
    x: Array,
    y: Array,
    sigma: Array,
    offsets: IntArray,
    rows: IntArray,
    params: Array,
    gradient: Array,
    normal: Array,
    factor: Array,
    projection: Array,
    finite: BoolArray,
) -> None:
    """Fill in R (b, n, n), z (b, n) and whether they are finite (b,)."""
    for i in range(len(rows)):
        begin, end = offsets[rows[i]], offsets[rows[i] + 1]
        finite[i] = triangle(
            columns, begin, end, x, y, sigma, params[i], gradient[i], normal[i], factor[i], projection[i]
        )


@compiled_for(Functions.residuals, *_BATCH, float64[::1])
def residuals(
    function: Callable[..., None],
    x: Array,
    y: Array,
    sigma: Array,
    offsets: IntArray,
    rows: IntArray,
    params: Array,
    out: Array,
) -> None:
    """Fill in the residuals, problem after problem."""
    start = 0
    for i in range(len(rows)):
        begin, end = offsets[rows[i]], offsets[rows[i] + 1]
        stop = start + end - begin
        function(begin, end, x, y, sigma, params[i], out[start:stop])
        start = stop
