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
_NUMBERS = 2_000_000
_MOST_ROWS, _LEAST_ROWS = 4096, 256
#: The parts of a row that say how a problem ended.
_RESULTS = ("answer", "slope", "multipliers")


@dataclass(frozen=True)
class Task:
    """What is to be solved, by which method, from where."""

    method: Method
    #: B problems: ``take(rows)``, ``lower, upper (B, n)``, ``least, most (B, m)``, and what drivers ask.
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
        size, n = task.x0.shape
        self.layout = layout = method.layout(n, task.problems.least.shape[1])
        fitting = int(min(_MOST_ROWS, max(_LEAST_ROWS, _NUMBERS / layout.size)))
        self.memory = np.zeros((min(task.window or fitting, size), layout.size))
        self.parts, self.kept = layout.parts(self.memory), method.kept(layout, self.memory)
        self.free = list(range(len(self.memory) - 1, -1, -1))  # places in memory
        self.queue = np.array([row for row in range(size) if row not in task.bad], dtype=np.int64)
        self.entered = 0  # how many of the queue
        self.rows = np.empty(0, dtype=np.int64)  # (b,) which problems are in flight
        self.slots = np.empty(0, dtype=np.int64)  # (b,) where in memory they are
        self.fresh = np.empty(0, dtype=bool)  # (b,) whether it has not asked for anything yet
        self.active: Any = None  # the problems in flight
        self.results = {name: np.full((size, *self.parts[name].shape[1:]), np.nan) for name in _RESULTS}
        self.left = {name: np.full((size, *part.shape[1:]), np.nan) for name, part in self.kept.items()}
        self.numbers = np.zeros((size, NUMBERS))
        self.numbers[:, STATUS], self.numbers[:, BEST] = Status.BAD_INPUT, np.nan
        self.errors = dict(task.bad)

    def tick(self) -> None:
        """Let those in flight go on, and retire those that have ended."""
        raise NotImplementedError

    def solve(self) -> Ended:
        """Have all problems fly."""
        with np.errstate(all="ignore"):  # infinity and NaN are outcomes like others here
            while self.entered < len(self.queue) or len(self.rows):
                if self.entered < len(self.queue) and len(self.free) >= len(self.rows):
                    self._admit()
                self.tick()
        return Ended(
            self.numbers[:, STATUS].astype(np.int64), self.numbers, self.results, self.left, self.errors
        )

    def _admit(self) -> None:
        """Let as many problems enter as there is memory for."""
        count = min(len(self.free), len(self.queue) - self.entered)
        rows = self.queue[self.entered : self.entered + count]
        slots = np.array([self.free.pop() for _ in rows], dtype=np.int64)
        self.entered += count
        self.memory[slots] = 0.0
        self.memory[slots, self.layout.options] = self.task.options
        self.parts["x"][slots] = self.parts["answer"][slots] = self.task.x0[rows]
        for name in ("lower", "upper", "least", "most"):
            self.parts[name][slots] = getattr(self.task.problems, name)[rows]
        for name, values in self.task.given.items():
            self.kept[name][slots] = values[rows]
        self.parts["numbers"][slots, BEST] = np.nan
        self.task.method.compiled.begin_all(self.layout.plan, self.memory, slots, np.empty_like(slots))
        self.rows, self.slots = np.concatenate([self.rows, rows]), np.concatenate([self.slots, slots])
        self.fresh = np.concatenate([self.fresh, np.ones(count, dtype=bool)])
        everyone = len(self.rows) == len(self.task.x0)
        self.active = self.task.problems if everyone else self.task.problems.take(self.rows)

    def take(self, name: str, slots: IntArray) -> Array:
        """One part of the rows in these places, (b, ...)."""
        place = self.layout.places[name]
        flat = np.empty((len(slots), place.stop - place.start))
        _get(self.memory, slots, place.start, flat)
        return flat.reshape(len(slots), *self.parts[name].shape[1:])

    def retire(self, going: BoolArray) -> None:
        """Let the others leave, and write down how they ended."""
        rows, slots = self.rows[~going], self.slots[~going]
        self.numbers[rows] = self.parts["numbers"][slots]
        for name, results in self.results.items():
            results[rows] = self.take(name, slots)
        for name, left in self.left.items():
            left[rows] = self.kept[name][slots]
        self.free += slots.tolist()
        index = np.flatnonzero(going)
        self.rows, self.slots, self.fresh = self.rows[index], self.slots[index], self.fresh[index]
        self.active = self.active.take(index)


@kernel
def _get(memory: Array, slots: IntArray, start: int, out: Array) -> None:
    for i in range(len(slots)):
        for j in range(out.shape[1]):
            out[i, j] = memory[slots[i], start + j]
