"""The inverse Hessian that L-BFGS-B knows of, as SciPy gives it: a product, not a matrix."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from solvers.arrays import Array


class LbfgsInvHessProduct:
    """The inverse Hessian by the last steps s and changes y of the gradient, older ones first.

    With ``rho = 1 / y's`` each of them makes ``H <- (I - rho s y') H (I - rho y s') + rho s s'``; H begins as
    the identity. J. Nocedal, S. Wright, Numerical Optimization, 2nd ed., Springer 2006, algorithm 7.4.

    Parameters
    ----------
    sk, yk
        (n_corrs, n) each.
    """

    def __init__(self, sk: ArrayLike, yk: ArrayLike) -> None:
        self.sk, self.yk = np.asarray(sk, dtype=float), np.asarray(yk, dtype=float)
        if self.sk.shape != self.yk.shape or self.sk.ndim != 2:
            raise ValueError("sk and yk must have matching shape, (n_corrs, n)")
        self.n_corrs, n = self.sk.shape
        self.shape, self.dtype = (n, n), np.dtype(float)
        self.rho: Array = 1.0 / np.einsum("ij,ij->i", self.sk, self.yk)

    def matvec(self, x: ArrayLike) -> Array:
        """Return the product with a vector (n,), or with the columns of a matrix (n, k)."""
        q = np.array(x, dtype=float)
        shares = []
        for s, y, rho in zip(self.sk[::-1], self.yk[::-1], self.rho[::-1], strict=True):
            shares.append(rho * (s @ q))
            q = q - np.multiply.outer(y, shares[-1])
        for s, y, rho, share in zip(self.sk, self.yk, self.rho, reversed(shares), strict=True):
            q = q + np.multiply.outer(s, share - rho * (y @ q))
        return q

    def dot(self, x: ArrayLike) -> Array:
        """Do as `matvec` does."""
        return self.matvec(x)

    def __matmul__(self, x: ArrayLike) -> Array:
        """Do as `matvec` does."""
        return self.matvec(x)

    def __call__(self, x: ArrayLike) -> Array:
        """Do as `matvec` does."""
        return self.matvec(x)

    def todense(self) -> Array:
        """Return the matrix, (n, n)."""
        return self.matvec(np.eye(self.shape[0]))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        """Return the matrix."""
        return np.array(self.todense(), dtype=dtype, copy=copy)

    def __repr__(self) -> str:
        n = self.shape[0]
        return f"<{n}x{n} LbfgsInvHessProduct of {self.n_corrs} corrections>"
