"""Guesses are finite, the same bits in any batch, and good enough for an optimizer to get home."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.models import MODELS
from tests.solvers.models.datasets import draw, reached

EVERY = pytest.mark.parametrize("model", MODELS.values(), ids=list(MODELS))

NUMBER = (
    st.floats(allow_nan=False, allow_infinity=False)
    | st.floats(-3, 3)
    | st.sampled_from([0.0, -0.0, 1.0, -1.0, 1e-12, 1e12, -1e12, 1e300, 5e-324])
)
POINTS = st.lists(st.tuples(NUMBER, NUMBER), min_size=1, max_size=40)
LEVEL = st.tuples(NUMBER, st.integers(1, 20)).map(
    lambda drawn: [(float(i), drawn[0]) for i in range(drawn[1])]
)
UPRIGHT = st.tuples(NUMBER, st.lists(NUMBER, min_size=1)).map(lambda drawn: [(drawn[0], y) for y in drawn[1]])
PROBLEM = (POINTS | LEVEL | UPRIGHT).map(np.array)  # (m, 2)


def guess(model, problems):
    points = np.concatenate(problems)
    offsets = np.cumsum([0, *map(len, problems)])
    x, y = points[:, 0].copy(), points[:, 1].copy()
    found = model.guess(x[np.newaxis], y, offsets)
    assert (x.tobytes(), y.tobytes()) == (points[:, 0].tobytes(), points[:, 1].tobytes())
    return found


@EVERY
@given(st.lists(PROBLEM, min_size=1, max_size=5))
@settings(max_examples=30, deadline=None)
def test_a_guess_is_finite_in_bounds_and_the_same_bits_in_any_batch(model, problems):
    together = guess(model, problems)
    assert together.shape == (len(problems), len(model.parameters))
    assert np.isfinite(together).all()
    lower, upper = np.transpose(model.bounds)
    assert ((lower <= together) & (together <= upper)).all()
    alone = np.concatenate([guess(model, [problem]) for problem in problems])
    assert together.tobytes() == alone.tobytes()
    assert guess(model, problems[::-1]).tobytes() == together[::-1].tobytes()


@EVERY
def test_a_problem_that_is_no_number_disturbs_no_other(model):
    rng = np.random.default_rng(5)
    good = [rng.uniform(0, 1, (size, 2)) for size in (7, 30, 1)]
    bad = np.array([[0.0, np.nan], [1.0, 2.0], [np.nan, np.inf]])
    mixed = guess(model, [good[0], bad, *good[1:]])
    assert np.isfinite(mixed).all()
    assert np.delete(mixed, 1, axis=0).tobytes() == guess(model, good).tobytes()


@EVERY
def test_an_empty_batch(model):
    assert model.guess(np.empty((1, 0)), np.empty(0), np.array([0])).shape == (0, len(model.parameters))


def rate(model, count):
    """The part of random data sets on which an optimizer gets home from the guess."""
    rng = np.random.default_rng(20240229)
    home = np.concatenate(
        [reached(model, [draw(model, rng) for _ in range(100)]) for _ in range(count // 100)]
    )
    print(f"{model.name}: {home.sum()} of {count} fits reached the global optimum")  # noqa: T201 pytest -s shows it
    return home.mean()


@EVERY
def test_from_the_guess_an_optimizer_gets_home(model):
    assert rate(model, 300) >= 0.99


@pytest.mark.slow
@EVERY
def test_from_the_guess_an_optimizer_gets_home_from_10_000_sets(model):
    assert rate(model, 10_000) >= 0.99


def test_a_guess_that_ignores_the_data_does_not_get_home():
    blind = replace(MODELS["biexponential"], estimate=lambda x, y, offsets: [np.ones(len(offsets) - 1)] * 4)
    assert rate(blind, 300) < 0.5


@pytest.mark.parametrize("name", ["gaussians2", "gaussians3", "lorentzians2", "lorentzians3"])
def test_peaks_are_guessed_in_the_order_of_their_positions(name):
    rng = np.random.default_rng(8)
    model = MODELS[name]
    sets = [draw(model, rng) for _ in range(50)]
    positions = guess(model, [np.column_stack([x, y]) for x, y, _ in sets])[:, 1::3]
    assert (np.diff(positions, axis=1) > 0).all()


def test_the_fast_part_comes_first():
    rng = np.random.default_rng(9)
    for name, fast, slow in (("biexponential", 1, 3), ("oral_one_compartment", 1, 2)):
        sets = [draw(MODELS[name], rng) for _ in range(50)]
        found = guess(MODELS[name], [np.column_stack([x, y]) for x, y, _ in sets])
        assert (found[:, fast] > found[:, slow]).all()


@pytest.mark.parametrize("name", ["constant", "linear", "quadratic", "cubic"])
def test_the_guess_of_a_polynomial_is_its_fit(name):
    rng = np.random.default_rng(10)
    degree = len(MODELS[name].parameters) - 1
    x, y = rng.uniform(50, 60, 20), rng.normal(size=20)
    found = np.polyval(guess(MODELS[name], [np.column_stack([x, y])])[0], x)
    best = np.polynomial.Polynomial.fit(x, y, degree)(x)
    np.testing.assert_allclose(found, best, atol=1e-7)
