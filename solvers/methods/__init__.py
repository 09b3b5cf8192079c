"""The algorithms, a file each, and the table of their names."""

from dataclasses import dataclass
from typing import Any

from solvers.methods.levenberg_marquardt import LevenbergMarquardt
from solvers.methods.trust_region_reflective import TrustRegionReflective


@dataclass(frozen=True)
class Entry:
    """A method as the public functions choose it."""

    method: type[Any]
    bounds: bool


#: Least-squares methods by SciPy's names.
LEAST_SQUARES = {
    "lm": Entry(LevenbergMarquardt, bounds=False),
    "trf": Entry(TrustRegionReflective, bounds=True),
}
