"""The job file's [rescue]: second chances whose answers do not depend on how the work is cut."""

import numpy as np
import pyarrow as pa
import pytest

import batchopt
from batchopt.job import Job
from tests.batchopt.curves import JOB, fitted, told, with_field
from tests.batchopt.jobs import bits

X = np.linspace(0.05, 6, 30)
SIZE = 40
MODEL = {"expression": "a*log(b*x + c)", "start": {name: {"column": f"{name}0"} for name in "abc"}}


@pytest.fixture(scope="module")
def table():
    """Logarithmic curves with starts so far off that a quarter fails."""
    rng = np.random.default_rng(3)
    true = np.stack([rng.uniform(1, 5, SIZE), rng.uniform(0.5, 3, SIZE), rng.uniform(0.2, 1, SIZE)])
    y = true[0, :, None] * np.log(true[1, :, None] * X + true[2, :, None]) + 0.01 * rng.normal(
        size=(SIZE, 30)
    )
    start = true * 10 ** rng.uniform(-1.5, 1.5, true.shape) * rng.choice([1] * 9 + [-1], true.shape)
    starts = {f"{name}0": values for name, values in zip("abc", start, strict=True)}
    return pa.table(
        {"k": [f"s{i}" for i in range(SIZE)], "x": [X.tolist()] * SIZE, "y": y.tolist(), **starts}
    )


def run(job, table, **sections):
    sections = {"input": {"layout": "nested"}, "model": MODEL, "solver": {"max_nfev": 60}} | sections
    return batchopt.run(job(table, **sections), sync=True).results()


def test_without_the_section_nothing_is_tried_again(job, table):
    found = run(job, table)
    assert found["rescued_by"].null_count == SIZE
    assert 5 <= found["success"].to_pylist().count(False) <= 15


def test_rescued_rows_say_by_what_and_are_warnings(job, table):
    plain = run(job, table, name="plain").to_pylist()
    rescued = run(job, table, rescue={}).to_pylist()
    saved = [(before, after) for before, after in zip(plain, rescued, strict=True) if after["rescued_by"]]
    assert len(saved) >= 0.7 * sum(not row["success"] for row in plain)
    for before, after in saved:
        assert (before["grade"], after["grade"], after["status"]) == ("failed", "warning", "converged")
        assert "rescued" in after["flags"]
        assert after["message"] is None
        assert after["method"] == after["rescued_by"].split()[0]
        assert after["nfev"] > before["nfev"]
    for before, after in zip(plain, rescued, strict=True):
        if before["success"]:
            before.pop("seconds")
            after.pop("seconds")
            assert repr(before) == repr(after)
            assert "rescued" not in after["flags"]


def test_the_size_of_chunks_and_the_order_of_rows_change_no_bit(job, table):
    whole = run(job, table, rescue={}, chunks={"problems": 1000})
    assert whole["rescued_by"].null_count < SIZE
    for size in (1, 7):
        assert bits(run(job, table, name=f"by {size}", rescue={}, chunks={"problems": size})) == bits(whole)
    order = np.random.default_rng(1).permutation(SIZE)
    shuffled = run(job, table.take(order), name="shuffled", rescue={})
    assert bits(shuffled) == [bits(whole)[i] for i in order]


def test_the_fields_are_those_of_the_ladder(job, table):
    found = run(job, table, rescue={"starts": 2, "methods": ["trf"], "max_nfev": 40}).to_pylist()
    by = {row["rescued_by"] for row in found} - {None}
    assert by
    assert by <= {"trf", "trf from start 1", "trf from start 2"}
    no_starts = run(job, table, name="none", rescue={"starts": 0}).to_pylist()
    assert not any("start" in (row["rescued_by"] or "") for row in no_starts)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("starts", -1, "rescue.starts: got -1; input should be greater than or equal to 0"),
        ("methods", [], "rescue.methods: got []"),
        ("methods", ["lm", "lm"], "rescue.methods: got ['lm', 'lm']; a name is there twice"),
        ("methods", ["simplex"], "rescue.methods.0: got 'simplex'; input should be 'lm', 'trf' or 'dogbox'"),
        ("max_nfev", 0, "rescue.max_nfev: got 0"),
        ("tries", 3, "rescue.tries: unknown field; there are starts, methods, max_nfev"),
    ],
)
def test_a_wrong_section_is_named(field, value, said):
    with pytest.raises(batchopt.JobError) as raised:
        Job.parse(with_field(f"rescue.{field}", value))
    assert said in str(raised.value)
    assert Job.parse(JOB).rescue is None


@pytest.mark.parametrize(
    ("sections", "said"),
    [
        (
            {"rescue": {"methods": ["lm"]}, "model": MODEL | {"bounds": {"c": [0.0, 9.0]}}},
            "rescue: none of the methods lm has bounds; add trf or dogbox",
        ),
        (
            {"rescue": {"methods": ["trf"], "starts": 0}, "solver": {"method": "trf"}},
            "rescue: starts = 0 leaves nothing to try but trf, which failed; give starts",
        ),
    ],
)
def test_check_refuses_a_ladder_without_rungs(job_file, table, monkeypatch, capsys, sections, said):
    sections = {"input": {"layout": "nested"}, "model": MODEL} | sections
    code, _, err = told(monkeypatch, capsys, "check", job_file(table, **sections))
    assert code == 2
    assert said in err
    assert "Traceback" not in err


def test_bounds_of_a_fixed_parameter_leave_lm_on_the_ladder(job, table):
    model = MODEL | {"fixed": {"c": 0.5}, "bounds": {"c": [0.0, 9.0]}}
    found = run(job, table, model=model, rescue={"methods": ["lm"]})
    assert found["rescued_by"].null_count < SIZE


def test_bad_input_is_not_tried_again(job):
    table = pa.table({"k": ["a"], "x": [[0.0, 1.0, 2.0]], "y": [[1.0, float("nan"), 2.0]]})
    row = fitted(job, table, layout="nested", rescue={})["a"]
    assert (row["status"], row["nfev"], row["rescued_by"], row["flags"]) == ("bad_input", 0, None, [])
