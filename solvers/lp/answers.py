"""What solvers claim of linear programs, and what becomes of it once that has been checked."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from solvers.arrays import Array, Batch, BoolArray, IntArray, TextArray
from solvers.lp.certificates import Certificates
from solvers.lp.result import LinprogResult
from solvers.status import Status

#: What takes a proof.
_CLAIMS = (Status.OPTIMAL, Status.INFEASIBLE, Status.UNBOUNDED)


@dataclass(frozen=True)
class Answers(Batch):
    """What a solver claims of B problems of one shape."""

    status: IntArray  # (B,)
    x: Array  # (B, n)
    y: Array  # (B, m) multipliers, or a Farkas ray
    ray: Array  # (B, n) a direction where unbounded
    basis: NDArray[np.int8]  # (B, n + m)
    nit: IntArray  # (B,)
    method: TextArray  # (B,)


def replace_rows(batch: Batch, rows: BoolArray, others: Batch) -> None:
    """Write others over these rows."""
    for array, values in zip(batch.arrays(), others.arrays(), strict=True):
        array[rows] = values


def result(
    answers: Answers,
    proofs: Certificates,
    c: Array,
    row_lower: Array,
    row_upper: Array,
    m_ub: int,
    errors: dict[int, str],
) -> LinprogResult:
    """Say what is proven, and call the rest numerical trouble.

    Parameters
    ----------
    answers, proofs
        Of B problems.
    c, row_lower, row_upper
        (B or 1, n) and (B or 1, m), or (n,) and (m,).
    m_ub
        How many of the rows are inequalities.
    errors
        row -> why there was nothing to solve.
    """
    status = np.where(np.isin(answers.status, _CLAIMS) & ~proofs.holds, Status.NUMERICAL, answers.status)
    status[list(errors)] = Status.BAD_INPUT
    above = row_upper - proofs.activity  # (B, m)
    slack = above.copy()
    slack[:, :m_ub] = np.minimum(above, proofs.activity - row_lower)[:, :m_ub]
    unbounded = (status == Status.UNBOUNDED)[:, np.newaxis]
    infeasible = status == Status.INFEASIBLE
    return LinprogResult(
        x=answers.x,
        fun=np.where(infeasible, np.nan, (c * answers.x).sum(axis=-1)),
        status=status,
        nit=answers.nit,
        method=answers.method,
        y=answers.y,
        z=np.where(unbounded, answers.ray, proofs.reduced_costs),
        row_slack=slack,
        basis=answers.basis,
        primal_residual=proofs.primal_residual,
        dual_residual=proofs.dual_residual,
        complementarity=proofs.complementarity,
        gap=proofs.gap,
        m_ub=m_ub,
        errors=errors,
    )
