"""`check_derivatives`: whether a user's ``jac`` is the derivative of their ``f``.

Each derivative is compared with a central difference of step h, ``eps^(1/3)`` times the size of the
parameter [1]_. The difference itself is off by some ``h^2 f''' / 6``, a third of what doubling h changes,
and by rounding, ``eps |f| / h``. A derivative is wrong where it is off by more than these, ten times the
rounding, and a share ``rtol`` of the largest derivative by that parameter. At a kink, differences see the
mean of the slopes on either side: compare elsewhere.

References
----------
.. [1] J. Dennis, R. Schnabel, Numerical Methods for Unconstrained Optimization and Nonlinear Equations
   (1983), section 5.6.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from solvers import ragged
from solvers.api.curve_model import parameter_names
from solvers.arrays import Array, IntArray
from solvers.evaluation.curves import CurveResiduals
from solvers.evaluation.differences import Differenced
from solvers.evaluation.functions import CurveFunction
from solvers.linalg import EPS

#: Rounding errors of f may be some of these.
_ROUNDING = 10.0


@dataclass(frozen=True)
class DerivativeCheck:
    """How far a ``jac`` is from differences of its f, for all points and parameters."""

    #: Names of the parameters, (n).
    parameters: tuple[str, ...]
    #: (m, n) what jac gives.
    given: Array
    #: (m, n) what differences give.
    expected: Array
    #: (m, n) by how much they may differ.
    allowed: Array

    @property
    def ok(self) -> bool:
        """Whether no derivative is wrong."""
        return bool((self._excess <= 1.0).all())

    @property
    def worst(self) -> tuple[int, int]:
        """Point and parameter whose derivative is off the most, relative to what is allowed."""
        point, parameter = np.unravel_index(int(self._excess.argmax()), self._excess.shape)
        return int(point), int(parameter)

    @property
    def message(self) -> str:
        """One sentence."""
        if self.ok:
            return "jac agrees with differences"
        point, j = self.worst
        wrong = [self.parameters[i] for i in np.flatnonzero(self._excess.max(axis=0) > 1.0)]
        return (
            f"jac is wrong by {', '.join(wrong)}: the derivative by {self.parameters[j]} at point {point} is "
            f"{self.given[point, j]:.6g}, differences say {self.expected[point, j]:.6g}"
        )

    @property
    def _excess(self) -> Array:
        """The error over the allowed one; 0 where differences are undefined, infinite where only jac is."""
        with np.errstate(all="ignore"):
            excess = np.abs(self.given - self.expected) / self.allowed
        excess = np.where(self.given == self.expected, 0.0, excess)
        undefined = ~np.isfinite(self.expected + self.allowed)
        return np.where(undefined, 0.0, np.where(np.isnan(excess), np.inf, excess))


def check_derivatives(
    f: Callable[..., Any],
    jac: Callable[..., Any],
    xdata: ArrayLike,
    params: ArrayLike,
    *,
    rtol: float = 1e-6,
) -> DerivativeCheck:
    """Compare a ``jac`` with differences of its ``f``.

    Parameters
    ----------
    f
        ``f(x, *params) -> (m,)``.
    jac
        ``jac(x, *params) -> (m, n)``.
    xdata
        Independent variables, (m,) or (k, m).
    params
        Where to compare, (n,); best away from 0 and from where derivatives vanish.
    rtol
        Error allowed relative to the largest derivative by the parameter.

    Returns
    -------
    DerivativeCheck
        ``ok``; ``message``, which names the parameters whose derivatives are wrong, and the worst point;
        ``given``, ``expected`` and ``allowed``, each (m, n).

    Raises
    ------
    ValueError
        If f or jac raises there, or returns another shape.

    Examples
    --------
    >>> import numpy as np
    >>> from solvers import check_derivatives
    >>> f = lambda x, a, b: a * np.exp(-b * x)
    >>> jac = lambda x, a, b: np.stack([np.exp(-b * x), a * x * np.exp(-b * x)], axis=-1)  # a sign is lost
    >>> print(check_derivatives(f, jac, np.arange(3.0), [2.0, 1.0]).message)
    jac is wrong by b: the derivative by b at point 1 is 0.735759, differences say -0.735759
    """
    x = np.atleast_2d(np.asarray(xdata, dtype=float))
    start = np.asarray(params, dtype=float).reshape(1, -1)
    try:
        names = tuple(parameter_names(f))
    except ValueError:
        names = ()
    if len(names) != start.shape[1]:
        names = tuple(f"params[{j}]" for j in range(start.shape[1]))
    return compare(CurveFunction(f, jac), names, x, start, np.array([0, x.shape[1]]), rtol)


def compare(
    curve: CurveFunction,
    names: tuple[str, ...],
    x: Array,
    params: Array,
    offsets: IntArray,
    rtol: float = 1e-6,
) -> DerivativeCheck:
    """Compare derivatives of a curve at ``params (B, n)`` for all points ``x (k, N)`` of a batch.

    Raises
    ------
    ValueError
        If it raises there.
    """
    none = np.zeros(x.shape[1])
    n = params.shape[1]
    curves = CurveResiduals(curve, x, none, None, offsets, params, np.arange(n))
    unbounded = np.full(params.shape, np.inf)
    short = Differenced(curves, "3-point", params, -unbounded, unbounded)
    here, raised = curves.residuals(params)
    given, more = curves.jacobian(params, here)
    for row, text in (raised | more).items():
        raise ValueError(f"f or jac raised {text}, for the parameters {params[row].tolist()}")
    with np.errstate(all="ignore"):
        expected, _ = short.jacobian(params, here)
        doubled, _ = replace(short, rounding=8.0 * EPS).jacobian(params, here)
        size = np.where(params == 0.0, 1.0, np.abs(params))  # (B, n)
        height = ragged.segment_max(np.abs(here), offsets)  # (B,)
        rounding = _ROUNDING * EPS ** (2 / 3) * height / size.T  # (n, B)
        largest = ragged.segment_max(np.abs(expected), offsets)  # (n, B)
        allowed = np.abs(doubled - expected) + ragged.expand(rtol * largest + rounding, offsets)
    return DerivativeCheck(names, given.T, expected.T, allowed.T)
