"""How functions are compiled: strictly where formulas are, loosely where sums are."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from numba import float64, int64, njit, types

from solvers.kernels.directory import own_code

Function = TypeVar("Function", bound=Callable[..., Any])
Result = TypeVar("Result")

#: Sums may be reordered for vectorizing, the same way for every problem; NaN and infinity keep their meaning.
_SUMS = {"contract", "reassoc", "nsz", "arcp"}

#: For all functions. Without Numba's runtime arrays are not counted, which took a quarter of the time of a
#: fit of 20 points (every row of an array is an array), and cannot be made: callers bring room to work in.
COMMON: dict[str, Any] = {"error_model": "numpy", "_nrt": False}
_KEPT = COMMON | {"cache": True, "nogil": True}


def _given(dtype: Any, ndim: int) -> Any:
    """The type of an input array, which may be read-only, as those from Arrow are."""
    return types.Array(dtype, ndim, "C", readonly=True)


#: Arrays as kernels take them: x (k, N), y, sigma (N,).
DATA = (_given(float64, 2), _given(float64, 1), _given(float64, 1))

#: Room for one problem: parameters, gradient, normal matrix; a trial, its R and z.
ROOM = (float64[::1], float64[::1], float64[:, ::1], float64[::1], float64[:, ::1], float64[::1])

#: Offsets (B+1,), or which problems (b,).
ROWS = _given(int64, 1)

#: The numbers of a problem (k,).
NUMBERS = _given(float64, 1)

_PROBLEM = (int64, int64, *DATA, float64[::1])  # begin, end, x, y, sigma, params (parameters,)
_SIGNATURES = {
    # gradient (n,), normal (n, n) -> cost
    "normal_equations": float64(*_PROBLEM, float64[::1], float64[:, ::1]),
    # out (n + 1, points)
    "columns": types.void(*_PROBLEM, float64[:, ::1]),
    # out (points,)
    "residuals": types.void(*_PROBLEM, float64[::1]),
    # unknowns (n,), data (k,), out (outputs,)
    "formula": types.void(float64[::1], NUMBERS, float64[::1]),
    # memory (k,), value -> status
    "rule": int64(float64[::1], float64),
    # memory (B, k), rows (b,), status (B,), counts (3, B), values (b,), slopes (j, b), where to go on (b,),
    # with which of the rows (b,) -> how many: see solvers.methods.scalar
    "rules": int64(
        float64[:, ::1],
        int64[::1],
        int64[::1],
        int64[:, ::1],
        float64[::1],
        float64[:, ::1],
        float64[::1],
        int64[::1],
    ),
    # plan, memory (k,) -> what is asked for: see solvers.coroutines
    "coroutine": int64(int64[::1], float64[::1]),
    # plan, memory (B, k), which of them (b,), what they ask for (b,)
    "coroutines": types.void(int64[::1], float64[:, ::1], int64[::1], int64[::1]),
}


class Functions:
    """The types under which other compiled code calls kernels and rules, whichever they are."""

    normal_equations = types.FunctionType(_SIGNATURES["normal_equations"])
    columns = types.FunctionType(_SIGNATURES["columns"])
    residuals = types.FunctionType(_SIGNATURES["residuals"])
    formula = types.FunctionType(_SIGNATURES["formula"])
    rule = types.FunctionType(_SIGNATURES["rule"])
    coroutine = types.FunctionType(_SIGNATURES["coroutine"])


def strict(function: Function) -> Function:
    """Compile into its caller, as it is written: nothing is reordered or fused, as in NumPy.

    What is left unsaid here Numba takes over from whichever caller comes first, so nothing is.
    """
    compiled: Function = njit(forceinline=True, fastmath=False, **COMMON)(function)
    return compiled


def called(function: Function) -> Function:
    """Do what `strict` does, but by a call: for what is long, or occurs often."""
    compiled: Function = njit(fastmath=False, **COMMON)(function)
    return compiled


def elementary(function: Function) -> Function:
    """Compile into its caller; products and sums may be fused, as the polynomials here gain from it."""
    compiled: Function = njit(forceinline=True, fastmath={"contract"}, **COMMON)(function)
    return compiled


def inlined(function: Callable[..., Result]) -> Callable[..., Result]:
    """Compile into its callers, whose optimizer then sees through it: for what is small and often called.

    Sums keep their order: vector code for a loop over three unknowns takes longer than the loop.
    """
    compiled: Callable[..., Result] = njit(forceinline=True, fastmath=_SUMS - {"reassoc"}, **COMMON)(function)
    return compiled


def summing(function: Callable[..., Result]) -> Callable[..., Result]:
    """Do what `inlined` does, for long sums, which may be reordered for vectorizing."""
    compiled: Callable[..., Result] = njit(forceinline=True, fastmath=_SUMS, **COMMON)(function)
    return compiled


def generated(name: str) -> Callable[[Function], Function]:
    """Compile for the arguments of this kind of kernel, or load what was compiled before."""
    decorate: Callable[[Function], Function] = njit(_SIGNATURES[name], fastmath=_SUMS, **_KEPT)
    return decorate


def kernel(function: Callable[..., Result]) -> Callable[..., Result]:
    """Compile for the arguments of its first call, or load what was compiled before."""
    with own_code():
        compiled: Callable[..., Result] = njit(fastmath=_SUMS, **_KEPT)(function)
    return compiled


def allocating(function: Callable[..., Result]) -> Callable[..., Result]:
    """Do what `kernel` does, for one that makes arrays and is called seldom."""
    with own_code():
        compiled: Callable[..., Result] = njit(fastmath=_SUMS, **_KEPT | {"_nrt": True})(function)
    return compiled


def as_written(function: Callable[..., Result]) -> Callable[..., Result]:
    """Do what `kernel` does, and reorder nothing: for where a product of all factors may underflow."""
    with own_code():
        compiled: Callable[..., Result] = njit(fastmath=False, **_KEPT)(function)
    return compiled


def rule(function: Callable[..., int]) -> Callable[[], Callable[..., int]]:
    """Compile a step of a method for one unknown, in strict arithmetic, when it is first asked for."""

    @functools.cache
    @functools.wraps(function)
    def compiled() -> Callable[..., int]:
        with own_code():
            made: Callable[..., int] = njit(_SIGNATURES["rule"], fastmath=False, **_KEPT)(function)
        return made

    return compiled


@functools.cache
def pointer(function: Any) -> Any:
    """Make an argument of a compiled function with one signature; looking that up takes 0.1 ms a call."""
    (signature,) = function.nopython_signatures
    return types.CompileResultWAP(function.get_compile_result(signature))


def compiled_for(*arguments: Any) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Compile for these types, as those need it that take functions, when first called, or load it."""

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        @functools.cache
        def compiled() -> Callable[..., None]:
            with own_code():
                made: Callable[..., None] = njit(types.void(*arguments), fastmath=False, **_KEPT)(function)
            return made

        @functools.wraps(function)
        def call(*given: Any) -> None:
            compiled()(*given)

        return call

    return decorate
