"""What a user gives for minimizing, as functions by the kinds of what methods ask for."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from solvers.api.built_up import BuiltUpHessian
from solvers.api.constraint_functions import Piece, Probe, joined
from solvers.api.one_given import WithGradient
from solvers.arrays import Array, BoolArray
from solvers.coroutines.method import Method
from solvers.coroutines.row import CURVATURE, GRADIENT, HESSIAN, JACOBIAN, OBJECTIVE, PRODUCT, VALUES
from solvers.evaluation.differences import SCHEMES
from solvers.evaluation.numerical import Differences
from solvers.methods.minimize import MODULES, find
from solvers.quasi_newton import strategy_of, update_options

#: SciPy's absolute step of forward differences where no scheme is named.
_EPS = 1.4901161193847656e-08
_NAMES = {
    GRADIENT: "a gradient (jac)",
    HESSIAN: "a Hessian (hess)",
    PRODUCT: "a Hessian (hess) or products with it (hessp)",
}


class Posed(NamedTuple):
    """A problem's functions, or those of many."""

    functions: dict[int, Callable[..., Any]]
    differences: dict[int, Differences]
    known: tuple[BoolArray, Callable[..., Any]] | None
    least: Array  # (m,)
    most: Array  # (m,)
    options: dict[str, float]  # what methods with updates of their own are told
    sizes: Sequence[int] = ()  # of each constraint


def default_method(bounds: Any, constraints: Any) -> str:
    """The method that SciPy takes where none is named."""
    if constraints is not None and len(
        constraints if isinstance(constraints, (list, tuple)) else [constraints]
    ):
        return "SLSQP"
    return "L-BFGS-B" if bounds is not None else "BFGS"


def pose(
    method: Method,
    fun: Callable[..., Any],
    jac: Any,
    hess: Any,
    hessp: Callable[..., Any] | None,
    pieces: Sequence[Piece],
    probes: Iterable[Probe],
    ours: Mapping[str, Any],
    *,
    alone: bool,
) -> Posed:
    """Sort what is given, and say how the rest is made.

    Parameters
    ----------
    method
        Who asks.
    fun, jac, hess, hessp
        As users give them.
    pieces
        The constraints.
    probes
        Where constraints show how many they are.
    ours
        ``eps`` and ``finite_diff_rel_step``.
    alone
        Whether there is one problem.

    Raises
    ------
    ValueError
        If the method needs what is not given.
    """
    functions: dict[int, Callable[..., Any]] = {OBJECTIVE: fun}
    relative = ours.get("finite_diff_rel_step")
    differences: dict[int, Differences] = {}
    options: dict[str, float] = {}
    if jac is True:
        both = WithGradient(fun)
        functions = {OBJECTIVE: both.value, GRADIENT: both.derivative}
    elif callable(jac):
        functions[GRADIENT] = jac
    elif isinstance(jac, str) and jac in SCHEMES:
        differences[GRADIENT] = Differences(jac, relative)
    else:
        eps = ours.get("eps", _EPS)
        by_share = relative is not None or method.asks & CURVATURE
        differences[GRADIENT] = Differences(relative=relative) if by_share else Differences(absolute=eps)
    if callable(hess):
        functions[HESSIAN] = hess
    elif isinstance(hess, str) and hess in SCHEMES:
        if GRADIENT not in functions:
            raise ValueError(
                f"hess: got {hess!r}. Whenever the gradient is estimated via finite-differences, the "
                "Hessian has to be built up by BFGS() or SR1(); or give a gradient (jac)"
            )
        differences[HESSIAN] = Differences(hess)
    elif strategy_of(hess) and method.asks & (HESSIAN | PRODUCT) and not method.asks & CURVATURE:
        if GRADIENT not in functions or not alone:
            raise ValueError(
                f"hess: got {strategy_of(hess)}(), which builds up the Hessian of one problem whose "
                f"gradient (jac) is given; trust-constr has updates for many, and for differences"
            )
        built = BuiltUpHessian(hess, functions[GRADIENT])
        functions |= {GRADIENT: built.gradient, HESSIAN: built.hessian}
    if hessp is not None:
        functions[PRODUCT] = hessp
    if method.asks & CURVATURE and not callable(hess) and HESSIAN not in differences and hessp is None:
        options |= update_options(hess)
    if method.asks & PRODUCT and HESSIAN not in functions and HESSIAN not in differences:
        options["products"] = 1.0
    _check(method, functions, differences)
    if not pieces:
        return Posed(functions, differences, None, np.empty(0), np.empty(0), options)
    together = joined(pieces, probes)
    functions[VALUES] = together.values
    known = None
    if together.known.all():
        functions[JACOBIAN] = together.jacobian
    else:
        differences[JACOBIAN] = Differences(together.scheme, together.relative_step)  # type: ignore[arg-type]
        known = (together.known, together.jacobian) if together.known.any() else None
    if together.curvature is not None:
        functions[CURVATURE] = together.curvature
    elif method.asks & CURVATURE and (together.update is not None or JACOBIAN not in functions):
        options |= update_options(together.update, "constraint_")
    return Posed(functions, differences, known, together.least, together.most, options, together.sizes)


def _check(method: Method, functions: Mapping[int, Any], differences: Mapping[int, Any]) -> None:
    """Refuse a method that needs what is not given."""
    given = sum(functions)
    if HESSIAN in functions or HESSIAN in differences:
        given |= HESSIAN | PRODUCT
    missing = method.requires & ~given
    for kind, what in _NAMES.items():
        if missing & kind:
            able = [name for name in MODULES if not find(name).requires & ~given]
            raise ValueError(f"{method.name} needs {what}; without it these do: {', '.join(able)}")
