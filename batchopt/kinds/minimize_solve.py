"""How a minimizing job's problems are solved: rows become objectives, and minima rows of the table."""

from typing import Any

import numpy as np
import pyarrow as pa

from batchopt.inputs import ProblemTable
from batchopt.inputs.columns import hash_rows
from batchopt.kinds.function import Function
from batchopt.kinds.minimize import Minimize
from batchopt.kinds.search_table import SearchRows, bad_rows
from batchopt.kinds.unknowns import amount
from solvers import NonlinearConstraint, minimize_batch
from solvers.api.posing import default_method
from solvers.arrays import Array


def solve(kind: Minimize, table: ProblemTable) -> Any:
    """Minimize every problem; a row each, in order, without `seconds` and `attempt`."""
    kind.check_types(table.rows.schema)
    size, names = len(table.keys), kind.unknowns.names
    numbers = kind.unknowns.numbers(table.rows)
    start, lower, upper = kind.unknowns.box(numbers, size)
    limits = {
        f"constraints[{i}].{side}": np.full(size, default) if given is None else amount(given, numbers, size)
        for i, constraint in enumerate(kind.constraints)
        for side, default in (("lower", -np.inf), ("upper", np.inf))
        for given in (getattr(constraint, side),)
    }
    bad = bad_rows(table.bad, numbers, {"start": start, "lower": lower, "upper": upper}, limits, names)
    found = SearchRows(bad, size)
    good = found.good
    fun, args, more = _functions(kind, {name: values[good] for name, values in numbers.items()})
    result = minimize_batch(
        fun,
        start[good],
        args,
        method=kind.solver.method,
        bounds=np.stack([lower[good], upper[good]], axis=-1) if kind.unknowns.bounded else None,
        constraints=_constraints(kind, {field: values[good] for field, values in limits.items()}),
        tol=kind.solver.tol,
        options=kind.solver.options,
        starts=kind.solver.starts,
        seeds=hash_rows(table.keys.take(pa.array(good))).view(np.int64) if kind.solver.starts > 1 else None,
        verify=True,
        **more,
    )
    own = {
        "fun": result.fun,
        "jac_norm": np.sqrt((result.jac**2).sum(axis=1)),
        "constraint_violation": result.constraint_violation,
    }
    if kind.solver.hess_inv and "hess_inv" in result.extras:
        own["hess_inv"] = result.extras["hess_inv"].reshape(len(good), -1)
    flags = {"at_bound": np.any((result.x <= lower[good]) | (result.x >= upper[good]), axis=1)}
    method = kind.solver.method or default_method(kind.unknowns.bounded or None, kind.constraints)
    columns = found.columns(result, method, names, result.optimality, own, flags, kind.solver.starts)
    return pa.table({**dict(zip(table.keys.column_names, table.keys.columns, strict=True)), **columns})


def _functions(kind: Minimize, numbers: dict[str, Array]) -> tuple[Any, Any, dict[str, Any]]:
    """The objective, its arguments, and what else there is to it."""
    if kind.objective.expression is not None:
        return kind.objective.expression, numbers, {"variables": kind.unknowns.names}
    loaded = {field: Function(path, kind.folder).load() for field, path in kind.functions.items()}
    return (
        loaded["objective.function"],
        tuple(numbers[name] for name in kind.objective.arguments),
        {
            "jac": loaded.get("objective.gradient"),
            "hess": loaded.get("objective.hessian"),
            "vectorized": kind.objective.vectorized,
        },
    )


def _constraints(kind: Minimize, limits: dict[str, Array]) -> list[NonlinearConstraint]:
    """The constraints with each problem's limits, (b, 1)."""
    return [
        NonlinearConstraint(
            constraint.expression or Function(constraint.function or "", kind.folder).load(),
            limits[f"constraints[{i}].lower"][:, None],
            limits[f"constraints[{i}].upper"][:, None],
        )
        for i, constraint in enumerate(kind.constraints)
    ]
