"""Matrices in the memory of a problem, seen where they are needed.

Numba's ``reshape`` is a call into its library that takes as long as a step for two unknowns; this is none.
"""

from typing import Any

from numba import types
from numba.core import cgutils
from numba.np.arrayobj import populate_array

from solvers.coroutines.frame import intrinsic


@intrinsic
def matrix(_: Any, vector: Any, columns: Any) -> Any:
    """See a vector (m n,) as a matrix (m, n) of n columns."""
    seen = types.Array(vector.dtype, 2, "C", aligned=vector.aligned)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        source = context.make_array(signature.args[0])(context, builder, arguments[0])
        target = context.make_array(seen)(context, builder)
        width = context.cast(builder, arguments[1], signature.args[1], types.intp)
        height = builder.sdiv(cgutils.unpack_tuple(builder, source.shape, 1)[0], width)
        row = builder.mul(width, source.itemsize)
        populate_array(
            target,
            data=source.data,
            shape=(height, width),
            strides=(row, source.itemsize),
            itemsize=source.itemsize,
            meminfo=source.meminfo,
            parent=source.parent,
        )
        return target._getvalue()

    return seen(vector, columns), generate
