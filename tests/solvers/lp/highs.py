"""What HiGHS says of dense linear programs, at its tightest tolerances, through one object."""

import highspy
import numpy as np

from solvers.status import Status

_OPTIONS = {
    "output_flag": False,
    "threads": 1,
    "presolve": "off",  # it may say no more than "unbounded or infeasible"
    "solver": "simplex",
    "primal_feasibility_tolerance": 1e-10,
    "dual_feasibility_tolerance": 1e-10,
    "small_matrix_value": 1e-12,
}
_STATUSES = {
    highspy.HighsModelStatus.kOptimal: Status.OPTIMAL,
    highspy.HighsModelStatus.kInfeasible: Status.INFEASIBLE,
    highspy.HighsModelStatus.kUnbounded: Status.UNBOUNDED,
}


def solve(programs):
    """Status (B,) and objective (B,) of `Programs`; where HiGHS does not know, the status is NUMERICAL."""
    highs = highspy.Highs()
    for name, value in _OPTIONS.items():
        highs.setOptionValue(name, value)
    m, n = programs.m, programs.n
    starts, columns = np.arange(m + 1, dtype=np.int32) * n, np.tile(np.arange(n, dtype=np.int32), m)
    continuous = np.zeros(n, np.int32)
    rowwise, minimize = int(highspy.MatrixFormat.kRowwise), int(highspy.ObjSense.kMinimize)
    status, fun = np.empty(programs.size, np.int64), np.full(programs.size, np.nan)
    for k, (c, A, row_lower, row_upper, lower, upper) in enumerate(zip(*programs.parts, strict=True)):
        entries = A.ravel()
        highs.passModel(
            n, m, len(entries), rowwise, minimize, 0.0, c, lower, upper, row_lower, row_upper,
            starts, columns, entries, continuous,
        )  # fmt: skip
        highs.run()
        status[k] = _STATUSES.get(highs.getModelStatus(), Status.NUMERICAL)
        if status[k] == Status.OPTIMAL:
            fun[k] = highs.getInfo().objective_function_value
    return status, fun
