"""Levenberg-Marquardt in Moré's trust-region form, for unbounded least squares.

Each step minimizes the linear model ``|r + J p|`` within ``|D p| <= radius``, D holding the largest
norm yet of each column of J, so that the method does not see the units of the unknowns [1]_. The
ratio of actual to predicted reduction moves the radius. A step that does not reduce the cost is
tried again shorter in the next tick, without a new Jacobian. The arithmetic is written for one
problem and compiled; a tick is one call for all rows, and `levenberg_marquardt_fused` goes through
the same functions without the loop.

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

import math
from dataclasses import dataclass

import numpy as np

from solvers.arrays import Array, Batch, BoolArray, IntArray
from solvers.evaluation.least_squares import LeastSquares, LinearModel, Residuals
from solvers.kernels.compiling import inlined, kernel
from solvers.linalg.norm import EPS
from solvers.linalg.triangle import step_of_triangle
from solvers.loop import State
from solvers.methods.scaling import Sizes
from solvers.methods.steps import STALLED
from solvers.status import Status

#: Least ratio of actual to predicted reduction of a step that is taken [2]_.
ACCEPT = 1e-4
#: How far the length of a step on the boundary may be off the radius [1]_.
_RADIUS_TOLERANCE = 0.1

_RUNNING, _GRADIENT, _STALLED = int(Status.RUNNING), int(Status.GRADIENT), int(Status.STALLED)
_COST, _STEP, _COST_AND_STEP = int(Status.COST), int(Status.STEP), int(Status.COST_AND_STEP)


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
        _propose(*state.arrays(), *trial.arrays())
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
        status[i] = begin(fun[i], factor[i], projection[i], scale[i], by_columns, gtol)
        radius[i] = first_radius(x[i], scale[i], first)


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
) -> None:
    room = room_for_step(x.shape[1])
    for i in range(len(x)):
        length[i], damping[i], reduction[i], slope[i] = step(
            x[i], factor[i], projection[i], scale[i], radius[i], room, trial[i]
        )


@kernel
def _accept(fun: Array, trial_fun: Array, reduction: Array, accept: BoolArray) -> None:
    for i in range(len(fun)):
        accept[i] = ratio(fun[i] - trial_fun[i], reduction[i]) >= ACCEPT


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
        move(
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


@inlined
def begin(
    fun: float,
    factor: Array,
    projection: Array,
    scale: Array,
    by_columns: bool,
    gtol: float,
) -> int:
    """Fill in the scale (n,) of a problem that enters; its Status."""
    if by_columns:
        scale[:] = 0.0
        grow_scale(scale, factor)
    return _GRADIENT if cosine(factor, projection, fun) <= gtol else _RUNNING


@inlined
def move(
    i: int,
    x: Array,
    fun: Array,
    status: IntArray,
    nit: IntArray,
    factor: Array,
    projection: Array,
    scale: Array,
    radius: Array,
    trial: Array,
    length: float,
    damping: float,
    reduction: float,
    slope: float,
    trial_fun: float,
    accept: bool,
    trial_factor: Array,
    trial_projection: Array,
    by_columns: bool,
    ftol: float,
    xtol: float,
    gtol: float,
) -> None:
    """Let row i of the state take the step or not, and move its radius."""
    before = fun[i]
    radius[i] = next_radius(radius[i], nit[i] == 0, length, damping, reduction, slope, before, trial_fun)
    if accept:
        fun[i], nit[i] = trial_fun, nit[i] + 1
        for j in range(len(trial)):
            x[i, j], projection[i, j] = trial[j], trial_projection[j]
            for k in range(j, len(trial)):
                factor[i, j, k] = trial_factor[j, k]
        if by_columns:
            grow_scale(scale[i], factor[i])
    status[i] = ending(
        x[i],
        fun[i],
        factor[i],
        projection[i],
        scale[i],
        radius[i],
        before - trial_fun,
        before,
        reduction,
        not accept and damping > 0.0,
        ftol,
        xtol,
        gtol,
    )


@kernel
def room_for_step(n: int) -> Array:
    """Room for the work of `step` with n unknowns."""
    return np.empty((3 * n + 3, n))


@inlined
def grow_scale(scale: Array, factor: Array) -> None:
    """Let D (n,) hold the largest norm yet of each column; 1 for an unknown without influence."""
    for j in range(len(scale)):
        square = 0.0
        for k in range(j + 1):
            square += factor[k, j] * factor[k, j]
        scale[j] = max(scale[j], math.sqrt(square))
        if scale[j] == 0.0:
            scale[j] = 1.0


@inlined
def first_radius(x: Array, scale: Array, first: float) -> float:
    """``first |D x|``, or ``first`` at the origin [2]_."""
    length = scaled_length(scale, x)
    return first * length if length > 0.0 else first


@inlined
def scaled_length(scale: Array, x: Array) -> float:
    """``|D x|``."""
    square = 0.0
    for j in range(len(x)):
        square += scale[j] * x[j] * (scale[j] * x[j])
    return math.sqrt(square)


@inlined
def step(
    x: Array, factor: Array, projection: Array, scale: Array, radius: float, room: Array, trial: Array
) -> tuple[float, float, float, float]:
    """Minimize the linear model within the radius; length, damping, predicted reduction, slope."""
    n = len(x)
    scaled, p, inner = room[:n], room[n], room[n + 1 :]  # R D^-1; D p, then p
    for j in range(n):
        for i in range(n):
            scaled[i, j] = factor[i, j] / scale[j]
    damping = step_of_triangle(scaled, projection, radius, _RADIUS_TOLERANCE, inner, p)
    square = 0.0
    for j in range(n):
        square += p[j] * p[j]
        p[j] /= scale[j]
        trial[j] = x[j] + p[j]
    slope = change = 0.0  # z'R p and |R p|^2
    for i in range(n):
        along = 0.0
        for j in range(i, n):
            along += factor[i, j] * p[j]
        slope += along * projection[i]
        change += along * along
    return math.sqrt(square), damping, -(slope + 0.5 * change), slope


@inlined
def ratio(actual: float, reduction: float) -> float:
    """Actual over predicted reduction; 0 where nothing is predicted, -inf where undefined."""
    return actual / reduction if reduction > 0.0 else 0.0


@inlined
def next_radius(
    radius: float,
    is_first: bool,
    length: float,
    damping: float,
    reduction: float,
    slope: float,
    fun: float,
    trial_fun: float,
) -> float:
    """Shorten after a poor step by the minimum of a parabola, double after a good one [1]_."""
    actual = fun - trial_fun
    gain = ratio(actual, reduction)
    if is_first:
        radius = min(radius, length)
    if gain <= 0.25:
        shrink = 0.1
        if actual >= 0.0:
            shrink = 0.5
        elif trial_fun < 100.0 * fun:
            shrink = max(0.1, 0.5 * slope / (slope + actual))
        return shrink * min(radius, 10.0 * length)
    if gain >= 0.75 or damping == 0.0:
        return 2.0 * length
    return radius


@inlined
def cosine(factor: Array, projection: Array, fun: float) -> float:
    """Largest cosine of the angle between the residuals and a column of the Jacobian."""
    largest = 0.0
    for j in range(len(projection)):
        slope = square = 0.0
        for k in range(j + 1):
            slope += factor[k, j] * projection[k]
            square += factor[k, j] * factor[k, j]
        scale = math.sqrt(square) * math.sqrt(2.0 * fun)
        if scale > 0.0:
            largest = max(largest, abs(slope) / scale)
    return largest


@inlined
def is_far(x: Array, factor: Array, way: float, xtol: float) -> bool:
    """Whether moving one unknown by ``way``, in the units of the residuals, changes what x is.

    D remembers how steep the cost was; where it no longer is, ``xtol |D x|`` may be any distance.
    """
    square = 0.0
    for j in range(len(x)):
        for k in range(j + 1):
            square += factor[k, j] * x[j] * (factor[k, j] * x[j])
    return way * way > xtol * square


@inlined
def ending(
    x: Array,
    fun: float,
    factor: Array,
    projection: Array,
    scale: Array,
    radius: float,
    actual: float,
    before: float,
    reduction: float,
    shortened: bool,
    ftol: float,
    xtol: float,
    gtol: float,
) -> int:
    """Moré's three tests, on the same numbers as MINPACK's; a Status."""
    same = abs(actual) <= ftol * before and reduction <= ftol * before and ratio(actual, reduction) <= 2.0
    cost = same or fun == 0.0
    short = radius <= xtol * scaled_length(scale, x)
    angle = cosine(factor, projection, fun)
    if short and angle > STALLED:
        if shortened:
            return _STALLED
        short = not is_far(x, factor, angle * math.sqrt(2.0 * fun), xtol)
    if cost:
        return _COST_AND_STEP if short else _COST
    if short:
        return _STEP
    return _GRADIENT if angle <= gtol else _RUNNING
