"""What batches of systems of equations return."""

from dataclasses import dataclass, field

import numpy as np

from solvers.arrays import Array, BoolArray, IntArray
from solvers.status import messages


@dataclass(frozen=True)
class RootResult:
    """How every system of a batch ended; arrays with leading axis B."""

    #: (B, n) the answer, or the last iterate of a system that did not converge; NaN where there is none.
    x: Array
    #: (B, m) the residuals there.
    fun: Array
    #: (B,) a `Status` each: positive when a convergence test held.
    status: IntArray
    #: (B,) steps.
    nit: IntArray
    #: (B,) calls of the function, those for differences too.
    nfev: IntArray
    #: (B,) calls of the Jacobian.
    njev: IntArray
    #: What the method leaves behind, each (B, ...): of hybr ``jac`` as its steps had it, of lm ``qtf``, ...
    extras: dict[str, Array] = field(default_factory=dict)
    #: (B,) how many of several starts converged to the same residual norm; None of one start each.
    basin_count: IntArray | None = None
    #: (B,) condition number of the Jacobian at the answer, where that was looked at.
    jac_condition: Array | None = None
    #: row -> what was wrong with its data, or what its function raised.
    errors: dict[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.status)

    @property
    def residual_norm(self) -> Array:
        """(B,) the length of the residuals."""
        length: Array = np.sqrt((self.fun * self.fun).sum(axis=1))
        return length

    @property
    def success(self) -> BoolArray:
        """(B,) whether a convergence test held."""
        return self.status > 0

    @property
    def message(self) -> list[str]:
        """(B,) why each system ended."""
        return messages(self.status, self.errors)
