"""Formulas given as text, as functions of arrays with derivatives."""

from solvers.expressions.expression import Expression
from solvers.expressions.formulas import Formulas
from solvers.expressions.known_names import check_unknowns
from solvers.expressions.program import FUNCTIONS
from solvers.expressions.syntax import MAX_DEPTH, MAX_LENGTH, ExpressionError, names

__all__ = [
    "FUNCTIONS",
    "MAX_DEPTH",
    "MAX_LENGTH",
    "Expression",
    "ExpressionError",
    "Formulas",
    "check_unknowns",
    "names",
]
