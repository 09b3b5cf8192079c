"""Problems in flight: each in a stretch of memory of its own, which others enter as it ends.

A problem's coroutine sees its own row only, so its answer does not depend on its company.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from solvers.arrays import Array, BoolArray, IntArray
from solvers.coroutines.method import Method
from solvers.coroutines.row import BEST, NUMBERS, STATUS
from solvers.kernels.compiling import kernel
from solvers.status import Status

#: Numbers of memory in flight, so that what a tick touches stays in the caches of a core (measured).
_NUMBERS = 1_200_000
_MOST_ROWS, _LEAST_ROWS = 4096, 256
#: The parts of a row that say how a problem ended.
_RESULTS = ("answer", "slope", "multipliers")


@dataclass(frozen=True)
class Task:
    """What is to be solved, by which method, from where."""

    method: Method
    #: B problems: ``lower, upper (B, n)``, ``least, most (B, m)``, and what drivers ask.
    problems: Any
    x0: Array  # (B, n)
    #: Of the method, in order, (k,).
    options: Array
    #: What the method begins with, by the names of what it keeps, (B, ...).
    given: Mapping[str, Array] = field(default_factory=dict)
    #: Rows that are no problems, and why: they end as BAD_INPUT.
    bad: Mapping[int, str] = field(default_factory=dict)
    #: Problems in flight; None: as many as keep their memory in cache.
    window: int | None = None


@dataclass(frozen=True)
class Ended:
    """How all problems ended, in the order they came."""

    status: IntArray  # (B,)
    numbers: Array  # (B, NUMBERS)
    parts: dict[str, Array]  # of their rows, (B, ...)
    kept: dict[str, Array]  # what the method leaves behind, (B, ...)
    errors: dict[int, str]  # row -> what its function raised


class Flight:
    """The problems in flight, and what is known of the ended ones; a driver adds `tick`."""

    def __init__(self, task: Task) -> None:
        self.task, method = task, task.method
        (size, n), m = task.x0.shape, task.problems.least.shape[1]
        self.layout = layout = method.layout(n, m)
        fitting = int(min(_MOST_ROWS, max(_LEAST_ROWS, _NUMBERS / layout.size)))
        self.memory = np.zeros((min(task.window or fitting, size), layout.size))
        self.parts, self.kept = layout.parts(self.memory), method.kept(layout, self.memory)
        self.free = np.arange(len(self.memory))  # places in memory
        self.queue = np.delete(np.arange(size), list(task.bad))
        self.entered = 0  # how many of the queue
        self.rows = np.empty(0, dtype=np.int64)  # (b,) which problems are in flight
        self.slots = np.empty(0, dtype=np.int64)  # (b,) where in memory they are
        self.fresh = np.empty(0, dtype=bool)  # (b,) whether it has not asked for anything yet
        self.landed: list[tuple[IntArray, IntArray]] = []  # rows and slots of what has ended, still in memory
        self.results = {name: np.full((size, *self.parts[name].shape[1:]), np.nan) for name in _RESULTS}
        self.left = np.full((size, method.keeping(n, m)), np.nan)
        self.numbers = np.zeros((size, NUMBERS))
        self.numbers[:, STATUS], self.numbers[:, BEST] = Status.BAD_INPUT, np.nan
        self.errors = dict(task.bad)

    def tick(self) -> None:
        """Let those in flight go on, and land those that have ended."""
        raise NotImplementedError

    def solve(self) -> Ended:
        """Have all problems fly."""
        with np.errstate(all="ignore"):  # infinity and NaN are outcomes like others here
            while self.entered < len(self.queue) or len(self.rows):
                if self.entered < len(self.queue) and 2 * len(self.rows) <= len(self.memory):
                    self._clear()
                    self._admit()
                self.tick()
            self._clear()
        left = self.task.method.told_apart(self.layout, self.left)
        return Ended(self.numbers[:, STATUS].astype(np.int64), self.numbers, self.results, left, self.errors)

    def _admit(self) -> None:
        """Let as many problems enter as there is memory for."""
        task = self.task
        rows = self.queue[self.entered : self.entered + len(self.free)]
        slots, self.free = self.free[: len(rows)], self.free[len(rows) :]
        if self.entered > 0:
            self.memory[slots] = 0.0
        self.entered += len(rows)
        self.memory[slots, self.layout.options] = task.options
        given = {name: getattr(task.problems, name) for name in ("lower", "upper", "least", "most")}
        for name, values in (given | {"x": task.x0, "answer": task.x0}).items():
            _scatter(self.memory, slots, self.layout.places[name].start, values, rows)
        for name, values in task.given.items():
            self.kept[name][slots] = values[rows]
        self.parts["numbers"][slots, BEST] = np.nan
        task.method.compiled.begin_all(self.layout.plan, self.memory, slots, np.empty_like(slots))
        self.rows, self.slots = np.concatenate([self.rows, rows]), np.concatenate([self.slots, slots])
        self.fresh = np.concatenate([self.fresh, np.ones(len(rows), dtype=bool)])

    def take(self, name: str, slots: IntArray) -> Array:
        """One part of the rows in these places, (b, ...)."""
        place = self.layout.places[name]
        flat = _taken(self.memory, slots, place.start, place.stop - place.start)
        return flat.reshape(len(slots), *self.parts[name].shape[1:])

    def land(self, going: BoolArray) -> None:
        """Go on without the others; how they ended stays in memory until there is need of it."""
        index, ended = np.flatnonzero(going), np.flatnonzero(~going)
        self.landed.append((self.rows[ended], self.slots[ended]))
        self.rows, self.slots, self.fresh = self.rows[index], self.slots[index], self.fresh[index]

    def _clear(self) -> None:
        """Write down how those ended that have landed; their places are free."""
        if not self.landed:
            return
        rows, slots = (np.concatenate(parts) for parts in zip(*self.landed, strict=True))
        self.landed.clear()
        self.numbers[rows] = self.take("numbers", slots)
        for name, results in self.results.items():
            results[rows] = self.take(name, slots)
        self.left[rows] = _taken(self.memory, slots, self.layout.places["room"].start, self.left.shape[1])
        self.free = np.concatenate([self.free, slots])


def _taken(memory: Array, slots: IntArray, start: int, size: int) -> Array:
    """So many numbers of the rows in these places, from one on, (b, size)."""
    out = np.empty((len(slots), size))
    _gather(memory, slots, start, out)
    return out


@kernel
def _gather(memory: Array, slots: IntArray, start: int, out: Array) -> None:
    for i in range(len(slots)):
        for j in range(out.shape[1]):
            out[i, j] = memory[slots[i], start + j]


@kernel
def _scatter(memory: Array, slots: IntArray, start: int, values: Array, rows: IntArray) -> None:
    for i in range(len(slots)):
        for j in range(values.shape[1]):
            memory[slots[i], start + j] = values[rows[i], j]
