"""`linprog` against SciPy's, field by field; and what it says of arguments that make no program."""

import numpy as np
import pytest
import scipy.optimize
import scipy.sparse as sps

from solvers import OptimizeWarning, linprog

INF = np.inf
METHODS = ("highs", "highs-ds", "highs-ipm")

PROBLEMS = {
    "of the docstring": {
        "c": [-1, 4],
        "A_ub": [[-3, 1], [1, 2]],
        "b_ub": [6, 4],
        "bounds": [(None, None), (-3, None)],
    },
    "Nocedal & Wright 13.1": {"c": [-4, -2], "A_ub": [[1, 1], [2, 0.5]], "b_ub": [5, 8]},
    "equations": {"c": [-3, -2, 0], "A_eq": [[1, 1, 1], [2, 0.5, 0]], "b_eq": [5, 6]},
    "both kinds of rows": {
        "c": [2, 3, 1],
        "A_ub": [[1, 4, 2], [-3, -2, 0]],
        "b_ub": [8, -6],
        "A_eq": [[1, 1, 1]],
        "b_eq": [3],
    },
    "bounds only": {"c": [1, -1, 2], "bounds": [(-1, 5), (0, 7), (2, 2)]},
    "upper bound in force": {"c": [-1, -3], "A_ub": [[1, 1]], "b_ub": [10], "bounds": (0, 4)},
    "fixed and free variables": {
        "c": [1, 1, 1],
        "A_ub": [[-1, -1, 0], [0, -1, -1]],
        "b_ub": [-2, -3],
        "bounds": [(1, 1), (None, None), (0, 2)],
    },
    "fixed against the costs": {"c": [-1, -2], "A_ub": [[1, 1]], "b_ub": [9], "bounds": [(2, 2), (0, 3)]},
    "redundant equations": {"c": [1, 2], "A_eq": [[1, 1], [2, 2]], "b_eq": [1, 2]},
    "zero row and column": {
        "c": [1, 0, 2],
        "A_ub": [[0, 0, 0], [-1, 0, -1]],
        "b_ub": [1, -2],
        "bounds": (0, 3),
    },
    "degenerate (Beale)": {
        "c": [-0.75, 20, -0.5, 6],
        "A_ub": [[0.25, -8, -1, 9], [0.5, -12, -0.5, 3], [0, 0, 1, 0]],
        "b_ub": [0, 0, 1],
    },
    "no constraints at all": {"c": [1, 2]},
    "infeasible": {"c": [1, 1], "A_ub": [[1, 1]], "b_ub": [1], "bounds": [(2, None), (0, None)]},
    "infeasible zero row": {"c": [1, 1], "A_eq": [[0, 0]], "b_eq": [1]},
    "infeasible bounds": {"c": [1, 1], "A_ub": [[1, 1]], "b_ub": [1], "bounds": [(2, 1), (0, None)]},
    "infinite lower bound": {"c": [1, 1], "bounds": [(INF, None), (0, None)]},
    "unbounded": {"c": [-1, -1], "A_ub": [[1, -1]], "b_ub": [1]},
    "unbounded without rows": {"c": [-1, 1]},
}
INTEGERS = {
    "knapsack": {"c": [-5, -4, -3], "A_ub": [[2, 3, 1], [4, 1, 2]], "b_ub": [5, 11], "integrality": 1},
    "mixed": {"c": [-1, -2], "A_ub": [[1, 1]], "b_ub": [3.5], "integrality": [1, 0]},
    "semi-continuous": {
        "c": [1, 1],
        "A_ub": [[-1, -1]],
        "b_ub": [-1.5],
        "bounds": (2, 5),
        "integrality": [2, 3],
    },
    "infeasible": {"c": [1], "A_eq": [[2]], "b_eq": [3], "integrality": 1},
    "zero": {"c": [1], "integrality": 1},
}


def assert_same(ours, scipys, *, but=(), within=1e-9):
    """Every field of SciPy's is in ours, with its value."""
    for name, theirs in scipys.items():
        if name in but:
            continue
        mine = ours[name]
        if isinstance(theirs, dict):
            assert_same(mine, theirs, within=within)
        elif isinstance(theirs, np.ndarray):
            np.testing.assert_allclose(mine, theirs, atol=within, err_msg=name)
        elif isinstance(theirs, float):
            assert mine == pytest.approx(theirs, abs=within), name
        else:
            assert mine == theirs, name


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("case", PROBLEMS)
def test_all_fields_are_scipys(case, method):
    problem = PROBLEMS[case]
    ours, scipys = linprog(**problem, method=method), scipy.optimize.linprog(**problem, method=method)
    # Its HiGHS is another version than ours: it may count otherwise, and say more of a point.
    assert_same(ours, scipys, but=("message", "nit", "crossover_nit"))
    assert {"mip_node_count", "mip_dual_bound", "mip_gap"} <= set(ours)
    assert ours.message.split("; ")[0].split("(")[-1] == scipys.message.split("; ")[0].split("(")[-1]


@pytest.mark.parametrize("case", PROBLEMS)
def test_the_compiled_simplex_has_the_same_fields(case):
    ours, scipys = linprog(**PROBLEMS[case], method="simplex"), linprog(**PROBLEMS[case])
    other_multipliers = ("eqlin",) if case == "redundant equations" else ()
    assert_same(ours, scipys, but=("message", "nit", *other_multipliers))
    assert set(ours) == set(scipys)
    assert ours.message


def test_the_compiled_simplex_has_a_limit():
    rng = np.random.default_rng(1)
    A = rng.normal(size=(20, 30))
    problem = {"c": rng.normal(size=30), "A_ub": A, "b_ub": A @ rng.uniform(size=30) + 1, "bounds": (0, 3)}
    limited = linprog(**problem, method="simplex", options={"maxiter": 2})
    assert (limited.status, limited.success, limited.x) == (1, False, None)
    assert linprog(**problem, method="Simplex").fun == pytest.approx(linprog(**problem).fun, rel=1e-9)


@pytest.mark.parametrize("case", INTEGERS)
def test_all_fields_of_integer_programs_are_scipys(case):
    ours, scipys = linprog(**INTEGERS[case]), scipy.optimize.linprog(**INTEGERS[case])
    # HiGHS's tolerance of integers is 1e-6: its versions differ by as much.
    assert_same(ours, scipys, but=("message", "nit", "crossover_nit", "mip_node_count"), within=2e-6)
    assert isinstance(ours.mip_node_count, int | None)


def test_random_programs_have_scipys_answers():
    rng = np.random.default_rng(0)
    for _ in range(40):
        m, e, n = rng.integers(0, 6), rng.integers(0, 3), rng.integers(3, 9)
        A, B, inside = rng.normal(size=(m, n)), rng.normal(size=(e, n)), rng.uniform(size=n)
        problem = {
            "c": rng.normal(size=n),
            "A_ub": A,
            "b_ub": A @ inside + rng.normal(0.3, 0.5, m),
            "A_eq": B,
            "b_eq": B @ inside,
            "bounds": rng.permuted(np.tile([0.0, rng.choice([2.0, INF])], (n, 1)), axis=0),
        }
        assert_same(
            linprog(**problem), scipy.optimize.linprog(**problem), but=("message", "nit", "crossover_nit")
        )


@pytest.mark.parametrize("form", [sps.csr_array, sps.csc_array, sps.coo_array, sps.lil_array, sps.csr_matrix])
def test_sparse_matrices(form):
    dense = PROBLEMS["both kinds of rows"]
    sparse = dense | {"A_ub": form(dense["A_ub"]), "A_eq": form(dense["A_eq"])}
    assert_same(linprog(**sparse), linprog(**dense))
    assert_same(linprog(**dense | {"A_ub": sparse["A_ub"]}), linprog(**dense))


def test_a_sparse_matrix_is_left_as_it_was():
    twice = sps.csr_array((np.ones(3), np.array([0, 0, 1]), np.array([0, 3])), shape=(1, 2))
    assert linprog([-1, -1], twice, [4], bounds=(0, 3)).x.tolist() == [0.5, 3.0]
    assert twice.nnz == 3


@pytest.mark.parametrize(
    "bounds",
    [
        None,
        [],
        [[]],
        (0, None),
        [0, INF],
        [(0, None)],
        [(0, None)] * 2,
        np.array([[0, INF]] * 2),
        [[0], [None]],
    ],
)
def test_bounds_that_say_the_same(bounds):
    assert linprog([1, 2], [[-1, -1]], [-3], bounds=bounds).x.tolist() == [3, 0]


def test_axes_of_length_one_do_not_matter():
    answer = linprog([[1], [2]], [[-1, -1]], [[-3]])
    assert answer.x.tolist() == [3, 0]
    assert linprog(1.0, [[-1]], -2.0).x.tolist() == [2]


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"c": []}, ValueError, "c: got no values"),
        ({"c": None}, (TypeError, ValueError), "c: got a number that is infinite, NaN or None"),
        ({"c": [[1, 2], [3, 4]]}, ValueError, r"c: got shape \(2, 2\)"),
        ({"c": [1, np.nan]}, ValueError, "c: got a number that is infinite, NaN or None"),
        ({"c": ["a", 1]}, TypeError, "c: got what is no array of numbers"),
        ({"A_ub": [1, 1]}, ValueError, r"A_ub: got shape \(2,\); give 2 dimensions"),
        ({"A_ub": [[1, 1, 1]]}, ValueError, r"A_ub: got shape \(1, 3\); b_ub and c ask for \(1, 2\)"),
        ({"A_ub": [[1, INF]]}, ValueError, "A_ub: got a number"),
        ({"A_ub": sps.csr_array([[1, np.nan]])}, ValueError, "A_ub: got a number"),
        ({"A_ub": [[1, "b"]]}, TypeError, "A_ub: got what is no array"),
        ({"A_ub": [[1, 1], [1, 1]]}, ValueError, r"A_ub: got shape \(2, 2\)"),
        ({"A_ub": None}, ValueError, r"A_ub: got shape \(0, 2\)"),
        ({"b_ub": [INF]}, ValueError, "b_ub: got a number"),
        ({"b_ub": None}, ValueError, r"b_ub and c ask for \(0, 2\)"),
        ({"A_eq": [[1]], "b_eq": [1]}, ValueError, r"A_eq: got shape \(1, 1\)"),
        ({"A_eq": [[1, 1]], "b_eq": [None]}, ValueError, "b_eq: got a number"),
        ({"bounds": [(0, 1, 2)]}, ValueError, r"bounds: got shape \(1, 3\)"),
        ({"bounds": [(0, 1), (0, 1, 2)]}, ValueError, "bounds: got what are no pairs"),
        ({"bounds": [(0, "one")]}, ValueError, "bounds: got what are no pairs"),
        ({"bounds": np.zeros((1, 1, 2))}, ValueError, r"bounds: got shape \(1, 1, 2\)"),
        ({"integrality": [1, 2, 3]}, ValueError, "broadcastable"),
        ({"integrality": 4}, ValueError, "`integrality` must contain integers 0-3"),
        (
            {"method": "newton"},
            ValueError,
            "Unknown solver 'newton': there are highs, highs-ds, highs-ipm, simplex",
        ),
        ({"method": "interior-point"}, ValueError, "use highs-ipm"),
        ({"method": "revised simplex"}, ValueError, "use simplex or highs-ds"),
        ({"callback": print}, NotImplementedError, "does not call back"),
        ({"callback": print, "method": "simplex"}, ValueError, "does not call back"),
    ],
)
def test_misuse_is_named(change, error, words):
    with pytest.raises(error, match=words):
        linprog(**{"c": [1, 1], "A_ub": [[1, 1]], "b_ub": [1]} | change)


def test_bounds_the_wrong_way_round():
    with pytest.raises(ValueError, match=r"shape \(3, 2\); transpose them"):
        linprog([1, 1, 1], bounds=[[0, 0, 0], [1, 1, 1]])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"x0": [1, 1]}, "x0 is not used by method 'highs'"),
        ({"method": "highs-ds", "integrality": 1}, "Ignoring `integrality`"),
        ({"method": "simplex", "options": {"presolve": True}}, "method 'simplex' has no option presolve"),
        ({"options": {"presolve": "sometimes"}}, "HiGHS does not take presolve = 'sometimes'"),
        ({"options": {"maxiter": 2.5}}, "HiGHS does not take maxiter = 2.5"),
        ({"options": {"time_limit": -1}}, "HiGHS does not take time_limit = -1"),
        ({"options": {"simplex_dual_edge_weight_strategy": "ekki"}}, "does not take simplex_dual_edge"),
        ({"options": {"simplex_scale_strategy": 1}}, "passed to HiGHS verbatim"),
    ],
)
def test_what_is_not_heeded_is_warned_of(change, words):
    with pytest.warns(OptimizeWarning, match=words) as caught:
        answer = linprog(**{"c": [-1, -1], "A_ub": [[1, 1]], "b_ub": [1.5]} | change)
    assert answer.fun == pytest.approx(-1.5)
    assert {warning.filename for warning in caught} == {__file__}


def test_options_reach_highs(capfd):
    rng = np.random.default_rng(1)
    A = rng.normal(size=(30, 40))
    problem = {"c": rng.normal(size=40), "A_ub": A, "b_ub": A @ rng.uniform(size=40) + 1, "bounds": (0, 3)}
    limited = linprog(**problem, options={"maxiter": 2, "presolve": False})
    assert (limited.status, limited.success, limited.x, limited.nit) == (1, False, None, 2)
    assert limited.message.startswith("Iteration limit reached. (HiGHS Status 14:")
    assert linprog(**problem, options={"time_limit": 0.0}).status == 1
    assert capfd.readouterr().out == ""
    options = {
        "disp": True,
        "simplex_dual_edge_weight_strategy": "Dantzig",
        "primal_feasibility_tolerance": 1e-9,
    }
    assert linprog(**problem, options=options).success
    assert "Presolving model" in capfd.readouterr().out
    assert linprog(**problem, options={"disp": True, "presolve": False}).success
    assert "Presolving model" not in capfd.readouterr().out


def test_a_model_that_highs_does_not_take_is_not_called_infeasible():
    answer = linprog([1, 1], [[-1e16, -1]], [-1e16])
    assert (answer.status, answer.x) == (4, None)
    assert "does not take this model" in answer.message
    assert linprog([1, 1], [[-1e16, -1]], [-1e16], method="simplex").fun == pytest.approx(1)
