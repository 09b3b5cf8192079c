"""Curves some of whose parameters are formulas of others.

An expression takes the formulas in, so its kernel and its derivatives know only what is free. For a
function they are computed before each call, and its derivatives follow by the chain rule.
"""

from dataclasses import dataclass, replace

import numpy as np

from solvers import ragged
from solvers.arrays import Array, IntArray
from solvers.evaluation.curves import Curve, ExpressionCurve
from solvers.expressions import Expression, names


@dataclass(frozen=True)
class Ties:
    """The tied ones of a model's parameters.

    Parameters
    ----------
    parameters
        All, in the order of the columns of ``params``.
    formulas
        (name, formula) each, none before those that it reads: see `check_ties`.
    """

    parameters: tuple[str, ...]
    formulas: tuple[tuple[str, str], ...] = ()

    @property
    def tied(self) -> list[int]:
        """Columns of the tied parameters, none before those that it reads."""
        return [self.parameters.index(name) for name, _ in self.formulas]

    def values(self, params: Array) -> Array:
        """``params (B, n)`` with the tied columns computed from the others."""
        params = params.copy()
        for j, (_, formula) in zip(self.tied, self.formulas, strict=True):
            expression, columns = self._expression(formula)
            params[:, j] = expression.value(*_one_point(params, columns))
        return params

    def slopes(self, params: Array) -> Array:
        """Derivatives (B, n, n) of parameter i by j at the ``params`` of `values`; 0 by a tied one."""
        size, n = params.shape
        slopes = np.zeros((size, n, n))
        slopes[:] = np.eye(n)
        for i, (_, formula) in zip(self.tied, self.formulas, strict=True):
            expression, columns = self._expression(formula)
            _, partial = expression.value_and_jacobian(*_one_point(params, columns))
            slopes[:, i] = sum(
                (part[:, None] * slopes[:, j] for part, j in zip(partial, columns, strict=True)),
                start=np.zeros((size, n)),
            )
        return slopes

    def reach(self, free: IntArray) -> list[int]:
        """Columns that change when the free ones do: those, and what is tied to them."""
        found: list[int] = free.tolist()
        for j, (_, formula) in zip(self.tied, self.formulas, strict=True):
            if set(found) & set(self._expression(formula)[1]):
                found.append(j)
        return found

    def _expression(self, formula: str) -> tuple[Expression, list[int]]:
        """A formula with the columns that it reads."""
        read = names(formula)
        return Expression(formula, read, ()), [self.parameters.index(name) for name in read]


def _one_point(params: Array, columns: list[int]) -> tuple[Array, Array, IntArray]:
    """What an `Expression` without variables is evaluated at: a point a problem."""
    size = len(params)
    return np.empty((0, size)), params[:, columns], np.ones(size, dtype=np.int64)


@dataclass(frozen=True)
class TiedCurve:
    """A curve that is called with its tied parameters computed."""

    curve: Curve
    ties: Ties

    def value(self, x: Array, params: Array, offsets: IntArray) -> tuple[Array, dict[int, str]]:
        """Predictions (N,)."""
        return self.curve.value(x, self.ties.values(params), offsets)

    def jacobian(self, x: Array, params: Array, offsets: IntArray) -> tuple[Array, dict[int, str]]:
        """Derivatives by parameter, (n, N), with what is tied to it moving along; 0 by a tied one."""
        params = self.ties.values(params)
        partial, raised = self.curve.jacobian(x, params, offsets)
        slopes = ragged.expand(self.ties.slopes(params).transpose(1, 2, 0), offsets)  # (n, n, N)
        return np.einsum("in,ijn->jn", partial, slopes), raised


def tie(curve: Curve, ties: Ties) -> Curve:
    """The curve as a function of what is not tied."""
    if not ties.formulas:
        return curve
    if isinstance(curve, ExpressionCurve):
        return ExpressionCurve(replace(curve.expression, tied=ties.formulas))
    return TiedCurve(curve, ties)
