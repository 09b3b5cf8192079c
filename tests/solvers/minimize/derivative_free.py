"""What methods without derivatives are tried on, and what SciPy makes of it."""

import numpy as np
import scipy.optimize

INF = np.inf


def rosenbrock(x):
    return float(np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2))


def himmelblau(x):
    return float((x[0] ** 2 + x[1] - 11) ** 2 + (x[0] + x[1] ** 2 - 7) ** 2)


def beale(x):
    y = x[0] * (1 - x[1] ** np.arange(1, 4))
    return float(np.sum((np.array([1.5, 2.25, 2.625]) - y) ** 2))


def bowl(x):
    return float(np.sum(np.arange(1, len(x) + 1) * (x - 1) ** 2))


def flat(x):
    return float(np.sum((x - 1) ** 4))


def half(x):  # undefined where x0 <= 0
    return float(x[0] - np.log(x[0]) + (x[1] - 2) ** 2) if x[0] > 0 else np.nan


def scipy_answer(method, fun, x0, bounds=(-INF, INF), values=None, least=(), most=(), **options):
    constraints = scipy.optimize.NonlinearConstraint(values, least, most) if values else ()
    return scipy.optimize.minimize(
        fun,
        x0,
        method=method,
        bounds=scipy.optimize.Bounds(*bounds),
        constraints=constraints,
        options=options,
    )


FREE = {
    "rosenbrock": (rosenbrock, [-1.2, 1.0], 1e-9),
    "rosenbrock of five": (rosenbrock, [-1.2, 1.0, -1.2, 1.0, 1.0], 1e-9),
    "himmelblau": (himmelblau, [0.0, 0.0], 1e-9),
    "beale": (beale, [1.0, 1.0], 1e-9),
    "bowl": (bowl, [0.0, 0.0, 0.0, 0.0], 1e-12),
    "one unknown": (flat, [4.0], 1e-6),
    "flat": (flat, [3.0, -2.0], 1e-6),
    "half": (half, [0.5, 1.0], 1e-9),
}

BOUNDED = {
    "inside": ([-2, -2], [3, 3]),
    "at one": ([-2, 1.5], [0.5, 2.5]),
    "start outside": ([-1, -1], [0.5, 0.9]),
    "narrow": ([0.2, 0.3], [0.21, 0.9]),
    "one fixed": ([-2, 0.7], [3, 0.7]),
    "one side": ([-INF, 1.5], [0.8, INF]),
}


def half_line(x):
    return float(x[0]) if x[0] > 0 else np.nan
