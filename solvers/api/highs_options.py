"""SciPy's options of `linprog` and `milp`, and HiGHS's own, set or warned of."""

import warnings
from collections.abc import Mapping
from typing import Any

from solvers.lp.highs import HighsSolver
from solvers.result import OptimizeWarning

#: SciPy's options that HiGHS has by other names.
_NAMES = {
    "maxiter": ("simplex_iteration_limit", "ipm_iteration_limit"),
    "disp": ("output_flag", "log_to_console"),
    "node_limit": ("mip_max_nodes",),
}
_EDGE_WEIGHTS = "simplex_dual_edge_weight_strategy"
#: SciPy's names of its values -> HiGHS's numbers.
_STRATEGIES = {"steepest-devex": -1, "dantzig": 0, "devex": 1, "steepest": 2}

#: What SciPy's two functions know.
MILP = frozenset({"disp", "mip_rel_gap", "node_limit", "presolve", "time_limit"})
LINPROG = frozenset(
    {
        _EDGE_WEIGHTS,
        "disp",
        "dual_feasibility_tolerance",
        "ipm_optimality_tolerance",
        "maxiter",
        "mip_max_nodes",
        "mip_rel_gap",
        "presolve",
        "primal_feasibility_tolerance",
        "time_limit",
    }
)


def configure(
    solver: HighsSolver, options: Mapping[str, Any], known: frozenset[str], category: type[Warning]
) -> None:
    """Set the options that are not None; warn of unknown ones, and of values that HiGHS does not take.

    Unknown options go to HiGHS by their names. Warnings point to who called its caller.
    """
    if unknown := {name: value for name, value in options.items() if name not in known}:
        warnings.warn(
            f"Unrecognized options detected: {unknown}. These will be passed to HiGHS verbatim.",
            category,
            stacklevel=3,
        )
    for name, given in options.items():
        value = given
        if name in {"presolve", "parallel"} and isinstance(given, bool):
            value = "on" if given else "off"
        elif name == _EDGE_WEIGHTS and isinstance(given, str):
            value = _STRATEGIES.get(given.lower(), given)
        if value is not None and not all(solver.set(theirs, value) for theirs in _NAMES.get(name, (name,))):
            warnings.warn(
                f"HiGHS does not take {name} = {given!r}: left at its default", OptimizeWarning, stacklevel=3
            )
