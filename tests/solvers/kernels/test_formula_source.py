"""Kernels of a formula with its gradient and Hessian, against SymPy and against differences."""

import numpy as np
import pytest
import sympy

from solvers.expressions import Expression
from solvers.kernels import cache

#: A formula, its unknowns and data, and where to evaluate it.
FORMULAS = {
    "Rosenbrock": ("(a - x0)**2 + 100*(x1 - x0**2)**2", {"x0": 1.2, "x1": 2.0}, {"a": 1.0}),
    "Beale": (
        "(1.5 - x + x*y)**2 + (2.25 - x + x*y**2)**2 + (2.625 - x + x*y**3)**2",
        {"x": 2.7, "y": 0.4},
        {},
    ),
    "functions": (
        "exp(-u)*sin(v) + log1p(u*v)/cosh(w) + arctan(v/w) + sqrt(u**2 + w) + tanh(u - v)",
        {"u": 0.7, "v": 1.3, "w": 2.1},
        {},
    ),
    "powers": ("u**v + b*v**1.5 + (u + v)**-2 + abs(u - v)**3", {"u": 1.7, "v": 0.6}, {"b": -2.0}),
    "linear": ("3*u + v", {"u": 1.0, "v": 2.0}, {}),
    "one unknown": ("x**3 + x - a", {"x": 2.0}, {"a": 4.0}),
}


def outputs(text, unknowns, data, order):
    n = len(unknowns)
    count = (1, 1 + n, 1 + n + n * (n + 1) // 2)[order]
    out = np.empty(count)
    expression = Expression(text, tuple(unknowns), tuple(data))
    kernel = cache.build(expression.formula_source(order)).formula
    kernel(np.array(list(unknowns.values())), np.array(list(data.values())), out)
    return out


@pytest.mark.parametrize("name", FORMULAS)
def test_value_gradient_and_hessian(name):
    text, unknowns, data = FORMULAS[name]
    symbols = {key: sympy.Symbol(key, real=True) for key in unknowns | data}
    names = {"arctan": sympy.atan, "log1p": lambda u: sympy.log(1 + u), "abs": sympy.Abs}
    formula = sympy.sympify(text, locals=symbols | names)
    at = {symbols[key]: sympy.Float(value, 40) for key, value in (unknowns | data).items()}
    x = [symbols[key] for key in unknowns]
    wanted = [formula, *(formula.diff(u) for u in x)]
    wanted += [formula.diff(u).diff(v) for i, u in enumerate(x) for v in x[i:]]
    exact = [float(one.subs(at).evalf(30)) for one in wanted]
    np.testing.assert_allclose(outputs(text, unknowns, data, 2), exact, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("name", FORMULAS)
def test_lower_orders_are_the_same_numbers(name):
    text, unknowns, data = FORMULAS[name]
    full = outputs(text, unknowns, data, 2)
    for order in (0, 1):
        part = outputs(text, unknowns, data, order)
        assert part.tobytes() == full[: len(part)].tobytes()


def test_zero_wins_over_infinity_in_second_derivatives_too():
    """x**p at x = 0: the slope by p is 0, and so is its slope."""
    x, p = 0.0, 3.0
    out = outputs("x**p", {"x": x, "p": p}, {}, 2)
    np.testing.assert_array_equal(out, [0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
