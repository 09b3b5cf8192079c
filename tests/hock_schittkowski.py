"""Problems of Hock and Schittkowski: objectives under bounds and constraints, their starts and minima.

W. Hock, K. Schittkowski, Test Examples for Nonlinear Programming Codes, Lecture Notes in Economics and
Mathematical Systems 187, Springer 1981, with their numbers. Functions also take complex x, which gives
derivatives exact to rounding.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

INF = np.inf
R2, R3 = np.sqrt(2.0), np.sqrt(3.0)


class Problem(NamedTuple):
    """Minimize ``fun`` with ``equal(x) = 0``, ``above(x) >= 0`` and bounds."""

    fun: Callable[..., float]
    start: np.ndarray
    minimum: float
    equal: Callable[..., list] = lambda x: []
    above: Callable[..., list] = lambda x: []
    lower: tuple = ()
    upper: tuple = ()

    @property
    def n(self):
        return len(self.start)

    @property
    def bounds(self):
        """Pairs, None where there are none at all."""
        if not self.lower and not self.upper:
            return None
        return list(zip(self.lower or [-INF] * self.n, self.upper or [INF] * self.n, strict=True))

    @property
    def constrained(self):
        return bool(len(self.equal(self.start)) or len(self.above(self.start)))

    def constraints(self):
        """As dictionaries, with Jacobians."""
        found = []
        for kind, function in (("eq", self.equal), ("ineq", self.above)):
            if len(function(self.start)):
                found.append(
                    {
                        "type": kind,
                        "fun": lambda x, f=function: np.array(f(x)).real.astype(float),
                        "jac": lambda x, f=function: derivative(f, x),
                    }
                )
        return found

    def value(self, x):
        return float(np.real(self.fun(x)))

    def grad(self, x):
        return derivative(lambda at: [self.fun(at)], x)[0]

    def violation(self, x):
        """The largest violation of a constraint or a bound."""
        found = [0.0, *np.abs(self.equal(x)), *(-np.array(self.above(x)))]
        for low, high, at in zip(self.lower or [-INF] * self.n, self.upper or [INF] * self.n, x, strict=True):
            found += [low - at, at - high]
        return float(max(found))


def derivative(function, x):
    """(m, n), by complex steps."""
    columns = []
    for j in range(len(x)):
        moved = np.asarray(x, dtype=complex).copy()
        moved[j] += 1e-30j
        columns.append(np.array(function(moved)).imag / 1e-30)
    return np.array(columns).T.reshape(-1, len(x))


def _start(*x):
    return np.array(x, dtype=float)


def _hs100(x):
    return (
        (x[0] - 10) ** 2 + 5 * (x[1] - 12) ** 2 + x[2] ** 4 + 3 * (x[3] - 11) ** 2 + 10 * x[4] ** 6
        + 7 * x[5] ** 2 + x[6] ** 4 - 4 * x[5] * x[6] - 10 * x[5] - 8 * x[6]
    )  # fmt: skip


PROBLEMS = {
    1: Problem(
        lambda x: 100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2, _start(-2, 1), 0.0, lower=(-INF, -1.5)
    ),
    3: Problem(lambda x: x[1] + 1e-5 * (x[1] - x[0]) ** 2, _start(10, 1), 0.0, lower=(-INF, 0)),
    4: Problem(lambda x: (x[0] + 1) ** 3 / 3 + x[1], _start(1.125, 0.125), 8 / 3, lower=(1, 0)),
    5: Problem(
        lambda x: np.sin(x[0] + x[1]) + (x[0] - x[1]) ** 2 - 1.5 * x[0] + 2.5 * x[1] + 1,
        _start(0, 0), -R3 / 2 - np.pi / 3, lower=(-1.5, -3), upper=(4, 3),
    ),
    6: Problem(lambda x: (1 - x[0]) ** 2, _start(-1.2, 1), 0.0, lambda x: [10 * (x[1] - x[0] ** 2)]),
    7: Problem(
        lambda x: np.log(1 + x[0] ** 2) - x[1], _start(2, 2), -R3,
        lambda x: [(1 + x[0] ** 2) ** 2 + x[1] ** 2 - 4],
    ),
    9: Problem(
        lambda x: np.sin(np.pi * x[0] / 12) * np.cos(np.pi * x[1] / 16), _start(0, 0), -0.5,
        lambda x: [4 * x[0] - 3 * x[1]],
    ),
    10: Problem(
        lambda x: x[0] - x[1], _start(-10, 10), -1.0,
        above=lambda x: [-3 * x[0] ** 2 + 2 * x[0] * x[1] - x[1] ** 2 + 1],
    ),
    11: Problem(
        lambda x: (x[0] - 5) ** 2 + x[1] ** 2 - 25, _start(4.9, 0.1), -8.498464223,
        above=lambda x: [-(x[0] ** 2) + x[1]],
    ),
    12: Problem(
        lambda x: 0.5 * x[0] ** 2 + x[1] ** 2 - x[0] * x[1] - 7 * x[0] - 7 * x[1], _start(0, 0), -30.0,
        above=lambda x: [25 - 4 * x[0] ** 2 - x[1] ** 2],
    ),
    14: Problem(
        lambda x: (x[0] - 2) ** 2 + (x[1] - 1) ** 2, _start(2, 2), 9 - 2.875 * np.sqrt(7),
        lambda x: [x[0] - 2 * x[1] + 1], lambda x: [-0.25 * x[0] ** 2 - x[1] ** 2 + 1],
    ),
    22: Problem(
        lambda x: (x[0] - 2) ** 2 + (x[1] - 1) ** 2, _start(2, 2), 1.0,
        above=lambda x: [-x[0] - x[1] + 2, -(x[0] ** 2) + x[1]],
    ),
    24: Problem(
        lambda x: ((x[0] - 3) ** 2 - 9) * x[1] ** 3 / (27 * R3), _start(1, 0.5), -1.0,
        above=lambda x: [x[0] / R3 - x[1], x[0] + R3 * x[1], -x[0] - R3 * x[1] + 6], lower=(0, 0),
    ),
    26: Problem(
        lambda x: (x[0] - x[1]) ** 2 + (x[1] - x[2]) ** 4, _start(-2.6, 2, 2), 0.0,
        lambda x: [(1 + x[1] ** 2) * x[0] + x[2] ** 4 - 3],
    ),
    27: Problem(
        lambda x: 0.01 * (x[0] - 1) ** 2 + (x[1] - x[0] ** 2) ** 2, _start(2, 2, 2), 0.04,
        lambda x: [x[0] + x[2] ** 2 + 1],
    ),
    28: Problem(
        lambda x: (x[0] + x[1]) ** 2 + (x[1] + x[2]) ** 2, _start(-4, 1, 1), 0.0,
        lambda x: [x[0] + 2 * x[1] + 3 * x[2] - 1],
    ),
    29: Problem(
        lambda x: -x[0] * x[1] * x[2], _start(1, 1, 1), -16 * R2,
        above=lambda x: [-(x[0] ** 2) - 2 * x[1] ** 2 - 4 * x[2] ** 2 + 48],
    ),
    35: Problem(
        lambda x: 9 - 8 * x[0] - 6 * x[1] - 4 * x[2] + 2 * x[0] ** 2 + 2 * x[1] ** 2 + x[2] ** 2
        + 2 * x[0] * x[1] + 2 * x[0] * x[2],
        _start(0.5, 0.5, 0.5), 1 / 9, above=lambda x: [3 - x[0] - x[1] - 2 * x[2]], lower=(0, 0, 0),
    ),
    36: Problem(
        lambda x: -x[0] * x[1] * x[2], _start(10, 10, 10), -3300.0,
        above=lambda x: [72 - x[0] - 2 * x[1] - 2 * x[2]], lower=(0, 0, 0), upper=(20, 11, 42),
    ),
    39: Problem(
        lambda x: -x[0], _start(2, 2, 2, 2), -1.0,
        lambda x: [x[1] - x[0] ** 3 - x[2] ** 2, x[0] ** 2 - x[1] - x[3] ** 2],
    ),
    40: Problem(
        lambda x: -x[0] * x[1] * x[2] * x[3], _start(0.8, 0.8, 0.8, 0.8), -0.25,
        lambda x: [x[0] ** 3 + x[1] ** 2 - 1, x[0] ** 2 * x[3] - x[2], x[3] ** 2 - x[1]],
    ),
    43: Problem(
        lambda x: x[0] ** 2 + x[1] ** 2 + 2 * x[2] ** 2 + x[3] ** 2 - 5 * x[0] - 5 * x[1] - 21 * x[2]
        + 7 * x[3],
        _start(0, 0, 0, 0), -44.0,
        above=lambda x: [
            8 - x[0] ** 2 - x[1] ** 2 - x[2] ** 2 - x[3] ** 2 - x[0] + x[1] - x[2] + x[3],
            10 - x[0] ** 2 - 2 * x[1] ** 2 - x[2] ** 2 - 2 * x[3] ** 2 + x[0] + x[3],
            5 - 2 * x[0] ** 2 - x[1] ** 2 - x[2] ** 2 - 2 * x[0] + x[1] + x[3],
        ],
    ),
    48: Problem(
        lambda x: (x[0] - 1) ** 2 + (x[1] - x[2]) ** 2 + (x[3] - x[4]) ** 2, _start(3, 5, -3, 2, -2), 0.0,
        lambda x: [x[0] + x[1] + x[2] + x[3] + x[4] - 5, x[2] - 2 * (x[3] + x[4]) + 3],
    ),
    51: Problem(
        lambda x: (x[0] - x[1]) ** 2 + (x[1] + x[2] - 2) ** 2 + (x[3] - 1) ** 2 + (x[4] - 1) ** 2,
        _start(2.5, 0.5, 2, -1, 0.5), 0.0,
        lambda x: [x[0] + 3 * x[1] - 4, x[2] + x[3] - 2 * x[4], x[1] - x[4]],
    ),
    52: Problem(
        lambda x: (4 * x[0] - x[1]) ** 2 + (x[1] + x[2] - 2) ** 2 + (x[3] - 1) ** 2 + (x[4] - 1) ** 2,
        _start(2, 2, 2, 2, 2), 1859 / 349,
        lambda x: [x[0] + 3 * x[1], x[2] + x[3] - 2 * x[4], x[1] - x[4]],
    ),
    60: Problem(
        lambda x: (x[0] - 1) ** 2 + (x[0] - x[1]) ** 2 + (x[1] - x[2]) ** 4, _start(2, 2, 2), 0.03256820025,
        lambda x: [x[0] * (1 + x[1] ** 2) + x[2] ** 4 - 4 - 3 * R2], lower=(-10,) * 3, upper=(10,) * 3,
    ),
    63: Problem(
        lambda x: 1000 - x[0] ** 2 - 2 * x[1] ** 2 - x[2] ** 2 - x[0] * x[1] - x[0] * x[2], _start(2, 2, 2),
        961.7151721,
        lambda x: [8 * x[0] + 14 * x[1] + 7 * x[2] - 56, x[0] ** 2 + x[1] ** 2 + x[2] ** 2 - 25],
        lower=(0, 0, 0),
    ),
    65: Problem(
        lambda x: (x[0] - x[1]) ** 2 + (x[0] + x[1] - 10) ** 2 / 9 + (x[2] - 5) ** 2, _start(-5, 5, 0),
        0.9535288567, above=lambda x: [48 - x[0] ** 2 - x[1] ** 2 - x[2] ** 2], lower=(-4.5, -4.5, -5),
        upper=(4.5, 4.5, 5),
    ),
    71: Problem(
        lambda x: x[0] * x[3] * (x[0] + x[1] + x[2]) + x[2], _start(1, 5, 5, 1), 17.0140173,
        lambda x: [x[0] ** 2 + x[1] ** 2 + x[2] ** 2 + x[3] ** 2 - 40],
        lambda x: [x[0] * x[1] * x[2] * x[3] - 25], lower=(1,) * 4, upper=(5,) * 4,
    ),
    76: Problem(
        lambda x: x[0] ** 2 + 0.5 * x[1] ** 2 + x[2] ** 2 + 0.5 * x[3] ** 2 - x[0] * x[2] + x[2] * x[3] - x[0]
        - 3 * x[1] + x[2] - x[3],
        _start(0.5, 0.5, 0.5, 0.5), -4.681818182,
        above=lambda x: [
            5 - x[0] - 2 * x[1] - x[2] - x[3], 4 - 3 * x[0] - x[1] - 2 * x[2] + x[3], x[1] + 4 * x[2] - 1.5
        ],
        lower=(0,) * 4,
    ),
    77: Problem(
        lambda x: (x[0] - 1) ** 2 + (x[0] - x[1]) ** 2 + (x[2] - 1) ** 2 + (x[3] - 1) ** 4 + (x[4] - 1) ** 6,
        _start(2, 2, 2, 2, 2), 0.24150513,
        lambda x: [x[0] ** 2 * x[3] + np.sin(x[3] - x[4]) - 2 * R2, x[1] + x[2] ** 4 * x[3] ** 2 - 8 - R2],
    ),
    78: Problem(
        lambda x: x[0] * x[1] * x[2] * x[3] * x[4], _start(-2, 1.5, 2, -1, -1), -2.91970041,
        lambda x: [(x**2).sum() - 10, x[1] * x[2] - 5 * x[3] * x[4], x[0] ** 3 + x[1] ** 3 + 1],
    ),
    79: Problem(
        lambda x: (x[0] - 1) ** 2 + (x[0] - x[1]) ** 2 + (x[1] - x[2]) ** 2 + (x[2] - x[3]) ** 4
        + (x[3] - x[4]) ** 4,
        _start(2, 2, 2, 2, 2), 0.0787768209,
        lambda x: [
            x[0] + x[1] ** 2 + x[2] ** 3 - 2 - 3 * R2, x[1] - x[2] ** 2 + x[3] + 2 - 2 * R2, x[0] * x[4] - 2
        ],
    ),
    100: Problem(
        _hs100, _start(1, 2, 0, 4, 0, 1, 1), 680.6300573,
        above=lambda x: [
            127 - 2 * x[0] ** 2 - 3 * x[1] ** 4 - x[2] - 4 * x[3] ** 2 - 5 * x[4],
            282 - 7 * x[0] - 3 * x[1] - 10 * x[2] ** 2 - x[3] + x[4],
            196 - 23 * x[0] - x[1] ** 2 - 6 * x[5] ** 2 + 8 * x[6],
            -4 * x[0] ** 2 - x[1] ** 2 + 3 * x[0] * x[1] - 2 * x[2] ** 2 - 5 * x[5] + 11 * x[6],
        ],
    ),
}  # fmt: skip
