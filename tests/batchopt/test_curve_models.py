"""What names in a model stand for, where its function is, and what a job may say of its parameters."""

import os
import sys

import pytest

from batchopt.errors import JobError
from batchopt.job import Job
from batchopt.kinds.curve_fit import CurveFit
from batchopt.kinds.curve_models import Names, natural_order
from batchopt.kinds.function import Function
from solvers import models
from tests.batchopt.curves import JOB


def kind(columns=("k", "x", "y"), *, folder=None, x="x", method=None, **model):
    content = JOB | {"model": model, "input": JOB["input"] | {"x": x}}
    content |= {"solver": {"method": method} if method else {}}
    return CurveFit.of(Job.parse(content, folder=folder), columns)


def test_a_name_is_a_variable_before_it_is_another_column():
    names = Names(("dose",), ("k", "dose", "x", "x1", "y"))
    assert [names.column(name) for name in ("dose", "x", "x1", "y", "z")] == [
        "dose",
        "dose",
        "dose",
        "y",
        None,
    ]
    crossed = Names(("x2", "x1"), ("x1", "x2", "x3"))
    assert [crossed.column(name) for name in ("x1", "x2", "x3", "x")] == ["x1", "x2", "x3", None]
    several = Names(("a", "b"), ("a", "b"))
    assert [several.column(name) for name in ("x1", "x2", "x3", "x0", "x01")] == ["a", "b", None, None, None]


def test_names_that_are_no_columns_are_parameters_in_their_order():
    assert kind(expression="b*x + a*volume", columns=("k", "x", "y", "volume")).parameters == ("b", "a")
    assert kind(expression="b*x + a*volume").parameters == ("b", "a", "volume")
    assert kind(expression="b*x + a", parameters=["a", "b"]).parameters == ("a", "b")
    assert kind(expression="b*x + a", start={"a": 1, "b": 2}).parameters == ("a", "b")
    assert kind(expression="b*x + a*c", start={"c": 1, "b": 2}, fixed={"a": 1}).parameters == ("c", "b", "a")


def test_a_declared_parameter_hides_a_column():
    columns = ("k", "x", "y", "a")
    assert kind(expression="a*x + b", columns=columns).parameters == ("b",)
    assert kind(expression="a*x + b", columns=columns, parameters=["a", "b"]).parameters == ("a", "b")


def test_a_formula_of_a_named_model_has_its_guess_but_not_its_bounds():
    named = kind(name="hill").models["hill"]
    (formula,) = kind(expression="top / (1 + 10**((ga - x)*p))").models.values()
    assert formula.guesses is named.guesses is models.get("hill")
    assert named.bounds({})[0].tolist() == [-float("inf"), -float("inf"), 0.0]
    assert formula.bounds({})[0].tolist() == [-float("inf")] * 3
    assert named.bounds({"p": (-1.0, 2.0)})[0][2] == -1.0


def test_people_count_in_their_order():
    assert natural_order(["b10", "b2", "a", "b", "10", "b2"]) == ("10", "a", "b", "b2", "b10")
    assert natural_order(["x²", "²", "x10y2", "x10y1", "x9"]) == ("x9", "x10y1", "x10y2", "x²", "²")


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ({"name": "hil"}, "model.name: there is no model 'hil': did you mean 'hill'"),
        ({"expression": "a*x +"}, "model.expression: got the end"),
        ({"expression": "a*z", "parameters": ["a"]}, "'z' is neither a parameter (a) nor a column (k, x, y)"),
        ({"expression": "a*x", "parameters": ["a", "b"]}, "parameter 'b' does not occur"),
        ({"expression": "x*y"}, "has no parameters"),
        ({"expression": "a*x", "start": "guess"}, "model.start: no guess is known for 'a*x'"),
        (
            {"expression": "a*exp(x)+b", "parameters": ["a", "b"], "start": {"a": 1}},
            "model.start: nothing for 'b'",
        ),
        ({"name": "linear", "start": {"q": 1}}, "model.start.q: no such parameter"),
        ({"name": "linear", "bounds": {"q": [0, 1]}}, "model.bounds.q: no such parameter"),
        ({"name": "linear", "fixed": {"q": 1}}, "model.fixed.q: no such parameter"),
        ({"expression": "a*x", "fixed": {"a": 1}}, "all parameters of 'a*x' are fixed"),
        ({"name": "linear", "tied": {"q": "slope"}}, "model.tied.q: no such parameter; there are"),
        (
            {"name": "linear", "tied": {"slope": "2*y"}},
            "model.tied.slope: '2*y' reads 'y', which is no param",
        ),
        ({"name": "linear", "tied": {"slope": "2*"}}, "model.tied.slope: got the end"),
        ({"name": "linear", "tied": {"slope": 2}}, "model.tied.slope: got 2; input should be a valid string"),
        (
            {"name": "linear", "tied": {"slope": "intercept", "intercept": "slope"}},
            "model.tied.slope: got a circle, slope reads intercept reads slope: give one of them",
        ),
        (
            {"name": "linear", "tied": {"slope": "2"}, "fixed": {"slope": 2}},
            "model.tied.slope: 'slope' is fixed, too: remove one of the two",
        ),
        (
            {"name": "linear", "tied": {"slope": "intercept"}, "fixed": {"intercept": 1}},
            "model.fixed: all parameters of 'linear' are fixed or tied; leave one to fit",
        ),
        ({"name": "hill", "bounds": {"p": [2, 2]}}, "model.bounds: the lower bound of p must be below"),
        (
            {"name": "hill", "method": "lm"},
            "solver.method: got 'lm', which has no bounds, but p must be in [0, inf]",
        ),
        ({"expression": "a*x", "bounds": {"a": [0, 1]}, "method": "lm"}, "a must be in [0, 1]"),
        (
            {"expression": "a*x", "bounds": {"a": [0, 1]}, "start": {"a": 2}},
            "model.start.a: got 2, which is not",
        ),
        ({"name": "hill", "start": {"p": -1}}, "model.start.p: got -1, which is not in its bounds, [0, inf]"),
        ({"expression": "status*x"}, "model: 'status' is also a column of the result table"),
        ({"expression": "aic*x"}, "model: 'aic' is also a column of the result table"),
        ({"expression": "a*x+a_stderr"}, "model: 'a_stderr' is also a column of the result table"),
        (
            {"name": "linear", "x": ["x", "k"]},
            "input.x: the model 'linear' has 1 independent variables, got 2",
        ),
    ],
)
def test_what_does_not_fit_is_named(model, said):
    with pytest.raises(JobError) as error:
        kind(**model)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("key", ["model", "aic", "seconds", "a", "a_stderr"])
def test_a_key_cannot_be_called_as_another_column_of_the_table(key):
    model = {"expression": "a*x + b", "parameters": ["a", "b"]}
    content = JOB | {"model": model, "input": JOB["input"] | {"key": key}}
    with pytest.raises(JobError, match=f"input.key: '{key}' is also a column"):
        CurveFit.of(Job.parse(content), (key, "x", "y"))


def test_lm_may_fix_what_has_bounds():
    assert kind(name="hill", method="lm", fixed={"p": 1}).parameters == ("top", "ga", "p")


def write(folder, text, name="curve_module.py"):
    (folder / name).write_text(text)
    return folder


def test_a_function_names_its_parameters(tmp_path):
    write(tmp_path, "def decay(x, a, b): return a\ndef any(x, *p): return x")
    assert kind(function="curve_module:decay", folder=tmp_path).parameters == ("a", "b")
    # By its signature, whatever the order of the table of starts.
    started = kind(function="curve_module:decay", folder=tmp_path, start={"b": 1, "a": 2})
    assert started.parameters == ("a", "b")
    renamed = kind(function="curve_module:decay", folder=tmp_path, parameters=["height", "rate"])
    assert renamed.parameters == ("height", "rate")
    counted = kind(function="curve_module:any", folder=tmp_path, start={"q": 1, "p": 2})
    assert counted.parameters == ("q", "p")


@pytest.mark.parametrize(
    ("function", "more", "said"),
    [
        ("no_such_module_at_all:f", {}, "cannot import 'no_such_module_at_all:f': ModuleNotFoundError"),
        ("curve_module:g", {}, "cannot import 'curve_module:g': AttributeError"),
        ("curve_module:number", {}, "'curve_module:number' is a int; give a function"),
        ("curve_module:any", {}, "does not name its parameters; set model.parameters"),
        ("curve_module:f", {"parameters": ["a", "b"]}, "cannot be called with x, a, b: too many"),
        ("raising:f", {}, "cannot import 'raising:f': ValueError: no"),
        ("wrong:f", {}, "cannot import 'wrong:f': SyntaxError"),
    ],
)
def test_a_function_that_cannot_be_had_is_named(tmp_path, function, more, said):
    write(tmp_path, "number = 3\ndef f(x, a): return a\ndef any(x, *p): return x")
    write(tmp_path, "raise ValueError('no')", "raising.py")
    write(tmp_path, "def f(:", "wrong.py")
    with pytest.raises(JobError) as error:
        kind(function=function, folder=tmp_path, **more)
    assert f"model.function: {said}" in str(error.value) or said in str(error.value)
    assert "\n" not in str(error.value)


def test_two_jobs_may_have_modules_of_one_name(tmp_path):
    folders = [tmp_path / "one", tmp_path / "two"]
    for number, folder in enumerate(folders):
        folder.mkdir()
        write(folder, f"def f(x, a): return {number}")
    functions = [Function("curve_module:f", folder) for folder in folders]
    assert [function.load()(None, None) for function in functions] == [0, 1]
    assert functions[0].load()(None, None) == 0
    assert sys.modules["curve_module"].__file__ == str(folders[0] / "curve_module.py")


def test_a_changed_file_is_another_function(tmp_path):
    function = Function("curve_module:f", write(tmp_path, "def f(x, a): return 1"))
    stamp = (tmp_path / "curve_module.py").stat()
    assert function.load()(None, None) == 1
    write(tmp_path, "def f(x, a): return 2")
    os.utime(tmp_path / "curve_module.py", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert function.load()(None, None) == 2


def test_a_module_may_import_its_neighbour(tmp_path):
    write(tmp_path, "SHIFT = 5", "curve_neighbour.py")
    function = Function(
        "curve_module:f", write(tmp_path, "import curve_neighbour as n\ndef f(x, a): return n.SHIFT")
    )
    assert function.load()(None, None) == 5
