"""Problems of W. Hock, K. Schittkowski, Test Examples for Nonlinear Programming Codes, LNEMS 187, 1981."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy import array, inf


@dataclass(frozen=True)
class Problem:
    """Minimize ``fun`` under ``least <= values(x) <= most`` and ``bounds``."""

    x0: Any
    fun: Any
    jac: Any
    values: Any = None
    jacobian: Any = None
    least: Any = ()
    most: Any = ()
    bounds: Any = (-inf, inf)


def _hs40_jacobian(x):
    return array([[3 * x[0] ** 2, 2 * x[1], 0, 0], [2 * x[0] * x[3], 0, -1, x[0] ** 2], [0, -1, 0, 2 * x[3]]])


def _hs65_gradient(x):
    a, b = 2 * (x[0] - x[1]), 2 * (x[0] + x[1] - 10) / 9
    return array([a + b, b - a, 2 * (x[2] - 5)])


def _hs100(x):
    return (
        (x[0] - 10) ** 2 + 5 * (x[1] - 12) ** 2 + x[2] ** 4 + 3 * (x[3] - 11) ** 2 + 10 * x[4] ** 6
        + 7 * x[5] ** 2 + x[6] ** 4 - 4 * x[5] * x[6] - 10 * x[5] - 8 * x[6]
    )  # fmt: skip


PROBLEMS = {
    6: Problem(
        [-1.2, 1],
        lambda x: (1 - x[0]) ** 2,
        lambda x: array([-2 * (1 - x[0]), 0.0]),
        lambda x: array([10 * (x[1] - x[0] ** 2)]),
        lambda x: array([[-20 * x[0], 10.0]]),
        [0],
        [0],
    ),
    7: Problem(
        [2, 2],
        lambda x: np.log(1 + x[0] ** 2) - x[1],
        lambda x: array([2 * x[0] / (1 + x[0] ** 2), -1.0]),
        lambda x: array([(1 + x[0] ** 2) ** 2 + x[1] ** 2]),
        lambda x: array([[4 * x[0] * (1 + x[0] ** 2), 2 * x[1]]]),
        [4],
        [4],
    ),
    26: Problem(
        [-2.6, 2, 2],
        lambda x: (x[0] - x[1]) ** 2 + (x[1] - x[2]) ** 4,
        lambda x: 2 * (x[0] - x[1]) * array([1, -1, 0]) + 4 * (x[1] - x[2]) ** 3 * array([0, 1, -1]),
        lambda x: array([(1 + x[1] ** 2) * x[0] + x[2] ** 4]),
        lambda x: array([[1 + x[1] ** 2, 2 * x[1] * x[0], 4 * x[2] ** 3]]),
        [3],
        [3],
    ),
    28: Problem(
        [-4, 1, 1],
        lambda x: (x[0] + x[1]) ** 2 + (x[1] + x[2]) ** 2,
        lambda x: 2 * (x[0] + x[1]) * array([1, 1, 0]) + 2 * (x[1] + x[2]) * array([0, 1, 1]),
        lambda x: array([x[0] + 2 * x[1] + 3 * x[2]]),
        lambda x: array([[1.0, 2, 3]]),
        [1],
        [1],
    ),
    35: Problem(
        [0.5, 0.5, 0.5],
        lambda x: (
            9 - 8 * x[0] - 6 * x[1] - 4 * x[2] + 2 * x[0] ** 2 + 2 * x[1] ** 2 + x[2] ** 2
            + 2 * x[0] * x[1] + 2 * x[0] * x[2]
        ),
        lambda x: array(
            [-8 + 4 * x[0] + 2 * x[1] + 2 * x[2], -6 + 4 * x[1] + 2 * x[0], -4 + 2 * x[2] + 2 * x[0]]
        ),
        lambda x: array([x[0] + x[1] + 2 * x[2]]),
        lambda x: array([[1.0, 1, 2]]),
        [-inf],
        [3],
        (0.0, inf),
    ),
    39: Problem(
        [2, 2, 2, 2],
        lambda x: -x[0],
        lambda x: array([-1.0, 0, 0, 0]),
        lambda x: array([x[1] - x[0] ** 3 - x[2] ** 2, x[0] ** 2 - x[1] - x[3] ** 2]),
        lambda x: array([[-3 * x[0] ** 2, 1, -2 * x[2], 0], [2 * x[0], -1, 0, -2 * x[3]]]),
        [0, 0],
        [0, 0],
    ),
    40: Problem(
        [0.8, 0.8, 0.8, 0.8],
        lambda x: -x.prod(),
        lambda x: -x.prod() / x,
        lambda x: array([x[0] ** 3 + x[1] ** 2, x[0] ** 2 * x[3] - x[2], x[3] ** 2 - x[1]]),
        _hs40_jacobian,
        [1, 0, 0],
        [1, 0, 0],
    ),
    43: Problem(
        [0, 0, 0, 0],
        lambda x: x @ (array([1, 1, 2, 1]) * x) + array([-5, -5, -21, 7]) @ x,
        lambda x: array([2, 2, 4, 2]) * x + array([-5, -5, -21, 7]),
        lambda x: array([
            8 - x @ x - array([1, -1, 1, -1]) @ x,
            10 - array([1, 2, 1, 2]) @ x**2 + x[0] + x[3],
            5 - array([2, 1, 1, 0]) @ x**2 - array([2, -1, 0, -1]) @ x,
        ]),
        lambda x: array([
            -2 * x - array([1, -1, 1, -1]),
            -2 * array([1, 2, 1, 2]) * x + array([1, 0, 0, 1]),
            -2 * array([2, 1, 1, 0]) * x - array([2, -1, 0, -1]),
        ]),
        [0, 0, 0],
        [inf, inf, inf],
    ),
    48: Problem(
        [3, 5, -3, 2, -2],
        lambda x: (x[0] - 1) ** 2 + (x[1] - x[2]) ** 2 + (x[3] - x[4]) ** 2,
        lambda x: 2 * array([x[0] - 1, x[1] - x[2], x[2] - x[1], x[3] - x[4], x[4] - x[3]]),
        lambda x: array([x.sum(), x[2] - 2 * (x[3] + x[4])]),
        lambda x: array([[1.0, 1, 1, 1, 1], [0, 0, 1, -2, -2]]),
        [5, -3],
        [5, -3],
    ),
    65: Problem(
        [-5, 5, 0],
        lambda x: (x[0] - x[1]) ** 2 + (x[0] + x[1] - 10) ** 2 / 9 + (x[2] - 5) ** 2,
        _hs65_gradient,
        lambda x: array([48 - x @ x]),
        lambda x: array([-2 * x]),
        [0],
        [inf],
        (array([-4.5, -4.5, -5]), array([4.5, 4.5, 5])),
    ),
    71: Problem(
        [1, 5, 5, 1],
        lambda x: x[0] * x[3] * (x[0] + x[1] + x[2]) + x[2],
        lambda x: array(
            [x[3] * (2 * x[0] + x[1] + x[2]), x[0] * x[3], x[0] * x[3] + 1, x[0] * (x[0] + x[1] + x[2])]
        ),
        lambda x: array([x.prod(), x @ x]),
        lambda x: array([x.prod() / x, 2 * x]),
        [25, 40],
        [inf, 40],
        (1.0, 5.0),
    ),
    76: Problem(
        [0.5, 0.5, 0.5, 0.5],
        lambda x: array([1, 0.5, 1, 0.5]) @ x**2 - x[0] * x[2] + x[2] * x[3] + array([-1, -3, 1, -1]) @ x,
        lambda x: array([2 * x[0] - x[2] - 1, x[1] - 3, 2 * x[2] - x[0] + x[3] + 1, x[3] + x[2] - 1]),
        lambda x: array([[1.0, 2, 1, 1], [3, 1, 2, -1], [0, 1, 4, 0]]) @ x,
        lambda x: array([[1.0, 2, 1, 1], [3, 1, 2, -1], [0, 1, 4, 0]]),
        [-inf, -inf, 1.5],
        [5, 4, inf],
        (0.0, inf),
    ),
    100: Problem(
        [1, 2, 0, 4, 0, 1, 1],
        _hs100,
        lambda x: array([
            2 * (x[0] - 10), 10 * (x[1] - 12), 4 * x[2] ** 3, 6 * (x[3] - 11), 60 * x[4] ** 5,
            14 * x[5] - 4 * x[6] - 10, 4 * x[6] ** 3 - 4 * x[5] - 8,
        ]),
        lambda x: array([
            127 - 2 * x[0] ** 2 - 3 * x[1] ** 4 - x[2] - 4 * x[3] ** 2 - 5 * x[4],
            282 - 7 * x[0] - 3 * x[1] - 10 * x[2] ** 2 - x[3] + x[4],
            196 - 23 * x[0] - x[1] ** 2 - 6 * x[5] ** 2 + 8 * x[6],
            -4 * x[0] ** 2 - x[1] ** 2 + 3 * x[0] * x[1] - 2 * x[2] ** 2 - 5 * x[5] + 11 * x[6],
        ]),
        lambda x: array([
            [-4 * x[0], -12 * x[1] ** 3, -1, -8 * x[3], -5, 0, 0],
            [-7, -3, -20 * x[2], -1, 1, 0, 0],
            [-23, -2 * x[1], 0, 0, 0, -12 * x[5], 8],
            [-8 * x[0] + 3 * x[1], -2 * x[1] + 3 * x[0], -4 * x[2], 0, 0, -5, 11],
        ]),
        [0, 0, 0, 0],
        [inf, inf, inf, inf],
    ),
}  # fmt: skip
