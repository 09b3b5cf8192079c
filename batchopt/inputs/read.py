"""A worker reads its part of the input: a range of the problems of one unit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from batchopt.errors import InputError
from batchopt.inputs.columns import group_by
from batchopt.inputs.files import fingerprint, open_parquet
from batchopt.inputs.latest import Latest
from batchopt.inputs.problems import ProblemTable, from_long, from_nested
from batchopt.inputs.source import Source, refuse_nulls
from batchopt.inputs.units import Unit

MAX_DISTINCT = 1000


@dataclass(frozen=True)
class UnitIndex:
    """What a unit holds; the rows of all units add up to those of the source."""

    problems: int
    rows: int
    distinct: dict[str, list[Any]]


def index_unit(source: Source, unit: Unit, distinct: Sequence[str] = ()) -> UnitIndex:
    """Count the problems of a unit, reading no more than its key.

    Parameters
    ----------
    source : Source
    unit : Unit
    distinct : sequence of str
        Columns of the source whose different values are wanted, such as the model's name.

    Returns
    -------
    UnitIndex

    Raises
    ------
    InputError
        If a key is null, or a column in `distinct` has more than `MAX_DISTINCT` values.
    """
    table = _read(source, unit, dict.fromkeys((*source.key, *distinct)))
    problems = table.num_rows if source.layout == "nested" else group_by(table.select(source.key))[1]
    return UnitIndex(problems, table.num_rows, {name: _distinct(name, table[name]) for name in distinct})


def read_problems(source: Source, unit: Unit, start: int, stop: int) -> ProblemTable:
    """Read a range of the problems of a unit.

    Parameters
    ----------
    source : Source
    unit : Unit
    start, stop : int
        The first problem and the one after the last, counted within the unit.

    Returns
    -------
    ProblemTable
        Its arrays may be read-only.
    """
    table = _latest.get((source, unit), lambda: _problems(source, unit)).slice(start, stop)
    types = pa.schema(zip(source.key, source.key_types, strict=True))
    return replace(table, keys=table.keys.cast(types))


def read_frame(part: tuple[Source, Unit]) -> Any:
    """Read the columns in use of a unit into a pandas frame of Arrow types."""
    source, unit = part
    return to_frame(_read(source, unit, source.schema.names))


def to_frame(table: Any) -> Any:
    """Turn a table into a pandas frame that keeps its types, nulls or not."""
    import pandas as pd  # only regrouping needs it

    return table.to_pandas(types_mapper=pd.ArrowDtype)


def _read(source: Source, unit: Unit, columns: Iterable[str]) -> Any:
    """Read the rows that belong to a unit, with the types of `source.schema`."""
    schema = pa.schema([source.schema.field(name) for name in columns])
    pieces = []
    for index, group in groupby(unit.row_groups, key=itemgetter(0)):
        file = source.files[index]
        with open_parquet(file.path) as parquet:
            if fingerprint(file.path) != (file.size, file.modified):
                raise InputError(f"{file.path} has changed since the run began: start a new run")
            # One thread: the workers of this machine have the other processors.
            piece = parquet.read_row_groups([number for _, number in group], schema.names, use_threads=False)
        for name in source.key:
            refuse_nulls(file.path, name, piece[name].null_count)
        pieces.append(piece.select(schema.names).cast(schema, safe=False))
    return _within_bounds(unit, pa.concat_tables(pieces))


def _within_bounds(unit: Unit, table: Any) -> Any:
    """Keep the rows with ``after < key <= upto``."""
    for bound, holds in ((unit.after, pc.greater), (unit.upto, pc.less_equal)):
        if bound is not None:
            column = table[unit.column]
            within = holds(column, pa.scalar(bound, column.type))
            table = table if pc.all(within).as_py() else table.filter(within)  # mostly all are, and stay
    return table


def _distinct(name: str, column: Any) -> list[Any]:
    values = column.unique()
    if len(values) > MAX_DISTINCT:
        raise InputError(
            f"column {name!r} has {len(values):,} different values; at most {MAX_DISTINCT} are handled: "
            "is it the right column?"
        )
    found: list[Any] = values.to_pylist()
    return found


_latest: Latest[ProblemTable] = Latest()


def _problems(source: Source, unit: Unit) -> ProblemTable:
    table = _read(source, unit, source.schema.names)
    if source.layout == "nested":
        return from_nested(source, table)
    # The column of the bounds comes first, as it does for the order of units.
    return from_long(source, sorted(source.key, key=lambda name: name != unit.column), table)
