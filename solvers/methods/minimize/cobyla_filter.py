"""Which of all trials is the answer: those that none is better than in both objective and violation are kept.

This follows Zhang's PRIMA: a trial is also better where it is feasible within the tolerance and the other one
violates a constraint by more than ten times that. Of those kept the answer is, among those that violate
constraints not much more than the least, the one with the least objective plus violation times a weight.
Where there is no place left, the one with the largest such sum goes.
"""

from typing import NamedTuple

from solvers.arrays import Array
from solvers.coroutines.row import BEST, VIOLATION, Row
from solvers.coroutines.views import matrix
from solvers.kernels.compiling import called, strict
from solvers.linalg.norm import EPS
from solvers.methods.vectors import copy

#: How many are kept at most; PRIMA keeps 2000, of which we saw up to 53 used by Hock's and Schittkowski's
#: problems.
PLACES = 64
#: PRIMA's weight of violations, and how much more than the tolerance is a larger violation.
_WEIGHT, _LARGER = 1e8, 10.0


class Filter(NamedTuple):
    """The trials kept, of n unknowns."""

    held: Array  # (1,) how many
    funs: Array  # (PLACES,)
    outside: Array  # (PLACES,) the largest violations
    points: Array  # (PLACES, n)


def room_for_filter(n: int) -> int:
    """How many numbers it takes."""
    return 1 + PLACES * (n + 2)


@strict
def filter_in(room: Array, n: int) -> Filter:
    """Find it where it begins."""
    a, b = 1 + PLACES, 1 + 2 * PLACES
    return Filter(room[:1], room[1:a], room[a:b], matrix(room[b : b + PLACES * n], n))


@called
def keep(found: Filter, x: Array, fun: float, outside: float, tolerance: float) -> None:
    """Keep a trial, unless there is a better one, and only what it is not better than."""
    count, worst = 0, 0
    for i in range(int(found.held[0])):
        here, there = found.funs[i], found.outside[i]
        if (here <= fun and there <= outside) or _is_better(here, there, fun, outside, tolerance):
            return
    for i in range(int(found.held[0])):
        if not _is_better(fun, outside, found.funs[i], found.outside[i], tolerance):
            _put(found, count, found.points[i], found.funs[i], found.outside[i])
            if _sum(found, count, _WEIGHT, tolerance) > _sum(found, worst, _WEIGHT, tolerance):
                worst = count
            count += 1
    place = count if count < PLACES else worst
    _put(found, place, x, fun, outside)
    found.held[0] = max(count, place + 1)


@called
def choose(row: Row, found: Filter, penalty: float, tolerance: float) -> None:
    """Make the best one the answer."""
    weight, least, best = max(penalty, _WEIGHT), found.outside[0], -1
    for i in range(int(found.held[0])):
        least = min(least, found.outside[i])
    most = max(EPS, 2.0 * max(least - tolerance, 0.0))
    for i in range(int(found.held[0])):
        if found.outside[i] - tolerance > most:
            continue
        if best < 0:
            best = i
        here, there = _sum(found, i, weight, tolerance), _sum(found, best, weight, tolerance)
        if here < there or (here == there and found.outside[i] < found.outside[best]):
            best = i
    copy(found.points[best], row.answer)
    row.numbers[BEST], row.numbers[VIOLATION] = found.funs[best], found.outside[best]


@strict
def _put(found: Filter, place: int, x: Array, fun: float, outside: float) -> None:
    copy(x, found.points[place])
    found.funs[place], found.outside[place] = fun, outside


@strict
def _sum(found: Filter, place: int, weight: float, tolerance: float) -> float:
    """Add the weighted violation to the objective."""
    total: float = found.funs[place] + weight * max(found.outside[place] - tolerance, 0.0)
    return total


@strict
def _is_better(fun: float, outside: float, other: float, others: float, tolerance: float) -> bool:
    if outside <= tolerance and others > _LARGER * max(EPS, tolerance):
        return True
    return fun <= other and outside <= others and (fun < other or outside < others)
