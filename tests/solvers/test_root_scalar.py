"""`root_scalar` against SciPy's, and `root_scalar_batch` against `root_scalar`."""

import math
import warnings

import numpy as np
import pytest
import scipy.optimize
from hypothesis import given
from hypothesis import strategies as st

from solvers import root_scalar, root_scalar_batch
from solvers.api.root_scalar import BRACKETING, RULES
from solvers.status import Status

#: name: function, its derivatives, a bracket, starts
FUNCTIONS = {
    "exponential": (
        lambda x: math.exp(x) - 2 - x * x / 7,
        lambda x: math.exp(x) - 2 * x / 7,
        lambda x: math.exp(x) - 2 / 7,
        (-1, 3),
        (0.5, 3),
    ),
    "Wallis 1685": (lambda x: x**3 - 2 * x - 5, lambda x: 3 * x * x - 2, lambda x: 6 * x, (2, 3), (2, 3, -4)),
    "Dottie": (
        lambda x: math.cos(x) - x,
        lambda x: -math.sin(x) - 1,
        lambda x: -math.cos(x),
        (0, 1),
        (0, 1, 5),
    ),
    "Lambert": (
        lambda x: x * math.exp(x) - 1,
        lambda x: (x + 1) * math.exp(x),
        lambda x: (x + 2) * math.exp(x),
        (-1, 3),
        (0, 1.5),
    ),
    "flat": (lambda x: x**9, lambda x: 9 * x**8, lambda x: 72 * x**7, (-1, 4), (1, -3)),
    "steep": (lambda x: x**20 - 1, lambda x: 20 * x**19, lambda x: 380 * x**18, (0, 5), (1.5,)),
    "arctangent": (
        math.atan,
        lambda x: 1 / (1 + x * x),
        lambda x: -2 * x / (1 + x * x) ** 2,
        (-50, 100),
        (1,),
    ),
    "small root": (lambda x: math.expm1(x) - 1e-5, math.exp, math.exp, (-1, 10), (1, -2)),
    "square": (lambda x: x * x - 1, lambda x: 2 * x, lambda x: 2.0, (0.1, 7), (0, -1, 7)),
    "constant": (lambda x: 1.0, lambda x: 0.0, lambda x: 0.0, None, (1,)),
    "far": (lambda x: x - 1e6, lambda x: 1.0, lambda x: 0.0, (-1e9, 1e9), (0,)),
    "tangent": (
        lambda x: math.tan(x) - 2 * x,
        lambda x: math.tan(x) ** 2 - 1,
        lambda x: 2 * math.tan(x) * (1 + math.tan(x) ** 2),
        (0.5, 1.5),
        (1.2,),
    ),
    "three roots": (
        lambda x: (x + 1) * (x - 2) * (x - 40),
        lambda x: 3 * x * x - 82 * x + 38,
        lambda x: 6 * x - 82,
        (-30, 1),
        (-3, 50),
    ),
    "sine and line": (
        lambda x: math.sin(x) - 0.5 * x,
        lambda x: math.cos(x) - 0.5,
        lambda x: -math.sin(x),
        (0.1, 3),
        (2, 2.5),
    ),
    "bump": (
        lambda x: x * math.exp(-x * x) - 0.1,
        lambda x: (1 - 2 * x * x) * math.exp(-x * x),
        lambda x: (4 * x**3 - 6 * x) * math.exp(-x * x),
        (0, 0.7),
        (0.2,),
    ),
    "zero at an end": (lambda x: x * (x - 3), lambda x: 2 * x - 3, lambda x: 2.0, (-1, 0), (1,)),
}
#: SciPy's counts follow from the published algorithms; these leave something open.
LOOSE = ("ridder", "toms748")


def searches():
    """Every method with every function that it suits."""
    for method in RULES:
        for name, (_, fprime, fprime2, bracket, starts) in FUNCTIONS.items():
            if method in BRACKETING:
                if bracket is not None:
                    yield pytest.param(method, name, {"bracket": bracket}, id=f"{method}-{name}")
                continue
            slopes = {"fprime": fprime} if method in ("newton", "halley") else {}
            slopes |= {"fprime2": fprime2} if method == "halley" else {}
            for x0 in starts:
                yield pytest.param(method, name, {"x0": x0} | slopes, id=f"{method}-{name}-{x0}")


@pytest.mark.parametrize(("method", "name", "given"), list(searches()))
def test_the_answer_and_the_counts_are_scipys(method, name, given):
    f = FUNCTIONS[name][0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        theirs = scipy.optimize.root_scalar(f, method=method, **given)
        ours = root_scalar(f, method=method, **given)
    assert set(ours) == set(theirs)
    assert ours.converged == theirs.converged
    assert ours.flag == theirs.flag
    if name == "flat":  # which has its root where nothing is left of the values
        return
    np.testing.assert_allclose(ours.root, theirs.root, rtol=1e-9, atol=1e-9)
    if method in LOOSE:
        assert ours.function_calls <= 1.5 * theirs.function_calls
    else:
        undefined = method == "halley" and not theirs.converged  # SciPy saves the second derivative
        assert ours.function_calls == theirs.function_calls + undefined
        if name != "zero at an end":  # where SciPy's is whatever was in memory before
            assert ours.iterations == theirs.iterations


@pytest.mark.parametrize(
    "given",
    [
        {"bracket": (0, 2)},
        {"x0": 1.0},
        {"x0": 1.0, "x1": 2.0},
        {"x0": 1.0, "fprime": lambda x: 2 * x},
        {"x0": 1.0, "fprime": lambda x: 2 * x, "fprime2": lambda x: 2.0},
        {"bracket": (0, 2), "xtol": 1.0},
        {"bracket": (0, 2), "maxiter": 2},
        {"bracket": (0, 2), "method": "BISECT", "options": {"maxiter": 3, "disp": True}},
        {"x0": 1.0, "method": "secant", "options": {"tol": 0.1}},
        {"bracket": (0, 2), "method": "toms748", "options": {"k": 2}},
    ],
)
def test_the_method_follows_from_what_is_given(given):
    def f(x):
        return x * x - 2

    theirs = scipy.optimize.root_scalar(f, **given)
    ours = root_scalar(f, **given)
    for field in ("method", "converged", "flag"):
        assert ours[field] == theirs[field]
    if ours.method in LOOSE:
        assert ours.iterations <= theirs.iterations
    else:
        assert ours.iterations == theirs.iterations
    np.testing.assert_allclose(ours.root, theirs.root, rtol=1e-12)


@pytest.mark.parametrize(
    "given", [{"x0": 1.0}, {"x0": 1.0, "fprime2": True}, {"method": "bisect", "bracket": (0, 2)}]
)
def test_a_function_may_return_its_derivatives_too(given):
    calls = []

    def f(x, a):
        calls.append(x)
        return x * x - a, 2 * x, 2.0

    theirs = scipy.optimize.root_scalar(f, args=(2.0,), fprime=True, **given)
    calls.clear()
    ours = root_scalar(f, args=2.0, fprime=True, **given)
    assert ours.function_calls == theirs.function_calls == len(calls)
    np.testing.assert_allclose(ours.root, theirs.root, rtol=1e-12)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"method": "regula falsi", "bracket": (0, 2)},
        {"bracket": (2, 3)},
        {"bracket": (0,)},
        {"method": "newton", "bracket": (0, 2)},
        {"method": "ridder", "x0": 1.0},
        {"method": "halley", "x0": 1.0},
        {"method": "halley", "x0": 1.0, "fprime": lambda x: 2 * x},
        {"method": "secant", "x1": 1.0},
        {"method": "secant", "x0": 1.0, "x1": 1.0},
        {"bracket": (0, 2), "xtol": -1.0},
        {"bracket": (0, 2), "rtol": 1e-20},
        {"bracket": (0, 2), "maxiter": -1},
        {"x0": 1.0, "xtol": -1.0, "method": "secant"},
        {"x0": 1.0, "maxiter": 0, "method": "secant"},
        {"bracket": (0, 2), "options": {"damping": 1}},
        {"x0": [1.0, 2.0], "method": "newton", "fprime": lambda x: 2 * x},
        {"bracket": (0, 2), "method": "toms748", "options": {"k": 0}},
    ],
)
def test_misuse_is_refused_as_scipy_does(given):
    def f(x):
        return x * x - 2

    with pytest.raises((ValueError, TypeError)) as theirs:
        scipy.optimize.root_scalar(f, **given)
    with pytest.raises(theirs.type):
        root_scalar(f, **given)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"x0": 0.0, "fprime": lambda x: 2 * x}, "Derivative was zero"),
        ({"x0": -1.0, "x1": 1.0, "method": "secant"}, "Tolerance of 2.0 reached"),
    ],
)
def test_undefined_steps_are_warned_of(given, said):
    with pytest.warns(RuntimeWarning, match=said):
        assert not root_scalar(lambda x: x * x - 4, **given).converged


def test_complex_starts_are_refused():
    with pytest.raises(ValueError, match="complex"):
        root_scalar(lambda x: x * x + 1, x0=1j, fprime=lambda x: 2 * x)


def test_nan_ends_a_search():
    assert root_scalar(lambda x: math.nan, bracket=(0, 1)).flag.startswith(
        "The function value at x=0.0 is NaN"
    )
    result = root_scalar(lambda x: math.nan if x > 0 else x - 1.0, bracket=(-1, 2))
    assert not result.converged
    assert "NaN" in result.flag


def test_open_methods_step_back_from_where_there_is_nothing():
    """Newton's first step from 3 leads to log of a negative number."""
    with np.errstate(invalid="ignore"):
        result = root_scalar(np.log, x0=3.0, fprime=lambda x: 1 / x)
    assert result.converged
    np.testing.assert_allclose(result.root, 1.0)


def test_what_a_function_raises_is_the_callers_to_see():
    def f(x):
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        root_scalar(f, bracket=(0, 1))


# Batches

SHIFTS = np.random.default_rng(7).uniform(0.5, 20.0, 60)


def cubic(x, a):
    return x * x * x + x - a  # not x**3, which NumPy computes otherwise for numbers than for arrays


def slope(x, a):
    return 3 * x * x + 1


def curvature(x, a):
    return 6 * x


def options(method):
    if method in BRACKETING:
        return {"bracket": (-1.0, 4.0)}
    return {"x0": 2.0} | {"newton": {"fprime": slope}, "halley": {"fprime": slope, "fprime2": curvature}}.get(
        method, {}
    )


FIELDS = ("x", "fun", "status", "nit", "nfev", "njev", "nhev")


def same(one, other):
    for field in FIELDS:
        assert getattr(one, field).tobytes() == getattr(other, field).tobytes(), field


@pytest.mark.parametrize("method", RULES)
def test_a_batch_is_what_its_problems_are_alone(method):
    batch = root_scalar_batch(cubic, (SHIFTS,), method=method, **options(method))
    assert batch.success.all()
    np.testing.assert_allclose(batch.fun, 0.0, atol=1e-7)
    for i, shift in enumerate(SHIFTS):
        alone = root_scalar(cubic, args=(shift,), method=method, **options(method))
        assert alone.root == batch.x[i]
        assert alone.iterations == batch.nit[i]
        # The last point of an open method is evaluated by batches only.
        last = method not in BRACKETING and batch.status[i] == Status.STEP
        assert alone.function_calls == (batch.nfev + batch.njev + batch.nhev)[i] - last
    some = np.random.default_rng(1).permutation(60)[:23]
    part = root_scalar_batch(cubic, (SHIFTS[some],), method=method, **options(method))
    for field in FIELDS:
        assert getattr(part, field).tobytes() == getattr(batch, field)[some].tobytes()
    same(batch, root_scalar_batch(cubic, (SHIFTS,), method=method, vectorized=False, **options(method)))


@pytest.mark.parametrize("method", RULES)
def test_counters_are_real_calls(method):
    calls = {"f": np.zeros(60), "fprime": np.zeros(60), "fprime2": np.zeros(60)}
    rows = np.arange(60.0)

    def counted(name, function):
        def call(x, a, row):
            np.add.at(calls[name], row.astype(int), 1)
            return function(x, a)

        return call

    given = options(method)
    given |= {key: counted(key, given[key]) for key in ("fprime", "fprime2") if key in given}
    result = root_scalar_batch(counted("f", cubic), (SHIFTS, rows), method=method, **given)
    derivatives = result.njev if method == "newton" and "fprime" not in given else 0
    np.testing.assert_array_equal(calls["f"], result.nfev + derivatives)
    np.testing.assert_array_equal(calls["fprime"], result.njev)
    np.testing.assert_array_equal(calls["fprime2"], result.nhev)


def test_newton_takes_differences_where_there_is_no_derivative():
    result = root_scalar_batch(cubic, (SHIFTS,), x0=2.0)
    exact = root_scalar_batch(cubic, (SHIFTS,), x0=2.0, fprime=slope)
    assert result.success.all()
    np.testing.assert_allclose(result.x, exact.x, rtol=1e-9)


@pytest.mark.parametrize("method", RULES)
def test_expressions_are_searched_as_functions_are(method):
    """The same steps from start to end in compiled code, with derivatives of its own."""
    given = {key: value for key, value in options(method).items() if not callable(value)}
    formula = root_scalar_batch("x*x*x + x - a", {"a": SHIFTS}, method=method, **given)
    function = root_scalar_batch(cubic, (SHIFTS,), method=method, **options(method))
    for field in FIELDS:
        np.testing.assert_allclose(getattr(formula, field), getattr(function, field), rtol=1e-12, atol=1e-13)
    some = np.random.default_rng(1).permutation(60)[:23]
    part = root_scalar_batch("x*x*x + x - a", {"a": SHIFTS[some]}, method=method, **given)
    for field in FIELDS:
        assert getattr(part, field).tobytes() == getattr(formula, field)[some].tobytes()


def test_rows_of_an_expression_end_in_many_ways():
    shifts = np.array([0.5, 3.0, np.nan, 2.0])
    result = root_scalar_batch("log(x) - a", {"a": shifts}, bracket=[[1, 2], [1, 2], [1, 2], [-1, 9]])
    ended = [Status(status) for status in result.status]
    assert ended == [Status.STEP, Status.NO_BRACKET, Status.BAD_INPUT, Status.NON_FINITE]
    assert result.message[2] == "a: got nan; give finite numbers"
    open_ended = root_scalar_batch("x*x + a", {"a": [1.0, -1.0]}, x0=0.0, method="newton")
    assert open_ended.status.tolist() == [Status.SINGULAR, Status.SINGULAR]


@pytest.mark.parametrize(
    ("formula", "method"), [("sqrt(x) - a", "newton"), ("x**1.5 + x - a", "halley"), ("log(x) - a", "secant")]
)
def test_where_derivatives_are_infinite_there_is_no_step(formula, method):
    """The value is finite there, and value / slope is zero: that is no reason to stop."""
    result = root_scalar_batch(formula, {"a": [1.0]}, x0=0.0, method=method)
    assert Status(result.status[0]) == Status.NON_FINITE


def test_an_expression_without_columns_is_one_problem():
    np.testing.assert_allclose(root_scalar_batch("x**2 - 2", bracket=(0, 2)).x, [math.sqrt(2)], rtol=1e-12)


def test_an_expression_calls_its_numbers_by_name():
    with pytest.raises(ValueError, match="by name"):
        root_scalar_batch("x - a", (SHIFTS,), bracket=(0, 1))
    with pytest.raises(ValueError, match="'b'"):
        root_scalar_batch("x - b", {"a": SHIFTS}, bracket=(0, 1))


def mixed(x, kind):
    if (kind == 2).any() and (x == 0.5).any():
        raise ArithmeticError("half")
    return np.select(
        [kind == 0, kind == 1, kind == 2, kind == 3, kind == 4],
        [x - 0.3, np.full_like(x, 1.0), x - 0.4, np.where(x > 0.7, np.nan, x - 0.8), (x - 0.6) ** 3],
    )


@pytest.mark.parametrize("method", ["bisect", "ridder"])
def test_one_batch_ends_in_many_ways(method):
    kinds = np.array([0.0, 1, 2, 3, 4, 0])
    brackets = np.array([[0.0, 1], [0, 1], [0, 1], [0, 1], [0, 1], [0, np.nan]])
    result = root_scalar_batch(mixed, (kinds,), bracket=brackets, method=method, maxiter=12)
    ended = [Status(status) for status in result.status]
    assert ended[1:4] == [Status.NO_BRACKET, Status.EXCEPTION, Status.NON_FINITE]
    assert ended[5] == Status.BAD_INPUT
    assert result.message[2] == "ArithmeticError: half"
    assert result.message[5] == "bracket: got [0.0, nan]; give finite numbers"
    assert np.isfinite(result.x[:5]).all()
    for i in range(5):
        same_row = root_scalar_batch(
            mixed, (kinds[i : i + 1],), bracket=brackets[i], method=method, maxiter=12
        )
        assert same_row.x[0] == result.x[i]
        assert same_row.status[0] == result.status[i]


def test_no_problems_and_unequal_sizes():
    assert len(root_scalar_batch(cubic, (np.empty(0),), bracket=(0, 1)).x) == 0
    with pytest.raises(ValueError, match="leading axes disagree"):
        root_scalar_batch(cubic, (SHIFTS,), bracket=np.zeros((3, 2)))
    with pytest.raises(ValueError, match=r"args\[0\]"):
        root_scalar_batch(cubic, (2.0,), bracket=(0, 1))
    with pytest.raises(ValueError, match="bracket: got shape"):
        root_scalar_batch(cubic, (SHIFTS,), bracket=(0, 1, 2))


def test_inputs_are_left_as_they_are():
    shifts, brackets = SHIFTS.copy(), np.tile([-1.0, 4.0], (60, 1))
    root_scalar_batch(cubic, (shifts,), bracket=brackets)
    np.testing.assert_array_equal(shifts, SHIFTS)
    np.testing.assert_array_equal(brackets, np.tile([-1.0, 4.0], (60, 1)))


@given(
    roots=st.lists(st.floats(-10, 10), min_size=1, max_size=5),
    ends=st.tuples(st.floats(-30, -11), st.floats(11, 30)),
    method=st.sampled_from(BRACKETING),
)
def test_the_sign_changes_at_the_answer(roots, ends, method):
    def polynomial(x):
        return math.prod(x - root for root in roots)

    if len(roots) % 2 == 0:
        return
    result = root_scalar(polynomial, bracket=ends, method=method, maxiter=10000)
    assert result.converged
    near = 1e-11 + 1e-14 * abs(result.root)
    assert polynomial(result.root - near) * polynomial(result.root + near) <= 0.0
