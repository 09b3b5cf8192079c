"""Linear programs of many shapes: those of one shape are solved together."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from solvers.arrays import Array, BoolArray, IntArray, TextArray
from solvers.lp.linear_program import LinearProgram
from solvers.lp.programs import Program, Programs
from solvers.lp.result import LinprogResult
from solvers.lp.solve import check_options, fits, solve_program, solve_programs
from solvers.status import Status, messages


@dataclass(frozen=True)
class RaggedLinprogResult:
    """How B linear programs of different shapes ended: as `LinprogResult`, with lists where sizes differ."""

    fun: Array
    status: IntArray
    nit: IntArray
    method: TextArray
    primal_residual: Array
    dual_residual: Array
    complementarity: Array
    gap: Array
    x: list[Array]
    slack: list[Array]
    con: list[Array]
    ineqlin_marginals: list[Array]
    eqlin_marginals: list[Array]
    lower_marginals: list[Array]
    upper_marginals: list[Array]
    farkas: list[Array]
    ray: list[Array]
    basis: list[NDArray[np.int8]]
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


def solve_ragged(
    programs: Sequence[LinearProgram], method: str | None, maxiter: int | None, time_limit: float | None
) -> RaggedLinprogResult:
    """Solve programs of any shapes."""
    check_options(method, maxiter)
    errors: dict[int, str] = {}
    groups: dict[tuple[int, int, int], list[tuple[int, Program]]] = {}
    for row, given in enumerate(programs):
        try:
            one = given.program()
        except ValueError as error:
            errors[row] = str(error)
            continue
        groups.setdefault((given.m_ub, *one.A.shape), []).append((row, one))
    ends = []
    for (m_ub, m, n), members in groups.items():
        options: dict[str, Any] = {
            "m_ub": m_ub,
            "method": method,
            "maxiter": maxiter,
            "time_limit": time_limit,
        }
        if fits(m, n) or method == "simplex":
            ends.append(([row for row, _ in members], solve_programs(_stacked(members), **options)))
        else:
            ends += [([row], solve_program(one, **options)) for row, one in members]
    return _together(len(programs), ends, errors)


def _stacked(members: Sequence[tuple[int, Program]]) -> Programs:
    """Programs of one shape as a dense batch."""
    parts = zip(*(one.batch().dense().parts for _, one in members), strict=True)
    return Programs(len(members), *map(np.concatenate, parts))


def _together(
    size: int, ends: Sequence[tuple[list[int], LinprogResult]], errors: dict[int, str]
) -> RaggedLinprogResult:
    """The results of groups of rows, in the order of the rows."""
    blank = {"status": np.full(size, Status.BAD_INPUT, np.int64), "nit": np.zeros(size, np.int64)}
    blank["method"] = np.full(size, None, dtype=object)
    values: dict[str, Any] = {}
    for part in fields(RaggedLinprogResult):
        if part.name == "errors":
            continue
        lists = part.type in ("list[Array]", list[Array], list[NDArray[np.int8]])
        whole: Any = [np.empty(0)] * size if lists else blank.get(part.name, np.full(size, np.nan))
        for rows, result in ends:
            for place, value in zip(rows, getattr(result, part.name), strict=True):
                whole[place] = value
        values[part.name] = whole
    for rows, result in ends:
        errors |= {rows[i]: why for i, why in result.errors.items()}
    return RaggedLinprogResult(**values, errors=errors)
