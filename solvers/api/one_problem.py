"""The way of one least-squares problem through the batch machinery, with every option that SciPy has."""

import multiprocessing
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np

from solvers.api.fitting import (
    Options,
    derivative_scheme,
    relative_steps,
    solve,
    unknown_sizes,
)
from solvers.api.watch import Watch
from solvers.arrays import Array
from solvers.evaluation.differences import Differenced, Sparsity
from solvers.evaluation.least_squares import ResidualFunction
from solvers.evaluation.losses import Loss, resolve
from solvers.evaluation.residuals import OneResidual
from solvers.linalg import EPS
from solvers.result import FitResult

#: SciPy's options of the iterative solver, for which there is no use here.
_LSMR = ("atol", "btol", "conlim", "damp", "maxiter", "regularize", "show", "x0")


@dataclass(frozen=True)
class Solved:
    """One problem's answer, a batch of one."""

    fit: FitResult
    jacobian: Array | None  # (m, n) as the method saw it, a loss counted in
    loss: Loss | None
    lower: Array  # (n,)
    upper: Array  # (n,)
    initial_cost: float
    stopped: bool  # by the callback

    @property
    def message(self) -> str:
        """Why it ended."""
        return "`callback` function requested stop early" if self.stopped else self.fit.message[0]


def solve_one(
    fun: Callable[[Array], Any],
    start: Array,
    first: Array,
    jac: Callable[[Array], Any] | str | None,
    bounds: tuple[Array, Array],
    method: str,
    *,
    ftol: float = 1e-8,
    xtol: float = 1e-8,
    gtol: float = 1e-8,
    max_nfev: int | None = None,
    x_scale: Any = None,
    loss: str | Callable[[Array], Any] = "linear",
    f_scale: float = 1.0,
    diff_step: Any = None,
    tr_solver: str | None = None,
    tr_options: Mapping[str, Any] | None = None,
    jac_sparsity: Any = None,
    verbose: int = 0,
    callback: Callable[..., Any] | None = None,
    workers: Any = None,
    factor: float | None = None,
    rounding: float = EPS,
    absolute_sigma: bool = True,
    remember_jacobian: bool = True,
) -> Solved:
    """Solve one problem from ``start (n,)``, where the residuals are ``first (m,)``.

    The options are those of `least_squares`; bounds are a pair of (1, n), and the start is within them;
    ``factor`` is `curve_fit`'s for ``lm``; rounding is the `precision` of the function.
    """
    n, (lower, upper) = len(start), bounds
    bent = resolve(loss, f_scale)
    options = Options(
        method,
        ftol,
        xtol,
        gtol,
        max_nfev,
        unknown_sizes(1.0 if x_scale is None and method != "lm" else x_scale, n),  # as in SciPy
        bent,
        factor,
    )
    _check_solver(method, tr_solver, tr_options or {})
    if verbose not in (0, 1, 2):
        raise ValueError(f"`verbose` must be in [0, 1, 2], got {verbose!r}")
    derivatives, scheme = derivative_scheme(jac)
    function: ResidualFunction = OneResidual(fun, derivatives, start, first)
    watches: list[Watch] = []

    def watch(solver: Any) -> Any:
        if options.method == "lm" or (callback is None and verbose < 2):
            return solver
        watches.append(Watch(solver, callback, shown=verbose == 2))
        return watches[0]

    with _mapping(workers) as evaluate:
        if derivatives is None:
            sparsity = _sparsity(jac_sparsity, method, tr_solver, len(first), n)
            relative = relative_steps(diff_step, n)
            function = Differenced(
                function, scheme, start[None], lower, upper, relative, rounding, sparsity, evaluate
            )
        fit, memory = solve(
            function,
            start[None],
            lower,
            upper,
            options,
            absolute_sigma=absolute_sigma,
            remember_jacobian=remember_jacobian,
            watch=watch,
        )
    return Solved(
        fit=fit,
        jacobian=None if memory.jacobian is None else memory.jacobian.T,
        loss=bent,
        lower=lower[0],
        upper=upper[0],
        initial_cost=float(0.5 * (first * first if bent is None else bent.cost(first)).sum()),
        stopped=any(watch.stopped for watch in watches),
    )


def check_tolerances(method: str, tolerances: Mapping[str, float | None]) -> list[float]:
    """SciPy's warning of tolerances that can never hold, which become 0, and its refusals."""
    small = [name for name, value in tolerances.items() if value is None or value < EPS]
    for name in small:
        if tolerances[name] is not None:
            warnings.warn(
                f"Setting `{name}` below the machine epsilon ({EPS:.2e}) effectively disables the "
                "corresponding termination condition.",
                stacklevel=3,
            )
    if method == "lm" and small:
        raise ValueError(
            f"All tolerances must be higher than machine epsilon ({EPS:.2e}) for method 'lm'; "
            f"not so: {', '.join(small)}"
        )
    if len(small) == len(tolerances):
        raise ValueError(f"At least one of the tolerances must be higher than machine epsilon ({EPS:.2e}).")
    return [0.0 if name in small else value or 0.0 for name, value in tolerances.items()]


def _check_solver(method: str, tr_solver: str | None, tr_options: Mapping[str, Any]) -> None:
    """SciPy's refusals of options for which there is no use here."""
    if tr_solver not in (None, "exact", "lsmr"):
        raise ValueError(f"`tr_solver` must be None, 'exact' or 'lsmr', got {tr_solver!r}")
    unknown = sorted(set(tr_options) - set(_LSMR)) if tr_solver == "lsmr" else []
    if unknown:
        raise TypeError(f"`tr_options` has no {unknown[0]!r} for 'lsmr'; there are {', '.join(_LSMR)}")
    if method == "dogbox" and "regularize" in tr_options:
        warnings.warn("`regularize` in `tr_options` is not relevant for method 'dogbox'.", stacklevel=4)


def precision(values: Array) -> float:
    """Relative precision of what a function returns; steps of differences must be large enough to show."""
    narrow = values.dtype.kind == "f" and values.dtype.itemsize < 8
    return float(np.finfo(values.dtype).eps) if narrow else EPS


def _sparsity(given: Any, method: str, tr_solver: str | None, m: int, n: int) -> Sparsity | None:
    if given is None:
        return None
    if method == "lm":
        raise ValueError("method='lm' does not support `jac_sparsity`.")
    if tr_solver == "exact":
        raise ValueError("tr_solver='exact' is incompatible with `jac_sparsity`.")
    pattern = np.asarray(given.toarray() if hasattr(given, "toarray") else given)
    if pattern.shape != (m, n):
        raise ValueError(f"`jac_sparsity` must have shape ({m}, {n}), got {pattern.shape}")
    return Sparsity.of(np.ascontiguousarray(pattern.T != 0))


def _mapping(workers: Any) -> AbstractContextManager[Callable[..., Any]]:
    """What evaluates points for differences: the built-in map, the user's, or that of so many processes."""
    if workers is None or workers == 1:
        return nullcontext(map)
    if callable(workers):
        return nullcontext(workers)
    if isinstance(workers, int) and (workers > 0 or workers == -1):
        return _processes(None if workers == -1 else workers)
    raise ValueError(f"`workers` must be a map-like callable, -1 or a number of processes, got {workers!r}")


@contextmanager
def _processes(count: int | None) -> Iterator[Callable[..., Any]]:
    with multiprocessing.Pool(count) as pool:
        yield pool.map
