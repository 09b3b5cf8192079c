"""Quadratic models of functions through their values at p = 2n + 1 points.

So few points leave a quadratic partly free: of those through the values, a first model has the Hessian of
least Frobenius norm, and a later one changes that of the model before it by least. Either solves ::

    [ A  e  Y ] [ h ]   [ f ]         A_ij = (y_i'y_j)² / 2
    [ e' 0  0 ] [ c ] = [ 0 ]         Y    = rows y_i, the points' offsets from a base
    [ Y' 0  0 ] [ g ]   [ 0 ]

for the quadratic ``c + g'y + sum of h_i (y_i'y)² / 2``. The inverse of the matrix is made anew when a point
changes, by exchanging one after the other its right for its left side, the largest element first; what is
left below the rounding unit is taken as zero, and the points are called ill placed.

References
----------
.. [1] T. Ragonneau, Model-based derivative-free optimization methods and software, PhD thesis, The Hong Kong
   Polytechnic University 2022, chapters 2 and 6.
.. [2] M. Powell, "Least Frobenius norm updating of quadratic models that satisfy interpolation conditions",
   Mathematical Programming 100 (2004) 183-215.
"""

from typing import NamedTuple

from solvers.arrays import Array
from solvers.coroutines.views import view
from solvers.kernels.compiling import called, strict
from solvers.linalg.norm import EPS
from solvers.methods.vectors import copy, dot, norm


class Models(NamedTuple):
    """Models of q functions of n unknowns."""

    base: Array  # (n,)
    offsets: Array  # (p, n) of the points, from the base
    values: Array  # (p, q) of the functions there
    constants: Array  # (q,) the models at the base
    gradients: Array  # (q, n) their gradients there
    #: Their Hessians are ``explicit + sum of implicit_i y_i y_i'``.
    implicit: Array  # (q, p)
    explicit: Array  # (q, n, n)
    inverse: Array  # (k, k) of the matrix above, k = p + n + 1
    tableau: Array  # (k, k) to work in
    exchanged: Array  # (2, k) to work in: which column a row was exchanged for, and the other way round


def room_for_models(n: int, q: int) -> int:
    """How many numbers they are."""
    p, k = 2 * n + 1, 3 * n + 2
    return n + p * n + p * q + q + q * n + q * p + q * n * n + 2 * k * k + 2 * k


@called
def models_in(room: Array, at: int, n: int, q: int) -> Models:
    """Lay them out from a place on."""
    p, k = 2 * n + 1, 3 * n + 2
    a = at + n + p * n
    b = a + p * q
    c = b + q
    d = c + q * n
    e = d + q * p
    f = e + q * n * n
    g = f + k * k
    return Models(
        view(room, at, (n,)),
        view(room, at + n, (p, n)),
        view(room, a, (p, q)),
        view(room, b, (q,)),
        view(room, c, (q, n)),
        view(room, d, (q, p)),
        view(room, e, (q, n, n)),
        view(room, f, (k, k)),
        view(room, g, (k, k)),
        view(room, g + k * k, (2, k)),
    )


@called
def interpolate(models: Models) -> None:
    """Make all models anew, with Hessians of least norm."""
    p, n = models.offsets.shape
    invert(models)
    inverse = models.inverse
    for j in range(len(models.constants)):
        models.constants[j] = 0.0
        for i in range(n):
            models.gradients[j, i] = 0.0
            for m in range(n):
                models.explicit[j, i, m] = 0.0
        for i in range(p):
            models.implicit[j, i] = 0.0
        for k in range(p):
            _add_polynomial(models, j, inverse[k], models.values[k, j])


@called
def replace(models: Models, k: int, offset: Array, values: Array) -> bool:
    """Put another point in the k-th one's place; whether the points are ill placed now.

    Parameters
    ----------
    offset, values
        (n,), (q,) its offset from the base, which is overwritten; the functions there.
    """
    n, q = len(offset), len(values)
    place = models.offsets[k]
    for j in range(q):
        models.values[k, j] = values[j]
        values[j] -= value_at(models, j, offset)
        curvature = models.implicit[j, k]
        models.implicit[j, k] = 0.0
        for i in range(n):
            for m in range(n):
                models.explicit[j, i, m] += curvature * (place[i] * place[m])
    copy(offset, place)
    ill_placed: bool = invert(models)
    for j in range(q):
        _add_polynomial(models, j, models.inverse[k], values[j])
    copy(models.values[k], values)
    return ill_placed


@called
def rebase(models: Models, best: int) -> None:
    """Make a point the base."""
    p, n = models.offsets.shape
    shift, change = models.exchanged[0, :n], models.exchanged[1, :n]
    copy(models.offsets[best], shift)
    for j in range(len(models.constants)):
        models.constants[j] = value_at(models, j, shift)
        gradient_at(models, j, shift, change)
        copy(change, models.gradients[j])
        for i in range(n):
            change[i] = 0.0
            for k in range(p):
                change[i] += models.implicit[j, k] * (models.offsets[k, i] - 0.5 * shift[i])
        for i in range(n):
            for m in range(n):
                models.explicit[j, i, m] += shift[i] * change[m] + change[i] * shift[m]
    for i in range(n):
        models.base[i] += shift[i]
        for k in range(p):
            models.offsets[k, i] -= shift[i]
    invert(models)


@called
def value_at(models: Models, j: int, offset: Array) -> float:
    """Value of a model at an offset from the base."""
    total: float = models.constants[j] + dot(models.gradients[j], offset)
    for k in range(len(models.offsets)):
        along = dot(models.offsets[k], offset)
        total += 0.5 * (models.implicit[j, k] * (along * along))
    for i in range(len(offset)):
        total += 0.5 * offset[i] * dot(models.explicit[j, i], offset)
    return total


@called
def gradient_at(models: Models, j: int, offset: Array, gradient: Array) -> None:
    """Gradient of a model at an offset from the base."""
    for i in range(len(offset)):
        gradient[i] = models.gradients[j, i] + dot(models.explicit[j, i], offset)
    for k in range(len(models.offsets)):
        along = models.implicit[j, k] * dot(models.offsets[k], offset)
        for i in range(len(offset)):
            gradient[i] += along * models.offsets[k, i]


@called
def add_hessian(models: Models, j: int, weight: float, hessian: Array) -> None:
    """Add the weighted Hessian of a model to a matrix."""
    p, n = models.offsets.shape
    for i in range(n):
        for m in range(n):
            hessian[i, m] += weight * models.explicit[j, i, m]
    for k in range(p):
        offset = models.offsets[k]
        for i in range(n):
            along = weight * models.implicit[j, k] * offset[i]
            for m in range(n):
                hessian[i, m] += along * offset[m]


@called
def determinants(models: Models, offset: Array, ratios: Array) -> None:
    """Tell by what the system's determinant is multiplied where a point here replaces each one.

    ``alpha_k beta + tau_k²`` of [2]; ratios is (p,).
    """
    p, n = models.offsets.shape
    inverse, column = models.inverse, models.exchanged[0]
    for k in range(p):
        along = dot(models.offsets[k], offset)
        column[k] = 0.5 * (along * along)
    column[p] = 1.0
    copy(offset, column[p + 1 :])
    square = dot(offset, offset)
    beta = 0.5 * (square * square)
    for k in range(p + n + 1):
        solution = dot(inverse[k], column)
        beta -= column[k] * solution
        if k < p:
            ratios[k] = solution
    for k in range(p):
        ratios[k] = inverse[k, k] * beta + ratios[k] * ratios[k]


@called
def polynomial_gradient(models: Models, k: int, offset: Array, gradient: Array) -> None:
    """Gradient of the k-th Lagrange polynomial."""
    p, n = models.offsets.shape
    copy(models.inverse[k, p + 1 :], gradient)
    for i in range(p):
        along = models.inverse[k, i] * dot(models.offsets[i], offset)
        for j in range(n):
            gradient[j] += along * models.offsets[i, j]


@strict
def _add_polynomial(models: Models, j: int, row: Array, weight: float) -> None:
    """Add to a model a Lagrange polynomial, one at one of the points and zero at the others."""
    p, n = models.offsets.shape
    for k in range(p):
        models.implicit[j, k] += weight * row[k]
    models.constants[j] += weight * row[p]
    for i in range(n):
        models.gradients[j, i] += weight * row[p + 1 + i]


@called
def invert(models: Models) -> bool:
    """Invert the matrix, scaled so that the longest offset is 1; whether the points are ill placed."""
    a, inverse, offsets = models.tableau, models.inverse, models.offsets
    p, n = offsets.shape
    size, scale = p + n + 1, EPS
    for k in range(p):
        scale = max(scale, norm(offsets[k]))
    for i in range(size):
        for j in range(size):
            a[i, j] = inverse[i, j] = 0.0
    for i in range(p):
        for j in range(p):
            along = dot(offsets[i], offsets[j]) / scale / scale
            a[i, j] = 0.5 * (along * along)
        a[i, p] = a[p, i] = 1.0
        for j in range(n):
            a[i, p + 1 + j] = a[p + 1 + j, i] = offsets[i, j] / scale
    rank = _exchange(a, models.exchanged[0], models.exchanged[1])
    for i in range(size):
        row = int(models.exchanged[0, i])
        if row < 0:
            continue
        left = 1.0 / (scale * scale) if row < p else scale * scale if row == p else scale
        for j in range(size):
            column = int(models.exchanged[1, j])
            if column >= 0:
                right = 1.0 / (scale * scale) if column < p else scale * scale if column == p else scale
                inverse[row, column] = left * right * a[i, j]
    singular: bool = rank < size
    return singular


@strict
def _exchange(a: Array, columns: Array, rows: Array) -> int:
    """Solve ``y = A x`` for as many x as can be, in place of A; returns how many.

    Columns (k,) then hold which x a row gives, rows (k,) which y a column belongs to, -1 for none.
    """
    size = len(a)
    for i in range(size):
        columns[i] = rows[i] = -1.0
    for count in range(size):
        largest, r, c = EPS, -1, -1
        for i in range(size):
            if columns[i] < 0.0:
                for j in range(size):
                    if abs(a[i, j]) > largest and rows[j] < 0.0:
                        largest, r, c = abs(a[i, j]), i, j
        if r < 0:
            return count
        columns[r], rows[c] = float(c), float(r)
        pivot = 1.0 / a[r, c]
        for j in range(size):
            a[r, j] *= -pivot
        a[r, c] = pivot
        for i in range(size):
            if i != r:
                factor = a[i, c]
                a[i, c] = 0.0
                for j in range(size):
                    a[i, j] += factor * a[r, j]
    return size
