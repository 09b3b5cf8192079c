"""The trial step of COBYQA: towards the constraints, then along them.

The normal step, in 0.8 of the ball, lowers the squares of the violations of the linear limits: with a
slack v for each inequality, ``|A d - b|² / 2 + |v|² / 2`` subject to ``C d - v <= c`` and ``v >= 0``.
The tangential step, in what is left of the ball, lowers the objective's model with the Lagrangian's
Hessian, and keeps what the normal step attained. Where a trial turns out worse than the best point, a
step of second order is like the normal one, from the trial, for the constraints as they are there.

Reference: T. Ragonneau, PhD thesis, The Hong Kong Polytechnic University 2022, section 5.2.3 and
Algorithms 6.3 and 6.4, after R. Byrd 1987 and E. Omojokun 1989.
"""

import math

from solvers.arrays import Array
from solvers.coroutines.views import view
from solvers.kernels.compiling import called
from solvers.methods.minimize.cobyqa_active import Active, Region
from solvers.methods.minimize.cobyqa_arc import turn
from solvers.methods.minimize.cobyqa_conjugate import descend
from solvers.methods.minimize.cobyqa_models import add_hessian
from solvers.methods.minimize.cobyqa_state import BEST_POINT, EQUATIONS, NORMAL, RADIUS, expand, state_of
from solvers.methods.vectors import copy, dot, norm

#: Part of the radius that the normal step may take; SciPy's.
INNER = 0.8


@called
def find_step(memory: Array) -> float:
    """Find the trial step, and how long it is, with gradients, limits and the Hessian made for it."""
    state = state_of(memory)
    expand(memory)
    _make_hessian(memory)
    r, n = len(state.limits.slack), len(state.step)
    radius, step, best = state.numbers[RADIUS], state.step, int(state.numbers[BEST_POINT])
    _normal(memory, state.models.offsets[best], state.limits.slack, INNER * radius, step, state.scratch)
    state.numbers[NORMAL] = norm(step)
    region, active, room = _places(state.scratch, n, r)
    gradient, tangential, room = room[:n], room[n : 2 * n], room[2 * n :]
    for i in range(n):
        x = state.models.base[i] + state.models.offsets[best, i]
        region.lower[i] = min(state.lower[i] - x - step[i], 0.0)
        region.upper[i] = max(state.upper[i] - x - step[i], 0.0)
        gradient[i], tangential[i] = state.gradients[0, i] + dot(state.hessian[i], step), 0.0
    for k in range(r):
        copy(state.limits.rows[k], region.rows[k])
        region.slack[k] = max(state.limits.slack[k] - dot(state.limits.rows[k], step), 0.0)
        active.held[k] = 1.0 if k >= r - state.numbers[EQUATIONS] else 0.0
    left = math.sqrt(max(radius * radius - state.numbers[NORMAL] ** 2, 0.0))
    gained = descend(state.hessian, gradient, region, active, (n, left, math.inf), tangential, room)
    if gained >= 0.0:
        turn(state.hessian, gradient, region, active, gained, tangential, room)
    for i in range(n):
        step[i] += tangential[i]
    return norm(step)


@called
def correct(memory: Array) -> bool:
    """Add to the step one towards the constraints as they are at the trial; whether there is one."""
    state = state_of(memory)
    n, limits = len(state.step), state.limits
    room = state.scratch
    slack, offset, more, radius = (
        room[: len(limits.slack)],
        room[len(limits.slack) :][:n],
        room[len(limits.slack) + n :][:n],
        norm(state.step),
    )
    for i in range(len(slack)):
        slack[i] = -limits.sign[i] * (state.trial[int(limits.which[i])] - limits.bound[i])
    for i in range(n):
        offset[i] = state.models.offsets[int(state.numbers[BEST_POINT]), i] + state.step[i]
    _normal(memory, offset, slack, radius, more, room[len(slack) + 2 * n :])
    copy(state.step, state.first_step)
    copy(state.trial, state.first_trial)
    for i in range(n):
        state.step[i] += more[i]
    return norm(more) > 0.0


@called
def _make_hessian(memory: Array) -> None:
    """Make the Hessian of the Lagrangian's model."""
    state = state_of(memory)
    n, limits = len(state.step), state.limits
    for i in range(n):
        for j in range(n):
            state.hessian[i, j] = 0.0
    add_hessian(state.models, 0, 1.0, state.hessian)
    for i in range(len(limits.which)):
        if limits.multipliers[i] != 0.0:
            weight = limits.multipliers[i] * limits.sign[i]
            add_hessian(state.models, int(limits.which[i]), weight, state.hessian)


@called
def _normal(memory: Array, offset: Array, slack: Array, radius: float, step: Array, room: Array) -> None:
    """Find the step (n,), from an offset from the base, that lowers the violations of linear limits (r,)."""
    state = state_of(memory)
    n, rows = len(step), state.limits.rows
    r = len(slack) - int(state.numbers[EQUATIONS])
    d, squares = n + r, 0.0
    for i in range(n):
        step[i] = 0.0
    for k in range(len(slack)):
        if slack[k] < 0.0 or k >= r:
            squares += slack[k] * slack[k]
    if squares == 0.0:
        return
    region, active, rest = _places(room, d, r)
    gradient, both, rest = rest[:d], rest[d : 2 * d], rest[2 * d :]
    hessian, rest = rest[: d * d].reshape((d, d)), rest[d * d :]
    for i in range(d):
        for j in range(d):
            hessian[i, j] = 1.0 if i == j and i >= n else 0.0
        gradient[i] = both[i] = 0.0
    for i in range(n):
        x = state.models.base[i] + offset[i]
        region.lower[i], region.upper[i] = min(state.lower[i] - x, 0.0), max(state.upper[i] - x, 0.0)
    for k in range(r, len(slack)):
        for i in range(n):
            gradient[i] -= rows[k, i] * slack[k]
            for j in range(n):
                hessian[i, j] += rows[k, i] * rows[k, j]
    for k in range(r):
        over = max(0.0, -slack[k])
        gradient[n + k] = both[n + k] = over
        region.lower[n + k], region.upper[n + k] = 0.0, math.inf
        for i in range(d):
            region.rows[k, i] = rows[k, i] if i < n else -1.0 if i == n + k else 0.0
        region.slack[k], active.held[k] = slack[k] + over, 0.0
    descend(hessian, gradient, region, active, (n, radius, math.sqrt(squares)), both, rest)
    copy(both[:n], step)


@called
def _places(room: Array, d: int, r: int) -> tuple[Region, Active, Array]:
    """Lay out the region of a step of d unknowns with r rows, what holds it, and the room that is left."""
    a = 2 * d
    b = a + r * d
    c = b + r
    e = c + d + r
    f = e + d * d + 2
    region = Region(view(room, 0, (d,)), view(room, d, (d,)), view(room, a, (r, d)), view(room, b, (r,)))
    active = Active(
        view(room, c, (d,)), view(room, c + d, (r,)), view(room, e, (d, d)), view(room, e + d * d, (2,))
    )
    return region, active, view(room, f, (len(room) - f,))
