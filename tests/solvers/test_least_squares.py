"""`least_squares` against SciPy's, and `least_squares_batch`'s own manners."""

import numpy as np
import pytest
import scipy.optimize
import scipy.sparse
import scipy.sparse.linalg
from hypothesis import example, given, settings
from hypothesis import strategies as st

from solvers import Status, least_squares, least_squares_batch


def rosenbrock(x):
    return np.array([10 * (x[1] - x[0] ** 2), 1 - x[0]])


def rosenbrock_jac(x):
    return np.array([[-20 * x[0], 10], [-1, 0]])


@pytest.mark.parametrize("jac", ["2-point", "3-point", "cs", rosenbrock_jac])
@pytest.mark.parametrize(
    ("method", "bounds"),
    [
        ("lm", (-np.inf, np.inf)),
        ("trf", (-np.inf, np.inf)),
        ("trf", ([-np.inf, 1.5], np.inf)),
        ("trf", ([-2, -2], [0.5, 2])),
        ("trf", scipy.optimize.Bounds([-50, -50], [0.5, 50])),
        ("dogbox", (-np.inf, np.inf)),
        ("dogbox", ([-np.inf, 1.5], np.inf)),
        ("dogbox", ([-2, -2], [0.5, 2])),
    ],
)
def test_rosenbrock(jac, method, bounds):
    start = [-1.2, 1.7]
    found = least_squares(rosenbrock, start, jac, bounds, method)
    jac = "3-point" if jac == "cs" and method == "lm" else jac
    expected = scipy.optimize.least_squares(rosenbrock, start, jac, bounds, method, xtol=1e-12, ftol=1e-12)
    np.testing.assert_allclose(found.x, expected.x, rtol=1e-5)
    np.testing.assert_allclose(found.cost, expected.cost, atol=1e-10)
    np.testing.assert_allclose(found.fun, rosenbrock(found.x), atol=1e-12)
    np.testing.assert_allclose(found.jac, rosenbrock_jac(found.x), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(found.grad, found.jac.T @ found.fun, atol=1e-12)
    assert found.active_mask.tolist() == expected.active_mask.tolist()
    assert found.success
    assert found.status in (1, 2, 3, 4)
    assert set(found) == set(expected) or set(expected) - set(found) <= {"nit"}
    assert found.optimality < 1e-3


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 100_000), x_scale=st.sampled_from(["jac", None]))
@example(seed=966, x_scale="jac")  # where the dogleg would go to and fro between two bounds
@example(seed=2791, x_scale="jac")
@pytest.mark.parametrize("method", ["trf", "dogbox"])
def test_bounded_linear_problems_have_scipys_answer(method, seed, x_scale):
    """Convex, so that there is one answer, and most of their unknowns end at a bound."""
    rng = np.random.default_rng(seed)
    n = rng.integers(1, 7)
    a, b = rng.normal(size=(n + 3, n)), rng.normal(size=n + 3) * 3
    lower = rng.normal(size=n)
    upper = lower + rng.uniform(0.1, 2, n)
    lower[rng.random(n) < 0.3] = -np.inf
    upper[rng.random(n) < 0.3] = np.inf
    start = np.clip(rng.normal(size=n), lower, upper)  # often on a bound
    found = least_squares(
        lambda x: a @ x - b, start, lambda x: a, (lower, upper), method,
        ftol=1e-12, gtol=1e-12, xtol=1e-12, x_scale=x_scale,
    )  # fmt: skip
    expected = scipy.optimize.lsq_linear(a, b, (lower, upper), method="bvls", tol=1e-14)
    assert ((found.x >= lower) & (found.x <= upper)).all()
    assert found.success
    assert found.nfev <= 30
    assert found.cost <= expected.cost + 1e-6 * b @ b
    np.testing.assert_allclose(found.x, expected.x, atol=1e-2)


@pytest.mark.parametrize("method", ["trf", "dogbox"])
def test_bounded_fits_take_as_many_evaluations_as_scipys(method):
    """Peaks whose bounds, most of them active, were drawn around their parameters."""
    rng = np.random.default_rng(4)
    x = np.linspace(0, 4, 30)
    ours = theirs = same = 0
    for _ in range(60):
        true = rng.uniform([0.5, 0.5, 0.3], [5, 3.5, 1.0])
        lower = true * rng.uniform(0.6, 1.1, 3)
        upper = lower + rng.uniform(0.1, 1.0, 3) * true
        start = rng.uniform(lower, upper)
        y = true[0] * np.exp(-((x - true[1]) ** 2) / (2 * true[2] ** 2)) + 0.05 * rng.normal(size=x.size)

        def peak(p, y=y):
            return p[0] * np.exp(-((x - p[1]) ** 2) / (2 * p[2] ** 2)) - y

        found = least_squares(peak, start, "3-point", (lower, upper), method)
        expected = scipy.optimize.least_squares(peak, start, "3-point", (lower, upper), method, x_scale="jac")
        assert found.success
        ours += found.nfev
        theirs += expected.nfev
        same += abs(found.cost - expected.cost) <= 1e-4 * expected.cost
    assert same >= 58
    assert ours <= 1.05 * theirs


@pytest.mark.parametrize("unit", [1e-12, 1e-3, 1e6, 1e12])
@pytest.mark.parametrize("method", ["lm", "trf", "dogbox", "bounds"])
def test_units_do_not_matter(unit, method):
    """A problem in other units takes the same steps, but for rounding, scaled by its Jacobian."""
    x = np.linspace(0, 4, 20)
    y = 3 * np.exp(-0.8 * x) + 0.1 * np.cos(9 * x)
    bounds = (np.array([0.0, 0.0]), np.array([2.5, 4.0])) if method == "bounds" else (-np.inf, np.inf)
    method = "trf" if method == "bounds" else method

    def fit(of_y, of_x):
        units = np.array([of_y, 1 / of_x])
        pair = tuple(np.multiply(side, units) for side in bounds)
        return least_squares(
            lambda p: p[0] * np.exp(-p[1] * x * of_x) - y * of_y, [of_y, 1 / of_x], "3-point", pair, method,
            x_scale="jac",
        ), units  # fmt: skip

    plain, _ = fit(1.0, 1.0)
    for of_y, of_x in ((unit, 1.0), (1.0, unit), (unit, unit)):
        scaled, units = fit(of_y, of_x)
        np.testing.assert_allclose(scaled.x / units, plain.x, rtol=1e-6)
        assert abs(scaled.nfev - plain.nfev) <= 1
        assert scaled.success


def test_few_residuals():
    found = least_squares(lambda x: [x[0] + x[1] - 3], [1.0, 1.0])
    assert found.cost < 1e-20
    with pytest.raises(ValueError, match="'lm' doesn't work"):
        least_squares(lambda x: [x[0] + x[1]], [1.0, 1.0], method="lm")


def test_arguments_and_limits():
    found = least_squares(lambda x, a, b=0: x - a - b, [0.0], args=(3.0,), kwargs={"b": 2.0})
    assert found.x == pytest.approx([5.0])
    short = least_squares(rosenbrock, [-1.2, 1.0], max_nfev=3)
    assert (short.status, short.success, short.nfev) == (0, False, 3)
    assert "maximum number of function evaluations" in short.message
    assert least_squares(lambda x: x, 2.0, ftol=None, xtol=None).success
    calls = []
    counted = least_squares(lambda x: calls.append(0) or rosenbrock(x), [-1.2, 1.0])
    assert len(calls) == counted.nfev + 2 * counted.njev
    assert counted["x"] is counted.x
    assert "nfev" in dir(counted)
    with pytest.raises(AttributeError):
        _ = counted.hessian


@pytest.mark.parametrize(
    ("match", "change"),
    [
        ("`loss` must be one of linear, soft_l1, huber", {"loss": "hinge"}),
        ("`loss` must return", {"loss": lambda z: z}),
        ("supports only 'linear'", {"loss": "huber", "method": "lm"}),
        ("`x_scale` must be", {"x_scale": "auto"}),
        ("`x_scale` must be", {"x_scale": -1.0}),
        ("`x_scale` must be", {"x_scale": 1.0 + 2.0j}),
        ("`x_scale` must be", {"x_scale": np.ones(3)}),
        ("`f_scale` must be", {"f_scale": 0.0}),
        ("`diff_step` must be", {"diff_step": [1.0, 2.0, 3.0]}),
        ("`tr_solver` must be", {"tr_solver": "best"}),
        ("`jac_sparsity` must have shape", {"jac_sparsity": np.ones((3, 2))}),
        ("does not support `jac_sparsity`", {"jac_sparsity": np.ones((2, 2)), "method": "lm"}),
        ("incompatible with `jac_sparsity`", {"jac_sparsity": np.ones((2, 2)), "tr_solver": "exact"}),
        ("`verbose` must be", {"verbose": 3}),
        ("`workers` must be", {"workers": 0}),
        ("method must be", {"method": "simplex"}),
        ("`x0` must be real", {"x0": [1.0, 2.0 + 0.0j]}),
        ("At least one of the tolerances", {"ftol": None, "xtol": None, "gtol": None}),
        ("All tolerances must be higher", {"ftol": None, "method": "lm"}),
        ("bounds must be a pair", {"bounds": ([0.0], [3.0, 4.0])}),
        ("bounds must be a pair", {"bounds": (0, 1, 2)}),
        ("does not support bounds", {"method": "lm", "bounds": (0, 9)}),
        ("Initial guess is outside", {"x0": [5.0, 5.0], "bounds": (0, 1)}),
        ("strictly less", {"bounds": (1, 1)}),
        ("at most 1 dimension", {"x0": [[1.0, 1.0]]}),
        ("at most 1-d", {"fun": lambda x: np.ones((2, 2))}),
        ("not finite in the initial", {"fun": lambda x: x * np.nan}),
        ("must return shape", {"jac": lambda x: np.ones((3, 3))}),
        ("must return real numbers", {"fun": lambda x: x + 0j}),
        ("must return real numbers", {"jac": lambda x: rosenbrock_jac(x) + 0j}),
        ("max_nfev", {"max_nfev": 0}),
    ],
)
def test_misuse_is_refused(match, change):
    with pytest.raises(ValueError, match=match):
        least_squares(**({"fun": rosenbrock, "x0": [0.5, 0.5]} | change))


def test_options_of_solvers_that_are_not_needed():
    with pytest.raises(TypeError, match="no 'tol'"):
        least_squares(rosenbrock, [-1.2, 1.0], tr_solver="lsmr", tr_options={"tol": 1.0})
    exact = least_squares(rosenbrock, [-1.2, 1.0], tr_solver="exact")
    iterative = least_squares(rosenbrock, [-1.2, 1.0], tr_solver="lsmr", tr_options={"btol": 1e-9})
    assert exact.x.tobytes() == iterative.x.tobytes()
    for tolerance in (1e-17, 0.0, -1.0):
        with pytest.warns(UserWarning, match="Setting `ftol` below the machine epsilon"):
            assert least_squares(rosenbrock, [-1.2, 1.0], ftol=tolerance).success
    with pytest.warns(UserWarning, match="not relevant for method 'dogbox'"):
        least_squares(rosenbrock, [-1.2, 1.0], method="dogbox", tr_options={"regularize": True})


@pytest.mark.parametrize("method", ["lm", "trf", "dogbox", "bounds"])
@pytest.mark.parametrize("x_scale", [1.0, [1.0, 0.2], [0.5, 2.0], "jac", None])
def test_scales_of_unknowns(method, x_scale):
    bounds = ([-9, -9], [9, 1e6]) if method == "bounds" else (-np.inf, np.inf)
    found = least_squares(
        rosenbrock, [-2, 1], rosenbrock_jac, bounds, method.replace("bounds", "trf"), x_scale=x_scale
    )
    np.testing.assert_allclose(found.x, [1, 1], rtol=1e-6)


@pytest.mark.parametrize(("method", "default"), [("lm", "jac"), ("trf", 1.0), ("dogbox", 1.0)])
def test_scales_are_scipys_by_default(method, default):
    other = 1.0 if default == "jac" else "jac"
    used = [least_squares(rosenbrock, [-2, 1], method=method, x_scale=s).nfev for s in (None, default, other)]
    assert used[0] == used[1] != used[2]


@pytest.mark.parametrize("method", ["lm", "trf", "dogbox"])
def test_a_scale_limits_the_first_step(method):
    """The first trust region is as large as the start, measured in these units."""
    asked = []

    def fun(x):
        asked.append(x.copy())
        return np.array([x[0] - 1e6, x[1] - 1e6])

    least_squares(fun, [1.0, 1.0], lambda x: np.eye(2), method=method, x_scale=[1.0, 0.01], max_nfev=2)
    step = asked[1] - 1.0
    reach = 100.0 if method == "lm" else 1.0
    assert np.hypot(*(step / [1.0, 0.01])) <= 1.11 * reach * np.hypot(1.0, 100.0)
    assert step[0] > step[1] if method == "dogbox" else step[0] > 100 * step[1]


def test_steps_of_differences():
    asked = []
    least_squares(
        lambda x: asked.append(x.copy()) or rosenbrock(x), [2.0, 3.0], diff_step=[0.1, 0.2], max_nfev=1
    )
    np.testing.assert_allclose(asked, [[2, 3], [2.2, 3], [2, 3.6]])


def tridiagonal(x):
    """Broyden's function."""
    values = (3 - 2 * x) * x + 1
    values[1:] -= x[:-1]
    values[:-1] -= 2 * x[1:]
    return values


@pytest.mark.parametrize("jac", ["2-point", "3-point", "cs"])
def test_sparse_jacobians_take_fewer_evaluations(jac):
    n, calls = 12, []
    pattern = scipy.sparse.diags_array([1.0, 1.0, 1.0], offsets=[-1, 0, 1], shape=(n, n))
    fun = lambda x: calls.append(0) or tridiagonal(x)  # noqa: E731
    found = least_squares(fun, -np.ones(n), jac, jac_sparsity=pattern)
    assert len(calls) == found.nfev + (6 if jac == "3-point" else 3) * found.njev
    dense = least_squares(tridiagonal, -np.ones(n), jac)
    np.testing.assert_allclose(found.x, dense.x, atol=1e-12)
    assert isinstance(found.jac, scipy.sparse.csr_array)
    np.testing.assert_allclose(found.jac.toarray(), dense.jac, atol=1e-7)
    listed = least_squares(tridiagonal, -np.ones(n), jac, jac_sparsity=pattern.toarray().tolist())
    np.testing.assert_array_equal(listed.jac, found.jac.toarray())


@pytest.mark.parametrize(
    ("wrap", "kind", "refused"),
    [
        (scipy.sparse.csr_array, scipy.sparse.csr_array, [{"method": "lm"}, {"tr_solver": "exact"}]),
        (
            scipy.sparse.linalg.aslinearoperator,
            np.ndarray,
            [{"method": "lm"}, {"tr_solver": "exact"}, {"x_scale": "jac"}],
        ),
    ],
)
def test_jacobians_that_are_not_arrays(wrap, kind, refused):
    def jac(x):
        return wrap(rosenbrock_jac(x))

    found = least_squares(rosenbrock, [-1.2, 1.0], jac, tr_solver="lsmr")
    np.testing.assert_allclose(found.x, [1, 1])
    assert isinstance(found.jac, kind)
    np.testing.assert_allclose(found.jac @ np.eye(2), rosenbrock_jac(found.x))
    for options in refused:
        with pytest.raises(ValueError, match="jac"):
            least_squares(rosenbrock, [-1.2, 1.0], jac, **options)


@pytest.mark.parametrize("method", ["lm", "trf", "dogbox"])
@pytest.mark.parametrize("jac", ["2-point", "3-point", lambda x: 2 * x[None]])
@pytest.mark.parametrize("start", [5.0, 2.0, 0.3, -40.0])
def test_a_least_residual_that_is_not_zero(method, jac, start):
    """A single residual has a cosine of 1 with its Jacobian up to the solution."""
    found = least_squares(lambda x: x * x + 5.0, start, jac, method=method)
    assert found.success
    assert found.nfev < 100
    np.testing.assert_allclose(found.x, 0.0, atol=1e-3)


@pytest.mark.parametrize("method", ["trf", "dogbox"])
def test_a_cost_as_the_only_residual(method):
    """Its slope is known to the accuracy of differences only, where it should be 0."""
    x = np.linspace(0, 4, 40)
    y = 2.5 * np.exp(-1.3 * x) + 0.1 * np.cos(9 * x)
    found = least_squares(lambda p: ((p[0] * np.exp(-p[1] * x) - y) ** 2).sum(), [1, 1], method=method)
    residuals = least_squares(lambda p: p[0] * np.exp(-p[1] * x) - y, [1, 1])
    assert found.success
    np.testing.assert_allclose(found.x, residuals.x, rtol=1e-4)


@pytest.mark.parametrize("units", [(1e12, 1e-12), (1e-12, 1e12)])
@pytest.mark.parametrize("method", ["trf", "dogbox"])
def test_short_steps_far_from_an_answer_are_none(method, units):
    """Units so far apart that the unscaled model is singular: what SciPy calls converged by ``xtol``."""
    x = np.linspace(0, 4, 20)
    y = 3 * units[0] * np.exp(-0.8 * x)

    def fun(p):
        return p[0] * np.exp(-p[1] / units[1] * x) - y

    assert not least_squares(fun, units, "3-point", method=method).success
    scaled = least_squares(fun, units, "3-point", method=method, x_scale="jac")
    np.testing.assert_allclose(scaled.x / units, [3, 0.8])
    assert scaled.success


def test_functions_in_single_precision():
    """Steps of differences are wide enough to show in them."""
    t = np.linspace(0, 1, 50)
    found = least_squares(lambda p: (p[0] + p[1] * t - (2 + 3 * t)).astype(np.float32), [-1.0, -1.0])
    np.testing.assert_allclose(found.x, [2, 3], atol=1e-5)


@pytest.mark.parametrize("method", ["trf", "dogbox"])
def test_callbacks(method):
    results, points = [], []

    def by_result(intermediate_result):
        results.append(intermediate_result)

    found = least_squares(rosenbrock, [-1.2, 1.0], method=method, callback=by_result)
    assert [r.nit for r in results] == list(range(1, found.njev))
    np.testing.assert_array_equal(results[-1].x, found.x)
    assert results[-1].cost == found.cost
    assert results[-1].nfev <= found.nfev
    np.testing.assert_array_equal(results[-1].fun, found.fun)
    least_squares(rosenbrock, [-1.2, 1.0], method=method, callback=points.append)
    np.testing.assert_array_equal(points, [r.x for r in results])

    def stop(x):
        raise StopIteration

    stopped = least_squares(rosenbrock, [-1.2, 1.0], method=method, callback=stop)
    assert (stopped.status, stopped.success, stopped.njev) == (-2, False, 2)
    assert "requested stop" in stopped.message
    np.testing.assert_array_equal(stopped.x, points[0])
    with pytest.warns(UserWarning, match="not supported with `lm`"):
        least_squares(rosenbrock, [-1.2, 1.0], method="lm", callback=stop)


def test_what_is_printed(capsys):
    least_squares(rosenbrock, [-1.2, 1.0])
    assert capsys.readouterr().out == ""
    shown = {}
    for library, solve in (("ours", least_squares), ("SciPy's", scipy.optimize.least_squares)):
        solve(rosenbrock, [-1.2, 1.0], rosenbrock_jac, x_scale="jac", verbose=2)
        shown[library] = capsys.readouterr().out.splitlines()
    assert shown["ours"][:2] == shown["SciPy's"][:2]
    assert shown["ours"][-1].startswith("Function evaluations ")
    least_squares(rosenbrock, [-1.2, 1.0], verbose=1)
    assert len(capsys.readouterr().out.splitlines()) == 2


@pytest.mark.parametrize("workers", [1, 2, map])
def test_workers(workers):
    alone = least_squares(rosenbrock, [-1.2, 1.0])
    found = least_squares(rosenbrock, [-1.2, 1.0], workers=workers)
    assert found.x.tobytes() == alone.x.tobytes()
    assert (found.nfev, found.njev) == (alone.nfev, alone.njev)
    points = []
    least_squares(
        rosenbrock, [-1.2, 1.0], workers=lambda f, at: [points.append(p) or f(p) for p in at], max_nfev=1
    )
    assert len(points) == 2


def test_a_batch_like_scipy_one_by_one():
    rng = np.random.default_rng(3)
    t = np.linspace(0, 3, 15)
    data = rng.uniform(1, 3, (6, 1)) * np.exp(-rng.uniform(0.3, 2, (6, 1)) * t) + 0.02 * rng.normal(
        size=(6, 15)
    )
    found = least_squares_batch(
        lambda x, y: x[:, :1] * np.exp(-x[:, 1:] * t) - y,
        np.ones((6, 2)),
        (data,),
        bounds=([0, 0], [2.0, 1.5]),
    )
    assert set(found.method) == {"trf"}
    for row in range(6):
        expected = scipy.optimize.least_squares(
            lambda p, y=data[row]: p[0] * np.exp(-p[1] * t) - y,
            [1, 1],
            bounds=([0, 0], [2.0, 1.5]),
            xtol=1e-12,
            ftol=1e-12,
        )
        np.testing.assert_allclose(found.x[row], expected.x, rtol=1e-5)
        assert found.active_mask[row].tolist() == expected.active_mask.tolist()
        if not expected.active_mask.any():
            inverse = np.linalg.inv(expected.jac.T @ expected.jac)
            np.testing.assert_allclose(found.covariance[row], inverse, rtol=1e-4)


def test_rows_of_a_batch_with_bad_starts():
    found = least_squares_batch(lambda x: x - 1, [[0.5], [7.0], [np.nan]], bounds=(0, 2))
    assert found.status[1:].tolist() == [Status.BAD_INPUT] * 2
    assert found.x[0] == pytest.approx(1.0)
    assert found.message[1] == "the start of x[0], 7, is outside its bounds [0, 2]"
    none = least_squares_batch(lambda x: x - 1, [[7.0]], bounds=(0, 2))
    assert none.status.tolist() == [Status.BAD_INPUT]


@pytest.mark.parametrize(
    ("match", "change"),
    [
        ("x0 must be", {"x0": [1.0, 1.0]}),
        ("leading axis B = 2", {"args": (np.ones(3),)}),
        ("leading axis B = 2", {"args": (1.0,)}),
        ("fun must return", {"fun": lambda x: x[:, 0]}),
        ("at least as many residuals", {"fun": lambda x: x[:, :1], "method": "lm"}),
        ("raised for every row at its start, first KeyError", {"fun": lambda x: {}[0]}),
        ("bounds must be a pair", {"bounds": (np.zeros(5), 1)}),
    ],
)
def test_misuse_of_a_batch_is_refused(match, change):
    with pytest.raises(ValueError, match=match):
        least_squares_batch(**({"fun": lambda x: x, "x0": np.ones((2, 2))} | change))
