"""Dogleg steps in a rectangular trust region, for least squares with bounds.

A trust region that is a box meets the bounds in a box again, so one rule serves both [1]_. Unknowns
that stand on a bound which descent points out of are held; for the others, Powell's dogleg goes
from the minimum of the linear model along steepest descent to the Gauss-Newton step, and is cut where
it leaves the box [2]_. A step cut by a bound ends exactly on it. The box is ``radius / scale`` wide.

Differences from SciPy's ``dogbox``: the unknowns are by default scaled by the columns of the Jacobian,
also for the direction of descent; the gradient test is free of units (a cosine); a step that newly meets a
bound does not count as too short or too flat, since the model changes there; a Gauss-Newton step
of a rank-deficient model is the shortest in the scaled unknowns; a rejected step is another tick.
An unknown on a bound that descent points into, but the Gauss-Newton step out of, stays for this step. The
dogleg would go there and back, between the bound and one that descent meets, in ever shorter steps; the
others' optimum lets it go, as the Gauss-Newton step of a gradient along it alone is that way.

References
----------
.. [1] C. Voglis, I. Lagaris, "A Rectangular Trust Region Dogleg Approach for Unconstrained and Bound
   Constrained Nonlinear Optimization", WSEAS Int. Conf. on Applied Mathematics (2004).
.. [2] J. Nocedal, S. Wright, Numerical Optimization, 2nd ed. (2006), p. 73 (dogleg), 4.1 (radius).
"""

from dataclasses import dataclass, replace

import numpy as np

from solvers import linalg
from solvers.arrays import Array, BoolArray
from solvers.evaluation.least_squares import LeastSquares, LinearModel, Residuals
from solvers.loop import State
from solvers.methods.scaling import Sizes, first_scale, follow, next_scale
from solvers.methods.steps import cosine, gradient, model_reduction
from solvers.methods.verdicts import AT_RADIUS, BELIEVED, verdict
from solvers.status import Status

#: Only for the length of steps on a boundary, of which an infinite region has none.
_RADIUS_TOLERANCE = 0.01

#: A step this share of the way to a bound has reached it, but for rounding.
_ON_BOUND = 1.0 - 4.0 * linalg.EPS


@dataclass(frozen=True)
class DogboxState(State):
    """What dogbox keeps a row."""

    factor: Array  # (b, n, n) R of the Jacobian at x
    projection: Array  # (b, n) Q'r at x
    scale: Array  # (b, n) of the unknowns
    radius: Array  # (b,) half the side of the box, in the scaled unknowns
    lower: Array  # (b, n)
    upper: Array  # (b, n)


@dataclass(frozen=True)
class DogboxTrial:
    """A step and what the model says of it."""

    x: Array  # (b, n) within the bounds
    step: Array  # (b, n)
    length: Array  # (b,) its largest element in the scaled unknowns
    reduction: Array  # (b,) predicted reduction of the cost
    met: BoolArray  # (b,) whether it newly meets a bound


@dataclass(frozen=True)
class Dogbox:
    """Options of `dogbox`."""

    order = 1

    #: Reduction of the cost, relative to it, that ends a problem.
    ftol: float = 1e-10
    #: Step, relative to the unknowns, that ends a problem.
    xtol: float = 1e-10
    #: Largest cosine between the residuals and a column of the Jacobian, of unknowns not held, that ends one.
    gtol: float = 1e-10
    #: Size of each unknown, by whose inverse it is scaled; None: by the columns of the Jacobian.
    x_scale: Sizes = None
    #: Whether the radius grows with the scale, as robust losses need it to.
    follows: bool = False

    def init(self, problems: LeastSquares, x: Array, value: Residuals, model: LinearModel) -> DogboxState:
        """Take the start; the box is as large as it is far from the origin."""
        scale = first_scale(model.factor, self.x_scale)
        length = np.abs(x * scale).max(axis=-1)
        state = DogboxState(
            x=x,
            fun=value.fun,
            status=np.zeros(len(x), dtype=np.int64),
            nit=np.zeros(len(x), dtype=np.int64),
            factor=model.factor,
            projection=model.projection,
            scale=scale,
            radius=np.where(np.isfinite(length) & (length > 0.0), length, 1.0),
            lower=problems.lower,
            upper=problems.upper,
        )
        flat = _optimality(state) <= max(self.gtol, linalg.EPS)
        return replace(state, status=np.where(flat, Status.GRADIENT, Status.RUNNING))

    def propose(self, state: DogboxState) -> DogboxTrial:
        """Cut the dogleg where it leaves the box."""
        room = state.radius[:, None] / state.scale
        low, high = np.maximum(state.lower - state.x, -room), np.minimum(state.upper - state.x, room)
        step = np.clip(_dogleg(state, low, high), low, high)
        x = np.clip(state.x + step, state.lower, state.upper)
        to_lower = (step < 0.0) & (step <= _ON_BOUND * (state.lower - state.x))
        to_upper = (step > 0.0) & (step >= _ON_BOUND * (state.upper - state.x))
        x = np.where(to_lower, state.lower, np.where(to_upper, state.upper, x))
        met = np.asarray(((to_lower | to_upper) & (x != state.x)).any(axis=-1))
        reduction, _ = model_reduction(state.factor, state.projection, step)
        return DogboxTrial(x, step, np.abs(step * state.scale).max(axis=-1), reduction, met)

    def wants(self, state: DogboxState, trial: DogboxTrial, value: Residuals) -> BoolArray:  # noqa: ARG002 - interface
        """Derivatives are needed where the step is taken."""
        return np.asarray(value.fun < state.fun)

    def update(
        self, state: DogboxState, trial: DogboxTrial, value: Residuals, accept: BoolArray, model: LinearModel
    ) -> DogboxState:
        """Take the step or not, and move the radius."""
        moved = accept[:, None]
        scale = next_scale(state.scale, model.factor, accept, self.x_scale)
        radius = _radius(state, trial, value)
        proposed = replace(
            state,
            x=np.where(moved, trial.x, state.x),
            fun=np.where(accept, value.fun, state.fun),
            nit=state.nit + accept,
            factor=np.where(moved[:, None], model.factor, state.factor),
            projection=np.where(moved, model.projection, state.projection),
            scale=scale,
            radius=follow(radius, state.scale, scale) if self.follows else radius,
        )
        ratio, counts = _ratio(state, trial, value), ~trial.met | ~accept
        angle = _optimality(proposed)
        return replace(
            proposed, status=verdict(self, state, proposed, trial, value.fun, ratio, angle, counts)
        )


def _held(state: DogboxState) -> BoolArray:
    """Which unknowns stand on a bound that descent points out of, (b, n)."""
    slope = gradient(state)
    held: BoolArray = ((state.x == state.lower) & (slope > 0.0)) | ((state.x == state.upper) & (slope < 0.0))
    return held


def _optimality(state: DogboxState) -> Array:
    return cosine(state, state.fun, (~_held(state)).astype(float))


def _newton(state: DogboxState, free: BoolArray) -> Array:
    """The Gauss-Newton step (b, n) of unknowns that are free."""
    matrix = state.factor * (free / state.scale)[:, None, :]
    everywhere = np.full(len(matrix), np.inf)
    scaled, _ = linalg.trust_region_step(matrix, state.projection, everywhere, _RADIUS_TOLERANCE)
    step: Array = scaled / state.scale
    return step


def _free(state: DogboxState) -> tuple[BoolArray, Array]:
    """Which unknowns move, (b, n), and their Gauss-Newton step, out of no bound that they stand on."""
    free = ~_held(state)
    newton = _newton(state, free)
    for _ in range(free.shape[1] - 1):  # those that stay let others out, so again
        out = ((state.x == state.lower) & (newton < 0.0)) | ((state.x == state.upper) & (newton > 0.0))
        rows = (out & free).any(axis=-1)
        if not rows.any():
            break
        free &= ~out
        newton[rows] = _newton(state.take(rows), free[rows])
    return free, newton


def _dogleg(state: DogboxState, low: Array, high: Array) -> Array:
    """The step (b, n) along the dogleg up to the edge of the box [2]_."""
    free, newton = _free(state)
    downhill = -np.where(free, gradient(state) / state.scale**2, 0.0)
    along = (state.factor * downhill[:, None, :]).sum(axis=-1)
    steepness = (downhill * downhill * state.scale**2).sum(axis=-1)
    curvature = (along * along).sum(axis=-1)
    least = np.divide(steepness, curvature, out=np.zeros_like(steepness), where=curvature > 0.0)
    cauchy = downhill * np.minimum(least, _to_edge(np.zeros_like(low), downhill, low, high))[:, None]

    rest = newton - cauchy
    bent = cauchy + rest * np.minimum(1.0, _to_edge(cauchy, rest, low, high))[:, None]
    fits = np.asarray(((newton >= low) & (newton <= high)).all(axis=-1))
    return np.where(fits[:, None], newton, bent)


def _to_edge(start: Array, direction: Array, low: Array, high: Array) -> Array:
    """Length of ``direction`` at which, from ``start``, the box ends, (b,)."""
    ahead = np.where(direction > 0.0, high - start, low - start)
    lengths = np.divide(ahead, direction, out=np.full_like(ahead, np.inf), where=direction != 0.0)
    shortest: Array = np.maximum(lengths, 0.0).min(axis=-1)
    return shortest


def _ratio(state: DogboxState, trial: DogboxTrial, value: Residuals) -> Array:
    """Actual over predicted reduction; 0 where nothing is predicted."""
    ratio = (state.fun - value.fun) / trial.reduction
    return np.where(trial.reduction > 0.0, ratio, 0.0)


def _radius(state: DogboxState, trial: DogboxTrial, value: Residuals) -> Array:
    """A quarter of a poor step, twice a good one that reached the edge [2]_."""
    ratio = _ratio(state, trial, value)
    grow = (ratio > 0.75) & (trial.length > AT_RADIUS * state.radius)
    return np.where(ratio < BELIEVED, 0.25 * trial.length, np.where(grow, 2.0 * state.radius, state.radius))
