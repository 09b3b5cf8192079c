"""Rules of trust region reflective that an answer alone does not show."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers import Status, curve_fit_batch, least_squares_batch, loop
from solvers.api import fitting
from solvers.evaluation.least_squares import LeastSquares, Memory
from solvers.evaluation.residuals import BatchResiduals
from solvers.methods import trust_region_reflective as trf
from solvers.methods import trust_region_reflective_step as step
from solvers.methods.trust_region_reflective_model import extended, optimality
from tests.solvers.triangles import steps_of_triangles

SIZE = 40


def entered(seed):
    """Linear problems ``A x - b`` within bounds that most steps meet, and the state at their starts."""
    rng = np.random.default_rng(seed)
    n = 3
    a, b = rng.normal(size=(SIZE, n + 1, n)), 30 * rng.normal(size=(SIZE, n + 1))
    x = rng.normal(size=(SIZE, n))
    lower, upper = x - 10.0 ** rng.uniform(-3, 0, x.shape), x + 10.0 ** rng.uniform(-3, 0, x.shape)
    function = BatchResiduals(
        lambda x, a, b: np.einsum("bij,bj->bi", a, x) - b, lambda x, a, b: a, (a, b), SIZE, n + 1
    )
    total = SIZE * (n + 1)
    problems = LeastSquares(
        function, lower, upper, Memory(np.empty(total), function.offsets), np.arange(len(lower))
    )
    value = problems.value(x)
    method = trf.TrustRegionReflective()
    return problems, method, method.init(problems, x, value, problems.derivatives(x, value)[0])


class Model:
    """The extended model of each row of a state, the full step on it and where that meets a bound."""

    def __init__(self, state):
        size, n = state.x.shape
        self.triangle, room = np.empty((size, n, n)), np.empty((n, n))
        self.target, self.slope, self.d, self.c = np.empty((4, size, n))
        for i, row in enumerate(rows(state)):
            extended(*row, room, self.triangle[i], self.target[i], self.slope[i], self.d[i], self.c[i])
        self.full, _ = steps_of_triangles(self.triangle, self.target, state.radius, step.RADIUS_TOLERANCE)
        self.first = np.array([
            step.to_bound(row[0], scaled, d, *row[-2:], room[0])
            for row, scaled, d in zip(rows(state), self.full, self.d, strict=True)
        ])  # fmt: skip

    def reduction(self, scaled):
        change = np.einsum("bij,bj->bi", self.triangle, scaled)
        return -((self.slope * scaled).sum(axis=1) + 0.5 * (change * change).sum(axis=1))


def rows(s):
    return list(zip(s.x, s.factor, s.projection, s.scale, s.unit, s.lower, s.upper, strict=True))


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10_000))
def test_the_triangle_is_that_of_the_model_extended_by_the_bounds(seed):
    """``[R D; C]`` and ``[z; 0]``, C from the gradient and D from the distance to the bound it points at."""
    _, _, s = entered(seed)
    model = Model(s)
    gradient = np.einsum("bij,bi->bj", s.factor, s.projection)
    v = np.where(gradient < 0, s.upper - s.x, s.x - s.lower) * s.scale / s.unit[:, None]
    c2 = np.abs(gradient) / (s.scale * s.unit[:, None])
    d = np.sqrt(v) / s.scale
    np.testing.assert_allclose(model.d, d)
    np.testing.assert_allclose(model.c**2, c2)
    square = np.einsum("bki,bkj->bij", s.factor, s.factor) * d[:, :, None] * d[:, None, :]
    square += c2[:, :, None] * np.eye(3)
    np.testing.assert_allclose(
        np.einsum("bki,bkj->bij", model.triangle, model.triangle),
        square,
        rtol=1e-9,
        atol=1e-12 * square.max(),
    )
    np.testing.assert_allclose(np.einsum("bki,bk->bi", model.triangle, model.target), gradient * d, rtol=1e-6)


def test_nearly_dependent_columns_keep_their_digits():
    """Where a normal matrix would lose them, the triangle is that of QR."""
    factor, projection = np.array([[1.0, 1.0], [0.0, 1e-9]]), np.array([1.0, 1.0])
    triangle, room = np.empty((2, 2)), np.empty((2, 2))
    target, slope, d, c = np.empty((4, 2))
    far = np.full(2, 1e20)  # so far that C is nothing beside the columns
    extended(np.zeros(2), factor, projection, np.ones(2), 1.0, -far, far, room, triangle, target, slope, d, c)
    expected = np.linalg.qr(np.vstack([factor * d, np.diag(c)]), mode="r")
    np.testing.assert_allclose(np.abs(triangle), np.abs(expected), rtol=1e-6)


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10_000))
def test_a_linear_problem_is_predicted_exactly(seed):
    """The term C is counted in the predicted and in the actual reduction."""
    problems, method, state = entered(seed)
    with np.errstate(all="ignore"):
        trial = method.propose(state)
        actual = state.fun - problems.value(trial.x).fun
        ratios = [step.ratio(*numbers) for numbers in zip(actual, trial.reduction, trial.extra, strict=True)]
    np.testing.assert_allclose(ratios, 1.0, atol=1e-6)
    assert ((trial.x > state.lower) & (trial.x < state.upper)).all()
    assert (trial.length <= state.radius * (1 + 1e-12)).all()


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10_000))
def test_a_step_that_would_leave_is_the_best_of_its_candidates(seed):
    """Nothing tried along the reflected path or the gradient is better; and it stops short of its bound."""
    _, method, state = entered(seed)
    model = Model(state)
    full, first = model.full, model.first[:, None]
    leaves = model.first < 1.0
    gain = method.propose(state).reduction
    at_bound = full * first
    x = state.x + at_bound * model.d
    hits = np.minimum(np.abs(x - state.lower), np.abs(x - state.upper)) <= 1e-12 * (state.upper - state.lower)
    checked = 0
    for start, direction in ((at_bound, np.where(hits, -full, full)), (0 * full, -model.slope)):
        for share in np.geomspace(1e-4, 10, 60):
            path = start + share * direction
            x = state.x + path * model.d
            inside = ((x > state.lower) & (x < state.upper)).all(axis=1)
            short = np.linalg.norm(path, axis=1) <= state.radius
            possible = leaves & inside & short
            checked += possible.sum()
            assert (model.reduction(path) <= gain * 1.02 + 1e-9)[possible].all()
    assert leaves.any()
    assert checked


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10_000))
def test_a_step_that_is_cut_keeps_a_share_of_its_distance(seed):
    _, method, state = entered(seed)
    model = Model(state)
    x = method.propose(state).x
    angle = np.array(
        [optimality(row[0], fun, *row[1:]) for fun, row in zip(state.fun, rows(state), strict=True)]
    )
    share = np.minimum(1 - step.THETA, angle) / 2
    cut = model.first < 1.0  # a step that ends inside may end anywhere
    room = np.minimum(x - state.lower, state.upper - x)
    width = np.minimum(state.x - state.lower, state.upper - state.x)
    keeps = (room >= 1e-3 * share[:, None] * width).all(axis=1)
    assert cut.any()
    assert keeps[cut].all()
    assert step.THETA < 1.0


def test_the_gradient_test_sees_that_a_bound_holds():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(20, 5, 3)), 3 * rng.normal(size=(20, 5))
    found = least_squares_batch(
        lambda x, a, b: np.einsum("bij,bj->bi", a, x) - b, np.zeros((20, 3)), (a, b), bounds=(-0.4, 0.3),
        jac=lambda x, a, b: a, ftol=0, xtol=0, gtol=1e-6,
    )  # fmt: skip
    assert found.active_mask.any(axis=1).sum() > 15
    assert (found.status == Status.GRADIENT).all()
    assert (found.optimality < 1e-5).all()


def test_a_start_on_a_bound_is_moved_inside():
    lower, upper = np.array([[0.0, -np.inf, 5.0, 1e12]]), np.array([[np.inf, 3.0, 5.0 + 2e-15, np.inf]])
    moved = trf.inside(np.array([[0.0, 3.0, 5.0, 1e12]]), lower, upper)
    assert ((moved[:, [0, 1, 3]] > lower[:, [0, 1, 3]]) & (moved[:, [0, 1, 3]] < upper[:, [0, 1, 3]])).all()
    np.testing.assert_allclose(moved, [[0, 3, 5, 1e12]], atol=1e-9, rtol=1e-9)


@pytest.mark.parametrize("x_scale", [None, [2.0, 0.5, 1.0]])
def test_compiled_from_start_to_end_it_is_the_loop(x_scale, monkeypatch):
    """Answers, verdicts and counters; some at bounds, undefined at the start or out of evaluations."""
    rng = np.random.default_rng(5)
    x = np.linspace(0.1, 4, 30)
    size, rate = rng.uniform(1, 4, (60, 1)), rng.uniform(0.4, 2, (60, 1))
    y = size * np.exp(-rate * x) + 1 + 0.05 * rng.normal(size=(60, 30))
    start = np.tile([2.0, 1.0, 0.5], (60, 1))
    start[7, 1], y[8:12] = -700.0, 1e3  # the former overflows
    lower, upper = np.tile([0.0, -800.0, 0.5], (60, 1)), np.tile([3.0, 1.5, np.inf], (60, 1))
    lower[::9, 0] = -np.inf

    def fit():
        return curve_fit_batch(
            "a*exp(-b*x)+c", x, y, start, method="trf", bounds=(lower, upper), x_scale=x_scale, max_nfev=9
        )

    one = fit()
    monkeypatch.setattr(fitting, "_runner", lambda _: loop.run)
    other = fit()
    assert {Status.NON_FINITE, Status.EVALUATION_LIMIT} < set(one.status.tolist())
    assert one.active_mask.any(axis=1).sum() > 15
    for counter in ("status", "nit", "nfev", "njev", "active_mask"):
        np.testing.assert_array_equal(getattr(one, counter), getattr(other, counter))
    np.testing.assert_allclose(one.x, other.x, rtol=1e-9)
    np.testing.assert_allclose(one.cost, other.cost, rtol=1e-9)
