"""Why a problem ended: 0 while it runs, positive when it converged, negative when it did not."""

from collections.abc import Mapping
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


class Status(IntEnum):
    """The reason a row ended, with one sentence in ``message`` and the result table's word in ``label``.

    The positive numbers are those of ``scipy.optimize.least_squares``.
    """

    message: str
    label: str

    def __new__(cls, value: int, label: str, message: str) -> "Status":
        """Make a member that carries its words."""
        member = int.__new__(cls, value)
        member._value_ = value
        member.label = label
        member.message = message
        return member

    RUNNING = 0, "running", "The problem has not ended yet."
    GRADIENT = 1, "converged", "`gtol` termination condition is satisfied."
    COST = 2, "converged", "`ftol` termination condition is satisfied."
    STEP = 3, "converged", "`xtol` termination condition is satisfied."
    COST_AND_STEP = 4, "converged", "Both `ftol` and `xtol` termination conditions are satisfied."
    OPTIMAL = 5, "converged", "The answer is optimal: its certificate holds."
    ZERO = 6, "converged", "The function is zero there."
    EVALUATION_LIMIT = -1, "evaluation_limit", "The maximum number of function evaluations is exceeded."
    STALLED = -2, "stalled", "No step lowers the cost although the gradient is not small."
    NON_FINITE = -3, "non_finite", "The function or its derivatives are not finite at the start."
    BAD_INPUT = -4, "bad_input", "The problem's data do not make a problem."
    EXCEPTION = -5, "exception", "The function raised an exception."
    INFEASIBLE = -6, "infeasible", "No point fulfils all constraints: a ray proves it."
    UNBOUNDED = -7, "unbounded", "The objective falls without end along a ray of feasible points."
    NUMERICAL = -8, "numerical", "No certificate holds for what was found."
    ITERATION_LIMIT = -9, "iteration_limit", "The maximum number of iterations is exceeded."
    TIME_LIMIT = -10, "time_limit", "The time limit is reached."
    NO_BRACKET = -11, "bad_input", "What was given does not bracket an answer."
    SINGULAR = -12, "singular", "The step is undefined: the slope that it is divided by is zero."

    @property
    def converged(self) -> bool:
        """Whether a convergence test held."""
        return self > 0


#: By number.
STATUSES = {int(status): status for status in Status}


def messages(status: NDArray[np.int64], errors: Mapping[int, str]) -> list[str]:
    """One sentence a row (B,) on why it ended; errors, by row, say more of what is theirs."""
    return [errors.get(row, STATUSES[code].message) for row, code in enumerate(status.tolist())]
