"""The methods that the contract tests run: a new method is its file, and a row here."""

from typing import NamedTuple

import numpy as np


class Way(NamedTuple):
    """A method, and whether it runs against bounds that hold some unknowns."""

    method: str
    bounded: bool

    def bounds(self, problems):
        """The pair to hand over: infinite, or the problems' own."""
        return problems.bounds if self.bounded else (-np.inf, np.inf)


LEAST_SQUARES = {
    "lm": Way("lm", bounded=False),
    "trf": Way("trf", bounded=False),
    "trf-bounds": Way("trf", bounded=True),
}
