"""What SciPy's `linprog` takes, as one `Program`: shapes, kinds of numbers and forms of bounds, checked."""

from typing import Any

import numpy as np

from solvers.arrays import Array, IntArray
from solvers.lp.linear_program import LinearProgram
from solvers.lp.programs import Program


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
        raise ValueError("c: got no values; give the cost of at least one variable, (n,)")
    program = LinearProgram(
        costs,
        _matrix("A_ub", A_ub, len(costs)),
        vector("b_ub", () if b_ub is None else b_ub),
        _matrix("A_eq", A_eq, len(costs)),
        vector("b_eq", () if b_eq is None else b_eq),
        _pairs(bounds, len(costs)),
    )
    return program.program()


def vector(name: str, values: Any) -> Array:
    """Finite numbers as (k,), however many axes of length 1 they came with."""
    array = np.atleast_1d(_numbers(name, values).squeeze())
    if array.ndim != 1:
        raise ValueError(f"{name}: got shape {np.shape(values)}; give one axis, others of length 1 at most")
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


def _matrix(name: str, values: Any, n: int) -> Any:
    """A matrix of finite numbers, sparse if it was; (0, n) if there is none."""
    if values is None:
        return np.zeros((0, n))
    if hasattr(values, "tocsr"):
        rows = values.tocsr()
        _check_finite(name, rows.data)
        return rows
    array = _numbers(name, values)
    _check_finite(name, array)
    return array


def _pairs(bounds: Any, n: int) -> Array:
    """(1, 2) or (n, 2) from one pair for all or a pair a variable; None and NaN are no bound, as in SciPy."""
    try:
        pairs = np.atleast_2d(np.array((0, np.inf) if bounds is None else bounds, dtype=float))
    except (ValueError, TypeError) as problem:
        raise type(problem)(f"bounds: got what are no pairs of numbers or None ({problem})") from problem
    if not pairs.size:
        return np.array([[0.0, np.inf]])
    if pairs.shape == (2, 1):
        pairs = pairs.T
    if pairs.shape not in {(n, 2), (1, 2)}:
        turned = "; transpose them" if pairs.shape == (2, n) else ""
        raise ValueError(
            f"bounds: got shape {pairs.shape}; give one pair (lower, upper) for all variables, "
            f"or a pair for each, shape ({n}, 2){turned}"
        )
    return np.where(np.isnan(pairs), [-np.inf, np.inf], pairs)


def _numbers(name: str, values: Any) -> Array:
    if hasattr(values, "tocsr"):
        raise ValueError(f"`{name}` must be a dense array, got a sparse one")
    try:
        return np.array(values, dtype=float)
    except (ValueError, TypeError) as problem:
        raise TypeError(f"{name}: got what is no array of numbers ({problem})") from problem


def _check_finite(name: str, values: Array) -> None:
    if not np.isfinite(values).all():
        raise ValueError(f"{name}: got a number that is infinite, NaN or None; give finite ones")
