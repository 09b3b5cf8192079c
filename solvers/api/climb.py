"""Further attempts: several starts of all problems, or the rungs of a `Rescue` for those that failed.

Each rung is tried on the rows that the rungs before it left failing, all in one batch, and a row leaves the
ladder with the first rung that converges; of several starts on a rung, with the lowest cost that
converged. An attempt that converges above a cost that any attempt at the same row has seen is no
rescue: its minimum is known not to be the lowest. A row that nothing rescues keeps, of all attempts,
the one with the lowest cost, and the status of that one.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from solvers import ragged
from solvers.api.fitting import Options, solve
from solvers.api.further_starts import further_starts
from solvers.api.multi_start import choose
from solvers.api.rescue import Rescue, Rung
from solvers.arrays import Array, IntArray
from solvers.evaluation.least_squares import ResidualFunction
from solvers.result import FitResult
from solvers.status import Status

#: What is tried again. Other starts make no data of bad input, and an exception is for its author to see.
RETRIED = (Status.EVALUATION_LIMIT, Status.STALLED, Status.NON_FINITE)
#: Costs that differ by less, relative, are of the same place.
_SAME = 1e-6
#: Attempts at once: each has a copy of its data.
_ATTEMPTS = 2048
#: What an attempt decides of a row; its counters are added up instead.
_DECIDED = ("x", "cost", "status", "optimality", "active_mask", "covariance", "condition_number", "method")


@dataclass(frozen=True)
class Problems:
    """What a rung needs of B problems to try some of them again."""

    function: ResidualFunction
    start: Array  # (B, n)
    lower: Array  # (B, n)
    upper: Array  # (B, n)
    seeds: Callable[[IntArray], Iterable[int]]  # rows -> what their further starts are drawn from

    def attempt(self, rows: IntArray, rung: Rung, options: Options) -> FitResult:
        """Try each row from each start of a rung: row after row, start after start."""
        start = self.start[rows]
        if rung.starts:
            drawn = zip(start, self.lower[rows], self.upper[rows], self.seeds(rows), strict=True)
            start = np.concatenate([further_starts(*of, rung.starts) for of in drawn])
            rows = np.repeat(rows, rung.starts)
        return solve(self.function.take(rows), start, self.lower[rows], self.upper[rows], options)[0]


def explore(fit: FitResult, problems: Problems, options: Options, starts: int) -> FitResult:
    """Fit all problems from further starts, too: so many with their own, of which the best is kept.

    Of `fit`, which options gave from the own starts, the arrays are written over.
    """
    rung = Rung(options.method, options.factor, starts - 1)
    agreed = np.empty(len(fit.status), dtype=np.int64)
    size = max(1, _ATTEMPTS // rung.starts)
    for begin in range(0, len(agreed), size):
        rows = np.arange(begin, min(begin + size, len(agreed)))
        tried = problems.attempt(rows, rung, options)
        _count(fit, rows, tried, rung)
        cost, success, x = (
            np.concatenate([own[rows, None], more.reshape(len(rows), rung.starts, *more.shape[1:])], axis=1)
            for own, more in ((fit.cost, tried.cost), (fit.success, tried.success), (fit.x, tried.x))
        )
        best, agreed[rows] = choose(cost, success, x, unit=0.0)
        better = np.flatnonzero(best)
        _write(fit, rows[better], tried, better * rung.starts + best[better] - 1)
    return replace(fit, basin_count=agreed)


def climb(fit: FitResult, problems: Problems, options: Options, rescue: Rescue, *, bounded: bool) -> None:
    """Try the failing rows of a fit again and write into it, in place, what was better.

    Parameters
    ----------
    fit
        As ``options`` gave it.
    problems
        The same problems, in order.
    options, rescue, bounded
        How they were tried, how they are to be, and whether they have bounds.
    """
    ladder = rescue.ladder(options.method, bounded=bounded, bent=options.loss is not None)
    failing = np.flatnonzero(np.isin(fit.status, RETRIED))
    size = max(1, _ATTEMPTS // max(1, rescue.starts))
    for begin in range(0, len(failing), size):
        rows = failing[begin : begin + size]
        for rung in ladder:
            if len(rows):
                limit = options.max_nfev if rescue.max_nfev is None else rescue.max_nfev
                changed = replace(options, method=rung.method, factor=rung.factor, max_nfev=limit)
                _keep(fit, rows, problems.attempt(rows, rung, changed), rung)
                rows = rows[~fit.success[rows]]


def _keep(fit: FitResult, rows: IntArray, tried: FitResult, rung: Rung) -> None:
    """Count the attempts on these rows, and keep the best of each that is better than what was there."""
    shape = _count(fit, rows, tried, rung)
    cost = np.where(tried.status == Status.EXCEPTION, np.inf, tried.cost).reshape(shape)
    known = fit.cost[rows]
    lowest = np.minimum(known, cost.min(axis=1))
    converged = tried.success.reshape(shape) & (cost <= lowest[:, None] * (1.0 + _SAME))
    rescued = converged.any(axis=1)
    best = np.where(converged | ~rescued[:, None], cost, np.inf).argmin(axis=1)  # (b,)
    better = np.flatnonzero(rescued | (cost[np.arange(len(rows)), best] < known))
    into, chosen = rows[better], better * shape[1] + best[better]
    _write(fit, into, tried, chosen)
    fit.rescued_by[into] = [rung.name(best[i]) if rescued[i] else None for i in better]


def _count(fit: FitResult, rows: IntArray, tried: FitResult, rung: Rung) -> tuple[int, int]:
    """Add up the calls of the attempts on these rows; say how many rows and attempts each there are."""
    shape = (len(rows), max(1, rung.starts))
    for name in ("nit", "nfev", "njev"):
        getattr(fit, name)[rows] += getattr(tried, name).reshape(shape).sum(axis=1)
    return shape


def _write(fit: FitResult, into: IntArray, tried: FitResult, chosen: IntArray) -> None:
    """Write chosen attempts into rows of a fit."""
    for name in _DECIDED:
        getattr(fit, name)[into] = getattr(tried, name)[chosen]
    for row, attempt in zip(into.tolist(), chosen.tolist(), strict=True):
        fit.errors.pop(row, None)
        if attempt in tried.errors:
            fit.errors[row] = tried.errors[attempt]
    points, own = ragged.gather(into, fit.offsets)[0], ragged.gather(chosen, tried.offsets)[0]
    fit.residuals[points] = tried.residuals[own]
