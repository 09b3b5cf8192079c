"""The job file: what is taken, and one clear line for whatever is wrong."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batchopt.errors import JobError
from batchopt.job import SECTIONS, Column, Job
from batchopt.kinds.curve_fit import CurveFit
from tests.batchopt.curves import JOB, with_field

#: field, value, what the message must have besides the field
WRONG = [
    ("job.name", "a b", "'a b'"),
    ("job.kind", "root", "'root'"),
    ("job.max_failed", 2, "got 2"),
    ("input.path", [], "at least 1"),
    ("input.layout", "wide", "'long' or 'nested'"),
    ("input.key", ["a", "a"], "twice"),
    ("input.x", 3, "got 3"),
    ("input.y", None, "got None"),
    ("input.memory_mb", 0, "greater than 0"),
    ("model.start", "gues", '"guess"'),
    ("model.start", [1.0], '"guess"'),
    ("model.start.a", {"a": "1"}, "number"),
    ("model.start.a", {"a": True}, "number"),
    ("model.start.a", {"a": float("nan")}, "finite"),
    ("model.fixed.a.column", {"a": {"column": 5}}, "string"),
    ("model.fixed.a.colum", {"a": {"colum": "c"}}, "did you mean 'column'?"),
    ("model.bounds.a.1", {"a": [1.0]}, "missing"),
    ("model.bounds", {"a": [2, 1]}, "lower bound of a must be below"),
    ("model.bounds", {"a": [float("nan"), 1]}, "lower bound of a must be below"),
    ("model.bounds.a.0", {"a": ["-inf", 1]}, "'-inf'"),
    ("model.parameters", "a", "list"),
    ("model.parameters", ["a", "a"], "twice"),
    ("model.parameters.0", [1, 2], "got 1"),
    ("model", {"expression": "a*x", "parameters": {"column": "p"}}, "model column"),
    ("model", {}, "got none"),
    ("model", {"expression": "a*x", "name": "hill"}, "got expression and name"),
    ("model.function", {"function": "no_colon"}, "'no_colon'"),
    ("model.function", {"function": "__import__('os'):system"}, "got"),
    ("solver.method", "bfgs", "'lm', 'trf' or 'dogbox'"),
    ("solver.max_nfev", "12", "'12'"),
    ("solver.max_nfev", 0, "greater than or equal to 1"),
    ("solver.ftol", -1.0, "got -1.0"),
    ("solver.ftol", float("inf"), "finite"),
    ("chunks.problems", 1.5, "integer"),
    ("output.path", "s3://bucket", "folder"),
    ("cluster", {"address": "tcp://a:1", "class": "a.B"}, "address and class"),
    ("cluster", {"adress": "tcp://a:1"}, "unknown field 'adress'"),
    ("input.keys", "k", "did you mean 'key'?"),
    ("input.bad-name", 1, "unknown field"),
    ("modle", {}, "did you mean 'model'?"),
    ("not a name", 1, "there are job, input, model"),
    ("model.bounds", {"a\nb": [2, 1]}, "lower bound of a b must be below"),
]


@pytest.mark.parametrize(("field", "value", "said"), WRONG)
def test_a_wrong_field_is_named(field, value, said):
    parts = field.split(".")
    # Of model.start.a the table model.start is given; of a section's own name, the section.
    place = field if isinstance(value, dict) and len(parts) == 1 else ".".join(parts[:2])
    content = with_field("model", value) if field == "model.function" else with_field(place, value)
    with pytest.raises(JobError) as error:
        Job.parse(content, name="job.toml")
    message = str(error.value)
    assert message.startswith(f"job.toml: {field}:")
    assert said in message
    assert "\n" not in message
    assert len(message) < 400


def test_a_missing_field_is_named():
    content = JOB | {"input": {"path": "p", "key": "k", "x": "x"}}
    with pytest.raises(JobError, match=r"job: input\.y: missing"):
        Job.parse(content)


def test_of_a_misspelt_field_the_spelling_is_told_not_the_absence():
    content = JOB | {"input": {"path": "p", "key": "k", "x": "x", "Y": "y"}}
    with pytest.raises(JobError, match=r"input\.Y: unknown field.*and 1 more"):
        Job.parse(content)


@pytest.mark.parametrize(
    "content",
    ["[job", "a = 1\na = 2", "\x00", "a = " + "[" * 100_000, "job = { " + "a." * 2_000 + "b = 1 }"],
)
def test_a_file_that_is_not_toml_gets_one_line(tmp_path, content):
    path = tmp_path / "job.toml"
    path.write_text(content)
    with pytest.raises(JobError) as error:
        Job.load(path)
    assert str(error.value).startswith(str(path))
    assert "\n" not in str(error.value)


def test_bytes_that_are_not_text_get_one_line(tmp_path):
    path = tmp_path / "job.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(JobError, match="not valid TOML"):
        Job.load(path)


def test_a_missing_file_and_a_folder_get_one_line(tmp_path):
    with pytest.raises(JobError, match="no such job file"):
        Job.load(tmp_path / "job.toml")
    with pytest.raises(JobError, match="cannot be read"):
        Job.load(tmp_path)


def test_paths_start_from_the_job_files_folder(tmp_path):
    path = tmp_path / "job.toml"
    path.write_text(
        '[job]\nname = "a"\n[input]\npath = "d"\nkey = "k"\nx = "x"\ny = "y"\n'
        '[model]\nname = "linear"\n[output]\npath = "out"\n'
    )
    job = Job.load(path)
    assert job.folder == tmp_path
    assert job.output_path == tmp_path / "out"
    assert (job.input.path, job.input.key, job.input.x) == (["d"], ["k"], ["x"])


def test_a_start_says_which_of_its_forms_it_has():
    def start(value):
        return Job.parse(with_field("model.start", value)).model.start

    assert start("guess") == "guess"
    assert start({"column": "s"}) == Column(column="s")
    assert start({"a": 1, "b": {"column": "s"}}) == {"a": 1.0, "b": Column(column="s")}
    assert start({"column": 2}) == {"column": 2.0}  # a parameter of this name


def test_infinite_bounds_survive_the_record():
    job = Job.parse(with_field("model.bounds", {"a": [float("-inf"), 1]}))
    assert Job.parse(job.model_dump(mode="json", by_alias=True)) == job


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = sorted(f"{name}.{field}" for name, section in SECTIONS.items() for field in section.model_fields)


@given(st.dictionaries(st.sampled_from([*Job.model_fields, "other"]) | st.text(max_size=8), JSON, max_size=6))
def test_no_content_raises_anything_but_a_job_error(content):
    with pytest.raises(JobError) as error:
        Job.parse(content)
    assert "\n" not in str(error.value)


@given(st.sampled_from(FIELDS), JSON | st.dictionaries(st.sampled_from(["column", "a"]), JSON, max_size=2))
def test_no_value_of_a_field_raises_anything_but_a_job_error(field, value):
    try:
        Job.parse(with_field(field, value))
    except JobError as error:
        assert re.match(rf"job: {field.split('.')[0]}\b", str(error))  # noqa: PT017 - it may also be right
        assert "\n" not in str(error)  # noqa: PT017


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.text(min_size=1) | st.text(alphabet="ab x1.*+-/()^_[]{}'\"=,expsin", min_size=1, max_size=40))
def test_no_expression_raises_anything_but_a_job_error(text):
    try:
        kind = CurveFit.of(Job.parse(with_field("model.expression", text)), ["k", "x", "y"])
    except JobError as error:
        assert "model" in str(error)  # noqa: PT017
    else:
        assert kind.parameters
