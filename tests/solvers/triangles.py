"""Many triangles, each through the function for one."""

import numpy as np

from solvers.linalg.triangle import step_of_triangle


def steps_of_triangles(factor, target, radius, tolerance):
    """Step (B, n) and damping (B,) of triangles (B, n, n)."""
    step, room = np.empty_like(target), np.empty((2 * target.shape[1] + 2, target.shape[1]))
    each = zip(factor, target, radius, step, strict=True)
    return step, np.array([step_of_triangle(a, b, r, tolerance, room, s) for a, b, r, s in each])
