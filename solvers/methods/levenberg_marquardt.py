"""Levenberg-Marquardt in Moré's trust-region form, for unbounded least squares.

Each step minimizes the linear model ``|r + J p|`` within ``|D p| <= radius``, D holding the largest
norm yet of each column of J, so that the method does not see the units of the unknowns [1]_. The
ratio of actual to predicted reduction moves the radius. A step that does not reduce the cost is
tried again shorter in the next tick, without a new Jacobian. The arithmetic is written for one problem
in `levenberg_marquardt_step`; here a tick is one call for all rows.

Differences from MINPACK's ``lmder`` [2]_: a damped step comes from a Cholesky factorization, or from
singular values where that loses digits, instead of a QR factorization a damping; tolerances below
the rounding unit end as converged, not as an error; the gradient test also ends a problem whose
gradient is exactly zero; a radius that shrank to nothing against a model that promises more is
called stalled, not converged.

References
----------
.. [1] J. Moré, "The Levenberg-Marquardt algorithm: implementation and theory", LNM 630 (1978), p. 105.
.. [2] J. Moré, B. Garbow, K. Hillstrom, "User Guide for MINPACK-1", ANL-80-74 (1980), lmder.
"""

from dataclasses import dataclass

import numpy as np

from solvers.arrays import Array, Batch, BoolArray, IntArray
from solvers.evaluation.least_squares import LeastSquares, LinearModel, Residuals
from solvers.kernels.compiling import kernel
from solvers.linalg.norm import EPS
from solvers.loop import State
from solvers.methods import levenberg_marquardt_step as lm
from solvers.methods.scaling import Sizes


@dataclass(frozen=True)
class LMState(State):
    """What Levenberg-Marquardt keeps a row."""

    factor: Array  # (b, n, n) R of the Jacobian at x
    projection: Array  # (b, n) Q'r at x
    scale: Array  # (b, n) D
    radius: Array  # (b,) of the trust region, in the scaled unknowns


@dataclass(frozen=True)
class LMTrial(Batch):
    """A step and what the linear model says of it."""

    x: Array  # (b, n)
    length: Array  # (b,) |D p|
    damping: Array  # (b,) multiplier of the trust region; 0 inside
    reduction: Array  # (b,) predicted reduction of the cost
    slope: Array  # (b,) g'p, negative


@dataclass(frozen=True)
class LevenbergMarquardt:
    """Options of `lm`."""

    order = 1

    #: Relative reduction of the cost that ends a problem, actual and predicted.
    ftol: float = 1e-10
    #: Radius, relative to |D x|, that ends a problem.
    xtol: float = 1e-10
    #: Largest cosine between the residuals and a column of the Jacobian that ends a problem.
    gtol: float = 1e-10
    #: Initial radius in units of |D x| [2]_.
    factor: float = 100.0
    #: Size of each unknown, by whose inverse it is scaled; None: by the columns of the Jacobian.
    x_scale: Sizes = None

    @property
    def tolerances(self) -> tuple[float, float, float]:
        """ftol, xtol and gtol, at least the rounding unit."""
        return max(self.ftol, EPS), max(self.xtol, EPS), max(self.gtol, EPS)

    def scales(self, size: int, n: int) -> Array:
        """Given scales (size, n); zeros where the Jacobian gives them."""
        given = np.zeros(n) if self.x_scale is None else 1.0 / np.array(self.x_scale)
        return np.tile(given, (size, 1))

    def init(
        self,
        problems: LeastSquares,  # noqa: ARG002 - interface
        x: Array,
        value: Residuals,
        model: LinearModel,
    ) -> LMState:
        """Scale the unknowns by the columns of the Jacobian."""
        size, n = x.shape
        status, nit = np.zeros((2, size), dtype=np.int64)
        state = LMState(
            x, value.fun, status, nit, model.factor, model.projection, self.scales(size, n), np.empty(size)
        )
        _init(*state.arrays(), self.x_scale is None, self.factor, self.tolerances[2])
        return state

    def propose(self, state: LMState) -> LMTrial:
        """Minimize the linear model within the radius."""
        size = len(state)
        trial = LMTrial(np.empty_like(state.x), *np.empty((4, size)))
        _propose(*state.arrays(), *trial.arrays(), lm.room_for_step(state.x.shape[1]))
        return trial

    def wants(self, state: LMState, trial: LMTrial, value: Residuals) -> BoolArray:
        """Derivatives are needed where the step is taken."""
        accept = np.empty(len(state), dtype=np.bool_)
        _accept(state.fun, value.fun, trial.reduction, accept)
        return accept

    def update(
        self, state: LMState, trial: LMTrial, value: Residuals, accept: BoolArray, model: LinearModel
    ) -> LMState:
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
            *self.tolerances,
        )
        return after


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
    by_columns: bool,
    first: float,
    gtol: float,
) -> None:
    for i in range(len(x)):
        status[i] = lm.begin(fun[i], factor[i], projection[i], scale[i], by_columns, gtol)
        radius[i] = lm.first_radius(x[i], scale[i], first)


@kernel
def _propose(
    x: Array,
    fun: Array,  # noqa: ARG001 - the state's fields in order
    status: IntArray,  # noqa: ARG001
    nit: IntArray,  # noqa: ARG001
    factor: Array,
    projection: Array,
    scale: Array,
    radius: Array,
    trial: Array,
    length: Array,
    damping: Array,
    reduction: Array,
    slope: Array,
    room: Array,
) -> None:
    for i in range(len(x)):
        length[i], damping[i], reduction[i], slope[i] = lm.step(
            x[i], factor[i], projection[i], scale[i], radius[i], room, trial[i]
        )


@kernel
def _accept(fun: Array, trial_fun: Array, reduction: Array, accept: BoolArray) -> None:
    for i in range(len(fun)):
        accept[i] = lm.ratio(fun[i] - trial_fun[i], reduction[i]) >= lm.ACCEPT


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
    trial: Array,
    length: Array,
    damping: Array,
    reduction: Array,
    slope: Array,
    trial_fun: Array,
    accept: BoolArray,
    trial_factor: Array,
    trial_projection: Array,
    by_columns: bool,
    ftol: float,
    xtol: float,
    gtol: float,
) -> None:
    for i in range(len(x)):
        lm.move(
            i,
            x,
            fun,
            status,
            nit,
            factor,
            projection,
            scale,
            radius,
            trial[i],
            length[i],
            damping[i],
            reduction[i],
            slope[i],
            trial_fun[i],
            accept[i],
            trial_factor[i],
            trial_projection[i],
            by_columns,
            ftol,
            xtol,
            gtol,
        )
