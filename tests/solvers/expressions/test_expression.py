"""The class: its names, its place in a batch, and that it travels."""

import pickle
import re
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvers.expressions import Expression, ExpressionError

HILL = Expression("top/(1 + 10**((ga - x)*p))", ("top", "ga", "p"), ("x",))
FORMULAS = [
    HILL,
    Expression("a*exp(-(x - mu)**2/(2*s**2)) + mu**a", ("a", "mu", "s"), ("x", "unused")),
    Expression("tanh(s*x)*t**p + sin(p)*cos(x)/log(1 + x**p)", ("s", "p"), ("t", "x")),
    Expression("sqrt(a)*2", ("a",), ("x",)),  # one value a problem
    Expression("b - a*0", ("a", "b"), ()),
]


def batch(expression, counts, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.uniform(0.1, 4.0, (len(expression.variables), sum(counts)))
    params = rng.uniform(0.2, 3.0, (len(counts), len(expression.parameters)))
    params[0, 0] = 2.0  # an exponent for which NumPy has a shortcut
    return x, params, np.array(counts)


@pytest.mark.parametrize("expression", FORMULAS, ids=lambda e: e.source)
@given(counts=st.lists(st.integers(1, 20), min_size=1, max_size=8), seed=st.integers(0, 1000))
def test_a_problem_has_the_same_bits_alone_and_in_a_batch(expression, counts, seed):
    x, params, counts = batch(expression, counts, seed)
    value, jacobian = expression.value_and_jacobian(x, params, counts)
    assert value.shape == (counts.sum(),)
    assert jacobian.shape == (len(expression.parameters), counts.sum())
    start = 0
    for i, count in enumerate(counts):
        points = slice(start, start + count)
        own = np.ascontiguousarray(x[:, points]), params[i : i + 1], counts[i : i + 1]
        own_value, own_jacobian = expression.value_and_jacobian(*own)
        np.testing.assert_array_equal(own_value, value[points])
        np.testing.assert_array_equal(own_jacobian, jacobian[:, points])
        np.testing.assert_array_equal(expression.value(*own), value[points])
        start += count


def test_one_undefined_problem_leaves_the_signs_of_zeros_of_another():
    expression = Expression("sqrt(a*x)*b", ("a", "b"), ("x",))
    x, params = np.array([[0.0, 1.0]]), np.array([[1.0, -0.0], [1.0, 2.0]])
    _, jacobian = expression.value_and_jacobian(x[:, 1:].copy(), params[:1], np.array([1]))
    _, joint = expression.value_and_jacobian(x[:, ::-1].copy(), params, np.array([1, 1]))
    assert joint[:, 0].tobytes() == jacobian[:, 0].tobytes()


def test_inputs_are_neither_changed_nor_returned():
    expression = Expression("x", (), ("x",))
    x = np.array([[1.0, 2.0]])
    value = expression.value(x, np.empty((1, 0)), np.array([2]))
    value[:] = 0.0
    assert x.tolist() == [[1.0, 2.0]]


def test_an_empty_batch_has_empty_results():
    value, jacobian = HILL.value_and_jacobian(np.empty((1, 0)), np.empty((0, 3)), np.empty(0, dtype=np.int64))
    assert value.shape == (0,)
    assert jacobian.shape == (3, 0)


def test_undefined_values_are_nan_or_inf_without_a_warning():
    expression = Expression("log(a*x) + 1/0*0", ("a",), ("x",))
    assert np.isnan(expression.value(np.array([[-1.0, 0.0]]), np.array([[1.0]]), np.array([2]))).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("a*x + ampl", ("a", "amp"), ("x",)), r"'ampl' at column 7 .*\(a, amp\).*\(x\).*did you mean 'amp'"),
        (("a*x", ("a", "q"), ("x",)), "'q' does not occur"),
        (("a*x", ("a", "a"), ("x",)), "twice"),
        (("a*x", ("a", "x"), ("x",)), "twice"),
        (("a*pi", ("a", "pi"), ()), "'pi' .*rename"),
        (("a*x", ("a",), ("x", "exp")), "'exp' .*rename"),
        (("a*x*", ("a",), ("x",)), "column 5"),
    ],
)
def test_names_that_do_not_fit_are_refused(arguments, message):
    with pytest.raises(ExpressionError, match=message):
        Expression(*arguments)


def test_uses_are_the_variables_that_occur():
    assert Expression("a*t", ("a",), ("x", "t")).uses == {"t"}


def test_same_as_is_equality_up_to_names():
    assert HILL.same_as(Expression("m / (1+10**((c-logc)*n))", ("m", "c", "n"), ("logc",)))
    assert not HILL.same_as(Expression("m / (1+10**((c-x)*n))", ("m", "n", "c"), ("x",)))  # other order
    assert not HILL.same_as(Expression("m / (1+10**((c+x)*n))", ("m", "c", "n"), ("x",)))
    assert Expression("a*x", ("a",), ("x",)).same_as(Expression("(b) * y", ("b",), ("y",)))
    assert not Expression("a*a", ("a",), ("x",)).same_as(Expression("a*x", ("a",), ("x",)))


def test_an_expression_is_hashable_and_travels_light():
    arguments = batch(HILL, [3, 2])
    before = HILL.value_and_jacobian(*arguments)
    data = pickle.dumps(HILL)
    copy = pickle.loads(data)
    assert len(data) < 300
    assert copy == HILL
    assert hash(copy) == hash(HILL)
    np.testing.assert_array_equal(copy.value_and_jacobian(*arguments)[1], before[1])


def test_slots_are_released_after_their_last_use():
    expression = Expression("a" + "+exp(sin(x))*x" * 100 + "*a" * 20, ("a",), ("x",))
    assert expression.value(np.ones((1, 1)), np.ones((1, 1)), np.ones(1, dtype=np.int64)).shape == (1,)
    n = 20_000
    tracemalloc.start()
    expression.value(np.ones((1, n)), np.ones((1, 1)), np.array([n]))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10 * 8 * n


def test_a_tied_parameter_is_its_formula():
    tied = Expression("a*exp(-b*x) + c", ("a", "b", "c"), ("x",), (("c", "b + 1"), ("b", "2*a")))
    written = Expression("a*exp(-(2*a)*x) + (2*a + 1)", ("a",), ("x",))
    x, params, counts = np.linspace(0, 1, 5)[None], np.array([[0.7], [1.3]]), np.array([2, 3])
    padded = np.column_stack([params, np.full((2, 2), np.nan)])
    value, jacobian = tied.value_and_jacobian(x, padded, counts)
    np.testing.assert_array_equal(value, written.value(x, params, counts))
    np.testing.assert_array_equal(jacobian[0], written.value_and_jacobian(x, params, counts)[1][0])
    np.testing.assert_array_equal(jacobian[1:], 0.0)
    kernel = tied.kernel_source((0,), weighted=False)
    assert set(re.findall(r"\bp[0-9]+\b", kernel)) == {"p0"}
    assert not tied.same_as(Expression("a*exp(-b*x) + c", ("a", "b", "c"), ("x",)))
    with pytest.raises(ExpressionError, match="circle"):
        Expression("a*x + b", ("a", "b"), ("x",), (("a", "b"), ("b", "a")))
