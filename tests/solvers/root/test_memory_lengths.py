"""Options that say how much methods remember, through the front ends."""

import numpy as np
import pytest
import scipy.optimize

from solvers import root, root_batch

N = 12


def tridiagonal(x):
    found = (3.0 - 2.0 * x) * x + 1.0
    found[..., 1:] -= x[..., :-1]
    found[..., :-1] -= 2.0 * x[..., 1:]
    return found


@pytest.mark.parametrize(
    ("method", "options"),
    [
        ("anderson", {"jac_options": {"M": 11}}),
        ("anderson", {"jac_options": {"M": 1}}),
        ("df-sane", {"M": 40}),
        ("krylov", {"jac_options": {"inner_maxiter": 60, "method": "gmres"}}),
        ("krylov", {"jac_options": {"outer_k": 25}}),
    ],
    ids=str,
)
def test_there_is_room(method, options):
    start = np.full(N, -1.0)
    found = root(tridiagonal, start, method=method, options=options)
    theirs = scipy.optimize.root(tridiagonal, start, method=method, options=options)
    assert found.success == theirs.success
    np.testing.assert_allclose(found.x, theirs.x, atol=1e-4)
    many = root_batch(tridiagonal, np.tile(start, (3, 1)), method=method, options=options)
    assert (many.x == many.x[0]).all()
    np.testing.assert_allclose(many.x[0], found.x, atol=1e-6)
