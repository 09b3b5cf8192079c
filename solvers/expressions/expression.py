"""A formula with its parameters and variables told apart, as functions of arrays."""

import functools
from dataclasses import dataclass

from solvers.arrays import Array, IntArray
from solvers.expressions.derivatives import differentiate
from solvers.expressions.known_names import check_names
from solvers.expressions.program import Program, Step
from solvers.expressions.syntax import ExpressionError, excerpt, names, parse
from solvers.expressions.tape import Tape, evaluate, schedule
from solvers.expressions.ties import check_ties
from solvers.kernels.source import kernel_source

#: Above these a formula is evaluated by NumPy; compiling takes about 10 ms a step and grows with n squared.
_MAX_KERNEL_STEPS = 500
_MAX_KERNEL_UNKNOWNS = 16


@dataclass(frozen=True)
class Expression:
    """A formula in named parameters and variables, for B problems at once.

    Parameters
    ----------
    source
        The formula, ``"a*exp(-b*x) + c"``, in Python's notation; `FUNCTIONS` are the functions.
    parameters
        The unknowns, in the order of the columns of ``params``. Each occurs in the formula.
    variables
        The independent variables, in the order of the rows of ``x``. Some may not occur.
    tied
        Parameters that are formulas of others, (name, formula) each. They keep their columns of
        ``params``, which are not read; the derivative by a tied parameter is 0, and that by another
        counts what is tied to it.

    Raises
    ------
    ExpressionError
        Where the text is no expression, or its names are not the given ones.

    Notes
    -----
    The value is computed as it is written, one NumPy operation each, so it is to the bit what the
    same formula gives on NumPy arrays; ``x**2`` is ``x*x`` and ``x**0.5`` the square root, as
    there. Undefined values are nan or inf, without warnings. Derivatives are exact up to rounding.
    A problem's numbers do not depend on the rest of its batch.

    Examples
    --------
    >>> import numpy as np
    >>> decay = Expression("a*exp(-b*x)", parameters=("a", "b"), variables=("x",))
    >>> x, counts = np.array([[0.0, 1.0, 0.0]]), np.array([2, 1])  # two points and one
    >>> decay.value(x, np.array([[1.0, 0.0], [3.0, 1.0]]), counts)
    array([1., 1., 3.])
    """

    source: str
    parameters: tuple[str, ...]
    variables: tuple[str, ...]
    tied: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        found = check_names(self.source, self.parameters, self.variables)
        for name in self.parameters:
            if name not in found:
                raise ExpressionError(
                    f"parameter {name!r} does not occur in {excerpt(self.source)}, "
                    "so no data determine it: remove it"
                )
        object.__setattr__(self, "tied", check_ties(dict(self.tied), self.parameters))

    @property
    def uses(self) -> frozenset[str]:
        """The variables that occur in the formula."""
        return frozenset(self.variables).intersection(names(self.source))

    def same_as(self, other: "Expression") -> bool:
        """Tell whether both are one formula up to the names of parameters and variables, in their orders."""
        return _bound(self) == _bound(other)

    def value(self, x: Array, params: Array, counts: IntArray) -> Array:
        """Evaluate the formula.

        Parameters
        ----------
        x
            The variables, (k, N), the points of one problem after those of another.
        params
            The parameters, (B, n).
        counts
            How many points each problem has, (B,), with the sum N.

        Returns
        -------
        Array
            The values, (N,).
        """
        rows: Array = evaluate(_value_tape(self), x, params, counts)
        return rows.reshape(-1)

    def value_and_jacobian(self, x: Array, params: Array, counts: IntArray) -> tuple[Array, Array]:
        """Evaluate the formula, (N,), and its derivatives, (n, N): row j is the one by parameter j.

        Where the chain rule says 0 times infinity, as for x**p at x = 0, the derivative is 0, which
        is the limit.
        """
        rows = evaluate(_derivatives_tape(self), x, params, counts)
        return rows[0], rows[1:]

    def kernel_source(self, free: tuple[int, ...], *, weighted: bool) -> str | None:
        """Write the source of the kernel that fits the parameters ``free``; None where it would not pay.

        Large formulas, and many unknowns, take longer to compile than kernels save.
        """
        return _kernel_source(self, free, weighted)


def _bound(expression: Expression) -> tuple[Step, ...]:
    """Put places for names: parameter j or variable i for its own, a formula for a tied parameter's."""
    program, tied = Program(), dict[str, int]()
    leaves = {name: Step("parameter", payload=j) for j, name in enumerate(expression.parameters)}
    leaves |= {name: Step("variable", payload=i) for i, name in enumerate(expression.variables)}

    def place(name: str) -> int:
        if name in tied:
            return tied[name]
        return program.add(leaves[name].operation, payload=leaves[name].payload)

    for name, formula in expression.tied:
        tied[name] = program.inline(parse(formula), place)
    program.inline(parse(expression.source), place)
    return tuple(program.steps)


@functools.lru_cache(maxsize=64)
def _value_tape(expression: Expression) -> Tape:
    steps = _bound(expression)
    return schedule(steps, [len(steps) - 1])


@functools.lru_cache(maxsize=64)
def _derivatives_tape(expression: Expression) -> Tape:
    steps = _bound(expression)
    longer, rows = differentiate(steps, len(expression.parameters))
    return schedule(longer, [len(steps) - 1, *rows])


@functools.lru_cache(maxsize=64)
def _kernel_source(expression: Expression, free: tuple[int, ...], weighted: bool) -> str | None:
    steps = _bound(expression)
    longer, rows = differentiate(steps, len(expression.parameters))
    if len(longer) > _MAX_KERNEL_STEPS or len(free) > _MAX_KERNEL_UNKNOWNS:
        return None
    return kernel_source(expression.source, longer, len(steps) - 1, [rows[j] for j in free], weighted)
