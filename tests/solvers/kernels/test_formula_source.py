"""Kernels of a formula with its gradient and Hessian, against the tape and against differences."""

import numpy as np
import pytest

from solvers.expressions import Expression, Formulas

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
    kernel = Formulas((text,), tuple(unknowns), tuple(data)).kernel(order)
    kernel(np.array(list(unknowns.values())), np.array(list(data.values())), out)
    return out


@pytest.mark.parametrize("name", FORMULAS)
def test_value_and_gradient_are_the_expressions(name):
    text, unknowns, data = FORMULAS[name]
    expression = Expression(text, tuple(unknowns), tuple(data))
    columns = np.array([[value] for value in data.values()]).reshape(len(data), 1)
    at = np.array([list(unknowns.values())])
    value, slopes = expression.value_and_jacobian(columns, at, np.array([1]))
    np.testing.assert_allclose(
        outputs(text, unknowns, data, 1), [value[0], *slopes[:, 0]], rtol=1e-14, atol=1e-14
    )


@pytest.mark.parametrize("name", FORMULAS)
def test_the_hessian_is_the_gradients_slope(name):
    """By fourth-order central differences."""
    text, unknowns, data = FORMULAS[name]
    n, step = len(unknowns), 1e-3
    rows = []
    for j, key in enumerate(unknowns):
        moved = (unknowns | {key: unknowns[key] + k * step} for k in (-2, -1, 1, 2))
        far, near, after, beyond = (outputs(text, at, data, 1)[1:] for at in moved)
        rows.append(((far - 8 * near + 8 * after - beyond) / (12 * step))[j:])
    hessian = outputs(text, unknowns, data, 2)[1 + n :]
    np.testing.assert_allclose(hessian, np.concatenate(rows), rtol=1e-8, atol=1e-8)


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
