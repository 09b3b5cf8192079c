"""Problems of the Netlib collections, run as a job: known optima are found, infeasible ones are proven so."""

import shutil
from pathlib import Path

import highspy
import numpy as np
import pyarrow.parquet as pq
import pytest

import batchopt
from batchopt.job import Job
from tests.batchopt.jobs import bits

NETLIB = Path(__file__).parents[1] / "data" / "netlib.parquet"
PARTS = ("c", "A_ub", "b_ub", "A_eq", "b_eq", "lower", "upper")
PROBLEMS = {row["name"]: row for row in pq.read_table(NETLIB).to_pylist()}
FEASIBLE = [name for name, row in PROBLEMS.items() if row["expected"] == "optimal"]
INFEASIBLE = [name for name, row in PROBLEMS.items() if row["expected"] == "infeasible"]


def result(folder, **sections):
    """The result table of all problems."""
    shutil.copy(NETLIB, folder)
    job = {
        "job": {"name": "netlib", "kind": "linprog"},
        "input": {"path": "netlib.parquet", "key": "name"},
        "problem": {name: name for name in PARTS},
        "output": {"path": "out"},
    }
    return batchopt.run(Job.parse(job | sections, folder=folder), sync=True).results()


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return result(tmp_path_factory.mktemp("netlib"))


@pytest.fixture(scope="module")
def rows(table):
    return {row["name"]: row for row in table.to_pylist()}


def arrays(problem):
    """A_ub above A_eq (m, n), row bounds and bounds, as dense arrays."""
    n = len(problem["c"])
    blocks = []
    for part in (problem["A_ub"], problem["A_eq"]):
        for begin, end in zip(part["indptr"][:-1], part["indptr"][1:], strict=True) if part else ():
            row = np.zeros(n)
            np.add.at(row, part["indices"][begin:end], part["data"][begin:end])
            blocks.append(row)
    b_ub, b_eq = (np.array(problem[name] or [], dtype=float) for name in ("b_ub", "b_eq"))
    lower = np.array([-np.inf if v is None else v for v in problem["lower"]])
    upper = np.array([np.inf if v is None else v for v in problem["upper"]])
    row_lower = np.concatenate([np.full(len(b_ub), -np.inf), b_eq])
    return np.array(blocks), row_lower, np.concatenate([b_ub, b_eq]), lower, upper


def optimum(problem):
    """What HiGHS finds at tight tolerances."""
    A, row_lower, row_upper, lower, upper = arrays(problem)
    highs = highspy.Highs()
    for option, value in (
        ("output_flag", False),
        ("primal_feasibility_tolerance", 1e-9),
        ("dual_feasibility_tolerance", 1e-9),
    ):
        highs.setOptionValue(option, value)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = A.shape[1], A.shape[0]
    model.col_cost_, model.col_lower_, model.col_upper_ = problem["c"], lower, upper
    model.row_lower_, model.row_upper_ = row_lower, row_upper
    row, column = np.nonzero(A)
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = np.searchsorted(row, np.arange(len(A) + 1))
    model.a_matrix_.index_, model.a_matrix_.value_ = column, A[row, column]
    highs.passModel(model)
    highs.run()
    return highs.getObjectiveValue()


@pytest.mark.parametrize("name", FEASIBLE)
def test_the_optimum_is_found_and_proven(rows, name):
    row, problem = rows[name], PROBLEMS[name]
    assert row["status"] == "converged"
    assert row["fun"] == pytest.approx(optimum(problem), rel=1e-8)
    assert row["fun"] == pytest.approx(problem["optimum"], rel=1e-6)  # scagr7's is of another version
    A, row_lower, row_upper, lower, upper = arrays(problem)
    x, scale = np.array(row["x"]), np.abs(A) @ np.abs(row["x"]) + 1
    assert ((x >= lower - 1e-8 * (1 + np.abs(x))) & (x <= upper + 1e-8 * (1 + np.abs(x)))).all()
    assert (A @ x - row_upper <= 1e-8 * scale).all()
    assert (row_lower - A @ x <= 1e-8 * scale).all()
    assert len(row["slack"]) == len(problem["b_ub"] or [])
    assert row["optimality"] < 1e-8


@pytest.mark.parametrize("name", INFEASIBLE)
def test_infeasibility_comes_with_a_ray_that_proves_it(rows, name):
    row = rows[name]
    assert (row["status"], row["success"], row["grade"]) == ("infeasible", False, "failed")
    A, row_lower, row_upper, lower, upper = arrays(PROBLEMS[name])
    ray = np.array(row["ray"])
    combined = ray @ A  # what the rows together ask of the variables, and the most that these can give
    size = np.abs(ray) @ np.abs(A)
    combined[np.abs(combined) <= 1e-9 * size + 1e-12 * size.max()] = 0.0
    asked = sum(r * (lo if r > 0 else up) for r, lo, up in zip(ray, row_lower, row_upper, strict=True) if r)
    given = sum(a * (up if a > 0 else lo) for a, lo, up in zip(combined, lower, upper, strict=True) if a)
    assert asked > given


def test_the_bits_do_not_depend_on_chunks(table, tmp_path):
    one_by_one = result(tmp_path, chunks={"problems": 1})
    assert bits(one_by_one) == bits(table)
