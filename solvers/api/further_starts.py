"""Where a problem is tried again: starts drawn for it alone, so that they depend on nobody's company.

Every unknown's draws are a Latin hypercube: each of ``count`` equal shares of its range is used once [1]_.
Where an unknown is free, only its start says how large it is, and a start is mostly wrong by a factor: draws
are the start times 0.01 to 100, log-uniform, and one in four has the other sign. With one bound it is
the distance from the bound that is multiplied. Two bounds may be where to look or a mere guard,
and nothing tells which: half of the starts are spread over all between them (log-uniform if both
have one sign and are two decades apart), half are drawn around the start.

References
----------
.. [1] M. McKay, R. Beckman, W. Conover, "A comparison of three methods for selecting values of input
   variables", Technometrics 21 (1979) 239-245.
"""

import math

import numpy as np

from solvers.arrays import Array

#: Decades by which a start may be wrong, up or down.
_DECADES = 2.0
#: Share of draws around a start that have the other sign.
_FLIPPED = 0.25


def further_starts(start: Array, lower: Array, upper: Array, seed: int, count: int) -> Array:
    """Draw starts for one problem.

    Parameters
    ----------
    start, lower, upper
        (n,)
    seed
        What the draws depend on, besides.
    count
        How many.

    Returns
    -------
    starts : (count, n)
        Within the bounds.
    """
    n = len(start)
    # Raw bits and Python's floats: the same on every machine, in every version and beside any neighbour.
    bits = np.random.PCG64(int(seed) % 2**64).random_raw((3, n, count)) >> np.uint64(11)
    order, within, sign = bits.astype(np.float64) * 2.0**-53  # (n, count) each, in [0, 1)
    share = (np.argsort(order, axis=1) + within) / count
    starts = np.empty((count, n))
    for j in range(n):
        low, x, high = float(lower[j]), float(start[j]), float(upper[j])
        for i in range(count):
            if i % 2 and math.isfinite(high) and math.isfinite(low):
                starts[i, j] = _between(low, high, share[j, i])
            else:
                starts[i, j] = _around(x, low, high, share[j, i], sign[j, i])
    return starts


def _between(low: float, high: float, share: float) -> float:
    """A point of an interval."""
    near, far = sorted((abs(low), abs(high)))
    if low * high > 0.0 and far >= 100.0 * near:
        drawn = math.copysign(near * math.pow(far / near, share), low)
    else:
        drawn = low * (1.0 - share) + high * share
    return min(max(drawn, low), high)


def _around(start: float, low: float, high: float, share: float, sign: float) -> float:
    """A point at a multiple of the start, or of its distance from the one bound."""
    bounded = [bound for bound in (low, high) if math.isfinite(bound)]
    origin = bounded[0] if len(bounded) == 1 else 0.0
    distance = start - origin or math.copysign(max(1.0, abs(origin)), -1.0 if origin == high else 1.0)
    factor = math.pow(10.0, _DECADES * (2.0 * share - 1.0))
    flipped = -factor if sign < (_FLIPPED if start else 0.5) else factor
    for drawn in (origin + distance * flipped, origin + distance * factor):
        if low <= drawn <= high and math.isfinite(drawn):
            return drawn
    return _between(low, high, share) if len(bounded) == 2 else start
