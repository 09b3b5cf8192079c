"""Every method of `minimize` and `root` beside SciPy's of the same name: problems solved, evaluations, time.

``make accuracy`` prints the table and fails where a method solves fewer problems than SciPy's, or takes more
than 1.5 times its evaluations in the median over those that both solve. Unconstrained methods are tried on
the problems of Moré, Garbow and Hillstrom from the standard starts and, where the set has them, from 10 and
100 times as far; constrained ones on those of Hock and Schittkowski. A minimum is found where
``f - f* <= 1e-6 (f0 - f*)`` [1]_, of any of the known minima, and constraints hold to 1e-5; a root where
residuals are 1e-6 of those at the start.

References
----------
.. [1] J. Moré, S. Wild, "Benchmarking derivative-free optimization algorithms", SIAM Journal on Optimization
   20 (2009) 172-191.
"""

import argparse
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
import scipy.optimize

import solvers
from benchmarks.markdown import rounded, table
from solvers.coroutines.row import CURVATURE, GRADIENT, HESSIAN, JACOBIAN, PRODUCT
from solvers.methods import minimize as minimizers
from solvers.methods import root as rooters
from tests import hock_schittkowski, more_garbow_hillstrom

#: What the issue allows: the median of our evaluations over SciPy's.
_EVALUATIONS = 1.5
_TAU, _FEASIBLE, _ROOT = 1e-6, 1e-5, 1e-6
#: SciPy's default limits are too low for a few slow methods on a few problems; both get the same.
_OPTIONS: dict[str, dict[str, Any]] = {"trust-constr": {"maxiter": 1000}, "SLSQP": {"maxiter": 500}}


@dataclass(frozen=True)
class Trial:
    """One problem from one start, ours and SciPy's."""

    problem: str
    solved: tuple[bool, bool]
    evaluations: tuple[int, int]
    seconds: tuple[float, float]


class Counted:
    """A function that counts its calls."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function, self.calls = function, 0

    def __call__(self, *args: Any) -> Any:
        """Call it."""
        self.calls += 1
        return self.function(*args)


def _raced(
    solve: Sequence[Callable[..., Any]], run: Callable[..., tuple[bool, int]]
) -> tuple[tuple[bool, bool], tuple[int, int], tuple[float, float]]:
    """Run ours, then SciPy's: solved, evaluations, seconds."""
    solved, evaluations, seconds = [], [], []
    for function in solve:
        begin = time.perf_counter()
        good, calls = run(function)
        seconds.append(time.perf_counter() - begin)
        solved.append(good)
        evaluations.append(calls)
    return (solved[0], solved[1]), (evaluations[0], evaluations[1]), (seconds[0], seconds[1])


def minimizations(method: str) -> Iterator[Trial]:
    """All problems that a method of `minimize` applies to."""
    found = minimizers.find(method)
    functions = (solvers.minimize, scipy.optimize.minimize)
    options = {"method": method, "options": _OPTIONS.get(method, {})}
    if found.constraints:
        for number, hock in hock_schittkowski.PROBLEMS.items():
            if hock.constrained or found.bounds:
                yield Trial(
                    f"HS{number}", *_raced(functions, lambda f, p=hock: _constrained(f, p, found, options))
                )
    if found.constraints and method != "trust-constr":
        return
    problem: Any
    for name, problem in more_garbow_hillstrom.PROBLEMS.items():
        for factor, start in zip((1, 10, 100), problem.starts(), strict=False):
            label = name if factor == 1 else f"{name} x{factor}"
            yield Trial(
                label,
                *_raced(functions, lambda f, p=problem, x0=start: _unconstrained(f, p, x0, found, options)),
            )


def _unconstrained(
    minimize: Callable[..., Any], problem: Any, start: Any, method: Any, options: dict[str, Any]
) -> tuple[bool, int]:
    fun = Counted(problem.fun)
    given: dict[str, Any] = {}
    if method.asks & GRADIENT:
        given["jac"] = problem.grad
    if method.asks & (HESSIAN | PRODUCT | CURVATURE):
        given["hess"] = problem.hess
    x = _ended(minimize, fun, start, given | options)
    if x is None:
        return False, fun.calls
    first, last = problem.fun(problem.start), problem.fun(x)
    return any(abs(last - least) <= _TAU * (first - least) for least in problem.minima), fun.calls


def _constrained(
    minimize: Callable[..., Any], problem: Any, method: Any, options: dict[str, Any]
) -> tuple[bool, int]:
    fun = Counted(problem.value)
    given: dict[str, Any] = {"bounds": problem.bounds, "constraints": problem.constraints()}
    if method.asks & GRADIENT:
        given["jac"] = problem.grad
    else:
        given["constraints"] = [
            {key: value for key, value in part.items() if key != "jac"} for part in given["constraints"]
        ]
    x = _ended(minimize, fun, problem.start, given | options)
    if x is None:
        return False, fun.calls
    near = abs(problem.value(x) - problem.minimum) <= 1e-4 * (1 + abs(problem.minimum))
    return bool(near and problem.violation(x) <= _FEASIBLE), fun.calls


def roots(method: str) -> Iterator[Trial]:
    """All systems from all starts."""
    functions = (solvers.root, scipy.optimize.root)
    found = rooters.find(method)

    def run(solve: Callable[..., Any], problem: Any, start: Any) -> tuple[bool, int]:
        fun = Counted(problem.residuals)
        given = {"jac": problem.jacobian} if found.asks & JACOBIAN else {}
        x = _ended(solve, fun, start, {"method": method, **given})
        if x is None:
            return False, fun.calls
        left = np.linalg.norm(problem.residuals(x))
        return bool(left <= _ROOT * np.linalg.norm(problem.residuals(problem.start))), fun.calls

    problem: Any
    for name, problem in more_garbow_hillstrom.PROBLEMS.items():
        if problem.square:
            for factor, start in zip((1, 10, 100), problem.starts(), strict=False):
                label = name if factor == 1 else f"{name} x{factor}"
                yield Trial(label, *_raced(functions, lambda f, p=problem, x0=start: run(f, p, x0)))


def _ended(solve: Callable[..., Any], fun: Counted, start: Any, options: dict[str, Any]) -> Any:
    """Where it ended; None where it raised."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return np.asarray(solve(fun, start.copy(), **options).x, dtype=float)
        except Exception:  # a method that raises has not solved the problem
            return None


def main() -> int:
    """Print the tables; 1 where a method is behind SciPy's."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("methods", nargs="*", help="left out: all")
    parser.add_argument("--each", action="store_true", help="show each problem where the two differ")
    given = parser.parse_args()
    rows, behind = [], []
    for names, trials in ((minimizers.MODULES, minimizations), (rooters.MODULES, roots)):
        for method in names:
            if given.methods and method not in given.methods:
                continue
            each = list(trials(method))
            ours, theirs = (sum(trial.solved[i] for trial in each) for i in (0, 1))
            both = [trial for trial in each if all(trial.solved)]
            ratio = median(trial.evaluations[0] / trial.evaluations[1] for trial in both) if both else np.nan
            seconds = median(trial.seconds[0] / trial.seconds[1] for trial in each)
            rows.append([method, len(each), ours, theirs, rounded(ratio), rounded(seconds)])
            if ours < theirs or ratio > _EVALUATIONS:
                behind.append(method)
            for trial in each if given.each else ():
                if trial.solved[0] != trial.solved[1] or (
                    all(trial.solved) and trial.evaluations[0] > 2 * trial.evaluations[1]
                ):
                    print(method, trial)
    header = ["method", "problems", "solved", "by SciPy", "evaluations / SciPy's", "time / SciPy's"]
    print(table(header, rows))
    if behind:
        print(f"behind SciPy: {', '.join(behind)}")
    return int(bool(behind))


if __name__ == "__main__":
    sys.exit(main())
