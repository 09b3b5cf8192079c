"""Coroutines as compiled code: generators in the subset of Python that Numba compiles.

A coroutine writes into arrays where it wants to know what, yields kinds of what it wants, and finds the
answers in arrays when it goes on.
"""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from numba import njit

from solvers.coroutines.frame import size, store, stored
from solvers.kernels.compiling import COMMON, called, inlined

Coroutine = TypeVar("Coroutine", bound=Callable[..., Iterator[int]])


def coroutine(function: Coroutine) -> Coroutine:
    """Compile a generator, in strict arithmetic, into what drives it."""
    compiled: Coroutine = njit(fastmath=False, **COMMON)(function)
    return compiled


def delegated(function: Callable[..., Iterator[int]], *arguments: Any) -> tuple[Any, Any, Any]:
    """Compile a generator of these types into what other coroutines hand over to for a while.

    Returns
    -------
    begin : ``begin(frame, *arguments)``
        Sets it going; its state is in an array of the caller's.
    resume : ``resume(frame) -> int``
        Lets it go on: what it asks for, 0 when it has ended.
    size : ``size(any array) -> int``
        How many numbers its state takes.

    Notes
    -----
    ``for asked in function(...)`` does the same, but carries the state of the inner coroutine within that of
    the outer one, by value, which takes long to compile.
    """
    inner = coroutine(function)
    generator = stored(inner, arguments)

    @inlined
    def begin(frame: Any, *given: Any) -> None:
        store(inner(*given), frame)

    @called
    def resume(frame: Any) -> Any:
        for asked in generator(frame):
            return asked
        return 0

    @inlined
    def needs(frame: Any) -> Any:
        return size(generator(frame))

    return begin, resume, needs
