"""`linprog` with SciPy's signature, for one linear program."""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from solvers.api.highs_options import LINPROG, configure
from solvers.api.linprog_answer import of_batch, of_highs
from solvers.api.linprog_input import as_integrality, as_program, vector
from solvers.arrays import IntArray
from solvers.lp.highs import METHODS, HighsSolver
from solvers.lp.programs import Program
from solvers.result import OptimizeResult, OptimizeWarning


def linprog(
    c: ArrayLike,
    A_ub: Any = None,
    b_ub: ArrayLike | None = None,
    A_eq: Any = None,
    b_eq: ArrayLike | None = None,
    bounds: Any = (0, None),
    method: str = "highs",
    callback: Callable[..., Any] | None = None,
    options: Mapping[str, Any] | None = None,
    x0: ArrayLike | None = None,
    integrality: ArrayLike | None = None,
) -> OptimizeResult:
    """Minimize ``c x`` subject to ``A_ub x <= b_ub``, ``A_eq x == b_eq`` and bounds, for one problem.

    Parameters
    ----------
    c
        Costs, (n,).
    A_ub, b_ub
        Inequalities, (m_ub, n) and (m_ub,); the matrix dense or sparse.
    A_eq, b_eq
        Equations, (m_eq, n) and (m_eq,); the matrix dense or sparse.
    bounds
        One pair (lower, upper) for all variables, or (n, 2); None is no bound.
    method
        ``highs``, ``highs-ds`` (dual simplex) or ``highs-ipm`` (interior points and crossover) by HiGHS;
        ``simplex``, the compiled simplex method of this package, whose answers carry a certificate.
    callback
        None of the methods calls back.
    options
        ``maxiter`` for all methods. For HiGHS ``disp``, ``presolve``, ``time_limit`` (s), ``mip_rel_gap``,
        ``mip_max_nodes``, ``dual_feasibility_tolerance``, ``primal_feasibility_tolerance``,
        ``ipm_optimality_tolerance`` and ``simplex_dual_edge_weight_strategy`` (``dantzig``, ``devex``,
        ``steepest-devex``, ``steepest``), with SciPy's meanings and HiGHS's defaults; others go to HiGHS
        as they are, with a warning.
    x0
        Not used: no method starts from a point.
    integrality
        For ``highs``, a number or (n,): 0 continuous, 1 integer, 2 semi-continuous, 3 semi-integer.

    Returns
    -------
    OptimizeResult
        SciPy's fields: ``x`` (n,), ``fun``, ``slack`` (m_ub,), ``con`` (m_eq,); ``ineqlin``, ``eqlin``,
        ``lower`` and ``upper``, each with ``residual`` and ``marginals`` (the change of the optimum with the
        right-hand side or bound; 0 for mixed-integer programs, which have none); ``nit``, ``crossover_nit``,
        ``success``, ``status`` (0 optimal, 1 limit, 2 infeasible, 3 unbounded, 4 numerical trouble) and
        ``message``; ``mip_node_count``, ``mip_dual_bound`` and ``mip_gap``, 0 where nothing is an integer.
        What there is no answer for is None.

    Raises
    ------
    ValueError, TypeError
        If the arguments do not make a linear program; what and why is said.

    References
    ----------
    Q. Huangfu, J. A. J. Hall, "Parallelizing the dual revised simplex method", Mathematical Programming
    Computation 10 (2018) 119-142.

    Examples
    --------
    >>> from solvers import linprog
    >>> best = linprog([-1, 4], A_ub=[[-3, 1], [1, 2]], b_ub=[6, 4], bounds=[(None, None), (-3, None)])
    >>> best.x.tolist(), best.fun
    ([10.0, -3.0], -22.0)
    >>> best.ineqlin.marginals.tolist()
    [0.0, -1.0]
    """
    name = _method(method, callback)
    if x0 is not None:
        warnings.warn(f"x0 is not used by method {method!r}", OptimizeWarning, stacklevel=2)
    program = as_program(c, A_ub, b_ub, A_eq, b_eq, bounds)
    if x0 is not None and len(vector("x0", x0)) != len(program.c):
        raise ValueError(f"x0: got {np.size(x0)} values; c has {len(program.c)}")
    kinds = _kinds(integrality, name, len(program.c))
    m_ub = 0 if b_ub is None else np.size(b_ub)
    if name == "simplex":
        return _by_simplex(program, m_ub, options or {})
    solver = HighsSolver(name)
    configure(solver, options or {}, LINPROG, OptimizeWarning)
    program = replace(program, integrality=kinds)
    return of_highs(program, m_ub, solver.solve(program))


def _method(method: str, callback: Any) -> str:
    """The method's name in small letters, if it is one of ours."""
    name = str(method).lower()
    if name not in {*METHODS, "simplex"}:
        instead = {"interior-point": "; use highs-ipm", "revised simplex": "; use simplex or highs-ds"}
        raise ValueError(
            f"Unknown solver {method!r}{instead.get(name, '')}: there are {', '.join(METHODS)}, simplex"
        )
    if callback is not None:
        error = ValueError if name == "simplex" else NotImplementedError  # which SciPy raises for HiGHS
        raise error(f"method {method!r} does not call back; leave `callback` out")
    return name


def _kinds(integrality: ArrayLike | None, method: str, n: int) -> IntArray | None:
    """(n,) which variables are integers; None if all are continuous."""
    if integrality is None or not np.any(integrality):
        return None
    if method == "highs":
        return as_integrality(integrality, n)
    warnings.warn(
        f"Only `method='highs'` supports integer constraints, got {method!r}. Ignoring `integrality`.",
        OptimizeWarning,
        stacklevel=3,
    )
    return None


def _by_simplex(program: Program, m_ub: int, options: Mapping[str, Any]) -> OptimizeResult:
    """By the compiled simplex method, as a batch of one."""
    if unknown := set(options) - {"maxiter"}:
        warnings.warn(
            f"method 'simplex' has no option {', '.join(sorted(unknown))}: not used",
            OptimizeWarning,
            stacklevel=3,
        )
    from solvers.lp.solve import solve_program  # Numba: only where it is used

    maxiter = options.get("maxiter")
    return of_batch(program, solve_program(program, m_ub=m_ub, method="simplex", maxiter=maxiter))
