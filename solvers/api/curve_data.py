"""The data of many curves as flat arrays, and which problems' data make no problem."""

from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import ArrayLike

from solvers.arrays import Array, IntArray, Rows, as_index, is_every
from solvers.ragged import Cut


@dataclass(frozen=True)
class CurveData:
    """Points of B problems, one problem after the other."""

    x: Array  # (k, N)
    y: Array  # (N,)
    sigma: Array | None  # (N,)
    offsets: IntArray  # (B+1,)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def take(self, rows: Rows) -> "CurveData":
        """Only these problems."""
        index = as_index(rows)
        if is_every(index, len(self)):
            return self
        cut = Cut(index, self.offsets)
        sigma = None if self.sigma is None else cut.of(self.sigma)
        return CurveData(np.ascontiguousarray(cut.of(self.x)), cut.of(self.y), sigma, cut.offsets)

    def seeds(self, rows: IntArray) -> list[int]:
        """A number for each of these problems that depends on its data, and on nothing else."""
        arrays = [*self.x, self.y] if self.sigma is None else [*self.x, self.y, self.sigma]
        return [
            int.from_bytes(blake2b(b"".join(a[begin:end].tobytes() for a in arrays), digest_size=8).digest())
            for begin, end in zip(self.offsets[rows], self.offsets[rows + 1], strict=True)
        ]


def curve_data(
    xdata: ArrayLike | tuple[ArrayLike, ...],
    ydata: ArrayLike,
    sigma: ArrayLike | None,
    offsets: ArrayLike | None,
) -> CurveData:
    """Flatten what `curve_fit_batch` takes.

    Raises
    ------
    ValueError
        If shapes disagree or offsets do not cut the data into problems.
    """
    y = np.asarray(ydata, dtype=float)
    if offsets is None:
        if y.ndim != 2:
            raise ValueError(f"ydata must be (B, m), or flat (N,) with offsets; got shape {y.shape}")
        edges = np.arange(y.shape[0] + 1, dtype=np.int64) * y.shape[1]
    else:
        edges = np.asarray(offsets, dtype=np.int64)
        if y.ndim != 1 or edges.ndim != 1 or len(edges) == 0:
            raise ValueError(
                f"with offsets (B+1,), ydata must be flat (N,); got shapes {edges.shape} and {y.shape}"
            )
        if edges[0] != 0 or edges[-1] != len(y) or (np.diff(edges) < 0).any():
            raise ValueError(f"offsets must rise from 0 to N = {len(y)}, got {edges[0]} to {edges[-1]}")
    columns = xdata if isinstance(xdata, tuple) else (xdata,)
    x = [_flat(column, y, f"xdata[{i}]" if len(columns) > 1 else "xdata") for i, column in enumerate(columns)]
    spread = None if sigma is None else _flat(sigma, y, "sigma")
    together = x[0][None] if len(x) == 1 else np.array(x).reshape(len(x), y.size)  # one needs no copy
    return CurveData(together, y.ravel(), spread, edges)


def _flat(values: ArrayLike, y: Array, name: str) -> Array:
    """An array shaped like y, or shared by all its rows, flat."""
    array = np.asarray(values, dtype=float)
    if array.shape != y.shape and not (y.ndim == 2 and array.shape in (y.shape[1:], ())):
        shared = f" or {y.shape[1:]}" if y.ndim == 2 else ""
        raise ValueError(f"{name} must have the shape of ydata, {y.shape}{shared}; got {array.shape}")
    return np.broadcast_to(array, y.shape).ravel()


def bad_data(data: CurveData, used: list[int], unknowns: int, *, counts: bool = False) -> dict[int, str]:
    """What is wrong with problems that cannot be fitted: row -> one sentence.

    ``used`` are the rows of x that the model reads, ``unknowns`` how many parameters are fitted; ``counts``
    says that y must be 0 or more.
    """
    bad: dict[int, str] = {}
    points = np.diff(data.offsets)
    for row in np.flatnonzero(points < unknowns):
        bad[int(row)] = (
            "the problem has no points"
            if points[row] == 0
            else f"{points[row]} points cannot determine {unknowns} parameters: give more, or fix some"
        )
    checks = [("y", ~np.isfinite(data.y), "is not finite")]
    checks += [(f"x{i + 1}", ~np.isfinite(data.x[i]), "is not finite") for i in used]
    if counts:
        checks.append(("y", data.y < 0.0, "is negative, not a count,"))
    if data.sigma is not None:
        checks.append(
            ("sigma", ~(np.isfinite(data.sigma) & (data.sigma > 0.0)), "is not finite and positive")
        )
    for name, wrong, what in checks:
        at = np.flatnonzero(wrong)
        owners = np.searchsorted(data.offsets, at, side="right") - 1
        for row, first in zip(*np.unique(owners, return_index=True), strict=True):
            point = at[first] - data.offsets[row]
            values = {"y": data.y, "sigma": data.sigma}.get(name)
            got = (data.x[int(name[1:]) - 1] if values is None else values)[at[first]]
            bad.setdefault(int(row), f"{name} {what} at point {point}: {got}")
    return bad


def bad_start(start: Array, lower: Array, upper: Array, names: tuple[str, ...]) -> dict[int, str]:
    """What is wrong with starts and bounds (B, n): row -> one sentence."""
    bad: dict[int, str] = {}
    empty = ~(lower < upper)
    undefined = ~np.isfinite(start)
    outside = (start < lower) | (start > upper)
    for row in np.flatnonzero((empty | undefined | outside).any(axis=1)):
        j = int(np.flatnonzero(empty[row] | undefined[row] | outside[row])[0])
        interval = f"[{lower[row, j]:g}, {upper[row, j]:g}]"
        if empty[row, j]:
            bad[int(row)] = f"the bounds of {names[j]} leave nothing between: {interval}"
        elif undefined[row, j]:
            bad[int(row)] = f"the start of {names[j]} is not finite: {start[row, j]}"
        else:
            bad[int(row)] = f"the start of {names[j]}, {start[row, j]:g}, is outside its bounds {interval}"
    return bad
