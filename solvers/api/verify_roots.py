"""Whether points are roots: residuals, and the condition of the Jacobian, by code that no method shares."""

from dataclasses import dataclass

import numpy as np

from solvers.arrays import Array, BoolArray
from solvers.coroutines.formulas import FormulaProblems
from solvers.coroutines.row import JACOBIAN, VALUES
from solvers.evaluation.problems import Problems


@dataclass(frozen=True)
class RootCheck:
    """What is known of B points."""

    verified: BoolArray  # (B,)
    residual: Array  # (B,) the largest residual as a share of ``sum_j |J_ij| max(1, |x_j|)``
    condition: Array  # (B,) of the Jacobian, its columns scaled to length 1; infinite where it is singular
    reasons: dict[int, str]  # row -> what does not hold


def check_roots(problems: Problems | FormulaProblems, x: Array, tol: float) -> RootCheck:
    """Check points x (B, n) of B systems: residuals may be this share of the size of their terms."""
    with np.errstate(all="ignore"):
        if isinstance(problems, FormulaProblems):
            values, jacobian = problems.equations(x)
        else:
            parts = {"x": x}
            parts["values"] = values = problems.evaluate(VALUES, parts).values
            jacobian = problems.evaluate(JACOBIAN, parts).values
        size = np.einsum("bij,bj->bi", np.abs(jacobian), np.maximum(1.0, np.abs(x)))
        shares = np.where(values == 0.0, 0.0, np.abs(values) / size)
        residual: Array = shares.max(axis=1, initial=0.0)
        condition = _conditions(jacobian)
    verified: BoolArray = residual <= tol
    reasons = {
        row: f"what was found is no root: a residual is {residual[row]:.3g} of the size of its terms"
        for row in np.flatnonzero(~verified).tolist()
    }
    return RootCheck(verified, residual, condition, reasons)


def _conditions(jacobian: Array) -> Array:
    """Condition numbers (B,) of matrices with columns of length 1."""
    conditions = np.full(len(jacobian), np.inf)
    rows = np.flatnonzero(np.isfinite(jacobian).all(axis=(1, 2)))
    lengths = np.sqrt((jacobian[rows] ** 2).sum(axis=1, keepdims=True))
    singular = np.linalg.svd(jacobian[rows] / np.where(lengths > 0.0, lengths, 1.0), compute_uv=False)
    conditions[rows] = np.where(singular[:, -1] > 0.0, singular[:, 0] / singular[:, -1], np.inf)
    return conditions
