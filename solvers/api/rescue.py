"""Second chances for problems that did not converge: other dampings, other methods, other starts.

The ladder is a list of rungs, to be tried one after the other; `climb` does.
"""

from dataclasses import dataclass

import numpy as np

from solvers.methods import LEAST_SQUARES


@dataclass(frozen=True)
class Rung:
    """One method, from a row's own start or from several further ones."""

    method: str
    factor: float | None = None  # initial radius of lm; None: its own
    starts: int = 0  # 0: the row's own

    def name(self, start: int) -> str:
        """What `FitResult.rescued_by` says of the attempt from this start, counted from 0."""
        damping = "" if self.factor is None else f" with factor {self.factor:g}"
        return self.method + damping + (f" from start {start + 1}" if self.starts else "")


@dataclass(frozen=True)
class Rescue:
    """The ladder of second chances that `curve_fit_batch` gives rows that did not converge.

    First each method from the row's own start, ``lm`` with several dampings; then each from further starts.
    Methods that cannot do the problem (``lm`` with bounds or a loss) are left out.

    Parameters
    ----------
    starts
        How many further starts; 0 for none.
    methods
        Which methods, in the order of trying; what failed first is not tried again from the same start.
    factors
        Initial radii of ``lm``, relative to the start, besides its own, 100: a smaller one keeps the
        first steps nearer to the start.
    max_nfev
        Evaluations an attempt; default those of the fit.

    Raises
    ------
    ValueError
        If there is no such method, or a number is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> from solvers import Rescue, curve_fit_batch
    >>> x = np.linspace(0, 4, 50)
    >>> y = 3 * np.exp(-0.5 * (x - 2) ** 2 / 0.3**2)[None]
    >>> gaussian = "a*exp(-(x - m)**2/(2*s**2))"
    >>> curve_fit_batch(gaussian, x, y, [1, 9, 0.1], method="trf", max_nfev=50).success.tolist()
    [True]
    """

    starts: int = 8
    methods: tuple[str, ...] = ("lm", "trf")
    factors: tuple[float, ...] = (1.0, 0.1)
    max_nfev: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "methods", tuple(self.methods))
        object.__setattr__(self, "factors", tuple(self.factors))
        for name in self.methods:
            if name not in LEAST_SQUARES:
                raise ValueError(f"rescue: methods must be of {', '.join(LEAST_SQUARES)}, got {name!r}")
        if not self.methods or len(set(self.methods)) < len(self.methods):
            raise ValueError(f"rescue: methods must be one or more, each once, got {self.methods!r}")
        if self.starts < 0:
            raise ValueError(f"rescue: starts must be 0 or more, got {self.starts!r}")
        if not all(0.0 < factor < np.inf for factor in self.factors):
            raise ValueError(f"rescue: factors must be positive, got {self.factors!r}")
        if self.max_nfev is not None and self.max_nfev < 1:
            raise ValueError(f"rescue: max_nfev must be None or at least 1, got {self.max_nfev!r}")

    def ladder(self, first: str, *, bounded: bool, bent: bool = False) -> list[Rung]:
        """The rungs for rows on which the method ``first`` failed; ``bent`` by a loss.

        Raises
        ------
        ValueError
            If none of the methods can do such problems, or nothing but what has failed is left.
        """
        able = [
            name
            for name in self.methods
            if (LEAST_SQUARES[name].bounds or not bounded) and (LEAST_SQUARES[name].losses or not bent)
        ]
        if not able:
            what = "bounds" if bounded else "a loss"
            raise ValueError(
                f"rescue: none of the methods {', '.join(self.methods)} has {what}; add trf or dogbox"
            )
        dampings = {"lm": self.factors}
        same = [
            Rung(name, factor)
            for name in sorted(able, key=lambda name: name != first)
            for factor in (None, *dampings.get(name, ()))
            if (name, factor) != (first, None)
        ]
        rungs = same + [Rung(name, starts=self.starts) for name in able if self.starts]
        if not rungs:
            raise ValueError(
                f"rescue: starts = 0 leaves nothing to try but {first}, which failed; give starts"
            )
        return rungs
