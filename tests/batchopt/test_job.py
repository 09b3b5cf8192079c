"""The job file: what is taken, and one clear line for whatever is wrong."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batchopt.errors import JobError
from batchopt.job import CurveFitJob, Job, LinprogJob
from batchopt.job.explain import sections
from batchopt.job.sections import Column
from batchopt.kinds.curve_fit import CurveFit
from tests.batchopt.curves import JOB, with_field
from tests.batchopt.programs import PROGRAMS, TEMPLATE

#: field, value, what the message must have besides the field
WRONG = [
    ("job.name", "a b", "'a b'"),
    ("job.kind", "roots", "'roots'"),
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
    ("not a name", 1, "there are job, input, chunks, output, cluster, model"),
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


#: field of a linprog job, value, what the message must have besides the field
WRONG_PROGRAMS = [
    ("problem.c", 5, "got 5"),
    ("problem.c", [1.0, float("nan")], "finite"),
    ("problem.bound", [0.0, 1.0], "did you mean 'bounds'?"),
    ("problem.A_ub", "A", "give b_ub, too; got only A_ub"),
    ("problem.A_eq", [[1.0, 2.0], [3.0]], "one length, got 2, 1"),
    ("problem.lower", float("nan"), "inf or -inf where there is no bound"),
    ("problem.bounds", [0.0], "missing"),
    ("problem", {"c": "c", "bounds": [0.0, 1.0], "lower": 0.0}, "got both"),
    ("problem", {"c": [1.0], "upper": [1.0, 2.0]}, "got upper for 2 variables, but c for 1"),
    ("problem", {"c": "c", "A_ub": [[1.0]], "b_ub": [1.0, 2.0]}, "b_ub for 2 inequalities, but A_ub for 1"),
    ("problem", {"c": "c", "bounds": [1.0, 0.0]}, "got bounds [1, 0], between which nothing is"),
    ("problem", {"c": "c", "lower": 2.0, "upper": [3.0, 1.0]}, "got bounds [2, 1]"),
    ("problem", {"c": "c", "upper": -1.0}, "got bounds [0, -1]"),
    ("problem", {"c": "c", "lower": [float("inf")], "upper": "u"}, "got bounds [inf, nan]"),
    ("template", {"path": "park.mps"}, "got both"),
    ("solver.method", "trf", "'simplex'"),
    ("solver.time_limit", 0.0, "greater than 0"),
    ("input.layout", "nested", "unknown field"),
]


@pytest.mark.parametrize(("field", "value", "said"), WRONG_PROGRAMS)
def test_a_wrong_field_of_a_linprog_job_is_told(field, value, said):
    with pytest.raises(JobError) as error:
        Job.parse(with_field(field, value, PROGRAMS))
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("template.path", "park.xls", "template.path: got 'park.xls'"),
        ("template.cost", {"gas": [1.0]}, "template.cost.gas: got [1.0]"),
        ("template.upper", {"gas": float("nan")}, "template.upper.gas: got nan"),
        ("template.coefficient", {"balance": 1.0}, "template.coefficient.balance: got 1.0"),
        ("template.columns", ["a", "a"], "twice"),
        ("template.costs", {}, "did you mean 'cost'?"),
    ],
)
def test_a_wrong_field_of_a_template_is_told(field, value, said):
    with pytest.raises(JobError) as error:
        Job.parse(with_field(field, value, TEMPLATE))
    assert said in str(error.value)


def test_a_linprog_job_has_parts_or_a_template():
    with pytest.raises(JobError, match=r"either \[problem\] or \[template\], got neither"):
        Job.parse({name: value for name, value in PROGRAMS.items() if name != "problem"})


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
FIELDS = [
    (job, f"{name}.{field}")
    for job, kind in ((JOB, CurveFitJob), (PROGRAMS, LinprogJob), (TEMPLATE, LinprogJob))
    for name, section in sections(kind).items()
    if name in job or name not in ("problem", "template")  # one of which a job has
    for field in section.model_fields
]
SECTIONS = [*CurveFitJob.model_fields, *LinprogJob.model_fields, "other"]


@given(st.dictionaries(st.sampled_from(SECTIONS) | st.text(max_size=8), JSON, max_size=6))
def test_no_content_raises_anything_but_a_job_error(content):
    with pytest.raises(JobError) as error:
        Job.parse(content)
    assert "\n" not in str(error.value)


@given(st.sampled_from(FIELDS), JSON | st.dictionaries(st.sampled_from(["column", "a"]), JSON, max_size=2))
def test_no_value_of_a_field_raises_anything_but_a_job_error(place, value):
    job, field = place
    try:
        Job.parse(with_field(field, value, job))
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
