"""TNC: truncated Newton with bounds.

Each iteration finds a direction by a few conjugate gradients on Newton's equations (`tnc_direction`), and how
far to go along it by Gill and Murray's search (`line_search.gill_murray`), up to the nearest bound. Unknowns
that have come to a bound are held there. One of them is set free, that with which the objective falls
fastest, when the projected gradient is as short as it has to be in the end, or since the last change of those
held the objective has fallen by more than half of what the slope promised, all in scaled unknowns
(`tnc_state`). The objective is scaled so that the gradient's length stays near 1. It ends when ::

    |projected g| <= gtol,   |f - f'| <= ftol,   |z - z'| <= xtol

with z the scaled unknowns, the latter two in iterations that hold and free none. Defaults are SciPy's, whose
``maxfun`` counts what is asked, differences for gradients not included.

Products and sums are formed in the order of SciPy's program, for differences of gradients so near to each
other show every rounding, and iterates follow them.

Differences from SciPy: unknowns at a bound are held from the start also where that is an upper one, so are
those that only the rounding of ``z scale + offset`` keeps off it, which SciPy gets stuck with where bounds
are wide; a lower point that a line search had found when evaluations run out is taken; a search that fails
ends it, also where its first trial was at a bound; nothing is evaluated at the end again; ``minfev`` is
scaled as the objective is; where a gradient is undefined near the point, the direction is what was found
before. An ``offset`` of zeros stands for none given.

References
----------
.. [1] S. Nash, "Newton-type minimization via the Lanczos method", SIAM Journal on Numerical Analysis 21
   (1984) 770-788.
.. [2] S. Nash, "A survey of truncated-Newton methods", Journal of Computational and Applied Mathematics 124
   (2000) 45-59.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

from solvers.coroutines.coroutine import coroutine
from solvers.coroutines.method import Method
from solvers.coroutines.row import BEST, DETAIL, FUN, GRADIENT, NIT, OBJECTIVE, STATUS, STEP, WATCHED, Row
from solvers.kernels.compiling import called
from solvers.linalg.norm import EPS
from solvers.methods.line_search import gill_murray
from solvers.methods.line_search.gill_murray import GOES_ON, TRIAL
from solvers.methods.minimize.tnc_direction import advance, begin_direction, end_direction, look_ahead
from solvers.methods.minimize.tnc_preconditioner import add_up, forget, note_fall, remember
from solvers.methods.minimize.tnc_state import (
    DESCENT,
    EXTENT,
    FACTOR,
    FOUND_FUN,
    begin_state,
    hold,
    look_along,
    measure,
    project,
    release_all,
    release_one,
    room_for_state,
    room_to_move,
    state_of,
)
from solvers.methods.vectors import copy
from solvers.status import Status

_GRADIENT, _COST, _STEP = int(Status.GRADIENT), int(Status.COST), int(Status.STEP)
_EVALUATION_LIMIT, _STALLED = int(Status.EVALUATION_LIMIT), int(Status.STALLED)
#: Of `DETAIL`: nowhere to go, instead of a search that failed.
_NO_PROGRESS = 1
_SQRT_EPS = math.sqrt(EPS)

#: The program's [1]: most trials of a search; how much longer steps may be once one was as long as allowed.
_TRIALS, _LONGER = 64, 100.0
#: Relative to the longest step, how near to it is at it.
_AT = 10.0 * EPS


class Options(NamedTuple):
    """What can be chosen; what is negative stands for the default."""

    #: Most products of the Hessian for a direction, -1: half as many as unknowns, but from 1 to 50; 0: the
    #: direction is down the gradient.
    maxCGit: float = -1.0  # noqa: N815 - SciPy's name
    #: How well lines are searched, -1: 0.25.
    eta: float = -1.0
    #: Longest step, 0: 10.
    stepmx: float = 0.0
    #: Of differences, 0: the root of rounding.
    accuracy: float = 0.0
    #: A guess of the minimum.
    minfev: float = 0.0
    #: Change of the objective, and of the scaled unknowns, and length of the projected gradient, also scaled,
    #: at which it ends; -1: the root of rounding, for the gradient a hundredth of the root of the accuracy.
    ftol: float = -1.0
    xtol: float = -1.0
    gtol: float = -1.0
    #: Decimal logarithm of the gradient's length beyond which the objective is scaled anew, -1: 1.3.
    rescale: float = -1.0
    #: Most evaluations, -1: 10 n, at least 100.
    maxfun: float = -1.0
    #: Whether scale or offset was given.
    given: float = 0.0


@coroutine
def tnc(row: Row, options: Options) -> Iterator[int]:
    """Minimize; long, since directions and searches ask here: their states are in the row."""
    moving = begin_state(row, options.given != 0.0)
    maxfun = options.maxfun if options.maxfun >= 0.0 else max(100.0, 10.0 * moving)
    products = options.maxCGit if options.maxCGit >= 0.0 else min(max(moving // 2, 1.0), 50.0)
    eta = options.eta if 0.0 <= options.eta < 1.0 else 0.25
    longest = options.stepmx if options.stepmx >= 10.0 * EPS else 10.0
    accuracy = options.accuracy if options.accuracy > EPS else _SQRT_EPS
    gtol = options.gtol if options.gtol >= 0.0 else 0.01 * math.sqrt(accuracy)
    ftol = options.ftol if options.ftol >= 0.0 else _SQRT_EPS
    xtol = options.xtol if options.xtol >= 0.0 else _SQRT_EPS
    rescale = options.rescale if options.rescale >= 0.0 else 1.3
    yield OBJECTIVE | GRADIENT
    copy(row.x, row.answer)
    copy(row.gradient, row.slope)
    asked, fun = 1.0, row.numbers[FUN]
    at_hold = row.numbers[BEST] = fun  # the objective where unknowns were held or released last
    release_all(row)
    forget(row)
    met, status = True, 0
    size = project(row)
    while status == 0:
        if size <= gtol * _factor(row):
            status = _GRADIENT
            break
        if asked >= maxfun:
            status = _EVALUATION_LIMIT
            break
        if size > EPS and abs(math.log10(size)) > rescale:
            _scale_objective(row, size)
        displacement, k = accuracy * measure(row), 0
        begin_direction(row)
        while k < min(products, moving) and asked < maxfun - 1.0 and look_ahead(row, k, displacement):
            yield OBJECTIVE | GRADIENT
            asked, k = asked + 1.0, k + 1
            if not advance(row, k, displacement):
                break
        length = end_direction(row, k)
        if not met:
            add_up(row)
        most, trials = room_to_move(row, longest / (length + EPS)), 0
        searched = _begin_search(row, fun, length, options.minfev, most, eta)
        while searched == GOES_ON and trials < _TRIALS and asked < maxfun:
            _look_at_trial(row)
            yield OBJECTIVE | GRADIENT
            asked, trials = asked + 1.0, trials + 1
            searched = _go_on_searching(row)
        step = _accept(row)
        if step == 0.0 and most > 0.0:
            status = _EVALUATION_LIMIT if searched == GOES_ON and trials < _TRIALS else _STALLED
            break
        if step >= 0.9 * longest / (length + EPS):
            longest *= _LONGER
        met = step >= most - _AT * most
        if met:
            if not hold(row) and step == 0.0:
                status, row.numbers[DETAIL] = _STALLED, _NO_PROGRESS
                break
            at_hold = row.numbers[BEST]
        row.numbers[NIT] += 1.0
        if row.numbers[WATCHED] != 0.0:
            yield STEP
        fall, fun = fun - row.numbers[BEST], row.numbers[BEST]
        note_fall(row, fall)
        size = project(row)
        if (_fell(row, at_hold - fun) or size <= gtol * _factor(row)) and release_one(row):
            at_hold, size = fun, project(row)
        elif not met and abs(fall) <= ftol:
            status = _COST
        elif not met and step * length <= xtol:
            status = _STEP
        if not met:
            remember(row, step, moving)
    row.numbers[STATUS] = status


@called
def _factor(row: Row) -> float:
    """What the objective is multiplied by."""
    factor: float = state_of(row).numbers[FACTOR]
    return factor


@called
def _scale_objective(row: Row, size: float) -> None:
    """Make the gradient one of length 1, and forget curvature."""
    state = state_of(row)
    shorter = 1.0 / size
    state.numbers[FACTOR] *= shorter
    for i in range(len(row.x)):
        state.gradient[i] *= shorter
    forget(row)


@called
def _fell(row: Row, fall: float) -> bool:
    """Whether the objective has fallen by more than half of what the slope promised."""
    numbers = state_of(row).numbers
    return bool(numbers[FACTOR] * fall > -0.5 * numbers[DESCENT])


@called
def _begin_search(row: Row, fun: float, length: float, minimum: float, most: float, eta: float) -> int:
    """Set a search along the direction going; the first trial is that of a parabola down to the minimum."""
    state = state_of(row)
    fun, slope, left = state.numbers[FACTOR] * fun, state.numbers[DESCENT], 0.0
    copy(state.gradient, state.before)
    left = abs(fun - state.numbers[FACTOR] * minimum)
    first = -2.0 * left / slope if EPS <= left <= -0.5 * slope else 1.0
    unit = state.numbers[EXTENT] / (length + EPS)
    return gill_murray.begin(
        state.search,
        fun,
        slope,
        min(first, most),
        most,
        eta,
        _SQRT_EPS * unit,
        EPS * (1.0 + abs(fun)) / (EPS - slope),
        EPS * unit,
        EPS,
    )


@called
def _look_at_trial(row: Row) -> None:
    """Ask at the trial of the search."""
    state = state_of(row)
    look_along(row, state, state.search[TRIAL], state.direction)


@called
def _go_on_searching(row: Row) -> int:
    """Take in what was found there."""
    state, slope = state_of(row), 0.0
    trial, factor = state.search[TRIAL], state.numbers[FACTOR]
    for i in range(len(row.x)):
        slope += row.gradient[i] * (state.scale[i] * factor) * state.direction[i]
    searched = gill_murray.go_on(state.search, factor * row.numbers[FUN], slope)
    if state.search[gill_murray.BEST] == trial:
        copy(row.gradient, state.found)
        state.numbers[FOUND_FUN] = row.numbers[FUN]
    return searched


@called
def _accept(row: Row) -> float:
    """Make the step to the lowest point of the search, and return it."""
    state = state_of(row)
    step: float = state.search[gill_murray.BEST]
    if step > 0.0:
        look_along(row, state, step, state.direction)
        copy(row.x, row.answer)
        copy(state.found, row.slope)
        row.numbers[BEST] = state.numbers[FOUND_FUN]
        for i in range(len(row.x)):
            state.point[i] += step * state.direction[i]
    return step


TNC = Method(
    "TNC",
    tnc,
    Options,
    asks=OBJECTIVE | GRADIENT,
    room=lambda n, _: room_for_state(n),
    keeps={"scale": lambda n, _: (n,), "offset": lambda n, _: (n,)},
    takes={"scale": "scale", "offset": "offset"},
    reports=lambda _: {},
    tol=("ftol", "xtol", "gtol"),
    endings={
        Status.GRADIENT: (0, "Local minimum reached (|pg| ~= 0)"),
        Status.COST: (1, "Converged (|f_n-f_(n-1)| ~= 0)"),
        Status.STEP: (2, "Converged (|x_n-x_(n-1)| ~= 0)"),
        Status.EVALUATION_LIMIT: (3, "Max. number of function evaluations reached"),
        Status.STALLED: (4, "Linear search failed"),
    },
    details={_NO_PROGRESS: (6, "Unable to progress")},
    bounds=True,
    returns_all=False,
)
