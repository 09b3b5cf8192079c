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


def _given(dtype: Any, ndim: int) -> Any:
    """The type of an input array, which may be read-only, as those from Arrow are."""
    return types.Array(dtype, ndim, "C", readonly=True)


#: Arrays as kernels take them: x (k, N), y, sigma (N,).
DATA = (_given(float64, 2), _given(float64, 1), _given(float64, 1))

#: Offsets (B+1,), or which problems (b,).
ROWS = _given(int64, 1)

_PROBLEM = (int64, int64, *DATA, float64[::1])  # begin, end, x, y, sigma, params (parameters,)
_SIGNATURES = {
    # gradient (n,), normal (n, n) -> cost
    "normal_equations": float64(*_PROBLEM, float64[::1], float64[:, ::1]),
    # out (n + 1, points)
    "columns": types.void(*_PROBLEM, float64[:, ::1]),
}


class Functions:
    """The types under which other compiled code calls kernels, whatever their formula."""

    normal_equations = types.FunctionType(_SIGNATURES["normal_equations"])
    columns = types.FunctionType(_SIGNATURES["columns"])


def strict(function: Function) -> Function:
    """Compile into its caller, as it is written: nothing is reordered or fused, as in NumPy.

    What is left unsaid here Numba takes over from whichever caller comes first, so nothing is.
    """
    compiled: Function = njit(forceinline=True, error_model="numpy", fastmath=False)(function)
    return compiled


def elementary(function: Function) -> Function:
    """Compile into its caller; products and sums may be fused, as the polynomials here gain from it."""
    compiled: Function = njit(forceinline=True, error_model="numpy", fastmath={"contract"})(function)
    return compiled


def generated(function: Function) -> Function:
    """Compile for the arguments that go with its name, or load what was compiled before."""
    signature = _SIGNATURES[function.__name__]
    compiled: Function = njit(signature, cache=True, nogil=True, error_model="numpy", fastmath=_SUMS)(
        function
    )
    return compiled


def kernel(function: Callable[..., Result]) -> Callable[..., Result]:
    """Compile for the arguments of its first call, or load what was compiled before."""
    with own_code():
        compiled: Callable[..., Result] = njit(cache=True, nogil=True, error_model="numpy", fastmath=_SUMS)(
            function
        )
    return compiled


def as_written(function: Callable[..., Result]) -> Callable[..., Result]:
    """Do what `kernel` does, and reorder nothing: for where a product of all factors may underflow."""
    with own_code():
        compiled: Callable[..., Result] = njit(cache=True, nogil=True, error_model="numpy")(function)
    return compiled


def compiled_for(*arguments: Any) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Compile for these types, as those need it that take functions, when first called, or load it."""

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        @functools.cache
        def compiled() -> Callable[..., None]:
            with own_code():
                made: Callable[..., None] = njit(
                    types.void(*arguments), cache=True, nogil=True, error_model="numpy"
                )(function)
            return made

        @functools.wraps(function)
        def call(*given: Any) -> None:
            compiled()(*given)

        return call

    return decorate


def inlined(function: Callable[..., Result]) -> Callable[..., Result]:
    """Compile into its callers, whose optimizer then sees through it: for what is small and often called."""
    compiled: Callable[..., Result] = njit(forceinline=True, error_model="numpy", fastmath=_SUMS)(function)
    return compiled
