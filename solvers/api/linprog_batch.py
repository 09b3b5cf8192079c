"""`linprog_batch`: very many linear programs."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from solvers.arrays import Array
from solvers.lp.linear_program import LinearProgram, as_floats, bound_pairs
from solvers.lp.programs import Programs, SparsePrograms
from solvers.lp.ragged import RaggedLinprogResult, solve_ragged
from solvers.lp.result import LinprogResult
from solvers.lp.solve import Basis, solve_programs
from solvers.lp.sparse import SparseRows


def linprog_batch(
    c: ArrayLike | Sequence[LinearProgram],
    A_ub: Any = None,
    b_ub: ArrayLike | None = None,
    A_eq: Any = None,
    b_eq: ArrayLike | None = None,
    bounds: Any = (0, None),
    *,
    method: str | None = None,
    basis: ArrayLike | None = None,
    maxiter: int | None = None,
    time_limit: float | None = None,
) -> LinprogResult | RaggedLinprogResult:
    """Minimize ``c @ x`` subject to ``A_ub @ x <= b_ub``, ``A_eq @ x == b_eq`` and bounds, many times.

    Each answer is checked against the problem's own numbers: `success`, and the statuses infeasible and
    unbounded, are said only with a certificate that holds.

    Parameters
    ----------
    c
        (B, n) costs, or (n,) shared by all; or a sequence of `LinearProgram`, whose shapes may differ.
    A_ub, A_eq
        (B, m_ub, n) and (B, m_eq, n), or (m_ub, n) and (m_eq, n) shared by all, then sparse if you like.
    b_ub, b_eq
        (B, m_ub) and (B, m_eq), or (m_ub,) and (m_eq,).
    bounds
        (lower, upper) of all variables, (n, 2), or (B, n, 2); None or infinite where there is none.
    method
        ``simplex``, the compiled one; ``highs``, ``highs-ds`` or ``highs-ipm``, HiGHS for one after the
        other; or None: the simplex, and HiGHS for problems that are large or of which it proves nothing.
    basis
        (n + m,) or (B, n + m) where the simplex starts, as `basis` of an earlier result: of a neighbour, or
        before something changed. Variables first, then inequalities, then equations.
    maxiter
        Iterations a problem at most.
    time_limit
        Seconds a problem at most, where HiGHS solves it.

    Returns
    -------
    LinprogResult
        Arrays with leading axis B; `RaggedLinprogResult`, with lists of arrays, for a sequence of programs.

    Raises
    ------
    ValueError
        If shapes disagree, or there is no such method or number of iterations. Numbers that make no problem
        (NaN, a lower bound above the upper one) are no error: their rows have the status BAD_INPUT and a
        message.

    Notes
    -----
    A problem's answer is the same alone, in any batch and in any order, to the bit.

    Examples
    --------
    Two right-hand sides for one problem:

    >>> from solvers import linprog_batch
    >>> result = linprog_batch([-1, -2], [[1, 1], [1, 3]], [[4, 6], [4, 9]])
    >>> result.fun
    array([-5. , -6.5])
    >>> result.x
    array([[3. , 1. ],
           [1.5, 2.5]])
    >>> result.ineqlin_marginals[0]
    array([-0.5, -0.5])
    """
    if isinstance(c, Sequence) and len(c) and all(isinstance(one, LinearProgram) for one in c):
        given = any(part is not None for part in (A_ub, b_ub, A_eq, b_eq))
        if given or not np.array_equal(bounds, np.array((0, None))):
            raise ValueError("programs bring their constraints and bounds along; leave A_ub to bounds out")
        if basis is not None:
            raise ValueError("programs of different shapes have no common basis; leave it out")
        return solve_ragged(c, method, maxiter, time_limit)  # type: ignore[arg-type]  # all are programs
    programs, m_ub = _programs(c, A_ub, b_ub, A_eq, b_eq, bounds)
    codes = None if basis is None else _basis(basis, programs)
    return solve_programs(
        programs, m_ub=m_ub, method=method, basis=codes, maxiter=maxiter, time_limit=time_limit
    )


def _programs(
    c: Any, A_ub: Any, b_ub: Any, A_eq: Any, b_eq: Any, bounds: Any
) -> tuple[Programs | SparsePrograms, int]:
    """Bring arrays into the one form; also how many rows are inequalities."""
    costs = _with_axis(as_floats(c, "c", 1, 2), 1)
    n = costs.shape[1]
    above, b_above = _rows("ub", A_ub, b_ub, n)
    equal, b_equal = _rows("eq", A_eq, b_eq, n)
    lower, upper = bound_pairs(bounds, n)
    parts = {"c": costs, "A_ub": above, "b_ub": b_above, "A_eq": equal, "b_eq": b_equal, "bounds": lower}
    arrays = {name: part for name, part in parts.items() if not isinstance(part, SparseRows)}
    sizes = {name: len(part) for name, part in arrays.items() if len(part) != 1}
    if len(set(sizes.values())) > 1:
        raise ValueError(
            f"leading axes disagree: {', '.join(f'{name} has {size}' for name, size in sizes.items())}; "
            "give each one problem's, or as many"
        )
    row_lower = _stacked(np.full_like(b_above, -np.inf), b_equal)
    size = next(iter(sizes.values()), 1)
    vectors = (row_lower, _stacked(b_above, b_equal), lower, upper)
    A = _matrix(above, equal)
    if isinstance(A, SparseRows):
        return SparsePrograms(size, costs, A, *vectors), b_above.shape[1]
    return Programs(size, costs, A, *vectors), b_above.shape[1]


def _rows(kind: str, matrix: Any, bounds: Any, n: int) -> tuple[Array | SparseRows, Array]:
    """Matrices (B or 1, m, n), or a sparse one (m, n), and right-hand sides (B or 1, m)."""
    if (matrix is None) != (bounds is None):
        missing, given = ("A", "b") if matrix is None else ("b", "A")
        raise ValueError(f"{missing}_{kind}: missing, but {given}_{kind} is given; give both or neither")
    if matrix is None:
        return np.empty((1, 0, n)), np.empty((1, 0))
    sparse = hasattr(matrix, "tocsr")
    rows = SparseRows.of(matrix) if sparse else _with_axis(as_floats(matrix, f"A_{kind}", 2, 3), 2)
    right = _with_axis(as_floats(bounds, f"b_{kind}", 1, 2), 1)
    wanted = (right.shape[1], n)
    if rows.shape[-2:] != wanted:
        raise ValueError(f"A_{kind}: got shape {rows.shape[-2:]} a problem; b_{kind} and c ask for {wanted}")
    return rows, right


def _matrix(above: Array | SparseRows, below: Array | SparseRows) -> Array | SparseRows:
    """One above the other; sparse where one of them is and all problems share both."""
    parts = (above, below)
    sparse = [isinstance(part, SparseRows) for part in parts]
    if any(sparse) and all(isinstance(part, SparseRows) or len(part) == 1 for part in parts):
        first, second = (part if isinstance(part, SparseRows) else SparseRows.of(part[0]) for part in parts)
        return first.above(second)
    return _stacked(*(part.toarray()[np.newaxis] if isinstance(part, SparseRows) else part for part in parts))


def _with_axis(array: Array, dimensions: int) -> Array:
    """With a leading axis of 1, if one is missing."""
    return np.ascontiguousarray(array if array.ndim > dimensions else array[np.newaxis])


def _stacked(above: Array, below: Array) -> Array:
    """Rows of one part and, below, of another; either may be shared, or empty."""
    if below.shape[1] == 0:
        return above
    if above.shape[1] == 0:
        return below
    size = max(len(above), len(below)) if len(above) and len(below) else 0
    parts = [np.broadcast_to(part, (size, *part.shape[1:])) for part in (above, below)]
    return np.ascontiguousarray(np.concatenate(parts, axis=1))  # which keeps the order of what was shared


def _basis(basis: ArrayLike, programs: Programs | SparsePrograms) -> Basis:
    """Codes (B or 1, n + m)."""
    codes = np.asarray(basis)
    codes = codes[np.newaxis] if codes.ndim == 1 else codes
    total = sum(programs.A.shape[-2:])
    if codes.ndim != 2 or codes.shape[1] != total or len(codes) not in (1, programs.size):
        raise ValueError(
            f"basis: got shape {np.shape(basis)}; give ({total},) or ({programs.size}, {total}), "
            "a code for each variable and row"
        )
    if not np.isin(codes, (0, 1, 2, 3)).all():
        raise ValueError("basis: codes are 0 at the lower bound, 1 basic, 2 at the upper one, 3 free at zero")
    return np.ascontiguousarray(codes, dtype=np.int8)
