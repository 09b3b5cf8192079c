"""A pseudo-Voigt peak: part Lorentzian, part Gaussian, of one width."""

from collections.abc import Sequence

import numpy as np

from solvers.arrays import Array, IntArray
from solvers.models.gaussian import bell
from solvers.models.lorentzian import resonance
from solvers.models.model import Model
from solvers.models.peak import scan_peak
from solvers.models.scan import knots, scan

#: The full width at half height of a Gaussian, in standard deviations.
FWHM = 2 * np.sqrt(2 * np.log(2))


def _mixture(x: Array, eta: Array, mu: Array, w: Array) -> Array:
    return eta * resonance(x, mu, w / 2) + (1 - eta) * bell(x, mu, w / FWHM)


def _estimate(x: Array, y: Array, offsets: IntArray) -> Sequence[Array]:
    def half(x: Array, mu: Array, w: Array) -> Array:
        return _mixture(x, np.full_like(x, 0.5), mu, w)

    _, mu, w = scan_peak(x[0], y, offsets, half)
    data = knots(x[0], y, offsets, most=64)
    finer = [(data.full(eta), mu, width) for eta in (0.5, 0.15, 0.85) for width in (w, 0.8 * w, 1.25 * w)]
    a, _, eta, mu, w = scan(data, _mixture, finer, baseline=False)
    return a, eta, mu, w


PSEUDO_VOIGT = Model(
    name="pseudo_voigt",
    expression="a*(eta/(1 + 4*((x - mu)/w)**2) + (1 - eta)*exp(-4*log(2)*((x - mu)/w)**2))",
    parameters=("a", "eta", "mu", "w"),
    meaning=(
        "height of the peak, negative for a dip, in units of y",
        "Lorentzian part, from 0 to 1",
        "position of the peak, in units of x",
        "full width at half height, in units of x",
    ),
    reference="Wertheim et al. 1974, in place of the convolution of Gaussian and Lorentzian",
    estimate=_estimate,
    bounds=((-np.inf, np.inf), (0.0, 1.0), (-np.inf, np.inf), (0.0, np.inf)),
)
