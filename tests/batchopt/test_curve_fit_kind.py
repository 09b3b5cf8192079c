"""The kind curve_fit through the job layer: models, starts, bounds, fixed values, sigma, functions."""

import numpy as np
import pyarrow as pa
import pytest
from scipy import optimize

import batchopt
from solvers import models
from tests.batchopt.curves import comparable, fitted, nested, noise

X = np.linspace(0.2, 5, 15)

#: Parameters of each named model for the data that it must find again.
NAMED = {
    "exponential_decay": (3.0, 0.7, 1.0),
    "gaussian": (5.0, 2.5, 0.8),
    "hill": (9.0, 2.0, 1.5),
    "linear": (2.0, -1.0),
    "logistic4": (1.0, 8.0, 2.0, 3.0),
    "michaelis_menten": (4.0, 1.2),
}


def long(*curves, x=X, **more):
    """A long table with keys 0, 1, ... of curves over x."""
    k = np.repeat(np.arange(len(curves)), len(x))
    return pa.table({"k": k, "x": np.tile(x, len(curves)), "y": np.concatenate(curves), **more})


def curve(a, b, c=0.0, seed=0):
    return a * np.exp(-b * X) + c + noise(X.size, seed)


def found(row, *names):
    return [row[name] for name in names]


def scipy_fit(a, b, seed):
    return optimize.curve_fit(lambda x, a, b: a * np.exp(-b * x), X, curve(a, b, seed=seed), [1, 1])


@pytest.mark.parametrize("name", sorted(NAMED))
def test_every_named_model_finds_its_parameters_with_no_start(job, name):
    model = models.get(name)
    truth = NAMED[name]
    formula = model.formula()
    clean = formula.value(X[None], np.array([truth]), np.array([X.size]))
    rows = fitted(job, long(clean + noise(X.size, scale=1e-4)), model={"name": name})
    values = found(rows[0], *model.parameters)
    assert rows[0]["status"] == "converged"
    assert formula.value(X[None], np.array([values]), np.array([X.size])) == pytest.approx(clean, abs=1e-3)
    assert np.sort(np.abs(values)) == pytest.approx(np.sort(np.abs(truth)), rel=0.01)
    guessed = fitted(
        job, long(clean + noise(X.size, scale=1e-4)), name="same", model={"name": name, "start": "guess"}
    )
    assert comparable(guessed[0]) == comparable(rows[0])


def test_numbers_and_errors_are_those_of_scipy(job):
    truths = [(3.0, 0.5), (1.5, 1.2), (8.0, 0.1)]
    table = long(*(curve(a, b, seed=i) for i, (a, b) in enumerate(truths)))
    rows = fitted(job, table, model={"expression": "a*exp(-b*x)", "start": {"a": 1, "b": 1}})
    for i, (a, b) in enumerate(truths):
        values, covariance = scipy_fit(a, b, seed=i)
        assert found(rows[i], "a", "b") == pytest.approx(values, rel=1e-5)
        assert rows[i]["covariance"] == pytest.approx(covariance.ravel(), rel=1e-3)


def test_all_forms_of_one_start_give_one_answer(job):
    size, one = 15, {"a": 1.5, "b": 0.5}
    columns = {"sa": np.full(size, 1.5), "sb": np.full(size, 0.5), "s": pa.array([[1.5, 0.5]] * size)}
    table = long(curve(3.0, 0.8), **columns)
    starts = [
        one,
        {"a": {"column": "sa"}, "b": {"column": "sb"}},
        {"b": 0.5, "a": {"column": "sa"}},
        {"column": "s"},
    ]
    rows = [
        fitted(
            job,
            table,
            name=f"job{i}",
            model={"expression": "a*exp(-b*x)", "parameters": ["a", "b"], "start": start},
        )
        for i, start in enumerate(starts)
    ]
    assert {comparable(row[0]) for row in rows} == {comparable(rows[0][0])}
    elsewhere = {"expression": "a*exp(-b*x)", "start": {"a": 2.5, "b": 0.9}}
    assert comparable(fitted(job, table, name="other", model=elsewhere)[0]) != comparable(rows[0][0])


def test_starts_differ_from_row_to_row(job):
    x = np.linspace(0, 6, 40)
    table = long(np.sin(2 * x), np.sin(2 * x), x=x, s=np.repeat([2.1, -1.9], 40))
    rows = fitted(job, table, model={"expression": "sin(w*x)", "start": {"w": {"column": "s"}}})
    assert [rows[0]["w"], rows[1]["w"]] != [rows[0]["w"]] * 2
    assert rows[0]["w"] == pytest.approx(2.0)


def test_what_a_table_of_starts_leaves_out_is_guessed(job):
    table = long(9 / (1 + 10 ** ((2.0 - X) * 1.5)) + noise(X.size))
    guessed = fitted(job, table, model={"name": "hill"}, solver={"max_nfev": 1}, name="guess")[0]
    partly = fitted(job, table, model={"name": "hill", "start": {"p": 3.0}}, solver={"max_nfev": 1})[0]
    assert found(partly, "top", "ga") == pytest.approx(found(guessed, "top", "ga"))
    assert partly["p"] == pytest.approx(3.0)
    assert guessed["p"] != pytest.approx(3.0)


def test_a_guess_is_brought_inside_the_bounds(job):
    table = long(9 / (1 + 10 ** ((2.0 - X) * 1.5)) + noise(X.size))
    row = fitted(job, table, model={"name": "hill", "bounds": {"ga": [3.0, 4.0]}})[0]
    assert (row["status"], row["at_bound"]) == ("converged", ["ga"])


def test_without_start_and_guess_fits_begin_as_scipys(job):
    row = fitted(job, long(curve(1.3, 0.8)), model={"expression": "a*exp(-b*x**2)"}, solver={"max_nfev": 1})[
        0
    ]
    assert found(row, "a", "b") == [1.0, 1.0]


def test_bounds_hold_and_choose_the_method(job):
    model = {"expression": "a*exp(-b*x)", "bounds": {"a": [0.0, 2.0]}, "start": {"a": 1, "b": 1}}
    row = fitted(job, long(curve(3.0, 0.8)), model=model)[0]
    values, _ = optimize.curve_fit(
        lambda x, a, b: a * np.exp(-b * x), X, curve(3.0, 0.8), [1, 1], bounds=([0, -np.inf], [2, np.inf])
    )
    assert found(row, "a", "b") == pytest.approx(values, rel=1e-4)
    assert (row["method"], row["at_bound"]) == ("trf", ["a"])


def test_fixed_values_are_a_number_or_each_rows_own(job):
    table = long(curve(3.0, 0.8, 1.0), curve(3.0, 0.8, 2.0), f=np.repeat([1.0, 2.0], X.size))
    formula = {"expression": "a*exp(-b*x) + c", "start": {"a": 1, "b": 1}}
    own = fitted(job, table, name="own", model=formula | {"fixed": {"c": {"column": "f"}}})
    assert [own[0]["c"], own[1]["c"]] == [1.0, 2.0]
    assert own[1]["a"] == pytest.approx(3.0, abs=0.05)
    one = fitted(job, table, name="one", model=formula | {"fixed": {"c": 1.0}})
    assert [one[0]["c"], one[1]["c"]] == [1.0, 1.0]
    assert comparable(one[0]) == comparable(own[0])


def test_tied_parameters_follow_from_others_also_from_each_rows_own(job):
    table = long(curve(3.0, 0.8, 1.5), curve(3.0, 0.8, 6.0), f=np.repeat([0.5, 2.0], X.size))
    formula = {"expression": "a*exp(-b*x) + c*d", "parameters": ["a", "b", "c", "d"]}
    formula |= {"fixed": {"d": {"column": "f"}}, "start": {"a": 1, "b": 1}, "bounds": {"c": [8.0, 9.0]}}
    rows = fitted(job, table, model=formula | {"tied": {"c": "a*1"}})
    for row, d in zip(rows.values(), (0.5, 2.0), strict=True):
        assert found(row, "c", "c_stderr", "d", "d_stderr") == [row["a"], row["a_stderr"], d, None]
        assert (row["status"], row["method"], row["dof"]) == ("converged", "lm", X.size - 2)
        assert found(row, "a", "b") == pytest.approx([3.0, 0.8], abs=0.03)
        assert row["aic"] == pytest.approx(X.size * np.log(row["chisqr"] / X.size) + 4)


def test_parameters_of_a_function_may_be_tied(with_functions):
    table = long(curve(3.0, 1.5), curve(1.5, 0.75))
    model = {"function": "curve_functions:decay", "tied": {"b": "a/2"}}
    rows = fitted(with_functions, table, model=model)
    for row in rows.values():
        assert row["b"] == row["a"] / 2
        assert row["b_stderr"] == pytest.approx(row["a_stderr"] / 2)
    assert rows[0]["a"] == pytest.approx(3.0, abs=0.05)


def test_several_x_have_their_numbers_and_their_names(job):
    rng = np.random.default_rng(3)
    u, v = rng.uniform(1, 2, 20), rng.uniform(1, 2, 20)
    table = pa.table({"k": [0] * 20, "u": u, "v": v, "y": 2 * u + u * v**1.5})
    rows = [
        fitted(job, table, name=f"job{i}", input={"x": ["u", "v"]}, model={"expression": text})[0]
        for i, text in enumerate(["a*x1 + x1*x2**p", "a*u + u*v**p"])
    ]
    assert found(rows[0], "a", "p") == pytest.approx([2.0, 1.5])
    assert found(rows[1], "a", "p") == found(rows[0], "a", "p")


def test_other_columns_of_points_may_stand_in_an_expression(job):
    volume = np.linspace(1, 3, X.size) ** 2
    table = long(4.0 * X / volume + 1.0, volume=volume)
    row = fitted(job, table, model={"expression": "rate*x/volume + base"})[0]
    assert found(row, "rate", "base") == pytest.approx([4.0, 1.0])


def test_a_number_a_problem_serves_all_its_points_in_a_nested_table(job):
    table = nested(x=[X.tolist()] * 2, y=[(2 * X * 3).tolist(), (2 * X * 5).tolist()], w=[3.0, 5.0])
    rows = fitted(job, table, layout="nested", model={"expression": "a*x*w"})
    assert [rows["a"]["a"], rows["b"]["a"]] == pytest.approx([2.0, 2.0])


def test_sigma_weighs_and_absolute_sigma_scales(job):
    sigma = np.linspace(0.01, 0.2, X.size)
    table, model = long(curve(3.0, 0.8), s=sigma), {"expression": "a*exp(-b*x)", "start": {"a": 1, "b": 1}}
    for absolute in (False, True):
        row = fitted(
            job,
            table,
            name=f"job{absolute}",
            model=model,
            input={"sigma": "s"},
            solver={"absolute_sigma": absolute},
        )[0]
        values, covariance = optimize.curve_fit(
            lambda x, a, b: a * np.exp(-b * x),
            X,
            curve(3.0, 0.8),
            [1, 1],
            sigma=sigma,
            absolute_sigma=absolute,
        )
        assert found(row, "a", "b") == pytest.approx(values, rel=1e-5)
        assert row["covariance"] == pytest.approx(covariance.ravel(), rel=1e-3)


FUNCTIONS = """
import numpy as np
import math

def decay(x, a, b):
    return a * np.exp(-b * x)

def counted(x, *p):
    return p[0] * np.exp(-p[1] * x)

def one_by_one(x, a, b):
    return np.array([a * math.exp(-b * value) for value in x])

def plane(x, a, b):
    return a * x[0] + b * x[1]
"""


@pytest.fixture
def with_functions(job_file):
    def write(table, **options):
        path = job_file(table, **options)
        (path.parent / "curve_functions.py").write_text(FUNCTIONS)
        return batchopt.Job.load(path)

    return write


@pytest.mark.parametrize(
    "model",
    [
        {"function": "curve_functions:decay"},
        {"function": "curve_functions:decay", "start": {"b": 1.0, "a": 1.0}},
        {"function": "curve_functions:counted", "parameters": ["a", "b"]},
        {"function": "curve_functions:counted", "start": {"a": 1.0, "b": 1.0}},
        {"function": "curve_functions:one_by_one"},
    ],
    ids=lambda model: "-".join(map(str, model.values())),
)
@pytest.mark.parametrize("jac", ["2-point", "3-point"])
def test_functions_of_the_jobs_folder(with_functions, model, jac):
    truths = [(3.0, 0.5), (1.5, 1.2)]
    table = long(*(curve(a, b, seed=i) for i, (a, b) in enumerate(truths)))
    rows = fitted(with_functions, table, model=model, solver={"jac": jac})
    for i, (a, b) in enumerate(truths):
        assert found(rows[i], "a", "b") == pytest.approx(scipy_fit(a, b, seed=i)[0], rel=1e-4)
        assert rows[i]["model"] == model["function"]


def test_a_function_of_several_x_gets_them_all(with_functions):
    u, v = np.linspace(1, 2, 10), np.linspace(2, 1, 10) ** 2
    table = pa.table({"k": [0] * 10, "u": u, "v": v, "y": 2 * u - 3 * v})
    row = fitted(with_functions, table, input={"x": ["u", "v"]}, model={"function": "curve_functions:plane"})[
        0
    ]
    assert found(row, "a", "b") == pytest.approx([2.0, -3.0], rel=1e-5)


def test_each_row_may_have_its_own_model_and_order_of_parameters(job):
    y = [curve(3.0, 0.8).tolist(), (2 * X + 1).tolist(), curve(3.0, 0.8).tolist(), curve(3.0, 0.8).tolist()]
    table = nested(
        x=[X.tolist()] * 4,
        y=y,
        m=["a*exp(-b*x)", "linear", "a*exp(-b*x)", "a*exp(-b*x)"],
        p=[["a", "b"], ["intercept", "slope"], ["b", "a"], None],
        s=[[2.0, 0.5], [0.0, 0.0], [0.5, 2.0], [2.0, 0.5]],
    )
    model = {"column": "m", "parameters": {"column": "p"}, "start": {"column": "s"}}
    rows = fitted(job, table, layout="nested", model=model)
    assert found(rows["b"], "slope", "intercept") == pytest.approx([2.0, 1.0])
    same = [comparable(rows[key] | {"k": None}) for key in "acd"]
    assert same[0] == same[1] == same[2]
    alone = fitted(job, table.slice(0, 1), layout="nested", name="one", model={"expression": "a*exp(-b*x)"})
    assert found(alone["a"], "a", "b") == pytest.approx(found(rows["a"], "a", "b"), rel=1e-6)


def test_a_column_of_named_models_guesses_each(job):
    y = [(3 * np.exp(-0.8 * X) + 1).tolist(), (2 * X + 1).tolist()]
    table = nested(x=[X.tolist()] * 2, y=y, m=["exponential_decay", "linear"])
    rows = fitted(job, table, layout="nested", model={"column": "m", "start": "guess"})
    assert [row["status"] for row in rows.values()] == ["converged"] * 2
    assert rows["b"]["slope"] == pytest.approx(2.0)


def test_a_row_is_the_same_alone_and_among_others(job):
    curves = [curve(1 + i, 0.3 + 0.1 * i, seed=i) for i in range(7)]
    model = {"expression": "a*exp(-b*x)", "start": {"a": 1, "b": 1}}
    table = long(*curves)
    together = fitted(job, table, name="all", model=model)
    chunked = fitted(job, table, name="chunks", model=model, chunks={"problems": 2})
    for i in range(7):
        alone = fitted(job, table.slice(i * X.size, X.size), name=f"job{i}", model=model)
        assert comparable(alone[i]) == comparable(together[i]) == comparable(chunked[i])
