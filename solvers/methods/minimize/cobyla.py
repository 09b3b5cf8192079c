"""COBYLA: constrained optimization by linear approximations, without derivatives.

Linear models of the objective and all constraints go through n + 1 points (`cobyla_simplex`). A step goes,
within a radius, where the models of the constraints are least violated, and then where that of the objective
is low (`cobyla_step`); a merit that weighs violations judges it, and the trial replaces a point. Where a step
is short or bad, a point too far off is replaced by a better placed one, or if there is none, the resolution,
below which the radius does not fall, gets finer, until it is the final one. All trials that none is better
than are candidates for the answer (`cobyla_filter`).

Defaults and constants are SciPy's, whose version is PRIMA [2]. It differs from SciPy as follows: of an
undefined trial the objective counts as worse than all points, and not as 1e30, which would spoil the models
(`cobyla_models`); large gradients do not make steps vanish (`cobyla_step`); a start outside the bounds is
moved onto them also where there are constraints, and not into linear ones; ``nit`` counts iterations.

References
----------
.. [1] M. Powell, "A direct search optimization method that models the objective and constraint functions by
   linear interpolation", in: Advances in Optimization and Numerical Analysis, Kluwer 1994, 51-67.
.. [2] Z. Zhang, PRIMA: Reference Implementation for Powell's Methods with Modernization and Amelioration,
   https://www.libprima.net, 2023.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

from solvers.arrays import Array
from solvers.coroutines.coroutine import coroutine
from solvers.coroutines.method import Method
from solvers.coroutines.row import DETAIL, NFEV, NIT, OBJECTIVE, STATUS, STEP, VALUES, VIOLATION, WATCHED, Row
from solvers.kernels.compiling import called
from solvers.linalg.norm import EPS
from solvers.methods.minimize.cobyla_filter import choose
from solvers.methods.minimize.cobyla_models import (
    interpolate,
    propose,
    raise_penalty,
    reduction,
    report,
    step_aside,
    take,
    typical_penalty,
)
from solvers.methods.minimize.cobyla_simplex import (
    find_dispensable,
    find_nearest,
    is_adequate,
    place_first,
    replace,
    take_first,
    take_values_of,
    use_pole,
)
from solvers.methods.minimize.cobyla_state import (
    ADEQUATE,
    FINAL,
    LENGTH,
    PENALTY,
    PLACE,
    PROMISE,
    RADIUS,
    RESOLUTION,
    SCRATCH,
    TARGET,
    TOLERANCE,
    UNKNOWNS,
    begin_state,
    kept_of,
    room_for_state,
    simplex_of,
    values_of,
)
from solvers.methods.minimize.cobyla_step import find_step
from solvers.methods.vectors import norm
from solvers.status import Status

_RUNNING, _REACHED, _TARGET = int(Status.RUNNING), int(Status.STEP), int(Status.COST)
_NUMERICAL, _INFEASIBLE = int(Status.NUMERICAL), int(Status.INFEASIBLE)
_EVALUATION_LIMIT, _ITERATION_LIMIT = int(Status.EVALUATION_LIMIT), int(Status.ITERATION_LIMIT)

# All of [2]. A step is short if it is at most this part of the resolution, a short one at the end is still
# tried if it is more than that part of the final one; what a step has to promise, in units of the resolution.
_SHORT, _LAST_SHORT, _PROMISE = 0.1, 1e-3, 1e-6
# What the radius is multiplied by without a trial, after a bad one, and after a good one, and which ratios of
# the reduction to what was promised are bad and good; up to what multiple of the resolution the radius is set
# to that.
_CUT, _SHRUNK, _GROWN, _BAD, _GOOD, _CLOSE = 0.1, 0.5, 2.0, 0.1, 0.7, 1.5
# The largest penalty at first; how many iterations an evaluation may take, on average.
_FIRST_PENALTY, _ITERATIONS = 1e3, 10.0

#: What to do: go on to the next iteration; end; end, spoilt by rounding; or evaluate a point of the first
#: simplex, a trial, a point in a better place, or the last step.
_NEXT, _END, _SPOILT, _FIRST, _TRY, _ASIDE, _LAST = range(7)


class Options(NamedTuple):
    """What can be chosen."""

    #: Radius and resolution at first.
    rhobeg: float = 1.0
    #: The final one, the accuracy wanted of the unknowns.
    tol: float = 1e-4
    #: Most evaluations; at least n + 2.
    maxiter: float = 1000.0
    #: Largest violation that counts as none.
    catol: float = math.sqrt(EPS)
    #: Objective of a feasible point at which it ends.
    f_target: float = -math.inf


@coroutine
def cobyla(row: Row, options: Options) -> Iterator[int]:
    """Minimize; all that is known is in the room, see `cobyla_state`."""
    _begin(row, options.rhobeg, options.tol, options.catol, options.f_target)
    asks = OBJECTIVE | VALUES if len(row.least) > 0 else OBJECTIVE
    memory, most = row.room, max(options.maxiter, len(row.x) + 2.0)
    then, status = _FIRST, _RUNNING
    while status == _RUNNING:
        if then == _NEXT:
            if row.numbers[WATCHED] != 0.0 and row.numbers[NIT] > 0.0:
                yield STEP
            if row.numbers[NIT] >= _ITERATIONS * most:
                status = _ITERATION_LIMIT
                break
            row.numbers[NIT] += 1.0
            then = _find_trial(memory)
        else:
            if _is_new(memory, then):
                propose(row)
                yield asks
                if take(row):
                    status = _TARGET
                elif then == _LAST:
                    status = _REACHED
                elif row.numbers[NFEV] >= most:
                    status = _EVALUATION_LIMIT
                if status != _RUNNING:
                    break
            then = _use_trial(memory, then)
        if then in (_END, _SPOILT):
            status = _REACHED if then == _END else _NUMERICAL
        report(row)
    _end(row, status)


@called
def _begin(row: Row, radius: float, final: float, tolerance: float, target: float) -> None:
    """Prepare the evaluation of the start; radii that make no sense are put right as in SciPy."""
    if not 0.0 < radius < math.inf:
        radius = max(10.0 * final, 1.0) if 0.0 < final < math.inf else 1.0
    if not 0.0 < final <= radius:
        final = max(min(0.1 * radius, 1e-6), EPS)
    begin_state(row)
    memory = row.room
    memory[RADIUS], memory[RESOLUTION], memory[FINAL] = radius, radius, final
    memory[TOLERANCE], memory[TARGET], memory[PLACE] = tolerance, target, memory[UNKNOWNS]
    memory[PENALTY] = memory[LENGTH] = memory[PROMISE] = memory[ADEQUATE] = 0.0


@called
def _is_new(memory: Array, then: int) -> bool:
    """Whether a trial is to be evaluated; if it is a known point, that one's values are taken."""
    if then in (_FIRST, _LAST):
        return True
    nearest = find_nearest(memory)
    if nearest >= 0:
        take_values_of(memory, nearest, int(memory[UNKNOWNS]) + 1)
    return nearest < 0


@called
def _find_trial(memory: Array) -> int:
    """Find the step, and what to do with it.

    The penalty that it asks for may make another point the best one; then all begins anew, with fewer
    violations.
    """
    step = simplex_of(memory).step
    _, table, _, gradients = values_of(memory)
    for _ in range(len(step) + 2):
        if not use_pole(memory):
            return _SPOILT
        interpolate(memory)
        find_step(gradients, table[len(step)], memory[RADIUS], step, memory[int(memory[SCRATCH]) :])
        if not raise_penalty(memory):
            break
    memory[ADEQUATE] = is_adequate(memory)
    memory[LENGTH] = min(norm(step), memory[RADIUS])
    least = _PROMISE * min(memory[PENALTY], 1.0) * memory[RESOLUTION]
    if memory[LENGTH] > _SHORT * memory[RESOLUTION] and memory[PROMISE] > least:
        return _TRY
    _set_radius(memory, _CUT * memory[RADIUS])
    then: int = _improve(memory)
    return then


@called
def _use_trial(memory: Array, then: int) -> int:
    """Let the trial, of whose functions all is known, replace a point; what to do next."""
    n = int(memory[UNKNOWNS])
    if then == _FIRST:
        if not take_first(memory):
            return _SPOILT
        last = memory[PLACE] == n - 1 or n == 0
        memory[PLACE] = memory[PLACE] + 1.0 if memory[PLACE] < n else 0.0
        if not last:
            place_first(memory)
            return _FIRST
        memory[PENALTY] = max(min(typical_penalty(memory), _FIRST_PENALTY), EPS)
        return _NEXT if n > 0 else _END
    if then == _ASIDE:
        return _NEXT if replace(memory, int(memory[PLACE])) else _SPOILT
    fall, length = reduction(memory), memory[LENGTH]
    ratio = fall / memory[PROMISE]
    if ratio > _GOOD:
        _set_radius(memory, max(_SHRUNK * memory[RADIUS], _GROWN * length))
    else:
        _set_radius(memory, max(_SHRUNK * memory[RADIUS], length) if ratio > _BAD else _SHRUNK * length)
    place = find_dispensable(memory, fall > 0.0)
    if place >= 0 and not replace(memory, place):
        return _SPOILT
    after: int = _NEXT if ratio > 0.0 and place >= 0 else _improve(memory)
    return after


@called
def _improve(memory: Array) -> int:
    """Do what a short or bad step asks for: improve the geometry, or refine the resolution."""
    if memory[ADEQUATE] == 0.0:
        if is_adequate(memory):
            return _NEXT
        step_aside(memory)
        return _ASIDE
    resolution, final = memory[RESOLUTION], memory[FINAL]
    if max(memory[RADIUS], memory[LENGTH]) > resolution:
        return _NEXT
    if resolution <= final:
        short = memory[LENGTH] <= _SHORT * resolution
        return _LAST if short and norm(simplex_of(memory).step) > _LAST_SHORT * final else _END
    ratio, finer = resolution / final, final  # [2], as in Powell's later methods
    if ratio > 16.0:
        finer = 0.1 * resolution if ratio > 250.0 else math.sqrt(ratio) * final
    memory[RADIUS], memory[RESOLUTION] = max(0.5 * resolution, finer), finer
    memory[PENALTY] = max(min(memory[PENALTY], typical_penalty(memory)), EPS)
    return _NEXT if use_pole(memory) else _SPOILT


@called
def _set_radius(memory: Array, radius: float) -> None:
    memory[RADIUS] = radius if radius > _CLOSE * memory[RESOLUTION] else memory[RESOLUTION]


@called
def _end(row: Row, status: int) -> None:
    """Choose the answer, and say how it ended; the detail is SciPy's status of violated constraints."""
    memory = row.room
    choose(row, kept_of(memory), memory[PENALTY], memory[TOLERANCE])
    if row.numbers[VIOLATION] > memory[TOLERANCE]:
        row.numbers[DETAIL] = (
            3.0 if status == _EVALUATION_LIMIT else 20.0 if status == _ITERATION_LIMIT else 0.0
        )
        row.numbers[DETAIL] = 7.0 if status == _NUMERICAL else row.numbers[DETAIL]
        status = _INFEASIBLE
    row.numbers[STATUS] = status


_ENDED = "Return from COBYLA because "
_VIOLATED = (
    "Did not converge to a solution satisfying the constraints. "
    "See `maxcv` for the magnitude of the violation."
)

COBYLA = Method(
    "COBYLA",
    cobyla,
    Options,
    asks=OBJECTIVE | VALUES,
    room=room_for_state,
    tol=("tol",),
    endings={
        Status.STEP: (0, f"{_ENDED}the trust region radius reaches its lower bound."),
        Status.COST: (1, f"{_ENDED}the target function value is achieved."),
        Status.EVALUATION_LIMIT: (3, f"{_ENDED}the objective function has been evaluated MAXFUN times."),
        Status.ITERATION_LIMIT: (
            20,
            f"{_ENDED}the maximal number of trust region iterations has been reached.",
        ),
        Status.NUMERICAL: (7, f"{_ENDED}rounding errors are becoming damaging."),
        Status.INFEASIBLE: (0, _VIOLATED),
    },
    details={code: (code, _VIOLATED) for code in (3, 7, 20)},
    bounds=True,
    constraints=True,
    returns_all=False,
)
