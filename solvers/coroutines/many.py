"""Many problems: all that are in flight go on until they ask, and one call answers for all of them.

About `window` problems are in flight, each in a stretch of memory of its own; new ones enter as others end. A
problem's coroutine sees its own row only, so its answer does not depend on its company.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import float64, int64

from solvers.arrays import Array, BoolArray, IntArray
from solvers.coroutines.method import Method
from solvers.coroutines.row import (
    ANSWERS,
    BEST,
    FUN,
    GRADIENT,
    HESSIAN,
    NFEV,
    NHEV,
    NUMBERS,
    OBJECTIVE,
    PRODUCT,
    STATUS,
    UNDEFINED,
    Layout,
)
from solvers.kernels.compiling import Functions, compiled_for, kernel, pointer
from solvers.status import Status

#: Numbers of memory in flight, so that what a tick touches stays in the caches of a core (measured).
_NUMBERS = 1_000_000
_MOST_ROWS, _LEAST_ROWS = 4096, 256
_RUNNING = int(Status.RUNNING)


@dataclass(frozen=True)
class Ended:
    """How all problems ended, in the order they came."""

    status: IntArray  # (B,)
    numbers: Array  # (B, NUMBERS)
    parts: dict[str, Array]  # of their rows, (B, ...)
    kept: dict[str, Array]  # what the method leaves behind, (B, ...)
    errors: dict[int, str]  # row -> what its function raised


def solve(
    method: Method,
    problems: Any,
    x0: Array,
    options: Array,
    given: Mapping[str, Array] | None = None,
    results: Sequence[str] = ("answer", "slope"),
    bad: Mapping[int, str] | None = None,
    window: int | None = None,
) -> Ended:
    """Solve all problems.

    Parameters
    ----------
    method
        The algorithm.
    problems : Problems
        What is asked: ``take(rows)``, ``evaluate(kind, parts)``, and their ``lower, upper, least, most``.
    x0
        (B, n)
    options
        Of the method, in order, (k,) or (B, k).
    given
        What the method begins with, by the names of what it keeps, (B, ...).
    results
        Which parts of the rows to return.
    bad
        Rows that are no problems, and why: they end as BAD_INPUT.
    window
        Problems in flight; None: as many as keep their memory in cache.
    """
    layout = method.layout(x0.shape[1], problems.least.shape[1])
    if window is None:
        window = int(min(_MOST_ROWS, max(_LEAST_ROWS, _NUMBERS / layout.size)))
    return _Run(method, layout, problems, x0, options, given or {}, results, bad or {}, window).ended()


class _Run:
    """The problems in flight, and what is known of the ended ones."""

    def __init__(
        self,
        method: Method,
        layout: Layout,
        problems: Any,
        x0: Array,
        options: Array,
        given: Mapping[str, Array],
        results: Sequence[str],
        bad: Mapping[int, str],
        window: int,
    ) -> None:
        size = len(x0)
        self.method, self.layout, self.problems, self.x0, self.given = method, layout, problems, x0, given
        self.options = np.broadcast_to(options, (size, layout.sizes[1]))
        self.memory = np.zeros((min(window, size), layout.size))
        self.parts, self.kept = layout.parts(self.memory), method.kept(layout, self.memory)
        self.begin, self.resume = pointer(method.compiled.begin), pointer(method.compiled.resume)
        self.free = list(range(len(self.memory) - 1, -1, -1))  # places in memory
        self.queue = np.array([row for row in range(size) if row not in bad], dtype=np.int64)
        self.entered = 0  # how many of the queue
        self.rows = np.empty(0, dtype=np.int64)  # (b,) which problems are in flight
        self.slots = np.empty(0, dtype=np.int64)  # (b,) where in memory they are
        self.fresh = np.empty(0, dtype=bool)  # (b,) whether it has not asked for anything yet
        self.active: Any = None  # the problems in flight
        shapes = {name: self.parts[name].shape[1:] for name in results}
        self.results = {name: np.full((size, *shape), np.nan) for name, shape in shapes.items()}
        self.left = {name: np.full((size, *part.shape[1:]), np.nan) for name, part in self.kept.items()}
        self.numbers = np.zeros((size, NUMBERS))
        self.numbers[:, STATUS], self.numbers[:, BEST] = Status.BAD_INPUT, np.nan
        self.errors = dict(bad)

    def ended(self) -> Ended:
        with np.errstate(all="ignore"):  # infinity and NaN are outcomes like others here
            while self.entered < len(self.queue) or len(self.rows):
                if self.entered < len(self.queue) and len(self.free) >= len(self.rows):
                    self._admit()
                self._tick()
        status = self.numbers[:, STATUS].astype(np.int64)
        return Ended(status, self.numbers, self.results, self.left, self.errors)

    def _admit(self) -> None:
        """Let as many problems enter as there is memory for."""
        count = min(len(self.free), len(self.queue) - self.entered)
        rows = self.queue[self.entered : self.entered + count]
        slots = np.array([self.free.pop() for _ in rows], dtype=np.int64)
        self.entered += count
        self.memory[slots] = 0.0
        self.memory[slots, self.layout.options] = self.options[rows]
        self.parts["x"][slots] = self.parts["answer"][slots] = self.x0[rows]
        for name in ("lower", "upper", "least", "most"):
            self.parts[name][slots] = getattr(self.problems, name)[rows]
        for name, values in self.given.items():
            self.kept[name][slots] = values[rows]
        self.parts["numbers"][slots, BEST] = np.nan
        self.parts["seen"][slots] = np.nan
        _all(self.begin, self.layout.plan, self.memory, slots, np.empty(len(slots), dtype=np.int64))
        self.rows, self.slots = np.concatenate([self.rows, rows]), np.concatenate([self.slots, slots])
        self.fresh = np.concatenate([self.fresh, np.ones(count, dtype=bool)])
        everyone = len(self.rows) == len(self.x0)
        self.active = self.problems if everyone else self.problems.take(self.rows)

    def _tick(self) -> None:
        """Let everyone go on until it asks, and answer."""
        asked = np.empty(len(self.rows), dtype=np.int64)
        _all(self.resume, self.layout.plan, self.memory, self.slots, asked)
        going = asked != 0
        if not going.all():
            self._retire(going)
            asked = asked[going]
        if self.active.by_hessian:
            moved = (self._take("x", self.slots) != self._take("seen", self.slots)).any(axis=1)
            asked[(asked & PRODUCT != 0) & moved] |= HESSIAN
        defined = np.ones(len(asked), dtype=bool)
        for kind, name in ANSWERS:
            wanted = (asked & kind != 0) & defined
            if wanted.any():
                self._answer(kind, name, wanted, defined)
        going = np.ones(len(asked), dtype=bool)
        if not defined.all():
            self._undefined(asked, defined, going)
        self.parts["numbers"][self.slots, UNDEFINED] = ~defined
        self.fresh[:] = False
        if not going.all():
            self._retire(going)

    def _answer(self, kind: int, name: str, wanted: BoolArray, defined: BoolArray) -> None:
        """Answer for one kind; where that is not finite or raises, it is not defined."""
        if wanted.all():
            problems, slots, rows = self.active, self.slots, self.rows
        else:
            index = np.flatnonzero(wanted)
            problems, slots, rows = self.active.take(index), self.slots[index], self.rows[index]
        values, raised, calls = problems.evaluate(kind, _Asked(self, slots))
        flat = np.ascontiguousarray(values, dtype=float).reshape(len(slots), -1)
        _put(self.memory, slots, self.layout.places[name].start, flat)
        if kind == HESSIAN and self.active.by_hessian:
            _put(self.memory, slots, self.layout.places["seen"].start, self._take("x", slots))
        for counter, count in zip((NFEV, NFEV + 1, NHEV), calls, strict=True):
            if count:
                self.parts["numbers"][slots, counter] += count
        defined[wanted] = np.isfinite(flat).all(axis=1)
        for row, text in raised.items():
            self.errors[int(rows[row])] = text

    def _undefined(self, asked: IntArray, defined: BoolArray, going: BoolArray) -> None:
        """Say so to those that asked where something is not; end those that raised or cannot go on."""
        numbers = self.parts["numbers"]
        for i in np.flatnonzero(~defined):
            slot, status = self.slots[i], _RUNNING
            if int(self.rows[i]) in self.errors:
                status = Status.EXCEPTION
            elif asked[i] & OBJECTIVE and numbers[slot, FUN] == -np.inf:
                self.parts["answer"][slot], numbers[slot, BEST] = self.parts["x"][slot], -np.inf
                status = Status.UNBOUNDED
            elif self.fresh[i]:
                status = Status.NON_FINITE
            elif asked[i] & (OBJECTIVE | GRADIENT):
                numbers[slot, FUN] = np.inf
            if status != _RUNNING:
                numbers[slot, STATUS], going[i] = status, False

    def _take(self, name: str, slots: IntArray) -> Array:
        """One part of the rows in these places, (b, ...)."""
        place = self.layout.places[name]
        flat = np.empty((len(slots), place.stop - place.start))
        _get(self.memory, slots, place.start, flat)
        return flat.reshape(len(slots), *self.parts[name].shape[1:])

    def _retire(self, going: BoolArray) -> None:
        """Let the others leave, and write down how they ended."""
        rows, slots = self.rows[~going], self.slots[~going]
        self.numbers[rows] = self.parts["numbers"][slots]
        for name, results in self.results.items():
            results[rows] = self._take(name, slots)
        for name, left in self.left.items():
            left[rows] = self.kept[name][slots]
        self.free += slots.tolist()
        index = np.flatnonzero(going)
        self.rows, self.slots, self.fresh = self.rows[index], self.slots[index], self.fresh[index]
        self.active = self.active.take(index)


class _Asked(Mapping[str, Array]):
    """What the rows that ask say, by the names of the parts, (b, ...)."""

    def __init__(self, run: _Run, slots: IntArray) -> None:
        self.run, self.slots = run, slots

    def __getitem__(self, name: str) -> Array:
        return self.run._take(name, self.slots)

    def __iter__(self) -> Iterator[str]:
        return iter(self.run.parts)

    def __len__(self) -> int:
        return len(self.run.parts)


@compiled_for(Functions.coroutine, int64[::1], float64[:, ::1], int64[::1], int64[::1])
def _all(resume: Callable[..., int], plan: IntArray, memory: Array, slots: IntArray, asked: IntArray) -> None:
    """Let all of these go on; say what they ask for."""
    for i in range(len(slots)):
        asked[i] = resume(plan, memory[slots[i]])


@kernel
def _get(memory: Array, slots: IntArray, start: int, out: Array) -> None:
    for i in range(len(slots)):
        for j in range(out.shape[1]):
            out[i, j] = memory[slots[i], start + j]


@kernel
def _put(memory: Array, slots: IntArray, start: int, values: Array) -> None:
    for i in range(len(slots)):
        for j in range(values.shape[1]):
            memory[slots[i], start + j] = values[i, j]
