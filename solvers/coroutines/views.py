"""Parts of a problem's memory as vectors and matrices, in compiled code, at the cost of an address.

Slices and ``reshape`` see the same, but check what need not be checked where memory is laid out. That takes long to
compile where there are many, and ``reshape`` is a call into Numba's library as long as a step for two unknowns.
"""

from typing import Any

from llvmlite import ir
from numba import float64, types
from numba.np.arrayobj import populate_array

from solvers.arrays import Array
from solvers.coroutines.frame import intrinsic
from solvers.kernels.compiling import strict

_BYTES = 8


@intrinsic
def view(_: Any, room: Any, start: Any, shape: Any) -> Any:  # noqa: ARG001 - its type is given below
    """See numbers of a room, from a place on, as an array of this shape, a tuple; both have to fit."""
    kind = types.Array(float64, len(shape), "C")

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        whole = context.make_array(signature.args[0])(context, builder, arguments[0])
        sizes = [builder.extract_value(arguments[2], i) for i in range(len(shape))]
        strides = [ir.Constant(sizes[0].type, _BYTES)]
        for length in reversed(sizes[1:]):
            strides.insert(0, builder.mul(strides[0], length))
        part = context.make_array(kind)(context, builder)
        data = builder.gep(whole.data, [arguments[1]])
        itemsize = context.get_constant(types.intp, _BYTES)
        populate_array(part, data=data, shape=sizes, strides=strides, itemsize=itemsize, meminfo=None)
        return part._getvalue()

    return kind(room, types.int64, types.UniTuple(types.int64, len(shape))), generate


@strict
def matrix(vector: Array, columns: int) -> Array:
    """See a vector (m n,) as a matrix (m, n) of n columns."""
    return view(vector, 0, (len(vector) // columns, columns))
