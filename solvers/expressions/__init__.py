"""Formulas given as text, as functions of arrays with derivatives."""

from solvers.expressions.expression import Expression
from solvers.expressions.program import FUNCTIONS
from solvers.expressions.syntax import MAX_DEPTH, MAX_LENGTH, ExpressionError, names

__all__ = ["FUNCTIONS", "MAX_DEPTH", "MAX_LENGTH", "Expression", "ExpressionError", "names"]
