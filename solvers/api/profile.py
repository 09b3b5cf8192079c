"""Confidence intervals by profile likelihood, for all problems of a batch together.

An end of the interval of a parameter is where holding it there, the others fitted again, raises twice the
cost by the threshold ``variance q^2``: q is the quantile of Student's t, so that ``q^2`` is that of F with
1 and m - n degrees of freedom [1]_; of the normal distribution, so that it is that of chi-square, when the
variance is known. Unlike the interval from the covariance it need not be symmetric, and its ends do not
depend on how the model is parametrized.

The signed root of the rise over the threshold is nearly linear in the parameter [1]_ and 1 at the end, so
the search starts one half-width of the covariance's interval away, grows by it until the end is passed,
then takes Chandrupatla's method [2]_: inverse quadratic interpolation where that is safe, else bisection.
Each refit starts where the one before it, scaled to the new distance, left the other parameters; one that
does not converge is tried again from where they were left, then from the answer.

References
----------
.. [1] D. Bates, D. Watts, Nonlinear Regression Analysis and Its Applications (1988), section 6.1.
.. [2] T. Chandrupatla, "A new hybrid quadratic/bisection algorithm for finding the zero of a nonlinear
   function without using derivatives", Advances in Engineering Software 28 (1997) 145-149.
"""

from collections.abc import Callable

import numpy as np

from solvers.arrays import Array, BoolArray, IntArray
from solvers.intervals import IntervalEnd, Intervals
from solvers.result import FitResult

#: How near to 1 the root is, that is the end relative to the half-width.
_TOLERANCE = 1e-6
#: Refits for an end; 3 to 6 are usual.
_MAX_REFITS = 60
#: Units of distance after which a parameter counts as unlimited: half-widths, or else of `_BLIND`.
_FAR, _FAR_BLIND = 1e6, 1e25
#: Growth of the distance until the end is passed, beyond the linear estimate: at least the distance itself
#: (near the answer no end is to be missed, far off a profile that levels off is to be left), within these.
_BEYOND, _LEAST_GROWTH, _MOST_GROWTH = 1.05, (1.1, 3.0), 5.0
#: A refit below the answer by this share of the threshold has found another minimum.
_BETTER = 1e-3
#: Unit of distance of a parameter, relative to it (or 1 where it is 0), whose standard error is unknown or,
#: being so many times larger than it, says nothing.
_BLIND, _WILD = 0.1, 1e3

#: Of the conditions that end a search, in their order; and of one that has not ended.
_VERDICTS = np.array(
    [
        IntervalEnd.BETTER_FIT,
        IntervalEnd.FOUND,
        IntervalEnd.AT_BOUND,
        IntervalEnd.UNBOUNDED,
        IntervalEnd.FOUND,
        IntervalEnd.FAILED,
        IntervalEnd.FAILED,
    ],
    dtype=np.int64,
)

#: ``fit(rows (R,), values (R, n), free, budget)`` fits these parameters of problems from the values, the
#: others being held at theirs, with so many evaluations or the usual number.
Fitter = Callable[[IntArray, Array, IntArray, int | None], FitResult]


def profile_intervals(
    fit: Fitter,
    best: FitResult,
    free: IntArray,
    bounds: tuple[Array, Array],
    half_width: Array,
    threshold: Array,
) -> Intervals:
    """Find both ends for the free parameters of problems that converged.

    Parameters
    ----------
    fit
        Fits the problems.
    best
        The answers, with all parameters.
    free
        Which of them are unknowns.
    bounds
        Of all parameters, each (B, n).
    half_width
        Of the intervals by the covariance, (B, n); NaN where unknown.
    threshold
        Rise of twice the cost at the ends, (B,).
    """
    intervals = Intervals.unknown(*best.x.shape)
    rows = np.flatnonzero(best.success & (threshold > 0.0))
    sides = (
        (-1.0, bounds[0], intervals.low, intervals.low_end),
        (1.0, bounds[1], intervals.high, intervals.high_end),
    )
    for j in free.tolist() if len(rows) else ():
        for side, bound, at, why in sides:
            end = _End(fit, best, rows, free, j, side, bounds, half_width[rows, j], threshold[rows])
            at[rows, j], why[rows, j] = end.search(bound[rows, j])
    return intervals


class _End:
    """The search for one end of the interval of parameter j: arrays with leading axis R, the rows."""

    def __init__(
        self,
        fit: Fitter,
        best: FitResult,
        rows: IntArray,
        free: IntArray,
        j: int,
        side: float,
        bounds: tuple[Array, Array],
        half_width: Array,
        threshold: Array,
    ) -> None:
        self.fit, self.rows, self.j, self.side = fit, rows, j, side
        self.others = free[free != j]
        self.x, self.cost, self.threshold = best.x[rows], best.cost[rows], threshold
        self.lower, self.upper = (bound[rows] for bound in bounds)
        size = np.where(self.x[:, j] == 0.0, 1.0, np.abs(self.x[:, j]))
        known = (half_width > 0.0) & (half_width < _WILD * size)  # NaN is not
        self.unit, self.far = np.where(known, half_width, _BLIND * size), np.where(known, _FAR, _FAR_BLIND)
        # How the parameters move with the distance: at first, as the covariance says.
        with np.errstate(all="ignore"):
            along = best.covariance[rows, :, j] / best.covariance[rows, j, j][:, None]
        self.along = np.where(np.isfinite(along), along, 0.0) * (side * self.unit)[:, None]
        self.along[:, j] = side * self.unit
        self.last = self.x.copy()  # where the last refit ended

    def search(self, bound: Array) -> tuple[Array, IntArray]:
        """The end (R,), and which `IntervalEnd` it is."""
        size = len(self.rows)
        room = np.maximum(self.side * (bound - self.x[:, self.j]) / self.unit, 0.0)
        end, why = bound.copy(), np.full(size, IntervalEnd.AT_BOUND, dtype=np.int64)
        roots = _Roots(size)
        active = np.flatnonzero(room > 0.0)
        why[active] = IntervalEnd.FAILED
        distance = np.minimum(1.0, room)
        for _ in range(_MAX_REFITS):
            if not len(active):
                break
            u = distance[active]
            height, converged = self._height(active, u)
            inside, collapsed, jump = height < 0.0, *roots.enter(active, u, height)
            here, beyond = self._at(active, u), np.full(len(u), self.side * np.inf)
            conditions = [
                np.isnan(height),
                (np.abs(height) <= _TOLERANCE) & converged,
                inside & (u >= room[active]),
                inside & (u >= self.far[active]),
                jump & converged,
                collapsed,
                np.ones(len(u), dtype=bool),  # goes on
            ]
            first = np.argmax(conditions, axis=0)
            why[active] = _VERDICTS[first]
            none = np.full(len(u), np.nan)
            end[active] = np.choose(first, [none, here, bound[active], beyond, here, none, none])
            ended = first < len(conditions) - 1
            active = active[~ended]
            distance[active] = np.minimum(roots.propose(active), room[active])
        return end, why

    def _at(self, active: IntArray, distance: Array) -> Array:
        values: Array = self.x[active, self.j] + self.side * self.unit[active] * distance
        return np.clip(values, self.lower[active, self.j], self.upper[active, self.j])

    def _height(self, active: IntArray, distance: Array) -> tuple[Array, BoolArray]:
        """The root minus 1, infinite where undefined, NaN where the fit is better; whether it converged."""
        at = self._at(active, distance)
        x, cost = np.full((len(active), self.x.shape[1]), np.nan), np.full(len(active), np.inf)
        converged = np.zeros(len(active), dtype=bool)
        here = self.x[active]
        for start in (here + distance[:, None] * self.along[active], self.last[active], here):
            left = np.flatnonzero(~converged)
            if len(left):
                found = self._refit(active[left], start[left], at[left])
                better = found[1] < cost[left]
                for values, new in zip((x, cost, converged), found, strict=True):
                    values[left[better]] = new[better]
        with np.errstate(all="ignore"):
            rise = 2.0 * (cost - self.cost[active]) / self.threshold[active]
            height = np.where(rise < -_BETTER, np.nan, np.sqrt(np.maximum(rise, 0.0)) - 1.0)
        defined = np.isfinite(cost)
        known = active[defined]
        self.last[known] = x[defined]
        self.along[known] = (x - self.x[active])[defined] / distance[defined, None]
        return np.where(defined, height, np.inf), converged

    def _refit(self, active: IntArray, start: Array, at: Array) -> tuple[Array, Array, BoolArray]:
        """Parameters (a, n), cost (a,), and whether it converged, with parameter j held there (a,)."""
        values = np.clip(start, self.lower[active], self.upper[active])
        values[:, self.j] = at
        if len(self.others):
            fit = self.fit(self.rows[active], values, self.others, None)
            return fit.x, fit.cost, fit.success & np.isfinite(fit.cost)
        fit = self.fit(self.rows[active], values, np.array([self.j]), 1)  # nothing else to fit
        return fit.x, fit.cost, np.isfinite(fit.cost)


class _Roots:
    """Roots of increasing functions (R,) that are -1 at 0: growing steps, then Chandrupatla's method [2]_."""

    def __init__(self, size: int) -> None:
        self.x1, self.f1 = np.zeros(size), np.full(size, -1.0)  # the newest point
        self.x2, self.f2 = np.full((2, size), np.nan)  # the newest of the other sign
        self.x3, self.f3 = np.full((2, size), np.nan)  # the one before it

    def enter(self, rows: IntArray, x: Array, f: Array) -> tuple[BoolArray, BoolArray]:
        """Take new points; whether nothing is left between those of either sign, and both are finite."""
        same = (f < 0.0) == (self.f1[rows] < 0.0)
        for newest, other, before, value in (
            (self.x1, self.x2, self.x3, x),
            (self.f1, self.f2, self.f3, f),
        ):
            before[rows] = np.where(same, newest[rows], other[rows])
            other[rows] = np.where(same, other[rows], newest[rows])
            newest[rows] = value
        collapsed = np.abs(self.x1[rows] - self.x2[rows]) <= 1e-3 * _TOLERANCE * x
        return collapsed, collapsed & np.isfinite(self.f1[rows] + self.f2[rows])

    def propose(self, rows: IntArray) -> Array:
        """Where to look next."""
        x1, x2, x3 = self.x1[rows], self.x2[rows], self.x3[rows]
        f1, f2, f3 = self.f1[rows], self.f2[rows], self.f3[rows]
        with np.errstate(all="ignore"):
            grown = x1 * np.clip(_BEYOND / (1.0 + f1), np.clip(x1, *_LEAST_GROWTH), _MOST_GROWTH)
            xi, phi = (x1 - x2) / (x3 - x2), (f1 - f2) / (f3 - f2)
            smooth = (phi * phi < xi) & ((1.0 - phi) ** 2 < 1.0 - xi)
            first = f1 / (f2 - f1) * (f3 / (f2 - f3))
            second = (x3 - x1) / (x2 - x1) * (f1 / (f3 - f1)) * (f2 / (f3 - f2))
            quadratic = first + second
            share = np.where(np.isnan(x3), f1 / (f1 - f2), np.where(smooth, quadratic, 0.5))
            share = np.where(np.isfinite(share) & (share > 0.0) & (share < 1.0), share, 0.5)
        return np.where(np.isnan(x2), grown, x1 + share * (x2 - x1))
