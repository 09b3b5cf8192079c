"""trust-constr: sequential quadratic programs in a trust region, and barriers for inequalities.

With slacks s > 0 for the inequalities (see `canonical`) a sequence of problems is solved, ::

    minimize  f(x) - mu sum log s   subject to   c(x) + s = 0                            [1] (1.2)

each to a tolerance, and both fall to a fifth then. Without inequalities there is one, without slacks. A step
d = n + t is made of a normal step towards c + s + A n = 0 and a tangential one that lowers a quadratic model
of the Lagrangian in the null space of A. It is judged by ``merit = objective + penalty |c + s|``, [1] section
3.4, and where it fails because constraints curve, a second-order correction follows. Multipliers are those
of least squares; slacks are scaled by their values, and give up 0.995 of these at most.

It ends when the gradient of the Lagrangian and the violations are below ``gtol``, or the radius is below
``xtol`` with a small enough barrier; `INFEASIBLE` where constraints are violated by more then. Defaults are
SciPy's, as is that ``nit`` counts those looks at the problem, two for a barrier that changes without a step.

Second derivatives are asked for at accepted points; or they are built up, those of the objective and those
of the constraints (`hessian_update`), from all points that are tried, whose first derivatives are asked for
then, as in SciPy.

Differences from SciPy: unknowns whose bounds are equal are equations; a correction that is not allowed is not
evaluated, nor is anything again for a new barrier; constraints' Hessians are built up together; a second
derivative that is not finite counts as zero; trials where anything is undefined are never taken.

References
----------
.. [1] R. Byrd, M. Hribar, J. Nocedal, "An interior point algorithm for large-scale nonlinear programming",
   SIAM Journal on Optimization 9 (1999) 877-900.
.. [2] M. Lalee, J. Nocedal, T. Plantenga, "On the implementation of an algorithm for large-scale equality
   constrained optimization", SIAM Journal on Optimization 8 (1998) 682-706.
.. [3] J. Nocedal, S. Wright, Numerical Optimization, 2nd ed., Springer 2006, sections 18.5, 19.4, 19.5.
"""

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from solvers.arrays import Array
from solvers.coroutines.coroutine import coroutine
from solvers.coroutines.method import Method
from solvers.coroutines.row import (
    CURVATURE,
    GRADIENT,
    HESSIAN,
    JACOBIAN,
    NIT,
    OBJECTIVE,
    STATUS,
    STEP,
    UNDEFINED,
    VALUES,
    WATCHED,
    Row,
)
from solvers.kernels.compiling import called, strict
from solvers.methods.minimize.constrained.canonical import list_sides, side_values
from solvers.methods.minimize.constrained.hessian_update import make_diagonal
from solvers.methods.minimize.constrained.iterate import (
    accept,
    estimate_multipliers,
    learn,
    ratio,
    return_to_answer,
    try_step,
)
from solvers.methods.minimize.constrained.space import (
    BARRIER,
    CG_STOP,
    CONSTR_VIOLATION,
    CONSTRAINTS_FRESH,
    CONSTRAINTS_UPDATE,
    EQUATIONS,
    FRESH,
    INEQUALITIES,
    INNER_OPTIMALITY,
    INNER_VIOLATION,
    LENGTH,
    OPTIMALITY,
    PENALTY,
    PENALTY_BEFORE,
    RADIUS,
    TOLERANCE,
    UPDATE,
    room_for,
    sides_of,
    space_of,
)
from solvers.methods.minimize.constrained.step import correct_step, make_step
from solvers.status import Status

_GRADIENT, _STEP = int(Status.GRADIENT), int(Status.STEP)
_INFEASIBLE, _ITERATION_LIMIT = int(Status.INFEASIBLE), int(Status.ITERATION_LIMIT)

#: [1] page 879, by what barrier and tolerance are multiplied; SciPy's, by what the radius is then.
_BARRIER_FALLS, _RADIUS_GROWS = 0.2, 5.0
#: [1] page 892: the least ratio of actual to promised reduction.
_ENOUGH = 1e-8
#: [1] (3.55): ratios from which on the radius is at least so many steps; [3] page 696: how it shrinks.
_VERY_GOOD, _MANY_STEPS, _GOOD, _SOME_STEPS = 0.9, 7.0, 0.3, 2.0
_SHRINKS_LEAST, _SHRINKS_MOST = 0.5, 0.1
#: SciPy's: slacks begin at so many times what is left to the limit, but no less than 1.
_FIRST_SLACK = 1.5


class Options(NamedTuple):
    """What can be chosen."""

    #: Radius of the trust region at which it ends.
    xtol: float = 1e-8
    #: Largest element of the Lagrangian's gradient, and of violations, at which it ends.
    gtol: float = 1e-8
    #: The barrier must be smaller than this where it ends by the radius.
    barrier_tol: float = 1e-8
    #: Most looks.
    maxiter: float = 1000.0
    #: Whether it ends by ``gtol`` only with such a barrier, too; SciPy does not wait for that.
    barrier_to_end: float = 0.0
    #: Of the first step.
    initial_constr_penalty: float = 1.0
    initial_tr_radius: float = 1.0
    initial_barrier_parameter: float = 0.1
    initial_barrier_tolerance: float = 0.1
    #: Whether Hessians are built up, of the objective, and of the constraints: 1 by BFGS, 2 by SR1, 3 by
    #: damped BFGS; from what curvature or denominator on; from which multiple of the identity, 0: its own.
    quasi_newton: float = 0.0
    least_curvature: float = 1e-8
    init_scale: float = 0.0
    constraint_quasi_newton: float = 0.0
    constraint_least_curvature: float = 1e-8
    constraint_init_scale: float = 0.0
    #: SciPy's, without effect.
    sparse_jacobian: float = 0.0
    factorization_method: float = 0.0
    verbose: float = 0.0


@coroutine
def trust_constr(row: Row, options: Options) -> Iterator[int]:
    """Minimize; ``row.room`` is described by `Space`."""
    numbers, tried, then, second = row.numbers, OBJECTIVE, GRADIENT, HESSIAN
    if options.quasi_newton != 0.0:
        tried, then, second = OBJECTIVE | GRADIENT, 0, 0
    if len(row.least) > 0:
        tried |= VALUES
        if options.constraint_quasi_newton != 0.0:
            tried |= JACOBIAN
        else:
            then, second = then | JACOBIAN, second | CURVATURE
    learning = options.quasi_newton + options.constraint_quasi_newton != 0.0
    yield tried | then
    _begin(row, options)
    accept(row)
    if second != 0:
        yield second
        _mend(row)
    while True:
        numbers[NIT] += 1.0
        if numbers[WATCHED] != 0.0:
            yield STEP
        status = _verdict(row, options)
        if status != 0:
            break
        if _barrier_is_done(row, options):
            return_to_answer(row)
            _lower_barrier(row, options)
            estimate_multipliers(row)
            if second & CURVATURE != 0:
                yield CURVATURE
                _mend(row)
            continue
        make_step(row)
        if try_step(row, learning):
            yield tried
            learn(row)
        success = ratio(row)
        if success < _ENOUGH and correct_step(row):
            if try_step(row, learning):
                yield tried
                learn(row)
            corrected = ratio(row)
            success = corrected if corrected >= _ENOUGH else success
        if success >= _ENOUGH and then != 0:
            yield then
            if numbers[UNDEFINED] != 0.0:
                success = -math.inf
        _change_radius(row, success)
        if success >= _ENOUGH:
            accept(row)
            if second != 0:
                yield second
                _mend(row)
    numbers[STATUS] = status


@called
def _begin(row: Row, options: Options) -> None:
    """List the sides, and set what the start is."""
    numbers = space_of(row).numbers
    source, sign, limit = sides_of(row)
    equations, inequalities = list_sides(row, source, sign, limit)
    numbers[EQUATIONS], numbers[INEQUALITIES] = float(equations), float(inequalities)
    numbers[RADIUS], numbers[PENALTY] = options.initial_tr_radius, options.initial_constr_penalty
    if inequalities > 0:
        numbers[BARRIER] = options.initial_barrier_parameter
        numbers[TOLERANCE] = options.initial_barrier_tolerance
    numbers[UPDATE], numbers[CONSTRAINTS_UPDATE] = options.quasi_newton, options.constraint_quasi_newton
    numbers[UPDATE + 1], numbers[UPDATE + 2] = options.least_curvature, options.init_scale
    numbers[CONSTRAINTS_UPDATE + 1] = options.constraint_least_curvature
    numbers[CONSTRAINTS_UPDATE + 2] = options.constraint_init_scale
    space = space_of(row)
    side_values(space.canonical, row, space.b)
    for j in range(inequalities):
        space.trial_slacks[j] = max(-_FIRST_SLACK * space.b[equations + j], 1.0)
    numbers[FRESH] = numbers[CONSTRAINTS_FRESH] = 1.0
    if options.quasi_newton != 0.0:
        make_diagonal(row.hessian, 1.0)
    if options.constraint_quasi_newton != 0.0:
        make_diagonal(row.curvature, 1.0)


@called
def _verdict(row: Row, options: Options) -> int:
    """Say whether, and how, it ends."""
    numbers = space_of(row).numbers
    violation, status = numbers[CONSTR_VIOLATION], 0
    low = numbers[INEQUALITIES] == 0.0 or numbers[BARRIER] < options.barrier_tol
    met = numbers[OPTIMALITY] < options.gtol and violation < options.gtol
    if met and (low or options.barrier_to_end == 0.0):
        status = _GRADIENT
    elif numbers[RADIUS] < options.xtol and low:
        status = _STEP
    elif row.numbers[NIT] >= options.maxiter:
        return _ITERATION_LIMIT
    return _INFEASIBLE if status != 0 and violation > options.gtol else status


@called
def _barrier_is_done(row: Row, options: Options) -> bool:
    """Whether the problem of this barrier is solved well enough, or no better."""
    numbers = space_of(row).numbers
    tolerance = numbers[TOLERANCE]
    solved = numbers[INNER_OPTIMALITY] < tolerance and numbers[INNER_VIOLATION] < tolerance
    done: bool = numbers[INEQUALITIES] > 0.0 and (solved or numbers[RADIUS] < options.xtol)
    return done


@called
def _lower_barrier(row: Row, options: Options) -> None:
    numbers = space_of(row).numbers
    numbers[BARRIER] *= _BARRIER_FALLS
    numbers[TOLERANCE] *= _BARRIER_FALLS
    numbers[RADIUS] = max(options.initial_tr_radius, _RADIUS_GROWS * numbers[RADIUS])
    numbers[PENALTY], numbers[CG_STOP] = options.initial_constr_penalty, 0.0


@called
def _change_radius(row: Row, success: float) -> None:
    """Let the radius follow the success of the step, and undo the penalty of one that failed."""
    numbers = space_of(row).numbers
    radius, length = numbers[RADIUS], numbers[LENGTH]
    if success >= _VERY_GOOD:
        radius = max(_MANY_STEPS * length, radius)
    elif success >= _GOOD:
        radius = max(_SOME_STEPS * length, radius)
    elif success < _ENOUGH:
        shorter = (1.0 - _ENOUGH) / (1.0 - success) * length
        radius = min(max(shorter, _SHRINKS_MOST * radius), _SHRINKS_LEAST * radius)
        numbers[PENALTY] = numbers[PENALTY_BEFORE]
    numbers[RADIUS] = radius


@called
def _mend(row: Row) -> None:
    """Take second derivatives that are not finite for zero."""
    if row.numbers[UNDEFINED] == 0.0:
        return
    row.numbers[UNDEFINED] = 0.0
    _zero_undefined(row.hessian)
    if len(row.least) > 0:
        _zero_undefined(row.curvature)


@strict
def _zero_undefined(matrix: Array) -> None:
    for i in range(len(matrix)):
        for j in range(len(matrix)):
            if not math.isfinite(matrix[i, j]):
                matrix[i, j] = 0.0


def _as_scipys(kept: dict[str, Array]) -> dict[str, Any]:
    """Make numbers of numbers, and lists of what is of constraints, and of bounds."""
    found: dict[str, Any] = {name: float(value) for name, value in kept.items() if value.ndim == 0}
    found["cg_niter"], found["cg_stop_cond"] = int(found["cg_niter"]), int(found["cg_stop_cond"])
    barrier = found["barrier_parameter"] > 0.0
    if not barrier:
        del found["barrier_parameter"], found["barrier_tolerance"]
    found["method"] = "tr_interior_point" if barrier else "equality_constrained_sqp"
    of_constraints = {name: kept[name] for name in ("v", "constr", "constr_jac")}
    return found | of_constraints | {name: kept[name] for name in ("v_of_bounds", "lagrangian_grad")}


_MET = "`gtol` termination condition is satisfied."

TRUST_CONSTR = Method(
    "trust-constr",
    trust_constr,
    Options,
    asks=OBJECTIVE | GRADIENT | HESSIAN | VALUES | JACOBIAN | CURVATURE,
    room=room_for,
    keeps={
        "v": lambda _, m: (m,),
        "v_of_bounds": lambda n, _: (n,),
        "lagrangian_grad": lambda n, _: (n,),
        "constr": lambda _, m: (m,),
        "constr_jac": lambda n, m: (m, n),
        "optimality": lambda *_: (),
        "constr_violation": lambda *_: (),
        "tr_radius": lambda *_: (),
        "constr_penalty": lambda *_: (),
        "barrier_parameter": lambda *_: (),
        "barrier_tolerance": lambda *_: (),
        "cg_niter": lambda *_: (),
        "cg_stop_cond": lambda *_: (),
    },
    reports=_as_scipys,
    choices={
        "sparse_jacobian": {None: 0.0},
        "factorization_method": dict.fromkeys(
            (None, "NormalEquation", "AugmentedSystem", "QRFactorization", "SVDFactorization"), 0.0
        ),
    },
    tol=("xtol", "gtol", "barrier_tol"),
    endings={
        Status.ITERATION_LIMIT: (0, "The maximum number of function evaluations is exceeded."),
        Status.GRADIENT: (1, _MET),
        Status.STEP: (2, "`xtol` termination condition is satisfied."),
        Status.INFEASIBLE: (4, "Constraint violation exceeds 'gtol'"),
    },
    bounds=True,
    constraints=True,
)
