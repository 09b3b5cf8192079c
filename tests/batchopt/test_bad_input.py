"""Bad input: a bad job gets one line and exit code 2; a bad problem its own row that says why."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.batchopt.curves import comparable, fitted, nested, told
from tests.batchopt.jobs import complete, lines, write_job

FORMULA = {"expression": "a*x + b", "parameters": ["a", "b"]}
INPUT = {"layout": "nested"}


def doubled():
    table = nested(x=[[0.0, 1.0, 2.0]] * 2, y=[[0.0, 1.0, 2.0]] * 2)
    return table.set_column(0, "k", pa.array(["twin", "twin"]))


#: what the table is, sections of the job, and what the line must say
JOBS = [
    (None, {"input": {"path": "none/*.parquet"}}, "none/*.parquet"),
    (None, {"input": {"key": "id"}}, "input.key: column 'id' is not in"),
    (None, {"input": {"x": "time"}}, "input.x: column 'time' is not in"),
    (None, {"input": {"y": "Y"}}, "input.y: column 'Y' is not in"),
    (None, {"input": {"sigma": "s"}}, "input.sigma: column 's' is not in"),
    (
        None,
        {"model": FORMULA | {"start": {"a": {"column": "s"}, "b": 1}}},
        "model.start.a: column 's' is not in",
    ),
    (None, {"model": FORMULA | {"fixed": {"a": {"column": "s"}}}}, "model.fixed.a: column 's' is not in"),
    (None, {"model": {"column": "m"}}, "model.column: column 'm' is not in"),
    (None, {"input": {"layout": "nested"}}, "input.layout"),
    (lines().set_column(2, "y", lines()["y"].cast(pa.string())), {}, "input.y: column 'y' is string"),
    (lines().set_column(0, "k", lines()["x"]), {}, "input.key: column 'k' is double"),
    (
        lines().set_column(0, "k", pa.array([None] + [1] * 119)),
        {},
        "input.key: key column 'k' is null in 1 rows",
    ),
    (doubled(), {"input": INPUT}, "input.key: k names several rows, such as twin"),
    (lines().slice(0, 0), {}, "input.path: no rows"),
    (None, {"inputs": {"a": 1}}, "inputs: unknown field; did you mean 'input'?"),
    (None, {"solver": {"max_nfevs": 1}}, "solver.max_nfevs: unknown field; did you mean 'max_nfev'?"),
    (None, {"solver": {"max_nfev": "many"}}, "solver.max_nfev: got 'many'"),
    (
        None,
        {"model": FORMULA | {"expression": "a*x + b*z"}},
        "'z' is neither a parameter (a, b) nor a column (k, x, y)",
    ),
    (None, {"model": {"name": "hil"}}, "model.name: there is no model 'hil'"),
    (
        None,
        {"model": {"candidates": ["hil"]}},
        "model.candidates: there is no model 'hil'; did you mean 'hill'?",
    ),
    (
        nested(x=[[0.0, 1.0]] * 3, y=[[0.0, 1.0]] * 3, m=["linear", "lineal", "hil"]),
        {"input": INPUT, "model": {"column": "m"}},
        "model.column: there is no model 'hil'; did you mean 'hill'?, 'lineal'; did you mean 'linear'?; the",
    ),
    (
        None,
        {"model": FORMULA | {"bounds": {"b": [2, 1]}}},
        "the lower bound of b must be below the upper, got [2",
    ),
    (None, {"model": FORMULA | {"tied": {"b": "z"}}}, "model.tied.b: 'z' reads 'z', which is no parameter"),
    (
        None,
        {"model": FORMULA | {"tied": {"a": "b", "b": "a"}}},
        "model.tied.a: got a circle, a reads b reads a",
    ),
    (
        lines().append_column("w", pa.array(["?"] * 120)),
        {"model": {"candidates": ["constant", "a*w"]}},
        "model.candidates (w): column 'w' is string",
    ),
    (None, {"model": {"function": "none:f"}}, "model.function: cannot import 'none:f'"),
    (
        None,
        {"model": {"expression": "a*x", "bounds": {"a": [0, 1]}}, "solver": {"method": "lm"}},
        "solver.method",
    ),
]

#: texts that are no expressions
EXPRESSIONS = [
    "__import__('os').system('touch /tmp/h')",
    "a.__class__",
    "a*x.real",
    "open(x)",
    "eval(x)",
    "f(x)*a",
    "a[0]*x",
    "a if x else b",
    "lambda: a",
    "a := 1",
    "a*x; b",
    "a^x",
    "a*'x'",
    "__a__*x",
    "",
    " ",
    "a*x\nb",
    "1e999*a",
    "exp*a",
    "a*exp(x, x)",
    "(" * 5_000 + "a" + ")" * 5_000,
    "-" * 9_000 + "a",
    "a+" * 5_000_000 + "x",  # 10 MB
    "a" * 10_000_000,
]


@pytest.fixture
def refused(tmp_path, monkeypatch, capsys):
    """Run and check a job; the one line that both say, once it is sure that nothing was written."""

    def say(table=None, **sections):
        path = write_job(tmp_path / "job", table, **sections)
        before = sorted(path.parent.rglob("*"))
        lines = []
        for command in (["check", path], ["run", "--sync", "--quiet", path]):
            code, out, err = told(monkeypatch, capsys, *command)
            assert (code, out) == (2, "")
            assert sorted(p for p in path.parent.rglob("*") if "__pycache__" not in p.parts) == before
            lines.append(err.removeprefix("batchopt: ").rstrip("\n"))
        assert lines[0] == lines[1]
        assert "\n" not in lines[0]
        assert len(lines[0]) < 600
        return lines[0]

    return say


@pytest.mark.parametrize(("table", "sections", "said"), JOBS, ids=[said for _, _, said in JOBS])
def test_a_wrong_job_gets_one_line_and_leaves_nothing(refused, table, sections, said):
    assert said in refused(table, **sections)


@pytest.mark.parametrize("text", EXPRESSIONS, ids=lambda text: repr(text[:20]))
def test_what_is_no_expression_gets_one_line(refused, text):
    assert "model.expression: " in refused(model={"expression": text})


@pytest.mark.parametrize(
    "text", ["q*z", "open(x)", "a+" * 6_000 + "x", "a" * 10**6], ids=["name", "call", "long", "word"]
)
def test_so_does_one_in_a_model_column(refused, text):
    table = nested(x=[[0.0, 1.0, 2.0]] * 2, y=[[0.0, 1.0, 2.0]] * 2, m=["a*x", text])
    expected = "its models also read z" if text == "q*z" else "model.column: "
    table = table.append_column("z", pa.array([[1.0] * 3] * 2))
    assert expected in refused(table, input=INPUT, model={"column": "m"})


def test_the_real_command_says_it_too(tmp_path):
    path = write_job(tmp_path, model={"expression": "__import__('os')"})
    code, out, err = complete("run", "--sync", path)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert "model.expression" in err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("field", "column", "values", "wanted"),
    [
        ("model.start", "text", ["1", "2"], "lists of numbers"),
        ("model.start", "number", [1.0, 2.0], "lists of numbers"),
        ("model.start.a", "text", ["1", "2"], "numbers"),
        ("model.fixed.a", "list", [[1.0], [2.0]], "numbers"),
    ],
)
def test_a_column_of_a_wrong_type_for_starts_gets_one_line(
    tmp_path, monkeypatch, capsys, field, column, values, wanted
):
    table = nested(x=[[0.0, 1.0, 2.0]] * 2, y=[[0.0, 1.0, 2.0]] * 2).append_column(column, pa.array(values))
    section, _, name = field.removeprefix("model.").partition(".")
    entry = {"column": column}
    start = {section: {name: entry, **({"b": 1} if section == "start" else {})} if name else entry}
    path = write_job(tmp_path, table, input=INPUT, model=FORMULA | start)
    code, _, err = told(monkeypatch, capsys, "run", "--sync", "--quiet", path)
    assert code == 2
    assert err.startswith(f"batchopt: {field}: column {column!r} holds ")
    assert f"it must hold {wanted}" in err
    assert err.count("\n") == 1


X = [0.0, 1.0, 2.0, 3.0, 4.0]
Y = [1.1, 2.9, 5.2, 6.8, 9.1]
NAN, INF = float("nan"), float("inf")

#: change of a good problem, its status, what its message says
PROBLEMS = [
    ({"x": [], "y": [], "s": []}, "the problem has no points"),
    ({"x": None, "y": None, "s": None}, "the problem has no points"),
    ({"x": X[:1], "y": Y[:1], "s": [1.0]}, "1 points cannot determine 2 parameters"),
    ({"y": [NAN, *Y[1:]]}, "y is not finite at point 0: nan"),
    ({"y": [*Y[:4], -INF]}, "y is not finite at point 4: -inf"),
    ({"y": [*Y[:2], None, *Y[3:]]}, "y is not finite at point 2"),
    ({"x": [*X[:2], NAN, *X[3:]]}, "is not finite at point 2: nan"),
    ({"x": [INF, *X[1:]]}, "is not finite at point 0: inf"),
    ({"s": [1.0, 0.0, 1.0, 1.0, 1.0]}, "sigma is not finite and positive at point 1: 0"),
    ({"s": [1.0, 1.0, 1.0, 1.0, -2.0]}, "sigma is not finite and positive at point 4: -2"),
    ({"s": [NAN] * 5}, "sigma is not finite and positive at point 0: nan"),
    ({"s": None}, "sigma is not finite and positive"),
    ({"y": Y[:4]}, "lists of different lengths: x 5, y 4, s 5"),
    ({"start": [1.0]}, "start column 'start' has [1.0]; 2 numbers are needed"),
    ({"start": None}, "start column 'start' has None"),
    ({"start": [1.0, None]}, "start column 'start' has [1.0, None]"),
    ({"start": [NAN, 1.0]}, "the start of a is not finite: nan"),
    ({"start": [99.0, 1.0]}, "the start of a, 99, is outside its bounds [-10, 10]"),
    ({"names": ["a", "c"]}, "parameters ['a', 'c'] are not those of the model, a, b"),
    ({"names": ["a"]}, "parameters ['a'] are not those of the model"),
    ({"names": ["a", "a"]}, "parameters ['a', 'a'] are not those of the model"),
    ({"names": ["a", "b", "a"]}, "parameters ['a', 'b', 'a'] are not those of the model"),
    ({"names": ["a", None]}, "parameters ['a', None] are not those of the model"),
    ({"model": None}, "the model column 'model' is null"),
    ({"c": None}, "the fixed value of c is not finite"),
    ({"c": INF}, "the fixed value of c is not finite"),
]
MODEL = {
    "column": "model",
    "parameters": {"column": "names"},
    "start": {"column": "start"},
    "bounds": {"a": [-10, 10]},
}


def problem(i):
    """A good one, each with its own numbers."""
    good = {"x": X, "y": [y + 0.1 * i for y in Y], "s": [1.0] * 5, "start": [1.0, 0.5], "names": ["a", "b"]}
    return good | {"model": "a*x + b", "c": 0.5 * i}


def table_of(rows):
    schema = pa.schema(
        {
            "k": pa.int64(),
            **dict.fromkeys(("x", "y", "s", "start"), pa.list_(pa.float64())),
            "names": pa.list_(pa.string()),
            "model": pa.string(),
            "c": pa.float64(),
        }.items()
    )
    return pa.Table.from_pylist(rows, schema)


def _solve(job, rows, name):
    return fitted(job, table_of(rows), name=name, input=INPUT | {"sigma": "s"}, layout="nested", model=MODEL)


def test_a_bad_problem_says_why_and_changes_no_other(job):
    """Each bad problem between two good ones; then all of these without them: the same bits."""
    changes = [change for change, _ in PROBLEMS if "c" not in change]
    good = [{"k": 2 * i} | problem(i) for i in range(len(changes) + 1)]
    bad = [{"k": 2 * i + 1} | problem(i) | change for i, change in enumerate(changes)]
    mixed = _solve(job, sorted(good + bad, key=lambda row: row["k"]), "mixed")
    alone = _solve(job, good, "alone")
    assert len(mixed) == len(good) + len(bad)
    assert all(row["status"] == "converged" for row in alone.values())
    for key, row in alone.items():
        assert comparable(mixed[key]) == comparable(row)
    messages = [said for change, said in PROBLEMS if "c" not in change]
    for row, said in zip(bad, messages, strict=True):
        found = mixed[row["k"]]
        assert (found["status"], found["grade"], found["success"]) == ("bad_input", "failed", False), said
        assert said in found["message"]
        assert (
            found["a"] is found["a_stderr"] is found["chisqr"] is found["dof"] is found["covariance"] is None
        )


def test_so_does_one_whose_fixed_value_is_missing(job):
    values = [0.5, None, 1.0, INF, 1.5]
    rows = [{"k": i} | problem(i) | {"c": value} for i, value in enumerate(values)]
    model = {"expression": "a*x + b + c", "fixed": {"c": {"column": "c"}}, "parameters": ["a", "b", "c"]}
    mixed = fitted(job, table_of(rows), layout="nested", model=model, name="mixed")
    alone = fitted(job, table_of(rows[::2]), layout="nested", model=model, name="alone")
    for key in (0, 2, 4):
        assert comparable(mixed[key]) == comparable(alone[key])
    for key in (1, 3):
        assert mixed[key]["status"] == "bad_input"
        assert "the fixed value of c is not finite" in mixed[key]["message"]


def test_in_the_long_layout_too(job):
    k = np.repeat([0, 1, 2, 3], 5)
    y = np.tile(Y, 4)
    y[7] = NAN
    start = np.where(k == 2, 99.0, 1.0)
    table = pa.table({"k": k, "x": np.tile(X, 4), "y": y, "start": start})
    model = {"expression": "a*x", "bounds": {"a": [0, 10]}, "start": {"a": {"column": "start"}}}
    mixed = fitted(job, table, model=model, name="mixed")
    alone = fitted(job, table.take(np.flatnonzero((k == 0) | (k == 3))), model=model, name="alone")
    assert [mixed[i]["status"] for i in range(4)] == ["converged", "bad_input", "bad_input", "converged"]
    assert [comparable(mixed[i]) for i in (0, 3)] == [comparable(alone[i]) for i in (0, 3)]
    assert "outside its bounds" in mixed[2]["message"]


def test_a_start_that_changes_within_a_problem_is_bad_input(job):
    table = pa.table({"k": [0] * 5 + [1] * 5, "x": X * 2, "y": Y * 2, "start": [1.0] * 5 + [1.0] * 4 + [2.0]})
    rows = fitted(job, table, model={"expression": "a*x", "start": {"a": {"column": "start"}}})
    assert [rows[0]["status"], rows[1]["status"]] == ["converged", "bad_input"]
    assert "'start' has more than one value" in rows[1]["message"]


RAISING = """
import numpy as np

def line(x, a, b):
    if (np.asarray(x) > 100).any():
        raise RuntimeError("x beyond\\nthe scale")
    return a * x + b
"""


def test_a_model_that_raises_for_one_problem_is_its_own_affair(job_file):
    import batchopt

    k = np.repeat(np.arange(6), 5)
    x = np.tile(X, 6) + 200.0 * (k == 3)
    table = pa.table({"k": k, "x": x, "y": np.tile(Y, 6) + 0.1 * k})

    def solve(rows, name):
        path = job_file(
            rows, name=name, model={"function": "raising_model:line", "start": {"a": 1.0, "b": 1.0}}
        )
        (path.parent / "raising_model.py").write_text(RAISING)
        found = batchopt.run(batchopt.Job.load(path), sync=True).results().to_pylist()
        return {row["k"]: row for row in found}

    mixed = solve(table, "mixed")
    alone = solve(table.take(np.flatnonzero(k != 3)), "alone")
    assert mixed[3]["status"] == "exception"
    assert (mixed[3]["grade"], mixed[3]["flags"], mixed[3]["a_stderr"]) == ("failed", [], None)
    assert "RuntimeError" in mixed[3]["message"]
    assert "x beyond" in mixed[3]["message"]
    for key, row in alone.items():
        assert row["status"] == "converged"
        assert comparable(mixed[key]) == comparable(row)


def test_all_problems_bad_is_still_a_table(job):
    rows = fitted(job, nested(x=[[], [NAN] * 3], y=[[], [1.0] * 3]), layout="nested", model={"name": "hill"})
    assert [row["status"] for row in rows.values()] == ["bad_input"] * 2


def test_a_model_column_of_nulls_is_still_a_table(job):
    table = nested(x=[X], y=[Y], m=pa.array([None], pa.string()))
    rows = fitted(job, table, layout="nested", model={"column": "m"})
    assert rows["a"]["message"] == "the model column 'm' is null"
    assert "b_stderr" not in rows["a"]


def test_a_file_that_is_no_parquet_gets_one_line(tmp_path, monkeypatch, capsys):
    path = write_job(tmp_path)
    (tmp_path / "data.parquet").write_bytes(b"k,x,y\n1,2,3\n")
    code, _, err = told(monkeypatch, capsys, "run", "--sync", path)
    assert code == 2
    assert "data.parquet" in err
    assert err.count("\n") == 1


def test_the_good_table_is_good(job, tmp_path):
    rows = _solve(job, [{"k": 0} | problem(0)], "good")
    assert (rows[0]["status"], rows[0]["grade"]) == ("converged", "ok")
    assert pq.read_table(tmp_path / "good" / "data.parquet").num_rows == 1
