"""`least_squares_batch`: residuals of many problems from one function of a batch."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from solvers.api.choice import choose_method
from solvers.api.curve_data import bad_start
from solvers.api.fitting import (
    Options,
    are_per_problem,
    broadcast_bounds,
    broadcast_start,
    derivative_scheme,
    fill_in,
    known_covariance,
    nothing,
    relative_steps,
    solve,
    unknown_sizes,
)
from solvers.arrays import Array
from solvers.evaluation.differences import Differenced
from solvers.evaluation.least_squares import ResidualFunction
from solvers.evaluation.losses import resolve
from solvers.evaluation.residuals import BatchResiduals
from solvers.result import FitResult


def least_squares_batch(
    fun: Callable[..., Any],
    x0: ArrayLike,
    args: Sequence[ArrayLike] = (),
    *,
    jac: Callable[..., Any] | str | None = None,
    bounds: Any = (-np.inf, np.inf),
    method: str | None = None,
    ftol: float = 1e-10,
    xtol: float = 1e-10,
    gtol: float = 1e-10,
    max_nfev: int | None = None,
    x_scale: Any = None,
    loss: str | Callable[[Array], Any] = "linear",
    f_scale: float = 1.0,
    diff_step: Any = None,
) -> FitResult:
    """Minimize half the sum of squares, or of a loss, of ``fun``: B problems with m residuals each.

    Parameters
    ----------
    fun
        ``fun(x, *args) -> (b, m)`` for x (b, n): the rows still running, each row by itself.
    x0
        Starts, (B, n).
    args
        Arrays with leading axis B, handed to ``fun`` and ``jac`` cut to the same rows as x.
    jac
        ``jac(x, *args) -> (b, m, n)``, or ``"2-point"`` (default), ``"3-point"``, ``"cs"``.
    bounds
        Pair (lower, upper), each a number, (n,) or (B, n).
    method
        ``lm`` (default without bounds), ``trf`` (default with bounds, also (B, n), or a loss) or ``dogbox``.
    ftol, xtol, gtol, max_nfev, x_scale, loss, f_scale, diff_step
        As in `curve_fit_batch`.

    Returns
    -------
    FitResult
        As `curve_fit_batch`; the covariance is ``inv(J'J)``, not scaled.

    Raises
    ------
    ValueError
        For misuse. A row whose start is outside its bounds is not: its status is ``BAD_INPUT``.

    Examples
    --------
    >>> import numpy as np
    >>> from solvers import least_squares_batch
    >>> target = np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> least_squares_batch(lambda x, t: x - t, np.zeros((2, 2)), args=(target,)).x.tolist()
    [[1.0, 2.0], [3.0, 4.0]]
    """
    start = np.array(x0, dtype=float)
    if start.ndim != 2:
        raise ValueError(f"x0 must be (B, n), got shape {start.shape}")
    size, n = start.shape
    parts = tuple(np.asarray(arg) for arg in args)
    for i, arg in enumerate(parts):
        if arg.ndim == 0 or len(arg) != size:
            raise ValueError(f"args[{i}] must have leading axis B = {size}, got shape {arg.shape}")
    lower, upper = broadcast_bounds(bounds, size, n)
    chosen = choose_method(method, lower, upper, loss, per_problem=are_per_problem(bounds))
    sizes, relative = unknown_sizes(x_scale, n), relative_steps(diff_step, n)
    options = Options(chosen, ftol, xtol, gtol, max_nfev, sizes, resolve(loss, f_scale))
    derivatives, scheme = derivative_scheme(jac)
    if size == 0:
        return nothing(n)
    names = tuple(f"x[{j}]" for j in range(n))
    bad = bad_start(broadcast_start(start, size, n), lower, upper, names)
    good = np.array([row for row in range(size) if row not in bad], dtype=np.int64)
    m = _residual_count(fun, start, parts, good)
    if options.method == "lm" and m < n:
        raise ValueError(
            f"method 'lm' needs at least as many residuals as unknowns, got {m} and {n}: use trf or dogbox"
        )
    if not len(good):
        return fill_in(nothing(n), good, np.full(size, m), bad)
    function: ResidualFunction = BatchResiduals(fun, derivatives, parts, size, m).take(good)
    if derivatives is None:
        function = Differenced(function, scheme, start[good], lower[good], upper[good], relative)
    fitted, _ = solve(function, start[good], lower[good], upper[good], options)
    return fill_in(
        known_covariance(fitted, scheme if derivatives is None else None), good, np.full(size, m), bad
    )


def _residual_count(fun: Callable[..., Any], start: Any, args: tuple[Any, ...], good: Any) -> int:
    """How many residuals a problem has, from the first row that can be evaluated at its start."""
    error: Exception | None = None
    for row in good:
        one = slice(row, row + 1)
        try:
            shape = np.shape(fun(start[one], *(arg[one] for arg in args)))
        except Exception as raised:  # the loop will report it for its row
            error = raised
            continue
        if len(shape) != 2:
            raise ValueError(f"fun must return (b, m) for x (b, n), got shape {shape} for {start[one].shape}")
        return int(shape[1])
    if error is None:
        return 0
    raise ValueError(
        f"fun raised for every row at its start, first {type(error).__name__}: {error}"
    ) from error
