"""A batch of curves to fit: what fits any of their parameters, the others being held."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from solvers.api.check_derivatives import compare
from solvers.api.climb import Problems, climb, explore
from solvers.api.curve_data import CurveData
from solvers.api.curve_model import CurveModel
from solvers.api.fitting import Options, known_covariance, solve
from solvers.api.held import with_held
from solvers.api.rescue import Rescue
from solvers.api.uncertainty import Uncertainty
from solvers.arrays import Array, IntArray, picked
from solvers.evaluation.curves import CurveResiduals
from solvers.evaluation.differences import Differenced, Scheme
from solvers.evaluation.functions import CurveFunction
from solvers.evaluation.least_squares import ResidualFunction
from solvers.evaluation.poisson import DevianceResiduals
from solvers.evaluation.tied import Ties, tie
from solvers.methods.scaling import Sizes
from solvers.result import FitResult
from solvers.status import Status

_NOT_POSITIVE = (
    "The model or its derivatives are not finite at the start, or it is not positive, as the expectation of "
    "counts must be: start, or bound, it where it is."
)


@dataclass(frozen=True)
class Chances:
    """What more there is than one attempt a row."""

    starts: int  # of every row
    rescue: Rescue | None  # of those that do not converge
    seeds: Callable[[IntArray], Iterable[int]]  # rows -> what their further starts are drawn from
    bounded: bool


@dataclass(frozen=True)
class CurveProblems:
    """B curves with all that was said of them; bounds, sizes and steps are those of all n parameters."""

    model: CurveModel
    ties: Ties
    data: CurveData
    lower: Array  # (B, n)
    upper: Array  # (B, n)
    options: Options
    sizes: Sizes
    scheme: Scheme
    relative: Array | None  # (n,)
    uncertainty: Uncertainty

    def fit(
        self,
        rows: IntArray,
        values: Array,
        free: IntArray,
        budget: int | None = None,
        chances: Chances | None = None,
    ) -> FitResult:
        """Fit the parameters ``free`` of problems ``rows (R,)`` from ``values (R, n)``, holding the others.

        ``budget`` is the number of evaluations, if not the usual one.
        """
        sizes = None if self.sizes is None else tuple(self.sizes[j] for j in free)
        options = replace(self.options, max_nfev=budget or self.options.max_nfev, x_scale=sizes)
        function = self._residual_function(rows, values, free)
        start, bounds = picked(values, free, axis=1), self._bounds(rows, free)
        fitted, _ = solve(function, start, *bounds, options)
        if chances is not None:
            problems = Problems(function, start, *bounds, lambda some: chances.seeds(rows[some]))
            if chances.starts > 1:
                fitted = explore(fitted, problems, options, chances.starts)
            if chances.rescue is not None:
                climb(fitted, problems, options, chances.rescue, bounded=chances.bounded)
        if isinstance(function, DevianceResiduals):
            covariance, condition = function.covariance(fitted.x)
            undefined = np.flatnonzero(fitted.status == Status.NON_FINITE).tolist()
            errors = dict.fromkeys(undefined, _NOT_POSITIVE) | fitted.errors
            fitted = replace(fitted, covariance=covariance, condition_number=condition, errors=errors)
        fitted = replace(fitted, estimator=self.uncertainty.estimator)
        scheme = None if self.model.exact else self.scheme
        fitted = known_covariance(fitted, scheme, self.uncertainty.variance(fitted))
        return with_held(fitted, values, free, self.ties)

    def check_jac(self, rows: IntArray, values: Array) -> None:
        """Raise ValueError if the user's jac is not the derivative of f for these parameters (R, n)."""
        if not (isinstance(self.model.curve, CurveFunction) and self.model.exact):
            raise ValueError("check_jac=True has nothing to check: give a function f and a callable jac")
        data, params = self.data.take(rows), self.ties.values(values)
        curve = self.model.curve.checked(data.x, params, data.offsets)
        check = compare(curve, self.model.parameters, data.x, params, data.offsets)
        if not check.ok:
            problem = int(np.searchsorted(data.offsets, check.worst[0], side="right")) - 1
            raise ValueError(f"{check.message}, for the parameters {params[problem].tolist()}")

    def _bounds(self, rows: IntArray, free: IntArray) -> tuple[Array, Array]:
        """Lower and upper bounds, (R, free)."""
        return picked(picked(self.lower, rows), free, axis=1), picked(picked(self.upper, rows), free, axis=1)

    def _residual_function(self, rows: IntArray, values: Array, free: IntArray) -> ResidualFunction:
        """Residuals of the free parameters, with exact derivatives or differences."""
        data, curve = self.data.take(rows), self.model.curve
        if isinstance(curve, CurveFunction):
            curve = curve.checked(data.x, self.ties.values(values), data.offsets)
        counts = self.uncertainty.poisson
        y = np.zeros_like(data.y) if counts else data.y  # of counts, the expectations are wanted
        function: ResidualFunction = CurveResiduals(
            tie(curve, self.ties), data.x, y, data.sigma, data.offsets, values, free
        )
        if not self.model.exact:
            relative = None if self.relative is None else self.relative[free]
            start, bounds = picked(values, free, axis=1), self._bounds(rows, free)
            function = Differenced(function, self.scheme, start, *bounds, relative)
        return DevianceResiduals(function, data.y) if counts else function
