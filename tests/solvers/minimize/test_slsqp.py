"""SLSQP against SciPy's: answers, multipliers and counts; what is not fulfilled, not defined, not solved."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
import pytest
import scipy.optimize
from numpy import array, inf

from solvers.coroutines.row import DETAIL
from solvers.methods.minimize.slsqp import MODES, SLSQP
from solvers.status import Status
from tests.alone import solve
from tests.hock_schittkowski import PROBLEMS as HOCK_SCHITTKOWSKI
from tests.hock_schittkowski import derivative


@dataclass(frozen=True)
class Problem:
    """Minimize ``fun`` under ``least <= values(x) <= most`` and ``bounds``."""

    x0: Any
    fun: Any
    jac: Any
    values: Any = None
    jacobian: Any = None
    least: Any = ()
    most: Any = ()
    bounds: Any = (-inf, inf)


def posed(problem):
    """A problem of Hock and Schittkowski: equations first."""

    def values(x):
        return [*problem.equal(x), *problem.above(x)]

    equations, all_of_them = len(problem.equal(problem.start)), len(values(problem.start))
    return Problem(
        problem.start,
        problem.value,
        problem.grad,
        lambda x: array(values(x)).real,
        lambda x: derivative(values, x),
        np.zeros(all_of_them),
        np.where(np.arange(all_of_them) < equations, 0.0, inf),
        (array(problem.lower or -inf), array(problem.upper or inf)),
    )


PROBLEMS = {number: posed(problem) for number, problem in HOCK_SCHITTKOWSKI.items() if problem.constrained}
TARGET = array([1.0, 2.0])


def near(x0, *constraints, **more):
    """Come as near to TARGET as constraints allow."""
    return Problem(
        x0, lambda x: (x - TARGET) @ (x - TARGET), lambda x: 2 * (x - TARGET), *constraints, **more
    )


def ours(problem, watch=None, **options):
    p = problem
    with np.errstate(all="ignore"):
        return solve(
            SLSQP, p.x0, p.fun, p.jac, bounds=p.bounds, values=p.values, jacobian=p.jacobian,
            least=p.least, most=p.most, watch=watch, **options,
        )  # fmt: skip


def scipys(problem, **options):
    """Solve by SciPy, and put its multipliers into our order and signs."""
    p, x0 = problem, array(problem.x0, float)
    least, most = array(p.least, float), array(p.most, float)
    equal = least == most
    lower, upper = ~equal & (least > -inf), ~equal & (most < inf)
    constraints, order = [], []
    for kind, sign, which, limit in (
        ("eq", 1, equal, least),
        ("ineq", 1, lower, least),
        ("ineq", -1, upper, most),
    ):
        if which.any():
            constraints.append({
                "type": kind,
                "fun": lambda x, s=sign, w=which, b=limit: s * (p.values(x)[w] - b[w]),
                "jac": lambda x, s=sign, w=which: s * p.jacobian(x)[w],
            })  # fmt: skip
            order += [(i, sign) for i in np.flatnonzero(which)]
    bounds = scipy.optimize.Bounds(*(np.broadcast_to(b, x0.shape) for b in p.bounds))
    with np.errstate(all="ignore"), pytest.MonkeyPatch.context() as patch:
        patch.setattr("warnings.warn", lambda *_, **__: None)
        found = scipy.optimize.minimize(
            p.fun, x0, jac=p.jac, method="SLSQP", bounds=bounds, constraints=constraints, options=options
        )
    multipliers = np.zeros(len(least))
    for (i, sign), value in zip(order, found.multipliers, strict=True):
        multipliers[i] += sign * value
    found.multipliers = multipliers
    return found


def mode(found):
    return int(found.parts["numbers"][DETAIL])


def same(problem, **options):
    """Solve by both; they agree to the last call."""
    a, b = ours(problem, **options), scipys(problem, **options)
    assert (a.status > 0) == b.success
    assert MODES[mode(a)] == b.message
    assert (a.nit, a.nfev, a.njev) == (b.nit, b.nfev, b.njev)
    np.testing.assert_allclose(a.x, b.x, rtol=1e-7, atol=1e-8)
    np.testing.assert_allclose(a.kept["multipliers"], b.multipliers, rtol=1e-6, atol=1e-7)
    return a


@pytest.mark.parametrize("number", sorted(PROBLEMS.keys() - {29, 36}))
def test_does_what_scipy_does(number):
    problem = PROBLEMS[number]
    found = same(problem)
    values = problem.values(found.x)
    assert found.maxcv == max(0, *(problem.least - values), *(values - problem.most)) <= 1e-6
    assert found.counts[1] == found.counts[16]
    assert found.counts[2] == found.counts[32]


@pytest.mark.parametrize("number", [29, 36])
def test_takes_no_more_where_rounding_makes_the_ways_differ(number):
    a, b = ours(PROBLEMS[number]), scipys(PROBLEMS[number])
    assert a.status > 0
    assert (a.nit, a.nfev, a.njev) <= (b.nit, b.nfev, b.njev)
    np.testing.assert_allclose(a.fun, b.fun, rtol=1e-6)


@pytest.mark.parametrize("number", [7, 43, 71])
def test_a_smaller_tolerance_finds_more_digits(number):
    found = same(PROBLEMS[number], ftol=1e-9)
    assert found.maxcv < 1e-9


def himmelblau(x):
    return (x[0] ** 2 + x[1] - 11) ** 2 + (x[0] + x[1] ** 2 - 7) ** 2


def himmelblau_gradient(x):
    a, b = x[0] ** 2 + x[1] - 11, x[0] + x[1] ** 2 - 7
    return array([4 * x[0] * a + 2 * b, 2 * a + 4 * x[1] * b])


def beale(x):
    return sum((c - x[0] * (1 - x[1] ** k)) ** 2 for k, c in enumerate((1.5, 2.25, 2.625), 1))


def beale_gradient(x):
    parts = [(c - x[0] * (1 - x[1] ** k), k) for k, c in enumerate((1.5, 2.25, 2.625), 1)]
    return array([
        sum(-2 * r * (1 - x[1] ** k) for r, k in parts),
        sum(2 * r * x[0] * k * x[1] ** (k - 1) for r, k in parts),
    ])  # fmt: skip


rosen, rosen_der = scipy.optimize.rosen, scipy.optimize.rosen_der


@pytest.mark.parametrize(
    "problem",
    [
        Problem([-1.2, 1], rosen, rosen_der),
        Problem([-1.2, 1, -1.2, 1, 2], rosen, rosen_der),
        Problem([0.0, 0.0], himmelblau, himmelblau_gradient),
        Problem([1.0, 1.0], beale, beale_gradient),
        Problem([1.0, -2.0], lambda x: (x**4).sum(), lambda x: 4 * x**3),
        near([30.0, -40.0]),
        Problem([-5, 50], rosen, rosen_der, bounds=(array([0.0, 0]), array([0.5, 1]))),
        near([0.1, 0.5], bounds=(array([0.3, 0]), array([0.3, 1]))),
        Problem([20.0], lambda x: x[0] - np.log(x[0]), lambda x: 1 - 1 / x),
        Problem([20.0], lambda x: 10 * x[0] - np.log(x[0]), lambda x: 10 - 1 / x),
    ],
    ids=[
        "rosenbrock",
        "5",
        "himmelblau",
        "beale",
        "flat",
        "square",
        "out of bounds",
        "fixed",
        "log",
        "log, far",
    ],
)
def test_needs_no_constraints(problem):
    assert same(problem).status > 0


@pytest.mark.parametrize("maxiter", [0, 1, 3])
def test_a_limit_of_iterations(maxiter):
    found = same(Problem([-1.2, 1], rosen, rosen_der), maxiter=maxiter)
    assert found.status == Status.ITERATION_LIMIT
    assert found.fun == rosen(found.x)


def test_both_limits_of_a_constraint():
    rows = array([[1.0, 1], [1, -1]])
    found = same(near([3, 0], lambda x: rows @ x, lambda _: rows, [0, 0], [1, 1]))
    np.testing.assert_allclose(found.kept["multipliers"], [-2, 1], atol=1e-12)


def test_equations_that_leave_no_choice():
    problem = near(
        [0.1, 0.5],
        lambda x: array([x[0] ** 2 - 4, x[1] - 0.25]),
        lambda x: array([[2 * x[0], 0], [0, 1]]),
        [0, 0],
        [0, 0],
        bounds=(array([0.0, 0]), array([2.5, 1])),
    )
    same(problem)


def test_constraints_that_contradict_each_other_only_where_made_linear():
    """SciPy's test_inconsistent_linearization: at the start no step fulfils the second."""
    problem = Problem(
        [0, 1],
        lambda x: x @ x,
        lambda x: 2 * x,
        lambda x: array([x[0] + x[1] - 2, x[0] ** 2 - 1]),
        lambda x: array([[1, 1], [2 * x[0], 0]]),
        [0, 0],
        [0, inf],
        bounds=(0.0, inf),
    )
    same(problem)


INFEASIBLE = {
    "two limits": near(
        [0, 0], lambda x: array([x[0] - 1, -x[0]]), lambda _: array([[1, 0], [-1, 0]]), [0, 0], [inf, inf]
    ),
    "far from them": near(
        [5, 0], lambda x: array([x[0] - 1, -x[0]]), lambda _: array([[1, 0], [-1, 0]]), [0, 0], [inf, inf]
    ),
    "bounds": near(
        [0, 0], lambda x: array([x.sum()]), lambda _: array([[1, 1]]), [3], [inf], bounds=(0.0, 1.0)
    ),
    "an equation": near(
        [0, 0], lambda x: array([x.sum()]), lambda _: array([[1, 1]]), [3], [3], bounds=(0.0, 1.0)
    ),
    "curved": near([0.5, 0], lambda x: array([x @ x]), lambda x: array([2 * x]), [-inf], [-1]),
    "no choice": near([0.5, 0.5], lambda x: x, lambda _: np.eye(2), [2, 0.25], [2, 0.25], bounds=(0.0, 1.0)),
}


@pytest.mark.parametrize("case", INFEASIBLE)
def test_constraints_that_cannot_be_fulfilled(case):
    found, other = ours(INFEASIBLE[case]), scipys(INFEASIBLE[case])
    assert not other.success
    assert found.status == Status.INFEASIBLE
    assert found.maxcv == pytest.approx(1, abs=0.01)
    assert found.nfev <= max(10, other.nfev)


def test_more_equations_than_unknowns():
    rows = array([[1.0, 0], [0, 1], [1, 1]])
    found = ours(near([0.5, 0], lambda x: rows @ x, lambda _: rows, [1, 1, 2], [1, 1, 2]))
    assert (found.status, mode(found), found.nfev) == (Status.BAD_INPUT, 2, 1)


def test_equations_that_are_the_same():
    rows = array([[1.0, 1], [1, 1]])
    found = same(near([0.5, 0], lambda x: rows @ x, lambda _: rows, [1, 1], [1, 1]))
    assert (found.status, mode(found)) == (Status.SINGULAR, 6)


def test_a_corner_that_more_constraints_meet_in_than_there_are_unknowns():
    rows, target = array([[1.0, 1, 1], [1, -1, 0]]), array([1.0, 2, 3])
    problem = Problem(
        [0.1, 0.5, 0.2],
        lambda x: 1e6 * (x - target) @ (x - target),
        lambda x: 2e6 * (x - target),
        lambda x: rows @ x,
        lambda _: rows,
        [3, 0],
        [3, 0],
        bounds=(0.0, 1.0),
    )
    found = ours(problem)
    assert found.status > 0
    np.testing.assert_allclose(found.x, 1, rtol=1e-9)


def corner(seed):
    """Constraints and bounds that meet in a point, some of them twice; gradients of any size."""
    generator = np.random.default_rng(seed)
    n = int(generator.integers(2, 6))
    m, scale = int(generator.integers(1, n)), 10.0 ** generator.integers(0, 7)
    rows, point = generator.normal(size=(m, n)), generator.random(n) * (generator.random(n) < 0.5)
    lower = np.where(generator.random(n) < 0.7, point, -inf)
    upper = np.where((generator.random(n) < 0.5) & np.isinf(lower), point, inf)
    target = generator.normal(size=n) * 3
    if generator.random() < 0.5:
        rows[0] = np.eye(n)[0] * generator.normal()
    least, equal = rows @ point, generator.random(m) < 0.8
    return Problem(
        point + generator.normal(size=n),
        lambda x: scale * (x - target) @ (x - target),
        lambda x: 2 * scale * (x - target),
        lambda x: rows @ x,
        lambda _: rows,
        least,
        np.where(equal, least, inf),
        bounds=(lower, upper),
    )


def test_rounding_does_not_make_constraints_contradict_each_other():
    """SciPy's ends at one in five of these with its mode 4 or 8."""
    for seed in (*range(60), 670, 984, 1054, 1299):
        found = ours(corner(seed))
        assert found.status > 0, seed
        assert found.maxcv <= 1e-6


def test_large_gradients_do_not_look_like_contradictions():
    square = near([0.1, 0.5])
    problem = Problem(
        square.x0, lambda x: 1e9 * square.fun(x), lambda x: 1e9 * square.jac(x), bounds=(0.0, array([0.5, 1]))
    )
    assert scipys(problem).status == 4
    found = ours(problem)
    assert found.status > 0
    assert found.x.tolist() == [0.5, 1]


@pytest.mark.parametrize(
    ("fun", "jac"),
    [
        (lambda x: x[0] if x[0] == 20 else np.nan, lambda x: 0 * x + 1),
        (lambda x: x[0], lambda x: 0 * x + (1 if x[0] == 20 else np.nan)),
    ],
)
def test_what_is_not_defined_is_not_taken(fun, jac):
    found = ours(Problem([20.0], fun, jac))
    assert (found.status, mode(found)) == (Status.STALLED, 8)
    assert (found.x[0], found.fun, found.nfev) == (20, 20, 12)


def test_a_gradient_that_is_not_defined_shortens_the_step():
    found = ours(
        Problem(
            [20.0], lambda x: 10 * x[0] - np.log(abs(x[0])), lambda x: 10 - 1 / x if x[0] > 0 else x * np.nan
        )
    )
    assert found.status > 0
    assert found.x[0] == pytest.approx(0.1, rel=1e-4)


def test_a_constraint_that_is_not_defined_shortens_the_step():
    problem = Problem(
        [4.0],
        lambda x: x[0],
        lambda x: 0 * x + 1,
        np.sqrt,
        lambda x: array([0.5 / np.sqrt(x)]),
        [0.1],
        [inf],
    )
    found = ours(problem)
    assert found.x[0] == pytest.approx(0.01, rel=1e-4)
    assert found.status > 0


def test_each_iteration_is_watched():
    seen = []
    found = ours(
        PROBLEMS[43], watch=lambda parts: seen.append((parts["numbers"][3], *parts["answer"])) or True
    )
    assert [int(step[0]) for step in seen] == [*range(1, found.nit + 1)]
    assert seen[-1][1:] == tuple(found.x)
    assert found.parts["slope"].tolist() == PROBLEMS[43].jac(found.x).tolist()


def test_nonnegative_least_squares():
    solver = import_module("solvers.methods.minimize.quadratic.nonnegative").nonnegative_least_squares
    generator = np.random.default_rng(1)
    for k, p in [(1, 1), (3, 2), (2, 5), (8, 4), (12, 6), (20, 20)] * 5:
        matrix, target = generator.normal(size=(p, k)), generator.normal(size=p)
        if k > 2:
            matrix[:, 1] = matrix[:, 0]
        expected, distance = scipy.optimize.nnls(matrix, target)
        u, left = np.zeros(k), target.copy()
        passive = solver(np.ascontiguousarray(matrix.T), left, u, np.zeros(k), np.zeros(k), np.zeros(p))
        assert passive == np.count_nonzero(u) == np.count_nonzero(expected)
        assert u.min() >= 0
        np.testing.assert_allclose(matrix @ u, matrix @ expected, atol=1e-10)
        np.testing.assert_allclose(np.linalg.norm(left[passive:]), distance, atol=1e-10)


def test_factors_are_changed_by_one_rank():
    update = import_module("solvers.methods.minimize.quadratic.factors").update
    generator = np.random.default_rng(2)
    for n in (1, 2, 5, 9) * 3:
        root = np.tril(generator.normal(size=(n, n)), -1) + np.eye(n)
        pivots = generator.uniform(0.1, 2, n)
        matrix, factors = root * pivots @ root.T, np.tril(root, -1) + np.diag(pivots)
        vector = generator.normal(size=n)
        for scale in (0.7, 1e3, -0.99 / (vector @ np.linalg.solve(matrix, vector))):
            changed = factors.copy()
            update(changed, vector.copy(), scale, np.zeros(2 * n))
            lower = np.tril(changed, -1) + np.eye(n)
            expected = matrix + scale * np.outer(vector, vector)
            np.testing.assert_allclose(lower * np.diag(changed) @ lower.T, expected, rtol=1e-10, atol=1e-12)
            assert np.diag(changed).min() > 0
