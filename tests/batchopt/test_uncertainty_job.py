"""Counts, losses, robust scales and confidence intervals through the job layer: what the library gives."""

import numpy as np
import pyarrow as pa
import pytest

from batchopt.errors import JobError
from batchopt.job import Job
from batchopt.kinds.curve_fit import CurveFit
from solvers import curve_fit_batch
from tests.batchopt.curves import JOB, fitted, nested, noise

X = np.linspace(0, 4, 16)
MODEL = {"expression": "a*exp(-b*x)", "start": {"a": 1.0, "b": 0.5}}
START = [1.0, 0.5]


def table(*curves, **columns):
    return nested(
        x=[X.tolist()] * len(curves), y=[np.asarray(y, dtype=float).tolist() for y in curves], **columns
    )


def curve(a=3.0, b=1.0, seed=0):
    return a * np.exp(-b * X) + noise(X.size, seed, 0.05)


def solved(job, data, solver, model=MODEL, **sections):
    return fitted(job, data, layout="nested", model=model, solver=solver, **sections)


def test_counts(job):
    y = np.random.default_rng(2).poisson(40 * np.exp(-X), (2, 16)).astype(float)
    bad = y[0].copy()
    bad[2] = -3.0
    model = MODEL | {"start": {"a": 20.0, "b": 0.5}}
    rows = solved(job, table(*y, bad), {"estimator": "poisson"}, model)
    direct = curve_fit_batch("a*exp(-b*x)", X, y, [20.0, 0.5], estimator="poisson")
    for i, key in enumerate("ab"):
        row = rows[key]
        assert [row["a"], row["b"]] == direct.x[i].tolist()
        assert [row["a_stderr"], row["b_stderr"]] == direct.stderr[i].tolist()
        assert row["chisqr"] == pytest.approx(2 * direct.cost[i])
        assert row["aic"] == pytest.approx(row["chisqr"] + 4)
        assert row["bic"] == pytest.approx(row["chisqr"] + 2 * np.log(16))
        assert row["rsquared"] > 0.8
        assert row["grade"] == "ok"
    assert rows["c"]["message"] == "y is negative, not a count, at point 2: -3.0"
    assert rows["c"]["chisqr"] is None


@pytest.mark.parametrize("intervals", ["covariance", "profile"])
def test_intervals_are_columns(job, intervals):
    y = np.stack([curve(seed=1), curve(b=0.4, seed=2)])
    solver = {"confidence": 0.9, "intervals": intervals}
    rows = solved(job, table(*y, np.full(16, np.nan)), solver)
    expected = curve_fit_batch("a*exp(-b*x)", X, y, START, **solver).intervals
    for i, key in enumerate("ab"):
        assert [rows[key][f"{name}_low"] for name in "ab"] == expected.low[i].tolist()
        assert [rows[key][f"{name}_high"] for name in "ab"] == expected.high[i].tolist()
    assert rows["c"]["a_low"] is rows["c"]["b_high"] is None
    names = list(rows["a"])
    assert names[names.index("a") : names.index("a") + 5] == ["a", "a_stderr", "a_low", "a_high", "b"]
    assert "a_low" not in solved(job, table(*y), {}, name="plain")["a"]


def test_an_interval_is_null_where_the_covariance_is_and_infinite_ends_are_flagged(job):
    redundant = {"expression": "a*b*exp(-x)", "start": {"a": 1.0, "b": 1.0}}
    row = solved(job, table(curve()), {"confidence": 0.95}, redundant)["a"]
    assert row["covariance"] is row["a_low"] is row["a_high"] is None
    assert "open_interval" not in row["flags"]
    profile = {"confidence": 0.95, "intervals": "profile"}
    row = solved(job, table(curve()), profile, redundant, name="profile")["a"]
    assert row["a_low"] is row["b_high"] is None
    assert "open_interval" in row["flags"]
    bounded = MODEL | {"bounds": {"b": [1.5, 5.0]}, "start": {"a": 1.0, "b": 2.0}}
    row = solved(job, table(curve()), {"confidence": 0.95}, bounded, name="bounded")["a"]
    assert row["covariance"] is row["a_low"] is row["b_high"] is None
    row = solved(job, table(curve()), profile, bounded, name="both")["a"]
    assert row["b_low"] == pytest.approx(1.5)
    assert row["b_high"] > row["b_low"]


def test_models_in_a_column_have_intervals_of_their_own(job):
    data = table(curve(), 2 * X + 1 + noise(16)).append_column("m", pa.array(["u*exp(-v*x)", "linear"]))
    rows = solved(job, data, {"confidence": 0.95}, {"column": "m"})
    assert rows["a"]["u_low"] < rows["a"]["u"] < rows["a"]["u_high"]
    assert rows["a"]["slope_low"] is rows["b"]["u_low"] is None
    assert rows["b"]["slope_low"] < rows["b"]["slope"] < rows["b"]["slope_high"]


def test_outliers_neither_bend_a_robust_fit_nor_widen_its_errors(job):
    y, spoilt = curve(), curve()
    spoilt[[2, 9]] += 8.0
    loss = {"loss": "huber", "f_scale": 0.1}
    plain = solved(job, table(y, spoilt), {}, name="plain")
    rms = solved(job, table(y, spoilt), loss, name="rms")
    robust = solved(job, table(y, spoilt), loss | {"residual_scale": "robust"}, name="robust")
    assert abs(plain["b"]["a"] - 3.0) > 1.0 > 10 * abs(robust["b"]["a"] - 3.0)
    assert rms["b"]["a"] == robust["b"]["a"]
    assert rms["b"]["a_stderr"] > 4 * robust["b"]["a_stderr"]
    assert robust["b"]["a_stderr"] < 2 * plain["a"]["a_stderr"]
    assert rms["b"]["method"] == "trf"
    for rows in (plain, robust):
        assert rows["a"]["robust_sigma"] == pytest.approx(0.05, rel=0.6)
        assert rows["a"]["max_standardized_residual"] < 3.0
    assert robust["b"]["robust_sigma"] == pytest.approx(0.05, rel=0.8)
    assert robust["b"]["max_standardized_residual"] > 2.5


@pytest.mark.parametrize(
    ("solver", "said"),
    [
        ({"method": "lm", "loss": "huber"}, "solver.loss: got 'huber', which the method 'lm' does not have"),
        ({"intervals": "profile"}, "solver: intervals='profile' needs a level: give confidence"),
        ({"estimator": "poisson", "loss": "huber"}, "solver: estimator='poisson' has a loss of its own"),
        (
            {"residual_scale": "robust", "absolute_sigma": True},
            "solver: residual_scale='robust' estimates what",
        ),
        ({"confidence": 95}, "solver.confidence: got 95"),
        ({"loss": "square"}, "solver.loss: got 'square'"),
        ({"f_scale": 0.0}, "solver.f_scale: got 0.0"),
    ],
)
def test_options_that_contradict_each_other_are_named(solver, said):
    with pytest.raises(JobError) as error:
        CurveFit.of(Job.parse(JOB | {"solver": solver}), ("k", "x", "y"))
    assert said in str(error.value)


def test_names_of_columns_are_not_taken_twice():
    content = JOB | {"model": {"expression": "a*x + a_low"}}
    assert CurveFit.of(Job.parse(content), ("k", "x", "y")).parameters == ("a", "a_low")
    with pytest.raises(JobError, match="'a_low' is also a column of the result table"):
        CurveFit.of(Job.parse(content | {"solver": {"confidence": 0.95}}), ("k", "x", "y"))
    counted = JOB | {"input": JOB["input"] | {"sigma": "s"}, "solver": {"estimator": "poisson"}}
    with pytest.raises(JobError, match="leave out sigma"):
        CurveFit.of(Job.parse(counted), ("k", "x", "y", "s"))
