"""The input table as a job sees it: its files and columns, checked against the Parquet footers alone."""

import difflib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from batchopt.errors import InputError
from batchopt.inputs.columns import decoded, is_key, is_list, is_number, is_number_list
from batchopt.inputs.files import find_files, open_parquet
from batchopt.inputs.footers import Footer, Statistics, join_footers, read_footer

Layout = Literal["long", "nested"]

# Footers are small and far away: the wait is for the store, not for a processor.
_FOOTERS_AT_ONCE = 16


@dataclass(frozen=True)
class SourceFile:
    """One file of the input, and what would show that it has changed."""

    path: str
    size: int
    modified: str
    rows: int


@dataclass(frozen=True)
class Source:
    """A table of problems: what a worker needs to know to read its part of it."""

    files: tuple[SourceFile, ...]  # in the order of their paths
    layout: Layout
    key: tuple[str, ...]
    points: tuple[str, ...]  # columns with a number a point; those that x is made of come first
    rows: tuple[str, ...]  # columns with one value a problem, of any type
    schema: Any  # pyarrow.Schema of the columns in use, as workers read them
    key_types: tuple[Any, ...]  # as the input has them

    @property
    def total_rows(self) -> int:
        """The rows of all files: points in the long layout, problems in the nested one."""
        return sum(file.rows for file in self.files)

    def inventory(self) -> list[dict[str, Any]]:
        """Return what identifies the input, for the record of a run."""
        return [vars(file).copy() for file in self.files]


@dataclass(frozen=True)
class _Use:
    """A column that the job names, and where it does so."""

    role: Literal["key", "points", "rows"]
    field: str
    column: str


def open_source(
    paths: str | Sequence[str],
    layout: Layout,
    key: Sequence[str],
    points: Mapping[str, str],
    rows: Mapping[str, str],
    *,
    base: Path,
) -> tuple[Source, Statistics]:
    """Find the input and check it against the job, by the footers of its files.

    Parameters
    ----------
    paths : str or sequence of str
        Paths, globs, folders or URLs.
    layout : {"long", "nested"}
        Long: one row a point. Nested: one row a problem, points in list columns.
    key : sequence of str
        The columns that name a problem.
    points, rows : mapping of str to str
        From the job's field (such as ``input.y``) to the column with a number a point, and with a
        value a problem. The columns of x come first in `points`.
    base : Path
        The folder that relative paths start from.

    Returns
    -------
    source : Source
        Small: it is sent along with every task.
    statistics : Statistics
        For `plan_units`; stays with the driver.

    Raises
    ------
    InputError
        If files or columns are missing, of a wrong type, or disagree.
    """
    patterns = [paths] if isinstance(paths, str) else paths
    names = sorted({name for pattern in patterns for name in find_files(pattern, base)})
    uses = [_Use("key", "input.key", column) for column in key]
    uses += [_Use("points", field, column) for field, column in points.items()]
    uses += [_Use("rows", field, column) for field, column in rows.items()]
    columns = tuple(dict.fromkeys(use.column for use in uses))

    with ThreadPoolExecutor(_FOOTERS_AT_ONCE) as pool:
        footers = list(pool.map(partial(read_footer, columns=columns, key=tuple(key)), names))
    schema = _agree(footers, layout, uses)
    if layout == "nested" and points:
        _check_any_list(footers[0], points)
    for footer in footers:
        for column, count in footer.nulls.items():
            refuse_nulls(footer.path, column, count)

    source = Source(
        tuple(source_file(footer) for footer in footers),
        layout,
        tuple(key),
        tuple(dict.fromkeys(points.values())),
        tuple(dict.fromkeys(rows.values())),
        schema,
        tuple(_written_type(footers[0].schema.field(column).type) for column in key),
    )
    if not source.total_rows:
        raise InputError(f"input.path: no rows in {_and_others(names)}: there is nothing to solve")
    return source, join_footers(footers, key)


def column_names(paths: Sequence[str], base: Path) -> list[str]:
    """Return the columns of the input's first file, whatever their types."""
    with open_parquet(find_files(paths[0], base)[0]) as parquet:
        names: list[str] = parquet.schema_arrow.names
    return names


def source_file(footer: Footer) -> SourceFile:
    """Return what a source keeps of a footer."""
    return SourceFile(footer.path, footer.size, footer.modified, sum(footer.rows))


def refuse_nulls(path: str, column: str, count: int) -> None:
    """Raise for a key column with nulls: a problem without a name cannot have a row in the results."""
    if count:
        raise InputError(
            f"input.key: key column {column!r} is null in {count:,} rows of {path}: "
            "drop these rows, or give them a key"
        )


def _agree(footers: Sequence[Footer], layout: Layout, uses: Sequence[_Use]) -> Any:
    """Return the schema to read with, if every file has what the job names and as the first file has it."""
    as_is = {use.column for use in uses if use.role != "points"}
    first = footers[0]
    fields: dict[str, Any] = {}
    for footer in footers:
        for use in uses:
            kind = _find(footer, use)
            if objection := _objection(kind, use.role, layout):
                raise InputError(
                    f"{use.field}: column {use.column!r} is {kind} in {footer.path}: {objection}"
                )
            read = decoded(kind) if use.column in as_is else _floats(kind)
            if fields.setdefault(use.column, read) != read:
                raise InputError(
                    f"{use.field}: column {use.column!r} is {kind} in {footer.path} but "
                    f"{first.schema.field(use.column).type} in {first.path}: write all files with one type"
                )
    return pa.schema(fields.items())


def _find(footer: Footer, use: _Use) -> Any:
    """Return the type of the column that the job names."""
    names = footer.schema.names
    if names.count(use.column) == 1:
        return footer.schema.field(use.column).type
    if use.column in names:
        raise InputError(f"{use.field}: {footer.path} has more than one column {use.column!r}: rename one")
    listed = ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
    close = difflib.get_close_matches(use.column, names, n=1)
    hint = f"did you mean {close[0]!r}?" if close else "name one of these"
    raise InputError(f"{use.field}: column {use.column!r} is not in {footer.path}; it has {listed}: {hint}")


def _objection(kind: Any, role: str, layout: Layout) -> str | None:
    if role == "key" and not is_key(kind):
        return "a key is made of integers, strings, booleans, dates or timestamps"
    if role != "points" or is_number(kind) or (layout == "nested" and is_number_list(kind)):
        return None
    if is_number_list(kind):
        return "layout 'long' takes one number a row; for lists set input.layout = \"nested\""
    return "numbers are needed here" + (" or lists of numbers" if layout == "nested" else "")


def _check_any_list(footer: Footer, points: Mapping[str, str]) -> None:
    if not any(is_list(footer.schema.field(column).type) for column in points.values()):
        raise InputError(
            f"input.layout: 'nested' takes the points from list columns, but {', '.join(points.values())} "
            f'are plain numbers in {footer.path}: for one row a point set input.layout = "long"'
        )


def _floats(kind: Any) -> Any:
    return pa.large_list(pa.float64()) if is_list(kind) else pa.float64()


def _written_type(kind: Any) -> Any:
    if pa.types.is_dictionary(kind):  # one a file; theirs together may outgrow its index type
        return pa.dictionary(pa.int32(), kind.value_type)
    return pa.large_string() if pa.types.is_string_view(kind) else kind  # Arrow takes no rows of views


def _and_others(names: Sequence[str]) -> str:
    return names[0] + (f" and {len(names) - 1} others" if len(names) > 1 else "")
