"""What scales the covariance of fits, and the confidence intervals that follow."""

from dataclasses import dataclass, replace

import numpy as np

from solvers import ragged
from solvers.api.profile import Fitter, profile_intervals
from solvers.arrays import Array, IntArray
from solvers.intervals import Intervals
from solvers.result import FitResult
from solvers.student import two_sided_quantile

ESTIMATORS = ("least_squares", "poisson")
RESIDUAL_SCALES = ("rms", "robust")
INTERVALS = ("covariance", "profile")


@dataclass(frozen=True)
class Uncertainty:
    """What `curve_fit_batch` was told of errors, validated."""

    estimator: str = "least_squares"
    absolute_sigma: bool = False
    residual_scale: str = "rms"
    confidence: float | None = None
    intervals: str = "covariance"

    def __post_init__(self) -> None:
        for name, known in (
            ("estimator", ESTIMATORS),
            ("residual_scale", RESIDUAL_SCALES),
            ("intervals", INTERVALS),
        ):
            if getattr(self, name) not in known:
                raise ValueError(f"{name} must be one of {', '.join(known)}, got {getattr(self, name)!r}")
        if self.residual_scale == "robust" and self.known:
            other = "estimator='poisson'" if self.poisson else "absolute_sigma=True"
            raise ValueError(
                f"residual_scale='robust' estimates what {other} takes as known: give one of them"
            )
        if self.confidence is not None and not 0.0 < self.confidence < 1.0:
            raise ValueError(f"confidence must be None or between 0 and 1, got {self.confidence!r}")
        if self.confidence is None and self.intervals == "profile":
            raise ValueError("intervals='profile' needs a level: give confidence, such as 0.95")

    @property
    def poisson(self) -> bool:
        """Whether data are counts."""
        return self.estimator == "poisson"

    @property
    def known(self) -> bool:
        """Whether the variance of the residuals is known, to be 1."""
        return self.poisson or self.absolute_sigma

    def check_counts(self, sigma: object, loss: object) -> None:
        """Refuse what Poisson maximum likelihood has no place for."""
        if self.poisson and sigma is not None:
            raise ValueError("estimator='poisson' has the variance of counts from the model: leave out sigma")
        if self.poisson and loss != "linear":
            raise ValueError(f"estimator='poisson' has a loss of its own: leave out loss={loss!r}")

    def variance(self, fit: FitResult) -> Array:
        """Of the residuals of fits, (B,); NaN where it cannot be told."""
        freedom = ragged.counts(fit.offsets) - fit.unknowns
        if self.known:
            return np.ones(len(freedom))
        if self.residual_scale == "robust":
            from solvers.residual_diagnostics import robust_sigma  # with Numba, which options do without

            sigma = robust_sigma(fit.residuals, fit.offsets, fit.unknowns)
            return np.where(sigma > 0.0, sigma**2, np.nan)  # 0: half the residuals are, which says nothing
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(freedom > 0, 2.0 * fit.cost / freedom, np.nan)

    def with_intervals(
        self, fit: FitResult, free: IntArray, bounds: tuple[Array, Array], fitter: Fitter
    ) -> FitResult:
        """The fit with the intervals that were asked for."""
        if self.confidence is None:
            return fit
        freedom = np.where(self.known, np.inf, ragged.counts(fit.offsets) - fit.unknowns)
        quantile = two_sided_quantile(self.confidence, freedom)
        half_width = quantile[:, None] * fit.stderr
        if self.intervals == "covariance":
            intervals = Intervals.around(fit.x, half_width, (fit.active_mask != 0).any(axis=1))
        else:
            threshold = self.variance(fit) * quantile**2
            intervals = profile_intervals(fitter, fit, free, bounds, half_width, threshold)
        return replace(fit, intervals=intervals)
