"""Text to steps: a Pratt parser for arithmetic as Python writes it.

Numbers, names, ``+ - * / **``, parentheses and calls of `FUNCTIONS` are the whole language; nothing
else is let through, so a formula from a file can do no more than arithmetic. ``**`` groups from the
right and binds tighter than a minus on its left. Pratt's method gives each operator a binding
power, and an operand belongs to the neighbour that binds tighter (V. R. Pratt, "Top down operator
precedence", POPL 1973).
"""

import difflib
import functools
import math
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from solvers.expressions.program import FUNCTIONS, Program, Step

MAX_LENGTH = 10_000  # characters
#: Operands inside each other: a parenthesis in a sum in a product is three. Each takes up to three
#: of Python's 1,000 frames to parse.
MAX_DEPTH = 150

CONSTANTS = {"pi": math.pi}

_OPERATIONS = {"+": "add", "-": "subtract", "*": "multiply", "/": "divide", "**": "power"}
_BINDING = {"+": 10, "-": 10, "*": 20, "/": 20, "**": 40}
_SIGN = 30  # unary + and -
_TOKEN = re.compile(
    r"""\s*(?: (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
             | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
             | (?P<operator>\*\*|[-+*/(),])
             | (?P<end>\Z)
             | (?P<other>.) )""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_LANGUAGE = "an expression has numbers, names, + - * / **, parentheses and functions only"
_HINTS = {
    "^": "write ** for a power",
    ".": "attributes are not part of the language; write 0.5 or .5 for a number",
    "[": "indexing is not part of the language; give each parameter and variable its own name",
    "=": "write only the right-hand side; comparisons and assignments are not part of the language",
}


class ExpressionError(ValueError):
    """A text that is not an expression, or not one of the given parameters and variables."""


class _Token(NamedTuple):
    kind: str  # number, name, operator, end or other
    text: str
    position: int  # from 0


def excerpt(source: str, position: int = 0) -> str:
    """Quote the neighbourhood of a position, never the whole of a long text."""
    start, stop = max(0, position - 30), position + 30
    return ("..." if start else "") + repr(source[start:stop]) + ("..." if stop < len(source) else "")


def suggestion(name: str, candidates: Mapping[str, object]) -> str:
    """Return "; did you mean 'exp'?" where a candidate is close, or nothing."""
    close = difflib.get_close_matches(name, candidates, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


@functools.lru_cache(maxsize=128)
def parse(source: str) -> tuple[Step, ...]:
    """Parse an expression into steps; the last step is its value.

    Raises
    ------
    ExpressionError
        Where the text is not an expression, with the column and what to write instead.
    """
    if len(source) > MAX_LENGTH:
        raise ExpressionError(
            f"got an expression of {len(source)} characters, {excerpt(source)}: "
            f"at most {MAX_LENGTH} are allowed, shorten it"
        )
    return _Parser(source).parse()


def names(source: str) -> tuple[str, ...]:
    """Return the free names of an expression, in order of first appearance.

    Examples
    --------
    >>> names("a*exp(-b*x) + c")
    ('a', 'b', 'x', 'c')
    """
    return tuple(str(step.payload) for step in parse(source) if step.operation == "name")


class _Parser:
    """The state of one parse: the token under the cursor, how deep we are, and the steps so far."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.program = Program()
        self.depth = 0
        self.tokens = _tokens(source)
        self.token = next(self.tokens)

    def parse(self) -> tuple[Step, ...]:
        self.expression(0)
        if self.token.kind != "end":
            raise self.error_after_operand("an operator or the end")
        return tuple(self.program.steps)

    def expression(self, power: int) -> int:
        """Parse an operand and all operators after it that bind tighter than ``power``."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            advice = "drop needless parentheses and signs"
            raise self.error(self.token, f"more than {MAX_DEPTH} levels inside each other", advice)
        left = self.operand()
        while (binding := _BINDING.get(self.token.text, 0)) > power:
            symbol = self.advance().text
            right = self.expression(binding - (symbol == "**"))  # one less: a**b**c is a**(b**c)
            left = self.program.add(_OPERATIONS[symbol], left, right)
        self.depth -= 1
        return left

    def operand(self) -> int:
        token = self.advance()
        if token.kind == "number":
            return self.number(token)
        if token.kind == "name":
            return self.call(token) if self.token.text == "(" else self.name(token)
        if token.text == "(":
            inside = self.expression(0)
            self.close(token)
            return inside
        if token.text == "-":
            return self.program.add("negative", self.expression(_SIGN))
        if token.text == "+":
            return self.expression(_SIGN)
        advice = _HINTS.get(token.text, _LANGUAGE)
        raise self.error(token, f"{_shown(token)} where a number, a name or '(' was expected", advice)

    def number(self, token: _Token) -> int:
        value = float(token.text)
        if not math.isfinite(value):
            raise self.error(token, "a number beyond the largest double, 1.8e308", "rescale the problem")
        return self.program.number(value)

    def name(self, token: _Token) -> int:
        if token.text in CONSTANTS:
            return self.program.number(CONSTANTS[token.text])
        if token.text in FUNCTIONS:
            raise self.error(token, f"{token.text!r} without an argument", f"write {token.text}(...)")
        if token.text.startswith("__"):
            raise self.error(token, f"{_shown(token)}, a name with two leading underscores", "rename it")
        return self.program.add("name", payload=token.text)

    def call(self, token: _Token) -> int:
        if token.text not in FUNCTIONS:
            advice = f"use one of {', '.join(FUNCTIONS)}, or * for a product"
            advice += suggestion(token.text, FUNCTIONS)
            raise self.error(token, f"{_shown(token)}, which is no function", advice)
        bracket = self.advance()
        if self.token.text == ")":
            raise self.error(self.token, f"no argument for {token.text!r}", f"write {token.text}(...)")
        argument = self.expression(0)
        if self.token.text == ",":
            raise self.error(self.token, f"a second argument for {token.text!r}", "it takes one")
        self.close(bracket)
        return self.program.add(FUNCTIONS[token.text], argument)

    def close(self, bracket: _Token) -> None:
        if self.token.text != ")":
            raise self.error_after_operand(f"an operator or the ')' for column {bracket.position + 1}")
        self.advance()

    def advance(self) -> _Token:
        token = self.token
        self.token = next(self.tokens, token)
        return token

    def error_after_operand(self, expected: str) -> ExpressionError:
        token = self.token
        factor = token.kind in {"number", "name"} or token.text == "("
        advice = "write * between factors" if factor else _HINTS.get(token.text, _LANGUAGE)
        return self.error(token, f"{_shown(token)} where {expected} was expected", advice)

    def error(self, token: _Token, got: str, advice: str) -> ExpressionError:
        where = f"at column {token.position + 1} of {excerpt(self.source, token.position)}"
        return ExpressionError(f"got {got}, {where}: {advice}")


def _tokens(source: str) -> Iterator[_Token]:
    for match in _TOKEN.finditer(source):
        kind = match.lastgroup or "end"
        yield _Token(kind, match[kind], match.start(kind))


def _shown(token: _Token) -> str:
    return "the end" if token.kind == "end" else excerpt(token.text)
