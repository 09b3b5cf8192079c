"""What problems change in a template: names become places, columns of the input become numbers there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from batchopt.errors import JobError
from batchopt.job.linprog import TemplateSection
from batchopt.kinds.linprog_template import Template
from solvers.arrays import Array, BoolArray
from solvers.lp.sparse import SparseRows

Part = Literal["c", "A", "row_lower", "row_upper", "lower", "upper"]

#: The parts of a program that the bounds of a row or a variable are, and the side that has no such bound.
NEVER: dict[Part, float] = {"row_lower": np.inf, "row_upper": -np.inf, "lower": np.inf, "upper": -np.inf}


@dataclass(frozen=True)
class Override:
    """A number of the template that a problem brings along, or that the job changes for all."""

    field: str  # of the job
    parts: tuple[Part, ...]  # of the program; two for an equation
    place: tuple[int, ...]  # in the part: of a variable, a row, or a row and a variable
    value: str | float  # a column of the input, or a number

    def wrong(self, values: Array) -> BoolArray:
        """(B,) which of these values cannot be."""
        if self.parts in (("c",), ("A",)) or len(self.parts) == 2:
            return ~np.isfinite(values)
        wrong: BoolArray = np.isnan(values) | (values == NEVER[self.parts[0]])
        return wrong


def resolve(section: TemplateSection, template: Template) -> tuple[Override, ...]:
    """Return what the job changes, with places instead of names.

    Raises
    ------
    JobError
        If a name is not in the template, a row has not the bound that is changed, a number cannot be, or
        something is changed twice.
    """
    found = (*_of_variables(section, template), *_of_rows(section, template), *_of_entries(section, template))
    seen: dict[tuple[Part, tuple[int, ...]], str] = {}
    for override in found:
        for part in override.parts:
            if other := seen.get((part, override.place)):
                raise JobError(f"{override.field}: {other} changes the same; leave one of them out")
            seen[part, override.place] = override.field
        if not isinstance(override.value, str) and override.wrong(np.array([override.value])).any():
            raise JobError(f"{override.field}: got {override.value:g}, which it cannot be; give a number")
    for fault in apply(template, found).faults():
        raise JobError(f"template: the {fault} once the job's numbers are in; correct them")
    return found


def apply(template: Template, overrides: Sequence[Override]) -> Template:
    """Return the template with the numbers that the job changes for all problems.

    Its matrix has an entry, maybe 0, for every coefficient that is changed.
    """
    program = template.program
    program = replace(program, A=_with_entries(program.A, {o.place for o in overrides if o.parts == ("A",)}))
    for override in overrides:
        if isinstance(override.value, str):
            continue
        for part in override.parts:
            if part == "A":
                data = _with_number(program.A.data, entry(program.A, override.place), override.value)
                program = replace(program, A=replace(program.A, data=data))
            else:
                changed = _with_number(getattr(program, part), override.place[0], override.value)
                program = replace(program, **{str(part): changed})  # type: ignore[arg-type]
    return replace(template, program=program)


def entry(A: SparseRows, place: tuple[int, ...]) -> int:
    """Which of the entries is that of a row and a variable."""
    i, j = place
    return int(A.indptr[i] + np.flatnonzero(A.indices[A.indptr[i] : A.indptr[i + 1]] == j)[0])


def _of_variables(section: TemplateSection, template: Template) -> Iterator[Override]:
    parts: dict[str, Part] = {"cost": "c", "lower": "lower", "upper": "upper"}
    for name, part in parts.items():
        for variable, value in getattr(section, name).items():
            field = f"template.{name}.{variable}"
            yield Override(field, (part,), (template.variable(variable, field),), value)


def _of_rows(section: TemplateSection, template: Template) -> Iterator[Override]:
    for row, value in section.rhs.items():
        field = f"template.rhs.{row}"
        i = template.row(row, field)
        yield Override(field, _sides(template, i, field), (i,), value)
    parts: tuple[Part, Part] = ("row_lower", "row_upper")
    for part in parts:
        for row, value in getattr(section, part).items():
            field = f"template.{part}.{row}"
            i = template.row(row, field)
            if i >= template.m_ub:
                raise JobError(f"{field}: {row!r} is an equation; change its right-hand side, template.rhs")
            yield Override(field, (part,), (i,), value)


def _sides(template: Template, i: int, field: str) -> tuple[Part, ...]:
    """Which bounds the right-hand side of row i is."""
    below, above = np.isfinite(template.program.row_lower[i]), np.isfinite(template.program.row_upper[i])
    if i >= template.m_ub:
        return ("row_lower", "row_upper")
    if below and above:
        raise JobError(f"{field}: the row has a range; use template.row_lower and template.row_upper")
    if not below and not above:
        raise JobError(f"{field}: the row is free, without a right-hand side; leave it out")
    return ("row_lower",) if below else ("row_upper",)


def _of_entries(section: TemplateSection, template: Template) -> Iterator[Override]:
    for row, overrides in section.coefficient.items():
        i = template.row(row, f"template.coefficient.{row}")
        for variable, value in overrides.items():
            field = f"template.coefficient.{row}.{variable}"
            yield Override(field, ("A",), (i, template.variable(variable, field)), value)


def _with_entries(A: SparseRows, places: set[tuple[int, ...]]) -> SparseRows:
    """Return the matrix with an entry, 0 where it has none, at each of these places."""
    row = np.repeat(np.arange(A.shape[0]), np.diff(A.indptr))
    new = sorted(places - set(zip(row.tolist(), A.indices.tolist(), strict=True)))
    at = [int(A.indptr[i + 1]) for i, _ in new]  # after the others of the row
    indptr = A.indptr + np.searchsorted([i for i, _ in new], np.arange(A.shape[0] + 1))
    indices = np.insert(A.indices, at, [j for _, j in new])
    return SparseRows(A.shape, indptr.astype(np.int32), indices, np.insert(A.data, at, 0.0))


def _with_number(values: Array, place: int, number: float) -> Array:
    changed = values.copy()
    changed[place] = number
    return changed
