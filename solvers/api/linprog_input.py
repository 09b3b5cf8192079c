"""What SciPy's `linprog` takes, as one `Program`: shapes, kinds of numbers and forms of bounds, checked."""

from typing import Any

import numpy as np

from solvers.arrays import Array, IntArray
from solvers.lp.programs import Program
from solvers.lp.sparse import SparseRows


def as_program(c: Any, A_ub: Any, b_ub: Any, A_eq: Any, b_eq: Any, bounds: Any) -> Program:
    """Bring one problem into the form of all, inequalities above equations.

    Raises
    ------
    ValueError
        If shapes disagree, or a number other than a bound is not finite.
    TypeError
        If what should be numbers are none.
    """
    costs = vector("c", c)
    if not len(costs):
        raise ValueError("c is empty; give the cost of at least one variable, (n,)")
    n = len(costs)
    A, upper_rows = _rows("ub", A_ub, b_ub, n)
    B, equal_rows = _rows("eq", A_eq, b_eq, n)
    lower, upper = _bounds(bounds, n)
    return Program(
        costs,
        A.above(B),
        np.concatenate([np.full(len(upper_rows), -np.inf), equal_rows]),
        np.concatenate([upper_rows, equal_rows]),
        lower,
        upper,
    )


def vector(name: str, values: Any) -> Array:
    """Finite numbers as (k,), however many axes of length 1 they came with."""
    array = np.atleast_1d(_numbers(name, values).squeeze())
    if array.ndim != 1:
        raise ValueError(f"{name} has shape {np.shape(values)}; give one axis, or others of length 1 only")
    _check_finite(name, array)
    return array


def as_integrality(kinds: Any, n: int) -> IntArray:
    """SciPy's codes 0 to 3 as (n,), from one for all or one a variable."""
    if hasattr(kinds, "tocsr"):
        raise ValueError("`integrality` must be a dense array, got a sparse one")
    codes = _numbers("integrality", kinds)
    if codes.shape not in {(), (1,), (n,)} or not np.isin(codes, (0, 1, 2, 3)).all():
        raise ValueError(
            "`integrality` must contain integers 0-3 and be broadcastable to `c.shape`, "
            f"({n},), got {codes.tolist()}"
        )
    return np.broadcast_to(codes.astype(np.int64), n)


def _rows(kind: str, A: Any, b: Any, n: int) -> tuple[SparseRows, Array]:
    """The matrix (m, n) and the right-hand side (m,) of the inequalities or equations."""
    side = np.zeros(0) if b is None else vector(f"b_{kind}", b)
    if A is None:
        rows = SparseRows.of(np.zeros((0, n)))
    elif hasattr(A, "tocsr"):
        rows = SparseRows.of(A)
    else:
        dense = _numbers(f"A_{kind}", A)
        _check_columns(kind, dense.shape, n)
        rows = SparseRows.of(dense)
    _check_columns(kind, rows.shape, n)
    _check_finite(f"A_{kind}", rows.data)
    if rows.shape[0] != len(side):
        raise ValueError(
            f"A_{kind} has {rows.shape[0]} rows but b_{kind} has {len(side)} values; give one value a row"
        )
    return rows, side


def _bounds(bounds: Any, n: int) -> tuple[Array, Array]:
    """(n,) each, from one pair for all or a pair a variable; None and NaN are no bound."""
    try:
        pairs = np.atleast_2d(np.asarray((0, np.inf) if bounds is None else bounds, dtype=float))
    except (ValueError, TypeError) as problem:
        raise type(problem)(f"bounds cannot be read as pairs of numbers or None: {problem}") from problem
    if not pairs.size:
        pairs = np.array([[0.0, np.inf]])
    if pairs.shape == (2, 1):
        pairs = pairs.T
    if pairs.shape not in {(n, 2), (1, 2)}:
        turned = "; transpose them" if pairs.shape == (2, n) else ""
        raise ValueError(
            f"bounds have shape {pairs.shape}; give one pair (lower, upper) for all variables, "
            f"or a pair for each, shape ({n}, 2){turned}"
        )
    lower, upper = np.broadcast_to(pairs, (n, 2)).T
    return np.where(np.isnan(lower), -np.inf, lower), np.where(np.isnan(upper), np.inf, upper)


def _numbers(name: str, values: Any) -> Array:
    if hasattr(values, "tocsr"):
        raise ValueError(f"`{name}` must be a dense array, got a sparse one")
    try:
        return np.array(values, dtype=float)
    except (ValueError, TypeError) as problem:
        raise TypeError(f"{name} cannot be read as an array of numbers: {problem}") from problem


def _check_columns(kind: str, shape: tuple[int, ...], n: int) -> None:
    if len(shape) != 2 or shape[1] != n:
        raise ValueError(
            f"A_{kind} has shape {shape}; give two axes, with a column for each of the {n} values of c"
        )


def _check_finite(name: str, values: Array) -> None:
    if not np.isfinite(values).all():
        raise ValueError(f"{name} has a number that is infinite, NaN or None; give finite ones")
