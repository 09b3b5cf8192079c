"""Quantiles of Student's t distribution, for confidence intervals.

With an integer number of degrees of freedom the probability that ``|t| < q`` is a finite sum of powers of
the cosine of ``atan(q / sqrt(dof))`` [1]_, which Newton's method inverts; it is concave in the angle, so
that Newton's method comes from below. From `_MANY` degrees of freedom on, the expansion about the normal
distribution [2]_ is accurate to rounding.

References
----------
.. [1] M. Abramowitz, I. Stegun, Handbook of Mathematical Functions (1964), 26.7.3 and 26.7.4.
.. [2] Ibid., 26.7.5.
"""

import functools
import math
from statistics import NormalDist

import numpy as np

from solvers.arrays import Array

_MANY = 1_000
#: Newton steps; levels up to 1 - 1e-12 take fewer than 40.
_MAX_NEWTON = 200


def two_sided_quantile(level: float, dof: Array) -> Array:
    """How many standard errors to each side hold a share ``level`` of Student's t, (B,).

    Parameters
    ----------
    level
        Between 0 and 1.
    dof
        Degrees of freedom, (B,): whole numbers, or infinity for the normal distribution. NaN where below 1.
    """
    different, which = np.unique(dof, return_inverse=True)
    quantiles: Array = np.array([_quantile(level, float(freedom)) for freedom in different])[which]
    return quantiles


@functools.lru_cache(maxsize=4096)
def _quantile(level: float, dof: float) -> float:
    if not dof >= 1.0:
        return math.nan
    if dof >= _MANY:
        return _nearly_normal(NormalDist().inv_cdf(0.5 + 0.5 * level), dof)
    if dof == 1.0:
        return math.tan(0.5 * math.pi * level)
    odd = int(dof) % 2
    factors = np.arange(1.0, (int(dof) - odd) // 2)
    terms = np.concatenate([[1.0], np.cumprod((2.0 * factors - 1.0 + odd) / (2.0 * factors + odd))])
    powers = 2.0 * np.arange(len(terms)) + odd
    unit = 2.0 / math.pi if odd else 1.0
    angle = 0.0
    for _ in range(_MAX_NEWTON):
        cosine = math.cos(angle)
        probability = unit * (odd * angle + math.sin(angle) * float((terms * cosine**powers).sum()))
        density = unit * float(terms[-1]) * (dof - 1.0) * cosine ** (dof - 1.0)
        change = (level - probability) / density
        angle += change
        if change <= 1e-15 * angle:  # from below; 0 and less are rounding
            break
    return math.sqrt(dof) * math.tan(angle)


def _nearly_normal(z: float, dof: float) -> float:
    """26.7.5."""
    series = (
        (z**3 + z) / 4.0,
        (5.0 * z**5 + 16.0 * z**3 + 3.0 * z) / 96.0,
        (3.0 * z**7 + 19.0 * z**5 + 17.0 * z**3 - 15.0 * z) / 384.0,
        (79.0 * z**9 + 776.0 * z**7 + 1482.0 * z**5 - 1920.0 * z**3 - 945.0 * z) / 92160.0,
    )
    return z + sum(term / dof ** (i + 1) for i, term in enumerate(series))
