"""Trust region reflective: least squares with bounds, by steps that stay strictly inside them.

The first-order conditions with bounds are ``v * g = 0``, where v is the distance to the bound that
the descent direction points at and 1 where there is none. A Newton step on them solves, in the
variables ``D^-1 x`` with ``D = sqrt(v) / scale``, the linear model extended by a diagonal row block
``C = sqrt(|g| v' / scale)``, within a trust region [1]_. When the step would leave the bounds, the best of
three candidates is taken: the step cut at the bound, the step reflected there, and the constrained
gradient step [2]_. Each is stopped a little short of its bound, by ``theta``.

Differences from SciPy's ``trf``: the gradient test is free of units (the largest cosine between
residuals and a column of the Jacobian, each column's share reduced as it nears the bound), the
unknowns are by default scaled by the columns of the Jacobian, a rejected step is another tick, and steps
that get short where the model promises more are no answer (`verdicts`).

References
----------
.. [1] M. Branch, T. Coleman, Y. Li, SIAM J. Sci. Comput. 21 (1999) 1-23.
.. [2] Ibid., section 5; the choice among candidates as described in SciPy's ``least_squares``.
"""

from dataclasses import dataclass, replace

import numpy as np

from solvers import linalg
from solvers.arrays import Array, BoolArray
from solvers.evaluation.least_squares import LeastSquares, LinearModel, Residuals
from solvers.loop import State
from solvers.methods.scaling import Sizes, first_scale, follow, next_scale
from solvers.methods.steps import column_norms, cosine, gradient, model_reduction, norm
from solvers.methods.verdicts import AT_RADIUS, BELIEVED, verdict
from solvers.status import Status

#: Steps stop at least this fraction of the way to a bound [1]_.
_THETA = 0.995
#: A start on its bound is moved inside by this much, relative to the bound's size.
_INSIDE = 1e-10
#: How far the length of a step on the boundary may be off the radius.
_RADIUS_TOLERANCE = 0.01


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
class TRFTrial:
    """A step and what the model says of it."""

    x: Array  # (b, n) strictly inside the bounds
    step: Array  # (b, n)
    length: Array  # (b,) of the step in the scaled unknowns
    reduction: Array  # (b,) predicted reduction of the cost, with the term C
    extra: Array  # (b,) the part of it that C takes off


@dataclass(frozen=True)
class _Model:
    """The extended model in the scaled unknowns ``s = p / d``."""

    matrix: Array  # (b, 2n, n) [R D; C]
    target: Array  # (b, 2n) [z; 0]
    d: Array  # (b, n)

    def reduction(self, scaled: Array) -> Array:
        """What a scaled step takes off the cost, (b,)."""
        return model_reduction(self.matrix, self.target, scaled)[0]

    def best_along(self, start: Array, direction: Array, shortest: Array, longest: Array) -> Array:
        """How far from ``start`` along ``direction``, between two lengths, the model is least, (b,)."""
        at_start = (self.matrix * start[:, None, :]).sum(axis=-1) + self.target
        along = (self.matrix * direction[:, None, :]).sum(axis=-1)
        slope, curvature = (along * at_start).sum(axis=-1), (along * along).sum(axis=-1)
        least = np.where(curvature > 0.0, -slope / curvature, np.inf)
        return np.clip(least, shortest, np.maximum(shortest, longest))


@dataclass(frozen=True)
class TrustRegionReflective:
    """Options of `trf`."""

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

    def init(self, problems: LeastSquares, x: Array, value: Residuals, model: LinearModel) -> TRFState:
        """Take the start, which `inside` has moved off its bounds."""
        scale = first_scale(model.factor, self.x_scale)
        state = TRFState(
            x=x,
            fun=value.fun,
            status=np.zeros(len(x), dtype=np.int64),
            nit=np.zeros(len(x), dtype=np.int64),
            factor=model.factor,
            projection=model.projection,
            scale=scale,
            radius=np.ones(len(x)),
            unit=np.where(value.fun > 0.0, np.sqrt(2.0 * value.fun), 1.0),
            lower=problems.lower,
            upper=problems.upper,
        )
        distance, _ = _distance(state)
        length = norm(x * scale / np.sqrt(distance))
        flat = _optimality(state) <= max(self.gtol, linalg.EPS)
        return replace(
            state,
            radius=np.where(np.isfinite(length) & (length > 0.0), length, 1.0),
            status=np.where(flat, Status.GRADIENT, Status.RUNNING),
        )

    def propose(self, state: TRFState) -> TRFTrial:
        """Minimize the extended model within radius and bounds."""
        model = _extended(state)
        scaled, _ = linalg.trust_region_step(model.matrix, model.target, state.radius, _RADIUS_TOLERANCE)
        scaled *= np.fmin(1.0, state.radius / norm(scaled))[:, None]  # it may be a little too long
        leaves = ((state.x + scaled * model.d) < state.lower) | ((state.x + scaled * model.d) > state.upper)
        cut = np.asarray(leaves.any(axis=-1))
        if cut.any():
            scaled[cut] = _constrained_step(
                state.take(cut), _Model(model.matrix[cut], model.target[cut], model.d[cut]), scaled[cut]
            )
        step = scaled * model.d
        x = np.clip(state.x + step, np.nextafter(state.lower, np.inf), np.nextafter(state.upper, -np.inf))
        n = scaled.shape[1]
        extra = 0.5 * ((model.matrix[:, n:] * scaled[:, None, :]).sum(axis=-1) ** 2).sum(axis=-1)
        return TRFTrial(x, step, norm(scaled), model.reduction(scaled), extra)

    def wants(self, state: TRFState, trial: TRFTrial, value: Residuals) -> BoolArray:  # noqa: ARG002 - interface
        """Derivatives are needed where the step is taken."""
        return np.asarray(value.fun < state.fun)

    def update(
        self, state: TRFState, trial: TRFTrial, value: Residuals, accept: BoolArray, model: LinearModel
    ) -> TRFState:
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
        ratio, always = _ratio(state, trial, value), np.ones(len(accept), dtype=bool)
        angle = _optimality(proposed)
        return replace(
            proposed, status=verdict(self, state, proposed, trial, value.fun, ratio, angle, always)
        )


def inside(x: Array, lower: Array, upper: Array) -> Array:
    """Move what stands on a bound, or closer to it than rounding allows, strictly between the bounds."""
    with np.errstate(invalid="ignore"):  # infinite bounds
        low = np.where(np.isfinite(lower), lower + _INSIDE * np.maximum(1.0, np.abs(lower)), lower)
        high = np.where(np.isfinite(upper), upper - _INSIDE * np.maximum(1.0, np.abs(upper)), upper)
        middle = 0.5 * (lower + upper)
    moved = np.minimum(np.maximum(x, low), high)
    return np.where((moved <= lower) | (moved >= upper), middle, moved)


def _distance(state: TRFState) -> tuple[Array, Array]:
    """v, the distance to the bound that descent points at, and how it changes with x (-1, 0, 1) [1]_."""
    slope = gradient(state)
    to_upper = (slope < 0.0) & np.isfinite(state.upper)
    to_lower = (slope > 0.0) & np.isfinite(state.lower)
    distance = np.where(to_upper, state.upper - state.x, np.where(to_lower, state.x - state.lower, 1.0))
    # In the units of the scaled unknowns, the residuals'; as a share of those at the start it compares
    # with the 1 that stands where there is no bound, whatever the units of the data.
    distance = np.where(to_upper | to_lower, distance * state.scale / state.unit[:, None], 1.0)
    return distance, np.where(to_upper, -1.0, np.where(to_lower, 1.0, 0.0))


def _optimality(state: TRFState) -> Array:
    """The largest cosine, a column counting less once its bound is nearer than the residuals are long."""
    distance, change = _distance(state)
    columns = np.fmax(state.scale, column_norms(state.factor)) / state.scale  # 1 unless x_scale is given
    nearness = np.fmin(1.0, distance * columns * (state.unit / np.sqrt(2.0 * state.fun))[:, None])
    return cosine(state, state.fun, np.where(change != 0.0, nearness, 1.0))


def _extended(state: TRFState) -> _Model:
    """[R D; C] and [z; 0], with D and C of the module's docstring."""
    distance, change = _distance(state)
    d = np.sqrt(distance) / state.scale
    c = np.sqrt(np.maximum(0.0, gradient(state) * change / (state.scale * state.unit[:, None])))
    n = c.shape[1]
    matrix = np.concatenate([state.factor * d[:, None, :], c[:, :, None] * np.eye(n)], axis=1)
    return _Model(matrix, np.concatenate([state.projection, np.zeros_like(c)], axis=1), d)


def _to_bound(state: TRFState, x: Array, direction: Array) -> tuple[Array, BoolArray]:
    """Length of ``direction`` at which the first bound is met, (b,), and which unknowns meet it, (b, n)."""
    ahead = np.where(direction > 0.0, state.upper - x, state.lower - x) / direction
    ahead = np.where(direction == 0.0, np.inf, np.maximum(ahead, 0.0))
    first = ahead.min(axis=-1)
    return first, ahead == first[:, None]


def _to_radius(scaled: Array, direction: Array, radius: Array) -> Array:
    """Length of ``direction`` at which, from ``scaled``, the trust region ends, (b,)."""
    a = (direction * direction).sum(axis=-1)
    b = (scaled * direction).sum(axis=-1)
    c = np.minimum(0.0, (scaled * scaled).sum(axis=-1) - radius * radius)
    root = np.sqrt(b * b - a * c)
    far = np.where(b > 0.0, -c / (b + root), (root - b) / a)  # the stable one of the two formulas
    return np.where(a > 0.0, far, 0.0)


def _constrained_step(state: TRFState, model: _Model, scaled: Array) -> Array:
    """The best of: cut at the bound, reflected there, and along the gradient [2]_; (b, n)."""
    slope = (model.matrix * model.target[:, :, None]).sum(axis=-2)  # gradient in the scaled unknowns
    theta = np.maximum(_THETA, 1.0 - _optimality(state))  # approaches 1 at the solution [1]_
    fraction, hits = _to_bound(state, state.x, scaled * model.d)
    at_bound = scaled * fraction[:, None]
    cut = at_bound * theta[:, None]

    reflected = np.where(hits, -scaled, scaled)
    on_bound = np.clip(state.x + at_bound * model.d, state.lower, state.upper)
    room = np.minimum(
        _to_radius(at_bound, reflected, state.radius), _to_bound(state, on_bound, reflected * model.d)[0]
    )
    shortest = np.where(room > 0.0, (1.0 - theta) * fraction / np.where(room > 0.0, room, 1.0), 0.0)
    longest = np.where(room > 0.0, theta * room, -1.0)
    length = model.best_along(at_bound, reflected, shortest, longest)
    reflection = at_bound + reflected * length[:, None]
    possible = shortest <= longest

    downhill = -slope
    steep = norm(downhill)
    room = np.minimum(
        np.divide(state.radius, steep, out=np.zeros_like(steep), where=steep > 0.0),
        theta * _to_bound(state, state.x, downhill * model.d)[0],
    )
    along = model.best_along(np.zeros_like(scaled), downhill, np.zeros_like(room), room)
    steepest = downhill * along[:, None]

    best, gain = cut, model.reduction(cut)
    for candidate, allowed in ((reflection, possible), (steepest, np.ones_like(possible))):
        gained = np.where(allowed, model.reduction(candidate), -np.inf)
        best = np.where((gained > gain)[:, None], candidate, best)
        gain = np.fmax(gain, gained)
    return best


def _ratio(state: TRFState, trial: TRFTrial, value: Residuals) -> Array:
    """Actual over predicted reduction, the term C counted in both; 0 where nothing is predicted."""
    ratio = (state.fun - value.fun - trial.extra) / trial.reduction
    return np.where(trial.reduction > 0.0, ratio, 0.0)


def _radius(state: TRFState, trial: TRFTrial, value: Residuals) -> Array:
    """A quarter of a poor step, twice a good one that reached the boundary."""
    ratio = _ratio(state, trial, value)
    grow = (ratio > 0.75) & (trial.length > AT_RADIUS * state.radius)
    return np.where(ratio < BELIEVED, 0.25 * trial.length, np.where(grow, 2.0 * state.radius, state.radius))
