"""Many problems of compiled formulas: each runs from start to end in compiled code.

Answers and counts are those that the other drivers give for the same functions.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numba import boolean, float64, int64

from solvers.arrays import Array, IntArray, Rows, as_index
from solvers.coroutines.flight import Ended, Flight, Task
from solvers.coroutines.row import (
    BEST,
    CURVATURE,
    FUN,
    GRADIENT,
    HESSIAN,
    JACOBIAN,
    NFEV,
    NHEV,
    NJEV,
    OBJECTIVE,
    STATUS,
    UNDEFINED,
    VALUES,
    Row,
)
from solvers.expressions import Formulas
from solvers.kernels.compiling import Functions, called, compiled_for, pointer
from solvers.status import Status

_NON_FINITE, _UNBOUNDED = int(Status.NON_FINITE), int(Status.UNBOUNDED)
#: Where a part of the row is among the others.
_X, _GRADIENT, _HESSIAN, _VALUES, _JACOBIAN, _MULTIPLIERS, _CURVATURE, _ANSWER = (
    Row._fields.index(name)
    for name in ("x", "gradient", "hessian", "values", "jacobian", "multipliers", "curvature", "answer")
)


@dataclass(frozen=True)
class FormulaProblems:
    """B problems given by formulas of n unknowns, and their numbers."""

    objective: Formulas | None
    values: Formulas | None  # m constraints or equations
    data: Array  # (B, k) the formulas' variables
    lower: Array  # (B, n)
    upper: Array  # (B, n)
    least: Array  # (B, m)
    most: Array  # (B, m)

    def __len__(self) -> int:
        return len(self.data)

    def take(self, rows: Rows) -> "FormulaProblems":
        """Only these problems."""
        index = as_index(rows)
        arrays = {
            f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("objective", "values")
        }
        return replace(self, **{name: array.take(index, axis=0) for name, array in arrays.items()})

    def derivatives(self, x: Array) -> tuple[Array, Array, Array, Array, Array]:
        """Objective (B,), gradient (B, n), Hessian (B, n, n), values (B, m), Jacobian (B, m, n) at x."""
        size, n = x.shape
        fun, gradient, triangle = self._at(self.objective, 2, x)
        hessian = np.empty((size, n, n))
        i, j = np.triu_indices(n)
        hessian[:, i, j] = hessian[:, j, i] = triangle[:, 0]
        return fun[:, 0], gradient[:, 0], hessian, *self.equations(x)

    def equations(self, x: Array) -> tuple[Array, Array]:
        """Values (B, m) and Jacobian (B, m, n) at x (B, n)."""
        values, jacobian, _ = self._at(self.values, 1, x)
        return values, jacobian

    def _at(self, formulas: Formulas | None, order: int, x: Array) -> tuple[Array, Array, Array]:
        """Values (B, m), gradients (B, m, n) and triangles of Hessians (B, m, ...) of formulas."""
        size, n = x.shape
        m = 0 if formulas is None else len(formulas.sources)
        out = np.empty((size, 0 if formulas is None else formulas.outputs(order)))
        if formulas is not None:
            _evaluate(
                pointer(formulas.kernel(order)), np.ascontiguousarray(x), np.ascontiguousarray(self.data), out
            )
        values, gradients = out[:, :m], out[:, m : m + m * n].reshape(size, m, n)
        return values, gradients, out[:, m + m * n :].reshape(size, m, n * (n + 1) // 2 if order > 1 else 0)


def solve(task: Task) -> Ended:
    """Solve all problems, which are `FormulaProblems`."""
    return _Computed(task).solve()


class _Computed(Flight):
    """A tick runs all in flight to their ends."""

    def __init__(self, task: Task) -> None:
        super().__init__(task)
        asks, problems = task.method.asks, task.problems
        objective = _kernels(problems.objective, (GRADIENT, HESSIAN), asks)
        values = _kernels(problems.values, (JACOBIAN, CURVATURE), asks)
        self.kernels = (objective or values) + (values or objective)  # what stands in is never called
        given = (formulas for formulas in (problems.objective, problems.values) if formulas is not None)
        self.out = np.empty(max(formulas.outputs(2) for formulas in given))
        self.counted = problems.objective is not None
        self.resume = pointer(task.method.compiled.resume)

    def tick(self) -> None:
        """Run all to their ends."""
        data = np.ascontiguousarray(self.task.problems.data[self.rows])
        _finish(
            self.resume, *self.kernels, self.layout.plan, self.memory, self.slots, data, self.out,
            self.counted,
        )  # fmt: skip
        self.land(np.zeros(len(self.rows), dtype=bool))


def _kernels(formulas: Formulas | None, higher: tuple[int, int], asks: int) -> list[Any]:
    """The kernels of orders 0, 1 and 2; where one is not asked for, that of a lower order stands in."""
    if formulas is None:
        return []
    kernels = [pointer(formulas.kernel(0))]
    for order, kinds in enumerate(higher, start=1):
        kernels.append(pointer(formulas.kernel(order)) if asks & kinds else kernels[-1])
    return kernels


@compiled_for(
    Functions.coroutine,
    *6 * (Functions.formula,),
    int64[::1],
    float64[:, ::1],
    int64[::1],
    float64[:, ::1],
    float64[::1],
    boolean,
)
def _finish(
    resume: Callable[..., int],
    objective: Callable[..., None],
    objective_1: Callable[..., None],
    objective_2: Callable[..., None],
    values: Callable[..., None],
    values_1: Callable[..., None],
    values_2: Callable[..., None],
    plan: IntArray,
    memory: Array,
    slots: IntArray,
    data: Array,
    out: Array,
    minimizing: bool,
) -> None:
    """Run each problem to its end."""
    at = plan[1:]
    for i in range(len(slots)):
        row = memory[slots[i]]
        numbers, x = row[at[0] : at[1]], row[at[_X] : at[_X + 1]]
        first = True
        while True:
            asked = resume(plan, row)
            if asked == 0:
                break
            defined = True
            if asked & (OBJECTIVE | GRADIENT | HESSIAN):
                if asked & HESSIAN:
                    objective_2(x, data[i], out)
                elif asked & GRADIENT:
                    objective_1(x, data[i], out)
                elif asked & OBJECTIVE:
                    objective(x, data[i], out)
                defined = _take_objective(plan, row, out, asked)
            if asked & (VALUES | JACOBIAN | CURVATURE) and defined:
                if asked & CURVATURE:
                    values_2(x, data[i], out)
                elif asked & JACOBIAN:
                    values_1(x, data[i], out)
                else:
                    values(x, data[i], out)
                defined = _take_values(plan, row, out, asked, minimizing)
            numbers[UNDEFINED] = 0.0 if defined else 1.0
            if not defined:
                if asked & OBJECTIVE and numbers[FUN] == -math.inf:
                    _put(x, row[at[_ANSWER] : at[_ANSWER + 1]])
                    numbers[BEST], numbers[STATUS] = -math.inf, _UNBOUNDED
                    break
                if first:
                    numbers[STATUS] = _NON_FINITE
                    break
                if asked & (OBJECTIVE | GRADIENT):
                    numbers[FUN] = math.inf
            first = False


@compiled_for(Functions.formula, float64[:, ::1], float64[:, ::1], float64[:, ::1])
def _evaluate(formula: Callable[..., None], x: Array, data: Array, out: Array) -> None:
    for i in range(len(x)):
        formula(x[i], data[i], out[i])


@called
def _take_objective(plan: IntArray, row: Array, out: Array, asked: int) -> bool:
    """Write what was asked for of the objective into the row, and count; whether it is defined."""
    at = plan[1:]
    numbers, n = row[at[0] : at[1]], at[_X + 1] - at[_X]
    if asked & OBJECTIVE:
        numbers[FUN] = out[0]
        numbers[NFEV] += 1.0
        if not math.isfinite(out[0]):
            return False
    if asked & GRADIENT:
        numbers[NJEV] += 1.0
        if not _put(out[1 : 1 + n], row[at[_GRADIENT] : at[_GRADIENT + 1]]):
            return False
    if asked & HESSIAN:
        numbers[NHEV] += 1.0
        return _unpack(out[1 + n :], row[at[_HESSIAN] : at[_HESSIAN + 1]].reshape((n, n)))
    return True


@called
def _take_values(plan: IntArray, row: Array, out: Array, asked: int, minimizing: bool) -> bool:
    """Write what was asked for of constraints or equations into the row; whether it is defined."""
    at = plan[1:]
    numbers, n, m = row[at[0] : at[1]], at[_X + 1] - at[_X], at[_VALUES + 1] - at[_VALUES]
    if asked & VALUES:
        numbers[NFEV] += 0.0 if minimizing else 1.0
        if not _put(out[:m], row[at[_VALUES] : at[_VALUES + 1]]):
            return False
    if asked & JACOBIAN:
        numbers[NJEV] += 0.0 if minimizing else 1.0
        if not _put(out[m : m + m * n], row[at[_JACOBIAN] : at[_JACOBIAN + 1]]):
            return False
    if asked & CURVATURE:
        total, each = row[at[_CURVATURE] : at[_CURVATURE + 1]].reshape((n, n)), n * (n + 1) // 2
        multipliers, begin = row[at[_MULTIPLIERS] : at[_MULTIPLIERS + 1]], m + m * n
        for k in range(m):
            for p in range(each):
                out[begin + p] = multipliers[k] * out[begin + k * each + p] + (out[begin + p] if k else 0.0)
        return _unpack(out[begin : begin + each], total)
    return True


@called
def _put(source: Array, target: Array) -> bool:
    """Copy, and say whether all is finite."""
    finite = True
    for i in range(len(source)):
        target[i] = source[i]
        finite = finite and math.isfinite(source[i])
    return finite


@called
def _unpack(triangle: Array, matrix: Array) -> bool:
    """Fill a symmetric matrix from its upper triangle, and say whether all is finite."""
    k, finite = 0, True
    for i in range(len(matrix)):
        for j in range(i, len(matrix)):
            matrix[i, j] = matrix[j, i] = triangle[k]
            finite = finite and math.isfinite(triangle[k])
            k += 1
    return finite
