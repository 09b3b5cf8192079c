"""What batches of problems of one unknown return."""

from dataclasses import dataclass, field, replace

import numpy as np

from solvers.arrays import Array, BoolArray, IntArray
from solvers.status import Status, messages


@dataclass(frozen=True)
class ScalarResult:
    """How every problem of one unknown ended; arrays with leading axis B."""

    #: (B,) the answer, or the best point of a problem that did not converge; NaN where there is none.
    x: Array
    #: (B,) the function there.
    fun: Array
    #: (B,) a `Status` each: positive when a convergence test held.
    status: IntArray
    #: (B,) steps.
    nit: IntArray
    #: (B,) evaluations of the function, those for differences not counted.
    nfev: IntArray
    #: (B,) evaluations of its first derivative.
    njev: IntArray
    #: (B,) evaluations of its second derivative.
    nhev: IntArray
    #: row -> what was wrong with its start, or what its function raised.
    errors: dict[int, str] = field(default_factory=dict)

    @property
    def success(self) -> BoolArray:
        """(B,) whether a convergence test held."""
        return self.status > 0

    @property
    def message(self) -> list[str]:
        """(B,) why each problem ended."""
        return messages(self.status, self.errors)

    @classmethod
    def nothing(cls) -> "ScalarResult":
        """The result of no problems."""
        return cls(*np.empty((2, 0)), *np.empty((5, 0), dtype=np.int64))

    def spread(self, good: BoolArray, errors: dict[int, str]) -> "ScalarResult":
        """Put these results where ``good (B,)``, and BAD_INPUT, with its error, elsewhere."""
        places = np.flatnonzero(good)
        arrays = {}
        for name in ("x", "fun", "status", "nit", "nfev", "njev", "nhev"):
            values = getattr(self, name)
            blank = np.nan if values.dtype.kind == "f" else int(Status.BAD_INPUT) if name == "status" else 0
            arrays[name] = np.full(len(good), blank, dtype=values.dtype)
            arrays[name][places] = values
        found = {int(places[row]): text for row, text in self.errors.items()}
        return replace(self, **arrays, errors=found | errors)
