"""What `curve_fit` and `least_squares` share, for one problem and for many: from residuals to a result."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from solvers import linalg, loop
from solvers.api.choice import able, has_bounds
from solvers.arrays import Array, IntArray
from solvers.evaluation.differences import PRECISION, SCHEMES, Scheme
from solvers.evaluation.fused import fused
from solvers.evaluation.least_squares import LeastSquares, Memory, ResidualFunction
from solvers.evaluation.losses import Loss, RobustLeastSquares
from solvers.memory import keep_freed
from solvers.methods import (
    LEAST_SQUARES,
    levenberg_marquardt_fused,
    trust_region_reflective_fused,
)
from solvers.methods.levenberg_marquardt import LevenbergMarquardt
from solvers.methods.optimality import optimality
from solvers.methods.scaling import Sizes
from solvers.methods.steps import column_norms
from solvers.methods.trust_region_reflective import TrustRegionReflective, inside
from solvers.ragged import expand, offsets_from
from solvers.result import FitResult
from solvers.status import Status

#: Share of a Jacobian's smallest singular value that may be error if the covariance is to be believed.
_LOST = 0.1
#: An unknown is at its bound when it is this near, relative to the bound's size (at least 1).
AT_BOUND = 1e-6
#: Change of the residuals, relative to their norm, that tells a point from the bound.
_FELT = 1e-4


@dataclass(frozen=True)
class Options:
    """What a least-squares solver can be told, validated."""

    method: str
    ftol: float = 1e-10
    xtol: float = 1e-10
    gtol: float = 1e-10
    #: Evaluations a problem, those for finite differences not counted; None: 100 (n + 1).
    max_nfev: int | None = None
    #: Size of each unknown, or None: by the columns of the Jacobian.
    x_scale: Sizes = None
    #: What stands for the square of residuals, or None.
    loss: Loss | None = None
    #: Initial radius of `lm`, or None: its own.
    factor: float | None = None

    def __post_init__(self) -> None:
        if self.method not in LEAST_SQUARES:
            raise ValueError(f"method must be one of {', '.join(LEAST_SQUARES)}, got {self.method!r}")
        if self.loss is not None and not LEAST_SQUARES[self.method].losses:
            raise ValueError(
                f"method={self.method!r} supports only 'linear' loss function; "
                f"use one that does others: {able('losses')}"
            )
        for name in ("ftol", "xtol", "gtol"):
            tolerance = getattr(self, name)
            if tolerance is None:  # SciPy's way to switch a test off; rounding level remains
                object.__setattr__(self, name, 0.0)
            elif not tolerance >= 0.0:
                raise ValueError(f"{name} must be 0 or more, got {tolerance!r}")
        if self.max_nfev is not None and self.max_nfev < 1:
            raise ValueError(f"max_nfev must be None or at least 1, got {self.max_nfev!r}")

    def solver(self) -> Any:
        """The method with its options."""
        given = {"ftol": self.ftol, "xtol": self.xtol, "gtol": self.gtol, "x_scale": self.x_scale}
        if self.factor is not None:
            given["factor"] = self.factor
        if self.loss is not None:
            given["follows"] = True
        return LEAST_SQUARES[self.method].method(**given)


def unknown_sizes(x_scale: Any, n: int) -> Sizes:
    """SciPy's forms of x_scale; None, like ``"jac"``, stands for the columns of the Jacobian."""
    if x_scale is None or (isinstance(x_scale, str) and x_scale == "jac"):
        return None
    try:
        sizes = np.broadcast_to(np.asarray(x_scale), (n,))
        if sizes.dtype.kind in "iuf" and (np.isfinite(sizes) & (sizes > 0)).all():
            return tuple(float(size) for size in sizes)
    except ValueError:
        pass  # a wrong shape is refused like a wrong value
    raise ValueError(f"`x_scale` must be 'jac' or positive numbers, one or {n}; got {x_scale!r}")


def relative_steps(diff_step: Any, n: int) -> Array | None:
    """SciPy's forms of diff_step: None, a number or (n,)."""
    if diff_step is None:
        return None
    try:
        steps: Array = np.abs(np.broadcast_to(np.asarray(diff_step, dtype=float), (n,)))
    except (TypeError, ValueError):
        raise ValueError(f"`diff_step` must be a number or have shape ({n},), got {diff_step!r}") from None
    return steps


def broadcast_bounds(bounds: Any, size: int, n: int) -> tuple[Array, Array]:
    """SciPy's forms of bounds, and those with a leading axis B, as two arrays (B, n)."""
    if hasattr(bounds, "lb") and hasattr(bounds, "ub"):
        bounds = (bounds.lb, bounds.ub)
    try:
        lower, upper = (np.asarray(side, dtype=float) for side in bounds)
        if any(side.shape not in ((), (n,), (size, n)) for side in (lower, upper)):
            raise ValueError(f"got shapes {lower.shape} and {upper.shape}")
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"bounds must be a pair (lower, upper), each a number, ({n},) or ({size}, {n}): {error}"
        ) from None
    return np.full((size, n), lower), np.full((size, n), upper)


def are_per_problem(bounds: Any) -> bool:
    """Whether bounds that `broadcast_bounds` has accepted have a leading axis B."""
    sides = (bounds.lb, bounds.ub) if hasattr(bounds, "lb") else bounds
    return any(np.ndim(side) == 2 for side in sides)


def broadcast_start(x0: ArrayLike, size: int, n: int | None) -> Array:
    """A start for all (n,) or a start each (B, n), as (B, n)."""
    start = np.asarray(x0, dtype=float)
    n = start.shape[-1] if n is None and start.ndim else n
    if n is None or start.ndim > 2 or start.shape not in ((n,), (size, n)):
        raise ValueError(f"the start must be ({n},) or ({size}, {n}), got shape {start.shape}")
    return np.broadcast_to(start, (size, n)).copy()


def check_feasible(start: Array, lower: Array, upper: Array) -> None:
    """SciPy's refusals for one problem."""
    if not (lower < upper).all():
        raise ValueError("Each lower bound must be strictly less than each upper bound.")
    if not ((start >= lower) & (start <= upper)).all():
        raise ValueError(f"Initial guess is outside of provided bounds: got {start} for {lower} to {upper}")


def derivative_scheme(jac: Any) -> tuple[Callable[..., Any] | None, Scheme]:
    """A user's jac: its callable, or else the scheme of differences."""
    if callable(jac):
        return jac, "2-point"
    if jac is None:
        return None, "2-point"
    for scheme in SCHEMES:
        if jac == scheme:
            return None, scheme
    raise ValueError(f"jac must be a callable or one of {', '.join(SCHEMES)}, got {jac!r}")


def solve(
    function: ResidualFunction,
    x0: Array,
    lower: Array,
    upper: Array,
    options: Options,
    *,
    absolute_sigma: bool = True,
    remember_jacobian: bool = False,
    watch: Callable[[Any], Any] = lambda method: method,
) -> tuple[FitResult, Memory]:
    """Run a method on problems that are in order, B at least 1, and say what is known of the answers."""
    keep_freed()
    n = x0.shape[1]
    # In one layout: kernels are compiled for each, and may round differently.
    x0, lower, upper = (np.ascontiguousarray(array) for array in (x0, lower, upper))
    start = inside(x0, lower, upper) if LEAST_SQUARES[options.method].interior else x0
    max_nfev = 100 * (n + 1) if options.max_nfev is None else options.max_nfev
    solver = watch(options.solver())
    kernel = None if options.loss or remember_jacobian else fused(function, lower, upper)
    if kernel is not None:
        outcome = _runner(solver)(solver, kernel, start, max_nfev)
        memory = Memory(kernel.residuals(outcome.state.x), function.offsets)
    else:
        total = int(function.offsets[-1])
        jacobian = np.full((n, total), np.nan) if remember_jacobian else None
        memory = Memory(np.full(total, np.nan), function.offsets, jacobian)
        parts = (function, lower, upper, memory, np.arange(len(x0)))
        problems = LeastSquares(*parts) if options.loss is None else RobustLeastSquares(*parts, options.loss)
        outcome = loop.run(solver, problems, start, max_nfev)
    state = outcome.state
    points = np.diff(function.offsets)
    covariance, condition = _covariance(state.factor, state.fun, points, absolute_sigma)
    active = active_bounds(state, lower, upper)
    return FitResult(
        x=state.x,
        cost=state.fun,
        status=state.status,
        nit=state.nit,
        nfev=outcome.nfev,
        njev=outcome.njev,
        optimality=optimality(state, state.factor, state.projection, lower, upper),
        active_mask=active,
        covariance=covariance,
        condition_number=condition,
        method=np.full(len(x0), options.method, dtype=object),
        rescued_by=np.full(len(x0), None, dtype=object),
        residuals=memory.residuals,
        offsets=function.offsets,
        errors=outcome.errors,
    ), memory


def _runner(method: Any) -> Callable[[Any, Any, Array, int], loop.Outcome]:
    """What runs a method on compiled curves: itself from start to end where it can, else the loop."""
    if isinstance(method, LevenbergMarquardt):
        return levenberg_marquardt_fused.run
    if isinstance(method, TrustRegionReflective):
        return trust_region_reflective_fused.run
    return loop.run


def active_bounds(state: Any, lower: Array, upper: Array) -> IntArray:
    """-1 where an unknown is at its lower bound, 1 at its upper, 0 between; (B, n).

    An unknown may be small in its units, a concentration in mol/l say. So near is not at the bound
    if the residuals would feel the way there.
    """
    if not has_bounds(lower, upper):
        return np.zeros(state.x.shape, dtype=np.int64)
    below, above = state.x - lower, upper - state.x
    with np.errstate(all="ignore"):
        felt = _FELT * np.sqrt(2.0 * state.fun)[:, None] / column_norms(state.factor)
        at_lower = (below <= AT_BOUND * np.maximum(1.0, np.abs(lower))) & ~(below > felt)
        at_upper = (above <= AT_BOUND * np.maximum(1.0, np.abs(upper))) & ~(above > felt)
    nearer_upper = at_upper & ~(at_lower & (below <= above))
    active = np.where(nearer_upper, 1, np.where(at_lower, -1, 0))
    return active.astype(np.int64)


def _covariance(factor: Array, cost: Array, points: IntArray, absolute: bool) -> tuple[Array, Array]:
    """``inv(J'J)``, times the residual variance ``2 cost / (m - n)`` unless sigma is absolute."""
    covariance, condition = linalg.inverse_of_normal(factor)
    if not absolute:
        freedom = points - factor.shape[1]
        with np.errstate(divide="ignore", invalid="ignore"):
            variance = np.where(freedom > 0, 2.0 * cost / freedom, np.nan)
        covariance = covariance * variance[:, None, None]
    return covariance, condition


def known_covariance(fit: FitResult, scheme: Scheme | None, variance: Array | float = 1.0) -> FitResult:
    """The result with a covariance only where there is one, times the variance (B,) of the residuals.

    ``scheme`` is that of its derivatives, None if exact. The covariance is that of a quadratic model at a
    minimum inside the bounds. So it is unknown where a problem did not converge; where an unknown is at its
    bound, which cuts its distribution and those of what goes with it; where the Jacobian, for all that its
    precision shows, is rank deficient; and, unless sigma is absolute, where no degree of freedom is left or
    the fit is exact: nothing shows how large errors are.
    """
    covariance = fit.covariance * np.reshape(variance, (-1, 1, 1))
    squares = np.diagonal(covariance, axis1=1, axis2=2)
    inside = (fit.active_mask == 0).all(axis=1)
    finite = ((squares > 0.0) & (squares < np.inf)).all(axis=1)  # what is beside them is smaller
    full_rank = fit.condition_number * PRECISION[scheme] < _LOST
    covariance[~(fit.success & inside & full_rank & finite)] = np.nan
    return replace(fit, covariance=covariance)


def fill_in(part: FitResult, rows: IntArray, points: IntArray, bad: dict[int, str]) -> FitResult:
    """The result of all problems when only ``rows`` could be tried and the others have bad input."""
    if len(rows) == len(points):
        return part
    offsets = offsets_from(points)
    tried = np.zeros(len(points), dtype=bool)
    tried[rows] = True
    full: dict[str, Any] = {}
    for name in (f.name for f in fields(part)):
        values = getattr(part, name)
        if values is not None and name not in (
            "residuals",
            "offsets",
            "errors",
            "held",
            "estimator",
            "intervals",
        ):
            blank = {"f": np.nan, "i": 0, "O": None}[values.dtype.kind]
            full[name] = np.full((len(points), *values.shape[1:]), blank, dtype=values.dtype)
            full[name][rows] = values
    full["status"][~tried] = Status.BAD_INPUT
    full["residuals"] = np.full(int(offsets[-1]), np.nan)
    full["residuals"][expand(tried, offsets)] = part.residuals
    errors = {int(rows[row]): text for row, text in part.errors.items()} | bad
    intervals = None if part.intervals is None else part.intervals.spread(tried)
    return FitResult(
        **full,
        offsets=offsets,
        errors=errors,
        held=part.held,
        estimator=part.estimator,
        intervals=intervals,
    )


def nothing(n: int) -> FitResult:
    """The result of no problems."""
    none, whole, text = np.empty(0), np.empty(0, dtype=np.int64), np.empty(0, dtype=object)
    return FitResult(
        x=np.empty((0, n)),
        cost=none,
        status=whole,
        nit=whole,
        nfev=whole,
        njev=whole,
        optimality=none,
        active_mask=np.empty((0, n), dtype=np.int64),
        covariance=np.empty((0, n, n)),
        condition_number=none,
        method=text,
        rescued_by=text,
        residuals=none,
        offsets=np.zeros(1, dtype=np.int64),
    )
