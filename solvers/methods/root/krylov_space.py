"""Where Krylov's methods for Newton's step keep what they know, and how far products look.

``J v = (F(x + w v) - F(x)) / w`` with ``w |v|`` a small length; where F is undefined there, it is taken from
the other side.
"""

from solvers.arrays import Array
from solvers.coroutines.views import matrix
from solvers.kernels.compiling import strict
from solvers.methods.root.inexact_newton import parts
from solvers.methods.vectors import largest

#: Vectors and numbers beside the basis.
_VECTORS, NUMBERS = 7, 8


@strict
def krylov_room(n: int, carry: int) -> int:
    """What all of them need, to carry so many solutions over."""
    return 1 + (n + 1) * n + n * n + _VECTORS * n + NUMBERS + min(carry, n // 2) * n


@strict
def krylov_space(room: Array, n: int) -> tuple[Array, Array, Array, Array, Array]:
    """How many solutions are carried, these by rows; the basis (n + 1, n), R' (n, n), and room."""
    own = parts(room, n)[5]
    a = 1 + (n + 1) * n
    b = a + n * n
    c = b + _VECTORS * n + NUMBERS
    return own[:1], matrix(own[c:], n), matrix(own[1:a], n), matrix(own[a:b], n), own[b:c]


@strict
def difference_width(room: Array, x: Array, rdiff: float) -> float:
    """The length that F is displaced by for a product."""
    return rdiff * max(1.0, largest(x)) / max(1.0, largest(parts(room, len(x))[0]))
