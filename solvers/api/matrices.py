"""The kinds of Jacobian that SciPy takes: arrays, sparse arrays and linear operators."""

from collections.abc import Callable
from typing import Any

import numpy as np

from solvers.arrays import Array


class DenseJacobian:
    """A user's Jacobian as an array, whatever kind it is; a sparse kind is remembered.

    Parameters
    ----------
    jac
        ``jac(x (n,)) -> (m, n)``.
    method, tr_solver, x_scale
        As the user gave them: SciPy refuses some together with some kinds.
    """

    def __init__(self, jac: Callable[[Array], Any], method: str, tr_solver: str | None, x_scale: Any) -> None:
        self.jac, self.method, self.tr_solver, self.x_scale = jac, method, tr_solver, x_scale
        self.sparse: Any = None

    def __call__(self, x: Array) -> Any:
        """Evaluate at ``x (n,)``.

        Raises
        ------
        ValueError
            If an option does not go with the kind.
        """
        matrix = self.jac(x)
        if hasattr(matrix, "toarray"):
            self._check("a sparse array")
            self.sparse = matrix
            return matrix.toarray()
        if hasattr(matrix, "matmat"):
            self._check("a linear operator")
            if isinstance(self.x_scale, str):
                raise ValueError("x_scale='jac' can't be used when `jac` returns a linear operator")
            return matrix.matmat(np.eye(len(x)))
        return matrix

    def _check(self, kind: str) -> None:
        for option, value, refused in (
            ("method", self.method, "lm"),
            ("tr_solver", self.tr_solver, "exact"),
        ):
            if value == refused:
                raise ValueError(
                    f"{option}={refused!r} works only with dense Jacobians; `jac` returned {kind}"
                )


def sparse_like(example: Any, jacobian: Array) -> Any:
    """A Jacobian (m, n) as compressed sparse rows, where the example is a sparse array; else as it is."""
    return type(example)(jacobian).tocsr() if hasattr(example, "tocsr") else jacobian
