"""How generated kernels are compiled: strictly where formulas are, loosely where sums are."""

from collections.abc import Callable
from typing import Any, TypeVar

from numba import float64, int64, njit, types

Function = TypeVar("Function", bound=Callable[..., Any])

#: Sums may be reordered for vectorizing, the same way for every problem; NaN and infinity keep their meaning.
_SUMS = {"contract", "reassoc", "nsz", "arcp"}


def _given(dtype: Any, ndim: int) -> Any:
    """The type of an input array, which may be read-only, as those from Arrow are."""
    return types.Array(dtype, ndim, "C", readonly=True)


_SIGNATURES = {
    # rows, x, y, sigma, offsets, params -> cost, gradient, normal
    "normal_equations": types.void(
        _given(int64, 1),
        _given(float64, 2),
        _given(float64, 1),
        _given(float64, 1),
        _given(int64, 1),
        _given(float64, 2),
        float64[::1],
        float64[:, ::1],
        float64[:, :, ::1],
    ),
    # rows, x, y, sigma, offsets, params -> residuals
    "residuals": types.void(
        _given(int64, 1),
        _given(float64, 2),
        _given(float64, 1),
        _given(float64, 1),
        _given(int64, 1),
        _given(float64, 2),
        float64[::1],
    ),
}


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


def kernel(function: Function) -> Function:
    """Compile now, for the arguments that go with its name, or load what was compiled before."""
    signature = _SIGNATURES[function.__name__]
    compiled: Function = njit(signature, cache=True, nogil=True, error_model="numpy", fastmath=_SUMS)(
        function
    )
    return compiled
