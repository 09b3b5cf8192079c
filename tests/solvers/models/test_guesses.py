"""Guesses are finite, the same bits in any batch, and good enough for an optimizer to get home."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import OptimizeWarning, curve_fit

from solvers.models import MODELS

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
@settings(max_examples=60, deadline=None)
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


def spread(rng, size):
    """Abscissae (m,) on [0, 1], even or at random."""
    return np.linspace(0, 1, size) if rng.random() < 0.5 else rng.uniform(0, 1, size)


def doses(rng, low, replicates):
    return np.repeat(np.geomspace(low, 1, rng.integers(8, 14)), rng.integers(*replicates))


def draw_exponential_decay(rng):
    x = spread(rng, rng.integers(20, 200)) + rng.uniform(-1, 1)
    rate = rng.uniform(1, 20) * rng.choice([-1, 1])
    return x, [np.exp(rate * (x.min() if rate > 0 else x.max())), rate, rng.uniform(-2, 2)]


def draw_gaussian(rng):
    size = rng.integers(20, 200)
    x = spread(rng, size) + rng.uniform(-1, 1)
    gap = np.diff(np.sort(x)).max()  # the peak must not fall between two points
    return x, [1.0, rng.uniform(x.min() + 0.1, x.max() - 0.1), max(rng.uniform(2 / size, 0.3), 1.2 * gap)]


def draw_hill(rng):
    if rng.random() < 0.5:
        x = 5 * spread(rng, rng.integers(12, 200)) - 3
    else:
        x = np.repeat(np.linspace(-3, 2, rng.integers(8, 20)), rng.integers(1, 5))
    return x, [1.0, rng.uniform(-2, 1), rng.uniform(0.4, 5)]


def draw_linear(rng):
    return rng.uniform(-1, 1, rng.integers(3, 100)), [1.0, rng.uniform(-3, 3)]


def draw_logistic4(rng):
    slope, bottom = rng.uniform(0.7, 4), rng.uniform(-0.2, 0.2)
    if rng.random() < 0.5:
        return spread(rng, rng.integers(20, 200)), [1.0, bottom, rng.uniform(0.15, 0.6), slope]
    return np.append(0.0, doses(rng, 1e-4, (1, 4))), [1.0, bottom, 10 ** rng.uniform(-3, -0.5), slope]


def draw_michaelis_menten(rng):
    x = spread(rng, rng.integers(10, 200)) if rng.random() < 0.5 else doses(rng, 0.01, (1, 3))
    return x, [1.0, 10 ** rng.uniform(-1.5, 0.3)]


#: What a unit of x and of y does to the parameters: powers of each.
UNITS = {
    "exponential_decay": [(0, 1), (-1, 0), (0, 1)],
    "gaussian": [(0, 1), (1, 0), (1, 0)],
    "hill": [(0, 1), (0, 0), (0, 0)],
    "linear": [(-1, 1), (0, 1)],
    "logistic4": [(0, 1), (0, 1), (1, 0), (0, 0)],
    "michaelis_menten": [(0, 1), (1, 0)],
}


def draw(model, rng):
    """A data set of 5 % noise in arbitrary units that determines the parameters, and those."""
    x, parameters = globals()[f"draw_{model.name}"](rng)
    unit_x = 1.0 if model.name == "hill" else 10 ** rng.uniform(-3, 3)
    unit_y = 10 ** rng.uniform(-3, 3) * rng.choice([-1, 1])
    x = unit_x * x
    true = parameters * np.prod(np.power([unit_x, unit_y], UNITS[model.name]), axis=1)
    y = curve(model)(x, *true) + 0.05 * abs(unit_y) * rng.standard_normal(len(x))
    return x, y, true


def curve(model):
    formula = model.formula()
    return lambda x, *p: formula.value(x[np.newaxis], np.array([p]), np.array([len(x)]))


@EVERY
def test_from_the_guess_an_optimizer_gets_home(model):
    rng = np.random.default_rng(20240229)
    sets = [draw(model, rng) for _ in range(300)]
    guesses = guess(model, [np.column_stack([x, y]) for x, y, _ in sets])
    f = curve(model)
    home = 0
    for (x, y, true), start in zip(sets, guesses, strict=True):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", OptimizeWarning)  # the covariance is of no interest here
            try:
                fitted, _ = curve_fit(f, x, y, start, maxfev=200 * len(start))
            except RuntimeError:  # too many evaluations
                continue
        home += np.sum((y - f(x, *fitted)) ** 2) <= 1.001 * np.sum((y - f(x, *true)) ** 2)
    assert home >= 0.99 * len(sets), f"{model.name}: {home} of {len(sets)} fits reached the global optimum"
