"""Growth from nothing to a plateau along an S: logistic, Gompertz, and Richards, who has both."""

from collections.abc import Sequence
from itertools import product

import numpy as np

from solvers.arrays import Array, IntArray
from solvers.models.model import Model
from solvers.models.scan import Knots, knots, scan

#: Where the middle of the S may be, in the order of x.
MIDDLES = (0.5, 0.3, 0.7, 0.15, 0.85, 0.4, 0.6, 0.0, 1.0)
#: Rates to try, per range of x.
RATES = (6.0, 12.0, 3.0, 25.0, 1.5, 60.0)


def _logistic(x: Array, k: Array, t: Array) -> Array:
    rise: Array = 1 / (1 + np.exp(-k * (x - t)))
    return rise


def _gompertz(x: Array, k: Array, t: Array) -> Array:
    return np.exp(-np.exp(-k * (x - t)))


def _richards(x: Array, nu: Array, k: Array, t: Array) -> Array:
    rise: Array = (1 + nu * np.exp(-k * (x - t))) ** (-1 / nu)
    return rise


def _middles_and_rates(data: Knots) -> list[tuple[Array, Array]]:
    span = data.span()
    return [(rate / span, data.at(middle)) for middle, rate in product(MIDDLES, RATES)]


def _estimate_logistic(x: Array, y: Array, offsets: IntArray) -> Sequence[Array]:
    data = knots(x[0], y, offsets)
    a, _, k, t = scan(data, _logistic, _middles_and_rates(data), baseline=False)
    return a, k, t


def _estimate_gompertz(x: Array, y: Array, offsets: IntArray) -> Sequence[Array]:
    data = knots(x[0], y, offsets)
    a, _, k, t = scan(data, _gompertz, _middles_and_rates(data), baseline=False)
    return a, k, t


def _estimate_richards(x: Array, y: Array, offsets: IntArray) -> Sequence[Array]:
    data = knots(x[0], y, offsets)
    nus = [data.full(nu) for nu in (1.0, 0.2, 4.0)]
    starts = [(nu, k, t) for nu in nus for k, t in _middles_and_rates(data)]
    a, _, nu, k, t = scan(data, _richards, starts, baseline=False)
    return a, nu, k, t


_HEIGHT = "plateau, in units of y"
_RATE = "rate of growth, per unit of x"

LOGISTIC_GROWTH = Model(
    name="logistic_growth",
    expression="a/(1 + exp(-k*(x - t)))",
    parameters=("a", "k", "t"),
    meaning=(_HEIGHT, _RATE, "x of the inflection, where half of a is reached, in units of x"),
    reference="Verhulst 1838",
    estimate=_estimate_logistic,
    bounds=((-np.inf, np.inf), (0.0, np.inf), (-np.inf, np.inf)),
)

GOMPERTZ = Model(
    name="gompertz",
    expression="a*exp(-exp(-k*(x - t)))",
    parameters=("a", "k", "t"),
    meaning=(_HEIGHT, _RATE, "x of the inflection, where 1/e of a is reached, in units of x"),
    reference="Gompertz 1825; Winsor 1932",
    estimate=_estimate_gompertz,
    bounds=((-np.inf, np.inf), (0.0, np.inf), (-np.inf, np.inf)),
)

RICHARDS = Model(
    name="richards",
    expression="a*(1 + nu*exp(-k*(x - t)))**(-1/nu)",
    parameters=("a", "nu", "k", "t"),
    meaning=(
        _HEIGHT,
        "shape, a pure number: 1 is logistic, towards 0 it becomes Gompertz (below 1e-6 rounding is all)",
        _RATE,
        "x of the inflection, in units of x",
    ),
    reference="Richards 1959",
    estimate=_estimate_richards,
    bounds=((-np.inf, np.inf), (1e-6, np.inf), (0.0, np.inf), (-np.inf, np.inf)),
)
