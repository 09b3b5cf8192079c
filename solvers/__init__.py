"""Many small optimization problems at once, with SciPy's names.

`curve_fit`, `least_squares`, `linprog`, `milp`, `minimize`, `root`, `minimize_scalar` and `root_scalar` solve
one problem with SciPy's signatures. All but `milp` have a sibling, `curve_fit_batch` and so on, that solves
thousands together, each row with its own status. Importing this package is cheap: Numba and HiGHS load when a
name of it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

#: Raised by one when a change alters the numbers that the solvers return.
RESULTS_VERSION = 4

if TYPE_CHECKING:
    from solvers.api.check_derivatives import DerivativeCheck, check_derivatives
    from solvers.api.curve_fit import curve_fit
    from solvers.api.curve_fit_batch import curve_fit_batch
    from solvers.api.least_squares import least_squares
    from solvers.api.least_squares_batch import least_squares_batch
    from solvers.api.linprog import linprog
    from solvers.api.linprog_batch import linprog_batch
    from solvers.api.milp import milp
    from solvers.api.minimize import minimize
    from solvers.api.minimize_batch import minimize_batch
    from solvers.api.minimize_scalar import minimize_scalar
    from solvers.api.minimize_scalar_batch import minimize_scalar_batch
    from solvers.api.rescue import Rescue
    from solvers.api.root import root
    from solvers.api.root_batch import root_batch
    from solvers.api.root_scalar import root_scalar
    from solvers.api.root_scalar_batch import root_scalar_batch
    from solvers.constraints import Bounds, LinearConstraint, NonlinearConstraint
    from solvers.expressions import Expression, ExpressionError
    from solvers.intervals import IntervalEnd, Intervals
    from solvers.inverse_hessian import LbfgsInvHessProduct
    from solvers.lp.linear_program import LinearProgram
    from solvers.lp.ragged import RaggedLinprogResult
    from solvers.lp.result import LinprogResult
    from solvers.minimize_result import MinimizeResult
    from solvers.models import Model
    from solvers.quasi_newton import BFGS, SR1
    from solvers.result import FitResult, OptimizeResult, OptimizeWarning
    from solvers.root_result import RootResult
    from solvers.scalar_result import ScalarResult
    from solvers.selection import Selection, select_model
    from solvers.status import Status

_HOMES = {
    "BFGS": "solvers.quasi_newton",
    "SR1": "solvers.quasi_newton",
    "Bounds": "solvers.constraints",
    "DerivativeCheck": "solvers.api.check_derivatives",
    "Expression": "solvers.expressions",
    "ExpressionError": "solvers.expressions",
    "FitResult": "solvers.result",
    "IntervalEnd": "solvers.intervals",
    "Intervals": "solvers.intervals",
    "LbfgsInvHessProduct": "solvers.inverse_hessian",
    "LinprogResult": "solvers.lp.result",
    "LinearConstraint": "solvers.constraints",
    "LinearProgram": "solvers.lp.linear_program",
    "MinimizeResult": "solvers.minimize_result",
    "Model": "solvers.models",
    "NonlinearConstraint": "solvers.constraints",
    "OptimizeResult": "solvers.result",
    "OptimizeWarning": "solvers.result",
    "RaggedLinprogResult": "solvers.lp.ragged",
    "Rescue": "solvers.api.rescue",
    "RootResult": "solvers.root_result",
    "ScalarResult": "solvers.scalar_result",
    "Selection": "solvers.selection",
    "Status": "solvers.status",
    "check_derivatives": "solvers.api.check_derivatives",
    "curve_fit": "solvers.api.curve_fit",
    "curve_fit_batch": "solvers.api.curve_fit_batch",
    "least_squares": "solvers.api.least_squares",
    "least_squares_batch": "solvers.api.least_squares_batch",
    "linprog": "solvers.api.linprog",
    "linprog_batch": "solvers.api.linprog_batch",
    "milp": "solvers.api.milp",
    "minimize": "solvers.api.minimize",
    "minimize_batch": "solvers.api.minimize_batch",
    "minimize_scalar": "solvers.api.minimize_scalar",
    "minimize_scalar_batch": "solvers.api.minimize_scalar_batch",
    "root": "solvers.api.root",
    "root_batch": "solvers.api.root_batch",
    "root_scalar": "solvers.api.root_scalar",
    "root_scalar_batch": "solvers.api.root_scalar_batch",
    "select_model": "solvers.selection",
}

__all__ = [
    "BFGS",
    "RESULTS_VERSION",
    "SR1",
    "Bounds",
    "DerivativeCheck",
    "Expression",
    "ExpressionError",
    "FitResult",
    "IntervalEnd",
    "Intervals",
    "LbfgsInvHessProduct",
    "LinearConstraint",
    "LinearProgram",
    "LinprogResult",
    "MinimizeResult",
    "Model",
    "NonlinearConstraint",
    "OptimizeResult",
    "OptimizeWarning",
    "RaggedLinprogResult",
    "Rescue",
    "RootResult",
    "ScalarResult",
    "Selection",
    "Status",
    "check_derivatives",
    "curve_fit",
    "curve_fit_batch",
    "least_squares",
    "least_squares_batch",
    "linprog",
    "linprog_batch",
    "milp",
    "minimize",
    "minimize_batch",
    "minimize_scalar",
    "minimize_scalar_batch",
    "root",
    "root_batch",
    "root_scalar",
    "root_scalar_batch",
    "select_model",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module 'solvers' has no attribute {name!r}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
