"""The NIST reference problems, run as a job with the model in a column: 4 digits of every parameter."""

import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

import batchopt
from batchopt.job import Job

NIST = Path(__file__).parents[1] / "data" / "nist.parquet"


@pytest.fixture(scope="module")
def problems():
    return {row["name"]: row for row in pq.read_table(NIST).to_pylist()}


@pytest.fixture(scope="module", params=["lm", "trf"])
def rows(request, tmp_path_factory):
    """(problem, start, row of the result table) for 19 problems and 2 starts."""
    folder = tmp_path_factory.mktemp(request.param)
    shutil.copy(NIST, folder)
    found = []
    for start in ("start1", "start2"):
        job = Job.parse(
            {
                "job": {"name": start},
                "input": {
                    "path": "nist.parquet",
                    "layout": "nested",
                    "key": "name",
                    "x": ["x", "x2"],
                    "y": "y",
                },
                "model": {
                    "column": "model",
                    "parameters": {"column": "parameters"},
                    "start": {"column": start},
                },
                "solver": {"method": request.param, "max_nfev": 2000},
                "output": {"path": start},
            },
            folder=folder,
        )
        found += [(row["name"], start, row) for row in batchopt.run(job, sync=True).results().to_pylist()]
    return found


def correct(row, problem):
    """Whether every parameter has 4 correct digits: NIST counts them by the relative error."""
    values = np.array([row[name] for name in problem["parameters"]], dtype=float)
    certified = np.array(problem["certified"])
    return bool((np.abs(values - certified) <= 1e-4 * np.abs(certified)).all())


def test_every_problem_has_its_rows(rows, problems):
    assert sorted(name for name, _, _ in rows) == sorted([*problems] * 2)


def test_34_of_38_have_four_digits(rows, problems):
    wrong = [(name, start) for name, start, row in rows if not correct(row, problems[name])]
    assert len(wrong) <= 4, wrong


def test_no_wrong_answer_passes_without_a_flag(rows, problems):
    silent = [(n, start) for n, start, row in rows if row["grade"] == "ok" and not correct(row, problems[n])]
    assert not silent


def test_correct_answers_have_the_certified_errors_and_residuals(rows, problems):
    for name, start, row in rows:
        problem = problems[name]
        if name == "Lanczos1" or not correct(row, problem):  # whose residuals are rounding errors
            continue
        assert row["chisqr"] == pytest.approx(problem["rss"], rel=1e-4), (name, start)
        errors = [row[f"{parameter}_stderr"] for parameter in problem["parameters"]]
        assert errors == pytest.approx(problem["certified_std"], rel=2e-3), (name, start)


def test_a_row_has_no_parameters_of_other_models(rows, problems):
    for name, _, row in rows:
        others = {f"b{i}" for i in range(1, 10)} - set(problems[name]["parameters"])
        assert all(row[other] is None for other in others)
        assert len(row["covariance"]) == len(problems[name]["parameters"]) ** 2
