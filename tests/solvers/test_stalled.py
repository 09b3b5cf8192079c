"""A search that gets nowhere says so instead of calling the place where it stands an answer."""

import numpy as np
import pytest

from solvers import Status, curve_fit_batch, least_squares_batch
from solvers.methods import levenberg_marquardt_step

X = np.linspace(0, 4, 30)
Y = 3 * np.exp(-X) + 0.1 * np.sin(9 * X)


def decay(x, a, b):
    return a * np.exp(-b * x)


def derivatives(x, a, b):
    return np.stack([np.exp(-b * x), -a * x * np.exp(-b * x)], axis=-1)


@pytest.mark.parametrize("method", ["lm", "trf"])
@pytest.mark.parametrize(("sign", "status"), [(1.0, Status.COST), (-1.0, Status.STALLED)])
def test_derivatives_of_the_wrong_sign(method, sign, status):
    fit = curve_fit_batch(
        decay, X, Y[None], [1, 2], jac=lambda x, a, b: sign * derivatives(x, a, b), method=method
    )
    assert fit.status.tolist() == [status]
    assert "No step lowers the cost" in fit.message[0] or status > 0


@pytest.mark.parametrize("method", ["lm", "trf"])
def test_a_kink_is_no_solution_by_first_order_conditions(method):
    def kink(x):  # least at (1, 0), where neither residual has a derivative
        return np.stack([np.sqrt(np.abs(x[:, 0] - 1)) + 1, np.abs(x[:, 1]) + 0.1 * x[:, 0]], axis=1)

    fit = least_squares_batch(kink, np.array([[5.0, 2.0]]), method=method)
    assert fit.status.tolist() == [Status.STALLED]
    np.testing.assert_allclose(fit.x, [[1, 0]], atol=0.01)


@pytest.mark.parametrize(
    ("column", "shortened", "status"),
    [(1.0, False, Status.RUNNING), (1e6, False, Status.STEP), (1.0, True, Status.STALLED)],
)
def test_a_radius_that_is_short_only_beside_steepness_gone_by_ends_nothing(column, shortened, status):
    """The residual is along the column; it takes ``1 / column`` to be rid of it, x being 1."""
    x, z, steepest = np.ones(1), np.ones(1), np.array([1e12])
    found = levenberg_marquardt_step.ending(
        x, 0.5, np.array([[column]]), z, steepest, 1.0, 0.1, 0.6, 0.1, shortened, 1e-8, 1e-8, 1e-8
    )
    assert found == status
