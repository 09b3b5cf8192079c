"""Linear programs by the table: every form of parts gives the same answers, a bad row costs no other."""

import numpy as np
import pyarrow as pa
import pytest
from scipy.optimize import linprog

import batchopt
from batchopt.kinds.linprog_table import OWN_COLUMNS
from tests.batchopt.jobs import bits
from tests.batchopt.programs import job_of, keyed, solved

#: (B, n), (B, m, n), ...: six problems of one shape, some with bounds; all have optima.
NUMBERS = np.random.default_rng(3)
C = NUMBERS.uniform(-1, 1, (6, 4))
A_UB = NUMBERS.uniform(0.1, 1, (6, 3, 4))
B_UB = NUMBERS.uniform(1, 2, (6, 3))
A_EQ = np.ones((6, 1, 4))
B_EQ = np.full((6, 1), 0.75)
UPPER = NUMBERS.uniform(0.3, 1, (6, 4))
NAMES = ("c", "A_ub", "b_ub", "A_eq", "b_eq", "lower", "upper")


def csr(matrices):
    structs = []
    for matrix in matrices:
        row, column = np.nonzero(matrix)
        indptr = np.searchsorted(row, np.arange(len(matrix) + 1))
        entries = matrix[row, column]
        structs.append({"indptr": indptr.tolist(), "indices": column.tolist(), "data": entries.tolist()})
    lists = [
        ("indptr", pa.list_(pa.int32())),
        ("indices", pa.list_(pa.int32())),
        ("data", pa.list_(pa.float64())),
    ]
    return pa.array(structs, pa.struct(lists))


def table(form=lambda matrices: pa.array(matrices.reshape(len(matrices), -1).tolist())):
    return keyed(
        c=C.tolist(),
        A_ub=form(A_UB),
        b_ub=B_UB.tolist(),
        A_eq=form(A_EQ),
        b_eq=B_EQ.tolist(),
        lower=[[None, 0.0, 0.0, 0.0]] * 6,
        upper=UPPER.tolist(),
    )


PROBLEM = {name: name for name in NAMES}


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    return solved(tmp_path_factory.mktemp("flat"), table(), problem=PROBLEM)


def test_the_answers_are_scipys(rows):
    for i, row in enumerate(rows):
        bounds = [(-np.inf if j == 0 else 0.0, UPPER[i, j]) for j in range(4)]
        expected = linprog(C[i], A_UB[i], B_UB[i], A_EQ[i], B_EQ[i], bounds)
        assert row["status"] == "converged"
        assert row["fun"] == pytest.approx(expected.fun, rel=1e-9, abs=1e-9)
        assert row["x"] == pytest.approx(expected.x, abs=1e-9)
        assert row["slack"] == pytest.approx(expected.slack, abs=1e-9)
        assert row["ineqlin_marginals"] == pytest.approx(expected.ineqlin.marginals, abs=1e-9)
        assert row["eqlin_marginals"] == pytest.approx(expected.eqlin.marginals, abs=1e-9)
        assert row["lower_marginals"] == pytest.approx(expected.lower.marginals, abs=1e-9)
        assert row["upper_marginals"] == pytest.approx(expected.upper.marginals, abs=1e-9)


def test_the_columns_are_those_of_the_architecture(rows):
    assert set(rows[0]) == {"k", *OWN_COLUMNS, "seconds", "attempt"}
    row = rows[0]
    assert (row["nfev"], row["njev"], row["ray"], row["message"]) == (None, None, None, None)
    assert len(row["basis"]) == 8
    assert row["basis"].count(1) == 4
    assert row["optimality"] == max(
        row[name] for name in ("primal_residual", "dual_residual", "complementarity", "gap")
    )
    assert row["optimality"] < 1e-9


@pytest.mark.parametrize(
    "form",
    [
        csr,
        lambda matrices: pa.array(matrices.tolist()),
        lambda matrices: pa.array(matrices.tolist(), pa.large_list(pa.list_(pa.float64(), 4))),
        lambda matrices: pa.array(matrices.reshape(6, -1).tolist(), pa.list_(pa.float64(), matrices[0].size)),
    ],
    ids=["csr", "lists of lists", "fixed-size lists", "flat fixed-size lists"],
)
def test_every_form_of_matrices_gives_the_same_bits(rows, form, tmp_path):
    assert comparable(solved(tmp_path, table(form), problem=PROBLEM)) == comparable(rows)


def comparable(rows):
    return bits(pa.Table.from_pylist(rows))


def test_what_is_the_same_for_all_may_stand_in_the_job(tmp_path):
    given = keyed(c=C.tolist(), b=B_UB.tolist(), A=[A_UB[0].ravel().tolist()] * 6)
    by_column = solved(tmp_path, given, problem={"c": "c", "A_ub": "A", "b_ub": "b", "bounds": [0, 0.5]})
    constant = {"c": "c", "A_ub": A_UB[0].tolist(), "b_ub": "b", "upper": [0.5] * 4}
    assert comparable(solved(tmp_path, given, problem=constant)) == comparable(by_column)


def test_bounds_are_pairs_of_which_null_is_none(tmp_path):
    given = keyed(c=[[1.0, -1.0]] * 3, bounds=[[[1.0, None], [0.0, 2.0]], [[-3.0, 5.0], [None, 4.0]], None])
    rows = solved(tmp_path, given, problem={"c": "c", "bounds": "bounds"})
    assert [row["x"] for row in rows] == [[1.0, 2.0], [-3.0, 4.0], None]
    assert rows[2]["message"] == "problem.bounds: the list is null"


def test_shapes_may_differ_and_rows_may_be_absent(tmp_path):
    given = keyed(
        c=[[1.0], [1.0, 1.0], [2.0], [-1.0]],
        A=[[-1.0], [-1.0, -2.0, -2.0, -1.0], None, None],
        b=[[-2.0], [-3.0, -3.0], None, []],
    )
    rows = solved(tmp_path, given, problem={"c": "c", "A_ub": "A", "b_ub": "b"})
    assert [row["status"] for row in rows] == ["converged", "converged", "converged", "unbounded"]
    assert [row["x"] for row in rows[:3]] == [[2.0], [1.0, 1.0], [0.0]]
    assert [row["slack"] for row in rows] == [[0.0], [0.0, 0.0], [], []]
    assert rows[3]["ray"] == [1.0]
    assert rows[3]["grade"] == "failed"


def test_an_infeasible_row_has_the_multipliers_that_prove_it(tmp_path):
    given = keyed(c=[[1.0]], A=[[1.0, -1.0]], b=[[1.0, -3.0]])
    (row,) = solved(tmp_path, given, problem={"c": "c", "A_ub": "A", "b_ub": "b"})
    assert row["status"] == "infeasible"
    ray = np.array(row["ray"])
    assert (ray <= 0).all()
    assert ray @ [1.0, -1.0] == pytest.approx(0.0, abs=1e-12)
    assert ray @ [1.0, -3.0] > 0


def test_no_number_is_nan(rows):
    for row in rows:
        for value in row.values():
            for number in value if isinstance(value, list) else [value]:
                assert number == number


NAN = float("nan")
INF = float("inf")
MATRIX = {"indptr": [0, 1, 2], "indices": [0, 1], "data": [1.0, 1.0]}
GOOD = {"c": [1.0, 1.0], "A": MATRIX, "b": [1.0, 1.0], "lower": [0.0, None], "upper": [1.0, 1.0]}
BAD = [
    ({"c": None}, "problem.c: the list is null"),
    ({"c": []}, "problem.c: the list is empty"),
    ({"c": [1.0, NAN]}, "problem.c: element 1 is nan"),
    ({"c": [1.0, None]}, "problem.c: element 1 is nan"),
    ({"c": [1.0, INF]}, "problem.c: element 1 is inf"),
    ({"c": [1.0, 1.0, 1.0]}, "problem.lower: 2 numbers, where 3 variables"),
    ({"b": None}, "problem.b_ub: the list is null"),
    ({"b": [1.0]}, "problem.A_ub.indptr: 3 numbers, where 1 rows need 2"),
    ({"b": [NAN, 1.0]}, "problem.b_ub: element 0 is nan"),
    ({"A": None}, "problem.A_ub: it is null, but problem.b_ub has 2 numbers"),
    ({"A": MATRIX | {"indices": [0, 2]}}, "problem.A_ub.indices: 2 is no column; they go from 0 to 1"),
    ({"A": MATRIX | {"indices": [0, -1]}}, "problem.A_ub.indices: -1 is no column"),
    ({"A": MATRIX | {"indices": [0, None]}}, "problem.A_ub.indices: -1 is no column"),
    ({"A": MATRIX | {"indices": [0]}}, "problem.A_ub.indices: 1 numbers, where data has 2"),
    ({"A": MATRIX | {"indptr": [0, 2, 1]}}, "problem.A_ub.indptr: it must ascend from 0 to 2"),
    ({"A": MATRIX | {"indptr": [1, 1, 2]}}, "problem.A_ub.indptr: it must ascend from 0 to 2"),
    ({"A": MATRIX | {"indptr": [0, 1, 3]}}, "problem.A_ub.indptr: it must ascend from 0 to 2"),
    ({"A": MATRIX | {"indptr": [0, None, 2]}}, "problem.A_ub.indptr: it must ascend from 0 to 2"),
    ({"A": MATRIX | {"data": None}}, "problem.A_ub.data: the list is null"),
    ({"A": MATRIX | {"data": [1.0, NAN]}}, "problem.A_ub: element 3 is nan"),
    ({"lower": None}, "problem.lower: the list is null"),
    ({"lower": [0.0]}, "problem.lower: 1 numbers, where 2 variables"),
    ({"lower": [0.0, 2.0]}, "problem.lower: element 1 is 2, above problem.upper, 1"),
    ({"lower": [NAN, 0.0]}, "problem.lower: element 0 is nan"),
    ({"lower": [INF, 0.0]}, "problem.lower: element 0 is inf"),
    ({"upper": [1.0, -INF]}, "problem.upper: element 1 is -inf"),
]


def test_bad_rows_say_why_and_cost_no_other(tmp_path):
    table = keyed(**{name: [v for bad, _ in BAD for v in (GOOD[name], (GOOD | bad)[name])] for name in GOOD})
    problem = {"c": "c", "A_ub": "A", "b_ub": "b", "lower": "lower", "upper": "upper"}
    rows = solved(tmp_path, table, problem=problem)
    assert [row["status"] for row in rows[1::2]] == ["bad_input"] * len(BAD)
    for row, (_, why) in zip(rows[1::2], BAD, strict=True):
        assert row["message"].startswith(why), row["message"]
        assert (row["x"], row["fun"], row["basis"], row["grade"], row["flags"]) == (
            None,
            None,
            None,
            "failed",
            [],
        )
    # Without a lower bound the second variable has no least cost.
    assert {row["status"] for row in rows[::2]} == {"unbounded"}
    alone = solved(tmp_path / "alone", table.slice(0, 1), problem=problem)
    keys = [name for name in alone[0] if name not in ("k", "seconds", "attempt")]
    assert all(repr([row[n] for n in keys]) == repr([alone[0][n] for n in keys]) for row in rows[::2])


def test_dense_matrices_of_wrong_sizes_say_so(tmp_path):
    flat = keyed(c=[[1.0, 1.0]] * 2, A=[[1.0, 2.0, 3.0], [1.0, 2.0]], b=[[1.0]] * 2)
    rows = solved(tmp_path, flat, problem={"c": "c", "A_ub": "A", "b_ub": "b"})
    assert [row["message"] for row in rows] == ["problem.A_ub: 3 numbers, not 1 x 2", None]
    nested = [[[1.0, 2.0], [1.0]], [[1.0, 2.0], None], [[1.0, 2.0]], [[1.0, 2.0], [3.0, 4.0]]]
    lists = keyed(c=[[1.0, 1.0]] * 4, A=nested, b=[[1.0, 1.0]] * 4)
    rows = solved(tmp_path / "lists", lists, problem={"c": "c", "A_ub": "A", "b_ub": "b"})
    ragged = "problem.A_ub: its lists are null or of different lengths"
    assert [row["message"] for row in rows] == [ragged] * 2 + [
        "problem.A_ub: 1 lists, where 2 rows need as many",
        None,
    ]


@pytest.mark.parametrize("group", [2, 1_000_000])
def test_the_bits_do_not_depend_on_chunks(rows, tmp_path, group):
    for problems in (1, 4, 1000):
        chunks = {"problems": problems}
        job = job_of(tmp_path / str(problems), table(csr), problem=PROBLEM, chunks=chunks, group=group)
        assert bits(batchopt.run(job, sync=True).results()) == comparable(rows)


def test_programs_too_large_to_be_dense_are_solved_as_sparse_ones(rows, tmp_path, monkeypatch):
    monkeypatch.setattr("batchopt.kinds.linprog_columns.fits", lambda m, n: False)
    for form in (csr, lambda matrices: pa.array(matrices.tolist())):
        sparse = solved(tmp_path, table(form), problem=PROBLEM, solver={"method": "highs"})
        assert [row["fun"] for row in sparse] == pytest.approx([row["fun"] for row in rows])
        assert {row["method"] for row in sparse} == {"highs"}


@pytest.mark.parametrize("method", ["simplex", "highs", "highs-ds", "highs-ipm"])
def test_every_method_finds_the_optimum(rows, tmp_path, method):
    found = solved(tmp_path, table(), problem=PROBLEM, solver={"method": method})
    assert [row["fun"] for row in found] == pytest.approx([row["fun"] for row in rows], rel=1e-8)
    assert {row["method"] for row in found} == {method}
    assert {row["rescued_by"] for row in found} == {None}


def test_a_limit_of_iterations_is_kept(tmp_path):
    found = solved(tmp_path, table(), problem=PROBLEM, solver={"method": "simplex", "maxiter": 1})
    assert {row["status"] for row in found} == {"iteration_limit", "converged"}  # one takes one
