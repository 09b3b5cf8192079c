"""Smooth functions of several unknowns with their derivatives, for methods that follow gradients."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import scipy.optimize

from tests.alone import solve
from tests.more_garbow_hillstrom import PROBLEMS


class Smooth(NamedTuple):
    """A function, its gradient and Hessian, and where a search begins."""

    fun: Callable[..., float]
    jac: Callable[..., np.ndarray]
    hess: Callable[..., np.ndarray]
    start: tuple[float, ...]

    def products(self, x, vector):
        return self.hess(x) @ vector


def _himmelblau_gradient(x):
    first, second = x[0] ** 2 + x[1] - 11, x[0] + x[1] ** 2 - 7
    return np.array([4 * x[0] * first + 2 * second, 2 * first + 4 * x[1] * second])


def _himmelblau_hessian(x):
    mixed = 4 * (x[0] + x[1])
    return np.array([[12 * x[0] ** 2 + 4 * x[1] - 42, mixed], [mixed, 4 * x[0] + 12 * x[1] ** 2 - 26]])


def _of_set(name):
    problem = PROBLEMS[name]
    return Smooth(problem.fun, problem.grad, problem.hess, tuple(problem.start))


def _rosenbrock(*start):
    return Smooth(scipy.optimize.rosen, scipy.optimize.rosen_der, scipy.optimize.rosen_hess, start)


_SIZES = np.array([1.0, 10.0, 100.0, 3.0])
_TURN = np.linalg.qr(np.random.default_rng(0).normal(size=(4, 4)))[0]
_CURVED = _TURN @ np.diag(_SIZES) @ _TURN.T

FUNCTIONS = {
    "Rosenbrock": _rosenbrock(-1.2, 1.0),
    "Rosenbrock 5": _rosenbrock(1.3, 0.7, 0.8, 1.9, 1.2),
    "Himmelblau": Smooth(
        lambda x: (x[0] ** 2 + x[1] - 11) ** 2 + (x[0] + x[1] ** 2 - 7) ** 2,
        _himmelblau_gradient,
        _himmelblau_hessian,
        (0.5, 0.0),
    ),
    "quadratic": Smooth(
        lambda x: 0.5 * x @ _CURVED @ x - x.sum() + 3.0,
        lambda x: _CURVED @ x - 1.0,
        lambda x: _CURVED,
        (1.0, -2.0, 3.0, 0.5),
    ),
    "one unknown": Smooth(
        lambda x: np.cosh(x[0] - 1.0),
        lambda x: np.sinh(x - 1.0),
        lambda x: np.cosh(x - 1.0)[:, None],
        (3.0,),
    ),
    "Beale": _of_set("Beale"),
    "Bard": _of_set("Bard"),
    "helical valley": _of_set("helical valley"),
    "Box": _of_set("Box"),
    "trigonometric": _of_set("trigonometric 10"),
}

#: Flat at its minimum, where the Hessian is 0.
FLAT = Smooth(
    lambda x: float(np.sum((x - 1.0) ** 4)),
    lambda x: 4.0 * (x - 1.0) ** 3,
    lambda x: np.diag(12.0 * (x - 1.0) ** 2),
    (3.0, -1.0),
)


def barrier(beyond):
    """``sum(x - log(x))``, of another value where it is undefined; first steps lead there."""

    def fun(x):
        return float(np.sum(x - np.log(x))) if (x > 0.0).all() else beyond

    return Smooth(fun, lambda x: 1.0 - 1.0 / x, lambda x: np.diag(x**-2.0), (5.0, 0.05))


def _second_order(method, function):
    """What there is of second order for a method: of Newton-CG products."""
    known = {"Newton-CG": {"hessp": function.products}, "trust-constr": {"hess": function.hess}}
    return known.get(method.name, {})


def ours(method, function, start=None, **options):
    """Run a method by itself."""
    more = _second_order(method, function)
    start = function.start if start is None else start
    return solve(method, start, fun=function.fun, jac=function.jac, **more, **options)


def scipys(method, function, start=None, bounds=None, **options):
    """Run SciPy's."""
    more = _second_order(method, function)
    start = function.start if start is None else start
    return scipy.optimize.minimize(
        function.fun, start, jac=function.jac, method=method.name, bounds=bounds, options=options, **more
    )
