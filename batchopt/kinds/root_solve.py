"""How a root job's problems are solved: rows become systems of equations, and roots rows of the table."""

from typing import Any

import numpy as np
import pyarrow as pa

from batchopt.inputs import ProblemTable
from batchopt.inputs.columns import hash_rows
from batchopt.kinds.function import Function
from batchopt.kinds.root import Root
from batchopt.kinds.search_table import SearchRows, bad_rows
from solvers import root_batch

#: Beyond this condition number half the digits of a root are lost.
ILL_CONDITIONED = float(np.finfo(float).eps) ** -0.5


def solve(kind: Root, table: ProblemTable) -> Any:
    """Solve every system; a row each, in order, without `seconds` and `attempt`."""
    kind.check_types(table.rows.schema)
    size, names, solver = len(table.keys), kind.unknowns.names, kind.solver
    numbers = kind.unknowns.numbers(table.rows)
    start, lower, upper = kind.unknowns.box(numbers, size)
    bad = bad_rows(table.bad, numbers, {"start": start, "lower": lower, "upper": upper}, {}, names)
    found = SearchRows(bad, size)
    good = found.good
    own = {name: values[good] for name, values in numbers.items()}
    fun: Any = kind.equations.expressions
    args: Any = own
    more: dict[str, Any] = {"variables": names}
    if kind.equations.function is not None:
        loaded = {field: Function(path, kind.folder).load() for field, path in kind.functions.items()}
        fun, args = loaded["equations.function"], tuple(own[name] for name in kind.equations.arguments)
        more = {"jac": loaded.get("equations.jacobian"), "vectorized": kind.equations.vectorized}
    result = root_batch(
        fun,
        start[good],
        args,
        method=solver.method,
        tol=solver.tol,
        options=solver.options,
        starts=solver.starts,
        bounds=np.stack([lower[good], upper[good]], axis=-1),
        seeds=hash_rows(table.keys.take(pa.array(good))).view(np.int64) if solver.starts > 1 else None,
        verify=solver.residual_tol,
        **more,
    )
    condition = np.full(len(good), np.nan) if result.jac_condition is None else result.jac_condition
    flags = {
        "ill_conditioned": np.nan_to_num(condition) > ILL_CONDITIONED,
        "outside": ((result.x < lower[good]) | (result.x > upper[good])).any(axis=1),
    }
    table_own = {"residual_norm": result.residual_norm, "jac_condition": condition}
    largest = np.abs(result.fun).max(axis=1, initial=0.0)
    columns = found.columns(result, solver.method, names, largest, table_own, flags, solver.starts)
    return pa.table({**dict(zip(table.keys.column_names, table.keys.columns, strict=True)), **columns})
