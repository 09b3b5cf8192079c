"""Levenberg-Marquardt in Moré's trust-region form, for unbounded least squares.

Each step minimizes the linear model ``|r + J p|`` within ``|D p| <= radius``, D holding the largest
norm yet of each column of J, so that the method does not see the units of the unknowns [1]_. The
ratio of actual to predicted reduction moves the radius. A step that does not reduce the cost is
tried again shorter in the next tick, without a new Jacobian.

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

from dataclasses import dataclass, replace

import numpy as np

from solvers import linalg
from solvers.arrays import Array, BoolArray, IntArray
from solvers.evaluation.least_squares import LeastSquares, LinearModel, Residuals
from solvers.loop import State
from solvers.methods.scaling import Sizes, first_scale, next_scale
from solvers.methods.steps import STALLED, cosine, model_reduction, norm
from solvers.status import Status

#: Least ratio of actual to predicted reduction of a step that is taken [2]_.
_ACCEPT = 1e-4
#: How far the length of a step on the boundary may be off the radius [1]_.
_RADIUS_TOLERANCE = 0.1


@dataclass(frozen=True)
class LMState(State):
    """What Levenberg-Marquardt keeps a row."""

    factor: Array  # (b, n, n) R of the Jacobian at x
    projection: Array  # (b, n) Q'r at x
    scale: Array  # (b, n) D
    radius: Array  # (b,) of the trust region, in the scaled unknowns


@dataclass(frozen=True)
class LMTrial:
    """A step and what the linear model says of it."""

    x: Array  # (b, n)
    length: Array  # (b,) |D p|
    damping: Array  # (b,) multiplier of the trust region; 0 inside
    reduction: Array  # (b,) predicted reduction of the cost
    slope: Array  # (b,) g'p, negative


@dataclass(frozen=True)
class LevenbergMarquardt:
    """Options of `lm`."""

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

    def init(
        self,
        problems: LeastSquares,  # noqa: ARG002 - interface
        x: Array,
        value: Residuals,
        model: LinearModel,
    ) -> LMState:
        """Scale the unknowns by the columns of the Jacobian."""
        scale = first_scale(model.factor, self.x_scale)
        length = norm(scale * x)
        radius = np.where(length > 0.0, self.factor * length, self.factor)
        flat = cosine(model, value.fun) <= self._at_least_rounding(self.gtol)
        return LMState(
            x=x,
            fun=value.fun,
            status=np.where(flat, Status.GRADIENT, Status.RUNNING),
            nit=np.zeros(len(x), dtype=np.int64),
            factor=model.factor,
            projection=model.projection,
            scale=scale,
            radius=radius,
        )

    def propose(self, state: LMState) -> LMTrial:
        """Minimize the linear model within the radius."""
        scaled_step, damping = linalg.triangle_step(
            state.factor / state.scale[:, None, :], state.projection, state.radius, _RADIUS_TOLERANCE
        )
        step = scaled_step / state.scale
        reduction, slope = model_reduction(state.factor, state.projection, step)
        return LMTrial(state.x + step, norm(scaled_step), damping, reduction, slope)

    def wants(self, state: LMState, trial: LMTrial, value: Residuals) -> BoolArray:
        """Derivatives are needed where the step is taken."""
        return np.asarray(self._ratio(state, trial, value) >= _ACCEPT)

    def update(
        self, state: LMState, trial: LMTrial, value: Residuals, accept: BoolArray, model: LinearModel
    ) -> LMState:
        """Take the step or not, and move the radius."""
        moved = accept[:, None]
        proposed = replace(
            state,
            x=np.where(moved, trial.x, state.x),
            fun=np.where(accept, value.fun, state.fun),
            nit=state.nit + accept,
            factor=np.where(moved[:, None], model.factor, state.factor),
            projection=np.where(moved, model.projection, state.projection),
            scale=next_scale(state.scale, model.factor, accept, self.x_scale),
            radius=self._radius(state, trial, value),
        )
        return replace(proposed, status=self._status(state, proposed, trial, value))

    @staticmethod
    def _ratio(state: LMState, trial: LMTrial, value: Residuals) -> Array:
        """Actual over predicted reduction; 0 where nothing is predicted, -inf where undefined."""
        ratio = (state.fun - value.fun) / trial.reduction
        return np.where(trial.reduction > 0.0, ratio, 0.0)

    def _radius(self, state: LMState, trial: LMTrial, value: Residuals) -> Array:
        """Shorten after a poor step by the minimum of a parabola, double after a good one [1]_."""
        ratio = self._ratio(state, trial, value)
        actual = state.fun - value.fun
        parabola = 0.5 * trial.slope / (trial.slope + actual)
        shrink = np.where(actual >= 0.0, 0.5, np.where(value.fun < 100.0 * state.fun, parabola, 0.1))
        shrink = np.fmax(shrink, 0.1)
        first = np.where(state.nit == 0, np.minimum(state.radius, trial.length), state.radius)
        shorter = shrink * np.minimum(first, 10.0 * trial.length)
        longer = np.where((ratio >= 0.75) | (trial.damping == 0.0), 2.0 * trial.length, first)
        return np.where(ratio <= 0.25, shorter, longer)

    def _status(self, before: LMState, after: LMState, trial: LMTrial, value: Residuals) -> IntArray:
        """Moré's three tests, on the same numbers as MINPACK's."""
        ftol, xtol = self._at_least_rounding(self.ftol), self._at_least_rounding(self.xtol)
        actual = np.abs(before.fun - value.fun)
        cost = (
            (actual <= ftol * before.fun)
            & (trial.reduction <= ftol * before.fun)
            & (self._ratio(before, trial, value) <= 2.0)
        ) | (after.fun == 0.0)
        step = after.radius <= xtol * norm(after.scale * after.x)
        angle = cosine(after, after.fun)
        stuck = step & (after.nit == before.nit) & (trial.damping > 0.0) & (angle > STALLED)
        flat = angle <= self._at_least_rounding(self.gtol)
        status: IntArray = np.select(
            [stuck, cost & step, cost, step, flat],
            [Status.STALLED, Status.COST_AND_STEP, Status.COST, Status.STEP, Status.GRADIENT],
            Status.RUNNING,
        )
        return status

    @staticmethod
    def _at_least_rounding(tolerance: float) -> float:
        return max(tolerance, linalg.EPS)
