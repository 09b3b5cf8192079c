"""How a linear-programming job's problems are solved: rows become programs, and results rows of the table."""

from functools import lru_cache
from typing import Any

import pyarrow as pa

from batchopt.inputs import ProblemTable
from batchopt.job.linprog import LinprogSolverSection
from batchopt.kinds.linprog import JobTemplate, Linprog
from batchopt.kinds.linprog_batch import Batch, Refusals
from batchopt.kinds.linprog_columns import ColumnProblems
from batchopt.kinds.linprog_flags import has_basis
from batchopt.kinds.linprog_rows import TemplateProblems
from batchopt.kinds.linprog_table import ProgramRows
from solvers.arrays import BoolArray
from solvers.lp.programs import Program, Programs
from solvers.lp.result import LinprogResult
from solvers.lp.solve import Basis, fits, solve_program, solve_programs
from solvers.status import Status


def solve(kind: Linprog, table: ProblemTable) -> Any:
    """Solve every problem; a row each, in order, without `seconds` and `attempt`."""
    kind.check_types(table.rows.schema)
    refusals = Refusals(len(table.keys))
    found = ProgramRows(refusals)
    start = None
    if kind.problem is not None:
        batches = ColumnProblems(kind.problem, table.rows, refusals).batches()
    elif kind.template is not None:
        template = kind.template.load()
        found = ProgramRows(refusals, template, kind.template.columns)
        batches = TemplateProblems(template, kind.template.overrides, table.rows, refusals).batches()
        start = _start(kind.template, kind.solver.method) if kind.template.warm_start else None
    for batch in filter(len, batches):  # of some, every row was refused
        result = _solved(batch, kind.solver, start)
        found.add(batch, result, _handed_over(batch.programs, result, kind.solver.method))
    columns = dict(zip(table.keys.column_names, table.keys.columns, strict=True))
    return pa.table({**columns, **found.columns()})


def _solved(batch: Batch, solver: LinprogSolverSection, start: Basis | None) -> LinprogResult:
    options = {**solver.model_dump(), "m_ub": batch.m_ub, "basis": start}
    if isinstance(batch.programs, Program):
        return solve_program(batch.programs, **options)
    return solve_programs(batch.programs, **options)


def _handed_over(programs: Program | Programs, result: LinprogResult, method: str | None) -> BoolArray:
    """(B,) whether the simplex was left to try first, and another method gave the answer."""
    entries = len(programs.A.data) if isinstance(programs, Program) else 0
    first = method is None and fits(result.y.shape[1], result.x.shape[1], entries)
    handed_over: BoolArray = (result.method != "simplex") & (result.status != Status.BAD_INPUT) & first
    return handed_over


@lru_cache(maxsize=4)
def _start(template: JobTemplate, method: str | None) -> Basis | None:
    """The basis (1, n + m) at the template's optimum, if it has one: it depends on the job alone."""
    loaded = template.load()
    result = solve_program(loaded.program, m_ub=loaded.m_ub, method=method)
    return result.basis if result.success[0] and has_basis(result)[0] else None
