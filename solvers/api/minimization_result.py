"""What `minimize` returns: SciPy's fields, by what the method knows."""

import warnings
from typing import Any

from solvers.coroutines.alone import Ended
from solvers.coroutines.method import Method
from solvers.coroutines.row import BEST, GRADIENT, HESSIAN, NIT, PRODUCT, VALUES, VIOLATION
from solvers.result import OptimizeResult, OptimizeWarning
from solvers.status import STATUSES


def as_result(method: Method, ended: Ended, calls: tuple[int, int, int]) -> OptimizeResult:
    """One problem's end, with SciPy's status numbers and messages."""
    numbers, status = ended.parts["numbers"], STATUSES[ended.status]
    code, message = method.endings.get(status, (int(status), status.message))
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
    return OptimizeResult(fields | (kept if method.reports is None else method.reports(kept)))


def show(result: OptimizeResult) -> None:
    """Print how it ended, or warn that it did not converge: the option ``disp``."""
    if not result.success:
        warnings.warn(result.message, OptimizeWarning, stacklevel=3)
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
