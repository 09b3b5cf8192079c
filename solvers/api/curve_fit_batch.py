"""`curve_fit_batch`: one model, very many data sets."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from solvers.api.choice import choose_method, has_bounds
from solvers.api.curve_data import CurveData, bad_data, bad_start, curve_data
from solvers.api.curve_model import resolve
from solvers.api.curve_problems import Chances, CurveProblems
from solvers.api.fitting import (
    Options,
    are_per_problem,
    broadcast_bounds,
    broadcast_start,
    derivative_scheme,
    fill_in,
    nothing,
    relative_steps,
    unknown_sizes,
)
from solvers.api.held import held_parameters, with_held
from solvers.api.rescue import Rescue
from solvers.api.uncertainty import Uncertainty
from solvers.arrays import Array, IntArray, picked
from solvers.evaluation.losses import resolve as resolve_loss
from solvers.expressions import Expression
from solvers.intervals import Intervals
from solvers.models import Model
from solvers.result import FitResult

#: The default of ``bounds``; a `Model` then brings its own.
UNBOUNDED = (-np.inf, np.inf)


def curve_fit_batch(
    f: str | Expression | Model | Callable[..., Any],
    xdata: ArrayLike | tuple[ArrayLike, ...],
    ydata: ArrayLike,
    p0: ArrayLike | None = None,
    *,
    parameters: Sequence[str] | None = None,
    offsets: ArrayLike | None = None,
    sigma: ArrayLike | None = None,
    absolute_sigma: bool = False,
    bounds: Any = UNBOUNDED,
    fixed: Mapping[str, ArrayLike] | None = None,
    tied: Mapping[str, str] | None = None,
    method: str | None = None,
    jac: Callable[..., Any] | str | None = None,
    ftol: float = 1e-10,
    xtol: float = 1e-10,
    gtol: float = 1e-10,
    max_nfev: int | None = None,
    x_scale: Any = None,
    loss: str | Callable[[Array], Any] = "linear",
    f_scale: float = 1.0,
    diff_step: Any = None,
    estimator: str = "least_squares",
    residual_scale: str = "rms",
    confidence: float | None = None,
    intervals: str = "covariance",
    check_jac: bool = False,
    starts: int = 1,
    rescue: Rescue | None = None,
    seeds: ArrayLike | None = None,
) -> FitResult:
    """Fit one model to B data sets by nonlinear least squares, or counts by Poisson maximum likelihood.

    Parameters
    ----------
    f
        The model: an expression such as ``"a*exp(-b*x) + c"``, a `Model` (`solvers.models.get`), or a
        function ``f(x, *params)``. A NumPy function of the elementwise kind is called once for all
        problems still running; any other once a problem (tried on first use).
    xdata
        Independent variable, like ``ydata``, or (m,) shared by all; a tuple of k such for k variables.
    ydata
        (B, m), or flat (N,) with ``offsets``.
    p0
        Start, (n,) for all or (B, n). Left out: the model's own guess, else 1 (inside the bounds).
    parameters
        Names of the parameters, in order. Left out: from the function's signature, or an expression's
        names that are not ``x`` (``x1``, ``x2``, ... for several variables), in order of appearance.
        The expression's variables are ``x``, or ``x1``, ``x2``, ....
    offsets
        (B+1,), where each problem's points start in flat data.
    sigma
        Standard deviations of ``ydata``, shaped like it, or (m,) shared.
    absolute_sigma
        Whether sigma is in the units of ``ydata``; if not, the covariance is scaled to a reduced
        chi-square of 1, as in SciPy.
    bounds
        Pair (lower, upper), each a number, (n,) or (B, n). For a `Model`, its natural bounds if left out.
    fixed
        Name to value, or to (B,) values, of parameters that are not fitted. They keep their place in
        ``p0`` and ``bounds`` (what stands there is not read) and their value in ``x``, with a
        standard error of NaN.
    tied
        Name to formula, ``{"b": "2*a"}``, of parameters that follow from others: free, fixed, or tied
        themselves but not in a circle. They keep their places as fixed ones do; their standard errors
        and covariances come from those of the free ones by the chain rule. An `Expression` brings its own.
    method
        ``lm`` (default without bounds), ``trf`` (default with bounds, also (B, n), or a loss) or ``dogbox``.
    jac
        For a function f: ``jac(x, *params) -> (m, n)``, ``"2-point"`` (default), ``"3-point"`` or ``"cs"``.
        Expressions have exact derivatives.
    ftol, xtol, gtol
        Tolerances: a problem has converged when a step changed its cost by less than ``ftol`` of it,
        moved its scaled unknowns by less than ``xtol`` of them, or when no column of the Jacobian
        makes a larger cosine than ``gtol`` with the residuals. The default, 1e-10, gives every NIST
        problem 4 digits or more, for 3 % more evaluations than SciPy's 1e-8 (which gives ENSO 3).
    max_nfev
        Evaluations a problem, those for differences not counted; default ``100 (n + 1)``.
    x_scale
        Size of the parameters, a number or (n,), by which steps are measured; ``"jac"`` and None take the
        columns of the Jacobian.
    loss, f_scale
        ``linear``, ``soft_l1``, ``huber``, ``cauchy``, ``arctan``, or ``loss(z (N,)) -> (3, N)`` with rho and
        its derivatives, elementwise, of ``z = (residual / f_scale)**2``, residuals in units of sigma. The
        cost is ``0.5 f_scale**2 sum(rho(z))``. Expressions then go through NumPy, without a kernel.
    diff_step
        Steps of differences relative to the parameters, a number or (n,).
    estimator
        ``least_squares``, or ``poisson``: ydata are counts (0 or more), the model is their expectation, and
        the likelihood is maximized. The cost is half the deviance, residuals are deviance residuals, the
        covariance is the inverse Fisher information. A step to where the model is not positive is
        rejected (0 is allowed where the count is 0), so the start must be where it is.
    residual_scale
        What scales the covariance unless sigma is absolute: ``rms``, ``sqrt(2 cost / (m - n))``; or
        ``robust``, 1.4826 times the median absolute residual, for use with a ``loss``: with one outlier in
        ten, standard errors were 1.3 to 2.1 times too large by ``rms``, 1.0 to 1.4 times by ``robust``.
    confidence
        The level of confidence intervals, such as 0.95.
    intervals
        ``covariance``: the answer and so many standard errors to each side, by Student's t with m - n degrees
        of freedom, or the normal distribution with ``absolute_sigma`` or ``poisson``. ``profile``: where the
        best fit with the parameter held is that much worse (lmfit's ``conf_interval``), at the price of some
        ten fits a parameter; ends at a bound that is no worse, infinite where no value is.
    check_jac
        Whether to compare a given ``jac`` with differences at the starts, see `check_derivatives`.
    starts
        How many starts each problem has: its own, and others drawn within its bounds or, where there are
        none, about its own; the best end is kept, and ``basin_count`` says how many converged to it.
    rescue
        Second chances for problems that did not converge, as `Rescue` says; by default none.
    seeds
        (B,) integers from which each problem's further starts are drawn. By default they are made from its
        data: the same data have the same starts, whatever the batch.

    Returns
    -------
    FitResult
        ``x (B, n)``, ``stderr (B, n)``, ``covariance (B, n, n)``, ``success (B,)``, ``status (B,)``,
        ``message``, ``cost (B,)``, counters, which add up over second chances, and diagnostics; with
        ``confidence``, ``intervals``: ``low`` and ``high (B, n)`` and an `IntervalEnd` for each. A problem
        whose data make no problem (no points, fewer points than parameters, NaN, sigma not positive, a
        start outside its bounds) has the status ``BAD_INPUT`` and says why in its message; one whose
        function raises, ``EXCEPTION``. The covariance is NaN where it is unknown: the problem did not
        converge, a parameter is at its bound, the Jacobian is rank deficient, or, unless sigma is absolute,
        no degree of freedom is left or the fit is exact.

    Raises
    ------
    ValueError
        For misuse: shapes that disagree, unknown methods or parameters, options that contradict each
        other, a ``jac`` that the check finds wrong.

    Notes
    -----
    A problem's answer is the same bits alone, in any batch and in any order.

    Examples
    --------
    >>> import numpy as np
    >>> from solvers import curve_fit_batch
    >>> x = np.linspace(0, 4, 50)
    >>> rates = np.array([0.5, 1.0, 2.0])
    >>> fits = curve_fit_batch("a*exp(-b*x)", x, 3 * np.exp(-rates[:, None] * x), p0=[1, 1])
    >>> fits.x.round(6).tolist()
    [[3.0, 0.5], [3.0, 1.0], [3.0, 2.0]]
    """
    uncertainty = Uncertainty(estimator, absolute_sigma, residual_scale, confidence, intervals)
    uncertainty.check_counts(sigma, loss)
    data = curve_data(xdata, ydata, sigma, offsets)
    derivatives, scheme = derivative_scheme(jac)
    model = resolve(f, parameters, len(data.x), derivatives)
    size, n = len(data), len(model.parameters)
    if bounds is UNBOUNDED and isinstance(f, Model):
        bounds = np.transpose(f.bounds)
    lower, upper = broadcast_bounds(bounds, size, n)
    given = (dict(f.tied) if isinstance(f, Expression) else {}) | dict(tied or {})
    values, free, ties = held_parameters(fixed or {}, given, model.parameters, size)
    per_problem, limits = are_per_problem(bounds), (picked(lower, free, axis=1), picked(upper, free, axis=1))
    bounded = has_bounds(*limits, per_problem=per_problem)
    method = choose_method(method, *limits, loss, per_problem=per_problem)
    sizes, relative = unknown_sizes(x_scale, n), relative_steps(diff_step, n)
    options = Options(method, ftol, xtol, gtol, max_nfev, loss=resolve_loss(loss, f_scale))
    start = None if p0 is None else broadcast_start(p0, size, n)
    if rescue is not None:
        rescue.ladder(method, bounded=bounded, bent=options.loss is not None)  # raises if it does not fit
    if starts < 1:
        raise ValueError(f"starts: got {starts}; give 1 or more")
    chances = Chances(starts, rescue, _seeds(seeds, data), bounded)

    bad = bad_data(data, model.used, len(free), counts=uncertainty.poisson)
    for name in fixed or {}:
        value = values[:, model.parameters.index(name)]
        for row in np.flatnonzero(~np.isfinite(value)):
            bad.setdefault(int(row), f"the fixed value of {name} is not finite: {value[row]}")
    good = _others(size, bad)
    if start is None:
        start = np.ones((size, n))
        start[good] = model.guess(data.take(good), lower[good], upper[good]) if len(good) else 0.0
    names = tuple(model.parameters[j] for j in free)
    bad = bad_start(picked(start, free, axis=1), *limits, names) | bad
    good = _others(size, bad)
    if not len(good):
        blank = None if confidence is None else Intervals.unknown(0, n)
        none = with_held(nothing(len(free)), values[good], free, ties)
        none = replace(none, intervals=blank, basin_count=none.nit if starts > 1 else None)
        return fill_in(none, good, np.diff(data.offsets), bad)

    for j in free:
        values[:, j] = start[:, j]
    problems = CurveProblems(model, ties, data, lower, upper, options, sizes, scheme, relative, uncertainty)
    if check_jac:
        problems.check_jac(good, values[good])
    fitted = problems.fit(good, picked(values, good), free, chances=chances)
    fitted = uncertainty.with_intervals(
        fitted,
        free,
        (picked(lower, good), picked(upper, good)),
        lambda rows, *how: problems.fit(good[rows], *how),
    )
    return fill_in(fitted, good, np.diff(data.offsets), bad)


def _others(size: int, bad: Mapping[int, str]) -> IntArray:
    return np.delete(np.arange(size), list(bad))


def _seeds(seeds: ArrayLike | None, data: CurveData) -> Callable[[IntArray], Iterable[int]]:
    """What gives the seeds of rows: those given, else the data's own."""
    if seeds is None:
        return data.seeds
    given = np.asarray(seeds)
    if given.shape != (len(data),) or given.dtype.kind not in "iu":
        raise ValueError(f"seeds must be ({len(data)},) integers, got {given.shape} of {given.dtype}")
    return given.__getitem__
