"""The result table of curve fits: its columns, what is null in it, flags and grades."""

import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import batchopt
from batchopt.kinds.curve_table import OWN_COLUMNS, FitRows
from tests.batchopt.curves import fitted, nested, noise

X = np.linspace(0, 4, 12)
FLOAT, INT, TEXT = pa.float64(), pa.int64(), pa.string()
#: After the key, of a model with the parameters a and b: the architecture's table.
COLUMNS = {
    "success": pa.bool_(),
    "status": pa.dictionary(pa.int32(), TEXT),
    "message": TEXT,
    "grade": TEXT,
    "flags": pa.list_(TEXT),
    "method": TEXT,
    "nit": INT,
    "nfev": INT,
    "njev": INT,
    "optimality": FLOAT,
    "seconds": FLOAT,
    "rescued_by": TEXT,
    "attempt": pa.int32(),
    "a": FLOAT,
    "a_stderr": FLOAT,
    "b": FLOAT,
    "b_stderr": FLOAT,
    "covariance": pa.list_(FLOAT),
    "chisqr": FLOAT,
    "redchi": FLOAT,
    "rsquared": FLOAT,
    "aic": FLOAT,
    "aicc": FLOAT,
    "bic": FLOAT,
    "n_points": INT,
    "dof": INT,
    "condition_number": FLOAT,
    "at_bound": pa.list_(TEXT),
    "runs_p": FLOAT,
    "robust_sigma": FLOAT,
    "max_standardized_residual": FLOAT,
    "model": TEXT,
}


def decays(*curves, x=X):
    return nested(x=[list(map(float, x))] * len(curves), y=[list(map(float, y)) for y in curves])


def decay(a=3.0, b=1.0, seed=0):
    return a * np.exp(-b * X) + noise(X.size, seed)


def test_columns_their_order_and_types(job):
    table = decays(decay(), [float("nan")] * 12, x=X)
    load = job(table, input={"layout": "nested"}, model={"expression": "a*exp(-b*x)"})
    schema = batchopt.run(load, sync=True).results().schema
    assert dict(zip(schema.names, schema.types, strict=True)) == {"k": TEXT, **COLUMNS}
    assert schema.names == ["k", *COLUMNS]
    others = {"seconds", "attempt", "a", "a_stderr", "b", "b_stderr"}
    assert {*OWN_COLUMNS} - {"basin_count"} == {*COLUMNS} - others


def test_the_numbers_of_a_row_belong_together(job):
    y = decay()
    row = fitted(job, decays(y), layout="nested", model={"expression": "a*exp(-b*x)"})["a"]
    shape = np.exp(-row["b"] * X)
    residuals = row["a"] * shape - y
    jacobian = np.stack([shape, -row["a"] * X * shape], axis=1)
    covariance = np.linalg.inv(jacobian.T @ jacobian) * (residuals @ residuals / 10)
    assert np.reshape(row["covariance"], (2, 2)) == pytest.approx(covariance, rel=1e-5)
    assert [row["a_stderr"], row["b_stderr"]] == pytest.approx(np.sqrt(np.diag(covariance)), rel=1e-5)
    assert row["chisqr"] == pytest.approx(residuals @ residuals)
    assert row["redchi"] == pytest.approx(row["chisqr"] / 10)
    assert row["rsquared"] == pytest.approx(1 - row["chisqr"] / ((y - y.mean()) ** 2).sum())
    assert row["aic"] == pytest.approx(12 * np.log(row["chisqr"] / 12) + 4)
    assert row["bic"] == pytest.approx(12 * np.log(row["chisqr"] / 12) + 2 * np.log(12))
    assert (row["n_points"], row["dof"], row["model"]) == (12, 10, "a*exp(-b*x)")
    assert (row["success"], row["status"], row["message"]) == (True, "converged", None)
    assert (row["grade"], row["flags"], row["at_bound"], row["rescued_by"]) == ("ok", [], [], None)
    assert row["method"] == "lm"
    assert 0 < row["runs_p"] <= 1


def test_a_sound_row_has_no_nan_and_a_bad_one_no_number(job):
    table = decays(decay(), [float("nan")] * 12)
    rows = fitted(job, table, layout="nested", model={"expression": "a*exp(-b*x)"})
    assert all(
        value is not None for name, value in rows["a"].items() if name not in ("message", "rescued_by")
    )
    numbers = ("a", "a_stderr", "b", "b_stderr", "chisqr", "redchi", "rsquared", "aic", "bic", "dof")
    numbers += ("condition_number", "optimality", "runs_p", "covariance", "method")
    assert [rows["b"][name] for name in numbers] == [None] * len(numbers)
    assert (rows["b"]["grade"], rows["b"]["flags"], rows["b"]["n_points"]) == ("failed", [], 12)


def test_errors_are_null_at_a_bound_and_its_name_is_told(job):
    model = {"expression": "a*exp(-b*x)", "bounds": {"b": [2.0, 5.0]}}
    row = fitted(job, decays(decay()), layout="nested", model=model)["a"]
    assert row["b"] == pytest.approx(2.0, abs=1e-5)
    assert (row["at_bound"], row["method"], row["grade"]) == (["b"], "trf", "warning")
    assert [row["a_stderr"], row["b_stderr"], row["covariance"]] == [None] * 3
    assert {"at_bound", "covariance_unreliable"} <= set(row["flags"])


def test_errors_are_null_when_parameters_cannot_be_told_apart(job):
    row = fitted(job, decays(decay()), layout="nested", model={"expression": "a*b*exp(-x)"})["a"]
    assert [row["a_stderr"], row["b_stderr"], row["covariance"]] == [None] * 3
    assert {"ill_conditioned", "covariance_unreliable"} <= set(row["flags"])
    assert row["grade"] == "warning"


def test_errors_are_null_where_a_fit_is_exact_or_failed(job):
    line = {"y": [[0.0, 2.0, 4.0, 6.0, 8.0]], "x": [[0.0, 1.0, 2.0, 3.0, 4.0]]}
    row = fitted(job, nested(**line), layout="nested", model={"expression": "a*x"}, name="exact")["a"]
    assert (row["success"], row["chisqr"], row["a_stderr"], row["covariance"]) == (True, 0.0, None, None)
    assert (row["flags"], row["grade"]) == (["covariance_unreliable"], "warning")
    failed = fitted(
        job,
        decays(decay()),
        layout="nested",
        model={"expression": "a*exp(-b*x)"},
        solver={"max_nfev": 2},
        name="failed",
    )["a"]
    assert (failed["grade"], failed["a_stderr"], failed["covariance"]) == ("failed", None, None)
    assert "covariance_unreliable" in failed["flags"]


def test_every_flag_is_documented():
    flags = FitRows(np.zeros(1, dtype=np.int64), ()).flags()
    told = Path("README.md").read_text().partition("| flag | meaning |")[2].partition("\n\n")[0]
    assert set(flags) == set(
        re.findall(r"`(\w+)`", "\n".join(re.findall(r"^\|([^|]*)\|", told, re.MULTILINE)))
    )


def test_without_degrees_of_freedom_errors_are_null_unless_sigma_is_known(job):
    table = nested(x=[[0.0, 1.0]], y=[[3.0, 1.0]], s=[[0.1, 0.1]])
    model = {"expression": "a*exp(-b*x)"}
    row = fitted(job, table, layout="nested", model=model)["a"]
    assert (row["dof"], row["redchi"], row["a_stderr"], row["covariance"]) == (0, None, None, None)
    assert {"covariance_unreliable", "few_points"} <= set(row["flags"])
    known = {"input": {"sigma": "s"}, "solver": {"absolute_sigma": True}}
    row = fitted(job, table, layout="nested", model=model, name="known", **known)["a"]
    assert row["a_stderr"] == pytest.approx(0.1)


def test_a_fixed_parameter_has_its_value_and_no_error(job):
    model = {"expression": "a*exp(-b*x)", "fixed": {"b": 1.0}}
    row = fitted(job, decays(decay()), layout="nested", model=model)["a"]
    assert (row["b"], row["b_stderr"], row["dof"], row["grade"]) == (1.0, None, 11, "ok")
    assert row["covariance"] == [pytest.approx(row["a_stderr"] ** 2), None, None, None]


def test_a_row_that_ran_out_of_evaluations_keeps_where_it_was(job):
    solver = {"max_nfev": 2}
    row = fitted(job, decays(decay()), layout="nested", model={"expression": "a*exp(-b*x)"}, solver=solver)[
        "a"
    ]
    assert (row["status"], row["grade"], row["success"], row["nfev"]) == (
        "evaluation_limit",
        "failed",
        False,
        2,
    )
    assert "maximum number of function evaluations" in row["message"]
    assert row["a"] is not None
    assert row["chisqr"] > 0


def test_noise_is_told_from_a_curve(job):
    """Of flat samples few may pass for a curve, even if replicates share errors; of clear ones, all do."""
    rng = np.random.default_rng(1)
    dose = np.repeat(np.linspace(-3, 2, 15), 3)
    rise = np.where(np.arange(300) < 250, 0.0, 15.0)[:, None] / (1 + 10 ** ((0.3 - dose) * 1.5))
    y = rise + rng.normal(size=(300, 45)) + np.repeat(rng.normal(size=(300, 15)), 3, axis=1)
    table = pa.table({"k": list(range(300)), "x": [dose.tolist()] * 300, "y": y.tolist()})
    model = {"name": "hill", "bounds": {"ga": [-4.0, 2.5], "p": [0.3, 8.0]}}
    rows = list(fitted(job, table, layout="nested", model=model, solver={"max_nfev": 2000}).values())
    confident = ["no_better_than_constant" not in row["flags"] for row in rows]
    assert sum(confident[:250]) <= 12
    assert sum(confident[250:]) == 50
    assert sum(row["grade"] == "ok" for row in rows[250:]) >= 45


@pytest.mark.parametrize("value", [0.0, 7.0])
def test_a_constant_is_no_curve(job, value):
    row = fitted(job, decays(np.full(12, value)), layout="nested", model={"name": "linear"})["a"]
    assert "no_better_than_constant" in row["flags"]
    assert row["rsquared"] is None


def test_weights_change_what_fits_and_the_table_says_so(job):
    y = decay()
    y[3] += 2.0
    sigma = np.full(12, 0.01)
    sigma[3] = 10.0
    table = decays(y, y).append_column("s", pa.array([sigma.tolist(), (2 * sigma).tolist()]))
    rows = fitted(job, table, layout="nested", model={"expression": "a*exp(-b*x)"}, input={"sigma": "s"})
    assert rows["a"]["a"] == pytest.approx(3.0, abs=0.05)
    assert rows["b"]["a"] == pytest.approx(rows["a"]["a"], rel=1e-9)
    # A scale that all sigmas share says nothing of the fit, nor of errors unless sigma is absolute.
    for name in ("a_stderr", "rsquared", "runs_p"):
        assert rows["b"][name] == pytest.approx(rows["a"][name], rel=1e-6)
    assert rows["b"]["chisqr"] == pytest.approx(rows["a"]["chisqr"] / 4)
    absolute = fitted(
        job,
        table,
        layout="nested",
        model={"expression": "a*exp(-b*x)"},
        input={"sigma": "s"},
        solver={"absolute_sigma": True},
        name="absolute",
    )
    assert absolute["b"]["a_stderr"] == pytest.approx(2 * absolute["a"]["a_stderr"])


def test_models_in_a_column_share_a_table(job):
    table = decays(decay(), 2 * X + 1 + noise(12)).append_column("m", pa.array(["b10*exp(-b2*x)", "linear"]))
    rows = fitted(job, table, layout="nested", model={"column": "m"})
    names = [name for name in rows["a"] if f"{name}_stderr" in rows["a"]]
    assert names == ["b2", "b10", "intercept", "slope"]
    assert [rows["b"][name] is None for name in names] == [True, True, False, False]
    assert [rows[key]["model"] for key in "ab"] == ["b10*exp(-b2*x)", "linear"]
    # The covariance is in the order of the columns, not of the expression.
    for key, first in (("a", "b2"), ("b", "intercept")):
        assert rows[key]["covariance"][0] == pytest.approx(rows[key][f"{first}_stderr"] ** 2)
