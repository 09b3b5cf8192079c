"""`minimize_batch` and `root_batch` of functions: values with derivatives, and what raises for some rows."""

import numpy as np
import pytest

from solvers import BFGS, NonlinearConstraint, minimize, minimize_batch, root_batch
from solvers.status import Status

#: Each problem's own target, all from the same start.
TARGETS = np.arange(10.0).reshape(5, 2)
STARTS = np.zeros((5, 2))
FORMS = pytest.mark.parametrize("vectorized", [True, False], ids=["rows", "one by one"])


@FORMS
def test_derivatives_that_come_with_values_are_their_own_problems(vectorized):
    called = []

    def bowl(x, target):
        called.append(len(x) if vectorized else 1)
        off = x - target
        return (off**2).sum(axis=-1) + (off**4).sum(axis=-1), 2 * off + 4 * off**3

    found = minimize_batch(bowl, STARTS, args=(TARGETS,), jac=True, method="BFGS", vectorized=vectorized)
    assert found.success.all()
    np.testing.assert_allclose(found.x, TARGETS, atol=1e-3)
    assert sum(called) == found.nfev.sum() == found.njev.sum()


@FORMS
def test_jacobians_that_come_with_residuals_are_their_own_problems(vectorized):
    def system(x, target):
        off = x - target
        return off + off**3, np.eye(2) * (1 + 3 * off**2)[..., None]

    found = root_batch(system, STARTS, args=(TARGETS,), jac=True, vectorized=vectorized)
    assert found.success.all()
    np.testing.assert_allclose(found.x, TARGETS, atol=1e-6)


def test_derivatives_that_nobody_asks_for_are_not_kept_for_ever():
    kept = []

    def fun(x):
        kept.append(x[0])
        return (x**2).sum(), 2 * x

    assert minimize(fun, [3.0, 1.0], jac=True, method="L-BFGS-B").success
    assert len(kept) == len(set(kept))


def _off(x, a):
    """How far it is from (a, 0), (b, 2); it raises where a is below 0."""
    if np.min(a) < 0:
        raise ZeroDivisionError("no such problem")
    a = np.atleast_1d(a)
    return np.atleast_2d(x) - np.stack([a, np.zeros_like(a)], axis=-1)


@FORMS
@pytest.mark.parametrize("raising", [[0], [0, 1], [2], [0, 1, 2, 3]])
def test_constraints_that_raise_for_some_spoil_no_other(vectorized, raising):
    a = np.array([1.0, 2, 3, 4])
    a[raising] *= -1

    def least(x, a):
        return _off(x, a)[..., 0] if vectorized else _off(x, a)[0, 0]

    def square(x, a):
        return (x**2).sum(axis=-1)

    found = minimize_batch(
        square, np.zeros((4, 2)), args=(a,), method="SLSQP", vectorized=vectorized,
        constraints={"type": "ineq", "fun": least},
    )  # fmt: skip
    assert [*np.flatnonzero(found.status == Status.EXCEPTION)] == raising
    for row in range(4):
        if row in raising:
            assert found.errors[row] == "ZeroDivisionError: no such problem"
        else:
            np.testing.assert_allclose(found.x[row], [a[row], 0], atol=1e-6)


@FORMS
def test_sizes_of_systems_show_where_nothing_raises(vectorized):
    a = np.array([-1.0, 2, 3])

    def residuals(x, a):
        two = _off(x, a)
        return np.concatenate([two, two], axis=-1) if vectorized else np.concatenate([two, two], axis=-1)[0]

    found = root_batch(residuals, np.zeros((3, 2)), args=(a,), method="lm", vectorized=vectorized)
    assert found.status[0] == Status.EXCEPTION
    assert found.success[1:].all()
    np.testing.assert_allclose(found.x[1:], [[2, 0], [3, 0]], atol=1e-8)


@FORMS
def test_hessians_are_built_up_for_one_problem_only(vectorized):
    with pytest.raises(ValueError, match=r"BFGS\(\), which builds up the Hessian of one problem"):
        minimize_batch(
            lambda x: (x**2).sum(axis=-1), STARTS, jac=lambda x: 2 * x, hess=BFGS(), method="trust-ncg",
            vectorized=vectorized,
        )  # fmt: skip


def test_limits_say_how_many_values_constraints_have_where_all_raise():
    def never(x):
        raise ZeroDivisionError("never")

    constraint = NonlinearConstraint(never, [0.0, 0.0], [1.0, 1.0])
    found = minimize_batch(lambda x: (x**2).sum(axis=-1), STARTS, method="COBYLA", constraints=[constraint])
    assert (found.status == Status.EXCEPTION).all()
    with pytest.raises(ZeroDivisionError, match="never"):
        minimize(lambda x: (x**2).sum(), [1.0, 2.0], method="COBYLA", constraints=[constraint])
