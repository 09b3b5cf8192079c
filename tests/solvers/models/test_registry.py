import pickle
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from solvers import curve_fit_batch
from solvers.expressions import Expression, ExpressionError, names
from solvers.models import MODELS, find, get, register, registry
from solvers.models.linear import LINEAR
from tests.solvers.models.datasets import SETS

EVERY = pytest.mark.parametrize("model", MODELS.values(), ids=list(MODELS))


@EVERY
def test_a_model_is_found_by_its_name_and_by_its_formula(model):
    assert get(model.name) is model
    assert find(model.formula()) is model


@EVERY
def test_a_formula_typed_in_with_its_names_in_order_of_appearance_is_found(model):
    source = model.expression
    appearing = [name for name in names(source) if name not in model.variables]
    assert find(Expression(source, tuple(appearing), model.variables)) is model


def test_a_formula_is_found_whatever_its_names():
    names = (("height", "mid", "h"), ("dose",))
    assert find(Expression("height / (1 + 10**((mid - dose)*h))", *names)) is get("hill")
    assert find(Expression("height / (2 + 10**((mid - dose)*h))", *names)) is None


@EVERY
def test_a_model_travels_to_a_worker(model):
    assert pickle.loads(pickle.dumps(model)) == model


@EVERY
def test_every_parameter_has_a_meaning_and_bounds_in_order(model):
    assert len(model.meaning) == len(model.bounds) == len(model.parameters)
    assert all(model.meaning)
    assert all(lower < upper for lower, upper in model.bounds)


@pytest.mark.parametrize(("wrong", "hint"), [("hil", "did you mean 'hill'"), ("zzz", "linear")])
def test_an_unknown_name_is_told_the_known_ones(wrong, hint):
    with pytest.raises(ValueError, match=hint) as error:
        get(wrong)
    assert all(name in str(error.value) for name in MODELS)


def test_registering_a_model(monkeypatch):
    monkeypatch.setattr(registry, "MODELS", dict(MODELS))
    line = replace(LINEAR, name="line", expression="b*x + a", parameters=("b", "a"))
    register(line)
    register(line)  # a module imported twice
    assert get("line") is line
    with pytest.raises(ValueError, match="'line' already"):
        register(replace(line, reference="another"))


def test_parts_of_a_model_must_belong_together():
    with pytest.raises(ValueError, match=r"2 parameters \(slope, intercept\) but 1 meanings"):
        replace(LINEAR, meaning=("only one",))
    with pytest.raises(ValueError, match="but 3 bounds"):
        replace(LINEAR, bounds=((0, 1),) * 3)
    with pytest.raises(ExpressionError, match="offset"):
        replace(LINEAR, expression="slope*x + offset")


def test_bounds_are_none_by_default():
    assert LINEAR.bounds == ((-np.inf, np.inf),) * 2


def test_there_are_enough_models_and_each_has_random_data_to_be_tried_on():
    assert len(MODELS) >= 25
    assert set(SETS) == set(MODELS)
    assert all(len(SETS[name][1]) == len(model.parameters) for name, model in MODELS.items())


def test_every_model_that_the_readme_names_exists():
    readme = (Path(__file__).parents[3] / "README.md").read_text("utf-8")
    lists = re.findall(r"a named model: (.*?)\(see", readme)
    assert lists
    documented = re.findall(r"\w+", " ".join(lists)) + re.findall(r'models\.get\("(\w+)"\)', readme)
    assert [name for name in documented if name not in MODELS] == []


def test_a_registered_model_is_fitted_by_its_name(monkeypatch):
    monkeypatch.setattr(registry, "MODELS", dict(MODELS))
    register(replace(LINEAR, name="line", expression="b*x + a", parameters=("b", "a")))
    fits = curve_fit_batch(get("line"), np.arange(5.0), 2 * np.arange(5.0) + [[1.0], [3.0]])
    np.testing.assert_allclose(fits.x, [[2, 1], [2, 3]], atol=1e-12)
