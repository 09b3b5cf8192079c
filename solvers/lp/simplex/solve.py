"""All problems of a batch, one after the other, in one compiled call."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from solvers.arrays import Array, IntArray
from solvers.kernels.compiling import inlined, kernel
from solvers.lp.programs import AT_LOWER, AT_UPPER, BASIC, Programs
from solvers.lp.simplex.basis import invert, note, start
from solvers.lp.simplex.dictionary import copy
from solvers.lp.simplex.outcomes import INFEASIBLE, LIMIT, OPTIMAL, UNBOUNDED
from solvers.lp.simplex.room import COST, LOWER, REST, SCALE, UPPER, VALUE, Room, X, Y, Z, make_room
from solvers.lp.simplex.scaling import load_matrix, load_vectors
from solvers.lp.simplex.vertex import optimize
from solvers.status import Status

_STATUS = {
    OPTIMAL: Status.OPTIMAL,
    INFEASIBLE: Status.INFEASIBLE,
    UNBOUNDED: Status.UNBOUNDED,
    LIMIT: Status.ITERATION_LIMIT,
}


class Vertices(NamedTuple):
    """Where the problems of a batch ended, before anything has been checked."""

    status: IntArray  # (B,)
    x: Array  # (B, n)
    y: Array  # (B, m) multipliers, or a Farkas ray
    ray: Array  # (B, n) a direction where unbounded, else the reduced costs
    basis: NDArray[np.int8]  # (B, n + m)
    nit: IntArray  # (B,)


def solve(programs: Programs, basis: NDArray[np.int8] | None, limit: int) -> Vertices:
    """Solve dense problems whose data are finite where they have to be.

    Parameters
    ----------
    programs
        B of them.
    basis
        (B or 1, n + m) where to start; None: all rows basic.
    limit
        Pivots a problem at most.
    """
    B, m, n = programs.size, programs.m, programs.n
    ends = Vertices(
        np.empty(B, np.int64), np.empty((B, n)), np.empty((B, m)), np.empty((B, n)),
        np.empty((B, n + m), np.int8), np.empty(B, np.int64),
    )  # fmt: skip
    if basis is None:
        basis = np.empty((0, n + m), np.int8)
    kept = make_room(m, n) if len(programs.A) == len(basis) == 1 else make_room(0, 0)
    # For arrays that are read-only, or not in C's order, all would be compiled once more.
    parts = tuple(np.require(part, requirements=["C", "W"]) for part in programs.parts)
    basis = np.require(basis, requirements=["C", "W"])
    _solve(make_room(m, n), kept.T, kept.head, kept.tail, parts, basis, int(limit), ends)
    labels = np.full(max(_STATUS) + 2, Status.NUMERICAL, np.int64)
    labels[list(_STATUS)] = [int(status) for status in _STATUS.values()]
    return ends._replace(status=labels[ends.status])


@kernel
def _solve(
    room: Room,
    kept: Array,
    kept_head: IntArray,
    kept_tail: IntArray,
    parts: tuple[Array, ...],
    basis: NDArray[np.int8],
    limit: int,
    ends: Vertices,
) -> None:
    c, A, row_lower, row_upper, lower, upper = parts
    for k in range(len(ends.status)):
        if k == 0 or len(A) > 1:
            load_matrix(room, A[_at(A, k)])
        unit = load_vectors(
            room,
            c[_at(c, k)],
            row_lower[_at(row_lower, k)],
            row_upper[_at(row_upper, k)],
            lower[_at(lower, k)],
            upper[_at(upper, k)],
        )
        if len(basis) == 0:
            _choose_start(room)
        else:
            copy(room.codes, basis[_at(basis, k)])
        if k == 0 or len(kept) == 1:
            invert(room)
            if len(kept) > 1:
                _copy_dictionary(kept, kept_head, kept_tail, room.T, room.head, room.tail)
        else:
            _copy_dictionary(room.T, room.head, room.tail, kept, kept_head, kept_tail)
        start(room)
        ends.status[k], ends.nit[k] = optimize(room, limit)
        _take_out(room, unit, ends.status[k], ends.x[k], ends.y[k], ends.ray[k])
        note(room, ends.basis[k])


@inlined
def _at(part: Array, k: int) -> int:
    return k if len(part) > 1 else 0


@inlined
def _copy_dictionary(
    T: Array, head: IntArray, tail: IntArray, other: Array, other_head: IntArray, other_tail: IntArray
) -> None:
    for i in range(len(T)):
        copy(T[i], other[i])
    copy(head, other_head)
    copy(tail, other_tail)


@inlined
def _choose_start(room: Room) -> None:
    """Let all rows be basic, and variables with two bounds where their cost is lower."""
    n = len(room.tail)
    for i in range(len(room.codes)):
        room.codes[i] = BASIC if i >= n else AT_UPPER if room.variables[COST, i] < 0.0 else AT_LOWER
        if i < n and room.variables[UPPER, i] == math.inf:
            room.codes[i] = AT_LOWER


@inlined
def _take_out(room: Room, unit: float, outcome: int, x: Array, y: Array, ray: Array) -> None:
    """Give x, y and the ray their units back; x is put within its bounds, which it may have left a little."""
    n = len(room.tail)
    for j in range(len(room.tail)):
        if room.tail[j] < n:
            room.columns[X, room.tail[j]] = room.columns[REST, j]
    for i in range(len(room.head)):
        if room.head[i] < n:
            room.columns[X, room.head[i]] = room.rows[VALUE, i]
    for j in range(n):
        scale = room.variables[SCALE, j]
        x[j] = scale * min(max(room.columns[X, j], room.variables[LOWER, j]), room.variables[UPPER, j])
        ray[j] = scale * room.columns[Z, j] if outcome == UNBOUNDED else 0.0
    for i in range(len(y)):
        y[i] = room.rows[Y, i] / room.variables[SCALE, n + i] * (1.0 if outcome == INFEASIBLE else unit)
