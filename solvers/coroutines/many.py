"""Many problems given by functions: all go on until they ask, and one call answers for all of them."""

import math
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
            self.land(going)
            asked = asked[going]
        defined = np.ones(len(asked), dtype=bool)
        kinds = np.bitwise_or.reduce(asked)
        for kind, name in ANSWERS:
            if kinds & kind:
                self._answer(kind, name, (asked & kind != 0) & defined, defined)
        if not defined.all():
            going = np.ones(len(asked), dtype=bool)
            self._undefined(asked, defined, going)
            self.land(going)
        self.fresh[:] = False

    def _answer(self, kind: int, name: str, wanted: BoolArray, defined: BoolArray) -> None:
        """Answer for one kind; where that is not finite or raises, it is not defined."""
        every = wanted.all()
        index = slice(None) if every else np.flatnonzero(wanted)
        rows, slots = self.rows[index], self.slots[index]
        if not len(rows):
            return
        problems = self.task.problems
        some = None if len(rows) == len(problems) else rows  # as they entered: in order
        values, raised, calls = problems.evaluate(kind, _Asked(self, slots), some)
        flat = np.ascontiguousarray(values, dtype=float).reshape(len(slots), -1)
        places, finite = self.layout.places, np.empty(len(slots), dtype=bool)
        _put(self.memory, slots, places["numbers"].start, calls, places[name].start, flat, finite)
        defined[index] = finite
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
def _put(
    memory: Array,
    slots: IntArray,
    numbers: int,
    calls: tuple[int, int, int],
    start: int,
    values: Array,
    finite: BoolArray,
) -> None:
    """Write values (b, k) into the rows, count calls, and say where the values are finite."""
    for i in range(len(slots)):
        row, well = memory[slots[i]], True
        for j in range(values.shape[1]):
            row[start + j] = values[i, j]
            well = well and math.isfinite(values[i, j])
        for j in range(3):
            row[numbers + NFEV + j] += calls[j]
        row[numbers + UNDEFINED] = 0.0 if well else 1.0
        finite[i] = well
