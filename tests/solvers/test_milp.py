"""`milp` against SciPy's, with SciPy's objects, ours and tuples; and what it says of what it cannot take."""

import numpy as np
import pytest
import scipy.optimize
import scipy.sparse as sps

from solvers import Bounds, LinearConstraint, OptimizeWarning, milp

ROWS = ([[-1, 1], [3, 2], [2, 3]], -np.inf, [1, 12, 12])

PROBLEMS = {
    "of the docstring": {"c": [0, -1], "integrality": 1, "constraints": ROWS},
    "relaxed": {"c": [0, -1], "constraints": ROWS},
    "mixed": {
        "c": [-1, -2],
        "integrality": [1, 0],
        "bounds": (0, [3, 1.5]),
        "constraints": ([[1, 1]], 1, 3.2),
    },
    "semi-continuous": {"c": [1, 2], "integrality": [2, 3], "bounds": (2, 5), "constraints": ([[1, 1]], 1.5)},
    "bounds only": {"c": [-1, 1], "integrality": 1, "bounds": ([0, -1.5], [2.5, 3])},
    "nothing but costs": {"c": [1, 2]},
    "infeasible": {"c": [1], "integrality": 1, "constraints": ([[2]], 3, 3)},
    "unbounded": {"c": [-1, 0], "constraints": ([[1, -1]], 0, 1)},
    "unbounded integers": {"c": [-1, 0], "integrality": 1, "constraints": ([[1, -1]], 0, 1)},
    "infeasible bounds": {"c": [1], "bounds": (2, 1)},
    "no fraction": {"c": 1, "integrality": 1, "bounds": (0.5, 3)},
}


def scipys(problem):
    """SciPy's answer; it takes no pair (A, lb)."""
    constraints = problem.get("constraints")
    if constraints is not None:
        problem = problem | {"constraints": scipy.optimize.LinearConstraint(*constraints)}
    return scipy.optimize.milp(**problem)


@pytest.mark.parametrize("case", PROBLEMS)
def test_all_fields_are_scipys(case):
    ours, theirs = milp(**PROBLEMS[case]), scipys(PROBLEMS[case])
    assert set(ours) == set(theirs)
    for name in ("x", "fun", "mip_dual_bound", "mip_gap"):
        if theirs[name] is None:
            assert ours[name] is None, name
        else:
            # HiGHS's tolerance of integers is 1e-6: its versions differ by as much.
            np.testing.assert_allclose(ours[name], theirs[name], atol=2e-6, err_msg=name)
    for name in ("status", "success"):
        assert ours[name] == theirs[name], name
    assert ours.message.split("(HiGHS")[1][:12] == theirs.message.split("(HiGHS")[1][:12]
    assert type(ours.mip_node_count) is type(theirs.mip_node_count)


A, LB, UB = np.array([[1.0, 2.0], [3.0, -1.0]]), [-1, 0], [4, 6]


@pytest.mark.parametrize(
    "constraints",
    [
        LinearConstraint(A, LB, UB),
        scipy.optimize.LinearConstraint(A, LB, UB),
        (A, LB, UB),
        [A.tolist(), LB, UB],
        (sps.csc_array(A), LB, UB),
        LinearConstraint(sps.coo_array(A), LB, UB),
        [(A, LB, UB)],
        [LinearConstraint(A[0], -1, 4), (A[1:], 0, 6)],
        [(A[:1], [-1], [4]), [A[1], 0, 6], (A, -100)],  # three constraints, not the parts of one
    ],
)
@pytest.mark.parametrize("bounds", [Bounds(0, [3, 3]), scipy.optimize.Bounds(0, 3), (0, 3), ([0, 0], [3, 3])])
def test_constraints_that_say_the_same(constraints, bounds):
    best = milp([-1, -1], constraints=constraints, bounds=bounds)
    assert best.x == pytest.approx([16 / 7, 6 / 7])


@pytest.mark.parametrize("constraints", [None, (), []])
def test_no_constraints(constraints):
    assert milp([1, -1], bounds=(0, 2), constraints=constraints).x.tolist() == [0, 2]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"c": sps.coo_array([1, 1])}, "`c` must be a dense array"),
        ({"c": []}, "`c` must be a one-dimensional array of finite numbers"),
        ({"c": [1, np.inf]}, r"with at least one element, got \[1, inf\]"),
        ({"c": None}, "got None"),
        ({"integrality": [1, 0, 1]}, "broadcastable to `c.shape`"),
        ({"integrality": 0.5}, "must contain integers 0-3"),
        ({"integrality": sps.coo_array([1, 1])}, "`integrality` must be a dense array"),
        ({"bounds": 3}, "`bounds` must be convertible into an instance of `Bounds`"),
        ({"bounds": ([0, 0, 0], 1)}, r"`bounds.lb` and `bounds.ub` must contain reals .* \(2,\)"),
        ({"bounds": ([0, 0, 0], [1, 1])}, r"must be broadcastable to \(3,\): `ub` has shape \(2,\)"),
        ({"bounds": ("low", 1)}, "`bounds.lb` and `bounds.ub` must contain reals"),
        ({"bounds": (np.nan, 1)}, "`bounds.lb` or `bounds.ub` is NaN"),
        ({"constraints": 3}, r"`constraints` \(or each element within .* tuple \(A, lb, ub\) is, got 3"),
        ({"constraints": (A, LB, [1, 2, 3])}, r"`ub` has shape \(3,\)"),
        ({"constraints": (A[:, :1], LB, UB)}, r"The shape of `A` must be .* It is \(2, 1\), c has 2"),
        ({"constraints": (A[None], LB, UB)}, "exactly two dimensions"),
        ({"constraints": (A * np.inf, LB, UB)}, "`A` of a constraint has a number that is infinite or NaN"),
        ({"constraints": (A, np.nan, UB)}, "`constraint.lb` or `constraint.ub` is NaN"),
    ],
)
def test_misuse_is_named(change, words):
    with pytest.raises(ValueError, match=words):
        milp(**{"c": [1, 1]} | change)


def test_at_a_limit_there_is_the_best_point_so_far():
    rng = np.random.default_rng(4)
    hard = {
        "c": -rng.integers(10, 60, 30),
        "integrality": 1,
        "bounds": (0, 1),
        "constraints": (rng.integers(5, 50, (5, 30)), -np.inf, np.full(5, 300)),
    }
    best = milp(**hard)
    limited = milp(**hard, options={"node_limit": 1})
    assert best.success
    assert limited.status == 1
    assert limited.message.startswith("Node limit reached. (HiGHS Status 16:")
    assert best.fun <= limited.fun < 0
    assert limited.mip_gap > best.mip_gap == 0
    assert limited.mip_dual_bound <= best.fun
    assert milp(**hard, options={"time_limit": 0.0}).x is None


def test_options_that_scipy_does_not_know_are_warned_of():
    with pytest.warns(RuntimeWarning, match="Unrecognized options detected: {'random_seed': 3}") as caught:
        assert milp([1], options={"random_seed": 3}).success
    assert caught[0].filename == __file__
    with pytest.warns(OptimizeWarning, match="HiGHS does not take mip_rel_gap = -1"):
        milp([1], options={"mip_rel_gap": -1})
