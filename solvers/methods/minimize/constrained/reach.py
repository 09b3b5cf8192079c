"""How far a line stays within a ball around the origin, and its slacks above a floor."""

import math

from solvers.arrays import Array
from solvers.kernels.compiling import called
from solvers.methods.vectors import dot


@called
def last_within(z: Array, d: Array, n: int, floor: float, radius: float, segment: bool) -> tuple[float, bool]:
    """Return the last t with ``z + t d`` within both, and whether there is any; 0 where there is none.

    Parameters
    ----------
    z, d
        (N,) where the line is at t = 0, and its direction; where that is zero, there is no line.
    n
        Slacks come after n unknowns that have no floor.
    floor, radius
        What slacks must be at least, and the length that z must not exceed.
    segment
        Whether t has to be between 0 and 1.
    """
    begin, end = (0.0, 1.0) if segment else (-math.inf, math.inf)
    a, b = dot(d, d), 2.0 * dot(z, d)
    if a == 0.0:
        return 0.0, False
    if radius < math.inf:
        c = dot(z, z) - radius * radius
        square = b * b - 4.0 * a * c
        if square < 0.0:
            return 0.0, False
        q = -0.5 * (b + math.copysign(math.sqrt(square), b))  # of N&W (4.17), without cancellation
        one, other = q / a, c / q if q != 0.0 else 0.0
        begin, end = max(begin, min(one, other)), min(end, max(one, other))
    for i in range(n, len(d)):
        if d[i] > 0.0:
            begin = max(begin, (floor - z[i]) / d[i])
        elif d[i] < 0.0:
            end = min(end, (floor - z[i]) / d[i])
        elif z[i] < floor:
            return 0.0, False
    return (end, True) if begin <= end else (0.0, False)
