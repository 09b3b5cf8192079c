"""A Hessian of one problem that is built up from the gradients that a method asks for: ``hess=BFGS()``."""

from collections.abc import Callable
from typing import Any

import numpy as np

from solvers.arrays import Array
from solvers.methods.minimize.constrained.hessian_update import update
from solvers.quasi_newton import update_options


class BuiltUpHessian:
    """An approximation that every gradient brings up to date.

    Parameters
    ----------
    strategy
        BFGS or SR1, of here or SciPy's.
    gradient
        ``gradient(x) -> (n,)``
    """

    def __init__(self, strategy: Any, gradient: Callable[..., Any]) -> None:
        self.how = np.array([*update_options(strategy).values()])
        self.function = gradient
        self.x: Any = None
        self.g: Any = None
        self.matrix: Any = None
        self.fresh = True

    def gradient(self, x: Array) -> Array:
        """Evaluate the gradient, and take it in."""
        found = np.array(self.function(x.copy()), dtype=float).reshape(x.shape)
        if self.matrix is None:
            self.matrix = np.eye(len(x))
        elif np.isfinite(found).all():
            step, change, work = x - self.x, found - self.g, np.empty(len(x))
            self.fresh = update(self.matrix, step, change, self.how, self.fresh, work)
        self.x, self.g = x.copy(), found
        return found.copy()

    def hessian(self, _: Array) -> Array:
        """Return what is known of the Hessian so far, (n, n)."""
        return np.array(self.matrix)
