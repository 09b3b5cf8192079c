"""COBYQA: trust-region sequential quadratic programming by models through values, without derivatives.

The objective and the constraints are modelled by quadratics through 2n + 1 points (`cobyqa_models`). In a
ball about the best point a step goes towards the constraints and then along them (`cobyqa_step`), is judged
by a merit that weighs violations (`cobyqa_merit`), and replaces the point whose loss leaves the system of the
models best conditioned. Where steps are short or bad, a point far away is replaced by a well placed one
(`cobyqa_geometry`); where there is none, the resolution, below which the radius does not fall, is refined,
until it is the final one.

Defaults and constants are SciPy's. It differs from SciPy as follows: constraints are taken as functions, be
they linear or not; two-sided ones have one model, not two; the merit's model takes violations from linear
constraints, as the thesis does, where SciPy asks for the true ones; steps of second order start at the trial;
multipliers are those of the best point, and zero where nothing is active; an objective that is undefined
counts as worse than all points, but not as 2^100, which would spoil the models; where no point is feasible,
the answer is the best by the penalty while it ran.

References
----------
.. [1] T. Ragonneau, Model-based derivative-free optimization methods and software, PhD thesis, The Hong Kong
   Polytechnic University 2022, chapters 5-7.
.. [2] T. Ragonneau, Z. Zhang, COBYQA version 1.1.3, https://www.cobyqa.com.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

from solvers.arrays import Array
from solvers.coroutines.coroutine import coroutine
from solvers.coroutines.method import Method
from solvers.coroutines.row import NFEV, NIT, OBJECTIVE, STATUS, STEP, VALUES, VIOLATION, WATCHED, Row
from solvers.kernels.compiling import called
from solvers.methods.minimize.cobyqa_geometry import find_place
from solvers.methods.minimize.cobyqa_merit import (
    LOW_RATIO,
    choose_best,
    judge,
    keep_better,
    merit,
    raise_penalty,
    reduction_ratio,
    refine,
    set_radius,
)
from solvers.methods.minimize.cobyqa_multipliers import update_multipliers
from solvers.methods.minimize.cobyqa_points import (
    is_doubtful,
    is_far,
    keep,
    make_models,
    most_dispensable,
    rebase_far,
    replace_point,
)
from solvers.methods.minimize.cobyqa_start import begin
from solvers.methods.minimize.cobyqa_state import (
    BEST_POINT,
    FINAL,
    NORMAL,
    PENALTY,
    PLACE,
    RADIUS,
    RESOLUTION,
    SHORT,
    UNKNOWNS,
    VERY_SHORT,
    propose,
    room_for_state,
    state_of,
    take,
)
from solvers.methods.minimize.cobyqa_step import INNER, correct, find_step
from solvers.status import Status

_RUNNING, _REACHED, _TARGET = int(Status.RUNNING), int(Status.STEP), int(Status.COST)
_FIXED, _INFEASIBLE = int(Status.OPTIMAL), int(Status.INFEASIBLE)
_EVALUATION_LIMIT, _ITERATION_LIMIT = int(Status.EVALUATION_LIMIT), int(Status.ITERATION_LIMIT)

# As in SciPy: what a short step is relative to the resolution, and a very short one, and how many of them
# there may be before it is refined.
_SHORT_STEP, _VERY_SHORT_STEP, _MOST_SHORT, _MOST_VERY_SHORT = 0.5, 0.1, 5.0, 3.0

#: What to do: go on to the next iteration, refine the resolution; or evaluate one of the first points, a
#: trial, one of second order, or a point in a better place.
_NEXT, _REFINE, _FIRST, _TRY, _CORRECT, _IMPROVE = range(6)


class Options(NamedTuple):
    """What can be chosen."""

    #: Radius at first, a tenth of how far unknowns may have to go; at the end, the accuracy wanted of them.
    initial_tr_radius: float = 1.0
    final_tr_radius: float = 1e-6
    #: Most evaluations; below 0: 500 n.
    maxfev: float = -1.0
    #: Most iterations; below 0: 1000 n.
    maxiter: float = -1.0
    #: Objective of a feasible point at which it ends.
    f_target: float = -math.inf
    #: Largest violation of a constraint that counts as none.
    feasibility_tol: float = 1e-8
    #: Whether unknowns are scaled by their bounds, where all have them.
    scale: float = 0.0


@coroutine
def cobyqa(row: Row, options: Options) -> Iterator[int]:
    """Minimize; the room holds the `State`."""
    begin(
        row,
        options.scale != 0.0,
        options.initial_tr_radius,
        options.final_tr_radius,
        options.feasibility_tol,
        options.f_target,
    )
    asks = OBJECTIVE | VALUES if len(row.least) > 0 else OBJECTIVE
    maxfev = options.maxfev if options.maxfev >= 0.0 else 500.0 * len(row.x)
    maxiter = options.maxiter if options.maxiter >= 0.0 else 1000.0 * len(row.x)
    memory, status, then = row.room, _RUNNING, _FIRST
    while status == _RUNNING:
        if then == _NEXT:
            if row.numbers[NIT] >= maxiter:
                status = _ITERATION_LIMIT
                break
            row.numbers[NIT] += 1.0
            rebase_far(memory)
            length = find_step(memory)
            if length <= _SHORT_STEP * memory[RESOLUTION]:
                then = _shorten(memory, length)
            else:
                then = _TRY if raise_penalty(memory) else _NEXT
        elif row.numbers[NFEV] >= maxfev:
            status = _EVALUATION_LIMIT
            break
        else:
            propose(row)
            yield asks
            if take(row):
                status = _TARGET
                break
            if then == _FIRST:
                if memory[UNKNOWNS] == 0.0:
                    status = _FIXED
                    break
                if keep(memory):
                    then = _NEXT
                    make_models(memory)
                    choose_best(memory)
                    update_multipliers(memory)
            elif then == _IMPROVE:
                replace_point(memory, int(memory[PLACE]))
                choose_best(memory)
                then = _NEXT
            elif then == _TRY and _is_worse(memory) and correct(memory):
                then = _CORRECT
            else:
                if then == _CORRECT:
                    keep_better(memory)
                small, ratio = memory[RADIUS] <= memory[RESOLUTION], reduction_ratio(memory)
                ill_placed = replace_point(memory, most_dispensable(memory))
                choose_best(memory)
                judge(memory, ratio)
                if is_doubtful(memory, ratio):
                    make_models(memory)
                update_multipliers(memory)
                then = _assess(memory, ratio, small, ill_placed)
        if then == _IMPROVE:
            find_place(memory)
        if then == _REFINE:
            if memory[RESOLUTION] <= memory[FINAL]:
                status = _REACHED
                break
            refine(memory)
            then = _NEXT
        if then == _NEXT and row.numbers[NIT] > 0.0 and row.numbers[WATCHED] != 0.0:
            yield STEP
    if status > 0 and row.numbers[VIOLATION] > options.feasibility_tol:
        status = _INFEASIBLE
    row.numbers[STATUS] = status


@called
def _shorten(memory: Array, length: float) -> int:
    """Do what a step that is too short for an evaluation asks for."""
    large = memory[RADIUS] > memory[RESOLUTION]
    set_radius(memory, 0.1 * memory[RADIUS])
    memory[SHORT] = 0.0 if large else memory[SHORT] + 1.0
    very = length <= _VERY_SHORT_STEP * memory[RESOLUTION]
    memory[VERY_SHORT] = memory[VERY_SHORT] + 1.0 if very and not large else 0.0
    if memory[SHORT] >= _MOST_SHORT or memory[VERY_SHORT] >= _MOST_VERY_SHORT:
        memory[SHORT] = memory[VERY_SHORT] = 0.0
        return _REFINE
    return _IMPROVE if is_far(memory) else _NEXT


@called
def _is_worse(memory: Array) -> bool:
    """Whether the trial is worse than the best point, though its step went far towards the constraints."""
    state = state_of(memory)
    if memory[NORMAL] <= INNER**2 * memory[RADIUS]:
        return False
    best, least, most = state.models.values[int(memory[BEST_POINT])], state.least, state.most
    return merit(state.trial, least, most, memory[PENALTY]) > merit(best, least, most, memory[PENALTY])


@called
def _assess(memory: Array, ratio: float, small: bool, ill_placed: bool) -> int:
    """Tell what follows from a trial."""
    if ill_placed or (ratio <= LOW_RATIO and is_far(memory)):
        return _IMPROVE
    return _REFINE if small and ratio <= LOW_RATIO else _NEXT


_REACHED_MESSAGE = "The lower bound for the trust-region radius has been reached"

COBYQA = Method(
    "COBYQA",
    cobyqa,
    Options,
    asks=OBJECTIVE | VALUES,
    room=room_for_state,
    tol=("final_tr_radius",),
    endings={
        Status.STEP: (0, _REACHED_MESSAGE),
        Status.COST: (1, "The target objective function value has been reached"),
        Status.OPTIMAL: (2, "All variables are fixed by the bound constraints"),
        Status.EVALUATION_LIMIT: (5, "The maximum number of function evaluations has been exceeded"),
        Status.ITERATION_LIMIT: (6, "The maximum number of iterations has been exceeded"),
        Status.INFEASIBLE: (0, _REACHED_MESSAGE),
    },
    bounds=True,
    constraints=True,
    returns_all=False,
)
