"""`root` as SciPy's: what functions, callbacks and norms get, what comes back, what is refused."""

import numpy as np
import pytest
import scipy.optimize

from solvers import OptimizeWarning, root
from solvers.methods.root import MODULES, find
from tests.solvers.root.systems import cubic, tridiagonal

BOTH = [root, scipy.optimize.root]
BY_STEPS = [name for name in MODULES if name not in ("hybr", "lm")]


def cubic_jacobian(x):
    a = 1.5 * (x[0] - x[1]) ** 2
    return np.array([[1 + a, -a], [-a, 1 + a]])


@pytest.mark.parametrize("solve", BOTH)
@pytest.mark.parametrize("method", ["hybr", "lm", "broyden1", "krylov", "df-sane"])
def test_shapes(solve, method):
    seen = set()

    def fun(x):
        seen.add(x.shape)
        return x - [[1.0, 2.0]] if x.ndim == 2 else x - [1.0, 2.0]

    found = solve(fun, [[0.5, 1.0]], method=method)
    shape = (2,) if method in ("hybr", "lm") else (1, 2)
    assert seen == {shape}
    assert found.x.shape == shape
    np.testing.assert_allclose(found.x.ravel(), [1, 2], atol=1e-4)


@pytest.mark.parametrize("method", ["hybr", "lm"])
def test_jacobians_in_all_their_forms(method):
    a, b = (solve(cubic, [3.0, -1.0], jac=cubic_jacobian, method=method) for solve in BOTH)
    assert (a.nfev, a.njev, a.success) == (b.nfev - 2, b.njev, True)  # SciPy looks at shapes
    both = root(lambda x: (cubic(x), cubic_jacobian(x)), [3.0, -1.0], jac=True, method=method)
    columns = root(
        cubic, [3.0, -1.0], jac=lambda x: cubic_jacobian(x).T, method=method, options={"col_deriv": True}
    )
    assert both.x.tolist() == columns.x.tolist() == a.x.tolist()
    made = root(cubic, [3.0, -1.0], method=method, options={"eps": 1e-8})
    assert made.nfev > a.nfev
    np.testing.assert_allclose(made.x, a.x, atol=1e-7)


@pytest.mark.parametrize("method", BY_STEPS)
def test_callbacks_see_each_step_and_its_residuals(method):
    seen = []
    found = root(cubic, [0.3, 0.1], method=method, callback=lambda x, f: seen.append((x.copy(), f.copy())))
    assert len(seen) == found.nit
    for x, f in seen:
        np.testing.assert_array_equal(f, cubic(x))
    np.testing.assert_array_equal(seen[-1][0], found.x)


@pytest.mark.parametrize("solve", BOTH)
@pytest.mark.parametrize("method", ["hybr", "krylov"])
def test_what_is_not_used_is_warned_of(solve, method):
    given = {"callback": lambda x, f: None} if method == "hybr" else {"jac": cubic_jacobian}
    with pytest.warns(RuntimeWarning, match=f"{method}.* does not"):
        solve(cubic, [0.0, 0.0], method=method, **given)


@pytest.mark.parametrize("method", ["broyden1", "anderson", "krylov"])
def test_norms_that_are_functions(method):
    """Euclid's by its order and as a function; a weighted one ends when SciPy's does."""
    start = [-1.0] * 5
    order, function = (
        root(tridiagonal, start, method=method, options={"tol_norm": n}) for n in (2, np.linalg.norm)
    )
    assert (function.nit, function.nfev, function.x.tolist()) == (order.nit, order.nfev, order.x.tolist())
    assert (function.success, function.status, function.message) == (True, order.status, order.message)
    options = {
        "tol_norm": lambda v: 1e4 * np.abs(v).max(),
        "ftol": 1e-3,
        "fatol": 10.0,
        "xatol": 5.0,
        "xtol": 0.5,
    }
    a, b = (solve(tridiagonal, start, method=method, options=options) for solve in BOTH)
    assert a.success
    assert abs(a.nit - b.nit) <= 2
    assert np.abs(a.fun).max() <= 10.0 / 1e4
    never = root(tridiagonal, start, method=method, options={"tol_norm": lambda v: 1.0, "maxiter": 7})
    assert (never.success, never.nit) == (False, 7)


@pytest.mark.parametrize("method", ["broyden1", "broyden2", "anderson", "krylov", "df-sane"])
def test_complex_unknowns(method):
    def fun(z):
        assert z.shape == (1, 2)
        assert z.dtype == complex
        return z + 0.1 * z**2 - [[1 + 1.2j, 2.3 - 1.4j]]

    points = []
    found = root(fun, np.zeros((1, 2), complex), method=method, callback=lambda z, f: points.append((z, f)))
    assert found.success
    np.testing.assert_allclose(found.x, [[1 + 1j, 2 - 1j]], atol=1e-3)
    np.testing.assert_array_equal(found.fun, fun(found.x))
    np.testing.assert_array_equal(points[-1][0], found.x)
    np.testing.assert_array_equal(points[-1][1], found.fun)


def test_complex_unknowns_are_refused_where_nothing_can_be_done():
    with pytest.raises(ValueError, match=r"hybr takes real unknowns.*broyden1.*df-sane"):
        root(lambda z: z**2 + 1, [1j])


def test_what_makes_no_sense():
    with pytest.raises(ValueError, match=r"as many equations as unknowns, got 3 and 2: use 'lm'"):
        root(lambda x: np.ones(3), [1.0, 2.0])
    with pytest.raises(ValueError, match="Unknown solver"):
        root(cubic, [1.0, 2.0], method="newton")
    with pytest.warns(OptimizeWarning, match="Unknown solver options: nonsense"):
        root(cubic, [0.0, 0.0], options={"nonsense": 1})


@pytest.mark.parametrize("method", sorted(MODULES.keys() - {"linearmixing", "excitingmixing"}))
def test_displays(method, capsys):
    found = root(cubic, [0.3, 0.1], method=method, options={"disp": True})
    assert found.success
    assert found.message in capsys.readouterr().out
    assert found.method == find(method).name
