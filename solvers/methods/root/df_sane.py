"""DF-SANE: spectral steps along the residuals, either way, without derivatives.

Steps are ``-sigma F`` with the inverse of a Rayleigh quotient, ``sigma = s's / s'y`` of the last step s and
the change y of F over it [1]_. Some increase of ``f = |F|^2`` is let pass: alpha times it is taken where ::

    f <= C + eta - gamma alpha^2 f(x),   eta = f(x0) / (1 + k)^2

with C the largest of the last M values (``cruz`` [1]_) or a mean of all (``cheng`` [2]_). Steps forwards and
backwards are tried in turn and shortened, each by the minimum of a parabola. The search ends where ``|F|`` is
less than ``fatol + ftol |F(x0)|``. Constants and defaults are SciPy's.

Differences from SciPy: where F is undefined after a step, f counts as infinite; ``fnorm`` is the order of a
norm; eta is the one above, SciPy's default.

References
----------
.. [1] W. La Cruz, J. Martínez, M. Raydan, "Spectral residual method without gradient information for solving
   large-scale nonlinear systems of equations", Mathematics of Computation 75 (2006) 1429-1448.
.. [2] W. Cheng, D. Li, "A derivative-free nonmonotone line search and its application to the spectral
   residual method", IMA Journal of Numerical Analysis 29 (2009) 814-825.
"""

import functools
import math
from collections.abc import Iterator
from typing import NamedTuple

from solvers.arrays import Array
from solvers.coroutines.coroutine import coroutine
from solvers.coroutines.method import Method
from solvers.coroutines.row import BEST, NFEV, NIT, STATUS, STEP, UNDEFINED, VALUES, WATCHED, Row
from solvers.kernels.compiling import called, strict
from solvers.methods.vectors import copy, dot, move, norm, norm_of_order
from solvers.status import Status

_ZERO, _EVALUATION_LIMIT = int(Status.ZERO), int(Status.EVALUATION_LIMIT)
_STALLED, _BAD_INPUT = int(Status.STALLED), int(Status.BAD_INPUT)

CRUZ, CHENG = 0.0, 1.0
#: Of [1] and [2]: sufficient decrease, how much a step is shortened, and the weight of former values.
_GAMMA, _SHORTER, _LONGER, _NU = 1e-4, 0.1, 0.5, 0.85


class Options(NamedTuple):
    """What can be chosen."""

    #: Norm of the residuals at which it ends, relative to the first and absolute, and the order of that norm.
    ftol: float = 1e-8
    fatol: float = 1e-300
    fnorm: float = 2.0
    #: Most evaluations.
    maxfev: float = 1000.0
    #: How many values an increase is measured by.
    M: float = 10.0
    #: Least size of sigma, and of its inverse; the first sigma.
    sigma_eps: float = 1e-10
    sigma_0: float = 1.0
    #: CRUZ or CHENG.
    line_search: float = CRUZ


@coroutine
def df_sane(row: Row, options: Options) -> Iterator[int]:
    """Solve; ``row.room`` begins with F."""
    numbers, trial, values, x, room = row.numbers, row.x, row.values, row.answer, row.room
    n, least, memory = len(x), options.sigma_eps, int(options.M)
    if not 1 <= memory <= len(room) - 2 * n:
        numbers[STATUS] = _BAD_INPUT
        return
    yield VALUES
    _begin(numbers, trial, values, x, room)
    limit = options.ftol * norm_of_order(values, options.fnorm) + options.fatol
    start = square = bound = dot(values, values)  # f at the start, at x; C
    room[2 * n] = start
    weight, sigma, status = 1.0, options.sigma_0, 0
    while not norm_of_order(room[:n], options.fnorm) < limit:
        if abs(sigma) > 1.0 / least:
            sigma = math.copysign(1.0 / least, sigma)
        elif abs(sigma) < least:
            sigma = least
        for i in range(n):
            room[n + i] = -sigma * room[i]
        eta = start / (1.0 + numbers[NIT]) ** 2
        forwards, backwards = 1.0, 1.0
        while True:
            if numbers[NFEV] >= options.maxfev:
                status = _EVALUATION_LIMIT
                break
            move(x, forwards, room[n : 2 * n], trial)
            yield VALUES
            found = dot(values, values) if numbers[UNDEFINED] == 0.0 else math.inf
            if found <= bound + eta - _GAMMA * forwards * forwards * square:
                break
            forwards = _shortened(forwards, found, square)
            if numbers[NFEV] >= options.maxfev:
                status = _EVALUATION_LIMIT
                break
            move(x, -backwards, room[n : 2 * n], trial)
            yield VALUES
            found = dot(values, values) if numbers[UNDEFINED] == 0.0 else math.inf
            if found <= bound + eta - _GAMMA * backwards * backwards * square:
                break
            backwards = _shortened(backwards, found, square)
        if status != 0:
            break
        sigma = _accept(numbers, trial, values, x, room)
        if math.isnan(sigma):
            status = _STALLED
            break
        square = found
        numbers[NIT] += 1.0
        if options.line_search == CRUZ:
            bound = _largest(room[2 * n :], int(numbers[NIT]), memory, square)
        else:
            bound = (_NU * weight * (bound + eta) + square) / (_NU * weight + 1.0)
            weight = _NU * weight + 1.0
        if numbers[WATCHED] != 0.0:
            yield STEP
    numbers[STATUS] = _ZERO if status == 0 else status


@strict
def _begin(numbers: Array, trial: Array, values: Array, x: Array, room: Array) -> None:
    copy(trial, x)
    copy(values, room[: len(x)])
    numbers[BEST] = norm(values)


@strict
def _shortened(step: float, found: float, square: float) -> float:
    """The minimum of a parabola, within limits, [1] section 2."""
    return max(
        _SHORTER * step, min(_LONGER * step, step * step * square / (found + (2.0 * step - 1.0) * square))
    )


@called
def _accept(numbers: Array, trial: Array, values: Array, x: Array, room: Array) -> float:
    """Take a trial; the next sigma, NaN where it is x again."""
    length = along = 0.0
    for i in range(len(x)):
        step, change = trial[i] - x[i], values[i] - room[i]
        length += step * step
        along += step * change
        x[i], room[i] = trial[i], values[i]
    numbers[BEST] = norm(values)
    if length == 0.0:
        return math.nan
    return length / along if along != 0.0 else math.inf


@called
def _largest(last: Array, steps: int, memory: int, square: float) -> float:
    """Remember a value in place of the oldest of so many; the largest."""
    last[steps % memory] = square
    largest = 0.0
    for i in range(min(steps + 1, memory)):
        largest = max(largest, last[i])
    return largest


def _fitted(options: Options) -> Method:
    if not 1.0 <= options.M < math.inf:
        raise ValueError(f"option 'M' of df-sane: got {options.M}; give a number from 1")
    return _method(int(options.M))


@functools.cache
def _method(memory: int) -> Method:
    return Method(
        "df-sane",
        df_sane,
        Options,
        asks=VALUES,
        room=lambda n, _: n + memory,
        keeps={"fun": lambda n, _: (n,)},
        choices={"line_search": {"cruz": CRUZ, "cheng": CHENG}},
        tol=("ftol",),
        endings={
            Status.ZERO: (1, "successful convergence"),
            Status.EVALUATION_LIMIT: (2, "too many function evaluations required"),
        },
        fitted=_fitted,
    )


DF_SANE = _method(10)
