"""Many problems given by functions: all go on until they ask, and one call answers for all of them."""

from collections.abc import Iterator, Mapping

import numpy as np

from solvers.arrays import Array, BoolArray, IntArray
from solvers.coroutines.flight import Ended, Flight, Task
from solvers.coroutines.row import (
    ANSWERS,
    BEST,
    FUN,
    GRADIENT,
    NFEV,
    NHEV,
    OBJECTIVE,
    STATUS,
    UNDEFINED,
)
from solvers.kernels.compiling import kernel
from solvers.status import Status

_RUNNING = int(Status.RUNNING)


def solve(task: Task) -> Ended:
    """Solve all problems, whose ``evaluate(kind, parts)`` answers for as many rows as ask."""
    return _Joint(task).solve()


class _Joint(Flight):
    """A tick is one call of each function for all who ask for it."""

    def tick(self) -> None:
        """Let everyone go on until it asks, and answer."""
        asked = np.empty(len(self.rows), dtype=np.int64)
        self.task.method.compiled.resume_all(self.layout.plan, self.memory, self.slots, asked)
        going = asked != 0
        if not going.all():
            self.retire(going)
            asked = asked[going]
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
            self.retire(going)

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


class _Asked(Mapping[str, Array]):
    """What the rows that ask say, by the names of the parts, (b, ...)."""

    def __init__(self, run: _Joint, slots: IntArray) -> None:
        self.run, self.slots = run, slots

    def __getitem__(self, name: str) -> Array:
        return self.run.take(name, self.slots)

    def __iter__(self) -> Iterator[str]:
        return iter(self.run.parts)

    def __len__(self) -> int:
        return len(self.run.parts)


@kernel
def _put(memory: Array, slots: IntArray, start: int, values: Array) -> None:
    for i in range(len(slots)):
        for j in range(values.shape[1]):
            memory[slots[i], start + j] = values[i, j]
