"""Problems given by functions, as the drivers of coroutines ask: what is not given is made from what is."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from solvers.arrays import Array, BoolArray, IntArray, Rows, as_index
from solvers.coroutines.row import CURVATURE, GRADIENT, HESSIAN, JACOBIAN, OBJECTIVE, PRODUCT, VALUES
from solvers.evaluation.numerical import Differences
from solvers.evaluation.rows import call_rows
from solvers.linalg import EPS

#: Which of a problem's counters, of function, first and second derivatives, a call of a kind counts for.
_COUNTED = {OBJECTIVE: 0, GRADIENT: 1, HESSIAN: 2, PRODUCT: 2}
_COUNTED_OF_SYSTEMS = {VALUES: 0, JACOBIAN: 1}


def inputs_of(kind: int) -> tuple[str, ...]:
    """The parts of a row that functions of a kind take."""
    return {PRODUCT: ("x", "vector"), CURVATURE: ("x", "multipliers")}.get(kind, ("x",))


class Answers(NamedTuple):
    """What was asked for."""

    values: Array  # (b, ...)
    raised: dict[int, str]  # row -> "Type: text"
    calls: tuple[int, int, int]  # of the function, its first and its second derivatives, for each row


@dataclass(frozen=True)
class Problems:
    """B problems of n unknowns and m constraints or equations, given by functions of rows or of one row."""

    #: Kind -> ``function(x (b, n), *args)``; products take the vectors too, and curvatures the multipliers.
    functions: Mapping[int, Callable[..., Any]]
    args: tuple[NDArray[Any], ...]  # each with leading axis B
    lower: Array  # (B, n)
    upper: Array  # (B, n)
    least: Array  # (B, m)
    most: Array  # (B, m)
    #: How what is not given is made, by kind; plain forward differences where there is none.
    differences: Mapping[int, Differences] = field(default_factory=dict)
    joint: bool = True
    #: Of derivatives of constraints, those (m,) that are given, and ``(x, *args) -> (b, known, n)``.
    known: tuple[BoolArray, Callable[..., Any]] | None = None

    def __len__(self) -> int:
        return len(self.lower)

    def take(self, rows: Rows) -> "Problems":
        """Only these problems."""
        index = as_index(rows)
        return replace(
            self,
            args=tuple(arg.take(index, axis=0) for arg in self.args),
            **{name: getattr(self, name).take(index, axis=0) for name in ("lower", "upper", "least", "most")},
        )

    def evaluate(self, kind: int, parts: Mapping[str, Array], rows: IntArray | None = None) -> Answers:
        """Answer what these rows, or all, ask at ``parts["x"] (b, n)``, with what else they say there."""
        if kind in self.functions:
            inputs = tuple(parts[name] for name in inputs_of(kind))
            return Answers(*self._call(kind, inputs, rows), self.calls(kind, 1))
        return (self if rows is None else self.take(rows))._made(kind, parts)

    def _made(self, kind: int, parts: Mapping[str, Array]) -> Answers:
        """Answer from what is given."""
        if kind == PRODUCT:
            return self._product(parts)
        base, known, also = self._base(kind, parts)
        differences = self.differences.get(kind, Differences())
        found, raised = differences.derivatives(
            lambda x: self._flat(base, x, also), parts["x"], known, self.lower, self.upper
        )
        calls = self.calls(
            base, differences.points * found.shape[2], kind if OBJECTIVE in self.functions else 0
        )
        if kind == GRADIENT:
            return Answers(found[:, 0], raised, calls)
        if kind == JACOBIAN:
            if self.known is not None:
                rows, function = self.known
                tail = (int(rows.sum()), found.shape[2])
                found[:, rows], more = self.apply(function, (parts["x"],), tail)
                raised = more | raised
            return Answers(found, raised, calls)
        return Answers(0.5 * (found + found.transpose(0, 2, 1)), raised, calls)

    def _base(self, kind: int, parts: Mapping[str, Array]) -> tuple[int, Array, tuple[Array, ...]]:
        """What is differentiated: its kind, its values (b, k), and the multipliers that it is summed by."""
        if kind == GRADIENT:
            return OBJECTIVE, parts["fun"][:, None], ()
        if kind == JACOBIAN:
            return VALUES, parts["values"], ()
        if kind == HESSIAN:
            return GRADIENT, parts["gradient"], ()
        multipliers = parts["multipliers"]
        return JACOBIAN, np.einsum("bmn,bm->bn", parts["jacobian"], multipliers), (multipliers,)

    def _flat(
        self, kind: int, x: NDArray[Any], multipliers: tuple[Array, ...]
    ) -> tuple[Array, dict[int, str]]:
        """Values (b, k) to be differentiated."""
        values, raised = self._call(kind, (x,))
        if multipliers:
            return np.einsum("bmn,bm->bn", values, *multipliers), raised
        return values.reshape(len(x), math.prod(values.shape[1:])), raised

    def _product(self, parts: Mapping[str, Array]) -> Answers:
        """Hessians times vectors, from a difference of gradients."""
        step = np.sqrt(EPS)
        ahead, raised = self._call(GRADIENT, (parts["x"] + step * parts["vector"],))
        return Answers((ahead - parts["gradient"]) / step, raised, (0, 1, 0))

    def _call(
        self, kind: int, inputs: tuple[NDArray[Any], ...], rows: IntArray | None = None
    ) -> tuple[Array, dict[int, str]]:
        n, m = self.lower.shape[1], self.least.shape[1]
        tail = {OBJECTIVE: (), GRADIENT: (n,), PRODUCT: (n,), VALUES: (m,), JACOBIAN: (m, n)}.get(
            kind, (n, n)
        )
        return self.apply(self.functions[kind], inputs, tail, rows)

    def apply(
        self,
        function: Callable[..., Any],
        inputs: tuple[NDArray[Any], ...],
        tail: tuple[int, ...],
        rows: IntArray | None = None,
    ) -> tuple[Array, dict[int, str]]:
        """Call a function for these rows, or all, (b, *tail), and say what it raised for which."""
        args = self.args if rows is None else tuple(arg.take(rows, axis=0) for arg in self.args)
        return call_rows(function, inputs, args, tail, joint=self.joint)

    def calls(self, kind: int, count: int, made: int = 0) -> tuple[int, int, int]:
        """Calls of function, first and second derivatives, of so many of a kind, for one of a kind made.

        Those of constraints are not counted.
        """
        counted = _COUNTED if OBJECTIVE in self.functions else _COUNTED_OF_SYSTEMS
        calls = [0, 0, 0]
        for which, times in ((kind, count), (made, 1)):
            if which in counted:
                calls[counted[which]] += times
        return calls[0], calls[1], calls[2]
