"""A quadratic model ``g'p + p'B p / 2`` within a radius: what trust-region methods ask of it."""

import math

from solvers.arrays import Array
from solvers.kernels.compiling import called, strict
from solvers.methods.vectors import dot


@strict
def times(hessian: Array, vector: Array, product: Array) -> None:
    """``product = B vector``."""
    for i in range(len(vector)):
        product[i] = dot(hessian[i], vector)


@called
def promise(hessian: Array, gradient: Array, step: Array) -> float:
    """By how much the model falls."""
    curvature = 0.0
    for i in range(len(step)):
        curvature += step[i] * dot(hessian[i], step)
    return -dot(gradient, step) - 0.5 * curvature


@called
def ends_at_radius(step: Array, direction: Array, radius: float) -> tuple[float, float]:
    """Where the line from a step along a direction is as long as the radius; N&W (4.17)."""
    a, b, c = dot(direction, direction), 2.0 * dot(step, direction), dot(step, step) - radius * radius
    root = math.sqrt(max(0.0, b * b - 4.0 * a * c))
    q = -0.5 * (b + math.copysign(root, b))
    one, other = q / a, c / q
    return min(one, other), max(one, other)


@strict
def to_radius(step: Array, direction: Array, radius: float) -> float:
    """How far along a direction a step reaches the radius."""
    return ends_at_radius(step, direction, radius)[1]
