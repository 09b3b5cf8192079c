"""The problems that the contract tests run, each a small batch of its own with a source."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class Curves(NamedTuple):
    """A batch of curve fits in flat form."""

    expression: str
    parameters: tuple[str, ...]
    function: Callable[..., Any]  # the same, elementwise NumPy
    x: np.ndarray  # (N,)
    y: np.ndarray  # (N,)
    offsets: np.ndarray  # (B+1,)
    start: np.ndarray  # (B, n)
    bounds: tuple[np.ndarray, np.ndarray]  # (B, n) each; they hold some unknowns of some problems

    @property
    def size(self):
        """How many problems."""
        return len(self.start)

    def take(self, rows):
        """Only these problems."""
        cut = [slice(self.offsets[row], self.offsets[row + 1]) for row in rows]
        lengths = [c.stop - c.start for c in cut]
        return self._replace(
            x=np.concatenate([self.x[c] for c in cut]),
            y=np.concatenate([self.y[c] for c in cut]),
            offsets=np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            start=self.start[rows],
            bounds=(self.bounds[0][rows], self.bounds[1][rows]),
        )


def _curves(expression, parameters, function, low, high, x_range, size, seed):
    """Draw parameters between low and high and data with 3 % noise; starts are some way off."""
    rng = np.random.default_rng(seed)
    points = rng.integers(len(parameters) + 1, 40, size)
    offsets = np.concatenate([[0], np.cumsum(points)]).astype(np.int64)
    true = rng.uniform(low, high, (size, len(parameters)))
    x = rng.uniform(*x_range, offsets[-1])
    clean = function(x, *np.repeat(true.T, points, axis=1))
    y = clean + 0.03 * rng.normal(size=len(x))
    start = true * rng.uniform(0.7, 1.4, true.shape)
    lower, upper = start - 0.3 * np.abs(start), start + 0.2 * np.abs(start)
    lower[rng.random(lower.shape) < 0.4] = -np.inf
    upper[rng.random(upper.shape) < 0.4] = np.inf
    return Curves(expression, parameters, function, x, y, offsets, start, (lower, upper))


CURVES = {
    # one unknown: the smallest matrices
    "slope": _curves("a*x", ("a",), lambda x, a: a * x, [0.5], [3], (0, 4), 12, 1),
    # the commonest fit of all, with an offset
    "decay": _curves(
        "a*exp(-b*x) + c",
        ("a", "b", "c"),
        lambda x, a, b, c: a * np.exp(-b * x) + c,
        [1, 0.3, 0.2],
        [4, 2, 1],
        (0, 4),
        23,
        2,
    ),
    # Misra1b's form (NIST), a curved valley
    "misra": _curves(
        "a*(1 - 1/(1 + b*x/2)**2)",
        ("a", "b"),
        lambda x, a, b: a * (1 - 1 / (1 + b * x / 2) ** 2),
        [2, 0.2],
        [5, 1],
        (0.1, 5),
        15,
        3,
    ),
    # nine unknowns: sums of eight and more take NumPy's unrolled loops
    "polynomial": _curves(
        "a+b*x+c*x**2+d*x**3+e*x**4+f*sin(x)+g*cos(x)+h*sin(2*x)+k*cos(2*x)",
        tuple("abcdefghk"),
        lambda x, a, b, c, d, e, f, g, h, k: (
            a
            + b * x
            + c * x**2
            + d * x**3
            + e * x**4
            + f * np.sin(x)
            + g * np.cos(x)
            + h * np.sin(2 * x)
            + k * np.cos(2 * x)
        ),
        [-1] * 9,
        [1] * 9,
        (-2, 2),
        9,
        4,
    ),
}


class Systems(NamedTuple):
    """A batch of residual functions ``fun(x (b, n), scale (b,)) -> (b, m)`` with m residuals each."""

    fun: Callable[..., Any]
    jac: Callable[..., Any]
    start: np.ndarray  # (B, n)
    scale: np.ndarray  # (B,)
    bounds: tuple[np.ndarray, np.ndarray]


def _rosenbrock(x, scale):
    return np.stack([10 * scale * (x[:, 1] - x[:, 0] ** 2), 1 - x[:, 0]], axis=1)


def _rosenbrock_jac(x, scale):
    jac = np.zeros((len(x), 2, 2))
    jac[:, 0, 0], jac[:, 0, 1] = -20 * scale * x[:, 0], 10 * scale
    jac[:, 1, 0] = -1.0
    return jac


def _helical(x, scale):
    theta = np.arctan2(x[:, 1], x[:, 0]) / (2 * np.pi)
    radius = np.sqrt(x[:, 0] * x[:, 0] + x[:, 1] * x[:, 1])
    return np.stack([10 * scale * (x[:, 2] - 10 * theta), 10 * (radius - 1), x[:, 2]], axis=1)


def _helical_jac(x, scale):
    jac = np.zeros((len(x), 3, 3))
    square = x[:, 0] * x[:, 0] + x[:, 1] * x[:, 1]
    jac[:, 0, 0] = 100 * scale * x[:, 1] / (2 * np.pi * square)
    jac[:, 0, 1] = -100 * scale * x[:, 0] / (2 * np.pi * square)
    jac[:, 0, 2] = 10 * scale
    jac[:, 1, 0], jac[:, 1, 1] = 10 * x[:, 0] / np.sqrt(square), 10 * x[:, 1] / np.sqrt(square)
    jac[:, 2, 2] = 1.0
    return jac


def _powell(x, scale):
    a, b, c, d = x.T
    near, far = b - 2 * c, a - d
    rows = [scale * (a + 10 * b), np.sqrt(5.0) * (c - d), near * near, np.sqrt(10.0) * far * far]
    return np.stack(rows, axis=1)


def _powell_jac(x, scale):
    a, b, c, d = x.T
    jac = np.zeros((len(x), 4, 4))
    jac[:, 0, 0], jac[:, 0, 1] = scale, 10 * scale
    jac[:, 1, 2], jac[:, 1, 3] = np.sqrt(5.0), -np.sqrt(5.0)
    jac[:, 2, 1], jac[:, 2, 2] = 2 * (b - 2 * c), -4 * (b - 2 * c)
    jac[:, 3, 0], jac[:, 3, 3] = 2 * np.sqrt(10.0) * (a - d), -2 * np.sqrt(10.0) * (a - d)
    return jac


def _systems(fun, jac, start, seed):
    """Around the published start; the bounds hold some unknowns at other than the solution."""
    rng = np.random.default_rng(seed)
    starts = np.asarray(start) + rng.normal(size=(11, len(start))) * 0.3
    lower, upper = starts - rng.uniform(0.1, 2, starts.shape), starts + rng.uniform(0.1, 2, starts.shape)
    lower[rng.random(lower.shape) < 0.3] = -np.inf
    upper[rng.random(upper.shape) < 0.3] = np.inf
    return Systems(fun, jac, starts, rng.uniform(0.5, 2, 11), (lower, upper))


#: Moré, Garbow, Hillstrom, ACM TOMS 7 (1981) 17-41: problems 1, 7 and 13, one residual rescaled.
SYSTEMS = {
    "rosenbrock": _systems(_rosenbrock, _rosenbrock_jac, [-1.2, 1.0], 1),
    "helical valley": _systems(_helical, _helical_jac, [-1.0, 0.0, 0.0], 2),
    "powell singular": _systems(_powell, _powell_jac, [3.0, -1.0, 0.0, 1.0], 3),
}
