"""Who races on linear programs: `linprog_batch`, SciPy's `linprog` in a loop, and highspy in several ways."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
import scipy.optimize
import scipy.sparse
from numpy.typing import NDArray

import solvers
from benchmarks.linear_programs import Array, LinearPrograms
from solvers.lp.result import LinprogResult

#: (n + m,) where variables and rows are at a vertex, as in `solvers.LinprogResult`.
Basis = NDArray[np.int8]
#: Where HiGHS starts: anew, with what it has from the problem before, or at a given basis.
EMPTY, LAST, GIVEN = "anew", "from its last basis", "from the given basis"
#: Tolerances of the objectives that all others are compared with.
TIGHT: dict[str, Any] = {
    "presolve": "off",
    "primal_feasibility_tolerance": 1e-9,
    "dual_feasibility_tolerance": 1e-9,
}


@dataclass(frozen=True)
class Contender:
    """A way to solve linear programs: their objectives (B,), NaN where there is none."""

    name: str
    solve: Callable[[LinearPrograms], Array]


def ours(basis: Basis | None = None) -> Contender:
    """All of `linprog_batch`: answers, multipliers, certificates."""

    def solve(problems: LinearPrograms) -> Array:
        result = batch(problems, basis=basis)
        return np.where(result.success, result.fun, np.nan)

    return Contender("linprog_batch", solve)


def batch(problems: LinearPrograms, **options: Any) -> LinprogResult:
    """Give problems to `linprog_batch`."""
    p = problems
    parts = [part[0] if len(part) == 1 < len(p) else part for part in (p.c, p.A_ub, p.b_ub, p.A_eq, p.b_eq)]
    linprog_batch: Any = solvers.linprog_batch  # for arrays
    result: LinprogResult = linprog_batch(*parts, p.bounds, **options)
    return result


def scipys(*, sparse: bool) -> Contender:
    """SciPy's `linprog`, one after the other."""

    def solve(problems: LinearPrograms) -> Array:
        fun = np.empty(len(problems))
        matrices = [scipy.sparse.csr_array(A[0]) for A in (problems.A_ub, problems.A_eq)] if sparse else None
        for i in range(len(problems)):
            c, A_ub, b_ub, A_eq, b_eq, bounds = problems.scipys(i)
            if matrices is not None:
                A_ub, A_eq = matrices
            found = scipy.optimize.linprog(c, A_ub, b_ub, A_eq, b_eq, bounds)
            fun[i] = found.fun if found.status == 0 else np.nan
        return fun

    return Contender("SciPy, sparse" if sparse else "SciPy", solve)


def highs(start: str = EMPTY, basis: Basis | None = None, **options: Any) -> Contender:
    """One HiGHS object. It gets whole models, or only what changes where the matrix is the same."""

    def solve(problems: LinearPrograms) -> Array:
        model = highspy.Highs()
        for name, value in {"output_flag": False, "threads": 1, **options}.items():
            model.setOptionValue(name, value)
        fun = np.empty(len(problems))
        feed = _changes(model, problems) if problems.same_matrix else _models(model, problems)
        given = None if basis is None else _highs_basis(basis, problems.shape[1])
        for i, _ in enumerate(feed):
            if given is not None and start == GIVEN:
                model.setBasis(given)
            elif start == EMPTY:
                model.clearSolver()
            model.run()
            solution = model.getSolution()
            np.array(solution.col_value), np.array(solution.row_dual)
            optimal = model.getModelStatus() == highspy.HighsModelStatus.kOptimal
            fun[i] = model.getInfo().objective_function_value if optimal else np.nan
        return fun

    return Contender(", ".join([start, *(f"{name} {value}" for name, value in options.items())]), solve)


def peers(
    problems: LinearPrograms, basis: Basis | None, *, keeps: bool
) -> tuple[list[Contender], list[Contender]]:
    """SciPy and HiGHS in the ways that may be quickest; `keeps`: HiGHS may use its last basis."""
    starts = [GIVEN] if basis is not None else [EMPTY]
    starts += [LAST] if keeps and problems.same_matrix else []
    settings: list[dict[str, Any]] = [{}, {"presolve": "off"}, {"presolve": "off", "simplex_strategy": 4}]
    ways = [highs(start, basis, **options) for start in starts for options in settings]
    return [scipys(sparse=False)] + ([scipys(sparse=True)] if problems.same_matrix else []), ways


def _models(model: Any, problems: LinearPrograms) -> Iterator[None]:
    """Pass whole models, as arrays."""
    m, n = problems.shape
    lower, upper = (np.ascontiguousarray(side) for side in problems.bounds.T)
    below, starts = np.full(problems.A_ub.shape[1], -np.inf), np.arange(0, m * n + 1, n, dtype=np.int32)
    columns, continuous = np.tile(np.arange(n, dtype=np.int32), m), np.zeros(n, np.int32)
    kinds = int(highspy.MatrixFormat.kRowwise), int(highspy.ObjSense.kMinimize)
    for i in range(len(problems)):
        c, A_ub, b_ub, A_eq, b_eq, _ = problems.scipys(i)
        entries = np.concatenate([A_ub, A_eq]).ravel()
        bounds = np.concatenate([below, b_eq]), np.concatenate([b_ub, b_eq])
        model.passModel(
            n, m, len(entries), *kinds, 0.0, c, lower, upper, *bounds, starts, columns, entries, continuous
        )
        yield


def _changes(model: Any, problems: LinearPrograms) -> Iterator[None]:
    """Pass the first model, and of the others their costs and row bounds, where they differ."""
    c, A_ub, b_ub, A_eq, b_eq, bounds = problems.scipys(0)
    rows = scipy.sparse.csr_array(np.concatenate([A_ub, A_eq]))
    m, n = rows.shape
    below = np.full(len(b_ub), -np.inf)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = n, m
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = c, bounds[:, 0], bounds[:, 1]
    lp.row_lower_, lp.row_upper_ = np.concatenate([below, b_eq]), np.concatenate([b_ub, b_eq])
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = rows.indptr, rows.indices, rows.data
    model.passModel(lp)
    yield
    all_columns, all_rows = np.arange(n, dtype=np.int32), np.arange(m, dtype=np.int32)
    for i in range(1, len(problems)):
        c, _, b_ub, _, b_eq, _ = problems.scipys(i)
        if len(problems.c) > 1:
            model.changeColsCost(n, all_columns, c)
        if len(problems.b_ub) > 1 or len(problems.b_eq) > 1:
            model.changeRowsBounds(m, all_rows, np.concatenate([below, b_eq]), np.concatenate([b_ub, b_eq]))
        yield


def _highs_basis(codes: Basis, n: int) -> Any:
    basis = highspy.HighsBasis()
    status = [highspy.HighsBasisStatus(int(code)) for code in codes]
    basis.col_status, basis.row_status = status[:n], status[n:]
    basis.valid, basis.alien = True, False
    return basis
