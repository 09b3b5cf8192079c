"""L-BFGS-B against SciPy's."""

import numpy as np
import pytest
import scipy.optimize

from solvers import LbfgsInvHessProduct, minimize, minimize_batch
from solvers.methods.minimize.lbfgsb import LBFGSB
from solvers.status import Status
from tests.alone import solve
from tests.hock_schittkowski import PROBLEMS as HOCK_SCHITTKOWSKI
from tests.solvers.minimize.smooth import FLAT, FUNCTIONS, Smooth, barrier, ours, scipys

INF = np.inf

#: Bounds for the functions of that name: some hold at the minimum, some along the way, one fixes an unknown.
BOUNDS = [
    ("Rosenbrock", (-2.0, -2.0), (0.5, 2.0)),
    ("Rosenbrock", (-INF, 1.5), (INF, INF)),
    ("Rosenbrock", (-1.2, -INF), (INF, INF)),
    ("Rosenbrock 5", (-2.0,) * 5, (0.9, 2.0, 2.0, 0.1, 2.0)),
    ("Rosenbrock 5", (1.1, -INF, 0.2, -INF, 0.5), (INF, 0.9, 0.2, INF, 1.0)),
    ("Himmelblau", (0.0, 0.0), (2.0, 5.0)),
    ("quadratic", (0.0,) * 4, (0.2, 1.0, 0.3, 1.0)),
    ("quadratic", (0.2, -3.0, -INF, -INF), (INF, -1.0, INF, 4.0)),
    ("one unknown", (1.5,), (5.0,)),
    ("Beale", (0.6, 0.5), (10.0, 100.0)),
    ("helical valley", (-100.0, -1.0, -1.0), (0.8, 1.0, 1.0)),
    ("Bard", (0.1, 0.5, 0.5), (50.0, 100.0, 2.0)),
    ("Box", (0.0, 5.0, 0.0), (2.0, 9.5, 20.0)),
    ("trigonometric", (0.0,) * 10, (0.05, 0.2) * 5),
]


def projected(x, gradient, lower, upper):
    """Largest element of the projected gradient."""
    return abs(np.clip(x - gradient, lower, upper) - x).max()


def assert_alike(ended, theirs):
    assert LBFGSB.endings[Status(ended.status)] == (theirs.status, theirs.message)
    np.testing.assert_allclose(ended.fun, theirs.fun, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(ended.x, theirs.x, rtol=1e-4, atol=1e-5)
    assert (ended.nit, ended.nfev, ended.njev) == (theirs.nit, theirs.nfev, theirs.njev)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_answer_and_the_counts_are_scipys(name):
    ended = ours(LBFGSB, FUNCTIONS[name])
    assert_alike(ended, scipys(LBFGSB, FUNCTIONS[name]))
    np.testing.assert_allclose(ended.jac, FUNCTIONS[name].jac(ended.x), atol=1e-12)


@pytest.mark.parametrize(("name", "lower", "upper"), BOUNDS)
def test_the_answer_and_the_counts_are_scipys_under_bounds(name, lower, upper):
    start = np.clip(FUNCTIONS[name].start, lower, upper)
    ended = ours(LBFGSB, FUNCTIONS[name], start, bounds=(lower, upper))
    theirs = scipys(LBFGSB, FUNCTIONS[name], start, bounds=scipy.optimize.Bounds(lower, upper))
    assert_alike(ended, theirs)
    assert (ended.x >= lower).all()
    assert (ended.x <= upper).all()


@pytest.mark.parametrize(
    "name", [name for name, p in HOCK_SCHITTKOWSKI.items() if not p.constrained and p.bounds]
)
def test_problems_of_hock_and_schittkowski(name):
    problem = HOCK_SCHITTKOWSKI[name]
    lower, upper = np.array(problem.bounds).T
    ended = solve(LBFGSB, problem.start, fun=problem.value, jac=problem.grad, bounds=(lower, upper), ftol=0.0)
    theirs = scipy.optimize.minimize(
        problem.value,
        problem.start,
        jac=problem.grad,
        bounds=problem.bounds,
        method="L-BFGS-B",
        options={"ftol": 0.0},
    )
    np.testing.assert_allclose(ended.fun, theirs.fun, rtol=1e-7, atol=1e-9)
    assert projected(ended.x, ended.jac, lower, upper) <= 1e-5
    assert ended.nfev <= 1.2 * theirs.nfev


@pytest.mark.parametrize("seed", range(30))
def test_random_quadratics_in_random_boxes(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 12))
    turn = np.linalg.qr(rng.normal(size=(n, n)))[0]
    curved, linear = turn @ np.diag(10.0 ** rng.uniform(-1, 2, n)) @ turn.T, rng.normal(size=n)
    lower = np.where(rng.random(n) < 0.6, -rng.exponential(size=n), -INF)
    upper = np.where(rng.random(n) < 0.6, rng.exponential(size=n), INF)
    function = Smooth(
        lambda x: 0.5 * x @ curved @ x - linear @ x, lambda x: curved @ x - linear, None, tuple(np.zeros(n))
    )
    ended = ours(LBFGSB, function, bounds=(lower, upper), ftol=0.0, gtol=1e-6)
    theirs = scipys(LBFGSB, function, bounds=scipy.optimize.Bounds(lower, upper), ftol=0.0, gtol=1e-6)
    assert ended.status == Status.GRADIENT
    assert projected(ended.x, function.jac(ended.x), lower, upper) <= 1e-6
    np.testing.assert_allclose(ended.x, theirs.x, atol=1e-5)
    assert ended.nfev <= 1.2 * theirs.nfev + 2


@pytest.mark.parametrize("bounded", [False, True])
@pytest.mark.parametrize("maxcor", [1, 3, 10, 25])
def test_steps_remembered_are_scipys(maxcor, bounded):
    function = FUNCTIONS["Rosenbrock 5"]
    box = ((0.0,) * 5, (2.0, 0.9, 2.0, 2.0, 2.0)) if bounded else (-INF, INF)
    start = np.clip(function.start, *box)
    ended = ours(LBFGSB, function, start, bounds=box, maxcor=maxcor)
    theirs = scipys(LBFGSB, function, start, bounds=scipy.optimize.Bounds(*box), maxcor=maxcor)
    assert_alike(ended, theirs)
    pairs = int(ended.kept["pairs"][0])
    assert pairs == theirs.hess_inv.n_corrs
    # SciPy's lie as they were written over, these by age.
    for name in ("sk", "yk"):
        sums = [
            np.sort(kept.sum(axis=1)) for kept in (ended.kept[name][:pairs], getattr(theirs.hess_inv, name))
        ]
        np.testing.assert_allclose(*sums, rtol=1e-3, atol=1e-6)


def test_the_inverse_hessian_is_scipys_where_no_step_gave_way():
    ended, theirs = (
        run(LBFGSB, FUNCTIONS["Rosenbrock"], maxcor=40, gtol=1e-3, ftol=0.0) for run in (ours, scipys)
    )
    pairs = int(ended.kept["pairs"][0])
    inverse = LbfgsInvHessProduct(ended.kept["sk"][:pairs], ended.kept["yk"][:pairs])
    np.testing.assert_allclose(inverse.todense(), theirs.hess_inv.todense(), rtol=1e-3)


def test_products_with_the_inverse_hessian_are_scipys():
    rng = np.random.default_rng(0)
    steps = rng.normal(size=(3, 5))
    changes = steps + 0.2 * rng.normal(size=(3, 5))
    ours, theirs = (
        kind(steps, changes) for kind in (LbfgsInvHessProduct, scipy.optimize.LbfgsInvHessProduct)
    )
    vector, matrix = rng.normal(size=5), rng.normal(size=(5, 2))
    for product in (ours.matvec, ours.dot, ours, ours.__matmul__):
        np.testing.assert_allclose(product(vector), theirs @ vector)
    np.testing.assert_allclose(ours @ matrix, theirs @ matrix)
    np.testing.assert_allclose(np.asarray(ours), theirs.todense())
    assert (ours.shape, ours.n_corrs) == ((5, 5), 3)
    with pytest.raises(ValueError, match="matching shape"):
        LbfgsInvHessProduct(steps, changes[:2])


def test_the_result_has_the_inverse_hessian():
    """SciPy's is that of pairs out of order once some gave way, and off by a quarter here."""
    rosenbrock = FUNCTIONS["Rosenbrock"]
    found = minimize(rosenbrock.fun, [-1.2, 1.0], jac=rosenbrock.jac, method="L-BFGS-B")
    inverse = np.linalg.inv(rosenbrock.hess(found.x))
    np.testing.assert_allclose(found.hess_inv.todense(), inverse, rtol=0.05)
    assert "sk" not in found


@pytest.mark.parametrize("maxcor", [1, 30])
def test_steps_remembered_have_room(maxcor):
    """Also through the front ends, which were handed the room of ten."""
    rosenbrock, options = FUNCTIONS["Rosenbrock 5"], {"maxcor": maxcor, "gtol": 1e-10, "ftol": 0.0}
    given = {"jac": rosenbrock.jac, "method": "L-BFGS-B", "options": options}
    found = minimize(rosenbrock.fun, rosenbrock.start, **given)
    alone = ours(LBFGSB, rosenbrock, **options)
    assert (found.nit, found.nfev) == (alone.nit, alone.nfev)
    assert min(maxcor, found.nit) - found.hess_inv.n_corrs in (0, 1)  # the last one may not count
    many = minimize_batch(rosenbrock.fun, [rosenbrock.start] * 3, vectorized=False, **given)
    assert (many.nfev == alone.nfev).all()
    assert many.extras["sk"].shape == (3, maxcor, 5)


@pytest.mark.parametrize(
    "options", [{"gtol": 1e-1}, {"ftol": 1e-3}, {"gtol": 0.0, "ftol": 1e-14}, {"maxls": 3}]
)
def test_options_are_scipys(options):
    assert_alike(*(run(LBFGSB, FUNCTIONS["Himmelblau"], **options) for run in (ours, scipys)))


@pytest.mark.parametrize("options", [{"maxiter": 1}, {"maxiter": 5}, {"maxfun": 1}, {"maxfun": 10}])
def test_limits_are_scipys(options):
    ended, theirs = (run(LBFGSB, FUNCTIONS["Rosenbrock"], **options) for run in (ours, scipys))
    assert_alike(ended, theirs)
    assert ended.status < 0
    assert ended.fun == FUNCTIONS["Rosenbrock"].fun(ended.x)


def test_a_search_is_given_up_after_maxls_evaluations():
    """SciPy then gives the last objective with the last good x."""
    ended, theirs = (run(LBFGSB, FUNCTIONS["Rosenbrock"], maxls=1) for run in (ours, scipys))
    assert LBFGSB.endings[Status(ended.status)] == (theirs.status, theirs.message)
    assert ended.x.tolist() == theirs.x.tolist() == list(FUNCTIONS["Rosenbrock"].start)
    assert ended.fun == FUNCTIONS["Rosenbrock"].fun(ended.x)
    assert ended.nfev == theirs.nfev == 2


def test_no_steps_to_remember_are_refused():
    with pytest.raises(ValueError, match="maxcor"):
        ours(LBFGSB, FUNCTIONS["Rosenbrock"], maxcor=0)


def test_a_start_outside_is_brought_inside():
    seen = []
    ended = solve(LBFGSB, [5.0, -5.0], fun=lambda x: seen.append(x) or x @ x, jac=lambda x: 2.0 * x,
                  bounds=((1.0, -2.0), (3.0, -1.0)))  # fmt: skip
    assert seen[0].tolist() == [3.0, -2.0]
    assert ended.x.tolist() == [1.0, -1.0]
    assert ended.status == Status.GRADIENT


def test_nothing_is_asked_outside_the_bounds_and_answers_lie_on_them():
    """Sums of x and steps miss bounds by rounding, either way."""
    for seed in range(60):
        rng = np.random.default_rng(seed)
        lower, center = rng.uniform(0.1, 0.4, 3), rng.uniform(-2.0, 2.0, 3)
        upper = lower + rng.uniform(0.1, 0.4, 3)
        steps = []

        def fun(x, center=center, lower=lower, upper=upper):
            assert (x >= lower).all()
            assert (x <= upper).all()
            return float(np.sum((x - center) ** 4) + 0.1 * (x[0] - x[2]) ** 2)

        def jac(x, center=center):
            pull = 0.2 * (x[0] - x[2]) * np.array([1.0, 0.0, -1.0])
            return 4.0 * (x - center) ** 3 + pull

        watch = lambda parts, steps=steps: steps.append(parts["answer"].copy()) or True  # noqa: E731
        start = lower + (upper - lower) * rng.random(3)
        ended = solve(LBFGSB, start, fun=fun, jac=jac, bounds=(lower, upper), watch=watch)
        assert ended.status > 0
        for bound in (lower, upper):
            near = abs(np.array(steps) - bound) < 1e-12
            assert (np.array(steps) == bound)[near].all()


def test_unknowns_that_all_are_fixed_stay():
    ended = ours(LBFGSB, FUNCTIONS["Rosenbrock"], bounds=((-1.2, 1.0), (-1.2, 1.0)))
    assert (ended.status, ended.nit, ended.nfev) == (Status.GRADIENT, 0, 1)
    assert ended.x.tolist() == [-1.2, 1.0]


@pytest.mark.parametrize("beyond", [np.inf, np.nan])
def test_turns_back_where_the_function_is_undefined(beyond):
    ended = ours(LBFGSB, barrier(beyond))
    assert ended.status > 0
    np.testing.assert_allclose(ended.x, 1.0, atol=1e-3)


def test_a_flat_minimum():
    assert_alike(ours(LBFGSB, FLAT), scipys(LBFGSB, FLAT))


def test_a_gradient_that_is_none_stalls_at_the_start():
    ended = solve(LBFGSB, [1.0, 2.0], fun=lambda x: x @ x, jac=lambda x: -2.0 * x)
    assert (ended.status, ended.nit) == (Status.STALLED, 0)
    assert ended.x.tolist() == [1.0, 2.0]
    assert ended.nfev == 21


def test_a_search_that_fails_forgets_and_goes_on():
    ended, theirs = (run(LBFGSB, FUNCTIONS["Rosenbrock"], maxls=2, maxcor=60) for run in (ours, scipys))
    assert_alike(ended, theirs)
    assert ended.kept["pairs"][0] == theirs.hess_inv.n_corrs < ended.nit - 1


def test_a_search_never_ends_higher():
    """Where it begins is the best, which no gradient tells, and it may take as long as it likes."""
    calls = []
    fun = lambda x: calls.append(x) or float(len(calls) > 1)  # noqa: E731
    ended = solve(LBFGSB, [1.0, 2.0], fun=fun, jac=lambda x: x, maxls=1000)
    assert (ended.status, ended.nit, ended.fun) == (Status.STALLED, 0, 0.0)


def test_each_step_is_watched():
    steps = []
    ended = ours(LBFGSB, FUNCTIONS["Beale"], watch=lambda parts: steps.append(parts["numbers"][1]) or True)
    assert len(steps) == ended.nit
    assert (np.diff(steps) < 0.0).all()
