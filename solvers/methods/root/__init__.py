"""Systems of equations, a file each method, imported when it is asked for."""

from importlib import import_module

from solvers.coroutines.method import Method

#: SciPy's names, and the modules, whose constants have the module's name in capitals.
MODULES = {
    "hybr": "hybr",
    "lm": "lm",
    "broyden1": "broyden1",
    "broyden2": "broyden2",
    "anderson": "anderson",
    "linearmixing": "linear_mixing",
    "diagbroyden": "diagonal_broyden",
    "excitingmixing": "exciting_mixing",
    "krylov": "krylov",
    "df-sane": "df_sane",
}


def find(name: str) -> Method:
    """Return a method by SciPy's name, in capitals or not.

    Raises
    ------
    ValueError
        If there is none of that name.
    """
    if name.lower() not in MODULES:
        raise ValueError(f"Unknown solver {name}; there are {', '.join(MODULES)}")
    module = MODULES[name.lower()]
    method: Method = getattr(import_module(f"{__name__}.{module}"), module.upper())
    return method
