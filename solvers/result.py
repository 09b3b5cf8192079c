"""What the solvers return: one struct of arrays for a batch, SciPy's shape for one problem."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from solvers.arrays import Array, BoolArray, IntArray, TextArray
from solvers.intervals import Intervals
from solvers.status import messages


class OptimizeWarning(UserWarning):
    """An answer with a reservation, where SciPy gives the warning of this name."""


class OptimizeResult(dict[str, Any]):
    """The result of one problem: a dictionary whose items are attributes too, as SciPy's."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError as missing:
            raise AttributeError(name) from missing

    def __dir__(self) -> list[str]:
        return list(self)


@dataclass(frozen=True)
class FitResult:
    """How every least-squares problem of a batch ended; arrays with leading axis B."""

    #: (B, n) the answer, or the last iterate of a problem that did not converge; NaN where there is none.
    x: Array
    #: (B,) half the sum of squared residuals there.
    cost: Array
    #: (B,) a `Status` each: positive when a convergence test held.
    status: IntArray
    #: (B,) accepted steps.
    nit: IntArray
    #: (B,) evaluations of the residuals, those for finite differences not counted.
    nfev: IntArray
    #: (B,) evaluations of the Jacobian.
    njev: IntArray
    #: (B,) largest cosine of the angle between the residuals and a column of the Jacobian, free of
    #: units: 0 at a solution.
    optimality: Array
    #: (B, n) -1 at the lower bound, 1 at the upper, 0 between.
    active_mask: IntArray
    #: (B, n, n) covariance of the answer; NaN where it is unknown.
    covariance: Array
    #: (B,) condition number of the Jacobian, columns scaled to length 1; infinite when rank deficient.
    condition_number: Array
    #: (B,) which method gave the answer; None where there was nothing to try.
    method: TextArray
    #: (B,) what a second chance used, such as "lm with factor 0.1"; None where none was needed or helped.
    rescued_by: TextArray
    #: (N,) residuals at the answer, problem after problem.
    residuals: Array
    #: (B+1,) where each problem's residuals start.
    offsets: IntArray
    #: row -> what was wrong with its data, or what its function raised.
    errors: dict[int, str] = field(default_factory=dict)
    #: Which columns of x were not fitted: fixed, or tied to others.
    held: tuple[int, ...] = ()
    #: What was minimized: ``least_squares``, or ``poisson``, half the deviance.
    estimator: str = "least_squares"
    #: Confidence intervals (B, n), where they were asked for.
    intervals: Intervals | None = None
    #: (B,) of several starts, how many converged to the answer.
    basin_count: IntArray | None = None

    @property
    def success(self) -> BoolArray:
        """(B,) whether a convergence test held."""
        return self.status > 0

    @property
    def unknowns(self) -> int:
        """How many parameters were fitted."""
        return int(self.x.shape[1]) - len(self.held)

    @property
    def stderr(self) -> Array:
        """(B, n) standard errors; NaN where unknown."""
        return np.sqrt(np.diagonal(self.covariance, axis1=1, axis2=2))

    @property
    def message(self) -> list[str]:
        """One sentence a row on why it ended."""
        return messages(self.status, self.errors)
