r"""Whether what a solver claims of a linear program is so, by code that shares nothing with the solvers.

A measure is a violation in proportion to the sizes of all terms that it sums. So it says by which part of
themselves the numbers of the problem would have to change for the claim to be exact (the componentwise
backward error of [1]_), and terms of 1e9 may leave 1e-3 where terms of 1 may not. With ``z = c - A'y``,
``X = max |x_j|``, ``Y = max_j Σ_i |a_ij y_i|``, and f the constant `NOISE`, what is divided by what is

- for x_j outside of a bound l: the distance, by ``p + |x_j| + |l| + f X``;
- for row i outside of a bound b: the distance, by ``p_i + Σ_j |a_ij x_j| + |b| + f X Σ_j |a_ij|``, where
  ``p_i = p min(1, Σ_j |a_ij|)``, and p for a row of zeros;
- for lower bounds l above upper bounds u, of variables or rows: ``l - u`` by ``p + |l| + |u|``;
- for z_j that pushes against an infinite bound: |z_j| by ``s_j = d + |c_j| + Σ_i |a_ij y_i| + f Y``;
- for y_i that does: ``|a_ij y_i|``, which it adds to z_j, by s_j, for the worst j; 1 if the row is of zeros;
- for complementarity and gap: products of multipliers with the slack to the bound that they push against, and
  ``c x - D``, where ``D = Σ b y_i + Σ l z_j``, by ``p d`` and the sizes of all terms of c x and D.

The units p and d are 1, or the largest finite bound and the largest cost where these are smaller, but at
least `LEAST_UNIT`: problems in small units are judged as those in large ones, and rows in theirs too. A
variable of size 1e-8 among others of size 1 is judged as these are, whose rounding it shares. What has
an f is for that: a number may be the rounding of larger ones.

A multiplier within `TOLERANCE` by its measure is as good as 0. Its term of D is then its product with x_j, or
with the activity of the row, as in c x: 1e-17 left to a basic variable by rounding is no gap of 1e-8
because of a bound of 1e9.

- OPTIMAL holds where all four measures are within `TOLERANCE` t.
- INFEASIBLE holds where, with 0 for c and d, no multiplier pushes against an infinite bound, and those not as
  good as 0 have ``D > t (Σ |y_i| (p_i + |b|) + Σ s_j |l|)``: ``0 = y'A x + z'x ≥ D > 0`` is so for no x. It
  also holds where bounds cross by more than t, which is proof enough with any y, 0 too.
- UNBOUNDED holds where x is feasible, the ray r leads away from no finite bound (``r_j`` in proportion to
  ``|r_j| + f R``, ``(A r)_i`` to ``Σ_j |a_ij r_j| + f R Σ_j |a_ij|``, where ``R = max |r_j|``), and
  ``c r < -t Σ (d + |c_j|) |r_j|``, both sums over the r_j that are larger than rounding, t f R.

Other claims do not hold, nor do those whose x, y or ray, as far as they matter, are not finite.

References
----------
.. [1] W. Oettli, W. Prager, "Compatibility of approximate solution of linear equations with given error
   bounds for coefficients and right-hand sides", Numerische Mathematik 6 (1964) 405-409.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from solvers.arrays import Array, Batch, BoolArray, IntArray
from solvers.lp.certificate_kernels import certify_all
from solvers.lp.programs import Program, Programs


@dataclass(frozen=True)
class Certificates(Batch):
    """How far each of B claims is from true; measures are NaN where they have no meaning."""

    #: (B, m) A x.
    activity: Array
    #: (B, n) c - A'y; -A'y of an INFEASIBLE claim; of an UNBOUNDED one of as little meaning as its y.
    reduced_costs: Array
    #: (B,) largest violation of a constraint by x. NaN of an INFEASIBLE claim.
    primal_residual: Array
    #: (B,) largest multiplier against an infinite bound; of an UNBOUNDED claim, the ray's largest violation.
    dual_residual: Array
    #: (B,) largest product of a multiplier and the slack that it should close. NaN for rays.
    complementarity: Array
    #: (B,) between primal and dual objective. NaN for rays.
    gap: Array
    #: (B,) whether the claim is proven.
    holds: BoolArray


def certify(programs: Programs, status: IntArray, x: Array, y: Array, ray: Array) -> Certificates:
    """Check what was claimed of each problem of a batch.

    Parameters
    ----------
    programs
        B problems.
    status
        (B,) the `Status` claimed: for OPTIMAL x and y are checked, for INFEASIBLE y, for UNBOUNDED x and ray.
        Any other is measured as OPTIMAL is, and does not hold.
    x
        (B, n) points.
    y
        (B, m) multipliers of the rows, a Farkas ray where infeasible.
    ray
        (B, n) directions in which the objective falls.

    Returns
    -------
    Certificates
        The measures, and which claims hold.

    Examples
    --------
    >>> import numpy as np
    >>> from solvers.lp.programs import Programs
    >>> from solvers.status import Status
    >>> inf = np.inf  # minimize -x0 - 2 x1 subject to x0 + x1 <= 1, x >= 0
    >>> parts = [[-1.0, -2.0]], [[[1.0, 1.0]]], [[-inf]], [[1.0]], [[0.0, 0.0]], [[inf, inf]]
    >>> programs = Programs(2, *map(np.array, parts))
    >>> x, y, ray = np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([[-2.0], [-1.0]]), np.zeros((2, 2))
    >>> found = certify(programs, np.full(2, Status.OPTIMAL), x, y, ray)
    >>> found.holds
    array([ True, False])
    >>> found.reduced_costs
    array([[ 1.,  0.],
           [ 0., -1.]])
    """
    c, A, *bounds = programs.parts
    m, n = A.shape[1:]
    starts, first = n * np.arange(m + 1), np.zeros(m, np.int64)
    entries = A.reshape(len(A), m * n)
    return _certify(True, status, [c, entries, starts, np.arange(n), first, *bounds, x, y, ray])


def certify_one(program: Program, status: int, x: Array, y: Array, ray: Array) -> Certificates:
    """Check what was claimed of one problem with sparse rows, as `certify` does of many: B is 1.

    Parameters
    ----------
    program
        The problem; what must be integer is not looked at.
    status
        The `Status` claimed.
    x, y, ray
        (n,), (m,) and (n,), as for `certify`.
    """
    rows = program.A
    starts = rows.indptr.astype(np.int64)
    vectors = (program.row_lower, program.row_upper, program.lower, program.upper, x, y, ray)
    parts: list[NDArray[Any]] = [
        program.c[np.newaxis],
        rows.data[np.newaxis],
        starts,
        rows.indices,
        starts[:-1],
    ]
    return _certify(False, np.array([status]), [*parts, *(vector[np.newaxis] for vector in vectors)])


def _certify(dense: bool, status: IntArray, parts: list[NDArray[Any]]) -> Certificates:
    """Call the kernel with its inputs after the status, of any type and layout."""
    size, n, m = len(status), parts[0].shape[1], len(parts[4])
    activity, reduced_costs = np.empty((size, m)), np.empty((size, n))
    measures, holds = np.full((4, size), np.nan), np.zeros(size, np.bool_)
    given = [np.ascontiguousarray(part, float if part.ndim == 2 else np.int64) for part in parts]
    rooms = np.empty((2, m)), np.empty(n)
    certify_all(dense, status.astype(np.int64), *given, activity, reduced_costs, measures, holds, *rooms)
    primal, dual, complementarity, gap = measures
    return Certificates(activity, reduced_costs, primal, dual, complementarity, gap, holds)
