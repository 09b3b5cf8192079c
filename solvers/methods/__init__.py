"""The algorithms, a file each, and the table of their names."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any


@dataclass(frozen=True)
class Entry:
    """A method as the public functions choose it."""

    file: str
    name: str
    bounds: bool
    #: Whether a start must be strictly inside its bounds.
    interior: bool = False
    #: Whether it minimizes robust losses.
    losses: bool = True

    @property
    def method(self) -> type[Any]:
        """Its class; Numba is loaded by those who solve, not by those who look up what a method can do."""
        return getattr(import_module(f"{__name__}.{self.file}"), self.name)  # type: ignore[no-any-return]


#: Least-squares methods by SciPy's names.
LEAST_SQUARES = {
    "lm": Entry("levenberg_marquardt", "LevenbergMarquardt", bounds=False, losses=False),
    "trf": Entry("trust_region_reflective", "TrustRegionReflective", bounds=True, interior=True),
    "dogbox": Entry("dogbox", "Dogbox", bounds=True),
}
