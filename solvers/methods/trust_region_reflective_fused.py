"""Trust region reflective for compiled curves: each problem from start to end in compiled code.

The same functions as in `trust_region_reflective`, in the order of `solvers.loop`, with the same
counters and verdicts. Only the formula differs from call to call: it comes as a pointer.
"""

import math
from collections.abc import Callable

import numpy as np
from numba import float64, int64, types

from solvers.arrays import Array, IntArray
from solvers.evaluation.fused import FusedLeastSquares
from solvers.kernels.compiling import DATA, ROOM, ROWS, Functions, compiled_for
from solvers.kernels.rows import cost_at, triangle
from solvers.linalg.norm import is_finite
from solvers.loop import Outcome
from solvers.methods import trust_region_reflective_step as trf
from solvers.methods.trust_region_reflective import TRFState, TrustRegionReflective
from solvers.methods.verdicts import tolerances
from solvers.status import Status

_RUNNING = int(Status.RUNNING)
_NON_FINITE, _EVALUATION_LIMIT = int(Status.NON_FINITE), int(Status.EVALUATION_LIMIT)


def run(method: TrustRegionReflective, problems: FusedLeastSquares, x0: Array, max_nfev: int) -> Outcome:
    """Do what `solvers.loop.run` does, from ``x0 (B, n)`` strictly inside the bounds."""
    size, n = x0.shape
    counts = np.zeros((4, size), dtype=np.int64)  # status, nit, nfev, njev
    state = TRFState(
        x=x0.copy(),
        fun=np.full(size, np.inf),
        status=counts[0],
        nit=counts[1],
        factor=np.zeros((size, n, n)),
        projection=np.full((size, n), np.nan),
        scale=method.scales(size, n),
        radius=np.full(size, np.nan),
        unit=np.full(size, np.nan),
        lower=problems.lower,
        upper=problems.upper,
    )
    _run(
        problems.kernels.normal_equations,
        problems.kernels.columns,
        *problems.data,
        problems.rows,
        problems.curves.fixed,
        problems.curves.free,
        *state.arrays(),
        *counts[2:],
        *problems.room_for_one(),
        np.empty(n),
        trf.room_for_step(n),
        method.x_scale is None,
        method.follows,
        *tolerances(method),
        max_nfev,
    )
    return Outcome(state, counts[2], counts[3], {})


_STATE = (
    float64[:, ::1],  # x
    float64[::1],  # fun
    int64[::1],  # status
    int64[::1],  # nit
    float64[:, :, ::1],  # factor
    float64[:, ::1],  # projection
    float64[:, ::1],  # scale
    float64[::1],  # radius
    float64[::1],  # unit
    float64[:, ::1],  # lower
    float64[:, ::1],  # upper
)


@compiled_for(
    Functions.normal_equations,
    Functions.columns,
    *DATA,
    ROWS,  # offsets
    ROWS,
    float64[:, ::1],  # fixed
    ROWS,  # free
    *_STATE,
    int64[::1],  # nfev
    int64[::1],  # njev
    *ROOM,
    float64[::1],  # way
    float64[:, ::1],  # room
    types.boolean,  # by_columns
    types.boolean,  # follows
    float64,  # ftol
    float64,  # xtol
    float64,  # gtol
    int64,  # max_nfev
)
def _run(
    evaluate: Callable[..., float],
    columns: Callable[..., None],
    data_x: Array,
    y: Array,
    sigma: Array,
    offsets: IntArray,
    rows: IntArray,
    fixed: Array,
    free: IntArray,
    x: Array,
    fun: Array,
    status: IntArray,
    nit: IntArray,
    factor: Array,
    projection: Array,
    scale: Array,
    radius: Array,
    unit: Array,
    lower: Array,
    upper: Array,
    nfev: IntArray,
    njev: IntArray,
    params: Array,
    gradient: Array,
    normal: Array,
    trial: Array,
    trial_factor: Array,
    trial_projection: Array,
    way: Array,
    room: Array,
    by_columns: bool,
    follows: bool,
    ftol: float,
    xtol: float,
    gtol: float,
    max_nfev: int,
) -> None:
    for i in range(len(rows)):
        begin, end = offsets[rows[i]], offsets[rows[i] + 1]
        for j in range(len(params)):
            params[j] = fixed[rows[i], j]
        fun[i] = cost_at(x[i], free, evaluate, begin, end, data_x, y, sigma, params, gradient, normal)
        nfev[i] = 1
        status[i] = _NON_FINITE
        if is_finite(fun[i]):
            njev[i] = 1
            if triangle(
                columns, begin, end, data_x, y, sigma, params, gradient, normal, factor[i], projection[i]
            ):
                status[i] = trf.begin(
                    i, x, fun, factor, projection, scale, radius, unit, lower, upper, by_columns, gtol
                )
        while status[i] == _RUNNING:
            if nfev[i] >= max_nfev:
                status[i] = _EVALUATION_LIMIT
                break
            length, predicted, extra = trf.step(
                x[i],
                fun[i],
                factor[i],
                projection[i],
                scale[i],
                radius[i],
                unit[i],
                lower[i],
                upper[i],
                room,
                trial,
                way,
            )
            cost = cost_at(trial, free, evaluate, begin, end, data_x, y, sigma, params, gradient, normal)
            nfev[i] += 1
            accept = cost < fun[i]
            if accept:
                njev[i] += 1
                accept = triangle(
                    columns,
                    begin,
                    end,
                    data_x,
                    y,
                    sigma,
                    params,
                    gradient,
                    normal,
                    trial_factor,
                    trial_projection,
                )
                if not accept:
                    cost = math.inf
            trf.move(
                i,
                x,
                fun,
                status,
                nit,
                factor,
                projection,
                scale,
                radius,
                unit,
                lower,
                upper,
                trial,
                way,
                length,
                predicted,
                extra,
                cost,
                accept,
                trial_factor,
                trial_projection,
                by_columns,
                follows,
                ftol,
                xtol,
                gtol,
            )
