"""One compartment after a dose: into the vein, or by mouth."""

from collections.abc import Sequence

import numpy as np

from solvers.arrays import Array, IntArray
from solvers.models.model import Model
from solvers.models.scan import around, knots, positive, scan

#: Rates of elimination to try, per largest x.
RATES = (3.0, 1.0, 8.0, 20.0, 0.3, 50.0)
#: Rates of absorption to try, per rate of elimination.
RATIOS = (4.0, 1.5, 12.0, 40.0)


def _decay(x: Array, ke: Array) -> Array:
    return np.exp(-ke * x)


def _bateman(x: Array, ka: Array, ke: Array) -> Array:
    rise: Array = ka / (ka - ke) * (np.exp(-ke * x) - np.exp(-ka * x))
    return rise


def _estimate_iv(x: Array, y: Array, offsets: IntArray) -> Sequence[Array]:
    data = knots(np.abs(x[0]), y, offsets)  # a time since the dose: what is below 0 is noise around 0
    last = positive(data.at(1.0))
    _, _, ke = scan(data, _decay, [(rate / last,) for rate in RATES], baseline=False)
    c0, _, ke = scan(data, _decay, around((ke,), (1.0, 0.6, 0.8, 1.25, 1.6)), baseline=False)
    return c0, ke


def _estimate_oral(x: Array, y: Array, offsets: IntArray) -> Sequence[Array]:
    data = knots(np.abs(x[0]), y, offsets, most=24)
    last = positive(data.at(1.0))
    rates = [(ratio * rate / last, rate / last) for rate in RATES for ratio in RATIOS]
    _, _, *theta = scan(data, _bateman, rates, baseline=False)
    # Both move together, so that the fast stays above the slow and the curve is defined.
    ratios = around((theta[0] / theta[1], theta[1]), (1.0, 0.8, 1.5), (1.0, 0.7, 1.4))
    finer = [(ratio * ke, ke) for ratio, ke in ratios]
    c0, _, ka, ke = scan(data, _bateman, finer, baseline=False)
    return c0, ka, ke


IV_ONE_COMPARTMENT = Model(
    name="iv_one_compartment",
    expression="c0*exp(-ke*x)",
    parameters=("c0", "ke"),
    meaning=(
        "concentration at x = 0, dose over volume of distribution, in units of y",
        "rate of elimination, per unit of x",
    ),
    reference="one compartment after an intravenous bolus (Gibaldi & Perrier 1982, ch. 1); x the time",
    estimate=_estimate_iv,
    bounds=((-np.inf, np.inf), (0.0, np.inf)),
)

ORAL_ONE_COMPARTMENT = Model(
    name="oral_one_compartment",
    expression="c0*ka/(ka - ke)*(exp(-ke*x) - exp(-ka*x))",
    parameters=("c0", "ka", "ke"),
    meaning=(
        "absorbed dose over volume of distribution, in units of y",
        "rate of absorption, per unit of x",
        "rate of elimination, per unit of x",
    ),
    reference=(
        "Bateman 1910; one compartment after a dose by mouth (Gibaldi & Perrier 1982, ch. 1). x the time. "
        "Swapping the rates leaves the curve as it is: the guess takes absorption for the faster"
    ),
    estimate=_estimate_oral,
    bounds=((-np.inf, np.inf), (0.0, np.inf), (0.0, np.inf)),
)
