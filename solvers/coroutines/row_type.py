"""A row in compiled code: the addresses of its memory and its plan, from which a part is cut when named.

Arrays take seven numbers each where they are kept; twenty of them, in the state of every coroutine, took
more memory than all else.
"""

from typing import Any

from numba import float64, int64, types
from numba.core import cgutils
from numba.core.imputils import lower_getattr_generic
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.extending import models, register_model
from numba.np.arrayobj import make_array, populate_array

from solvers.coroutines.frame import intrinsic
from solvers.coroutines.row import MATRICES, Row


class RowType(types.Type):  # type: ignore[misc]  # Numba ships no types
    """The type of a `Row`."""

    def __init__(self) -> None:
        super().__init__(name="Row")


ROW = RowType()


@register_model(RowType)
class _RowModel(models.StructModel):  # type: ignore[misc]
    """Two addresses."""

    def __init__(self, manager: Any, kind: Any) -> None:
        addresses = [("memory", types.CPointer(float64)), ("plan", types.CPointer(int64))]
        super().__init__(manager, kind, addresses)


@intrinsic
def row_at(_: Any, memory: Any, plan: Any) -> Any:
    """Return the row in a problem's memory; both arrays must outlive it."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        row = cgutils.create_struct_proxy(ROW)(context, builder)
        row.memory, row.plan = (
            make_array(kind)(context, builder, array).data
            for kind, array in zip(signature.args, arguments, strict=True)
        )
        return row._getvalue()

    return ROW(memory, plan), generate


def _type_of(name: str) -> Any:
    return float64[:, ::1] if name in MATRICES else float64[::1]


@infer_getattr
class _RowAttributes(AttributeTemplate):  # type: ignore[misc]
    """The types of its parts."""

    key = RowType

    def generic_resolve(self, _: Any, name: str) -> Any:
        return _type_of(name) if name in Row._fields else None


@lower_getattr_generic(RowType)  # type: ignore[untyped-decorator]
def _part(context: Any, builder: Any, kind: Any, value: Any, name: str) -> Any:
    """Cut a part out of the memory: from where the plan says to where the next part begins."""
    row = cgutils.create_struct_proxy(kind)(context, builder, value=value)

    def planned(i: int) -> Any:
        return builder.load(cgutils.gep(builder, row.plan, i))

    place, x = Row._fields.index(name) + 1, Row._fields.index("x") + 1  # the options come first
    begin, eight = planned(place), context.get_constant(types.intp, 8)
    size = builder.sub(planned(place + 1), begin)
    shape, strides = [size], [eight]
    if name in MATRICES:
        n = builder.sub(planned(x + 1), planned(x))
        shape, strides = [builder.sdiv(size, n), n], [builder.mul(n, eight), eight]
    array = make_array(_type_of(name))(context, builder)
    populate_array(array, cgutils.gep(builder, row.memory, begin), shape, strides, eight, None)
    return array._getvalue()
