"""The methods that the contract tests run: a new method is its file, and a row here."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np


class Way(NamedTuple):
    """A method, whether it runs against bounds that hold some unknowns, and with which loss."""

    method: str
    bounded: bool
    loss: str = "linear"

    @property
    def options(self):
        """What to hand over."""
        loss = {} if self.loss == "linear" else {"loss": self.loss, "f_scale": 0.5}
        return {"method": self.method} | loss

    def bounds(self, problems):
        """The pair to hand over: infinite, or the problems' own."""
        return problems.bounds if self.bounded else (-np.inf, np.inf)

    def weight(self, residuals):
        """What the loss multiplies the residuals by in the gradient of its cost."""
        return 1.0 / np.sqrt(1.0 + (residuals / 0.5) ** 2) if self.loss == "soft_l1" else 1.0


LEAST_SQUARES = {
    "lm": Way("lm", bounded=False),
    "trf": Way("trf", bounded=False),
    "trf-bounds": Way("trf", bounded=True),
    "trf-bounds-soft_l1": Way("trf", bounded=True, loss="soft_l1"),
    "dogbox": Way("dogbox", bounded=False),
    "dogbox-bounds": Way("dogbox", bounded=True),
}


class Minimizer(NamedTuple):
    """A method of `minimize`, the derivatives that it is given, and how near its answers are to a minimum."""

    method: str
    derivatives: tuple[str, ...] = ("jac",)
    options: Mapping[str, Any] = MappingProxyType({})
    accuracy: float = 1e-4
    #: Share of the problems that it solves at least.
    least: float = 0.8


MINIMIZE = {
    "Nelder-Mead": Minimizer("Nelder-Mead", (), {"options": {"xatol": 1e-7, "fatol": 1e-7}}),
    "Powell": Minimizer("Powell", (), {"options": {"xtol": 1e-8, "ftol": 1e-12}}),
    "BFGS": Minimizer("BFGS"),
    # It ends where a Hessian is not positive definite, as SciPy's does.
    "dogleg": Minimizer("dogleg", ("jac", "hess"), {"tol": 1e-7}, least=0.5),
    "trust-exact": Minimizer("trust-exact", ("jac", "hess"), {"tol": 1e-7}),
    "trust-krylov": Minimizer("trust-krylov", ("jac", "hess"), {"tol": 1e-7}),
    "trust-ncg": Minimizer("trust-ncg", ("jac", "hess"), {"tol": 1e-7}),
    "SLSQP": Minimizer("SLSQP", options={"tol": 1e-12}),
    "BFGS-differences": Minimizer("BFGS", ()),
}
