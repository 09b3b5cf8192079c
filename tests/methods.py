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
    "COBYLA": Minimizer("COBYLA", (), {"tol": 1e-6, "options": {"maxiter": 20_000}}, accuracy=1e-3),
    "COBYQA": Minimizer("COBYQA", (), {"tol": 1e-7}),
    "CG": Minimizer("CG"),
    "Newton-CG": Minimizer("Newton-CG", ("jac", "hess")),
    "Newton-CG-products": Minimizer("Newton-CG"),
    "L-BFGS-B": Minimizer("L-BFGS-B", options={"options": {"ftol": 1e-15, "gtol": 1e-7}}),
    "TNC": Minimizer("TNC", options={"options": {"ftol": 1e-15, "xtol": 1e-15, "gtol": 1e-7}}),
    "trust-constr": Minimizer("trust-constr", ("jac", "hess")),
    "trust-constr-updates": Minimizer("trust-constr", ("jac",)),
    "BFGS-differences": Minimizer("BFGS", ()),
}


class Rooter(NamedTuple):
    """A method of `root`, and whether it is given Jacobians."""

    method: str
    jac: bool = False
    options: Mapping[str, Any] = MappingProxyType({})
    #: Share of the problems that it solves at least.
    least: float = 0.8


ROOT = {
    "hybr": Rooter("hybr"),
    "hybr-jacobian": Rooter("hybr", jac=True),
    "lm": Rooter("lm"),
    "lm-jacobian": Rooter("lm", jac=True),
    "broyden1": Rooter("broyden1"),
    "broyden2": Rooter("broyden2"),
    "anderson": Rooter("anderson"),
    "linearmixing": Rooter("linearmixing", options={"alpha": -0.2, "maxiter": 500}),
    "diagbroyden": Rooter("diagbroyden", options={"maxiter": 500}),
    "excitingmixing": Rooter("excitingmixing", options={"maxiter": 500}, least=-1.0),
    "krylov": Rooter("krylov"),
    "df-sane": Rooter("df-sane"),
}
