"""Whether points are minima: conditions of first and second order, checked by code that no method shares.

With g the gradient, and N the normals of the bounds and constraints that hold at x, multipliers of the right
signs are sought that leave little of ``g - N' u``. Where no constraint but bounds hold, the Hessian on the
unknowns that are free says more: it must have no negative eigenvalue, and a step of Newton's promise no
fall of the objective worth mentioning.
"""

from dataclasses import dataclass

import numpy as np

from solvers.arrays import Array, BoolArray
from solvers.coroutines.formulas import FormulaProblems
from solvers.coroutines.row import GRADIENT, HESSIAN, JACOBIAN, OBJECTIVE, VALUES
from solvers.evaluation.problems import Problems
from solvers.kernels.compiling import kernel
from solvers.methods.minimize.quadratic.nonnegative import nonnegative_least_squares

#: What a step of Newton's may promise, as a share of 1 + |f|.
_FALL = 1e-4
#: What may be left of the gradient where there is no Hessian, as a share of 1 + |f| or of the gradient.
_REST = 1e-2
#: A negative eigenvalue that is less than this share of the largest is one of rounding.
_NEGATIVE = 1e-6
#: Eigenvalues count as at least this share of the largest.
_FLAT = 1e-8
#: A violation that may be, as a share of 1 + the limit's size; how near to its limit a constraint holds.
_VIOLATION, _HOLDS = 1e-4, 1e-5


@dataclass(frozen=True)
class MinimumCheck:
    """What is known of B points."""

    verified: BoolArray  # (B,)
    stationarity: Array  # (B,) the largest component of what multipliers leave of the gradient
    violation: Array  # (B,) of bounds and constraints
    curvature: Array  # (B,) the least eigenvalue on the free unknowns; NaN where it was not looked at
    reasons: dict[int, str]  # row -> what does not hold


def check_minima(problems: Problems | FormulaProblems, x: Array) -> MinimumCheck:
    """Check points x (B, n) of B problems."""
    with np.errstate(all="ignore"):
        found = _derivatives(problems, x)
        values, jacobian = found.values, found.jacobian
        outside = np.concatenate(
            [problems.lower - x, x - problems.upper, problems.least - values, values - problems.most], axis=1
        )
        limits = np.concatenate([problems.lower, problems.upper, problems.least, problems.most], axis=1)
        violation = np.maximum(outside, 0.0).max(axis=1, initial=0.0)
        size = 1.0 + np.where(np.isfinite(limits), np.abs(limits), 0.0)
        feasible: BoolArray = np.all(outside <= _VIOLATION * size, axis=1)
        holding = outside >= -_HOLDS * size  # (B, 2 n + 2 m) which side of what
        stationarity = _rest(found.gradient, jacobian, holding)
        steep = np.abs(found.gradient).max(axis=1, initial=0.0)
        scale = 1.0 + np.abs(found.fun)
        first = stationarity <= _REST * np.maximum(scale, steep * holding.any(axis=1))
        fall, curvature, known = _second_order(found, holding, x.shape[1])
        first = np.array(np.where(known, fall <= _FALL * scale, first))
        second = ~known | (curvature >= 0.0)
    finite: BoolArray = np.isfinite(found.fun)
    finite &= np.isfinite(found.gradient).all(axis=1)
    verified: BoolArray = np.array(finite & feasible & first & second)
    reasons = {}
    for row in np.flatnonzero(~verified).tolist():
        if not finite[row]:
            reasons[row] = "the objective or its gradient is not finite at what was found"
        elif not bool(feasible[row]):
            reasons[row] = f"what was found violates a bound or constraint by {violation[row]:.3g}"
        elif not first[row]:
            left = stationarity[row]
            reasons[row] = f"what was found is no stationary point: the gradient has {left:.3g} left"
        else:
            reasons[row] = (
                f"what was found is no minimum: the Hessian has the eigenvalue {curvature[row]:.3g}"
            )
    return MinimumCheck(verified, stationarity, violation, curvature, reasons)


@dataclass(frozen=True)
class _Derivatives:
    fun: Array  # (B,)
    gradient: Array  # (B, n)
    hessian: Array | None  # (B, n, n)
    values: Array  # (B, m)
    jacobian: Array  # (B, m, n)


def _derivatives(problems: Problems | FormulaProblems, x: Array) -> _Derivatives:
    """What is given, or differences, at x."""
    if isinstance(problems, FormulaProblems):
        return _Derivatives(*problems.derivatives(x))
    size, n = x.shape
    m = problems.least.shape[1]
    parts = {"x": x}
    for kind, name in (
        (OBJECTIVE, "fun"),
        (GRADIENT, "gradient"),
        (VALUES, "values"),
        (JACOBIAN, "jacobian"),
    ):
        if m == 0 and kind in (VALUES, JACOBIAN):
            parts[name] = np.empty((size, 0) if kind == VALUES else (size, 0, n))
        else:
            parts[name] = problems.evaluate(kind, parts).values
    given = HESSIAN in problems.functions or GRADIENT in problems.functions
    hessian = problems.evaluate(HESSIAN, parts).values if given else None
    return _Derivatives(parts["fun"], parts["gradient"], hessian, parts["values"], parts["jacobian"])


def _rest(gradient: Array, jacobian: Array, holding: BoolArray) -> Array:
    """What multipliers of the right signs leave of the gradients at the least, largest component, (B,)."""
    n = gradient.shape[1]
    rest: Array = np.abs(gradient).max(axis=1, initial=0.0)
    unit = np.eye(n)
    for row in np.flatnonzero(holding.any(axis=1) & np.isfinite(gradient).all(axis=1)):
        inward = np.concatenate([unit, -unit, jacobian[row], -jacobian[row]])[holding[row]]
        rest[row] = np.abs(_leftover(gradient[row], inward)).max(initial=0.0)
    return rest


def _leftover(gradient: Array, normals: Array) -> Array:
    """``g - N' u`` with the ``u >= 0`` that leaves least of it; N is (k, n)."""
    k, n = normals.shape
    columns, target = normals.copy(), gradient.copy()
    room = np.zeros((3, k))
    _multipliers(columns, target, *room, np.zeros(n))
    found: Array = gradient - room[0] @ normals
    return found


@kernel
def _multipliers(columns: Array, target: Array, u: Array, gain: Array, order: Array, room: Array) -> None:
    nonnegative_least_squares(columns, target, u, gain, order, room)


def _second_order(found: _Derivatives, holding: BoolArray, n: int) -> tuple[Array, Array, BoolArray]:
    """What Newton's step promises, the least eigenvalue on free unknowns, whether they are known; (B,)."""
    size = len(found.fun)
    fall: Array = np.full(size, np.nan)
    curvature: Array = np.full(size, np.nan)
    if found.hessian is None:
        return fall, curvature, np.zeros(size, dtype=bool)
    held = holding[:, :n] | holding[:, n : 2 * n]
    finite = np.isfinite(found.hessian).all(axis=(1, 2)) & np.isfinite(found.gradient).all(axis=1)
    known = np.asarray(finite & ~holding[:, 2 * n :].any(axis=1))
    free = ~held[known]
    inner = np.where(free[:, :, None] & free[:, None, :], found.hessian[known], 0.0)
    eigenvalues, vectors = np.linalg.eigh(inner)
    largest = np.abs(eigenvalues).max(axis=1, initial=0.0)
    along = np.einsum("bij,bi->bj", vectors, np.where(free, found.gradient[known], 0.0))
    floor = np.maximum(eigenvalues, np.maximum(_FLAT * largest, np.finfo(float).tiny)[:, None])
    fall[known] = 0.5 * (along * along / floor).sum(axis=1)
    least = eigenvalues.min(axis=1, initial=0.0)
    curvature[known] = np.where(least >= -_NEGATIVE * largest, np.maximum(least, 0.0), least)
    return fall, curvature, known
