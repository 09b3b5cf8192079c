"""Derivatives: against the complex step on the same text, and where the chain rule says 0 times infinity."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvers.expressions import FUNCTIONS, MAX_DEPTH, MAX_LENGTH, Expression, names

MODELS = [
    "slope*x + intercept",
    "a*exp(-b*x) + c",
    "a1*exp(-b1*x) + a2*exp(-b2*x) + a3*exp(-b3*x)",  # NIST Lanczos
    "exp(-b1*x)/(b2 + b3*x)",  # NIST Chwirut
    "b1*(1 - exp(-b2*x))",  # NIST Misra1a
    "b1*(1 - (1 + b2*x/2)**(-2))",  # NIST Misra1b
    "b1*(1-(1+2*b2*x)**(-0.5))",  # NIST Misra1c
    "b1*b2*x/(1 + b2*x)",  # NIST Misra1d
    "b1 - b2*x - arctan(b3/(x - b4))/pi",  # NIST Roszman1
    "b1*(x**2 + x*b2)/(x**2 + x*b3 + b4)",  # NIST MGH09
    "b1*exp(b2/(x + b3))",  # NIST MGH10
    "b1 + b2*exp(-x*b4) + b3*exp(-x*b5)",  # NIST MGH17
    "b1/(1 + exp(b2 - b3*x))**(1/b4)",  # NIST Rat43
    "(b1 + b2*x + b3*x**2)/(1 + b4*x + b5*x**2)",  # NIST Kirby2
    "b1*(b2 + x)**(-1/b3)",  # NIST Bennett5
    "b1/b2*exp(-0.5*((x - b3)/b2)**2)",  # NIST Eckerle4
    "b1 + b2*cos(2*pi*x/12) + b5*cos(2*pi*x/b4) + b6*sin(2*pi*x/b4)",  # NIST ENSO
    "b1*x**b2",  # NIST DanWood
    "top/(1+10**((ga-x)*p))",
    "top*x**n/(k**n+x**n)",
    "d + (a - d)/(1 + (x/c)**b)",
    "a*exp(-(x - mu)**2/(2*sigma**2))",
    "vmax*x/(km + x)",
    "abs(x - a)*log2(b*x) + log10(c + x)*log1p(d*x)",
    "sqrt(a*x) + b*expm1(-c*x) + log(a + b) - cosh(c*x)/sinh(d*x)",
    "tanh(a*x) + tan(b*x/9) + arcsin(c*x/9)*arccos(d*x/9)",
    "+a**2**b - x**-a*b",
]
NUMPY = {"pi": np.pi, **{name: getattr(np, operation) for name, operation in FUNCTIONS.items()}}
NUMPY["abs"] = lambda z: np.where(z.real < 0, -z, z)  # analytic, as the complex step needs it


def of(source):
    return Expression(source, tuple(name for name in names(source) if name != "x"), ("x",))


def complex_step(source, parameters, x, values):
    """d/dp = Im f(p + ih)/h, without any difference to lose digits (Squire & Trapp 1998)."""
    rows = []
    for j in range(len(parameters)):
        moved = dict(zip(parameters, values + 1e-100j * (np.arange(len(values)) == j), strict=True))
        rows.append(eval(source, {"__builtins__": {}, **NUMPY}, {**moved, "x": x}).imag / 1e-100)
    return np.array(rows)


@pytest.mark.parametrize("source", MODELS)
def test_derivatives_equal_the_complex_step(source):
    expression = of(source)
    rng = np.random.default_rng(3)
    x = rng.uniform(0.2, 3.0, (1, 40))
    values = rng.uniform(0.5, 1.5, (1, len(expression.parameters)))
    value, jacobian = expression.value_and_jacobian(x, values, np.array([40]))
    expected = complex_step(source, expression.parameters, x[0], values[0])
    assert jacobian.flags.c_contiguous
    np.testing.assert_allclose(jacobian, expected, rtol=1e-11, atol=1e-13 * np.abs(expected).max())
    np.testing.assert_array_equal(value, expression.value(x, values, np.array([40])))


@given(st.lists(st.tuples(st.sampled_from("+-*/"), st.sampled_from(["a", "b", "x", "exp(-a)", "b**x"]))))
@settings(max_examples=50)
def test_derivatives_of_random_chains_equal_the_complex_step(links):
    source = "a*b*x" + "".join(operator + operand for operator, operand in links[:12])
    x, values = np.linspace(0.5, 2.0, 5)[None], np.array([[0.7, 1.3]])
    _, jacobian = of(source).value_and_jacobian(x, values, np.array([5]))
    expected = complex_step(source, "ab", x[0], values[0])
    np.testing.assert_allclose(jacobian, expected, rtol=1e-11, atol=1e-11)


def at(source, x, *values):
    """The value and the derivatives at one point."""
    value, jacobian = of(source).value_and_jacobian(np.array([[x]]), np.array([values]), np.array([1]))
    return value[0], list(jacobian[:, 0])


BOUNDED = [0.0, 1e-20, 1e-9, -0.3, 0.7, 0.999, 1 - 2.0**-30, 2.0**-52 - 1, 1 - 2.0**-53]
POSITIVE = [1e-20, 1e-9, 0.5, 1.0, 3.0, 1e20, 1e200]
REAL = [0.0, 1e-20, -1e-9, 0.4, -1.5, 3.0, 20.0, -100.0]
DOMAINS = {
    **dict.fromkeys(["log", "log2", "log10", "sqrt"], POSITIVE),
    "log1p": [2.0**-52 - 1, 1e-9 - 1, -0.5, 0.0, *POSITIVE],
    "arcsin": BOUNDED,
    "arccos": BOUNDED,
}


@pytest.mark.parametrize("function", sorted({*FUNCTIONS.values()} - {"abs"}))
def test_the_derivative_of_a_function_has_all_digits(function):
    u = np.array([DOMAINS.get(function, REAL)])
    _, jacobian = of(f"{function}(a + x)").value_and_jacobian(u, np.zeros((1, 1)), np.array([u.size]))
    expected = complex_step(f"{function}(a + x)", "a", u[0], np.zeros(1))[0]
    np.testing.assert_allclose(jacobian[0], expected, rtol=2e-15)


@pytest.mark.parametrize(
    ("function", "u", "derivative"),
    [
        ("sqrt", 0.0, np.inf),
        ("log", 0.0, np.inf),
        ("log1p", -1.0, np.inf),
        ("arcsin", -1.0, np.inf),
        ("arccos", 1.0, -np.inf),
        ("arcsin", 1.1, np.nan),
        ("arctan", 1e300, 0.0),
        ("tanh", -1e3, 0.0),
        ("exp", -1e3, 0.0),
        ("exp", 1e3, np.inf),
        ("abs", -2.0, -1.0),
    ],
)
def test_the_derivative_of_a_function_at_its_ends(function, u, derivative):
    np.testing.assert_array_equal(at(f"{function}(a + x)", u, 0.0)[1], [derivative])
    if not np.isnan(derivative):  # a*x moves nothing at x = 0
        assert at(f"{function}(a*x + {u})", 0.0, 1.0)[1] == [0.0]


@pytest.mark.parametrize(
    ("source", "x", "values", "value", "derivatives"),
    [
        ("x**p", 0.0, [2.5], 0.0, [0.0]),
        ("top*x**n/(k**n + x**n)", 0.0, [2.0, 0.5, 3.0], 0.0, [0.0, 0.0, 0.0]),
        (
            "(x/c)**s",
            0.0,
            [2.0, 0.5],
            0.0,
            [0.0, 0.0],
        ),  # the slope in x is infinite, but c moves nothing here
        ("d + (a - d)/(1 + (x/c)**b)", 0.0, [1.0, 3.0, 2.0, 0.7], 3.0, [0.0, 1.0, 0.0, 0.0]),
        ("d + (a - d)/(1 + (x/c)**(-b))", 0.0, [1.0, 3.0, 2.0, 0.7], 1.0, [1.0, 0.0, 0.0, 0.0]),
        ("a/(1 + exp(s*(log(c) - log(x))))", 0.0, [1.0, 2.0, 3.0], 0.0, [0.0, 0.0, 0.0]),
        ("sqrt(a*x)", 0.0, [2.0], 0.0, [0.0]),
        ("top/(1 + 10**((ga - x)*p))", -400.0, [1.0, 0.0, 8.0], 0.0, [0.0, 0.0, 0.0]),  # 10**3200 is inf
        ("abs(x - a)", 1.0, [1.0], 0.0, [0.0]),
        ("0.1*(x - mu)**2", 1e9, [1e9 - 2.0**-10], 0.1 * 2.0**-20, [-0.2 * 2.0**-10]),  # no digit is lost
        ("a + log(x)", 0.0, [1.0], -np.inf, [1.0]),
    ],
)
def test_limits_where_the_chain_rule_says_nan(source, x, values, value, derivatives):
    names_in_order = of(source).parameters
    assert len(names_in_order) == len(values)
    got, jacobian = at(source, x, *values)
    assert got == pytest.approx(value, rel=1e-15)
    assert jacobian == pytest.approx(derivatives, rel=1e-15)


def test_what_is_undefined_stays_nan():
    value, derivatives = at("log(a*x)", -1.0, 2.0)
    assert np.isnan(value)
    assert derivatives == [0.5]
    assert np.isnan(at("x**p", -1.0, 2.0)[1][0])  # real at p = 2, at no p beside it
    assert np.isnan(at("sqrt(a)*x", 1.0, -1.0)[1][0])


@pytest.mark.parametrize("opening", ["a*(1+", "(", "exp(-", "-", "1/(1+", "a**"])
def test_the_deepest_formula_has_derivatives(opening):
    levels = MAX_DEPTH // 3 - 1
    source = opening * levels + "a" + ")" * (opening.count("(") * levels)
    (derivative,) = at(source, 1.0, 0.5)[1]
    assert derivative == pytest.approx(complex_step(source, "a", 1.0, np.array([0.5]))[0], rel=1e-9)


def test_the_longest_formula_has_derivatives():
    n = 1000
    source = "*".join(f"p{i}" for i in range(n)) + "*x"
    assert len(source) < MAX_LENGTH
    assert at(source, 2.0, *np.ones(n)) == (2.0, [2.0] * n)
