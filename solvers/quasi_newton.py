"""Hessians built up from changes of gradients, by SciPy's names; SciPy's own objects are taken too."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class BFGS:
    """Broyden, Fletcher, Goldfarb and Shanno's update, which keeps the matrix positive definite.

    Parameters
    ----------
    exception_strategy
        Where the curvature along a step is too small: ``skip_update`` or ``damp_update``.
    min_curvature
        What is too small, relative; None: 1e-8 for skipping, 0.2 for damping.
    init_scale
        Of the first matrix, a multiple of the identity: a number, (n, n), or ``auto``.
    """

    exception_strategy: str = "skip_update"
    min_curvature: float | None = None
    init_scale: Any = "auto"

    def __post_init__(self) -> None:
        if self.exception_strategy not in ("skip_update", "damp_update"):
            raise ValueError("`exception_strategy` must be 'skip_update' or 'damp_update'.")


@dataclass(frozen=True)
class SR1:
    """The symmetric update of rank one, which may become indefinite.

    Parameters
    ----------
    min_denominator
        Updates with a denominator below it, relative, are skipped.
    init_scale
        Of the first matrix, a multiple of the identity: a number, (n, n), or ``auto``.
    """

    min_denominator: float = 1e-8
    init_scale: Any = "auto"


def strategy_of(given: Any) -> str | None:
    """``BFGS`` or ``SR1`` for these classes' objects and SciPy's; None for anything else."""
    name = type(given).__name__
    return name if name in ("BFGS", "SR1") else None
