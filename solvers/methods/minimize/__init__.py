"""Minimization of functions of several unknowns, a file each method, imported when it is asked for."""

from importlib import import_module

from solvers.coroutines.method import Method

#: SciPy's names, and the modules, whose constants have the module's name in capitals.
MODULES = {
    "Nelder-Mead": "nelder_mead",
    "Powell": "powell",
    "CG": "cg",
    "BFGS": "bfgs",
    "Newton-CG": "newton_cg",
    "L-BFGS-B": "lbfgsb",
    "TNC": "tnc",
    "SLSQP": "slsqp",
    "COBYLA": "cobyla",
    "COBYQA": "cobyqa",
    "trust-constr": "trust_constr",
    "dogleg": "dogleg",
    "trust-ncg": "trust_ncg",
    "trust-krylov": "trust_krylov",
    "trust-exact": "trust_exact",
}
_BY_NAME = {name.lower(): module for name, module in MODULES.items()}


def find(name: str) -> Method:
    """Return a method by SciPy's name, in capitals or not.

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    if name.lower() not in _BY_NAME:
        raise ValueError(f"Unknown solver {name}; there are {', '.join(MODULES)}")
    module = _BY_NAME[name.lower()]
    method: Method = getattr(import_module(f"{__name__}.{module}"), module.upper())
    return method
