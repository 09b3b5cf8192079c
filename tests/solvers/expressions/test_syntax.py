"""The parser: Python's arithmetic and nothing else, and an error with a place for everything else."""

import contextlib
import pickle
import warnings

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from solvers.expressions import FUNCTIONS, MAX_DEPTH, MAX_LENGTH, Expression, ExpressionError, names

NAMES = ("a", "b", "x")
NUMBERS = ("0.5", "1.0", "2.0", "3.", ".25", "1e-1", "1E+1", "pi")  # no int: Python would be exact in 9**9**9
#: Python's names for the oracle, which evaluates the same text.
PYTHON = {"pi": np.pi, **{name: getattr(np, operation) for name, operation in FUNCTIONS.items()}}


def deeper(inner):
    """Text around text, with and without parentheses, so that precedence is what decides."""
    operator = st.sampled_from(["+", "-", "*", "/", "**", " + ", " ** -", "*-"])
    return st.one_of(
        st.builds("{}{}{}".format, inner, operator, inner),
        st.builds("({}{}{})".format, inner, operator, inner),
        st.builds("{}({})".format, st.sampled_from(list(FUNCTIONS)), inner),
        st.builds("-{}".format, inner),
        st.builds("+ {}".format, inner),
    )


TEXTS = st.recursive(st.sampled_from(NAMES + NUMBERS), deeper, max_leaves=12)


@given(TEXTS)
def test_value_has_the_bits_of_python_on_numpy_arrays(source):
    rng = np.random.default_rng(7)
    counts = np.array([3, 1, 8])
    x = rng.uniform(0.1, 3.0, (1, 12))
    params = rng.uniform(0.1, 3.0, (3, 2))
    per_point = dict(zip("ab", np.repeat(params, counts, axis=0).T.copy(), strict=True), x=x[0])
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected = eval(source, {"__builtins__": {}, **PYTHON}, per_point)
    except (ZeroDivisionError, OverflowError):
        assume(False)  # Python's own numbers raise where NumPy's are inf
    assume(not isinstance(expected, complex))
    used = tuple(name for name in "ab" if name in names(source))
    columns = ["ab".index(name) for name in used]
    value = Expression(source, used, ("x",)).value(x, params[:, columns], counts)
    assert value.shape == (12,)
    assert value.dtype == np.float64
    np.testing.assert_array_equal(value, np.broadcast_to(expected, 12))


@pytest.mark.parametrize(
    "source", ["x**2", "x**3", "x**-1", "x**(1/2)", "10**x", "2*x - 1/3", "-x**2", "2**-x**2"]
)
def test_integers_are_numbers_as_in_numpy(source):
    x = np.random.default_rng(1).uniform(-3.0, 3.0, (1, 1000))
    with np.errstate(invalid="ignore"):
        expected = eval(source, {"x": x[0]})
    value = Expression(source, (), ("x",)).value(x, np.empty((1, 0)), np.array([1000]))
    np.testing.assert_array_equal(value, expected)


@given(st.one_of(st.text(max_size=40), st.text("ax1.e+-*/()^, \n\0é", max_size=40)))
def test_no_text_raises_anything_but_an_expression_error(text):
    with contextlib.suppress(ExpressionError):
        names(text)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("a^2", r"column 2 .*\*\*"),
        ("2x", r"'x' .*column 2 .*write \*"),
        ("x.real", "column 2 .*attributes"),
        ("x[0]", "column 2 .*indexing"),
        ("x == 1", "column 3 .*right-hand"),
        ("lambda: 0", "':' .*column 7"),
        ("exp", r"column 1 .*write exp\("),
        ("exp()", "no argument"),
        ("exp(a, b)", "second argument .*column 6"),
        ("sine(x)", "no function.*column 1 .*did you mean 'sin'"),
        ("a, b", "',' .*column 2"),
        ("(a + b", r"the end .*'\)' for column 1 .*column 7"),
        ("a)", r"'\)' .*column 2"),
        ("", "the end .*column 1"),
        ("a +", "the end .*column 4"),
        ("'a'", "column 1"),
        ("1_000*x", "'_000' .*column 2"),
        ("1e999", "largest double"),
        ("__class__", "underscores"),
        ('__import__("os")', "no function"),
        ("x if x else a", "column 3"),
        ("x // 2", "'/' .*column 4"),
        ("x % 2", "'%' .*column 3"),
        ("é*x", "column 1"),
        ("²", "column 1"),
    ],
)
def test_an_error_says_what_was_got_where_and_what_to_do(source, message):
    with pytest.raises(ExpressionError, match=message):
        names(source)


@pytest.mark.parametrize(
    "source",
    ["(" * 5000, "-" * 9000 + "x", "exp(" * 2400, "2**" * 3000 + "x", "a" * 10**7, "x" + "+x" * 10**6],
    ids=["parentheses", "signs", "calls", "powers", "one name", "one sum"],
)
def test_a_monster_is_refused_without_being_quoted(source):
    with pytest.raises(ExpressionError) as error:
        names(source)
    assert len(str(error.value)) < 300


def test_the_limits_themselves_are_allowed():
    assert names("(" * (MAX_DEPTH - 1) + "x" + ")" * (MAX_DEPTH - 1)) == ("x",)
    assert names("x" + "+x" * ((MAX_LENGTH - 1) // 2)) == ("x",)


def test_names_come_in_order_of_first_appearance_without_functions_and_constants():
    assert names("b1*(1 - exp(-b2*x))/pi + b1 + arctan(e1)") == ("b1", "b2", "x", "e1")


def test_an_error_survives_pickling():
    with pytest.raises(ExpressionError) as error:
        names("a^2")
    assert str(pickle.loads(pickle.dumps(error.value))) == str(error.value)
