"""What COBYQA knows of one problem, all of it in the room of its row, and how its points come and go.

Unknowns are those that are not fixed by their bounds, on request scaled so that the bounds are -1 and 1.
Limits are one-sided, ``sign (values[which] - bound) <= 0``, equations after inequalities. A function's value
enters the models at most 2^100, as in SciPy; one that is undefined is given a value as much worse than the
worst of the points as that is worse than the best, so that the models stay of use, and limits there those of
the models.
"""

import math
from typing import NamedTuple

from solvers.arrays import Array
from solvers.coroutines.row import BEST, FUN, UNDEFINED, VIOLATION, Row
from solvers.coroutines.views import view
from solvers.kernels.compiling import called, strict
from solvers.linalg.norm import EPS
from solvers.methods.minimize.cobyqa_models import Models, gradient_at, models_in, room_for_models, value_at
from solvers.methods.vectors import copy

#: Places in numbers: how many unknowns, constraints, one-sided limits, and equations among these there are;
#: the largest violation that counts as none, and the objective at which it ends; the radius of the ball, what
#: it does not fall below for now, and at the end; the weight of violations; the best point, below 0 as long
#: as there is none; the one to evaluate or replace; the length of the normal step; short steps in a row, very
#: short ones, and iterations in which the models seemed worse than new ones.
UNKNOWNS, CONSTRAINTS, LIMITS, EQUATIONS, TOLERANCE, TARGET, RADIUS, RESOLUTION, FINAL = range(9)
PENALTY, BEST_POINT, PLACE, NORMAL, SHORT, VERY_SHORT, DOUBTS = range(9, 16)
_NUMBERS = 16

_BARRIER = 2.0**100  # SciPy's

_size_of_models = strict(room_for_models)


class Limits(NamedTuple):
    """One-sided limits, and what is known of them at the best point."""

    which: Array  # (r,) of the values, from 1
    sign: Array  # (r,)
    bound: Array  # (r,)
    multipliers: Array  # (r,)
    rows: Array  # (r, n) derivatives at the best point
    slack: Array  # (r,) what is left there, below 0 where a limit is violated


class State(NamedTuple):
    """One problem of n unknowns, q functions, m constraints, and r one-sided limits."""

    numbers: Array  # (16,)
    lower: Array  # (n,) bounds of the unknowns
    upper: Array  # (n,)
    least: Array  # (m,) bounds of the constraints
    most: Array  # (m,)
    step: Array  # (n,) from the best point to a trial
    trial: Array  # (q,) the functions there
    first_step: Array  # (n,) before a correction
    first_trial: Array  # (q,)
    models: Models
    limits: Limits
    gradients: Array  # (q, n) of the models at the best point
    hessian: Array  # (n, n) of the Lagrangian
    scratch: Array  # to work in


class Unknowns(NamedTuple):
    """Where the n unknowns are in the row: ``x[place] = factor * unknown + shift``."""

    place: Array  # (n,)
    factor: Array  # (n,)
    shift: Array  # (n,)


def room_for_state(n: int, m: int) -> int:
    """How many numbers it is."""
    q, r, d = m + 1, 2 * m, n + 2 * m
    known = _NUMBERS + 2 * m + 7 * n + 2 * q + 5 * r + r * n + q * n + n * n
    return known + room_for_models(n, q) + 3 * d * d + r * d + 20 * d + 8 * r + 32


@called
def state_of(room: Array) -> State:
    """Find it in the room of a row."""
    n, m, r = int(room[UNKNOWNS]), int(room[CONSTRAINTS]), int(room[LIMITS])
    q, a = m + 1, _NUMBERS + 3 * n
    b = a + 3 * n + 2 * m
    c = b + q
    d = c + 5 * r
    e = d + r * n
    f = e + q * n
    g = f + n * n
    h = g + _size_of_models(n, q)
    k = h + n + q
    limits = Limits(
        view(room, c, (r,)),
        view(room, c + r, (r,)),
        view(room, c + 2 * r, (r,)),
        view(room, c + 3 * r, (r,)),
        view(room, d, (r, n)),
        view(room, c + 4 * r, (r,)),
    )
    return State(
        view(room, 0, (_NUMBERS,)),
        view(room, a, (n,)),
        view(room, a + n, (n,)),
        view(room, a + 3 * n, (m,)),
        view(room, a + 3 * n + m, (m,)),
        view(room, a + 2 * n, (n,)),
        view(room, b, (q,)),
        view(room, h, (n,)),
        view(room, h + n, (q,)),
        models_in(room, g, n, q),
        limits,
        view(room, e, (q, n)),
        view(room, f, (n, n)),
        view(room, k, (len(room) - k,)),
    )


@called
def unknowns_of(room: Array) -> Unknowns:
    """Find them in the room of a row."""
    n = int(room[UNKNOWNS])
    return Unknowns(
        view(room, _NUMBERS, (n,)), view(room, _NUMBERS + n, (n,)), view(room, _NUMBERS + 2 * n, (n,))
    )


@strict
def is_fixed(row: Row, i: int) -> bool:
    """Whether the bounds of an unknown are the same but for rounding."""
    most = 1.0
    for k in range(len(row.x)):
        if abs(row.lower[k]) < math.inf:
            most = max(most, abs(row.lower[k]))
        if abs(row.upper[k]) < math.inf:
            most = max(most, abs(row.upper[k]))
    gap: float = row.upper[i] - row.lower[i]
    return gap < 10.0 * EPS * len(row.x) * most


@strict
def is_equation(least: float, most: float) -> bool:
    """Whether both sides of a constraint are the same but for rounding."""
    size = max(1.0, abs(least), abs(most))
    return size < math.inf and most - least <= 10.0 * EPS * size


@called
def expand(memory: Array) -> None:
    """Find the gradients of the models, and the linear limits, at the best point."""
    state = state_of(memory)
    models, limits = state.models, state.limits
    best = int(state.numbers[BEST_POINT])
    for j in range(len(state.trial)):
        gradient_at(models, j, models.offsets[best], state.gradients[j])
    for i in range(len(limits.which)):
        j = int(limits.which[i])
        limits.slack[i] = -limits.sign[i] * (models.values[best, j] - limits.bound[i])
        for k in range(len(state.step)):
            limits.rows[i, k] = limits.sign[i] * state.gradients[j, k]


@called
def violation(values: Array, least: Array, most: Array) -> tuple[float, float]:
    """The largest violation of a constraint, and the length of them all; values begin with the objective."""
    farthest, squares = 0.0, 0.0
    for j in range(len(least)):
        outside = max(least[j] - values[j + 1], values[j + 1] - most[j], 0.0)
        farthest = max(farthest, outside)
        squares += outside * outside
    return farthest, math.sqrt(squares)


@called
def propose(row: Row) -> None:
    """Write where to ask: the step from the best point, or one of the first points."""
    state, unknowns = state_of(row.room), unknowns_of(row.room)
    best = int(state.numbers[BEST_POINT])
    base, offset = state.models.base, state.models.offsets[best if best >= 0 else int(state.numbers[PLACE])]
    for i in range(len(row.x)):
        row.x[i] = row.answer[i]
    for i in range(len(base)):
        k, unknown = int(unknowns.place[i]), base[i] + (offset[i] + state.step[i])
        row.x[k] = min(max(unknown * unknowns.factor[i] + unknowns.shift[i], row.lower[k]), row.upper[k])


@called
def take(row: Row) -> bool:
    """Read the functions at a trial, and keep it if it is the best one; whether it reaches the target."""
    state = state_of(row.room)
    trial, tolerance, weight = state.trial, state.numbers[TOLERANCE], state.numbers[PENALTY]
    if row.numbers[UNDEFINED] != 0.0:
        _stand_in(row.room)
        return False
    trial[0] = min(max(row.numbers[FUN], -_BARRIER), _BARRIER)
    for j in range(len(row.least)):
        trial[j + 1] = min(max(row.values[j], -_BARRIER), _BARRIER)
    outside, _ = violation(trial, row.least, row.most)
    fun, best, least = row.numbers[FUN], row.numbers[BEST], row.numbers[VIOLATION]
    if outside <= tolerance and least <= tolerance:
        better = fun < best or (fun == best and outside < least)
    elif outside > tolerance and least > tolerance:
        here, there = fun + weight * outside, best + weight * least
        better = here < there or (here == there and outside < least)
    else:
        better = outside <= tolerance
    if better or math.isnan(best):
        row.numbers[BEST], row.numbers[VIOLATION] = fun, outside
        copy(row.x, row.answer)
    reached: bool = outside <= tolerance and fun <= state.numbers[TARGET]
    return reached


@called
def _stand_in(memory: Array) -> None:
    """Let an undefined trial be worse than all points, or mark it where these are not complete yet."""
    state = state_of(memory)
    models = state.models
    state.trial[0] = math.nan
    for j in range(1, len(state.trial)):
        state.trial[j] = models.values[0, j]
    if state.numbers[BEST_POINT] < 0.0:
        return
    state.trial[0] = worst(models.values)
    offset = state.scratch[: len(state.step)]
    for i in range(len(offset)):
        offset[i] = models.offsets[int(state.numbers[BEST_POINT]), i] + state.step[i]
    for j in range(1, len(state.trial)):
        state.trial[j] = value_at(models, j, offset)


@called
def worst(values: Array) -> float:
    """Make a value as much worse than the worst of the points as that is than the best."""
    low, high = math.inf, -math.inf
    for k in range(len(values)):
        if not math.isnan(values[k, 0]):
            low, high = min(low, values[k, 0]), max(high, values[k, 0])
    return min(high + (high - low if high > low else max(1.0, abs(high))), _BARRIER)
