"""Hessians built up from changes of gradients, by SciPy's names; SciPy's own objects are taken too."""

from dataclasses import dataclass
from typing import Any

import numpy as np


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
        Of the first matrix, a multiple of the identity, or ``auto``.
    """

    exception_strategy: str = "skip_update"
    min_curvature: float | None = None
    init_scale: Any = "auto"

    def __post_init__(self) -> None:
        """Refuse a strategy that there is not."""
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
        Of the first matrix, a multiple of the identity, or ``auto``.
    """

    min_denominator: float = 1e-8
    init_scale: Any = "auto"


def update_options(given: Any, prefix: str = "") -> dict[str, float]:
    """The options of trust-constr for one of these, or SciPy's; ``BFGS()`` for anything else.

    Raises
    ------
    ValueError
        If the first matrix is not a multiple of the identity.
    """
    name = strategy_of(given)
    if name is None:
        given, name = BFGS(), "BFGS"
    scale = 0.0 if isinstance(given.init_scale, str) and given.init_scale == "auto" else given.init_scale
    if isinstance(scale, str) or np.ndim(scale) > 0:
        raise ValueError(f"init_scale: got {scale!r:.80}; give a number or 'auto'")
    damped = name == "BFGS" and given.exception_strategy == "damp_update"
    if name == "SR1":
        least = given.min_denominator
    else:
        least = (0.2 if damped else 1e-8) if given.min_curvature is None else given.min_curvature
    return {
        f"{prefix}quasi_newton": 2.0 if name == "SR1" else 3.0 if damped else 1.0,
        f"{prefix}least_curvature": float(least),
        f"{prefix}init_scale": float(scale),
    }


def strategy_of(given: Any) -> str | None:
    """``BFGS`` or ``SR1`` for these classes' objects and SciPy's; None for anything else."""
    name = type(given).__name__
    return name if name in ("BFGS", "SR1") else None
