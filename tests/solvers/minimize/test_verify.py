"""What is called a minimum is one: nothing is left of its gradient, and it curves upwards."""

import numpy as np
import pytest

from solvers import NonlinearConstraint, Status, minimize_batch
from solvers.api.verify_minima import _leftover


@pytest.mark.parametrize("seed", range(20))
def test_multipliers_leave_the_least_of_a_gradient(seed):
    """Also where there are more normals than unknowns, both sides of equations among them."""
    rng = np.random.default_rng(seed)
    n, k = int(rng.integers(1, 6)), int(rng.integers(1, 12))
    normals, gradient = rng.normal(size=(k, n)), rng.normal(size=n)
    normals = np.concatenate([normals, -normals[: k // 3]])
    left = _leftover(gradient, normals)
    inward = normals @ left  # the projection onto the polar cone
    assert (inward <= 1e-9).all()
    assert left @ (gradient - left) == pytest.approx(0.0, abs=1e-9)


def found(objective, start, **options):
    return minimize_batch(objective, [start], verify=True, **options)


def test_minima_are_verified():
    free = found("(x0 - 1)**2 + x1**2", [3.0, 3.0])
    assert free.success.all()
    assert free.optimality[0] < 1e-6
    bound = found("x0 + (x1 - 2)**2", [3.0, 3.0], bounds=[(1, None), (None, None)])
    assert bound.success.all()
    assert bound.optimality[0] < 1e-4
    on_circle = found("x0 + x1", [-1.0, -0.5], constraints=NonlinearConstraint("x0**2 + x1**2", 1.0, 1.0))
    assert on_circle.success.all()
    assert on_circle.optimality[0] < 1e-4
    np.testing.assert_allclose(on_circle.x[0], -(0.5**0.5), rtol=1e-6)


def test_a_saddle_is_no_minimum():
    saddle = found("x0**2 - x1**2 + x1**4", [1.0, 0.0])
    assert saddle.status.tolist() == [Status.NUMERICAL]
    assert "no minimum: the Hessian has the eigenvalue -2" in saddle.message[0]


def test_what_ended_early_is_no_stationary_point():
    early = found("100*(x1 - x0**2)**2 + (1 - x0)**2", [-1.2, 1.0], options={"gtol": 10.0})
    assert early.status.tolist() == [Status.NUMERICAL]
    assert "no stationary point" in early.message[0]
