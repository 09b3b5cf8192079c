"""From a template and the columns that change it to linear programs: what is not changed is shared by all."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from batchopt.inputs.columns import to_floats
from batchopt.kinds.linprog_batch import Batch, Refusals, blocks
from batchopt.kinds.linprog_overrides import Override, Part, entry
from batchopt.kinds.linprog_template import Template
from solvers.arrays import Array, IntArray
from solvers.lp.programs import Program
from solvers.lp.solve import fits
from solvers.lp.sparse import SparseRows

_PARTS: tuple[Part, ...] = ("c", "A", "row_lower", "row_upper", "lower", "upper")
_PAIRS: tuple[tuple[Part, Part], ...] = (("row_lower", "row_upper"), ("lower", "upper"))


class TemplateProblems:
    """The linear programs (B,) that the rows of a table make of a template."""

    def __init__(
        self, template: Template, overrides: Sequence[Override], table: Any, refusals: Refusals
    ) -> None:
        self.template, self.refusals = template, refusals
        self.dense = fits(*template.program.A.shape)
        self.base = self._flat_parts()
        #: What is changed: for each part its places (p,) and values (B, p), and the fields of the job.
        self.changes: dict[Part, tuple[list[int], list[Array], list[str]]] = {
            part: ([], [], []) for part in _PARTS
        }
        rows = np.arange(table.num_rows)
        for override in overrides:
            if isinstance(override.value, str):
                values = to_floats(table[override.value])  # (B,)
                self._refuse_wrong(override, rows, values, table[override.value])
                for part in override.parts:
                    places, columns, fields = self.changes[part]
                    places.append(self._place(part, override.place))
                    columns.append(values)
                    fields.append(override.field)
        self.rows = rows

    def batches(self) -> Iterator[Batch]:
        """The problems that nothing is wrong with."""
        m, n = self.template.program.A.shape
        good = self.rows[self.refusals.good]
        changed = sum(len(self.base[part]) for part in _PARTS if self.changes[part][0])
        for rows in blocks(good, 8 * (changed + 3 * (n + m))):
            parts = {part: self._part(part, rows) for part in _PARTS}  # (b or 1, ...)
            self._refuse_crossed(rows, parts)
            if self.dense:
                A = parts.pop("A").reshape(-1, m, n)
                dense = (parts["c"], A, *(parts[part] for pair in _PAIRS for part in pair))
                yield Batch.dense(rows, dense, self.template.m_ub, self.refusals.good[rows])
            else:
                yield from self._one_by_one(rows, parts)

    def _one_by_one(self, rows: IntArray, parts: dict[Part, Array]) -> Iterator[Batch]:
        """Each problem alone, its rows sparse."""
        A = self.template.program.A
        for i in range(len(rows)):
            if self.refusals.good[rows[i]]:
                one = {part: values[i if len(values) > 1 else 0] for part, values in parts.items()}
                matrix = SparseRows(A.shape, A.indptr, A.indices, one.pop("A"))
                yield Batch(rows[i : i + 1], Program(A=matrix, **one), self.template.m_ub)

    def _flat_parts(self) -> dict[Part, Array]:
        """The template's parts as vectors; its matrix row by row, or its entries."""
        p = self.template.program
        parts: dict[Part, Array] = {part: getattr(p, part) for part in _PARTS if part != "A"}
        return parts | {"A": p.A.toarray().ravel() if self.dense else p.A.data}

    def _place(self, part: Part, place: tuple[int, ...]) -> int:
        if part != "A":
            return place[0]
        A = self.template.program.A
        return place[0] * A.shape[1] + place[1] if self.dense else entry(A, place)

    def _part(self, part: Part, rows: IntArray) -> Array:
        """One part (b or 1, size) of some rows."""
        base, (places, columns, _) = self.base[part], self.changes[part]
        if not places:
            return base[np.newaxis]
        block = np.tile(base, (len(rows), 1))
        for place, values in zip(places, columns, strict=True):
            block[:, place] = values[rows]
        return block

    def _refuse_wrong(self, override: Override, rows: IntArray, values: Array, column: Any) -> None:
        def message(i: int) -> str:
            got = "null" if not column[i].is_valid else f"{values[i]:g}"
            return f"{override.field}: column {override.value!r} is {got}; a number is needed"

        self.refusals.refuse(rows, override.wrong(values), message)

    def _refuse_crossed(self, rows: IntArray, parts: dict[Part, Array]) -> None:
        """Refuse rows with a lower bound above the upper one: where something is changed."""
        for pair in _PAIRS:
            for part in pair:
                for place, field in zip(self.changes[part][0], self.changes[part][2], strict=True):
                    low, high = (np.broadcast_to(parts[bound][:, place], len(rows)) for bound in pair)
                    self.refusals.refuse(rows, low > high, partial(_crossed, field, low, high))


def _crossed(field: str, lower: Array, upper: Array, i: int) -> str:
    return f"{field}: the lower bound, {lower[i]:g}, is above the upper one, {upper[i]:g}"
