"""A job becomes a plan: counted problems, and what the results depend on."""

import json
import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import batchopt.plan
from batchopt.errors import InputError, JobError
from batchopt.executor import SyncExecutor
from batchopt.job import Job
from batchopt.plan import count, differences, prepare
from tests.batchopt.jobs import lines, scattered


def plan_of(job):
    prepared = prepare(job)
    return count(prepared, prepared.source, prepared.units, SyncExecutor())


def changes(job, other):
    """What a run of one job says of the other; through JSON, as run.json keeps it."""
    return differences(json.loads(json.dumps(prepare(job).fingerprint)), prepare(other).fingerprint)


def test_problems_are_counted(job):
    plan = plan_of(job(lines(20), group=7))
    assert plan.total == 20
    assert plan.bases[0] == 0


def test_preparing_reads_no_data(job, monkeypatch):
    for name in ("read", "read_row_group", "read_row_groups", "iter_batches"):
        monkeypatch.setattr(pq.ParquetFile, name, None)
    assert prepare(job(lines(20), group=7)).source.total_rows == 120


def test_scattered_keys_that_fit_into_memory_need_no_shuffle(job):
    assert prepare(job(scattered(lines(20)), group=20)).units is not None
    assert prepare(job(scattered(lines(20)), group=20, input={"memory_mb": 0.001})).units is None


def test_equal_jobs_have_equal_fingerprints(job_file):
    bounds = {"bounds": {"a": [0.0, 9.0]}, "expression": "a*x + b", "start": {"a": 1.0, "b": 1.0}}
    path = job_file(model=bounds)
    assert changes(Job.load(path), Job.load(path)) == []
    text = path.read_text().replace("[0.0, 9.0]", "[-inf, inf]")
    path.write_text(text)
    assert changes(Job.load(path), Job.load(path)) == []


@pytest.mark.parametrize(
    "sections",
    [
        {"job": {"name": "other", "max_failed": 0.5}},
        {"chunks": {"problems": 3}},
        {"output": {"path": "elsewhere"}},
        {"cluster": {"workers": 7}},
        {"input": {"memory_mb": 100.0}},
        {"input": {"path": ["data.parquet"]}},
    ],
)
def test_what_does_not_change_results_is_not_in_the_fingerprint(job_file, sections):
    path = job_file()
    before = Job.load(path)
    content = before.model_dump(mode="json", by_alias=True, exclude_unset=True)
    for name, fields in sections.items():
        content[name] = content.get(name, {}) | fields
    assert changes(before, Job.parse(content, folder=before.folder)) == []


@pytest.mark.parametrize(
    ("sections", "reason"),
    [
        ({"solver": {"ftol": 1e-6}}, r"solver.ftol changed from 1e-10 to 1e-06"),
        (
            {"model": {"expression": "a*x*x + b", "start": "none"}},
            r"model.expression changed from .* to 'a\*x\*x",
        ),
        ({"input": {"sigma": "y"}}, r"input.sigma changed from None to 'y'"),
        ({"rescue": {"starts": 2}}, r"rescue changed from None to"),
    ],
)
def test_what_changes_results_is_named(job_file, sections, reason):
    before = Job.load(job_file())
    content = before.model_dump(mode="json", by_alias=True, exclude_unset=True)
    for name, fields in sections.items():
        content[name] = content.get(name, {}) | fields
    content["model"]["start"] = {"a": 1.0, "b": 1.0}
    (found,) = changes(before, Job.parse(content, folder=before.folder))
    assert re.match(reason, found), found


def test_a_file_that_is_written_again_is_named(job_file):
    before = prepare(Job.load(job_file())).fingerprint
    after = prepare(Job.load(job_file(lines(21)))).fingerprint
    assert [text.endswith("data.parquet was written again") for text in differences(before, after)] == [True]


def test_files_that_come_and_go_are_named(job_file):
    path = job_file(input={"path": "*.parquet"})
    one = prepare(Job.load(path)).fingerprint
    pq.write_table(lines(3), path.parent / "more.parquet")
    two = prepare(Job.load(path)).fingerprint
    assert differences(one, two)[0].endswith("more.parquet is new")
    assert differences(two, one)[0].endswith("more.parquet is gone")


def test_the_source_of_a_function_counts(job_file):
    path = job_file(model={"function": "slow:line", "start": {"a": 1.0, "b": 1.0}})
    before = prepare(Job.load(path)).fingerprint
    module = path.parent / "slow.py"
    module.write_text(module.read_text() + "\n# changed\n")
    assert differences(before, prepare(Job.load(path)).fingerprint) == [
        "the source of model.function changed"
    ]


def test_a_solver_version_counts(job, monkeypatch):
    loaded = job()
    before = prepare(loaded).fingerprint
    monkeypatch.setattr(batchopt.plan, "RESULTS_VERSION", 99)
    (found,) = differences(before, prepare(loaded).fingerprint)
    assert found.startswith("versions.solvers changed from")
    assert found.endswith("to 99")


def nested(keys):
    points = [[0.0, 1.0, 2.0, 3.0]] * len(keys)
    return pa.table({"k": keys, "x": points, "y": points})


def test_duplicate_keys_of_a_nested_table_are_refused(job):
    loaded = job(nested([1, 2, 3, 2]), input={"layout": "nested"})
    with pytest.raises(
        InputError, match=r"input\.key: k names several rows, such as 2; .*drop the repeated rows"
    ):
        plan_of(loaded)
    assert plan_of(job(nested([1, 2, 3, 4]), input={"layout": "nested"})).total == 4


def test_a_null_key_is_refused(job):
    table = lines(3).set_column(0, "k", pa.array([None] + [1] * 17, pa.int64()))
    with pytest.raises(InputError, match=r"input\.key: key column 'k' is null in 1 rows"):
        plan_of(job(table))


@pytest.mark.parametrize("output", ["job.toml", "job.toml/results/deep"])
def test_an_output_that_is_a_file_is_refused(job, output):
    with pytest.raises(JobError, match=r"output\.path: .*job\.toml is a file; give a folder"):
        prepare(job(output={"path": output}))
