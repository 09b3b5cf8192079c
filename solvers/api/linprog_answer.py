"""Answers of linear programs in SciPy's shape, with SciPy's numbers and words for how they ended."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from solvers.arrays import Array
from solvers.lp.highs import HighsAnswer
from solvers.lp.programs import AT_LOWER, AT_UPPER, Program
from solvers.lp.result import LinprogResult
from solvers.result import OptimizeResult
from solvers.status import Status

#: HiGHS's model status -> SciPy's status and sentence.
_OF_HIGHS = {
    2: (4, "HiGHS does not take this model: perhaps a coefficient is above 1e15. "),
    7: (0, "Optimization terminated successfully. "),
    8: (2, "The problem is infeasible. "),
    9: (4, "The problem is unbounded or infeasible. "),
    10: (3, "The problem is unbounded. "),
    13: (1, "Time limit reached. "),
    14: (1, "Iteration limit reached. "),
    16: (1, "Node limit reached. "),
}
#: Our status -> SciPy's; all others are 4. What is left of bad input here is a lower bound above the upper.
_OF_OURS: dict[int, int] = {
    Status.OPTIMAL: 0,
    Status.ITERATION_LIMIT: 1,
    Status.TIME_LIMIT: 1,
    Status.INFEASIBLE: 2,
    Status.BAD_INPUT: 2,
    Status.UNBOUNDED: 3,
}


@dataclass(frozen=True)
class Optimum:
    """An answer, and the change of the optimum with every right-hand side and bound."""

    x: Array  # (n,)
    fun: float
    row_slack: Array  # (m,) right-hand sides less A x
    y: Array  # (m,)
    lower: Array  # (n,)
    upper: Array  # (n,)


def scipy_status(program: Program, answer: HighsAnswer) -> tuple[int, str]:
    """SciPy's status 0 to 4, and a message that quotes HiGHS."""
    status, sentence = _OF_HIGHS.get(answer.model_status, (4, ""))
    lowest, highest = (program.lower, program.row_lower), (program.upper, program.row_upper)
    if any(np.isposinf(part).any() for part in lowest) or any(np.isneginf(part).any() for part in highest):
        status, sentence = 2, "The problem is infeasible: a bound is infinite on the wrong side. "
    return status, f"{sentence}(HiGHS Status {answer.model_status}: {answer.message})"


def has_answer(answer: HighsAnswer, *, integers: bool) -> bool:
    """Whether there is an x to give: the optimum, or what a mixed-integer program has found by its limit."""
    limits = (Status.TIME_LIMIT, Status.ITERATION_LIMIT) if integers else ()
    return answer.status in {Status.OPTIMAL, *limits} and bool(np.isfinite(answer.fun))


def of_highs(program: Program, m_ub: int, answer: HighsAnswer) -> OptimizeResult:
    """What HiGHS answered; multipliers are 0 where there are none, as for mixed-integer programs."""
    integers = program.integrality is not None
    status, message = scipy_status(program, answer)
    optimum = None
    if has_answer(answer, integers=integers):
        z, n = np.nan_to_num(answer.z), len(answer.x)
        codes = np.where(z > 0, AT_LOWER, AT_UPPER) if answer.basis is None else answer.basis[:n]
        optimum = Optimum(
            answer.x,
            answer.fun,
            program.row_upper - answer.row_value,
            np.nan_to_num(answer.y),
            np.where(codes == AT_LOWER, z, 0.0),
            np.where(codes == AT_UPPER, z, 0.0),
        )
    result = _shaped(program, m_ub, optimum, status, message, answer.nit, answer.crossover_nit)
    if optimum is not None and integers:
        result.update(mip_fields(answer))
    return result


def mip_fields(answer: HighsAnswer) -> dict[str, Any]:
    """What there is to say of the search for integers."""
    return {name: getattr(answer, name) for name in ("mip_node_count", "mip_dual_bound", "mip_gap")}


def of_batch(program: Program, solved: LinprogResult) -> OptimizeResult:
    """The one row of a batch."""
    optimum = None
    if solved.status[0] == Status.OPTIMAL:
        rows = (solved.row_slack, solved.y, solved.lower_marginals, solved.upper_marginals)
        optimum = Optimum(solved.x[0], float(solved.fun[0]), *(part[0] for part in rows))
    status = _OF_OURS.get(int(solved.status[0]), 4)
    return _shaped(program, solved.m_ub, optimum, status, solved.message[0], int(solved.nit[0]), 0)


def _shaped(
    program: Program,
    m_ub: int,
    optimum: Optimum | None,
    status: int,
    message: str,
    nit: int,
    crossover_nit: int,
) -> OptimizeResult:
    """SciPy's fields; None where there is no answer."""
    if optimum is None:
        values: dict[str, Any] = dict.fromkeys(("x", "fun", "slack", "con"))
        pairs: dict[str, Any] = dict.fromkeys(("ineqlin", "eqlin", "lower", "upper"), (None, None))
        mip: dict[str, Any] = dict.fromkeys(("mip_node_count", "mip_dual_bound", "mip_gap"))
    else:
        x, slack, con = optimum.x, optimum.row_slack[:m_ub], optimum.row_slack[m_ub:]
        values = {"x": x, "fun": optimum.fun, "slack": slack, "con": con}
        pairs = {
            "ineqlin": (slack, optimum.y[:m_ub]),
            "eqlin": (con, optimum.y[m_ub:]),
            "lower": (x - program.lower, optimum.lower),
            "upper": (program.upper - x, optimum.upper),
        }
        mip = {"mip_node_count": 0, "mip_dual_bound": 0.0, "mip_gap": 0.0}
    return OptimizeResult(
        **values,
        **{
            name: OptimizeResult(residual=residual, marginals=marginals)
            for name, (residual, marginals) in pairs.items()
        },
        status=status,
        success=status == 0,
        message=message,
        nit=nit,
        crossover_nit=crossover_nit,
        **mip,
    )
