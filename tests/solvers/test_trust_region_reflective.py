"""Rules of trust region reflective that an answer alone does not show."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers import Status, least_squares_batch
from solvers.evaluation.least_squares import LeastSquares, Memory
from solvers.evaluation.residuals import BatchResiduals
from solvers.methods import trust_region_reflective as trf

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
    problems = LeastSquares(function, lower, upper, Memory(np.empty(total)), np.arange(total))
    value = problems.value(x)
    method = trf.TrustRegionReflective()
    return problems, method, method.init(problems, x, value, problems.derivatives(x, value)[0])


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10_000))
def test_a_linear_problem_is_predicted_exactly(seed):
    """The term C is counted in the predicted and in the actual reduction."""
    problems, method, state = entered(seed)
    with np.errstate(all="ignore"):
        trial = method.propose(state)
        value = problems.value(trial.x)
        np.testing.assert_allclose(trf._ratio(state, trial, value), 1.0, atol=1e-6)
    assert ((trial.x > state.lower) & (trial.x < state.upper)).all()
    assert (trial.length <= state.radius * (1 + 1e-12)).all()


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 10_000))
def test_a_step_that_would_leave_is_the_best_of_its_candidates(seed):
    """Nothing tried along the reflected path or the gradient is better; and it stops short of its bound."""
    _, _, state = entered(seed)
    with np.errstate(all="ignore"):
        model = trf._extended(state)
        full, _ = trf.linalg.trust_region_step(model.matrix, model.target, state.radius, 0.01)
        first, hits = trf._to_bound(state, state.x, full * model.d)
        leaves = first < 1.0
        gain = model.reduction(trf._constrained_step(state, model, full))
        at_bound = full * first[:, None]
        downhill = -(model.matrix * model.target[:, :, None]).sum(axis=-2)
        checked = 0
        for start, direction in ((at_bound, np.where(hits, -full, full)), (0 * full, downhill)):
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
    with np.errstate(all="ignore"):
        x = method.propose(state).x
        share = np.minimum(1 - trf._THETA, trf._optimality(state)) / 2
        model = trf._extended(state)
        full, _ = trf.linalg.trust_region_step(model.matrix, model.target, state.radius, 0.01)
        cut = (
            trf._to_bound(state, state.x, full * model.d)[0] < 1.0
        )  # a step that ends inside may end anywhere
    room = np.minimum(x - state.lower, state.upper - x)
    width = np.minimum(state.x - state.lower, state.upper - state.x)
    keeps = (room >= 1e-3 * share[:, None] * width).all(axis=1)
    assert cut.any()
    assert keeps[cut].all()
    assert trf._THETA < 1.0


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
