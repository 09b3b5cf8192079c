"""Random linear programs of every status, in batches of one shape, with borders that are exact.

All numbers are small multiples of a power of two, scaled by powers of two and ten, so that A x and A'y are
exact in double precision. A row that is meant to be redundant is so to the last bit, as is a degenerate
vertex, or a direction in which the objective stays the same: every program has one right status, which does
not hang on anybody's tolerances.
"""

import numpy as np

from solvers.lp.programs import Programs

#: How a variable or a row is bounded, and how often in each of some styles of problems.
_FROM_BELOW, _FREE, _FROM_ABOVE, _BOXED, _FIXED = range(5)
_VARIABLES = np.array(
    [[1, 0, 0, 0, 0], [0, 0, 0, 0.9, 0.1], [0.3, 0.2, 0.2, 0.2, 0.1], [0.1, 0.8, 0.1, 0, 0]],
)
_ROWS = np.array([[0, 0, 1, 0, 0], [0, 0, 1, 0, 0], [0.25, 0.1, 0.35, 0.2, 0.1]])
#: Decades that rows, and columns, are apart in each of four styles: not both four, lest entries vanish.
_ROW_DECADES, _COLUMN_DECADES = np.array([0, 4, 0, 2]), np.array([0, 0, 4, 2])


def draw(rng, size, m_ub, m_eq, n):
    """B problems of one shape: m_ub rows that are bounded in any way, most from above, then m_eq equations.

    Each problem throws its own dice on whether a point x is to be feasible, and multipliers y to be dual
    feasible. Half of the slacks, of the multipliers and of the reduced costs are zero.
    """
    m = m_ub + m_eq
    grain = np.where(_some(rng, 0.5, size, 1), 1.0, 2.0**-8)  # (B, 1) integers, or real numbers
    styles = rng.choice(4, size, p=[0.6, 0.15, 0.15, 0.1])
    row_scale, row_unit = _scales(rng, _ROW_DECADES[styles], m)
    column_scale, column_unit = _scales(rng, _COLUMN_DECADES[styles], n)
    A = _matrix(rng, (size, m, n), grain[:, :, np.newaxis])
    A *= row_scale[:, :, np.newaxis] * column_scale[:, np.newaxis, :]

    kinds, row_kinds = _kinds(rng, _VARIABLES, size, n), _kinds(rng, _ROWS, size, m)
    row_kinds[:, m_ub:] = _FIXED
    lower, upper, x = _box(rng, kinds, grain) / column_unit
    row_lower, row_upper, activity = _box(rng, row_kinds, grain) * row_unit
    missed = _some(rng, 0.35, size, 1) & _some(rng, 0.5, size, m)  # rows that x need not fulfil
    shift = np.einsum("kij,kj->ki", A, x) - activity
    shift += np.where(missed, _numbers(rng, (size, m), grain) * row_unit, 0.0)

    y = _multipliers(rng, row_kinds, grain) / row_unit
    z = _multipliers(rng, kinds, grain)
    wrong = _some(rng, 0.7, size, 1)  # reduced costs of any sign
    z = np.where(wrong, _numbers(rng, kinds.shape, grain), z) * column_unit
    c = np.einsum("kij,ki->kj", A, y) + z
    c[_some(rng, 0.05, size)] = 0.0
    return Programs(size, c, A, row_lower + shift, row_upper + shift, lower, upper)


def _some(rng, share, *shape):
    return rng.random(shape) < share


def _multipliers(rng, kinds, grain):
    """Of the sign that bounds of these kinds ask for; half of them are zero."""
    y = np.where(_some(rng, 0.5, *kinds.shape), _numbers(rng, kinds.shape, grain), 0.0)
    return np.choose(kinds, [np.abs(y), np.zeros_like(y), -np.abs(y), y, y])


def _numbers(rng, shape, grain):
    """Integers, or normal numbers in multiples of the grain."""
    return np.where(
        grain == 1.0, rng.integers(-4, 5, shape), np.round(rng.normal(0, 2, shape) / grain) * grain
    )


def _matrix(rng, shape, grain):
    """Dense or sparse, with repeated rows and columns, and zero ones."""
    A = _numbers(rng, shape, grain)
    A *= rng.random(shape) < rng.choice([0.3, 0.7, 1.0], (len(A), 1, 1))
    for lines in (A, A.swapaxes(1, 2)):
        size, count, _ = lines.shape
        if count > 0:
            every, (i, j, k) = np.arange(size), rng.integers(count, size=(3, size))
            factors = rng.choice(
                [0, 1, -1, 2], (2, size, 1)
            )  # a copy, its opposite, a sum, or nothing but zeros
            repeated = factors[0] * lines[every, i] + factors[1] * lines[every, k]
            lines[every, j] = np.where(_some(rng, 0.5, size, 1), lines[every, j], repeated)
    return A


def _scales(rng, decades, count):
    """Factors (B, count), so many powers of ten up and down, and the powers of two next to them."""
    tens = rng.integers(0, decades[:, np.newaxis] + 1, (len(decades), count))
    halves = rng.integers(0, 3 * decades[:, np.newaxis] + 1, (len(decades), count))
    scales = 10.0**tens * 0.5**halves
    return scales, 2.0 ** np.round(np.log2(scales))


def _kinds(rng, styles, size, count):
    """How each variable, or row (B, count) is bounded."""
    shares = styles[rng.integers(len(styles), size=size)]
    past = shares.cumsum(axis=1)[:, np.newaxis, :-1] <= rng.random((size, count, 1))
    return past.sum(axis=2)


def _box(rng, kinds, grain):
    """Lower and upper bounds and a point between or at them, (3, B, n)."""
    start = np.where(_some(rng, 0.5, len(kinds), 1), 0.0, _numbers(rng, kinds.shape, grain))
    width = np.where(kinds == _FIXED, 0.0, rng.integers(1, 6, kinds.shape) * grain)
    x = start + width * rng.choice([0.0, 0.5, 1.0], kinds.shape)
    lower = np.where(np.isin(kinds, (_FREE, _FROM_ABOVE)), -np.inf, start)
    upper = np.where(np.isin(kinds, (_FREE, _FROM_BELOW)), np.inf, start + width)
    return np.stack([lower, upper, x])
