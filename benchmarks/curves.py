"""The curves that are fitted: five models of 2 to 6 parameters, with data drawn around known answers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: Of cost, step and gradient, for all contenders.
TOLERANCE = 1e-8
#: Standard deviation of the noise; the curves have heights of 1 to 4.
NOISE = 0.02


@dataclass(frozen=True)
class Curve:
    """A model, and where the truth of its problems is drawn from."""

    name: str
    expression: str
    parameters: tuple[str, ...]
    #: The same for NumPy, elementwise.
    function: Callable[..., Any]
    low: tuple[float, ...]
    high: tuple[float, ...]
    end: float

    @property
    def bounds(self) -> tuple[list[float], list[float]]:
        """Wide enough to hold no answer: what bounds cost, not what they change."""
        return [low / 4 for low in self.low], [high * 4 for high in self.high]


@dataclass(frozen=True)
class Problems:
    """B data sets of one curve, on shared points."""

    curve: Curve
    x: Array  # (m,)
    y: Array  # (B, m)
    start: Array  # (B, n)

    def __len__(self) -> int:
        return len(self.y)

    def first(self, count: int) -> "Problems":
        """Only the first of them."""
        return Problems(self.curve, self.x, self.y[:count], self.start[:count])

    def squares(self, parameters: Array) -> Array:
        """Sum of squared residuals, (b,), of answers (b, n) to the first b problems."""
        with np.errstate(all="ignore"):
            clean = self.curve.function(self.x, *parameters.T[:, :, None])
        residuals = clean - self.y[: len(parameters)]
        total: Array = (residuals * residuals).sum(axis=1)
        return total


def draw(curve: Curve, size: int, points: int, seed: int = 0) -> Problems:
    """Draw problems: the truth within its ranges, normal noise, starts up to a quarter off."""
    rng = np.random.default_rng(seed)
    x = np.linspace(0.0, curve.end, points)
    truth = rng.uniform(curve.low, curve.high, (size, len(curve.low)))
    y = curve.function(x, *truth.T[:, :, None]) + NOISE * rng.normal(size=(size, points))
    return Problems(curve, x, y, truth * rng.uniform(0.8, 1.25, truth.shape))


def _decay(x: Any, a: Any, b: Any) -> Any:
    return a * np.exp(-b * x)


def _offset_decay(x: Any, a: Any, b: Any, c: Any) -> Any:
    return a * np.exp(-b * x) + c


def _peak(x: Any, a: Any, b: Any, c: Any, d: Any) -> Any:
    return a * np.exp(-((x - b) ** 2) / (2 * c**2)) + d


def _two_decays(x: Any, a: Any, b: Any, c: Any, d: Any, e: Any) -> Any:
    return a * np.exp(-b * x) + c * np.exp(-d * x) + e


def _two_peaks(x: Any, a: Any, b: Any, c: Any, d: Any, e: Any, f: Any) -> Any:
    return a * np.exp(-((x - b) ** 2) / (2 * c**2)) + d * np.exp(-((x - e) ** 2) / (2 * f**2))


#: By number of parameters.
CURVES = {
    2: Curve("decay", "a*exp(-b*x)", ("a", "b"), _decay, (1, 0.5), (4, 2), 4.0),
    3: Curve(
        "decay with offset",
        "a*exp(-b*x) + c",
        ("a", "b", "c"),
        _offset_decay,
        (1, 0.5, 0.2),
        (4, 2, 1),
        4.0,
    ),
    4: Curve(
        "Gaussian with offset",
        "a*exp(-(x - b)**2/(2*c**2)) + d",
        ("a", "b", "c", "d"),
        _peak,
        (1, 4, 0.7, 0.2),
        (4, 6, 1.5, 1),
        10.0,
    ),
    5: Curve(
        "two decays",
        "a*exp(-b*x) + c*exp(-d*x) + e",
        ("a", "b", "c", "d", "e"),
        _two_decays,
        (2, 2.5, 2, 0.3, 0.2),
        (4, 5, 4, 0.6, 1),
        8.0,
    ),
    6: Curve(
        "two Gaussians",
        "a*exp(-(x - b)**2/(2*c**2)) + d*exp(-(x - e)**2/(2*f**2))",
        ("a", "b", "c", "d", "e", "f"),
        _two_peaks,
        (1, 2, 0.7, 1, 7, 0.7),
        (4, 3, 1.5, 4, 8, 1.5),
        10.0,
    ),
}
