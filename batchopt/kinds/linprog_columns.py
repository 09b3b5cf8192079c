"""From columns of parts to linear programs: sizes are compared, rows of one shape become checked arrays."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from batchopt.job.linprog import ProblemSection
from batchopt.kinds.linprog_batch import Batch, Refusals, blocks
from batchopt.kinds.linprog_lists import Lists, is_nested, whole
from batchopt.kinds.linprog_parts import DenseMatrices, Matrices, Shared, Vectors, matrices
from solvers.arrays import Array, IntArray
from solvers.lp.programs import Program
from solvers.lp.solve import fits
from solvers.lp.sparse import SparseRows

_NO_BOUNDS = np.array([-np.inf, np.inf])
_NONE = np.zeros(0)


class ColumnProblems:
    """The linear programs (B,) that the rows of a table hold, part by part."""

    def __init__(self, section: ProblemSection, table: Any, refusals: Refusals) -> None:
        self.refusals = refusals
        self.rows = np.arange(table.num_rows)
        self.c = _vectors(section, "c", table, _NONE)
        self.A = {name: _matrices(section, f"A_{name}", table) for name in ("ub", "eq")}
        self.b = {name: _vectors(section, f"b_{name}", table, _NONE) for name in ("ub", "eq")}
        self.lower = _vectors(section, "lower", table, np.zeros(()))
        self.upper = _vectors(section, "upper", table, np.array(np.inf))
        self.bounds = _bounds(section, table)
        self.n = self._widths()  # (B,)
        self.m = {name: self._heights(name) for name in ("ub", "eq")}  # (B,) each
        self._check_bounds()
        if isinstance(section.integrality, str):
            self._refuse_integers(Lists.of(whole(table[section.integrality])))

    def batches(self) -> Iterator[Batch]:
        """The problems that nothing is wrong with; what is wrong with numbers is found on the way."""
        shapes = np.stack([self.n, self.m["ub"], self.m["eq"]])  # (3, B)
        rows = self.rows[self.refusals.good]
        if not len(rows):
            return
        if (shapes[:, rows] == shapes[:, rows[:1]]).all():
            groups = [(shapes[:, rows[0]], rows)]
        else:
            found, which = np.unique(shapes[:, rows], axis=1, return_inverse=True)
            groups = [(found[:, i], rows[which == i]) for i in range(found.shape[1])]
        for shape, members in groups:
            n, m_ub, m_eq = shape.tolist()
            if fits(m_ub + m_eq, n):
                for block in blocks(members, 8 * (n + 6) * (m_ub + m_eq + 6)):
                    yield self._dense(block, n, m_ub, m_eq)
            else:
                yield from self._one_by_one(members, n, m_ub, m_eq)

    def _widths(self) -> IntArray:
        """(B,) how many variables each has."""
        if isinstance(self.c, Shared):
            return np.full(len(self.rows), len(self.c.value))
        n: IntArray = self.c.lists.length
        self.refusals.refuse(self.rows, n < 0, "problem.c: the list is null")
        self.refusals.refuse(self.rows, n == 0, "problem.c: the list is empty; give a cost a variable")
        return n

    def _heights(self, name: str) -> IntArray:
        """(B,) how many rows each has of one sort; A and b are compared."""
        A, b, refusals = self.A[name], self.b[name], self.refusals
        none = np.zeros(len(self.rows), np.int64)
        if A is None:
            return none
        m: IntArray = np.maximum(b.lists.length, 0) if isinstance(b, Vectors) else none + len(b.value)
        if isinstance(A, Shared):
            height, width = A.value.shape
            self._check_width(width, f"problem.A_{name}")
            if isinstance(b, Vectors):
                b.check(self.rows, none + height, f"rows of problem.A_{name}", refusals)
            return np.full_like(none, height)
        refusals.refuse(
            self.rows,
            ~A.present & (m > 0),
            lambda i: f"{A.field}: it is null, but problem.b_{name} has {m[i]} numbers",
        )
        with_rows = np.flatnonzero(A.present & refusals.good)
        if isinstance(b, Vectors):
            refusals.refuse(with_rows, b.lists.length[with_rows] < 0, f"{b.field}: the list is null")
            with_rows = with_rows[refusals.good[with_rows]]
        A.check(with_rows, m[with_rows], self.n[with_rows], refusals)
        return m

    def _check_bounds(self) -> None:
        for name, part in (("lower", self.lower), ("upper", self.upper)):
            if isinstance(part, Vectors):
                part.check(self.rows, self.n, "variables", self.refusals)
            elif part.value.ndim:
                self._check_width(len(part.value), f"problem.{name}")
        if isinstance(self.bounds, DenseMatrices):
            null = ~self.bounds.present
            self.refusals.refuse(self.rows, null, "problem.bounds: the list is null")
            self.bounds.check(self.rows, self.n, np.full_like(self.n, 2), self.refusals)
        elif self.bounds is not None and self.bounds.value.ndim == 2:
            self._check_width(len(self.bounds.value), "problem.bounds")

    def _refuse_integers(self, lists: Lists) -> None:
        """Refuse rows of which some variable has to be an integer."""
        rows = np.flatnonzero(lists.length > 0)
        integers = np.zeros(len(self.rows), dtype=bool)
        integers[rows[lists.owners(rows)[lists.joined(rows) != 0]]] = True
        why = "problem.integrality: a variable has to be an integer; only linear programs are solved"
        self.refusals.refuse(self.rows, integers, why)

    def _check_width(self, width: int, field: str) -> None:
        """Refuse rows that have another number of variables than what all share."""
        self.refusals.refuse(
            self.rows,
            (self.n != width) & (self.n > 0),
            lambda i: f"problem.c: {self.n[i]} numbers, where {field} is for {width} variables",
        )

    def _dense(self, rows: IntArray, n: int, m_ub: int, m_eq: int) -> Batch:
        """Problems of one shape as arrays."""
        A = [self._block(name, rows, m, n) for name, m in (("ub", m_ub), ("eq", m_eq))]
        c, *bounds = self._numbers(rows, n, m_ub, m_eq)
        parts = (c, _joined(*A), *bounds)
        return Batch.dense(rows, parts, m_ub, self.refusals.good[rows])

    def _one_by_one(self, rows: IntArray, n: int, m_ub: int, m_eq: int) -> Iterator[Batch]:
        """Each problem alone, its rows sparse."""
        for i in range(len(rows)):
            row = rows[i : i + 1]
            ub, eq = (self._sparse(name, row, m, n) for name, m in (("ub", m_ub), ("eq", m_eq)))
            c, *bounds = (part[0] for part in self._numbers(row, n, m_ub, m_eq))
            if self.refusals.good[row[0]]:
                yield Batch(row, Program(c, ub.above(eq), *bounds), m_ub)

    def _block(self, name: str, rows: IntArray, m: int, n: int) -> Array:
        """The matrices (b or 1, m, n) of one sort of rows, checked."""
        A = self.A[name]
        if A is None or not m:
            return np.zeros((1, 0, n))
        if isinstance(A, Shared):
            return A.value[np.newaxis]
        block = A.block(rows, m, n)
        self._refuse_unless_finite(A.field, rows, block)
        return block

    def _sparse(self, name: str, row: IntArray, m: int, n: int) -> SparseRows:
        """The rows of one sort of one problem."""
        A = self.A[name]
        if A is None or not m:
            return SparseRows.of(np.zeros((0, n)))
        if isinstance(A, Shared):
            return SparseRows.of(A.value)
        found = A.one(int(row[0]), m, n)
        self._refuse_unless_finite(A.field, row, found.data[np.newaxis])
        return found

    def _numbers(self, rows: IntArray, n: int, m_ub: int, m_eq: int) -> tuple[Array, ...]:
        """All but A, in the order of `Programs`, checked: (b or 1, n) and (b or 1, m)."""
        c = self._vector(self.c, rows, n)
        b_ub = self._vector(self.b["ub"], rows, m_ub)
        b_eq = self._vector(self.b["eq"], rows, m_eq)
        row_lower = _joined(np.full((1, m_ub), -np.inf), b_eq)
        return (c, row_lower, _joined(b_ub, b_eq), *self._limits(rows, n))

    def _vector(self, part: Shared | Vectors, rows: IntArray, size: int) -> Array:
        """The numbers (b or 1, size) of a part, checked."""
        if not size:
            return np.zeros((1, 0))
        if isinstance(part, Shared):
            return part.value[np.newaxis]
        block: Array = part.lists.block(rows, size)
        self._refuse_unless_finite(part.field, rows, block)
        return block

    def _limits(self, rows: IntArray, n: int) -> tuple[Array, Array]:
        """Bounds (b or 1, n) each, checked."""
        if isinstance(self.bounds, DenseMatrices):
            pairs = self.bounds.lists.block(rows, 2 * n, np.tile(_NO_BOUNDS, n)).reshape(len(rows), n, 2)
        elif self.bounds is not None:
            pairs = np.broadcast_to(self.bounds.value, (n, 2))[np.newaxis]
        else:
            pairs = None
        if pairs is not None:
            fields = ("problem.bounds", "problem.bounds")
            lower, upper = (np.ascontiguousarray(pairs[..., i]) for i in range(2))
        else:
            fields = ("problem.lower", "problem.upper")
            lower = _limit(self.lower, rows, n, -np.inf)
            upper = _limit(self.upper, rows, n, np.inf)
        for field, block, never in zip(fields, (lower, upper), _NO_BOUNDS[::-1], strict=True):
            bad = np.isnan(block) | (block == never)
            self._refuse(rows, bad, lambda i, j, f=field, v=block: f"{f}: element {j} is {_at(v, i, j)}")
        crossed = lower > upper
        self._refuse(
            rows,
            crossed,
            lambda i, j: (
                f"{fields[0]}: element {j} is {_at(lower, i, j)}, above {fields[1]}, {_at(upper, i, j)}"
            ),
        )
        return lower, upper

    def _refuse_unless_finite(self, field: str, rows: IntArray, block: Array) -> None:
        finite = np.isfinite(block)
        if not finite.all():
            flat = block.reshape(len(rows), -1)
            wrong = ~finite.reshape(flat.shape)
            self._refuse(
                rows, wrong, lambda i, j: f"{field}: element {j} is {flat[i, j]:g}; finite numbers are needed"
            )

    def _refuse(self, rows: IntArray, bad: Any, message: Any) -> None:
        """Refuse rows by ``bad (b or 1, size)``; the message is made of the row and its first bad place."""
        if bad.any():
            each = np.broadcast_to(bad, (len(rows), bad.shape[1]))
            first = each.argmax(axis=1)
            self.refusals.refuse(rows, each.any(axis=1), lambda i: message(i, first[i]))


def _vectors(section: ProblemSection, name: str, table: Any, absent: Array) -> Shared | Vectors:
    value = getattr(section, name)
    if isinstance(value, str):
        return Vectors(f"problem.{name}", Lists.of(whole(table[value])))
    return Shared(absent if value is None else np.array(value, dtype=float))


def _matrices(section: ProblemSection, name: str, table: Any) -> Shared | Matrices | None:
    value = getattr(section, name)
    if isinstance(value, str):
        return matrices(f"problem.{name}", whole(table[value]))
    return None if value is None else Shared(np.array(value, dtype=float))


def _bounds(section: ProblemSection, table: Any) -> Shared | DenseMatrices | None:
    if not isinstance(section.bounds, str):
        return None if section.bounds is None else Shared(np.array(section.bounds, dtype=float))
    column = whole(table[section.bounds])
    lists = Lists.of_nested(column) if is_nested(column.type) else (Lists.of(column),)
    return DenseMatrices("problem.bounds", *lists)


def _limit(part: Shared | Vectors, rows: IntArray, n: int, absent: float) -> Array:
    """(b or 1, n), `absent` for null."""
    if isinstance(part, Vectors):
        block: Array = part.lists.block(rows, n, absent)
        return block
    return np.array(np.broadcast_to(part.value, (n,)))[np.newaxis]


def _joined(above: Array, below: Array) -> Array:
    """Rows (b or 1, m_ub, ...) above rows (b or 1, m_eq, ...); without a copy where one has none."""
    some = [part for part in (above, below) if part.shape[1]]
    if len(some) < 2:
        return some[0] if some else above
    size = max(len(part) for part in some)
    return np.concatenate([np.broadcast_to(part, (size, *part.shape[1:])) for part in some], axis=1)


def _at(block: Array, i: int, j: int) -> str:
    return f"{block[i if len(block) > 1 else 0, j]:g}"
