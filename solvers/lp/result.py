"""How every linear program of a batch ended."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from solvers.arrays import Array, BoolArray, IntArray, TextArray
from solvers.status import Status, messages


@dataclass(frozen=True)
class LinprogResult:
    """How every linear program of a batch ended; arrays with leading axis B.

    Rows are the inequalities and, below them, the equations: m = m_ub + m_eq.
    """

    #: (B, n) the answer, or the last iterate; NaN where there is none.
    x: Array
    #: (B,) the objective there.
    fun: Array
    #: (B,) a `Status` each: OPTIMAL, INFEASIBLE and UNBOUNDED only with a certificate that holds.
    status: IntArray
    #: (B,) simplex iterations.
    nit: IntArray
    #: (B,) which method gave the answer; None where there was nothing to try.
    method: TextArray
    #: (B, m) the multipliers of the rows; a Farkas ray where infeasible.
    y: Array
    #: (B, n) the reduced costs c - A'y; where unbounded, a ray along which the objective falls.
    z: Array
    #: (B, m) how far rows are from their bound, the nearer one if there are two; negative: violated.
    row_slack: Array
    #: (B, n + m) where variables and rows are: 0 at the lower bound, 1 basic, 2 at the upper, 3 free at zero.
    basis: NDArray[np.int8]
    #: (B,) largest violation of a constraint, in proportion to the terms that it sums.
    primal_residual: Array
    #: (B,) largest reduced cost of the wrong sign, in proportion to the terms that it sums.
    dual_residual: Array
    #: (B,) largest product of a multiplier and the slack that it should close, in proportion likewise.
    complementarity: Array
    #: (B,) difference of the primal and the dual objective, in proportion to their terms.
    gap: Array
    #: How many of the rows are inequalities; they come first.
    m_ub: int
    #: row -> what was wrong with its data.
    errors: dict[int, str] = field(default_factory=dict)

    @property
    def success(self) -> BoolArray:
        """(B,) whether the answer is optimal, and proven to be."""
        return self.status > 0

    @property
    def message(self) -> list[str]:
        """One sentence a row on why it ended."""
        return messages(self.status, self.errors)

    @property
    def slack(self) -> Array:
        """(B, m_ub) b_ub - A_ub x."""
        return self.row_slack[:, : self.m_ub]

    @property
    def con(self) -> Array:
        """(B, m_eq) b_eq - A_eq x."""
        return self.row_slack[:, self.m_ub :]

    @property
    def ineqlin_marginals(self) -> Array:
        """(B, m_ub) the change of the optimum with b_ub; NaN where there is none."""
        return self._where_finite_optimum(self.y[:, : self.m_ub])

    @property
    def eqlin_marginals(self) -> Array:
        """(B, m_eq) the change of the optimum with b_eq; NaN where there is none."""
        return self._where_finite_optimum(self.y[:, self.m_ub :])

    @property
    def lower_marginals(self) -> Array:
        """(B, n) the change of the optimum with the lower bounds, 0 or more; NaN where there is none."""
        return np.maximum(self._where_finite_optimum(self.z), 0.0)

    @property
    def upper_marginals(self) -> Array:
        """(B, n) the change of the optimum with the upper bounds, 0 or less; NaN where there is none."""
        return np.minimum(self._where_finite_optimum(self.z), 0.0)

    @property
    def farkas(self) -> Array:
        """(B, m) multipliers of the rows that prove there is no feasible point; NaN where there is one."""
        return np.where(self._ended(Status.INFEASIBLE), self.y, np.nan)

    @property
    def ray(self) -> Array:
        """(B, n) a direction in which the objective falls without end; NaN where there is none."""
        return np.where(self._ended(Status.UNBOUNDED), self.z, np.nan)

    def _where_finite_optimum(self, values: Array) -> Array:
        return np.where(self._ended(Status.INFEASIBLE, Status.UNBOUNDED), np.nan, values)

    def _ended(self, *statuses: Status) -> BoolArray:
        """(B, 1) whether problems ended so."""
        return np.isin(self.status, statuses)[:, np.newaxis]
