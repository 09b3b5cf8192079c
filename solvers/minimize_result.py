"""What batches of minimizations return."""

from dataclasses import dataclass, field

from solvers.arrays import Array, BoolArray, IntArray
from solvers.status import messages


@dataclass(frozen=True)
class MinimizeResult:
    """How every problem of a batch ended; arrays with leading axis B."""

    #: (B, n) the answer, or the last iterate of a problem that did not converge; NaN where there is none.
    x: Array
    #: (B,) the objective there.
    fun: Array
    #: (B,) a `Status` each: positive when a convergence test held.
    status: IntArray
    #: (B,) steps.
    nit: IntArray
    #: (B,) calls of the objective, those for differences too.
    nfev: IntArray
    #: (B,) evaluations of its gradient.
    njev: IntArray
    #: (B,) evaluations of its Hessian, or of products with it.
    nhev: IntArray
    #: (B, n) the gradient at the answer; NaN where the method does not know it.
    jac: Array
    #: (B,) the largest component of the gradient, those that bounds hold back not counted; NaN where unknown.
    #: Of verified rows, what multipliers of bounds and constraints leave of it.
    optimality: Array
    #: (B,) by how much the answer violates a bound or a constraint.
    constraint_violation: Array
    #: What the method leaves behind, by SciPy's names, each (B, ...): ``hess_inv``, ``multipliers``, ...
    extras: dict[str, Array] = field(default_factory=dict)
    #: (B,) how many of several starts converged to the answer's value; None of one start each.
    basin_count: IntArray | None = None
    #: row -> what was wrong with its data, or what its function raised.
    errors: dict[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.status)

    @property
    def success(self) -> BoolArray:
        """(B,) whether a convergence test held."""
        return self.status > 0

    @property
    def message(self) -> list[str]:
        """(B,) why each problem ended."""
        return messages(self.status, self.errors)
