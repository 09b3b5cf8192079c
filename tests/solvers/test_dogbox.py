"""Dogbox: what its steps do at bounds and at the edge of their box."""

import numpy as np
import pytest

from solvers import Status, least_squares, least_squares_batch
from solvers.methods.dogbox import Dogbox, DogboxState


def test_a_newton_step_inside_the_box_is_taken_whole():
    asked = []
    a = np.array([[2.0, 1.0], [0.5, 3.0], [1.0, 1.0]])
    b = np.array([3.1, 3.4, 2.2])
    found = least_squares(
        lambda x: asked.append(x.copy()) or a @ x - b, [1.0, 1.0], lambda x: a, method="dogbox"
    )
    np.testing.assert_allclose(asked[1], np.linalg.lstsq(a, b)[0])
    assert found.nfev <= 3


def test_bounds_are_met_exactly_and_left_again():
    """The start is in a corner that descent leaves, and ends in another."""
    found = least_squares(
        lambda x: np.array([x[0] - 3.0, x[1] + 2.0, 0.1 * (x[0] - x[1])]),
        [0.1, 0.7],
        bounds=([0.1, 0.1], [0.3, 0.7]),
        method="dogbox",
    )
    assert found.x.tolist() == [0.3, 0.1]
    assert found.active_mask.tolist() == [1, -1]
    assert found.success
    assert found.optimality == 0.0


def test_a_step_onto_a_bound_does_not_count_as_convergence():
    """The way to the first bound is shorter than xtol; the answer is at the far end of the second."""
    found = least_squares(
        lambda x: np.array([1e3 * (x[0] + 1.0), x[1] - 5.0]),
        [1.0 + 1e-12, 1.0],
        bounds=([1.0, -np.inf], np.inf),
        method="dogbox",
    )
    np.testing.assert_allclose(found.x, [1.0, 5.0])
    assert found.success


def test_everything_held_at_the_start_is_an_answer():
    found = least_squares(lambda x: x + 1.0, [0.0, 0.0], bounds=(0, 1), method="dogbox")
    assert found.x.tolist() == [0.0, 0.0]
    assert (found.nfev, found.status) == (1, Status.GRADIENT)


def test_a_rank_deficient_model_takes_the_shortest_step():
    found = least_squares(lambda x: np.array([x[0] + x[1] - 4.0]), [1.0, 1.0], method="dogbox")
    np.testing.assert_allclose(found.x, [2.0, 2.0])


def test_steps_stay_in_their_box():
    asked = []

    def fun(x):
        asked.append(x.copy())
        return np.array([x[0] - 50.0, x[1] - 2.0])

    least_squares(fun, [1.0, 1.0], lambda x: np.eye(2), method="dogbox", x_scale=1.0)
    steps = np.abs(np.diff(asked, axis=0))
    assert steps[0].max() == pytest.approx(1.0)  # as far as the start is from the origin
    assert (steps[1:].max(axis=1) <= 2.0 * np.maximum.accumulate(steps[:-1].max(axis=1)) + 1e-12).all()


def test_where_the_function_is_undefined_steps_get_shorter():
    found = least_squares_batch(
        lambda x: np.log(x) + 2.0, [[0.5], [3.0]], method="dogbox", jac=lambda x: (1.0 / x)[:, :, None]
    )
    np.testing.assert_allclose(found.x[:, 0], np.exp(-2.0))
    assert found.success.all()


@pytest.mark.parametrize("seed", range(20))
def test_steps_end_where_the_dogleg_leaves_the_box(seed):
    """Walk the path in small steps: to the minimum along steepest descent, then to the Newton step."""
    rng = np.random.default_rng(seed)
    factor, z = np.triu(rng.normal(size=(3, 3))) + 2.0 * np.eye(3), 3.0 * rng.normal(size=3)
    scale, radius = rng.uniform(0.5, 2.0, 3), rng.uniform(0.2, 1.0)
    far = np.full((1, 3), np.inf)
    state = DogboxState(
        x=np.zeros((1, 3)), fun=np.array([0.5 * z @ z]), status=np.zeros(1, dtype=np.int64),
        nit=np.zeros(1, dtype=np.int64), factor=factor[None], projection=z[None], scale=scale[None],
        radius=np.array([radius]), lower=-far, upper=far,
    )  # fmt: skip
    trial = Dogbox().propose(state)
    gradient = factor.T @ z
    downhill = -gradient / scale**2
    cauchy = downhill * -(gradient @ downhill) / ((factor @ downhill) @ (factor @ downhill))
    newton = -np.linalg.solve(factor, z)
    room = radius / scale
    cauchy *= min(1.0, (room / np.abs(cauchy)).min())
    path = cauchy + np.linspace(0, 1, 20001)[:, None] * (newton - cauchy)
    inside = (np.abs(path) <= room * (1 + 1e-12)).all(axis=1)
    last = path[-1] if inside.all() else path[np.argmin(inside) - 1]
    np.testing.assert_allclose(trial.step[0], last, atol=1e-3)
