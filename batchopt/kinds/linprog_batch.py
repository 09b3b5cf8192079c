"""What a linear-programming job hands to the solvers: problems of one shape, and the rows they come from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from solvers.arrays import Array, BoolArray, IntArray
from solvers.lp.programs import Program, Programs

#: What the arrays of a block of problems may take: some fit into the caches, and no chunk fills the memory.
BLOCK_BYTES = 32_000_000


class Refusals:
    """The rows (B,) that cannot be solved, and why: the first reason found of each."""

    def __init__(self, size: int) -> None:
        self.good: BoolArray = np.ones(size, dtype=bool)
        self.why: dict[int, str] = {}

    def refuse(self, rows: IntArray, wrong: Any, message: str | Callable[[int], str]) -> None:
        """Refuse ``rows[i]`` wherever ``wrong[i]``; the message is the same for all, or made of i."""
        for i in np.flatnonzero(wrong).tolist():
            self.why.setdefault(int(rows[i]), message if isinstance(message, str) else message(i))
            self.good[rows[i]] = False


@dataclass(frozen=True)
class Batch:
    """Linear programs of one shape; a single one may be sparse."""

    rows: IntArray  # (b,) of the table
    programs: Programs | Program
    m_ub: int  # inequalities, which come first

    def __len__(self) -> int:
        return len(self.rows)

    @classmethod
    def dense(cls, rows: IntArray, parts: Sequence[Array], m_ub: int, good: BoolArray) -> "Batch":
        """Take the parts of `Programs`, and only the rows that are good."""
        programs = Programs(len(rows), *parts)
        if good.all():
            return cls(rows, programs, m_ub)
        return cls(rows[good], programs.take(good), m_ub)


def blocks(rows: IntArray, bytes_each: int) -> list[IntArray]:
    """Cut rows into blocks whose arrays are of a bounded size."""
    size = max(1, BLOCK_BYTES // max(1, bytes_each))
    return [rows[begin : begin + size] for begin in range(0, len(rows), size)]
