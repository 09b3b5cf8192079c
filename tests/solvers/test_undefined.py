"""Models undefined on part of the data: steps there are rejected, and the fit goes on from where it was."""

from typing import NamedTuple

import numpy as np
import pytest

from solvers import Rescue, Status, curve_fit_batch

X = np.linspace(0.0, 4.0, 30)
NOISE = 0.01 * np.random.default_rng(0).normal(size=30)


class Case(NamedTuple):
    """A model, what is true, a start whose first steps leave the domain, and a start outside of it."""

    expression: str
    function: object
    true: tuple[float, ...]
    start: tuple[float, ...]
    outside: tuple[float, ...]


CASES = {
    "logarithm of a negative": Case(
        "a*log(b*x + c)",
        lambda x, a, b, c: a * np.log(b * x + c),
        (2.0, 1.5, 0.5),
        (1.0, 20.0, 30.0),
        (1.0, 1.0, -1.0),
    ),
    "root of a negative": Case(
        "a*sqrt(x - b)", lambda x, a, b: a * np.sqrt(x - b), (2.0, -0.3), (0.1, -50.0), (1.0, 1.0)
    ),
    "division by zero": Case(  # a Hill curve at dose 0
        "a*x**b/(c + x**b)",
        lambda x, a, b, c: a * x**b / (c + x**b),
        (2.0, 1.5, 1.0),
        (1.0, 5.0, 0.01),
        (1.0, -1.0, 1.0),
    ),
    "overflow": Case("a*exp(b*x)", lambda x, a, b: a * np.exp(b * x), (2.0, 0.5), (0.1, -1.0), (1.0, 200.0)),
    "power of a negative": Case(
        "a*(x - b)**c",
        lambda x, a, b, c: a * (x - b) ** c,
        (2.0, -0.5, 0.7),
        (1.0, -3.0, 1.0),
        (1.0, 1.0, 0.5),
    ),
}
cases = pytest.mark.parametrize("case", CASES.values(), ids=CASES)
methods = pytest.mark.parametrize("method", ["lm", "trf", "dogbox"])
ways = pytest.mark.parametrize("way", ["kernel", "2-point", "3-point"])


def fit(case, start, way, method, **options):
    """By the compiled kernel of an expression, or a NumPy function and differences."""
    given = {"f": case.expression} if way == "kernel" else {"f": case.function, "jac": way}
    y = case.function(X, *case.true) + NOISE
    names = "abc"[: len(case.true)]
    return curve_fit_batch(
        xdata=X, ydata=np.array([y] * len(start)), p0=start, method=method, parameters=tuple(names),
        **given, **options,
    )  # fmt: skip


@cases
@methods
@ways
def test_a_step_to_where_it_is_undefined_is_rejected_and_the_fit_goes_on(case, method, way):
    """An undefined start ends as such, and the others are not disturbed."""
    found = fit(case, [case.start, case.outside, case.true], way, method)
    assert [Status(s).label for s in found.status] == ["converged", "non_finite", "converged"]
    assert "not finite at the start" in found.message[1]
    assert found.x[1].tolist() == list(case.outside)
    assert found.nfev[1] == 1
    np.testing.assert_allclose(found.x[0], found.x[2], rtol=1e-3)
    np.testing.assert_allclose(found.cost[0], found.cost[2], rtol=1e-6)
    assert np.isfinite(found.stderr[[0, 2]]).all()


def test_these_starts_do_lead_outside():
    """Or the tests above test nothing."""
    trials = {}
    for name, case in CASES.items():

        def watched(x, *params, case=case, name=name):
            value = case.function(x, *params)
            trials.setdefault(name, []).append(np.isfinite(value).all())
            return value

        for method in ("lm", "trf", "dogbox"):
            fit(case._replace(function=watched), [case.start], "2-point", method)
    assert {name for name, finite in trials.items() if not all(finite)} == set(CASES)


@methods
def test_undefined_derivatives_of_a_finite_value_count_as_undefined(method):
    """The slope of the root at 0 is infinite: with b = 0 the value at x = 0 is finite, the slope is not."""
    y = 2 * np.sqrt(X + 0.3) + NOISE
    found = curve_fit_batch("a*sqrt(x + b)", X, [y, y], [[1.0, 5.0], [1.0, 0.0]], method=method)
    assert [Status(s).label for s in found.status] == ["converged", "non_finite"]
    assert found.x[0].round(1).tolist() == [2.0, 0.3]


@methods
@pytest.mark.parametrize("way", ["kernel", "jac"])
def test_a_trial_where_only_derivatives_are_undefined_is_rejected(method, way):
    """The least is at the bound b = 0, where dogbox would go; a function's derivatives end before it."""
    y = 2 * np.sqrt(X) + NOISE

    def jac(x, a, b):
        slope = np.stack([np.sqrt(x + b), 0.5 * a / np.sqrt(x + b)], axis=-1)
        return slope if np.all(b >= 0.01) else slope * np.nan

    given = (
        {"f": "a*sqrt(x + b)"} if way == "kernel" else {"f": lambda x, a, b: a * np.sqrt(x + b), "jac": jac}
    )
    bounds = (0.0, 9.0) if method != "lm" else (-np.inf, np.inf)
    found = curve_fit_batch(xdata=X, ydata=y[None], p0=[1.0, 5.0], method=method, bounds=bounds, **given)
    assert found.status[0] not in (Status.NON_FINITE, Status.EXCEPTION)
    assert found.x[0, 1] < 0.1  # it went on, as far as derivatives are defined
    assert np.isfinite(found.cost).all()
    assert found.cost[0] < 0.5 * ((np.sqrt(X + 5.0) - y) ** 2).sum() / 100
    if way == "jac":
        assert found.x[0, 1] >= 0.01


@cases
def test_other_starts_rescue_a_start_that_is_undefined(case):
    found = fit(case, [case.outside, case.true], "kernel", None, rescue=Rescue(starts=16))
    assert found.success.all()
    assert found.rescued_by[0] is not None
    assert "from start" in found.rescued_by[0]
