"""The measures of `solvers.lp.certificates`, compiled: all problems of a batch in one call.

Dense and sparse rows go the same way. The entries of row i are ``data[starts[i]:starts[i + 1]]``, and the
first of them is in column ``columns[first[i]]``: sparse rows own a stretch of columns each, dense rows share
one. What is called size is the sum of the sizes of the terms of a sum.
"""

import math

from numba import boolean, float64

from solvers.arrays import Array, BoolArray, IntArray
from solvers.kernels.compiling import DATA, ROWS, compiled_for, inlined, kernel
from solvers.linalg.norm import is_finite
from solvers.status import Status

#: Largest relative error of what holds: within reach of HiGHS at its tightest tolerances, and far more than
#: what is left when a basis is solved with refinement.
TOLERANCE = 1e-9
#: Smaller parts of the largest of a kind may come from its rounding: with `TOLERANCE`, 1e-12 of it.
NOISE = 1e-3
#: Bounds and costs are measured in units of 1, or of the largest where all are smaller; but not in smaller
#: units than this, as what is 1e-15 may stand for 0.
LEAST_UNIT = 1e-6

_INFEASIBLE, _UNBOUNDED, _OPTIMAL = int(Status.INFEASIBLE), int(Status.UNBOUNDED), int(Status.OPTIMAL)
_MATRIX, _VECTOR = DATA[:2]


@kernel
def _sweep(
    dense: bool, a: Array, columns: IntArray, x: Array, y: float, z: Array, terms: Array
) -> tuple[float, float, float]:
    """Take y a off z (n,) and add its size to terms (n,), for a row a: a x, its size, and that of a."""
    activity = size = total = 0.0
    if dense:
        for j in range(len(a)):
            term = a[j] * x[j]
            activity += term
            size += abs(term)
            total += abs(a[j])
            z[j] -= a[j] * y
            terms[j] += abs(a[j] * y)
    else:
        for k in range(len(a)):
            j = columns[k]
            term = a[k] * x[j]
            activity += term
            size += abs(term)
            total += abs(a[k])
            z[j] -= a[k] * y
            terms[j] += abs(a[k] * y)
    return activity, size, total


@inlined
def _sweep_all(
    dense: bool,
    data: Array,
    starts: IntArray,
    columns: IntArray,
    first: IntArray,
    x: Array,
    y: Array,
    activity: Array,
    sizes: Array,
    totals: Array,
    z: Array,
    terms: Array,
) -> None:
    """Fill in A x (m,), its sizes and those of A; take A'y off z (n,), and fill in its sizes, terms (n,)."""
    for j in range(len(z)):
        terms[j] = 0.0
    for i in range(len(y)):
        row = data[starts[i] : starts[i + 1]]
        names = columns[first[i] : first[i] + len(row)]
        activity[i], sizes[i], totals[i] = _sweep(dense, row, names, x, y[i], z, terms)


@inlined
def _worse(worst: float, value: float) -> float:
    """The larger, NaN if one is."""
    return worst if value <= worst or math.isnan(worst) else value


@inlined
def _largest(values: Array) -> float:
    largest = 0.0
    for value in values:
        largest = max(largest, abs(value))
    return largest


@inlined
def _all_finite(values: Array) -> bool:
    total = 0.0
    for value in values:
        total += abs(value)
    return is_finite(total)


@inlined
def _unit(largest: float, values: Array) -> float:
    """The unit so far, at most 1, or the largest finite one of the values."""
    for value in values:
        if largest >= 1.0:
            break
        if is_finite(value):
            largest = max(largest, abs(value))
    return min(largest, 1.0)


@inlined
def _crossing(lower: float, upper: float, unit: float) -> float:
    """How far a lower bound is above the upper one; 1 where one is beyond all numbers."""
    if lower == math.inf or upper == -math.inf:
        return 1.0
    return (lower - upper) / (unit + abs(lower) + abs(upper)) if lower > upper else 0.0


@inlined
def _violation(value: float, lower: float, upper: float, unit: float, size: float) -> float:
    """How far a value, sum of terms of this size, is outside of bounds, or these are from holding any."""
    if lower <= value <= upper:
        return 0.0
    below = 0.0 if value >= lower else (lower - value) / (size + abs(lower))
    above = 0.0 if value <= upper else (value - upper) / (size + abs(upper))
    return _worse(_worse(below, above), _crossing(lower, upper, unit))


@inlined
def _row_unit(unit: float, total: float) -> float:
    """The unit of a row whose coefficients' sizes sum up to this; of a row of zeros, the bounds' own."""
    return unit * min(total, 1.0) if total > 0.0 else unit


@inlined
def _primal_residual(
    row_lower: Array,
    row_upper: Array,
    lower: Array,
    upper: Array,
    x: Array,
    activity: Array,
    sizes: Array,
    totals: Array,
    unit: float,
) -> float:
    """Largest violation of a bound by x; the sizes of rows (m,) are completed on the way."""
    worst, noise = 0.0, NOISE * _largest(x)
    for j in range(len(x)):
        worst = _worse(worst, _violation(x[j], lower[j], upper[j], unit, unit + noise + abs(x[j])))
    for i in range(len(activity)):
        sizes[i] += _row_unit(unit, totals[i]) + noise * totals[i]
        worst = _worse(worst, _violation(activity[i], row_lower[i], row_upper[i], unit, sizes[i]))
    return worst


@inlined
def _bound_of(multiplier: float, lower: float, upper: float) -> float:
    """The bound that a multiplier belongs to."""
    return lower if multiplier > 0.0 else upper


@kernel
def _effect(y: float, a: Array, columns: IntArray, scales: Array) -> float:
    """How much the multiplier of a row matters to the reduced costs of these scales (n,); 1 without any."""
    largest = -1.0
    for k in range(len(a)):
        if a[k] != 0.0:
            largest = max(largest, abs(a[k] * y) / scales[columns[k]])
    return 1.0 if largest < 0.0 else largest


@inlined
def _target(value: float, bound: float, negligible: bool) -> float:
    """Where a multiplier wants the value: at its bound; with none, or when as good as 0, where it is."""
    return bound if is_finite(bound) & (not negligible) else value


@inlined
def _optimality(
    c: Array,
    data: Array,
    starts: IntArray,
    columns: IntArray,
    first: IntArray,
    row_lower: Array,
    row_upper: Array,
    lower: Array,
    upper: Array,
    x: Array,
    y: Array,
    activity: Array,
    sizes: Array,
    z: Array,
    scales: Array,
    unit: float,
) -> tuple[float, float, float]:
    """Dual residual, complementarity and gap; the unit is that of the objective."""
    wrong = largest = primal = dual = 0.0
    size = unit
    for j in range(len(x)):
        bound, effect = _bound_of(z[j], lower[j], upper[j]), abs(z[j])
        target = _target(x[j], bound, effect <= TOLERANCE * scales[j])
        primal += c[j] * x[j]
        dual += z[j] * target
        size += abs(c[j] * x[j]) + abs(z[j] * target)
        largest = _worse(largest, abs(z[j] * (x[j] - target)))
        if not (is_finite(bound) or effect <= wrong * scales[j]):
            wrong = _worse(wrong, effect / scales[j])
    for i in range(len(y)):
        if y[i] == 0.0:
            continue
        bound, effect = _bound_of(y[i], row_lower[i], row_upper[i]), math.inf
        if not (is_finite(bound) and abs(activity[i] - bound) <= TOLERANCE * (sizes[i] + abs(bound))):
            row = data[starts[i] : starts[i + 1]]
            effect = _effect(y[i], row, columns[first[i] : first[i] + len(row)], scales)
        target = _target(activity[i], bound, effect <= TOLERANCE)
        dual += y[i] * target
        size += abs(y[i] * target)
        largest = _worse(largest, abs(y[i] * (activity[i] - target)))
        if not is_finite(bound):
            wrong = _worse(wrong, effect)
    return wrong, largest / size, abs(primal - dual) / size


@kernel
def _infeasibility(
    data: Array,
    starts: IntArray,
    columns: IntArray,
    first: IntArray,
    row_lower: Array,
    row_upper: Array,
    lower: Array,
    upper: Array,
    y: Array,
    totals: Array,
    z: Array,
    scales: Array,
    unit: float,
) -> tuple[float, bool]:
    """How wrong the multipliers are, and whether they, or bounds that cross, prove that no point exists."""
    wrong = dual = size = crossing = 0.0
    for j in range(len(z)):
        crossing = max(crossing, _crossing(lower[j], upper[j], unit))
        if z[j] != 0.0:
            bound, effect = _bound_of(z[j], lower[j], upper[j]), abs(z[j]) / scales[j]
            if not is_finite(bound):
                wrong = _worse(wrong, effect)
            elif effect > TOLERANCE:
                dual += z[j] * bound
                size += scales[j] * abs(bound)
    for i in range(len(y)):
        crossing = max(crossing, _crossing(row_lower[i], row_upper[i], unit))
        if y[i] != 0.0:
            row = data[starts[i] : starts[i + 1]]
            effect = _effect(y[i], row, columns[first[i] : first[i] + len(row)], scales)
            bound = _bound_of(y[i], row_lower[i], row_upper[i])
            if not is_finite(bound):
                wrong = _worse(wrong, effect)
            elif effect > TOLERANCE:
                dual += y[i] * bound
                size += abs(y[i]) * (_row_unit(unit, totals[i]) + abs(bound))
    return wrong, crossing > TOLERANCE or (wrong <= TOLERANCE and dual > TOLERANCE * size)


@inlined
def _leaving(step: float, lower: float, upper: float, size: float) -> float:
    """How far a step, sum of terms of this size, leads away from a finite bound."""
    inward = (step >= 0.0 or lower == -math.inf) and (step <= 0.0 or upper == math.inf)
    return 0.0 if inward else abs(step) / size


@kernel
def _unboundedness(
    dense: bool,
    c: Array,
    data: Array,
    starts: IntArray,
    columns: IntArray,
    first: IntArray,
    row_lower: Array,
    row_upper: Array,
    lower: Array,
    upper: Array,
    ray: Array,
    room: Array,
    unit: float,
) -> tuple[float, bool]:
    """How far a ray leads out of bounds, and whether it does not and costs fall along it."""
    wrong = fall = size = 0.0
    noise = NOISE * _largest(ray)
    for j in range(len(ray)):
        wrong = _worse(wrong, _leaving(ray[j], lower[j], upper[j], noise + abs(ray[j])))
        if abs(ray[j]) > TOLERANCE * noise:
            fall -= c[j] * ray[j]
            size += (unit + abs(c[j])) * abs(ray[j])
    for i in range(len(row_lower)):
        row = data[starts[i] : starts[i + 1]]
        names = columns[first[i] : first[i] + len(row)]
        step, terms, total = _sweep(dense, row, names, ray, 0.0, room, room)
        wrong = _worse(wrong, _leaving(step, row_lower[i], row_upper[i], terms + noise * total))
    return wrong, wrong <= TOLERANCE and fall > TOLERANCE * size


@inlined
def _at(part: Array, b: int) -> int:
    """Where problem b is in a part of the problems, which may be shared by all."""
    return b if len(part) > 1 else 0


@compiled_for(
    boolean,
    ROWS,
    *(_MATRIX, _MATRIX, ROWS, ROWS, ROWS),
    *(_MATRIX, _MATRIX, _MATRIX, _MATRIX),
    *(_MATRIX, _MATRIX, _MATRIX),
    *(float64[:, ::1], float64[:, ::1], float64[:, ::1], boolean[::1]),
    *(float64[:, ::1], float64[::1]),
)
def certify_all(
    dense: bool,
    status: IntArray,
    c: Array,
    data: Array,
    starts: IntArray,
    columns: IntArray,
    first: IntArray,
    row_lower: Array,
    row_upper: Array,
    lower: Array,
    upper: Array,
    x: Array,
    y: Array,
    ray: Array,
    activity: Array,
    reduced_costs: Array,
    measures: Array,
    holds: BoolArray,
    rows: Array,
    scales: Array,
) -> None:
    """Fill in A x (B, m), reduced costs (B, n), the measures (4, B), NaN before, and what holds (B,), False.

    Parts of the problems have one row where they are shared. Rows (2, m) and scales (n,) are room to work in.
    """
    sizes, totals = rows[0], rows[1]
    for b in range(len(status)):
        claim, z, found = status[b], reduced_costs[b], measures[:, b]
        costs, a = c[_at(c, b)], data[_at(data, b)]
        low, high = row_lower[_at(row_lower, b)], row_upper[_at(row_upper, b)]
        least, most = lower[_at(lower, b)], upper[_at(upper, b)]
        for j in range(len(z)):
            z[j] = 0.0 if claim == _INFEASIBLE else costs[j]
        _sweep_all(dense, a, starts, columns, first, x[b], y[b], activity[b], sizes, totals, z, scales)
        of_costs = max(_unit(0.0, costs), LEAST_UNIT)
        of_bounds = max(_unit(_unit(_unit(_unit(0.0, most), least), high), low), LEAST_UNIT)
        noise = NOISE * _largest(scales)
        if claim == _INFEASIBLE:
            if _all_finite(y[b]):
                for j in range(len(z)):
                    scales[j] += noise
                found[1], holds[b] = _infeasibility(
                    a, starts, columns, first, low, high, least, most, y[b], totals, z, scales, of_bounds
                )
        elif claim == _UNBOUNDED:
            if _all_finite(x[b]) and _all_finite(ray[b]):
                found[0] = _primal_residual(
                    low, high, least, most, x[b], activity[b], sizes, totals, of_bounds
                )
                found[1], falls = _unboundedness(
                    dense, costs, a, starts, columns, first, low, high, least, most, ray[b], scales, of_costs
                )
                holds[b] = falls and found[0] <= TOLERANCE
        elif _all_finite(x[b]) and _all_finite(y[b]):
            found[0] = _primal_residual(low, high, least, most, x[b], activity[b], sizes, totals, of_bounds)
            for j in range(len(z)):
                scales[j] += abs(costs[j]) + of_costs + noise
            found[1], found[2], found[3] = _optimality(
                costs, a, starts, columns, first, low, high, least, most,
                x[b], y[b], activity[b], sizes, z, scales, of_bounds * of_costs,
            )  # fmt: skip
            holds[b] = claim == _OPTIMAL
            for k in range(4):
                holds[b] &= found[k] <= TOLERANCE
