"""Parts of a problem's memory as vectors and matrices, in compiled code, at the cost of an address.

Slices and ``reshape`` see the same, but check what need not be checked where memory is laid out. That takes
long to compile where there are many, and ``reshape`` is a call that takes as long as a step for two unknowns.
"""

from collections.abc import Sequence
from typing import Any

from numba import float64, types
from numba.core import cgutils
from numba.np.arrayobj import populate_array

from solvers.coroutines.frame import intrinsic


def _kind(dimensions: int) -> types.Array:
    return types.Array(float64, dimensions, "C")


@intrinsic
def view(_: Any, room: Any, start: Any, shape: Any) -> Any:  # noqa: ARG001 - its type is given below
    """See numbers of a room, from a place on, as an array of this shape, a tuple; both have to fit."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        whole = context.make_array(signature.args[0])(context, builder, arguments[0])
        data = builder.gep(whole.data, [arguments[1]])
        return _array(context, builder, data, cgutils.unpack_tuple(builder, arguments[2]))

    return _kind(len(shape))(room, types.int64, types.UniTuple(types.int64, len(shape))), generate


@intrinsic
def matrix(_: Any, vector: Any, columns: Any) -> Any:  # noqa: ARG001 - its type is given below
    """See a vector (m n,) as a matrix (m, n) of n columns."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        whole = context.make_array(signature.args[0])(context, builder, arguments[0])
        height = builder.sdiv(cgutils.unpack_tuple(builder, whole.shape, 1)[0], arguments[1])
        return _array(context, builder, whole.data, [height, arguments[1]])

    return _kind(2)(vector, types.int64), generate


def _array(context: Any, builder: Any, data: Any, shape: Sequence[Any]) -> Any:
    """Generate an array of doubles, row after row, where ``data`` points."""
    itemsize = context.get_constant(types.intp, 8)
    strides = [itemsize]
    for length in reversed(shape[1:]):
        strides.insert(0, builder.mul(strides[0], length))
    array = context.make_array(_kind(len(shape)))(context, builder)
    populate_array(array, data=data, shape=shape, strides=strides, itemsize=itemsize, meminfo=None)
    return array._getvalue()
