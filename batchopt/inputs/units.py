"""Cut the input into units: parts that a worker can read alone because all points of a key are in them.

The nested layout has a row a problem, so any run of row groups will do. In the long layout the points of
a problem may lie anywhere, but mostly the table was written in the order of some key column. A unit is then
the range ``after < key <= upto`` of that column, with all row groups that touch it. Any bounds are *correct*,
whatever else is in these row groups; a bound is *good* if no row group reaches across it, unless it starts
exactly there, with a key whose points straddle row groups. Such a one is read twice: for that key, and for
the others.

Problems are in the order of the unit's column, then the other key columns, and units in that of their ranges:
the order of all problems does not depend on how many units there are.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from batchopt.errors import InputError
from batchopt.inputs.columns import Floats, Ints
from batchopt.inputs.footers import Statistics
from batchopt.inputs.source import Source

# What a unit aims at: large enough that opening files does not show, small enough to hold a few of them.
UNIT_BYTES = 64_000_000
UNIT_ROWS = 1_000_000


@dataclass(frozen=True)
class Unit:
    """Row groups to read, and the keys among them that belong here."""

    row_groups: tuple[tuple[int, int], ...]  # (file, row group), in the order of the files
    bytes: int  # of these row groups, decoded
    rows: int
    column: str | None = None  # the key column of the bounds
    after: Any = None  # keys above this one; None: no bound
    upto: Any = None  # keys up to and including this one; None: no bound


@dataclass(frozen=True)
class _Ranges:
    """The ranges of the row groups in one key column, as ranks among its `values`."""

    low: Ints  # (G,) -1: unknown
    high: Ints  # (G,) len(values): unknown
    values: list[Any]  # ascending
    bounds: Ints  # (C,) good upper bounds, ascending; the last one is above everything


def plan_units(source: Source, statistics: Statistics, memory_limit: float) -> list[Unit] | None:
    """Cut the input into units that a worker can hold.

    Parameters
    ----------
    source : Source
    statistics : Statistics
        From `open_source`.
    memory_limit : float
        The bytes that a unit may take.

    Returns
    -------
    list of Unit or None
        In the order of their problems. None if the points of a key are too scattered:
        `regroup` must bring them together first.

    Raises
    ------
    InputError
        If a row group of the nested layout does not fit into memory.
    """
    if source.layout == "nested":
        return in_file_order(source, statistics, memory_limit)
    ranges = {column: _ranges(*statistics.ranges[column]) for column in source.key}
    column = max(source.key, key=lambda name: len(ranges[name].bounds))
    chosen = ranges[column]

    # Between two bounds is a component; a row group touches one, or two if it starts at a bound.
    first = np.searchsorted(chosen.bounds, chosen.low)  # (G,)
    last = np.searchsorted(chosen.bounds, chosen.high)
    both = np.flatnonzero(last > first)
    member = np.concatenate([np.arange(len(first)), both])  # (M,) row group of each touch
    component = np.concatenate([first, last[both]])
    sizes = np.bincount(component, statistics.bytes[member], len(chosen.bounds))  # (C,)
    if sizes.max() > memory_limit:
        return None

    rows = np.bincount(component, statistics.rows[member], len(chosen.bounds))
    unit_of = _merge(sizes, rows, memory_limit)  # (C,)
    ends = np.flatnonzero(np.diff(unit_of, append=-1))  # last component of each unit
    uptos = [chosen.values[rank] for rank in chosen.bounds[ends[:-1]].tolist()]
    limits = pairwise([None, *uptos, None])
    units = _gather(statistics, member, unit_of[component])
    return [
        replace(unit, column=column, after=after, upto=upto)
        for unit, (after, upto) in zip(units, limits, strict=True)
    ]


def in_file_order(source: Source, statistics: Statistics, memory_limit: float) -> list[Unit]:
    """Cut the input into runs of row groups, whatever the keys."""
    worst = int(statistics.bytes.argmax())
    if statistics.bytes[worst] > memory_limit:
        path = source.files[statistics.file[worst]].path
        raise InputError(
            f"input.path: row group {statistics.row_group[worst]} of {path} takes "
            f"{statistics.bytes[worst] / 1e6:,.1f} MB where a worker can hold {memory_limit / 1e6:,.1f} MB: "
            "write the file with smaller row groups, or give workers more memory"
        )
    unit_of = _merge(statistics.bytes, statistics.rows, memory_limit)
    return list(_gather(statistics, np.arange(len(unit_of)), unit_of))


def narrow(source: Source, unit: Unit) -> tuple[Source, Unit]:
    """Return the same with only the files that the unit reads, to send along with a task."""
    used = sorted({file for file, _ in unit.row_groups})
    place = {file: index for index, file in enumerate(used)}
    return (
        replace(source, files=tuple(source.files[file] for file in used)),
        replace(unit, row_groups=tuple((place[file], group) for file, group in unit.row_groups)),
    )


def _ranges(least: list[Any], greatest: list[Any]) -> _Ranges:
    values = sorted({*least, *greatest} - {None})
    rank = {value: i for i, value in enumerate(values)}
    low = np.array([-1 if value is None else rank[value] for value in least])
    high = np.array([len(values) if value is None else rank[value] for value in greatest])
    # Row groups reach across v if low < v < high: of those with low < v, all but those with high <= v.
    v = np.unique(high)  # (C,)
    across = np.searchsorted(np.sort(low), v) - np.searchsorted(np.sort(high), v, side="right")
    points = np.sort(low[low == high])  # they have high <= v, but not low < v, at v itself
    across += np.searchsorted(points, v, side="right") - np.searchsorted(points, v)
    return _Ranges(low, high, values, v[across == 0])


def _merge(sizes: Ints | Floats, rows: Ints | Floats, memory_limit: float) -> Ints:
    """Number the unit of each part, neighbours together while they are no more than a unit's worth."""
    shares = np.maximum(sizes / min(UNIT_BYTES, memory_limit), rows / UNIT_ROWS)
    unit, filled = 0, 0.0
    units = []
    for share in shares.tolist():
        if filled and filled + share > 1:
            unit, filled = unit + 1, 0.0
        filled += share
        units.append(unit)
    return np.array(units)


def _gather(statistics: Statistics, member: npt.NDArray[Any], unit_of: Ints) -> Iterator[Unit]:
    """Make units of row groups, given which row group (M,) is in which unit (M,)."""
    # Sorted by unit, then row group, each once: both components that it touches may be in one unit.
    count = len(statistics.rows)
    unit, row_group = np.divmod(np.unique(unit_of * count + member), count)
    for group in np.split(row_group, np.flatnonzero(np.diff(unit)) + 1):
        yield Unit(
            tuple(zip(statistics.file[group].tolist(), statistics.row_group[group].tolist(), strict=True)),
            int(statistics.bytes[group].sum()),
            int(statistics.rows[group].sum()),
        )
