"""`milp` with SciPy's signature, for one mixed-integer linear program."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from solvers.api.highs_options import MILP, configure
from solvers.api.linprog_answer import has_answer, mip_fields, scipy_status
from solvers.api.linprog_input import as_integrality
from solvers.arrays import Array
from solvers.constraints import Bounds, LinearConstraint
from solvers.lp.highs import HighsSolver
from solvers.lp.programs import Program
from solvers.lp.sparse import SparseRows
from solvers.result import OptimizeResult


def milp(
    c: ArrayLike,
    *,
    integrality: ArrayLike | None = None,
    bounds: Any = None,
    constraints: Any = None,
    options: Mapping[str, Any] | None = None,
) -> OptimizeResult:
    """Minimize ``c x`` subject to ``lb <= A x <= ub``, bounds and integrality, as SciPy does, by HiGHS.

    Parameters
    ----------
    c
        Costs, (n,).
    integrality
        A number or (n,): 0 continuous, 1 integer, 2 semi-continuous (0, or within its bounds), 3 both.
    bounds
        `Bounds`, SciPy's or a pair (lb, ub), each a number or (n,); default: 0 and no upper bound.
    constraints
        A `LinearConstraint`, SciPy's or a tuple (A, lb, ub); or a sequence of these.
    options
        ``disp``, ``presolve``, ``time_limit`` (s), ``node_limit``, ``mip_rel_gap``; others go to HiGHS as
        they are, with a warning.

    Returns
    -------
    OptimizeResult
        ``x`` (n,), ``fun``, ``success``, ``status`` (0 optimal, 1 limit, 2 infeasible, 3 unbounded, 4 other),
        ``message``, ``mip_node_count``, ``mip_dual_bound``, ``mip_gap``; None where there is no answer, the
        last three also where nothing is an integer. At a limit, x is the best point found so far.

    Raises
    ------
    ValueError, TypeError
        If the arguments do not make a program; what and why is said.

    References
    ----------
    Q. Huangfu, J. A. J. Hall, "Parallelizing the dual revised simplex method", Mathematical Programming
    Computation 10 (2018) 119-142.

    Examples
    --------
    >>> from solvers import LinearConstraint, milp
    >>> rows = LinearConstraint([[-1, 1], [3, 2], [2, 3]], ub=[1, 12, 12])
    >>> milp([0, -1], integrality=1, constraints=rows).x.tolist()
    [1.0, 2.0]
    """
    costs = _costs(c)
    n = len(costs)
    codes = as_integrality(0 if integrality is None else integrality, n)
    lower, upper = _bounds(bounds, n)
    A, row_lower, row_upper = _rows(constraints, n)
    solver = HighsSolver()
    configure(solver, options or {}, MILP, RuntimeWarning)
    kinds = codes if codes.any() else None
    program = Program(costs, A, row_lower, row_upper, lower, upper, kinds)
    answer = solver.solve(program)
    status, message = scipy_status(program, answer)
    result = OptimizeResult(
        status=status,
        message=message,
        success=status == 0,
        **dict.fromkeys(("x", "fun", "mip_node_count", "mip_dual_bound", "mip_gap")),
    )
    if has_answer(answer, integers=kinds is not None):
        result.update(x=answer.x, fun=answer.fun)
        if kinds is not None:
            result.update(mip_fields(answer))
    return result


def _costs(c: Any) -> Array:
    """(n,)."""
    if hasattr(c, "tocsr"):
        raise ValueError("`c` must be a dense array, got a sparse one")
    costs = np.atleast_1d(np.array(c, float))
    if costs.ndim != 1 or not costs.size or not np.isfinite(costs).all():
        raise ValueError(
            f"`c` must be a one-dimensional array of finite numbers with at least one element, got {c!r:.200}"
        )
    return costs


def _bounds(bounds: Any, n: int) -> tuple[Array, Array]:
    """(n,) each."""
    if bounds is None:
        bounds = Bounds(0, np.inf)
    elif not _has(bounds, "lb", "ub"):
        try:
            bounds = Bounds(*bounds)
        except TypeError as problem:
            raise ValueError(
                f"`bounds` must be convertible into an instance of `Bounds`, a pair (lb, ub): {problem}"
            ) from problem
    return _limits("bounds", bounds, n, "`c.shape`")


def _rows(constraints: Any, n: int) -> tuple[SparseRows, Array, Array]:
    """All constraints, one below the other: A (m, n), lb and ub (m,)."""
    A, lower, upper = SparseRows.of(np.zeros((0, n))), np.zeros(0), np.zeros(0)
    for constraint in _each(constraints):
        rows = SparseRows.of(constraint.A)
        if rows.shape[1] != n:
            raise ValueError(f"The shape of `A` must be (len(b_l), len(c)). It is {rows.shape}, c has {n}")
        if not np.isfinite(rows.data).all():
            raise ValueError("the `A` of a constraint has a number that is infinite or NaN; give finite ones")
        low, high = _limits("constraint", constraint, rows.shape[0], "`A.shape[:1]`")
        A, lower, upper = A.above(rows), np.concatenate([lower, low]), np.concatenate([upper, high])
    return A, lower, upper


def _each(constraints: Any) -> list[Any]:
    """Constraints one by one: given as one, as a tuple that makes one, or as a sequence of these."""
    if constraints is None:
        return []
    if _has(constraints, "A", "lb", "ub"):
        return [constraints]
    wanted = (
        "`constraints` (or each element within `constraints`) must be convertible into an instance of "
        "`LinearConstraint`, as a tuple (A, lb, ub) is"
    )
    if not isinstance(constraints, Iterable):
        raise ValueError(f"{wanted}, got {constraints!r}")
    items = list(constraints)
    parts = items if all(map(_is_constraint, items)) else [items]
    try:
        return [part if _has(part, "A", "lb", "ub") else LinearConstraint(*part) for part in parts]
    except (TypeError, ValueError) as problem:
        raise ValueError(f"{wanted}: {problem}") from problem


def _is_constraint(item: Any) -> bool:
    """Whether it is one, or a tuple that begins with a matrix."""
    if isinstance(item, tuple | list):
        return bool(item) and (_has(item[0], "tocsr") or np.iterable(item[0]))
    return _has(item, "A", "lb", "ub")


def _limits(name: str, limits: Any, size: int, like: str) -> tuple[Array, Array]:
    """`lb` and `ub` as (size,) each."""
    try:
        lower, upper = (np.broadcast_to(np.asarray(side, float), (size,)) for side in (limits.lb, limits.ub))
    except (TypeError, ValueError) as problem:
        raise ValueError(
            f"`{name}.lb` and `{name}.ub` must contain reals and be broadcastable to {like}, ({size},): "
            f"{problem}"
        ) from problem
    if np.isnan(lower).any() or np.isnan(upper).any():
        raise ValueError(
            f"`{name}.lb` or `{name}.ub` is NaN; give an infinite number where there is no limit"
        )
    return lower, upper


def _has(thing: Any, *names: str) -> bool:
    return all(hasattr(thing, name) for name in names)
