"""The state of a compiled generator, kept in an array: thousands of them wait, each in its problem's memory.

Numba compiles a generator into a function that goes on from a struct: where it stopped, its arguments and
what it keeps. As a value a generator is the address of its struct (`GeneratorModel` in
`numba.core.datamodel.models`), so one whose struct is copied into an array goes on from there, and leaves
its state there.
"""

from collections.abc import Callable
from typing import Any

from numba import types
from numba.core import cgutils
from numba.extending import intrinsic as untyped_intrinsic

from solvers.arrays import Array

intrinsic: Callable[[Callable[..., Any]], Callable[..., Any]] = untyped_intrinsic

# Numba calls these with its typing context first; what they are called with by compiled code comes after.


@intrinsic
def size(_: Any, generator: Any) -> Any:
    """How many numbers the state of a generator takes."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001 - interface
        return context.get_constant(types.int64, _numbers(context, signature.args[0]))

    return types.int64(generator), generate


@intrinsic
def store(_: Any, generator: Any, frame: Any) -> Any:
    """Copy the state of a generator into an array of numbers."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind, array = signature.args
        there = _data(context, builder, array, arguments[1])
        here = builder.bitcast(arguments[0], there.type)
        cgutils.raw_memcpy(builder, there, here, context.get_constant(types.intp, _numbers(context, kind)), 8)
        return context.get_dummy_value()

    return types.void(generator, frame), generate


def stored(coroutine: Any, arguments: tuple[Any, ...]) -> Any:
    """Make the intrinsic that returns the generator in an array, of a coroutine called with these types."""

    @intrinsic
    def generator(typing: Any, frame: Any) -> Any:
        kind = typing.resolve_function_type(types.Dispatcher(coroutine), arguments, {}).return_type

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            there = _data(context, builder, signature.args[0], arguments[0])
            return builder.bitcast(there, context.get_value_type(signature.return_type))

        return kind(frame), generate

    return generator


def _numbers(context: Any, kind: Any) -> int:
    return -(-int(context.get_abi_sizeof(context.get_data_type(kind))) // 8)


def _data(context: Any, builder: Any, kind: Any, array: Array) -> Any:
    return context.make_array(kind)(context, builder, array).data
