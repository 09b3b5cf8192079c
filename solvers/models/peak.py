"""What single peaks share: where to look for one, and how wide it may be."""

from collections.abc import Callable
from itertools import product

from solvers.arrays import Array, IntArray
from solvers.models.scan import knots, scan

#: Widths to try, in ranges of x.
WIDTHS = (0.12, 0.25, 0.06, 0.03, 0.5, 0.015, 1.0)


def scan_peak(x: Array, y: Array, offsets: IntArray, shape: Callable[..., Array]) -> tuple[Array, ...]:
    """Find height, position and width (B,) of a peak, shape(x, position, width), in x (N,) and y (N,)."""
    fine = knots(x, y, offsets, most=64)  # a narrow peak must not drown in its neighbours
    coarse = knots(x, y, offsets, most=12)  # and a wide one not in the noise
    widths = [width * fine.span() for width in WIDTHS]
    a, _, mu, width = scan(fine, shape, product((fine.peak(), coarse.peak()), widths), baseline=False)
    return a, mu, width
