"""The benchmarks of searches run at their smallest size, and what they measure with measures right."""

import numpy as np
import pytest

from benchmarks import minimize, root, search_accuracy, searches

EFFORT = searches.Effort(rounds=1, sizes=(1, 4), batch=6, sample=2, unknowns=(2,))


@pytest.mark.parametrize(
    ("field", "method"),
    [
        (minimize.FIELD, "BFGS"),
        (minimize.FIELD, "SLSQP"),
        (minimize.FIELD, "brent"),
        (root.FIELD, "hybr"),
        (root.FIELD, "brentq"),
    ],
)
def test_both_solve_the_same_problems(field, method):
    (family,) = field.families(EFFORT, [method])
    entry = searches.race(family, EFFORT)
    assert entry.success == (1.0, 1.0)
    assert entry.evaluations[0] == pytest.approx(entry.evaluations[1], rel=0.5)
    assert min(entry.microseconds) > 0.0
    assert entry.ratios[0] == pytest.approx(entry.microseconds[2] / entry.microseconds[0])
    assert entry.crossover in (1, 4, None)


def test_every_method_is_raced():
    for field in (minimize.FIELD, root.FIELD):
        names = [*field.methods, *field.scalar_methods]
        families = list(field.families(EFFORT, names))
        assert [family.method for family in families] == names


def test_texts_are_the_functions():
    x = np.random.default_rng(0).normal(size=(1, 5))
    names = {f"x{j}": float(x[0, j]) for j in range(5)}
    assert eval(minimize.text(5), names) == pytest.approx(float(minimize.rosenbrock(x)[0]))
    values = [eval(text, names) for text in root.texts(5)]
    np.testing.assert_allclose(values, root.tridiagonal(x)[0])


def test_wrong_answers_are_seen():
    family = minimize.family("BFGS", 2, 3)
    assert family.right(np.array([[1.0, 1.0], [0.0, 0.0], [np.nan, 1.0]])).tolist() == [True, False, False]


def test_problems_where_a_method_is_behind_are_counted(monkeypatch, capsys):
    trial = search_accuracy.Trial("mine", (True, True), (30, 10), (1.0, 1.0))
    monkeypatch.setattr(search_accuracy, "minimizations", lambda method: [trial])
    monkeypatch.setattr("sys.argv", ["search_accuracy", "BFGS"])
    assert search_accuracy.main() == 1
    assert "behind SciPy: BFGS" in capsys.readouterr().out
