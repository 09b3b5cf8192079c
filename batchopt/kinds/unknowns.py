"""Unknowns of a job, where they start and end, and the numbers that each problem brings along."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from batchopt.errors import JobError
from batchopt.inputs.columns import is_number, to_floats
from batchopt.job.unknowns import VariableSection, variable
from solvers.arrays import Array
from solvers.expressions import Expression, ExpressionError, names


@dataclass(frozen=True)
class Unknowns:
    """The variables of a job, its constants, and the columns that its texts read."""

    variables: tuple[tuple[str, VariableSection], ...]
    constants: tuple[tuple[str, float], ...]
    columns: tuple[str, ...]  # of the input, in order of appearance
    fields: tuple[tuple[str, str], ...]  # job field -> a column that it reads

    @classmethod
    def of(
        cls,
        variables: Mapping[str, Any],
        constants: Mapping[str, float],
        texts: Mapping[str, str],
        amounts: Mapping[str, Any],
        arguments: Sequence[str],
        input_columns: Sequence[str],
    ) -> "Unknowns":
        """Resolve the names in a job's texts.

        Parameters
        ----------
        variables, constants
            As the job has them.
        texts
            Job field -> an expression of variables, constants and columns.
        amounts
            Job field -> a number or an expression of constants and columns, beside those of the variables.
        arguments
            Columns that functions are handed.
        input_columns
            All there are.

        Raises
        ------
        JobError
            If a text is no expression, or has a name that there is not.
        """
        sections = {name: variable(given) for name, given in variables.items()}
        for name in sections:
            if name in constants:
                raise JobError(f"constants.{name}: is a variable, too; rename one of them")
        every = dict(amounts)
        for name, section in sections.items():
            every |= {
                f"variables.{name}.{part}": getattr(section, part) for part in ("start", "lower", "upper")
            }
        fields = {f"arguments ({name})": name for name in arguments}
        for field, text, inside in (
            *((field, text, sections.keys()) for field, text in texts.items()),
            *((field, text, ()) for field, text in every.items() if isinstance(text, str)),
        ):
            for name in _names(field, text):
                if name in inside or name in constants:
                    continue
                if name not in input_columns:
                    known = [*inside, *constants, *input_columns]
                    raise JobError(
                        f"{field}: {name!r} is no variable, constant or column; there are {', '.join(known)}"
                    )
                fields[f"{field} ({name})"] = name
        for name in sections:
            if name in fields.values():
                raise JobError(f"variables.{name}: is a column of the input, too; rename one of them")
        for name, section in sections.items():
            if section.start is None and (section.lower is None or section.upper is None):
                raise JobError(f"variables.{name}: give a start, or lower and upper")
        columns = tuple(dict.fromkeys(fields.values()))
        return cls(tuple(sections.items()), tuple(constants.items()), columns, tuple(fields.items()))

    @property
    def names(self) -> tuple[str, ...]:
        """Of the variables, in order."""
        return tuple(name for name, _ in self.variables)

    @property
    def bounded(self) -> bool:
        """Whether a variable has a bound."""
        return any(section.lower is not None or section.upper is not None for _, section in self.variables)

    def check_types(self, schema: Any) -> None:
        """Raise JobError if a column that is read has, in this pyarrow.Schema, no numbers."""
        for field, column in self.fields:
            kind = schema.field(column).type
            if not is_number(kind):
                raise JobError(f"{field}: column {column!r} holds {kind}; it must hold numbers")

    def numbers(self, rows: Any) -> dict[str, Array]:
        """Columns and constants by name, (B,) each, of a pyarrow.Table with a row a problem."""
        columns = {name: to_floats(rows[name]) for name in self.columns}
        return columns | {name: np.full(len(rows), value) for name, value in self.constants}

    def amounts(self, part: str, numbers: Mapping[str, Array], size: int) -> Array:
        """Starts, lower or upper bounds of all variables, (B, n); NaN where there is none."""
        found = np.full((size, len(self.variables)), np.nan)
        for j, (_, section) in enumerate(self.variables):
            given = getattr(section, part)
            if given is not None:
                found[:, j] = amount(given, numbers, size)
        return found

    def box(self, numbers: Mapping[str, Array], size: int) -> tuple[Array, Array, Array]:
        """Starts, lower and upper bounds, (B, n) each, infinite where there are none; NaN is bad input.

        A start that is not given is the middle of its bounds.
        """
        sides = []
        for part, default in (("lower", -np.inf), ("upper", np.inf)):
            side = self.amounts(part, numbers, size)
            none = [getattr(section, part) is None for _, section in self.variables]
            side[:, none] = default
            sides.append(side)
        lower, upper = sides
        start = self.amounts("start", numbers, size)
        unset = [section.start is None for _, section in self.variables]
        start[:, unset] = 0.5 * lower[:, unset] + 0.5 * upper[:, unset]
        return start, lower, upper


def amount(given: float | str, numbers: Mapping[str, Array], size: int) -> Array:
    """A number for all problems, or what an expression of their numbers gives for each, (B,)."""
    if not isinstance(given, str):
        return np.full(size, float(given))
    if size == 0:
        return np.empty(0)
    read = names(given)
    data = np.array([numbers[name] for name in read]).reshape(len(read), size)
    return Expression(given, (), read).value(data, np.empty((1, 0)), np.array([size]))


def _names(field: str, text: str) -> tuple[str, ...]:
    try:
        return names(text)
    except ExpressionError as error:
        raise JobError(f"{field}: {error}") from None
