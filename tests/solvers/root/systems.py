"""Systems of equations with Jacobians by central differences, and SciPy's and our way of solving them."""

from types import SimpleNamespace

import numpy as np
from scipy import optimize

from solvers.coroutines.row import JACOBIAN, VALUES
from tests.alone import solve


def rosenbrock(x):
    return np.array([10.0 * (x[1] - x[0] ** 2), 1.0 - x[0]])


def cubic(x):  # of SciPy's documentation
    return np.array([x[0] + 0.5 * (x[0] - x[1]) ** 3 - 1.0, 0.5 * (x[1] - x[0]) ** 3 + x[1]])


def helical_valley(x):  # More, Garbow, Hillstrom (7)
    turn = np.arctan2(x[1], x[0]) / (2.0 * np.pi)
    return np.array([10.0 * (x[2] - 10.0 * turn), 10.0 * (np.hypot(x[0], x[1]) - 1.0), x[2]])


def tridiagonal(x):  # More, Garbow, Hillstrom (30)
    f = (3.0 - 2.0 * x) * x + 1.0
    f[1:] -= x[:-1]
    f[:-1] -= 2.0 * x[1:]
    return f


def boundary_value(x):  # More, Garbow, Hillstrom (28)
    h = 1.0 / (len(x) + 1)
    f = 2.0 * x + h * h * (x + h * np.arange(1, len(x) + 1) + 1.0) ** 3 / 2.0
    f[1:] -= x[:-1]
    f[:-1] -= x[1:]
    return f


def logarithmic(x):  # undefined where x[0] <= 0
    with np.errstate(all="ignore"):
        return np.array([np.log(x[0]) + x[1], x[1] ** 2 + x[0] - 2.0])


def without_solution(x):
    return np.array([x[0] ** 2 + 1.0, x[1]])


#: Systems, starts.
SYSTEMS = [
    (rosenbrock, [-1.2, 1.0]),
    (cubic, [0.0, 0.0]),
    (cubic, [3.0, -1.0]),
    (helical_valley, [-1.0, 0.5, 0.2]),
    (tridiagonal, [-1.0] * 5),
    (boundary_value, [-0.1] * 5),
]


def differentiated(function, x):
    """Central differences."""
    columns = []
    for j in range(len(x)):
        step = np.zeros(len(x))
        step[j] = 1e-6 * max(1.0, abs(x[j]))
        columns.append((function(x + step) - function(x - step)) / (2.0 * step[j]))
    return np.array(columns).T


def ours(method, function, x0, /, **options):
    """Solve by a method of ours; ``nfev`` and ``njev`` are the calls."""
    zeros = np.zeros(len(function(np.array(x0, dtype=float))))
    result = solve(
        method,
        x0,
        values=function,
        jacobian=lambda x: differentiated(function, x),
        least=zeros,
        most=zeros,
        **options,
    )
    result.nfev, result.njev = result.counts[VALUES], result.counts[JACOBIAN]
    return result


def scipys(name, function, x0, /, tol=None, **options):
    """Solve by SciPy; ``nfev`` and ``njev`` are the calls, without those that check shapes."""
    calls = SimpleNamespace(fun=0, jac=0)

    def fun(x):
        calls.fun += 1
        return function(x)

    def jac(x):
        calls.jac += 1
        return differentiated(function, x)

    derivatives = jac if name in {"hybr", "lm"} else None
    with np.errstate(all="ignore"):
        found = optimize.root(
            fun, np.array(x0, dtype=float), jac=derivatives, method=name, tol=tol, options=options
        )
    checks = 2 if name in {"hybr", "lm"} else 0
    found.nfev, found.njev = calls.fun - checks, calls.jac - bool(checks)
    return found
