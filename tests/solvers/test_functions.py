"""Curves given as functions: which may be called for all problems at once, and who is to blame."""

import numpy as np
import pytest

from solvers import Status, curve_fit_batch
from solvers.evaluation.functions import CurveFunction

X = np.linspace(0.5, 3.0, 6)
BASIS = np.cos(X)


def checked(f, size=5, same_x=True, same_start=True, m=6, jac=None):
    """The check on problems that, as most do, share their x and their start."""
    rng = np.random.default_rng(0)
    x = np.tile(X[:m], size) if same_x else np.sort(rng.uniform(0.5, 3, size * m))
    params = np.ones((size, 2)) * [1.5, 0.7] if same_start else rng.uniform(0.5, 2, (size, 2))
    return CurveFunction(f, jac).checked(x[None], params, np.arange(size + 1) * m)


ELEMENTWISE = {
    "exponential": lambda x, a, b: a * np.exp(-b * x),
    "where": lambda x, a, b: np.where(x < b, a, 0.0),
    "constant": lambda x, a, b: a,
    "power, NaN for negative x - b": lambda x, a, b: a * (x - b) ** 0.5,
    "clip": lambda x, a, b: np.clip(a * x, -b, b),
}
#: Each of them gives other values when problems are joined.
NOT = {
    "integral": lambda x, a, b: a * x / np.trapezoid(np.abs(x), dx=0.1) + b,
    "largest x": lambda x, a, b: a * x / x.max() + b,
    "smallest x": lambda x, a, b: a * x / x.min() + b,
    "mean of x": lambda x, a, b: a * (x - x.mean()) + b,
    "normalized shape": lambda x, a, b: a * np.exp(-b * x) / np.max(np.exp(-b * x)),
    "running sum": lambda x, a, b: a * np.cumsum(x) + b,
    "neighbours": lambda x, a, b: a * np.gradient(x) + b,
    "branch": lambda x, a, b: a * x if a > 0 else b * x,
    "any": lambda x, a, b: a * x + b if not np.any(a < 0) else np.full_like(x, 1e9),
    "largest parameter": lambda x, a, b: x * np.max(a) + b,
    "math": lambda x, a, b: float(a) * x + b,
    "closed over data": lambda x, a, b: a * BASIS[: len(x)] + b,
    "number of points": lambda x, a, b: a * x / len(x) + b,
    "points": lambda x, a, b: np.array([float(a) * value + float(b) for value in x]),
    "flipped": lambda x, a, b: a * x[::-1] + b,
}


@pytest.mark.parametrize("f", ELEMENTWISE.values(), ids=ELEMENTWISE)
@pytest.mark.parametrize("size", [1, 2, 5])
def test_elementwise_functions_are_called_once(f, size):
    assert checked(f, size).joint
    assert checked(f, size, same_x=False, same_start=False).joint
    assert checked(f, size, m=1).joint


@pytest.mark.parametrize("f", NOT.values(), ids=NOT)
@pytest.mark.parametrize("size", [2, 5])
def test_others_are_called_once_a_problem(f, size):
    assert not checked(f, size).joint
    assert not checked(f, size, same_x=False, same_start=False).joint


@pytest.mark.parametrize("f", NOT.values(), ids=NOT)
def test_answers_are_those_of_each_problem_alone(f):
    rng = np.random.default_rng(1)
    y = np.array([1.0, 2.0, 3.0])[:, None] * np.exp(-0.5 * X) + 0.1 * rng.normal(size=(3, 6))
    options = {"parameters": ("a", "b"), "p0": [1.5, 0.7], "max_nfev": 30}
    together = curve_fit_batch(f, X, y, **options)
    for row in range(3):
        alone = curve_fit_batch(f, X, y[[row]], **options)
        assert alone.x.tobytes() == together.x[[row]].tobytes()
        assert alone.nfev[0] == together.nfev[row]


def test_a_jac_that_is_not_elementwise():
    f = ELEMENTWISE["exponential"]
    good = lambda x, a, b: np.stack([np.exp(-b * x), -a * x * np.exp(-b * x)], axis=-1)  # noqa: E731
    bad = lambda x, a, b: good(x, a, b) * len(x)  # noqa: E731
    assert checked(f, jac=good).joint
    assert not checked(f, jac=bad).joint


def test_a_wrong_shape_is_the_problems_failure():
    fits = curve_fit_batch(lambda x, a, b: (a * x + b)[:-1], X, np.ones((2, 6)), [1.0, 1.0])
    assert (fits.status == Status.EXCEPTION).all()
    assert "must return shape (6,)" in fits.message[0]
    assert "(5,)" in fits.message[0]


def test_only_the_problem_that_raises_ends_with_an_exception():
    def f(x, a, b):
        if np.any(x > 90.0):
            raise KeyError("far away")
        return a * x + b

    x = np.tile(X, (9, 1))
    x[4, 2] = 99.0
    fits = curve_fit_batch(f, x, 2 * x + 1, [1.0, 1.0])
    assert np.flatnonzero(fits.status == Status.EXCEPTION).tolist() == [4]
    assert fits.message[4] == "KeyError: 'far away'"
    assert fits.success.sum() == 8


def test_several_variables_arrive_as_rows():
    x = (X, X**2)
    fits = curve_fit_batch(
        lambda x, a, b: a * x[0] + b * x[1], x, np.array([2 * X + 3 * X**2] * 2), [1.0, 1.0]
    )
    np.testing.assert_allclose(fits.x, [[2, 3]] * 2, rtol=1e-8)


def test_differences_need_no_jac_but_jacobian_does():
    with pytest.raises(ValueError, match="Differenced"):
        CurveFunction(ELEMENTWISE["exponential"]).jacobian(X[None], np.ones((1, 2)), np.array([0, 6]))
