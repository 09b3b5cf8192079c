"""The JSON Schema of the job file, which editors complete and check with."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from batchopt.job import Job
from tests.batchopt.curves import JOB, told, with_field
from tests.batchopt.programs import PROGRAMS, TEMPLATE

EXAMPLE = """
[job]
name = "estrogen-receptor-hill"
kind = "curve_fit"

[input]
path = "data/*.parquet"
layout = "long"
key = ["sample_id"]
x = "log10_conc_um"
y = "response"

[model]
expression = "top / (1 + 10**((ga - x)*p))"
bounds = { p = [0.3, 8.0] }
start = "guess"

[solver]
method = "trf"
max_nfev = 2000

[rescue]
starts = 8
methods = ["lm", "trf"]

[output]
path = "results/er"

[cluster]
class = "dask_jobqueue.SLURMCluster"
cores = 4
"""

TYPES = {
    "string": str,
    "object": dict,
    "array": list,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "null": type(None),
}
#: Keywords that say something of a value, all of which `fits` knows, and those that only describe.
KEYWORDS = {
    "$ref",
    "anyOf",
    "oneOf",
    "type",
    "const",
    "enum",
    "properties",
    "required",
    "additionalProperties",
}
KEYWORDS |= {"items", "prefixItems", "minItems", "maxItems", "minLength", "pattern"}
KEYWORDS |= {"minProperties", "propertyNames"}
KEYWORDS |= {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
DESCRIPTIVE = {"title", "description", "default", "$defs"}


@pytest.fixture
def schema(monkeypatch, capsys):
    code, out, err = told(monkeypatch, capsys, "schema")
    assert (code, err) == (0, "")
    return json.loads(out)


def fits(value, schema, root):
    """Whether a value is as a schema says: what of JSON Schema the job file needs."""
    if "$ref" in schema:
        return fits(value, root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    kind = schema.get("type")
    right = isinstance(value, TYPES[kind]) if kind else True
    if not right or (isinstance(value, bool) and kind in ("integer", "number")):
        return False
    checks = [
        "anyOf" not in schema or any(fits(value, part, root) for part in schema["anyOf"]),
        "oneOf" not in schema or sum(fits(value, part, root) for part in schema["oneOf"]) == 1,
        "const" not in schema or value == schema["const"],
        "enum" not in schema or value in schema["enum"],
    ]
    if kind == "object":
        known, others = schema.get("properties", {}), schema.get("additionalProperties", True)
        checks.append(all(name in value for name in schema.get("required", ())))
        checks.append(len(value) >= schema.get("minProperties", 0))
        checks += [fits(name, schema.get("propertyNames", {}), root) for name in value]
        checks += [fits(entry, known[name], root) for name, entry in value.items() if name in known]
        extra = [entry for name, entry in value.items() if name not in known]
        checks += [fits(entry, others, root) if isinstance(others, dict) else others for entry in extra]
    elif kind == "array":
        checks.append(schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)))
        parts = schema.get("prefixItems", [schema.get("items", {})] * len(value))
        checks += [fits(entry, part, root) for entry, part in zip(value, parts, strict=False)]
    elif kind == "string":
        checks.append(len(value) >= schema.get("minLength", 0))
        checks.append(re.search(schema.get("pattern", ""), value) is not None)
    elif kind in ("integer", "number"):
        checks.append(schema.get("minimum", value) <= value <= schema.get("maximum", value))
        checks.append("exclusiveMinimum" not in schema or value > schema["exclusiveMinimum"])
        checks.append("exclusiveMaximum" not in schema or value < schema["exclusiveMaximum"])
    return all(checks)


def parts(schema):
    """A schema and all inside it."""
    yield schema
    for name, entry in schema.items():
        if name in ("properties", "$defs"):
            for part in entry.values():
                yield from parts(part)
        elif name in ("anyOf", "oneOf", "prefixItems"):
            for part in entry:
                yield from parts(part)
        elif name in ("items", "additionalProperties", "propertyNames") and isinstance(entry, dict):
            yield from parts(entry)


def test_every_part_is_of_the_language_and_every_reference_leads_somewhere(schema):
    for part in parts(schema):
        assert set(part) <= KEYWORDS | DESCRIPTIVE
        assert part.get("type") in {*TYPES, None}
        if "$ref" in part:
            assert part["$ref"].rpartition("/")[2] in schema["$defs"]


def test_every_field_is_described(schema):
    for section in schema["$defs"].values():
        for name, field in section["properties"].items():
            reference = schema["$defs"][field["$ref"].rpartition("/")[2]] if "$ref" in field else {}
            assert field.get("description") or reference.get("description"), name


def test_the_architectures_example_is_a_job(schema):
    content = tomllib.loads(EXAMPLE)
    assert fits(content, schema, schema)
    Job.parse(content)


@pytest.mark.parametrize("path", sorted(Path("workflows").glob("*/job.toml")), ids=str)
def test_every_workflow_is_a_job(schema, path):
    assert fits(tomllib.loads(path.read_text()), schema, schema)
    Job.load(path)


@pytest.mark.parametrize(
    ("field", "value", "good"),
    [
        ("input.key", "k", True),
        ("input.key", ["k", "l"], True),
        ("input.key", 1, False),
        ("model.start", "guess", True),
        ("model.start", {"column": "s"}, True),
        ("model.start", {"a": 1.0, "b": {"column": "s"}}, True),
        ("model.start", "other", False),
        ("model.bounds", {"a": [0, 1]}, True),
        ("model.bounds", {"a": [0]}, False),
        ("model.expresion", "a", False),
        ("solver.max_nfev", 0, False),
        ("solver.max_nfev", 1.5, False),
        ("cluster.class", "a.B", True),
        ("rescue", {}, True),
        ("rescue.starts", 0, True),
        ("rescue.starts", -1, False),
        ("rescue.methods", ["simplex"], False),
        ("other", {}, False),
    ],
)
def test_editors_and_the_command_agree(schema, field, value, good):
    content = with_field(field, value)
    assert fits(content, schema, schema) is good
    if good:
        Job.parse(content)


@pytest.mark.parametrize(
    ("job", "field", "value", "good"),
    [
        (PROGRAMS, "problem.c", [1.0, 2.0], True),
        (PROGRAMS, "problem.lower", "l", True),
        (PROGRAMS, "problem.lower", 0.0, True),
        (PROGRAMS, "problem.bounds", [0.0, 1.0], True),
        (PROGRAMS, "problem.bounds", [[0.0, 1.0], [0.0, 1.0]], True),
        (PROGRAMS, "problem.d", "d", False),
        (PROGRAMS, "model", {"name": "hill"}, False),
        (PROGRAMS, "solver.method", "highs-ds", True),
        (PROGRAMS, "solver.method", "lm", False),
        (TEMPLATE, "template.cost", {"gas": "gas_eur", "coal": 3.0}, True),
        (TEMPLATE, "template.coefficient", {"carbon": {"gas": "factor"}}, True),
        (TEMPLATE, "template.coefficient", {"carbon": "factor"}, False),
        (TEMPLATE, "template.path", "park.txt", False),
    ],
)
def test_editors_and_the_command_agree_on_linear_programs(schema, job, field, value, good):
    content = with_field(field, value, job)
    assert fits(content, schema, schema) is good
    if good:
        Job.parse(content)


def test_the_checker_can_say_no(schema):
    assert fits(JOB, schema, schema)
    assert not fits({}, schema, schema)
