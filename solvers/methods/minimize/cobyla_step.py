"""Steps of COBYLA: where linear constraints and then a linear objective lead, within a radius.

First the largest violation of ``rows[i] @ step + excess[i] <= 0`` is made as small as the radius lets it, by
the shortest step that does so; what freedom is left then lowers ``rows[r] @ step``, no violation getting
larger. Both stages are active-set methods. Gradients of active constraints are held as the first rows of an
orthonormal basis, and their products with the own row (the diagonal of R in a QR factorization). In the first
stage all violations that are active fall at the same rate; in the second the objective is the last active
one. A step ends at the radius, or where an inactive constraint comes in or the multiplier of an active one
gets zero, and that one is what changes. Three changes in a row for nothing end a stage.

Powell did not describe it but in comments of his code; this follows these and Zhang's [1] tests against
rounding. It differs from [1] in that it is scaled: the constraints all by the same power of 2, which leaves
it open which violation is largest, and the objective by one of its own. In [1] steps are taken for zero where
gradients are about 1e8 or more.

References
----------
.. [1] Z. Zhang, PRIMA: Reference Implementation for Powell's Methods with Modernization and Amelioration,
   https://www.libprima.net, 2023: TRSTLP.
"""

import math
from typing import NamedTuple

from solvers.arrays import Array
from solvers.coroutines.views import matrix
from solvers.kernels.compiling import called, strict
from solvers.linalg.norm import EPS
from solvers.methods.vectors import copy, dot, largest, move

#: [1]: changes for nothing in a row that end a stage; the most changes, and by number of constraints or
#: unknowns.
_MOST_FAILURES, _MOST_CHANGES, _CHANGES = 3, 10000, 100
#: What rows are not divided by, see `_is_minor`: a tenth is Powell's.
_TINY, _MINOR = 1e-100, 0.01


class Work(NamedTuple):
    """Where a step of n unknowns under r constraints is worked out; the objective counts as constraint r."""

    order: Array  # (r + 1,) the constraints, active ones first
    weights: (
        Array  # (r + 1,) multipliers of active ones, of others how far they are from the largest violation
    )
    ahead: (
        Array  # (r + 1,) the same at the target, or for lack of another place coefficients of a combination
    )
    limits: Array  # (r + 1,) of rows @ step
    basis: Array  # (n, n) orthonormal rows, first those of active constraints
    diagonal: Array  # (n,) products with their gradients
    direction: Array  # (n,)
    target: Array  # (n,)
    rest: Array  # (n,)
    scales: Array  # (2,) what rows of constraints and of the objective are multiplied by


def room_for_step(n: int, r: int) -> int:
    """How many numbers it takes."""
    return 4 * (r + 1) + n * n + 4 * n + 2


@called
def find_step(rows: Array, excess: Array, radius: float, step: Array, room: Array) -> None:
    """Find the step (n,) from ``rows`` (r + 1, n), the objective's last, and ``excess`` (r + 1,).

    Both stages are one loop, hence its length.
    """
    n, r, work = len(step), len(rows) - 1, _work_in(room, len(step), len(rows) - 1)
    _begin(work, rows, excess, step)
    active = 0
    for stage in range(2):
        second, violation = stage == 1, _violation(work, rows, step)
        if radius * radius <= dot(step, step) if second else violation <= 0.0:
            continue
        change, least, most_active, failures = r if second else _lowest(work.limits[:r]), math.inf, active, 0
        for i in range(active):
            work.diagonal[i] = dot(work.basis[i], rows[int(work.order[i])])
        for _ in range(min(_MOST_CHANGES, _CHANGES * max(r, n))):
            value = dot(step, rows[r]) if second else violation
            failures += 1
            if value < least or active > most_active:
                most_active, failures = active, 0
            least = min(least, value)
            if failures == _MOST_FAILURES:
                break
            leaves = change < active
            if leaves:
                _put_last(work, rows, change, active)
                active -= 1
            else:
                entered, active = _enter(work, rows, change, active)
                if not entered:
                    break
            if second and (active == 0 or (active == 1 and work.order[0] != r)):
                break
            if second and work.order[active - 1] != r:
                _put_last(work, rows, active - 2, active)
            if active > 0 and not abs(work.diagonal[active - 1]) > _TINY:
                break
            _turn(work, rows, active, leaves, second)
            size = _to_radius(step, work.direction, radius)
            if not 0.0 < size < math.inf or (not second and _is_minor(violation, size)):
                break
            move(step, size if second else min(size, violation), work.direction, work.target)
            if not second:
                violation = _violation_of_active(work, rows, active)
            _look_ahead(work, rows, active, violation, second)
            change = _go(work, step, r + 1 if second else r)
            if not second:
                violation = _violation(work, rows, step)
            if change < 0:
                break
    _scale_back(work, rows)


@called
def _begin(work: Work, rows: Array, excess: Array, step: Array) -> None:
    """Scale the rows and the limits, and begin without a step, and with no constraint active."""
    n, r, common = len(step), len(rows) - 1, 0.0
    for i in range(r):
        common = max(common, largest(rows[i]))
    work.scales[0], work.scales[1] = _scale(common), _scale(largest(rows[r]))
    for i in range(r + 1):
        scale = work.scales[0 if i < r else 1]
        work.limits[i] = -scale * excess[i] if i < r else 0.0
        work.order[i], work.weights[i] = i, 0.0
        for j in range(n):
            rows[i, j] *= scale
    for j in range(n):
        step[j] = work.direction[j] = 0.0
        for k in range(n):
            work.basis[j, k] = 1.0 if j == k else 0.0
    violation = _violation(work, rows, step)
    for i in range(r):
        work.weights[i] = violation + work.limits[i]


@called
def _scale_back(work: Work, rows: Array) -> None:
    for i in range(len(rows)):
        for j in range(len(work.rest)):
            rows[i, j] /= work.scales[0 if i < len(rows) - 1 else 1]


@strict
def _work_in(room: Array, n: int, r: int) -> Work:
    a = 4 * (r + 1)
    b = a + n * n
    return Work(
        room[: r + 1],
        room[r + 1 : 2 * (r + 1)],
        room[2 * (r + 1) : 3 * (r + 1)],
        room[3 * (r + 1) : a],
        matrix(room[a:b], n),
        room[b : b + n],
        room[b + n : b + 2 * n],
        room[b + 2 * n : b + 3 * n],
        room[b + 3 * n : b + 4 * n],
        room[b + 4 * n : b + 4 * n + 2],
    )


@strict
def _scale(size: float) -> float:
    """Return a power of 2 that brings a size to about 1."""
    if not 0.0 < size < math.inf:
        return 1.0
    return math.ldexp(1.0, -min(max(math.frexp(size)[1], -1000), 1000))


@called
def _enter(work: Work, rows: Array, place: int, active: int) -> tuple[bool, int]:
    """Make a constraint, by its place in the order, active; whether it can be, and how many are."""
    n, r, basis, rest = len(work.rest), len(rows) - 1, work.basis, work.rest
    gradient = rows[int(work.order[place])]
    for i in range(n):
        rest[i] = _product(gradient, basis[i])
    for i in range(n - 2, active - 1, -1):  # what follows the next row of the basis becomes orthogonal to it
        if rest[i + 1] != 0.0:
            length = math.hypot(rest[i], rest[i + 1])
            _rotate(basis[i], basis[i + 1], rest[i] / length, rest[i + 1] / length)
            rest[i] = length
    independent = active < n and abs(rest[active]) > _TINY
    independent = independent and not _is_minor(rest[active], _product_of_sizes(gradient, basis[active]))
    last = active if independent else active - 1
    if independent:
        work.diagonal[last] = rest[last]
        work.weights[place], work.weights[last] = work.weights[last], 0.0
    else:
        combination, share, leaving = work.ahead, math.inf, -1
        copy(gradient, rest)
        _combine(work, rows, active, combination)
        for i in range(active):
            if combination[i] > 0.0 and work.order[i] < r and work.weights[i] / combination[i] < share:
                share, leaving = work.weights[i] / combination[i], i
        if leaving < 0:
            return False, active
        for i in range(active):
            work.weights[i] = max(work.weights[i] - share * combination[i], 0.0)
        _put_last(work, rows, leaving, active)
        work.diagonal[last] = _product(gradient, basis[last])
        if not abs(work.diagonal[last]) > _TINY:
            return False, active
        work.weights[place], work.weights[last] = 0.0, share
    work.order[place], work.order[last] = work.order[last], work.order[place]
    return True, last + 1


@called
def _put_last(work: Work, rows: Array, place: int, active: int) -> None:
    """Let an active constraint be the last of them, for which rows of the basis are rotated."""
    basis, order, weights = work.basis, work.order, work.weights
    index, weight = order[place], weights[place]
    for i in range(place, active - 1):
        row = rows[int(order[i + 1])]
        own, before = work.diagonal[i + 1], dot(basis[i], row)
        length = math.hypot(own, before)
        for j in range(len(work.rest)):
            basis[i, j], basis[i + 1, j] = basis[i + 1, j], basis[i, j]
        if length > 0.0:
            _rotate(basis[i], basis[i + 1], own / length, before / length)
        work.diagonal[i] = dot(basis[i], row)
        order[i], weights[i] = order[i + 1], weights[i + 1]
    order[active - 1], weights[active - 1] = index, weight
    work.diagonal[active - 1] = dot(basis[active - 1], rows[int(index)])


@called
def _turn(work: Work, rows: Array, active: int, left: bool, second: bool) -> None:
    """Set the direction after a constraint came in, or left."""
    direction = work.direction
    if second:
        for j in range(len(direction)):
            direction[j] = -work.basis[active - 1, j] / work.diagonal[active - 1]
        return
    own = work.basis[active if left else active - 1]
    share = dot(direction, own)
    if not left:
        share = (dot(direction, rows[int(work.order[active - 1])]) + 1.0) / work.diagonal[active - 1]
    for j in range(len(direction)):
        direction[j] -= share * own[j]


@called
def _to_radius(step: Array, direction: Array, radius: float) -> float:
    """How far along the direction the radius is; 0 if it is reached or there is no direction."""
    left = radius * radius - dot(step, step)
    square, slope = dot(direction, direction), dot(direction, step)
    if left <= 0.0 or square <= EPS * radius * radius:
        return 0.0
    root = max(math.sqrt(square * left + slope * slope), abs(slope))
    return left / (root + slope) if slope > 0.0 else (root - slope) / square


@called
def _look_ahead(work: Work, rows: Array, active: int, violation: float, second: bool) -> None:
    """Find the weights at the target: multipliers, and what is left of the largest violation."""
    count = len(rows) if second else len(rows) - 1
    copy(work.target, work.rest)
    _combine(work, rows, active, work.ahead)
    for i in range(active):
        work.ahead[i] = -work.ahead[i]
    if second:
        work.ahead[active - 1] = max(work.ahead[active - 1], 0.0)
    for i in range(active, count):
        k = int(work.order[i])
        left = violation - (dot(work.target, rows[k]) - work.limits[k])
        size = _product_of_sizes(work.target, rows[k]) + abs(work.limits[k]) + violation
        work.ahead[i] = 0.0 if _is_minor(left, size) else left


@called
def _go(work: Work, step: Array, count: int) -> int:
    """Go towards the target until a weight becomes negative, and return which; -1: none does."""
    part, change, finite = 1.0, -1, True
    for i in range(count):
        finite = finite and abs(work.ahead[i]) < math.inf
        if work.ahead[i] < 0.0:
            here = work.weights[i] / (work.weights[i] - work.ahead[i])
            if here < part:
                part, change = here, i
    for j in range(len(step)):
        finite = finite and abs(work.target[j]) < math.inf
    if not finite:
        return -1
    for j in range(len(step)):
        step[j] = (1.0 - part) * step[j] + part * work.target[j]
    for i in range(count):
        work.weights[i] = max((1.0 - part) * work.weights[i] + part * work.ahead[i], 0.0)
    return change


@called
def _lowest(vector: Array) -> int:
    place = 0
    for i in range(len(vector)):
        if vector[i] < vector[place]:
            place = i
    return place


@called
def _combine(work: Work, rows: Array, active: int, combination: Array) -> None:
    """Write what is in ``rest`` as a combination of active gradients, as well as that goes."""
    for i in range(active - 1, -1, -1):
        combination[i] = _product(work.rest, work.basis[i])
        if combination[i] != 0.0:
            combination[i] /= work.diagonal[i]
            row = rows[int(work.order[i])]
            for j in range(len(row)):
                work.rest[j] -= combination[i] * row[j]


@called
def _violation(work: Work, rows: Array, step: Array) -> float:
    """Find the largest violation."""
    most = 0.0
    for i in range(len(rows) - 1):
        most = max(most, dot(step, rows[i]) - work.limits[i])
    return most


@called
def _violation_of_active(work: Work, rows: Array, active: int) -> float:
    """Find the largest violation of an active constraint at the target."""
    most = 0.0
    for i in range(active):
        k = int(work.order[i])
        most = max(most, dot(work.target, rows[k]) - work.limits[k])
    return most


@strict
def _rotate(a: Array, b: Array, cosine: float, sine: float) -> None:
    """Rotate two rows of the basis."""
    for j in range(len(a)):
        a[j], b[j] = cosine * a[j] + sine * b[j], cosine * b[j] - sine * a[j]


@called
def _product(a: Array, b: Array) -> float:
    """Multiply vectors; 0 where that may be due to rounding."""
    product: float = dot(a, b)
    return 0.0 if _is_minor(product, _product_of_sizes(a, b)) else product


@strict
def _product_of_sizes(a: Array, b: Array) -> float:
    total = 0.0
    for j in range(len(a)):
        total += abs(a[j]) * abs(b[j])
    return total


@strict
def _is_minor(x: float, size: float) -> bool:
    """Whether x vanishes when it is added to a size, as Powell finds out."""
    once, twice = abs(size) + _MINOR * abs(x), abs(size) + 2.0 * _MINOR * abs(x)
    return abs(size) >= once or once >= twice
