"""What jobs that minimize and jobs that solve equations have in common: unknowns, constants, functions."""

from typing import Annotated, Any

from pydantic import Discriminator, Field, FiniteFloat, Tag

from batchopt.job.sections import Name, Section


def _form(value: Any) -> str:
    if isinstance(value, dict | VariableSection):
        return "<table>"
    return "<text>" if isinstance(value, str) else "<number>"


#: A number for all problems, or an expression of columns and constants: a column's name is the simplest.
Amount = Annotated[
    Annotated[float, Tag("<number>")] | Annotated[Name, Tag("<text>")],
    Discriminator(_form),
]
#: A function to import, found in the job file's folder, too.
FunctionPath = Annotated[str, Field(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")]


class VariableSection(Section):
    """An unknown."""

    start: Amount | None = None
    """Where the search begins; left out: the middle of the bounds."""
    lower: Amount | None = None
    """Lower bound; left out: none. Of equations: where further starts are drawn."""
    upper: Amount | None = None
    """Upper bound; left out: none."""


#: An unknown, or its start alone.
Variable = Annotated[
    Annotated[VariableSection, Tag("<table>")]
    | Annotated[float, Tag("<number>")]
    | Annotated[Name, Tag("<text>")],
    Discriminator(_form),
]
#: The unknowns, in order.
Variables = Annotated[dict[Name, Variable], Field(min_length=1)]


def variable(given: VariableSection | float | str) -> VariableSection:
    """Return the section of an unknown that may be given by its start alone."""
    return given if isinstance(given, VariableSection) else VariableSection(start=given)


class SearchSection(Section):
    """How to solve."""

    tol: Annotated[FiniteFloat, Field(gt=0.0)] | None = None
    """Tolerance of the tests by which the method ends; left out: the method's own."""
    options: dict[str, float | str | bool] = Field(default={})
    """The method's options by SciPy's names, such as { maxiter = 500 }."""
    starts: Annotated[int, Field(ge=1)] = 1
    """How many starts each problem has, further ones drawn from its key; the best end is kept."""


class FunctionFields(Section):
    """A function of Python instead of an expression, and what it is handed."""

    function: FunctionPath | None = None
    """package.module:function, called as f(x, *arguments)."""
    arguments: list[Name] = Field(default=[])
    """The columns that the functions are handed after x, in order."""
    vectorized: bool = True
    """Whether functions take rows: x (b, n) and columns (b,); if not, x (n,) and numbers."""


def one_form(expression: Any, function: Any, arguments: Any, what: str) -> None:
    """Refuse neither and both of an expression and a function, and arguments of an expression."""
    if (expression is None) == (function is None):
        got = "neither" if function is None else "both"
        raise ValueError(f"give {what} or function, got {got}")
    if function is None and arguments:
        raise ValueError("arguments are handed to a function; an expression calls columns by their names")
