"""`root_scalar`: a zero of a function of one unknown, with SciPy's signature."""

import warnings
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from solvers.evaluation.scalars import with_difference
from solvers.methods.scalar.alone import Ended, search
from solvers.methods.scalar.bisect import BISECT
from solvers.methods.scalar.brent_zero import BRENTH, BRENTQ
from solvers.methods.scalar.newton import HALLEY, NEWTON
from solvers.methods.scalar.ridder import RIDDER
from solvers.methods.scalar.secant import SECANT
from solvers.methods.scalar.toms748 import TOMS748
from solvers.result import OptimizeResult
from solvers.status import Status

Function = Callable[..., Any]

RULES = {rule.name: rule for rule in (BISECT, BRENTQ, BRENTH, RIDDER, TOMS748, NEWTON, SECANT, HALLEY)}
#: The methods that keep a sign change between two points.
BRACKETING = ("bisect", "brentq", "brenth", "ridder", "toms748")
#: What SciPy calls with Python's numbers; others with NumPy's, of which large powers are infinite.
_WITH_FLOATS = ("bisect", "brentq", "brenth", "ridder")
#: How far the second point of a secant is from the first, relative and absolute, as in SciPy.
SECOND_POINT = 1e-4
_LEAST_RTOL = 4.0 * float(np.finfo(float).eps)


class Tolerances(NamedTuple):
    """When a search ends."""

    xtol: float
    rtol: float
    maxiter: int


def root_scalar(
    f: Function,
    args: Any = (),
    method: str | None = None,
    bracket: Any = None,
    fprime: Function | bool | None = None,
    fprime2: Function | bool | None = None,
    x0: float | None = None,
    x1: float | None = None,
    xtol: float | None = None,
    rtol: float | None = None,
    maxiter: int | None = None,
    options: Mapping[str, Any] | None = None,
) -> OptimizeResult:
    """Find a zero of a function of one unknown.

    Parameters
    ----------
    f
        ``f(x, *args) -> number``; it returns (value, derivative, ...) where `fprime` is True.
    args
        Further arguments of the function and its derivatives.
    method
        ``bisect``, ``brentq``, ``brenth``, ``ridder`` and ``toms748`` need a bracket; ``newton``,
        ``secant`` and ``halley`` a start. None: ``brentq`` with a bracket, else ``halley``, ``newton`` or
        ``secant``, by what is given.
    bracket
        Two points at which the function has different signs.
    fprime, fprime2
        Its first and second derivative; True where `f` returns them too. Newton's method takes
        differences where there is none.
    x0, x1
        Where to start; the secant method makes a second point where there is none.
    xtol, rtol, maxiter
        Absolute and relative tolerance of the root, and most steps. None: 2e-12, four units of rounding and
        100 with a bracket; 1.48e-8, 0 and 50 without.
    options
        More of the method: ``k``, the Newton steps of an iteration of ``toms748``, 1 unless given.

    Returns
    -------
    OptimizeResult
        ``root``, ``converged``, ``flag`` (in words), ``iterations``, ``function_calls`` (derivatives
        counted) and ``method``.

    Raises
    ------
    ValueError
        Where something that the method needs is missing or makes no sense, or the function has the same
        sign at both ends of the bracket.
    TypeError
        For an option that the method does not have.

    Examples
    --------
    >>> from solvers import root_scalar
    >>> float(round(root_scalar(lambda x: x**3 - 1, bracket=[0, 3]).root, 12))
    1.0
    >>> float(round(root_scalar(lambda x: x**3 - 1, x0=2, fprime=lambda x: 3 * x**2).root, 12))
    1.0
    """
    arguments = args if isinstance(args, tuple) else (args,)
    if fprime2 and not callable(fprime2) and fprime is None:
        fprime = True  # what returns the second derivative returns the first one before it
    name = method_for(method, bracket, x0, x1, fprime, fprime2)
    tolerances, k = checked_options(name, xtol, rtol, maxiter, dict(options or {}))
    functions, memo = _functions(f, fprime, fprime2)
    number: Callable[[Any], Any] = float if name in _WITH_FLOATS else np.float64
    functions = [_of_numbers(function, number, arguments) for function in functions]
    rule = RULES[name]
    if rule.order == 1 and len(functions) == 1:
        functions = with_difference(functions[0])
    ended = search(rule, functions[: rule.order + 1], _given(name, bracket, x0, x1, k), tolerances)
    if ended.status == Status.NO_BRACKET:
        raise ValueError("f(a) and f(b) must have different signs")
    _warn(name, ended)
    return OptimizeResult(
        root=number(ended.x),
        iterations=ended.nit,
        function_calls=memo.calls if memo else ended.nfev + ended.njev + ended.nhev,
        converged=ended.status > 0,
        flag=_flag(ended),
        method=name,
    )


def method_for(method: str | None, bracket: Any, x0: Any, x1: Any, fprime: Any, fprime2: Any) -> str:
    """Choose by what is given, or check that a method has what it needs."""
    if method is None:
        if bracket is not None:
            return "brentq"
        if x0 is None:
            raise ValueError("Unable to select a solver as neither bracket nor starting point provided.")
        if fprime:
            return "halley" if fprime2 else "newton"
        return "newton" if x1 is None else "secant"
    name = method.lower()
    if name not in RULES:
        raise ValueError(f"Unknown solver {method}; there are {', '.join(RULES)}")
    if name in BRACKETING:
        if bracket is None:
            raise ValueError(f"Bracket needed for {name}; newton, secant and halley need none")
        return name
    if x0 is None:
        raise ValueError(f"x0 must not be None for {name}")
    for derivative, value in (("fprime", fprime), ("fprime2", fprime2)):
        if name == "halley" and not value:
            raise ValueError(f"{derivative} must be specified for halley; newton and secant need none")
    return name


def checked_options(
    name: str, xtol: float | None, rtol: float | None, maxiter: int | None, options: dict[str, Any]
) -> tuple[Tolerances, int]:
    """Tolerances with the method's defaults, and k."""
    closed = name in BRACKETING
    given: dict[str, Any] = {"xtol": xtol, "rtol": rtol, "maxiter": maxiter}
    given = {key: value for key, value in given.items() if value is not None} | options
    if not closed and "tol" in given:
        given["xtol"] = given.pop("tol")
    k = int(given.pop("k", 1)) if name == "toms748" else 1
    given.pop("disp", None)  # SciPy's root_scalar does not raise either
    given.pop("full_output", None)
    defaults = Tolerances(2e-12, _LEAST_RTOL, 100) if closed else Tolerances(1.48e-8, 0.0, 50)
    unknown = [key for key in given if key not in Tolerances._fields]
    if unknown:
        raise TypeError(f"{name}() got an unexpected keyword argument '{unknown[0]}'")
    tolerances = defaults._replace(**given)
    if not tolerances.xtol > 0:
        raise ValueError(f"{'xtol' if closed else 'tol'} too small ({tolerances.xtol:g} <= 0)")
    if closed and not tolerances.rtol >= _LEAST_RTOL:
        raise ValueError(f"rtol too small ({tolerances.rtol:g} < {_LEAST_RTOL:g})")
    if tolerances.maxiter != int(tolerances.maxiter):
        raise TypeError(f"maxiter: got {tolerances.maxiter!r}; give a whole number")
    if tolerances.maxiter < (0 if closed else 1):
        raise ValueError("maxiter must be >= 0" if closed else "maxiter must be greater than 0")
    if k < 1:
        raise ValueError(f"k too small ({k} < 1)")
    return tolerances._replace(maxiter=int(tolerances.maxiter)), k


def second_point(x0: Any) -> Any:
    """The second point of a secant where none is given."""
    x1 = x0 * (1.0 + SECOND_POINT)
    return x1 + np.where(x1 >= 0.0, SECOND_POINT, -SECOND_POINT)


def _given(name: str, bracket: Any, x0: Any, x1: Any, k: int) -> tuple[float, ...]:
    """What the search begins with."""
    if name in BRACKETING:
        if np.shape(bracket) != (2,):
            raise ValueError(f"bracket: got {bracket!r}; give two numbers")
        ends = float(bracket[0]), float(bracket[1])
        return (*ends, float(k)) if name == "toms748" else ends
    if np.iscomplexobj(x0) or np.iscomplexobj(x1):
        raise ValueError(f"x0 and x1: got {x0!r} and {x1!r}; searches are of real numbers, not complex ones")
    if np.size(x0) != 1 or (x1 is not None and np.size(x1) != 1):
        raise ValueError(f"x0 and x1 are numbers, got {x0!r} and {x1!r}; see root_scalar_batch for many")
    start = float(np.asarray(x0).reshape(()))
    if name != "secant":
        return (start,)
    second = second_point(start) if x1 is None else np.asarray(x1).reshape(())
    if x1 is not None and float(second) == start:
        raise ValueError("x1 and x0 must be different")
    return start, float(second)


class _Memo:
    """A function that returns its derivatives too, called once a point."""

    def __init__(self, function: Function) -> None:
        self.function, self.calls = function, 0
        self.at: float | None = None
        self.values: Any = ()

    def part(self, order: int) -> Function:
        """The derivative of this order, as a function."""

        def value(x: Any, *args: Any) -> Any:
            if self.at is None or x != self.at:
                self.calls += 1
                self.at, self.values = x, self.function(x, *args)
            return self.values[order]

        return value


def _functions(f: Function, fprime: Any, fprime2: Any) -> tuple[list[Function], _Memo | None]:
    """The function and its derivatives; also what counts the calls of one that returns all."""
    derivatives = [given for given in (fprime, fprime2) if given]
    if not any(given is True or not callable(given) for given in derivatives):
        return [f, *derivatives], None
    memo = _Memo(f)
    parts = (given if callable(given) else memo.part(k + 1) for k, given in enumerate(derivatives))
    return [memo.part(0), *parts], memo


def _of_numbers(function: Function, number: Callable[[Any], Any], args: tuple[Any, ...]) -> Function:
    return lambda x: function(number(x), *args)


def _flag(ended: Ended) -> str:
    if ended.status > 0:
        return "converged"
    if ended.status == Status.NON_FINITE:
        return f"The function value at x={ended.last} is NaN; solver cannot continue."
    return "convergence error"


def _warn(name: str, ended: Ended) -> None:
    """Warn of steps that are undefined, as SciPy does."""
    if ended.status == Status.SINGULAR:
        far = 2.0 * abs(ended.last - ended.x)
        said = f"Tolerance of {far} reached." if name == "secant" else "Derivative was zero."
        warnings.warn(said, RuntimeWarning, stacklevel=3)
