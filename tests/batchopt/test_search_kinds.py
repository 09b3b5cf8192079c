"""Minimizations and systems of equations by the table: expressions, functions, bad rows, refusals."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import batchopt
from batchopt.errors import JobError
from batchopt.job import Job

FUNCTIONS = """
import numpy as np

def bowl(x, a, b):
    return (x[:, 0] - a) ** 2 + b * (x[:, 1] - 1.0) ** 2

def slope(x, a, b):
    return np.stack([2 * (x[:, 0] - a), 2 * b * (x[:, 1] - 1.0)], axis=1)

def near(x, a, b):
    return x[:, 0] - a
"""
A = np.array([0.5, 1.0, 1.5, np.nan, 2.0])
B = np.array([1.0, 10.0, 30.0, 1.0, 5.0])
MINIMIZE = {
    "job": {"name": "valleys", "kind": "minimize"},
    "objective": {"expression": "(a - u)**2 + scale*b*(v - u**2)**2"},
    "constants": {"scale": 1.0},
    "variables": {"u": -1.0, "v": {"start": "2*a"}},
}
ROOT = {
    "job": {"name": "crossings", "kind": "root"},
    "equations": {"expressions": ["x*y - a", "x + y - b - 3"]},
    "variables": {"x": {"start": 0.1, "lower": 0.0, "upper": 1.0}, "y": 3.0},
}


def load(folder, content):
    folder.mkdir(exist_ok=True)
    table = pa.table({"id": np.arange(len(A)), "a": A, "b": B, "word": ["w"] * len(A)})
    pq.write_table(table, folder / "data.parquet")
    (folder / "mine.py").write_text(FUNCTIONS)
    shared = {"input": {"path": "data.parquet", "key": "id"}, "output": {"path": "out"}}
    return Job.parse(shared | content, folder=folder)


def rows(folder, content):
    return batchopt.run(load(folder, content), sync=True).results().to_pylist()


def test_minima_by_expression(tmp_path):
    found = rows(tmp_path, MINIMIZE)
    for row, a in zip(found, A, strict=True):
        if np.isnan(a):
            assert (row["status"], row["success"], row["u"]) == ("bad_input", False, None)
            assert "'a'" in row["message"]
        else:
            assert row["status"] == "converged"
            np.testing.assert_allclose([row["u"], row["v"]], [a, a * a], rtol=1e-4)
            assert row["fun"] < 1e-8
            assert row["method"] == "BFGS"
            assert row["grade"] == "ok"


def test_minima_under_bounds_and_constraints(tmp_path):
    content = MINIMIZE | {
        "variables": {"u": {"start": 0.0, "lower": -2, "upper": 0.8}, "v": 0.0},
        "constraints": [{"expression": "u + v", "upper": "a"}],
    }
    found = [row for row in rows(tmp_path, content) if row["success"]]
    assert len(found) == 4
    for row in found:
        assert row["u"] <= 0.8 + 1e-9
        assert row["u"] + row["v"] <= A[row["id"]] + 1e-6
        assert row["method"] == "SLSQP"
        assert row["constraint_violation"] < 1e-6
        assert row["optimality"] < 1e-3 < row["jac_norm"]


def test_functions_and_starts(tmp_path):
    content = {
        "job": MINIMIZE["job"],
        "objective": {"function": "mine:bowl", "gradient": "mine:slope", "arguments": ["a", "b"]},
        "variables": {"u": {"lower": -3, "upper": 3}, "v": {"lower": -3, "upper": 3}},
        "solver": {"method": "L-BFGS-B", "starts": 3},
    }
    found = [row for row in rows(tmp_path, content) if row["status"] != "bad_input"]
    assert len(found) == 4
    for row in found:
        np.testing.assert_allclose([row["u"], row["v"]], [A[row["id"]], 1.0], atol=1e-4)
        assert row["basin_count"] == 3


def test_roots_by_expression(tmp_path):
    found = [row for row in rows(tmp_path, ROOT) if row["status"] != "bad_input"]
    for row in found:
        assert row["success"]
        np.testing.assert_allclose(row["x"] * row["y"], A[row["id"]], rtol=1e-6)
        assert row["residual_norm"] < 1e-6
        assert row["jac_condition"] >= 1.0
    assert len(found) == 4


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"objective": {"expression": "(c - u)**2 + v**2"}}, "'c' is no variable, constant or column"),
        ({"objective": {"expression": "(word - u)**2 + v**2"}}, "it must hold numbers"),
        ({"variables": {"a": 1.0, "u": "2*a", "v": 1.0}}, "is a column of the input, too"),
        ({"variables": {"u": {"lower": 0.0}, "v": 1.0}}, "give a start, or lower and upper"),
        ({"variables": {"u": 1.0, "v": 1.0, "fun": 2.0}}, "is also a column of the result table"),
        ({"objective": {"expression": "u + v", "function": "mine:bowl"}}, "got both"),
        ({"constraints": [{"function": "mine:near", "upper": 0.0}]}, "give them by expression"),
        ({"constraints": [{"expression": "u"}]}, "give lower, upper or both"),
        ({"objective": {"function": "mine:none"}}, "cannot import 'mine:none'"),
        ({"solver": {"method": "nonsense"}}, "solver.method"),
    ],
)
def test_what_is_wrong_with_a_job_is_said(tmp_path, change, said):
    with pytest.raises(JobError, match=said):
        rows(tmp_path, MINIMIZE | change)


def test_as_many_equations_as_variables(tmp_path):
    with pytest.raises(JobError, match="got 1 for 2 variables"):
        load(tmp_path, ROOT | {"equations": {"expressions": ["x + y"]}})
