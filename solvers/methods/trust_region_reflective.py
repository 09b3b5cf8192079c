"""Trust region reflective: least squares with bounds, by steps that stay strictly inside them.

The first-order conditions with bounds are ``v * g = 0``, where v is the distance to the bound that
the descent direction points at and 1 where there is none. A Newton step on them solves, in the
variables ``D^-1 x`` with ``D = sqrt(v) / scale``, the linear model extended by a diagonal row block
``C = sqrt(|g| v' / scale)``, within a trust region [1]_. When the step would leave the bounds, the best of
three candidates is taken: the step cut at the bound, the step reflected there, and the constrained
gradient step [2]_. Each is stopped a little short of its bound, by ``theta``. The arithmetic is written
for one problem in `trust_region_reflective_step`; here a tick is one call for all rows.

Differences from SciPy's ``trf``: the gradient test is free of units (the largest cosine between
residuals and a column of the Jacobian, each column's share reduced as it nears the bound), the
unknowns are by default scaled by the columns of the Jacobian, a rejected step is another tick, and steps
that get short where the model promises more are no answer (`verdicts`).

References
----------
.. [1] M. Branch, T. Coleman, Y. Li, SIAM J. Sci. Comput. 21 (1999) 1-23.
.. [2] Ibid., section 5; the choice among candidates as described in SciPy's ``least_squares``.
"""

from dataclasses import dataclass

import numpy as np

from solvers.arrays import Array, Batch, BoolArray, IntArray
from solvers.evaluation.least_squares import LeastSquares, LinearModel, Residuals
from solvers.kernels.compiling import kernel
from solvers.loop import State
from solvers.methods import trust_region_reflective_step as trf
from solvers.methods.scaling import Sizes
from solvers.methods.verdicts import tolerances

#: A start on its bound is moved inside by this much, relative to the bound's size.
_INSIDE = 1e-10


@dataclass(frozen=True)
class TRFState(State):
    """What trust region reflective keeps a row."""

    factor: Array  # (b, n, n) R of the Jacobian at x
    projection: Array  # (b, n) Q'r at x
    scale: Array  # (b, n) of the unknowns; by default the largest norm yet of each column of J
    radius: Array  # (b,) of the trust region, in the scaled unknowns
    unit: Array  # (b,) length of the residuals at the start
    lower: Array  # (b, n)
    upper: Array  # (b, n)


@dataclass(frozen=True)
class TRFTrial(Batch):
    """A step and what the model says of it."""

    x: Array  # (b, n) strictly inside the bounds
    step: Array  # (b, n)
    length: Array  # (b,) of the step in the scaled unknowns
    reduction: Array  # (b,) predicted reduction of the cost, with the term C
    extra: Array  # (b,) the part of it that C takes off


@dataclass(frozen=True)
class TrustRegionReflective:
    """Options of `trf`."""

    order = 1

    #: Reduction of the cost, relative to it, that ends a problem.
    ftol: float = 1e-10
    #: Step, relative to the unknowns, that ends a problem.
    xtol: float = 1e-10
    #: Largest cosine between the residuals and a column of the Jacobian that ends a problem.
    gtol: float = 1e-10
    #: Size of each unknown, by whose inverse it is scaled; None: by the columns of the Jacobian.
    x_scale: Sizes = None
    #: Whether the radius grows with the scale, as robust losses need it to.
    follows: bool = False

    def scales(self, size: int, n: int) -> Array:
        """Given scales (size, n); zeros where the Jacobian gives them."""
        given = np.zeros(n) if self.x_scale is None else 1.0 / np.array(self.x_scale)
        return np.tile(given, (size, 1))

    def init(self, problems: LeastSquares, x: Array, value: Residuals, model: LinearModel) -> TRFState:
        """Take the start, which `inside` has moved off its bounds."""
        size, n = x.shape
        status, nit = np.zeros((2, size), dtype=np.int64)
        radius, unit = np.empty((2, size))
        state = TRFState(
            x=x,
            fun=value.fun,
            status=status,
            nit=nit,
            factor=model.factor,
            projection=model.projection,
            scale=self.scales(size, n),
            radius=radius,
            unit=unit,
            lower=problems.lower,
            upper=problems.upper,
        )
        _init(*state.arrays(), self.x_scale is None, tolerances(self)[2])
        return state

    def propose(self, state: TRFState) -> TRFTrial:
        """Minimize the extended model within radius and bounds."""
        size, n = state.x.shape
        trial = TRFTrial(*np.empty((2, size, n)), *np.empty((3, size)))
        _propose(*state.arrays(), *trial.arrays(), trf.room_for_step(n))
        return trial

    def wants(self, state: TRFState, trial: TRFTrial, value: Residuals) -> BoolArray:  # noqa: ARG002 - interface
        """Derivatives are needed where the step is taken."""
        return np.asarray(value.fun < state.fun)

    def update(
        self, state: TRFState, trial: TRFTrial, value: Residuals, accept: BoolArray, model: LinearModel
    ) -> TRFState:
        """Take the step or not, and move the radius."""
        after = state.copy()
        _update(
            *after.arrays(),
            *trial.arrays(),
            value.fun,
            accept,
            model.factor,
            model.projection,
            self.x_scale is None,
            self.follows,
            *tolerances(self),
        )
        return after


def inside(x: Array, lower: Array, upper: Array) -> Array:
    """Move what stands on a bound, or closer to it than rounding allows, strictly between the bounds."""
    with np.errstate(invalid="ignore"):  # infinite bounds
        low = np.where(np.isfinite(lower), lower + _INSIDE * np.maximum(1.0, np.abs(lower)), lower)
        high = np.where(np.isfinite(upper), upper - _INSIDE * np.maximum(1.0, np.abs(upper)), upper)
        middle = 0.5 * (lower + upper)
    moved = np.minimum(np.maximum(x, low), high)
    return np.where((moved <= lower) | (moved >= upper), middle, moved)


@kernel
def _init(
    x: Array,
    fun: Array,
    status: IntArray,
    nit: IntArray,  # noqa: ARG001 - the state's fields in order
    factor: Array,
    projection: Array,
    scale: Array,
    radius: Array,
    unit: Array,
    lower: Array,
    upper: Array,
    by_columns: bool,
    gtol: float,
) -> None:
    for i in range(len(x)):
        status[i] = trf.begin(
            i, x, fun, factor, projection, scale, radius, unit, lower, upper, by_columns, gtol
        )


@kernel
def _propose(
    x: Array,
    fun: Array,
    status: IntArray,  # noqa: ARG001 - the state's fields in order
    nit: IntArray,  # noqa: ARG001
    factor: Array,
    projection: Array,
    scale: Array,
    radius: Array,
    unit: Array,
    lower: Array,
    upper: Array,
    trial: Array,
    way: Array,
    length: Array,
    reduction: Array,
    extra: Array,
    room: Array,
) -> None:
    for i in range(len(x)):
        length[i], reduction[i], extra[i] = trf.step(
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
            trial[i],
            way[i],
        )


@kernel
def _update(
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
    trial: Array,
    way: Array,
    length: Array,
    reduction: Array,
    extra: Array,
    trial_fun: Array,
    accept: BoolArray,
    trial_factor: Array,
    trial_projection: Array,
    by_columns: bool,
    follows: bool,
    ftol: float,
    xtol: float,
    gtol: float,
) -> None:
    for i in range(len(x)):
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
            trial[i],
            way[i],
            length[i],
            reduction[i],
            extra[i],
            trial_fun[i],
            accept[i],
            trial_factor[i],
            trial_projection[i],
            by_columns,
            follows,
            ftol,
            xtol,
            gtol,
        )
