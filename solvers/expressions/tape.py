"""A tape: a program scheduled for NumPy, run over the flat points of a whole batch.

Every step has a level. What depends on numbers alone is computed when the tape is made; what
depends on parameters alone is computed once a problem, (B,), and repeated for the points only where
it meets something that has a value a point, (N,). A slot is emptied after its last use, so memory
stays near the size of the results.
"""

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np

from solvers.arrays import Array, IntArray
from solvers.expressions.program import FUNCTIONS, Step


class Level(IntEnum):
    """How many values a slot holds."""

    CONSTANT = 0  # one number
    PROBLEM = 1  # (B,)
    POINT = 2  # (N,)


@dataclass(frozen=True)
class Instruction:
    """Compute a slot from others; ``release`` are the slots that nothing needs afterwards.

    The operation is a key of `OPERATIONS`, or "repeat": one slot (B,) to the points, (N,).
    """

    operation: str
    target: int
    arguments: tuple[int, ...]
    release: tuple[int, ...] = ()


@dataclass(frozen=True)
class Tape:
    """Instructions over slots, some of which start out with a number, a parameter or a variable."""

    n_slots: int
    leaves: tuple[tuple[int, Step], ...]
    instructions: tuple[Instruction, ...]
    outputs: tuple[tuple[int, Level], ...]


def scale(x: Any, y: Any) -> Any:
    """Multiply, where 0 times infinity is 0."""
    product = x * y
    undefined = np.isnan(product)
    if undefined.any():  # a shortcut only: where nothing is undefined, the next line changes nothing
        product = np.where(undefined & ~np.isnan(x) & ~np.isnan(y), 0.0, product)
    return product


OPERATIONS: dict[str, Callable[..., Any]] = {
    # Python's operators, for NumPy's shortcuts are the user's too: x**2 is x*x, x**0.5 is sqrt(x).
    "negative": operator.neg,
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "power": operator.pow,
    "scale": scale,
    "sign": np.sign,
    **{operation: getattr(np, operation) for operation in FUNCTIONS.values()},
}


_LEAVES = {"number": Level.CONSTANT, "parameter": Level.PROBLEM, "variable": Level.POINT}


def schedule(steps: Sequence[Step], outputs: Sequence[int]) -> Tape:
    """Make the tape that computes some steps of a bound program. Slot i is step i; repetitions come after."""
    levels: list[Level] = []
    leaves: dict[int, Step] = {}
    work: list[tuple[str, int, tuple[int, ...]]] = []
    repeated: dict[int, int] = {}  # a slot (B,) to the slot (N,) of its repetition

    def at_points(slot: int) -> int:
        if levels[slot] is not Level.PROBLEM:
            return slot
        if slot not in repeated:
            repeated[slot] = len(steps) + len(repeated)
            work.append(("repeat", repeated[slot], (slot,)))
        return repeated[slot]

    for i, step in enumerate(steps):
        if step.operation in _LEAVES:
            level = _LEAVES[step.operation]
            leaves[i] = step
        elif (level := max(levels[slot] for slot in step.arguments)) is Level.CONSTANT:
            leaves[i] = fold(step, leaves)
        elif level is Level.PROBLEM:
            work.append((step.operation, i, step.arguments))
        else:
            work.append((step.operation, i, tuple(at_points(slot) for slot in step.arguments)))
        levels.append(level)

    return Tape(
        n_slots=len(steps) + len(repeated),
        leaves=tuple(leaves.items()),
        instructions=_with_releases(work, outputs),
        outputs=tuple((slot, levels[slot]) for slot in outputs),
    )


def evaluate(tape: Tape, x: Array, params: Array, counts: IntArray) -> Array:
    """Run a tape: x (k, N), params (B, n), counts (B,) -> (outputs, N)."""
    slots: list[Any] = [None] * tape.n_slots
    for slot, (operation, _, payload) in tape.leaves:
        match operation:
            case "parameter":
                slots[slot] = np.ascontiguousarray(params[:, payload])  # (B,)
            case "variable":
                slots[slot] = x[payload]  # (N,)
            case _:
                slots[slot] = payload
    with np.errstate(all="ignore"):
        for step in tape.instructions:
            operands = [slots[slot] for slot in step.arguments]
            if step.operation == "repeat":
                slots[step.target] = np.repeat(operands[0], counts)
            else:
                slots[step.target] = OPERATIONS[step.operation](*operands)
            for slot in step.release:
                slots[slot] = None
    out = np.empty((len(tape.outputs), x.shape[1]), dtype=np.result_type(params, np.float64))
    for row, (slot, level) in zip(out, tape.outputs, strict=True):
        row[:] = np.repeat(slots[slot], counts) if level is Level.PROBLEM else slots[slot]
    return out


def fold(step: Step, leaves: dict[int, Step]) -> Step:
    """Compute a step on numbers, in NumPy's arithmetic: 1/0 is inf, not an exception."""
    operands = [np.float64(leaves[slot].payload) for slot in step.arguments]
    with np.errstate(all="ignore"):
        return Step("number", payload=float(OPERATIONS[step.operation](*operands)))


def _with_releases(
    work: Sequence[tuple[str, int, tuple[int, ...]]], outputs: Sequence[int]
) -> tuple[Instruction, ...]:
    """Let each instruction release the slots that it is the last to use."""
    needed = set(outputs)
    instructions = []
    for operation, target, arguments in reversed(work):
        instructions.append(Instruction(operation, target, arguments, tuple(set(arguments) - needed)))
        needed.update(arguments)
    return tuple(reversed(instructions))
