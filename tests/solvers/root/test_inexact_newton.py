"""Broyden's methods, mixing and what they have in common against SciPy's."""

import math
from dataclasses import replace

import numpy as np
import pytest

from solvers.methods.root.anderson import ANDERSON
from solvers.methods.root.broyden1 import BROYDEN1
from solvers.methods.root.broyden2 import BROYDEN2
from solvers.methods.root.diagonal_broyden import DIAGONAL_BROYDEN
from solvers.methods.root.exciting_mixing import EXCITING_MIXING
from solvers.methods.root.linear_mixing import LINEAR_MIXING
from solvers.status import Status
from tests.alone import solve
from tests.solvers.root.systems import (
    SYSTEMS,
    boundary_value,
    cubic,
    helical_valley,
    logarithmic,
    ours,
    scipys,
    tridiagonal,
    without_solution,
)


def falling(x):
    """Where alpha above 0 leads to the solution."""
    return -boundary_value(x)


METHODS = [BROYDEN1, BROYDEN2, ANDERSON, LINEAR_MIXING, DIAGONAL_BROYDEN, EXCITING_MIXING]
BROYDENS = METHODS[:2]


def agree(method, function, x0, jac_options=None, **options):
    """Whatever happens, it is what happens with SciPy's; the names of words are numbers here."""
    own = {**options, **(jac_options or {})}
    for name, words in method.choices.items():
        if name in own and not isinstance(own[name], float):
            own[name] = words[own[name]]
    found = ours(method, function, x0, **own)
    expected = scipys(method.name, function, x0, **options, jac_options=jac_options)
    assert found.nfev == expected.nfev
    assert Status(found.status).converged == expected.success
    assert found.nit == expected.nit - (expected.success or "nit" in options)  # SciPy counts tests
    assert found.x == pytest.approx(expected.x, rel=1e-5, abs=1e-7)
    assert found.kept["fun"] == pytest.approx(expected.fun, rel=1e-4, abs=1e-9)
    assert found.fun == pytest.approx(np.linalg.norm(found.kept["fun"]))
    return found


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
@pytest.mark.parametrize(("function", "x0"), SYSTEMS[1:])
def test_evaluates_as_often_as_scipys(method, function, x0):
    agree(method, function, x0, maxiter=40)


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
@pytest.mark.parametrize("search", [None, "wolfe"])
def test_searches(method, search):
    agree(method, falling, [-0.1] * 5, {"alpha": 0.3}, line_search=search, maxiter=15)


def test_armijo_goes_on_to_cubics_and_gives_up():
    """The valley takes all branches; see that it does so again after a change."""
    found = agree(BROYDEN1, helical_valley, [-1.0, 0.5, 0.2])
    assert found.nfev > 2 * found.nit


@pytest.mark.parametrize(
    "jac_options",
    [
        {"reduction_method": "restart", "max_rank": 3},
        {"reduction_method": "simple", "max_rank": 3},
        {"reduction_method": "svd", "max_rank": 4},
        {"alpha": 0.3},
    ],
)
@pytest.mark.parametrize("method", BROYDENS, ids=lambda method: method.name)
def test_dyads_are_made_fewer(method, jac_options):
    agree(method, falling, [-0.1] * 5, jac_options, maxiter=20)


def test_some_singular_vectors_remain():
    found = ours(BROYDEN1, tridiagonal, [-1.0] * 5, reduction_method=2.0, max_rank=5.0, to_retain=1.0)
    expected = scipys(
        "broyden1", tridiagonal, [-1.0] * 5, jac_options={"reduction_method": ("svd", 1), "max_rank": 5}
    )
    assert found.nfev == expected.nfev


@pytest.mark.parametrize("jac_options", [{"M": 2.0}, {"w0": 0.5}, {"M": 0.0}, {"alpha": -0.2, "M": 7.0}])
def test_memory_of_anderson(jac_options):
    jac_options = {name: int(value) if name == "M" else value for name, value in jac_options.items()}
    agree(ANDERSON, tridiagonal, [-1.0] * 5, jac_options, maxiter=40)


def test_the_memory_of_anderson_is_a_number_of_steps():
    with pytest.raises(ValueError, match="'M' of anderson: got -1"):
        ANDERSON.fitted(ANDERSON.options(M=-1.0))


def test_without_room_for_its_memory_anderson_does_not_begin():
    zeros = np.zeros(2)
    found = solve(replace(ANDERSON, fitted=None), [0.0, 0.0], values=cubic, least=zeros, most=zeros, M=6.0)
    assert Status(found.status) == Status.BAD_INPUT


@pytest.mark.parametrize("jac_options", [{"alphamax": 0.2}, {"alpha": 0.05}, {"alpha": 0.3}])
def test_how_far_exciting_mixing_goes(jac_options):
    agree(EXCITING_MIXING, falling, [-0.1] * 5, jac_options, maxiter=30)


def test_a_direction_of_zeros_ends_it():
    found = ours(EXCITING_MIXING, falling, [-0.1] * 5, alpha=-0.1)
    assert Status(found.status) == Status.SINGULAR


@pytest.mark.parametrize(
    "options", [{"fatol": 1e-10}, {"ftol": 1e-2, "fatol": 1.0}, {"xatol": 1e-9, "xtol": 1e-9}, {"nit": 4}]
)
def test_tests(options):
    agree(BROYDEN1, cubic, [0.0, 0.0], **options)


def test_tol_is_of_steps():
    lifted = dict.fromkeys(BROYDEN1.lifted, math.inf) | dict.fromkeys(BROYDEN1.tol, 1e-4)
    found, expected = (
        ours(BROYDEN1, cubic, [0.0, 0.0], **lifted),
        scipys("broyden1", cubic, [0.0, 0.0], tol=1e-4),
    )
    assert Status(found.status) == Status.STEP
    assert (found.nfev, found.nit) == (expected.nfev, expected.nit - 1)


def test_norms():
    two = ours(BROYDEN1, tridiagonal, [-1.0] * 5, tol_norm=2.0)
    expected = scipys("broyden1", tridiagonal, [-1.0] * 5, tol_norm=np.linalg.norm)
    assert two.nfev == expected.nfev


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_a_solution_to_start_with(method):
    found = ours(method, lambda x: x - 1.0, [1.0, 1.0])
    assert (Status(found.status), found.nfev, found.nit) == (Status.ZERO, 1, 0)


def test_the_last_step_allowed_is_tested():
    steps = ours(BROYDEN1, cubic, [0.0, 0.0]).nit
    assert Status(ours(BROYDEN1, cubic, [0.0, 0.0], maxiter=steps).status) == Status.ZERO
    assert Status(ours(BROYDEN1, cubic, [0.0, 0.0], maxiter=steps - 1).status) == Status.ITERATION_LIMIT


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_where_there_is_no_solution(method):
    found = ours(method, without_solution, [1.0, 1.0], maxiter=50)
    assert not Status(found.status).converged
    assert np.isfinite(found.x).all()


@pytest.mark.parametrize("search", [0.0, 1.0, 2.0])
@pytest.mark.parametrize("alpha", [math.nan, -50.0])
def test_where_equations_are_undefined_it_turns_back(search, alpha):
    found = ours(BROYDEN1, logarithmic, [1.5, -0.3], line_search=search, alpha=alpha, maxiter=500)
    assert np.isfinite(found.kept["fun"]).all()
    assert Status(found.status).converged


def test_where_equations_are_undefined_all_around_it_stalls():
    start = np.array([1.0, 2.0])
    found = ours(BROYDEN1, lambda x: x if (x == start).all() else x * np.nan, start)
    assert Status(found.status) == Status.STALLED
    assert found.x.tolist() == start.tolist()


def test_steps_are_watched():
    seen = []
    found = ours(BROYDEN1, cubic, [0.0, 0.0], watch=lambda parts: seen.append(parts["answer"].copy()) or True)
    assert len(seen) == found.nit
    assert seen[-1].tolist() == found.x.tolist()
