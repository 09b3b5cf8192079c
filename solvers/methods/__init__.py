"""The algorithms, a file each, and the table of their names."""

from dataclasses import dataclass
from typing import Any

from solvers.methods.dogbox import Dogbox
from solvers.methods.levenberg_marquardt import LevenbergMarquardt
from solvers.methods.trust_region_reflective import TrustRegionReflective


@dataclass(frozen=True)
class Entry:
    """A method as the public functions choose it."""

    method: type[Any]
    bounds: bool
    #: Whether a start must be strictly inside its bounds.
    interior: bool = False
    #: Whether it minimizes robust losses.
    losses: bool = True


#: Least-squares methods by SciPy's names.
LEAST_SQUARES = {
    "lm": Entry(LevenbergMarquardt, bounds=False, losses=False),
    "trf": Entry(TrustRegionReflective, bounds=True, interior=True),
    "dogbox": Entry(Dogbox, bounds=True),
}
