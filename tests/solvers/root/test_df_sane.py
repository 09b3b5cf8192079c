"""DF-SANE against SciPy's."""

import numpy as np
import pytest

from solvers.methods.root.df_sane import DF_SANE
from solvers.status import Status
from tests.solvers.root.systems import (
    SYSTEMS,
    boundary_value,
    cubic,
    logarithmic,
    ours,
    scipys,
    tridiagonal,
    without_solution,
)


def agree(function, x0, **options):
    own = {name: DF_SANE.choices.get(name, {}).get(value, value) for name, value in options.items()}
    found, expected = ours(DF_SANE, function, x0, **own), scipys("df-sane", function, x0, **options)
    assert (found.nfev, found.nit) == (expected.nfev, expected.nit)
    assert Status(found.status).converged == expected.success
    _, message = DF_SANE.endings[Status(found.status)]
    assert message == expected.message
    assert found.x == pytest.approx(expected.x, rel=1e-6, abs=1e-9)
    assert found.kept["fun"] == pytest.approx(expected.fun, rel=1e-4, abs=1e-9)
    return found


@pytest.mark.parametrize("search", ["cruz", "cheng"])
@pytest.mark.parametrize(("function", "x0"), SYSTEMS)
def test_evaluates_as_often_as_scipys(function, x0, search):
    agree(function, x0, line_search=search, maxfev=60)


@pytest.mark.parametrize(
    "options",
    [
        {"M": 1},
        {"sigma_0": 0.05},
        {"sigma_eps": 0.3},
        {"ftol": 1e-3},
        {"ftol": 0.0, "fatol": 1e-5},
        {"maxfev": 7},
        {"maxfev": 2},
    ],
)
@pytest.mark.parametrize("function", [tridiagonal, boundary_value, cubic])
def test_options(function, options):
    agree(function, [-1.0] * 5 if function is not cubic else [3.0, -1.0], **{"maxfev": 60, **options})


def test_norms():
    found = ours(DF_SANE, tridiagonal, [-1.0] * 5, fnorm=np.inf)
    expected = scipys("df-sane", tridiagonal, [-1.0] * 5, fnorm=lambda fun: abs(fun).max())
    assert found.nfev == expected.nfev


def test_where_there_is_no_solution():
    assert Status(ours(DF_SANE, without_solution, [1.0, 1.0]).status) == Status.EVALUATION_LIMIT


@pytest.mark.parametrize("x0", [[1.5, -0.3], [0.01, 2.0]])
def test_where_equations_are_undefined_it_turns_back(x0):
    undefined = []

    def watched(x):
        found = logarithmic(x)
        undefined.append(not np.isfinite(found).all())
        return found

    found = ours(DF_SANE, watched, x0, sigma_0=20.0)
    assert any(undefined)
    assert np.isfinite(found.kept["fun"]).all()
    assert found.fun < np.linalg.norm(logarithmic(np.array(x0)))


def test_where_equations_are_undefined_all_around_it_stalls():
    start = np.array([1.0, 2.0])
    found = ours(DF_SANE, lambda x: x if (x == start).all() else x * np.nan, start)
    assert Status(found.status) == Status.STALLED
    assert found.x.tolist() == start.tolist()


def test_a_solution_to_start_with():
    """SciPy's test is strict, so that zero residuals at the start go on by ``fatol`` alone."""
    agree(lambda x: x - 1.0, [1.0, 1.0])


@pytest.mark.parametrize("memory", [0.0, np.inf])
def test_its_memory_is_a_number_of_values(memory):
    with pytest.raises(ValueError, match="'M' of df-sane"):
        DF_SANE.fitted(DF_SANE.options(M=memory))


def test_a_long_memory():
    agree(tridiagonal, [-1.0] * 5, M=40)


def test_steps_are_watched():
    seen = []
    found = ours(DF_SANE, cubic, [0.0, 0.0], watch=lambda parts: seen.append(parts["answer"].copy()) or True)
    assert len(seen) == found.nit
    assert seen[-1].tolist() == found.x.tolist()
