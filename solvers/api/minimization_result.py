"""What `minimize` returns: SciPy's fields, by what the method knows."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from solvers.arrays import Array
from solvers.coroutines.alone import Ended
from solvers.coroutines.method import Method
from solvers.coroutines.row import (
    BEST,
    CURVATURE,
    DETAIL,
    GRADIENT,
    HESSIAN,
    JACOBIAN,
    NIT,
    PRODUCT,
    VALUES,
    VIOLATION,
)
from solvers.result import OptimizeResult, OptimizeWarning
from solvers.status import STATUSES, Status

#: Methods whose warnings are of this category in SciPy.
_WARN_OF_RUNNING = ("Nelder-Mead", "Powell", "dogleg", "trust-ncg", "trust-krylov", "trust-exact")


def as_result(method: Method, ended: Ended, calls: Sequence[int]) -> OptimizeResult:
    """One problem's end, with SciPy's status numbers and messages."""
    numbers, status = ended.parts["numbers"], STATUSES[ended.status]
    code, message = ending(method, status, numbers)
    fields: dict[str, Any] = {
        "x": ended.parts["answer"].copy(),
        "fun": float(numbers[BEST]),
        "nit": int(numbers[NIT]),
        "nfev": calls[0],
        "status": code,
        "success": status.converged,
        "message": message,
    }
    if method.asks & GRADIENT:
        fields |= {"jac": ended.parts["slope"].copy(), "njev": calls[1]}
    if method.asks & (HESSIAN | PRODUCT):
        fields["nhev"] = calls[2]
    if method.asks & HESSIAN:
        fields["hess"] = ended.parts["hessian"].copy()
    if method.asks & VALUES:
        fields["maxcv"] = float(numbers[VIOLATION])
    kept = {name: part.copy() for name, part in ended.kept.items()}
    if "multipliers" in kept:
        kept["multipliers"] = _in_scipys_order(kept["multipliers"], ended.parts["least"], ended.parts["most"])
    return OptimizeResult(fields | (kept if method.reports is None else method.reports(kept)))


def by_constraint(
    result: OptimizeResult, sizes: Sequence[int], calls: Mapping[int, int], *, bounded: bool
) -> None:
    """Give the result of trust-constr SciPy's form: lists with an entry a constraint, the bounds last.

    ``jac`` are the constraints' Jacobians then, and ``grad`` is the gradient. Calls are by kind; all of the
    constraints are called at once.
    """
    ends = np.cumsum([*sizes])[:-1]
    of_bounds = {"v": result.pop("v_of_bounds"), "constr": result.x, "jac": np.eye(len(result.x))}
    result["grad"], result["jac"] = result.jac, result.pop("constr_jac")
    result["niter"] = result.nit
    for name, last in of_bounds.items():
        result[name] = (np.split(result[name], ends) if sizes else []) + [last] * bounded
    for name, kind in (("constr_nfev", VALUES), ("constr_njev", JACOBIAN), ("constr_nhev", CURVATURE)):
        result[name] = [calls.get(kind, 0)] * len(sizes) + [0] * bounded


def ending(method: Method, status: Status, numbers: Array) -> tuple[int, str]:
    """SciPy's number and words for how one problem ended."""
    detailed = None if status.converged else method.details.get(int(numbers[DETAIL]))
    return detailed or method.endings.get(status, (int(status), status.message))


def _in_scipys_order(multipliers: Array, least: Array, most: Array) -> Array:
    """Multipliers of equations first, then of lower and upper limits, at least 0."""
    parts: list[float] = list(multipliers[least == most])
    for value, low, high in zip(multipliers, least, most, strict=True):
        if low != high:
            parts += [max(value, 0.0)] * bool(np.isfinite(low)) + [max(-value, 0.0)] * bool(np.isfinite(high))
    return np.array(parts)


def show(method: Method, result: OptimizeResult) -> None:
    """Print how it ended, or warn that it did not converge, in SciPy's categories: the option ``disp``."""
    if not result.success:
        category = RuntimeWarning if method.name in _WARN_OF_RUNNING else OptimizeWarning
        warnings.warn(result.message, category, stacklevel=3)
    lines = [result.message] if result.success else []
    if isinstance(result.fun, float):
        lines.append(f"         Current function value: {result.fun:f}")
    for name, what in (
        ("nit", "Iterations"),
        ("nfev", "Function evaluations"),
        ("njev", "Gradient evaluations"),
        ("nhev", "Hessian evaluations"),
    ):
        if name in result:
            lines.append(f"         {what}: {result[name]:d}")
    print("\n".join(lines))  # noqa: T201 - what disp is for
