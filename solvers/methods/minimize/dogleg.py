"""Powell's dogleg: from the minimum down the gradient on towards Newton's step, as far as the radius.

The path goes from x to the minimizer of the model along -g, ``p_U = -(g'g / g'B g) g``, and from there to that of the
model itself, ``p_B = -inv(B) g``. B must be positive definite; where it is not, the method ends, as SciPy's does.

Reference: J. Nocedal, S. Wright, Numerical Optimization, 2nd ed., Springer 2006, section 4.1, (4.15) and (4.16).
"""

from collections.abc import Iterator

from solvers.arrays import Array
from solvers.coroutines.coroutine import delegated
from solvers.coroutines.method import Method
from solvers.coroutines.row import GRADIENT, HESSIAN, OBJECTIVE, UNDEFINED, Row
from solvers.kernels.compiling import called, strict
from solvers.methods.minimize.trust_region import (
    AT_RADIUS,
    ENDINGS,
    FOUND,
    PROMISE,
    STEP_TYPES,
    Options,
    to_radius,
    trust_region,
)
from solvers.methods.triangles import cholesky, solve_cholesky
from solvers.methods.vectors import dot, norm

_to_radius = strict(to_radius)
