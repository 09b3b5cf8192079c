"""trust-constr against SciPy's: the same steps, counts, endings and fields."""

import warnings

import numpy as np
import pytest
import scipy.optimize

import solvers
from solvers.methods.minimize.trust_constr import TRUST_CONSTR
from solvers.status import Status
from tests.alone import solve
from tests.hock_schittkowski import PROBLEMS as HOCK_SCHITTKOWSKI
from tests.solvers.minimize.smooth import FLAT, FUNCTIONS, barrier, ours, scipys

BOTH = (solvers, scipy.optimize)
ROSENBROCK = FUNCTIONS["Rosenbrock"]
DAMPED = ("damp_update", 0.3)


def curved(module, **given):
    """Two sides of a parabola."""
    return module.NonlinearConstraint(
        lambda x: [x[0] ** 2 + x[1], x[0] ** 2 - x[1]],
        -np.inf,
        1,
        **{
            "jac": lambda x: np.array([[2 * x[0], 1], [2 * x[0], -1]]),
            "hess": lambda x, v: np.diag([2 * (v[0] + v[1]), 0.0]),
        }
        | given,
    )


def straight(module):
    return module.LinearConstraint([[1, 2], [2, 1]], [-np.inf, 1], [1, 1])


def run(module, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of updates that are skipped, and of linear functions
        return module.minimize(ROSENBROCK.fun, [0.5, 0.0], method="trust-constr", **options)


def assert_alike(found, expected):
    np.testing.assert_allclose(found.x, expected.x, rtol=1e-6, atol=1e-8)
    assert (found.status, found.message) == (expected.status, expected.message)
    assert (found.nit, found.nfev) == (expected.nit, expected.nfev)
    assert found.constr_violation == pytest.approx(expected.constr_violation, abs=1e-12)


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name != "quadratic"])
def test_the_answer_and_the_counts_are_scipys(name):
    ended, theirs = ours(TRUST_CONSTR, FUNCTIONS[name]), scipys(TRUST_CONSTR, FUNCTIONS[name])
    assert TRUST_CONSTR.endings[Status(ended.status)] == (theirs.status, theirs.message)
    np.testing.assert_allclose(ended.fun, theirs.fun, rtol=1e-7, atol=1e-9)
    assert (ended.nit, ended.nfev) == (theirs.nit, theirs.nfev)


@pytest.mark.parametrize(
    "make",
    [
        lambda m: {"hess": ROSENBROCK.hess, "constraints": [curved(m), straight(m)]},
        lambda m: {
            "hess": ROSENBROCK.hess,
            "bounds": m.Bounds([0, -0.5], [0.8, 2]),
            "constraints": curved(m),
        },
        lambda m: {"hessp": lambda x, p: ROSENBROCK.hess(x) @ p, "constraints": curved(m, hess=m.SR1())},
        lambda m: {"hess": m.SR1(), "constraints": curved(m, jac="2-point", hess=m.BFGS())},
        lambda m: {"hess": m.BFGS("damp_update", init_scale=2.0), "constraints": curved(m, hess=m.SR1(0.1))},
        lambda m: {
            "hess": m.BFGS(min_curvature=0.5),
            "constraints": curved(m, hess=m.BFGS(*DAMPED)),
        },
        lambda m: {"hess": m.BFGS(), "bounds": [(0, 0.5), (None, 0.1)]},
        lambda m: {"hess": "2-point", "bounds": [(None, 0.5), (None, None)]},
        lambda _: {"options": {"initial_tr_radius": 0.1, "gtol": 1e-4}},
        lambda _: {"options": {"maxiter": 5}},
        lambda _: {"tol": 1e-4},
    ],
    ids=[
        "exact",
        "bounds",
        "products",
        "updates",
        "damped",
        "curved",
        "boxed",
        "differences",
        "radius",
        "limit",
        "tol",
    ],
)
def test_the_steps_are_scipys(make):
    found, expected = (run(module, jac=ROSENBROCK.jac, **make(module)) for module in BOTH)
    assert_alike(found, expected)


def test_the_fields_are_scipys():
    found, expected = (
        run(
            module, jac=ROSENBROCK.jac, hess=ROSENBROCK.hess, constraints=[curved(module), straight(module)],
            bounds=module.Bounds([0, -0.5], [0.8, 2]),
        )
        for module in BOTH
    )  # fmt: skip
    assert set(expected) <= set(found)
    for name in ("v", "constr", "jac"):
        assert len(found[name]) == len(expected[name]) == 3
        for mine, theirs in zip(found[name], expected[name], strict=True):
            dense = theirs.toarray() if hasattr(theirs, "toarray") else theirs
            np.testing.assert_allclose(mine, dense, rtol=1e-5, atol=1e-8)
    for name in ("grad", "lagrangian_grad", "tr_radius", "constr_penalty", "barrier_parameter"):
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-5, atol=1e-7)
    assert (found.method, found.cg_niter) == (expected.method, expected.cg_niter)
    for name in ("constr_nfev", "constr_njev", "constr_nhev"):  # of the curved one, then all at once
        assert found[name] == [found[name][0]] * 2 + [0]
        assert found[name][0] == pytest.approx(expected[name][0], abs=2)
    assert 0.0 < found.execution_time < 60.0


def test_callbacks_see_the_result_so_far():
    def states(module):
        seen = []
        run(
            module, jac=ROSENBROCK.jac, hess=ROSENBROCK.hess, constraints=[curved(module)],
            callback=lambda x, state: seen.append((x.copy(), dict(state))),
        )  # fmt: skip
        return seen

    ours, theirs = (states(module) for module in BOTH)
    assert len(ours) == len(theirs)
    for (x, mine), (y, other) in zip(ours, theirs, strict=True):
        assert {name for name, value in other.items() if value is not None} <= set(mine)
        np.testing.assert_array_equal(mine["x"], x)
        np.testing.assert_allclose(x, y, rtol=1e-5, atol=1e-6)
        for name in ("optimality", "constr_violation", "tr_radius", "constr_penalty"):
            assert mine[name] == pytest.approx(other[name], rel=1e-4, abs=1e-6)
        assert mine["niter"] == other["niter"]


def test_without_constraints_there_are_no_multipliers():
    found = run(solvers, jac=ROSENBROCK.jac)
    assert (found.v, found.constr, found.jac) == ([], [], [])
    assert found.method == "equality_constrained_sqp"


@pytest.mark.parametrize(
    "name", [name for name, problem in HOCK_SCHITTKOWSKI.items() if problem.constrained and name != 24]
)
def test_problems_of_hock_and_schittkowski(name):
    problem = HOCK_SCHITTKOWSKI[name]
    found = solvers.minimize(
        problem.value, problem.start, jac=problem.grad, method="trust-constr",
        bounds=problem.bounds, constraints=problem.constraints(), options={"maxiter": 3000},
    )  # fmt: skip
    assert found.fun == pytest.approx(problem.minimum, abs=1e-3 * (1 + abs(problem.minimum)))
    assert problem.violation(found.x) < 1e-6


def test_contradicting_constraints_are_said():
    ended = solve(
        TRUST_CONSTR, [1.0, 1.0], lambda x: float(x @ x), lambda x: 2 * x, lambda x: 2 * np.eye(2),
        values=lambda x: np.array([x[0], x[0]]), jacobian=lambda x: np.array([[1.0, 0.0], [1.0, 0.0]]),
        curvature=lambda x, v: np.zeros((2, 2)), least=[-np.inf, 2.0], most=[1.0, np.inf],
    )  # fmt: skip
    assert ended.status in (Status.INFEASIBLE, Status.ITERATION_LIMIT)
    assert ended.maxcv == pytest.approx(0.5, abs=0.1)


def test_undefined_values_are_never_accepted():
    ended = ours(TRUST_CONSTR, barrier(np.nan))
    assert ended.status > 0
    assert np.isfinite(ended.x).all()
    assert ours(TRUST_CONSTR, FLAT).fun < 1e-8


def test_steps_are_told_with_their_state_and_may_end_it():
    states = [[], []]
    for seen, module in zip(states, BOTH, strict=True):
        run(
            module, jac=ROSENBROCK.jac, hess=ROSENBROCK.hess,
            callback=lambda x, state, seen=seen: seen.append((x, state["nit"])) or len(seen) == 5,
        )  # fmt: skip
    assert [nit for _, nit in states[0]] == [1, 2, 3, 4, 5]
    np.testing.assert_allclose([x for x, _ in states[0]], [x for x, _ in states[1]], rtol=1e-9)
