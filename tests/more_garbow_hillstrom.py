"""The test problems of Moré, Garbow and Hillstrom: sums of squares of residuals, their starts and minima.

J. Moré, B. Garbow, K. Hillstrom, "Testing unconstrained optimization software", ACM Transactions on
Mathematical Software 7 (1981) 17-41. Residuals are NumPy functions that also take complex x, which gives
Jacobians exact to rounding.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class Problem(NamedTuple):
    """Residuals ``(n,) -> (m,)``, the standard start, and the least sum of squares, and local minima's."""

    residuals: Callable[[np.ndarray], np.ndarray]
    start: np.ndarray
    minima: tuple[float, ...]
    #: Whether starts 10 and 100 times as far make sense.
    far: bool = True

    @property
    def n(self):
        return len(self.start)

    @property
    def square(self):
        """Whether it is a system of n equations in n unknowns with a solution."""
        return len(self.residuals(self.start)) == self.n and 0.0 in self.minima

    def jacobian(self, x):
        """(m, n), by complex steps."""
        columns = []
        for j in range(len(x)):
            moved = x.astype(complex)
            moved[j] += 1e-30j
            columns.append(self.residuals(moved).imag / 1e-30)
        return np.array(columns).T

    def fun(self, x):
        return float(np.sum(self.residuals(x) ** 2))

    def grad(self, x):
        return 2.0 * self.residuals(x) @ self.jacobian(x)

    def hess(self, x):
        """Central differences of gradients, of fourth order."""
        n = len(x)
        hessian = np.empty((n, n))
        for j in range(n):
            step = np.zeros(n)
            step[j] = 1e-3 * max(1e-3, abs(x[j]))
            far, near, after, beyond = (self.grad(x + k * step) for k in (-2, -1, 1, 2))
            hessian[j] = (far - 8 * near + 8 * after - beyond) / (12 * step[j])
        return 0.5 * (hessian + hessian.T)

    def starts(self):
        """The standard one, and those 10 and 100 times as far where the set has them."""
        return [self.start * factor for factor in ((1.0, 10.0, 100.0) if self.far else (1.0,))]


def _rosenbrock(x):
    return np.array([10 * (x[1] - x[0] ** 2), 1 - x[0]])


def _freudenstein_roth(x):
    return np.array(
        [-13 + x[0] + ((5 - x[1]) * x[1] - 2) * x[1], -29 + x[0] + ((x[1] + 1) * x[1] - 14) * x[1]]
    )


def _powell_badly_scaled(x):
    return np.array([1e4 * x[0] * x[1] - 1, np.exp(-x[0]) + np.exp(-x[1]) - 1.0001])


def _brown_badly_scaled(x):
    return np.array([x[0] - 1e6, x[1] - 2e-6, x[0] * x[1] - 2])


def _beale(x):
    y = np.array([1.5, 2.25, 2.625])
    return y - x[0] * (1 - x[1] ** np.arange(1, 4))


def _jennrich_sampson(x):
    i = np.arange(1, 11)
    return 2 + 2 * i - (np.exp(i * x[0]) + np.exp(i * x[1]))


def _helical_valley(x):
    theta = np.arctan(x[1] / x[0]) / (2 * np.pi) + (0.5 if x[0].real < 0 else 0.0)
    return np.array([10 * (x[2] - 10 * theta), 10 * (np.sqrt(x[0] ** 2 + x[1] ** 2) - 1), x[2]])


_BARD = np.array([0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.10, 4.39])


def _bard(x):
    u = np.arange(1, 16)
    v = 16 - u
    return _BARD - (x[0] + u / (v * x[1] + np.minimum(u, v) * x[2]))


_GAUSSIAN = np.array(
    [0.0009, 0.0044, 0.0175, 0.0540, 0.1295, 0.2420, 0.3521, 0.3989, 0.3521, 0.2420, 0.1295, 0.0540, 0.0175,
     0.0044, 0.0009]
)  # fmt: skip


def _gaussian(x):
    t = (8 - np.arange(1, 16)) / 2
    return x[0] * np.exp(-x[1] * (t - x[2]) ** 2 / 2) - _GAUSSIAN


_MEYER = np.array(
    [34780, 28610, 23650, 19630, 16370, 13720, 11540, 9744, 8261, 7030, 6005, 5147, 4427, 3820, 3307, 2872.0]
)


def _meyer(x):
    t = 45 + 5 * np.arange(1, 17)
    return x[0] * np.exp(x[1] / (t + x[2])) - _MEYER


def _gulf(x):
    t = np.arange(1, 100) / 100
    y = 25 + (-50 * np.log(t)) ** (2 / 3)
    distance = y - x[1]
    distance = np.where(distance.real < 0, -distance, distance)
    return np.exp(-(distance ** x[2]) / x[0]) - t


def _box(x):
    t = np.arange(1, 11) / 10
    return np.exp(-t * x[0]) - np.exp(-t * x[1]) - x[2] * (np.exp(-t) - np.exp(-10 * t))


def _powell_singular(x):
    return np.array([
        x[0] + 10 * x[1], np.sqrt(5) * (x[2] - x[3]), (x[1] - 2 * x[2]) ** 2, np.sqrt(10) * (x[0] - x[3]) ** 2
    ])  # fmt: skip


def _wood(x):
    return np.array([
        10 * (x[1] - x[0] ** 2), 1 - x[0], np.sqrt(90) * (x[3] - x[2] ** 2), 1 - x[2],
        np.sqrt(10) * (x[1] + x[3] - 2), (x[1] - x[3]) / np.sqrt(10),
    ])  # fmt: skip


_KOWALIK = np.array([0.1957, 0.1947, 0.1735, 0.1600, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246])
_KOWALIK_U = np.array([4, 2, 1, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625])


def _kowalik_osborne(x):
    u = _KOWALIK_U
    return _KOWALIK - x[0] * (u**2 + u * x[1]) / (u**2 + u * x[2] + x[3])


def _brown_dennis(x):
    t = np.arange(1, 21) / 5
    return (x[0] + t * x[1] - np.exp(t)) ** 2 + (x[2] + x[3] * np.sin(t) - np.cos(t)) ** 2


_OSBORNE_1 = np.array(
    [0.844, 0.908, 0.932, 0.936, 0.925, 0.908, 0.881, 0.850, 0.818, 0.784, 0.751, 0.718, 0.685, 0.658, 0.628,
     0.603, 0.580, 0.558, 0.538, 0.522, 0.506, 0.490, 0.478, 0.467, 0.457, 0.448, 0.438, 0.431, 0.424, 0.420,
     0.414, 0.411, 0.406]
)  # fmt: skip


def _osborne_1(x):
    t = 10 * np.arange(33)
    return _OSBORNE_1 - (x[0] + x[1] * np.exp(-t * x[3]) + x[2] * np.exp(-t * x[4]))


def _biggs(x):
    t = np.arange(1, 14) / 10
    y = np.exp(-t) - 5 * np.exp(-10 * t) + 3 * np.exp(-4 * t)
    return x[2] * np.exp(-t * x[0]) - x[3] * np.exp(-t * x[1]) + x[5] * np.exp(-t * x[4]) - y


_OSBORNE_2 = np.array(
    [1.366, 1.191, 1.112, 1.013, 0.991, 0.885, 0.831, 0.847, 0.786, 0.725, 0.746, 0.679, 0.608, 0.655, 0.616,
     0.606, 0.602, 0.626, 0.651, 0.724, 0.649, 0.649, 0.694, 0.644, 0.624, 0.661, 0.612, 0.558, 0.533, 0.495,
     0.500, 0.423, 0.395, 0.375, 0.372, 0.391, 0.396, 0.405, 0.428, 0.429, 0.523, 0.562, 0.607, 0.653, 0.672,
     0.708, 0.633, 0.668, 0.645, 0.632, 0.591, 0.559, 0.597, 0.625, 0.739, 0.710, 0.729, 0.720, 0.636, 0.581,
     0.428, 0.292, 0.162, 0.098, 0.054]
)  # fmt: skip


def _osborne_2(x):
    t = np.arange(65) / 10
    return _OSBORNE_2 - (
        x[0] * np.exp(-t * x[4])
        + x[1] * np.exp(-((t - x[8]) ** 2) * x[5])
        + x[2] * np.exp(-((t - x[9]) ** 2) * x[6])
        + x[3] * np.exp(-((t - x[10]) ** 2) * x[7])
    )


def _watson(x):
    t, j = np.arange(1, 30)[:, None] / 29, np.arange(len(x))
    slope = (j[1:] * x[1:] * t ** (j[1:] - 1)).sum(axis=1)
    value = (x * t**j).sum(axis=1)
    return np.concatenate([slope - value**2 - 1, [x[0], x[1] - x[0] ** 2 - 1]])


def _extended_rosenbrock(x):
    pairs = x.reshape(-1, 2)
    return np.stack([10 * (pairs[:, 1] - pairs[:, 0] ** 2), 1 - pairs[:, 0]], axis=1).ravel()


def _extended_powell(x):
    return np.concatenate([_powell_singular(four) for four in x.reshape(-1, 4)])


def _penalty_1(x):
    return np.concatenate([np.sqrt(1e-5) * (x - 1), [(x**2).sum() - 0.25]])


def _penalty_2(x):
    n, i = len(x), np.arange(2, len(x) + 1)
    y = np.exp(i / 10) + np.exp((i - 1) / 10)
    return np.concatenate([
        [x[0] - 0.2],
        np.sqrt(1e-5) * (np.exp(x[1:] / 10) + np.exp(x[:-1] / 10) - y),
        np.sqrt(1e-5) * (np.exp(x[1:] / 10) - np.exp(-0.1)),
        [((n - np.arange(n)) * x**2).sum() - 1],
    ])  # fmt: skip


def _variably_dimensioned(x):
    total = (np.arange(1, len(x) + 1) * (x - 1)).sum()
    return np.concatenate([x - 1, [total, total**2]])


def _trigonometric(x):
    n, i = len(x), np.arange(1, len(x) + 1)
    return n - np.cos(x).sum() + i * (1 - np.cos(x)) - np.sin(x)


def _brown_almost_linear(x):
    return np.append(x[:-1] + x.sum() - (len(x) + 1), x.prod() - 1)


def _neighbours(x):
    padded = np.concatenate([[0], x, [0]])
    return padded[:-2], padded[2:]


def _discrete_boundary_value(x):
    h = 1 / (len(x) + 1)
    t = h * np.arange(1, len(x) + 1)
    before, after = _neighbours(x)
    return 2 * x - before - after + h**2 * (x + t + 1) ** 3 / 2


def _discrete_integral(x):
    h = 1 / (len(x) + 1)
    t = h * np.arange(1, len(x) + 1)
    cubes = (x + t + 1) ** 3
    up, down = np.cumsum(t * cubes), np.cumsum(((1 - t) * cubes)[::-1])[::-1]
    return x + h * ((1 - t) * up + t * np.append(down[1:], 0)) / 2


def _broyden_tridiagonal(x):
    before, after = _neighbours(x)
    return (3 - 2 * x) * x - before - 2 * after + 1


def _broyden_banded(x):
    n = len(x)
    rows = []
    for i in range(n):
        near = [j for j in range(max(0, i - 5), min(n, i + 2)) if j != i]
        rows.append(x[i] * (2 + 5 * x[i] ** 2) + 1 - sum(x[j] * (1 + x[j]) for j in near))
    return np.array(rows)


def _linear_full_rank(x, m=20):
    n = len(x)
    return np.concatenate([x - 2 * x.sum() / m - 1, np.full(m - n, -2 * x.sum() / m - 1)])


def _linear_rank_one(x, m=20):
    return np.arange(1, m + 1) * (np.arange(1, len(x) + 1) * x).sum() - 1


def _linear_rank_one_zeros(x, m=20):
    n = len(x)
    inner = (np.arange(2, n) * x[1:-1]).sum()
    i = np.arange(m)
    return np.where((i == 0) | (i == m - 1), 0.0, i) * inner - 1


def _chebyquad(x):
    n = len(x)
    z = 2 * x - 1
    before, now, sums = np.ones_like(z), z, []
    for i in range(1, n + 1):
        integral = -1 / (i**2 - 1) if i % 2 == 0 else 0.0
        sums.append(now.mean() - integral)
        before, now = now, 2 * z * now - before
    return np.array(sums)


def _ramp(n):
    return np.arange(1, n + 1) / (n + 1)


def _grid(n):
    t = _ramp(n)
    return t * (t - 1)


PROBLEMS = {
    "Rosenbrock": Problem(_rosenbrock, np.array([-1.2, 1]), (0.0,)),
    "Freudenstein-Roth": Problem(_freudenstein_roth, np.array([0.5, -2]), (0.0, 48.9842536792)),
    "Powell badly scaled": Problem(_powell_badly_scaled, np.array([0.0, 1]), (0.0,)),
    "Brown badly scaled": Problem(_brown_badly_scaled, np.array([1.0, 1]), (0.0,)),
    "Beale": Problem(_beale, np.array([1.0, 1]), (0.0,)),
    "Jennrich-Sampson": Problem(_jennrich_sampson, np.array([0.3, 0.4]), (124.362182356,), far=False),
    "helical valley": Problem(_helical_valley, np.array([-1.0, 0, 0]), (0.0,)),
    "Bard": Problem(_bard, np.array([1.0, 1, 1]), (8.21487730658e-3, 17.4286933)),
    "Gaussian": Problem(_gaussian, np.array([0.4, 1, 0]), (1.12793276962e-8,), far=False),
    "Meyer": Problem(_meyer, np.array([0.02, 4000, 250]), (87.9458551708,), far=False),
    "Gulf": Problem(_gulf, np.array([5, 2.5, 0.15]), (0.0,), far=False),
    "Box": Problem(_box, np.array([0.0, 10, 20]), (0.0,), far=False),
    "Powell singular": Problem(_powell_singular, np.array([3.0, -1, 0, 1]), (0.0,)),
    "Wood": Problem(_wood, np.array([-3.0, -1, -3, -1]), (0.0,)),
    "Kowalik-Osborne": Problem(
        _kowalik_osborne, np.array([0.25, 0.39, 0.415, 0.39]), (3.07505603849e-4, 1.0273427e-3, 1.9385e-3)
    ),
    "Brown-Dennis": Problem(_brown_dennis, np.array([25.0, 5, -5, -1]), (85822.2016264,)),
    "Osborne 1": Problem(_osborne_1, np.array([0.5, 1.5, -1, 0.01, 0.02]), (5.46489469748e-5,), far=False),
    "Biggs": Problem(_biggs, np.array([1.0, 2, 1, 1, 1, 1]), (0.0, 5.65564992e-3), far=False),
    "Osborne 2": Problem(
        _osborne_2,
        np.array([1.3, 0.65, 0.65, 0.7, 0.6, 3, 5, 7, 2, 4.5, 5.5]),
        (4.01377362935e-2,),
        far=False,
    ),
    "Watson 6": Problem(_watson, np.zeros(6), (2.28767005355e-3,), far=False),
    "Watson 9": Problem(_watson, np.zeros(9), (1.39976013805e-6,), far=False),
    "extended Rosenbrock 10": Problem(_extended_rosenbrock, np.tile([-1.2, 1], 5), (0.0,)),
    "extended Powell 8": Problem(_extended_powell, np.tile([3.0, -1, 0, 1], 2), (0.0,)),
    "penalty I 4": Problem(_penalty_1, np.arange(1.0, 5), (2.24997750e-5,)),
    "penalty I 10": Problem(_penalty_1, np.arange(1.0, 11), (7.08765146e-5,)),
    "penalty II 4": Problem(_penalty_2, np.full(4, 0.5), (9.37629320e-6,), far=False),
    "penalty II 10": Problem(_penalty_2, np.full(10, 0.5), (2.93660537e-4,), far=False),
    "variably dimensioned 10": Problem(_variably_dimensioned, 1 - np.arange(1, 11) / 10, (0.0,)),
    "trigonometric 10": Problem(_trigonometric, np.full(10, 0.1), (0.0, 2.79506e-5), far=False),
    "Brown almost linear 10": Problem(_brown_almost_linear, np.full(10, 0.5), (0.0, 1.0), far=False),
    "discrete boundary value 10": Problem(_discrete_boundary_value, _grid(10), (0.0,)),
    "discrete integral 10": Problem(_discrete_integral, _grid(10), (0.0,)),
    "Broyden tridiagonal 10": Problem(_broyden_tridiagonal, np.full(10, -1.0), (0.0,)),
    "Broyden banded 10": Problem(_broyden_banded, np.full(10, -1.0), (0.0,)),
    "linear full rank 10": Problem(_linear_full_rank, np.ones(10), (10.0,), far=False),
    "linear rank 1 10": Problem(_linear_rank_one, np.ones(10), (4.63414634146,), far=False),
    "linear rank 1 with zeros 10": Problem(_linear_rank_one_zeros, np.ones(10), (6.13513513514,), far=False),
    "Chebyquad 7": Problem(_chebyquad, _ramp(7), (0.0,), far=False),
    "Chebyquad 8": Problem(_chebyquad, _ramp(8), (3.51687372568e-3,), far=False),
}
