"""Candidate models in a job: the winner's row, all candidates beside it, and what is no candidate."""

import numpy as np
import pyarrow as pa
import pytest

import batchopt
from batchopt.errors import JobError
from batchopt.job import Job
from batchopt.kinds.curve_fit import CurveFit
from solvers import curve_fit_batch, models, select_model
from tests.batchopt.curves import JOB, comparable, fitted, nested, noise, told

X = np.linspace(-2, 2, 25)
NAMES = ["constant", "hill", "gain_loss"]
#: One of each kind.
CURVES = {
    "a": np.full(X.size, 0.3),
    "b": 9 / (1 + 10 ** (-1.5 * X)),
    "c": 9 / ((1 + 10 ** ((-1 - X) * 1.5)) * (1 + 10 ** ((X - 1) * 1.5))),
}
PARAMS = [("name", pa.string()), ("value", pa.float64()), ("stderr", pa.float64())]
CANDIDATE = [
    ("model", pa.string()),
    ("success", pa.bool_()),
    ("status", pa.string()),
    ("message", pa.string()),
    ("method", pa.string()),
    ("nfev", pa.int64()),
    ("chisqr", pa.float64()),
    ("aic", pa.float64()),
    ("aicc", pa.float64()),
    ("bic", pa.float64()),
    ("weight", pa.float64()),
    ("params", pa.list_(pa.struct(PARAMS))),
]


def measured(*keys):
    y = [CURVES[key] + noise(X.size, seed=ord(key), scale=0.2) for key in keys]
    return nested(x=[X.tolist()] * len(keys), y=[values.tolist() for values in y])


def select(job, table, candidates=NAMES, *, name="job", solver=None, chunks=None, **model):
    sections = {"solver": solver, "chunks": chunks} if chunks or solver else {}
    sections = {section: fields for section, fields in sections.items() if fields}
    return fitted(
        job, table, layout="nested", name=name, model={"candidates": candidates, **model}, **sections
    )


def floats(values):
    """Numbers, NaN for None."""
    return np.array(values, dtype=float)


def kind(columns=("k", "x", "y"), method=None, **model):
    content = JOB | {"model": model, "solver": {"method": method} if method else {}}
    return CurveFit.of(Job.parse(content), columns)


def test_the_winners_row_is_that_of_a_job_of_its_own(job):
    rows = select(job, measured(*"abc"), select="bic")
    assert [rows[key]["model"] for key in "abc"] == NAMES
    for key, name in zip("abc", NAMES, strict=True):
        alone = fitted(job, measured(*"abc"), layout="nested", name=name, model={"name": name})[key]
        assert sorted(alone.pop("covariance")) == sorted(rows[key]["covariance"])  # in the columns' order
        assert comparable({column: rows[key][column] for column in alone}) == comparable(alone)
        unused = [c for c in ("c", "top", "ga", "p", "la", "q") if c not in models.get(name).parameters]
        assert all(rows[key][column] is None for column in unused)


@pytest.mark.parametrize("criterion", ["aic", "aicc", "bic"])
def test_every_candidate_is_kept_with_what_the_library_says_of_it(job, criterion):
    more = {} if criterion == "aicc" else {"select": criterion}  # aicc is the default
    rows = select(job, measured(*"abc"), **more)
    y = np.array(measured(*"abc")["y"].to_pylist())
    fits = [curve_fit_batch(models.get(name), X, y) for name in NAMES]
    expected = select_model(fits, criterion)
    for i, row in enumerate(rows.values()):
        assert [candidate["model"] for candidate in row["candidates"]] == NAMES
        assert row["model"] == NAMES[expected.winner[i]]
        for k, candidate in enumerate(row["candidates"]):
            assert floats(candidate["weight"]) == pytest.approx(expected.weights[k, i], nan_ok=True)
            assert candidate[criterion] == pytest.approx(expected.values[k, i])
            assert candidate["chisqr"] == pytest.approx(2 * fits[k].cost[i])
            assert candidate["success"] == fits[k].success[i]
            assert candidate["message"] == (None if candidate["success"] else fits[k].message[i])
            assert candidate["nfev"] == fits[k].nfev[i]
            found = [[p[field] for p in candidate["params"]] for field in ("name", "value", "stderr")]
            assert found[0] == [*models.get(NAMES[k]).parameters]
            assert found[1] == fits[k].x[i].tolist()
            if not fits[k].active_mask[i].any():
                assert floats(found[2]) == pytest.approx(fits[k].stderr[i], nan_ok=True)
        assert {name: row[name] for name in ("aic", "aicc", "bic", "chisqr")} == {
            name: row["candidates"][expected.winner[i]][name] for name in ("aic", "aicc", "bic", "chisqr")
        }


def test_a_candidate_that_did_not_converge_does_not_win(job):
    rows = select(job, measured("b"), solver={"max_nfev": 1})
    status = {candidate["model"]: candidate["status"] for candidate in rows["a"]["candidates"]}
    assert status["hill"] == "evaluation_limit"
    assert rows["a"]["model"] == "constant"
    losers = [c for c in rows["a"]["candidates"] if c["model"] != "constant"]
    assert all(c["weight"] is None and c["message"] and c["aic"] is not None for c in losers)
    none = select(job, measured("b"), ["hill", "gain_loss"], name="none", solver={"max_nfev": 1})["a"]
    assert (none["success"], none["status"], none["grade"]) == (False, "evaluation_limit", "failed")
    assert none["model"] in NAMES


def test_bad_input_is_refused_and_has_no_candidates(job):
    table = nested(
        x=[X.tolist(), [0.0, 1.0, 2.0], X.tolist(), [], None],
        y=[CURVES["b"].tolist(), [1.0, 2.0, 2.5], [float("nan")] * X.size, [], None],
    )
    rows = select(job, table, select="bic")
    assert rows["a"]["model"] == "hill"
    few = rows["b"]["candidates"]
    assert [candidate["status"] for candidate in few] == ["converged", "converged", "bad_input"]
    assert few[2]["message"] == "3 points cannot determine 5 parameters: give more, or fix some"
    assert few[2]["params"][0]["value"] is None
    for key in "cde":
        assert (rows[key]["status"], rows[key]["candidates"], rows[key]["model"]) == ("bad_input", None, None)
        assert rows[key]["message"]


def test_the_schema_is_the_same_in_every_chunk_and_survives_every_format(job, tmp_path, monkeypatch, capsys):
    table = pa.concat_tables(
        [measured("a"), nested(x=[[0.0]], y=[[float("nan")]]).set_column(0, "k", [["z"]])]
    )
    content = {"input": {"layout": "nested"}, "model": {"candidates": NAMES}, "chunks": {"problems": 1}}
    loaded = job(table, **content)
    results = batchopt.run(loaded, sync=True).results()
    field = results.schema.field("candidates").type
    assert field == pa.list_(pa.struct(CANDIDATE))
    assert results.column_names[-1] == "candidates"
    path = loaded.folder / "job.toml"
    code, out, _ = told(monkeypatch, capsys, "results", path)
    assert code == 0
    assert '[{""model"": ""constant""' in out
    code, _, _ = told(monkeypatch, capsys, "results", path, "-o", tmp_path / "r.parquet")
    assert code == 0
    assert (
        pa.parquet.read_table(tmp_path / "r.parquet")["candidates"].to_pylist()
        == results["candidates"].to_pylist()
    )


def test_settings_apply_to_the_candidates_that_have_the_parameter(job):
    more = {"bounds": {"ga": [0.5, 2.0], "la": [-9.0, 9.0]}, "fixed": {"q": 2.0}, "tied": {"la": "ga + 1"}}
    rows = select(job, measured("b", "c"), start={"p": 2.0}, **more)
    for row in rows.values():
        found = [{p["name"]: p for p in candidate["params"]} for candidate in row["candidates"]]
        assert all(0.5 <= params["ga"]["value"] <= 2.0 for params in found[1:])
        assert found[2]["q"] == {"name": "q", "value": 2.0, "stderr": None}
        assert found[2]["la"]["value"] == found[2]["ga"]["value"] + 1


def test_expressions_may_be_candidates(job):
    texts = ["a + 0*x", "top / (1 + 10**((ga - x)*p))", "slope*x + w"]
    table = measured("b").append_column("w", [[4.5]])
    row = select(job, table, texts)["a"]
    assert row["model"] == texts[1]
    assert [len(candidate["params"]) for candidate in row["candidates"]] == [1, 3, 1]


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (
            {"candidates": ["hil", "constant", "nothing_like_it"]},
            "model.candidates: there is no model 'hil'; did you mean 'hill'?, 'nothing_like_it'; the models",
        ),
        ({"candidates": ["constant", "a*x +"]}, "model.candidates: 'a*x +': got the end"),
        ({"candidates": ["constant", "constant"]}, "model.candidates: got"),
        ({"candidates": []}, "model.candidates: got []"),
        ({"candidates": NAMES, "name": "hill"}, "give exactly one of"),
        ({"candidates": NAMES, "select": "cp"}, "model.select: got 'cp'"),
        ({"name": "hill", "select": "aic"}, "select goes with candidates"),
        ({"candidates": NAMES, "parameters": ["c"]}, "give a table of starts"),
        ({"candidates": NAMES, "start": {"column": "s"}}, "give a table of starts"),
        (
            {"candidates": NAMES, "bounds": {"slope": [0, 1]}},
            "model.bounds.slope: no such parameter; there are",
        ),
        ({"candidates": NAMES, "fixed": {"c": 1.0}}, "all parameters of 'constant' are fixed"),
        ({"candidates": NAMES, "tied": {"p": "q"}}, "model.tied.p: 'q' reads 'q', which is no parameter"),
        ({"candidates": NAMES, "method": "lm"}, "solver.method: got 'lm', which has no bounds, but p"),
        ({"candidates": ["constant", "candidates*x"]}, "'candidates' is also a column of the result table"),
    ],
)
def test_what_is_no_candidate_is_named(model, said):
    with pytest.raises(JobError) as error:
        kind(**model)
    assert said in str(error.value)
