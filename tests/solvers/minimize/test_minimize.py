"""`minimize` and `minimize_batch` as users call them, beside SciPy."""

import numpy as np
import pytest
import scipy.optimize
from scipy.optimize import rosen, rosen_der, rosen_hess

from solvers import (
    BFGS,
    SR1,
    Bounds,
    LinearConstraint,
    NonlinearConstraint,
    OptimizeWarning,
    Status,
    minimize,
    minimize_batch,
)

START = np.array([-1.2, 1.0])
CONSTRAINTS = (
    {"type": "ineq", "fun": lambda x: x[0] - 2 * x[1] + 2},
    {"type": "ineq", "fun": lambda x: np.array([-x[0] - 2 * x[1] + 6, -x[0] + 2 * x[1] + 2])},
)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"jac": rosen_der},
        {"jac": "3-point"},
        {"method": "nelder-mead", "bounds": [(-2, 0.5), (-1, 3)]},
        {"method": "powell", "bounds": [(-2, 0.5), (-1, 3)]},
        {"method": "L-BFGS-B", "jac": rosen_der, "bounds": [(None, 0.5), (None, None)]},
        {"method": "trust-exact", "jac": rosen_der, "hess": rosen_hess},
        {"method": "trust-ncg", "jac": rosen_der, "hessp": lambda x, p: rosen_hess(x) @ p},
        {"tol": 1e-3, "jac": rosen_der},
    ],
)
def test_answers_and_counts_are_scipys(given):
    ours, theirs = minimize(rosen, START, **given), scipy.optimize.minimize(rosen, START, **given)
    np.testing.assert_allclose(ours.x, theirs.x, atol=1e-5)
    assert (ours.success, ours.status, ours.message) == (theirs.success, theirs.status, theirs.message)
    assert ours.nit == pytest.approx(theirs.nit, abs=1)  # rounding of differences parts their ways
    assert ours.nfev == pytest.approx(theirs.nfev, rel=0.05)


def test_constraints_in_all_forms():
    def fun(x):
        return (x[0] - 1) ** 2 + (x[1] - 2.5) ** 2

    expected = scipy.optimize.minimize(fun, (2, 0), bounds=((0, None),) * 2, constraints=CONSTRAINTS)
    found = minimize(fun, (2, 0), bounds=((0, None),) * 2, constraints=CONSTRAINTS)
    np.testing.assert_allclose(found.x, expected.x, atol=1e-6)
    np.testing.assert_allclose(found.multipliers, expected.multipliers, atol=1e-6)
    linear = LinearConstraint([[1, -2], [-1, -2], [-1, 2]], [-2, -6, -2], np.inf)
    curved = NonlinearConstraint(CONSTRAINTS[1]["fun"], 0.0, np.inf)
    for constraints in (linear, [curved, CONSTRAINTS[0]]):
        again = minimize(fun, (2, 0), bounds=Bounds(0, np.inf), constraints=constraints)
        np.testing.assert_allclose(again.x, expected.x, atol=1e-6)


def test_extras_and_callbacks():
    seen, states = [], []
    found = minimize(rosen, START, jac=rosen_der, callback=seen.append, options={"return_all": True})
    assert len(seen) == found.nit == len(found.allvecs) - 1
    assert found.hess_inv.shape == (2, 2)

    def stop(intermediate_result):
        states.append(intermediate_result)
        if len(states) == 3:
            raise StopIteration

    stopped = minimize(rosen, START, jac=rosen_der, callback=stop)
    assert (stopped.status, stopped.success, stopped.nit) == (99, False, 3)
    assert states[-1].fun == stopped.fun


def test_value_and_gradient_in_one_function():
    calls = []

    def both(x):
        calls.append(x)
        return rosen(x), rosen_der(x)

    found = minimize(both, START, jac=True)
    assert len(calls) == found.nfev
    assert found.nfev == minimize(rosen, START, jac=rosen_der).nfev


def test_misuse_is_said():
    with pytest.raises(ValueError, match="Unknown solver nonsense"):
        minimize(rosen, START, method="nonsense")
    with pytest.raises(ValueError, match=r"dogleg needs a gradient .* without it these do: Nelder-Mead"):
        minimize(rosen, START, method="dogleg")
    with pytest.raises(ValueError, match="needs a Hessian"):
        minimize(rosen, START, method="trust-exact", jac=rosen_der)
    with pytest.warns(OptimizeWarning, match="Unknown solver options: foo"):
        minimize(rosen, START, options={"foo": 1})
    with pytest.warns(RuntimeWarning, match="cannot handle bounds"):
        minimize(rosen, START, method="BFGS", bounds=[(0, 1)] * 2)
    with pytest.raises(ValueError, match=r"does not take bounds; these do: .*L-BFGS-B"):
        minimize_batch(lambda x: (x * x).sum(axis=1), [START], method="BFGS", bounds=[(0, 1)] * 2)
    with pytest.raises(ValueError, match="one dimension"):
        minimize(rosen, [START])
    with pytest.raises(ZeroDivisionError):
        minimize(lambda x: 1 / 0, START)


def test_undefined_and_unbounded_starts():
    assert minimize(lambda x: np.nan, START).status == Status.NON_FINITE
    assert minimize(lambda x: -np.inf, START).status == Status.UNBOUNDED


def test_expressions_with_constraints_are_scipys_minima():
    rng = np.random.default_rng(3)
    total = rng.uniform(0.5, 0.9, 6)
    found = minimize_batch(
        "(1 - u)**2 + 10*(v - u**2)**2",
        np.zeros((6, 2)),
        {"total": total},
        variables=("u", "v"),
        constraints=[
            {"type": "eq", "fun": "u + v - total"},
            LinearConstraint([[1, 0]], 0.2, 0.8),
            NonlinearConstraint("u*v", -1.0, np.full((6, 1), 0.2)),
        ],
        verify=True,
    )
    assert found.success.all(), found.message
    for row, sum_of in enumerate(total):
        expected = scipy.optimize.minimize(
            lambda x: (1 - x[0]) ** 2 + 10 * (x[1] - x[0] ** 2) ** 2, (0.3, 0.3), method="SLSQP",
            bounds=[(0.2, 0.8), (None, None)],
            constraints=[{"type": "eq", "fun": lambda x, t=sum_of: x[0] + x[1] - t},
                         {"type": "ineq", "fun": lambda x: 0.2 - x[0] * x[1]}], options={"ftol": 1e-12},
        )  # fmt: skip
        assert found.fun[row] <= expected.fun + 1e-6 or not expected.success
    assert (found.constraint_violation < 1e-6).all()


def test_further_starts_depend_on_seeds_alone():
    def waves(x):
        return np.sin(3 * x).sum(axis=1) + 0.1 * (x * x).sum(axis=1)

    given = {"bounds": [(-4.0, 4.0)] * 2, "starts": 6}
    seeds = np.array([5, 6, 7])
    many = minimize_batch(waves, np.full((3, 2), 2.0), seeds=seeds, **given)
    one = minimize_batch(waves, np.full((1, 2), 2.0), seeds=seeds[1:2], **given)
    assert one.x.tolist() == many.x[1:2].tolist()
    assert (
        many.fun <= minimize_batch(waves, np.full((3, 2), 2.0), bounds=[(-4.0, 4.0)] * 2).fun + 1e-9
    ).all()
    assert ((many.basin_count >= 1) & (many.basin_count <= 6)).all()
    drawn = minimize_batch(waves, None, seeds=seeds, bounds=np.tile([[-4.0, 4.0]] * 2, (3, 1, 1)), starts=4)
    assert drawn.success.all()


def test_what_is_no_minimum_is_not_called_one():
    """A saddle, where the gradient is zero."""
    found = minimize_batch("x0**2 - x1**2", np.zeros((1, 2)), verify=True)
    assert found.status[0] == Status.NUMERICAL
    assert "eigenvalue" in found.message[0]


def test_one_row_of_bad_input_loses_no_other():
    start = np.zeros((3, 2))
    start[1] = np.inf
    found = minimize_batch("(x0 - a)**2 + x1**2", start, {"a": np.array([1.0, 2.0, np.nan])})
    assert found.status.tolist()[1:] == [Status.BAD_INPUT, Status.BAD_INPUT]
    assert found.success[0]
    assert "a: got nan" in found.message[2]


@pytest.mark.parametrize(
    ("method", "options", "said"),
    [
        ("BFGS", {"hess_inv0": -np.eye(2)}, "'hess_inv0' matrix isn't positive definite"),
        ("BFGS", {"hess_inv0": np.diag([1.0, 0.0])}, "'hess_inv0' matrix isn't positive definite"),
        ("CG", {"c1": 0.5, "c2": 0.2}, "'c1' and 'c2' do not satisfy"),
        ("BFGS", {"c2": 2.0}, "'c1' and 'c2' do not satisfy"),
        ("Newton-CG", {"c1": -0.1}, "'c1' and 'c2' do not satisfy"),
    ],
)
def test_options_that_make_no_sense_are_refused(method, options, said):
    with pytest.raises(ValueError, match=said):
        minimize(lambda x: x @ x, [1.0, 1.0], jac=lambda x: 2 * x, method=method, options=options)


def test_an_objective_is_a_number():
    with pytest.raises(ValueError, match=r"must return a scalar value, got shape \(2,\)"):
        minimize(lambda x: x, [1.0, 1.0])


@pytest.mark.parametrize("method", ["Nelder-Mead", "Powell"])
def test_warnings_are_scipys(method):
    with pytest.warns(OptimizeWarning, match="Initial guess is not within"):
        minimize(lambda x: x @ x, [5.0], method=method, bounds=[(0.0, 1.0)])
    with pytest.warns(RuntimeWarning, match="Maximum number of iterations"):
        minimize(lambda x: (x - 3.0) @ (x - 3.0), [5.0], method=method, options={"disp": True, "maxiter": 1})


def test_lines_are_searched_where_only_the_second_search_succeeds():
    """Of SciPy's tests: from these starts its conjugate gradients converge."""
    for start in np.linspace(-0.75, 3.0, 71):
        found = minimize(lambda r: 2.5 * (1 - np.exp(-1.5 * (r[0] - 0.5))) ** 2, [start], method="CG")
        assert found.success


def test_steep_objectives_spoil_no_update():
    for scale in (1e-50, 1.0, 1e50):
        found = minimize(
            lambda x, s=scale: s * (x[0] - 1) ** 2, [-0.5], jac=lambda x, s=scale: 2 * s * (x - 1),
            method="BFGS", options={"gtol": scale * 1e-8},
        )  # fmt: skip
        np.testing.assert_allclose(found.x, 1.0, rtol=1e-6)


@pytest.mark.parametrize("method", ["Newton-CG", "trust-ncg", "trust-krylov", "trust-exact"])
@pytest.mark.parametrize(
    "update",
    [BFGS(), SR1(), scipy.optimize.BFGS(), BFGS("damp_update")],
    ids=["BFGS", "SR1", "SciPy's BFGS", "damped"],
)
def test_hessians_are_built_up(method, update):
    found = minimize(rosen, START, jac=rosen_der, method=method, hess=update)
    assert found.success
    np.testing.assert_allclose(found.x, 1.0, atol=5e-3)


def test_hessians_are_built_up_for_one_problem_with_a_gradient():
    with pytest.raises(ValueError, match="builds up the Hessian of one problem"):
        minimize_batch(
            lambda x: (x * x).sum(axis=1), [START], jac=lambda x: 2 * x, hess=BFGS(), method="trust-ncg"
        )
    with pytest.raises(ValueError, match="whose gradient"):
        minimize(rosen, START, method="Newton-CG", jac="2-point", hess=BFGS())
