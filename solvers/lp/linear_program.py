"""One linear program as SciPy takes it, for batches whose members have shapes of their own."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from solvers.arrays import Array
from solvers.lp.programs import Program
from solvers.lp.sparse import SparseRows


@dataclass(frozen=True)
class LinearProgram:
    """Minimize ``c @ x`` subject to ``A_ub @ x <= b_ub``, ``A_eq @ x == b_eq`` and bounds.

    Matrices are dense or of SciPy's sparse kind; `bounds` are a pair for all variables or (n, 2), None or
    infinite where there is none.
    """

    c: Any  # (n,)
    A_ub: Any = None  # (m_ub, n)
    b_ub: Any = None  # (m_ub,)
    A_eq: Any = None  # (m_eq, n)
    b_eq: Any = None  # (m_eq,)
    bounds: Any = (0, None)
    #: Taken so that it can be refused: batches solve linear programs; `milp` is for integers.
    integrality: Any = None

    @property
    def m_ub(self) -> int:
        """How many inequalities."""
        return 0 if self.b_ub is None else int(np.size(self.b_ub))

    def program(self) -> Program:
        """The same in the one form, its rows sparse.

        Raises
        ------
        ValueError
            If shapes disagree, or a variable has to be an integer.
        """
        if self.integrality is not None and np.any(self.integrality):
            raise ValueError(f"integrality: got {self.integrality}; only `milp` solves for integers")
        c = as_floats(self.c, "c", 1)
        above, b_ub = _rows("ub", self.A_ub, self.b_ub, len(c))
        equal, b_eq = _rows("eq", self.A_eq, self.b_eq, len(c))
        lower, upper = bound_pairs(self.bounds, len(c))
        if len(lower) != 1:
            raise ValueError(
                f"bounds: got those of {len(lower)} problems; give (lower, upper) or ({len(c)}, 2)"
            )
        row_lower = np.concatenate([np.full(len(b_ub), -np.inf), b_eq])
        return Program(c, above.above(equal), row_lower, np.concatenate([b_ub, b_eq]), lower[0], upper[0])


def as_floats(values: Any, name: str, *dimensions: int) -> Array:
    """An array of floats of one of these numbers of dimensions."""
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: got what is no array of numbers ({error})") from None
    if array.ndim not in dimensions:
        raise ValueError(
            f"{name}: got shape {array.shape}; give {' or '.join(map(str, dimensions))} dimensions"
        )
    return array


def bound_pairs(bounds: Any, n: int) -> tuple[Array, Array]:
    """Lower and upper bounds, (1, n) or (B, n), from a pair for all variables, (n, 2) or (B, n, 2).

    Raises
    ------
    ValueError
        If they are none of these.
    """
    given = np.asarray((0.0, np.inf) if bounds is None else bounds, dtype=object)
    if given.size == 0 and n == 0 and given.ndim < 3:  # no pairs, in whatever brackets
        given = np.empty((0, 2))
    if given.shape in ((2,), (1, 2)):
        given = np.broadcast_to(given, (n, 2))
    if given.ndim not in (2, 3) or given.shape[-2:] != (n, 2):
        raise ValueError(f"bounds: got shape {given.shape}; give (lower, upper), ({n}, 2) or (B, {n}, 2)")
    missing = given == None  # noqa: E711 - element by element
    filled = np.where(missing, [-np.inf, np.inf], given) if missing.any() else given
    pairs = as_floats(filled, "bounds", 2, 3)
    pairs = pairs if pairs.ndim == 3 else pairs[np.newaxis]
    return np.ascontiguousarray(pairs[..., 0]), np.ascontiguousarray(pairs[..., 1])


def _rows(kind: str, matrix: Any, bounds: Any, n: int) -> tuple[SparseRows, Array]:
    """A matrix (m, n) and its right-hand side (m,)."""
    if (matrix is None) != (bounds is None):
        missing, given = ("A", "b") if matrix is None else ("b", "A")
        raise ValueError(f"{missing}_{kind}: missing, but {given}_{kind} is given; give both or neither")
    if matrix is None:
        return SparseRows.of(np.empty((0, n))), np.empty(0)
    rows = SparseRows.of(matrix if hasattr(matrix, "tocsr") else as_floats(matrix, f"A_{kind}", 2))
    right = as_floats(bounds, f"b_{kind}", 1)
    if rows.shape != (len(right), n):
        raise ValueError(f"A_{kind}: got shape {rows.shape}; b_{kind} and c ask for {(len(right), n)}")
    return rows, right
