"""Which of several models fits data best, by an information criterion: per problem, for a batch at once.

References
----------
.. [1] K. Burnham, D. Anderson, Model Selection and Multimodel Inference, 2nd ed. (2002), 2.9: Akaike weights.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from solvers.arrays import Array, IntArray
from solvers.result import FitResult
from solvers.statistics import information_criteria, misfit
from solvers.status import Status

CRITERIA = ("aic", "aicc", "bic")


@dataclass(frozen=True)
class Selection:
    """The best of K candidates for each of B problems."""

    #: (B,) index of the best candidate; -1 where no candidate could be tried.
    winner: IntArray
    #: (K, B) the criterion; NaN where it is not defined.
    values: Array
    #: (K, B) Akaike weights, ``exp(-difference from the best / 2)`` brought to a sum of 1, over the
    #: candidates that converged and have a criterion; NaN for the others.
    weights: Array


def select_model(fits: Sequence[FitResult], criterion: str = "aicc") -> Selection:
    """Select, for each problem, among fits of several models to the same data.

    Parameters
    ----------
    fits
        K results of `curve_fit_batch` for the same B data sets.
    criterion
        ``aic``, ``aicc`` (for small samples) or ``bic``; of the cost that was minimized.

    Returns
    -------
    Selection
        ``winner (B,)``, ``values (K, B)``, ``weights (K, B)``.

    Raises
    ------
    ValueError
        For an unknown criterion, no fits, or fits of data of other sizes.

    Notes
    -----
    A candidate that did not converge wins only where none has, and one without a criterion (AICc needs
    two points more than parameters) only where no other has it either, the lowest AIC first. Equal
    candidates: the first, so put the simplest first.

    Examples
    --------
    >>> import numpy as np
    >>> from solvers import curve_fit_batch, models, select_model
    >>> x = np.linspace(0, 5, 20)
    >>> wobble = 0.1 * np.sin(40 * x)
    >>> y = np.array([1 + wobble, 2 + 3 * x + wobble])
    >>> fits = [curve_fit_batch(models.get(name), x, y) for name in ("constant", "linear", "quadratic")]
    >>> select_model(fits).winner.tolist()
    [0, 1]
    """
    if criterion not in CRITERIA:
        raise ValueError(f"criterion must be one of {', '.join(CRITERIA)}, got {criterion!r}")
    if not fits:
        raise ValueError("got no fits: give those of one candidate or more")
    for i, fit in enumerate(fits):
        if not np.array_equal(fit.offsets, fits[0].offsets):
            raise ValueError(f"fits[{i}] and fits[0] have problems of other sizes: fit the same data")
    points = np.diff(fits[0].offsets).astype(float)
    found = [information_criteria(_misfit(fit, points), points, fit.unknowns) for fit in fits]
    values = np.array([criteria[criterion] for criteria in found])
    aic = np.array([criteria["aic"] for criteria in found])
    return select(values, aic, np.array([fit.status for fit in fits]))


def _misfit(fit: FitResult, points: Array) -> Array:
    return 2.0 * fit.cost if fit.estimator == "poisson" else misfit(2.0 * fit.cost, points)


def select(values: Array, aic: Array, status: IntArray) -> Selection:
    """Select by a criterion, each (K, B); ``aic`` decides where no candidate has the criterion."""
    converged = status > 0
    rank = np.where(converged, 0, np.where(status == Status.BAD_INPUT, 2, 1))
    first = np.lexsort((aic, values, rank), axis=0)[0]  # the last key counts most; NaN come last
    winner = np.where((status == Status.BAD_INPUT).all(axis=0), -1, first)
    return Selection(winner, values, _weights(np.where(converged, values, np.nan)))


def _weights(values: Array) -> Array:
    """Akaike weights of the candidates whose criterion is a number; NaN for the others."""
    known = ~np.isnan(values)
    lowest = np.where(known, values, np.inf).min(axis=0)
    with np.errstate(invalid="ignore"):  # minus infinity, an exact fit, less itself
        difference = np.where(values == lowest, 0.0, values - lowest)
        likelihood = np.where(known, np.exp(-0.5 * difference), 0.0)
        return np.where(known, likelihood / likelihood.sum(axis=0), np.nan)
