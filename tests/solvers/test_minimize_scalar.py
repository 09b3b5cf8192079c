"""`minimize_scalar` against SciPy's, and `minimize_scalar_batch` against `minimize_scalar`."""

import math
import warnings

import numpy as np
import pytest
import scipy.optimize
from hypothesis import given
from hypothesis import strategies as st

from solvers import OptimizeWarning, minimize_scalar, minimize_scalar_batch
from solvers.api.minimize_scalar import RULES
from solvers.status import Status

#: name: function, a bracket for brent and golden, bounds for bounded
FUNCTIONS = {
    "cubic": (lambda x: (x - 2) ** 2 * (x + 1) + 3, None, (0, 5)),
    "square": (lambda x: (x - 1) ** 2, None, (-3, 4)),
    "cosine": (math.cos, None, (0, 6)),
    "quartic": (lambda x: x**4 - 3 * x**3 + 2, None, (0, 3)),
    "exponential": (lambda x: math.exp(x) - 5 * x, None, (-1, 4)),
    "kink": (lambda x: abs(x - 0.3), None, (-1, 1)),
    "far peak": (lambda x: -1 / (1 + (x - 40) ** 2), None, (0, 100)),
    "from the left": (lambda x: x * x, (-3, -2), (-1, 2)),
    "waves": (lambda x: (x + 5) ** 2 + math.sin(5 * x), None, (-10, 0)),
    "logarithm": (lambda x: math.log(1 + x * x), (10, 11), (-1, 9)),
    "constant": (lambda x: 1.0, None, (0, 1)),
    "downhill": (lambda x: -x, None, (0, 1)),
    "three points": (lambda x: x * x, (-3, -1, 2), (0, 1)),
    "three points, falling": (lambda x: x * x + x, (2, -1, -3), (0, 1)),
    "wide": (lambda x: (x - 1e3) ** 2, None, (0, 1e6)),
    "bell": (lambda x: -math.exp(-((x - 3) ** 2)), None, (0, 9)),
    "flat": (lambda x: x**6, None, (-1, 2)),
    "many minima": (lambda x: (x - 0.1) ** 2 - 1e-3 * math.cos(90 * x), None, (-1, 1)),
    "empty interval": (lambda x: x * x, (-1, 2), (2, 2)),
}


def ways(method, name):
    _, bracket, bounds = FUNCTIONS[name]
    return {"method": method} | ({"bounds": bounds} if method == "bounded" else {"bracket": bracket})


@pytest.mark.parametrize("method", RULES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_answer_and_the_counts_are_scipys(method, name):
    f = FUNCTIONS[name][0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        theirs = scipy.optimize.minimize_scalar(f, **ways(method, name))
    ours = minimize_scalar(f, **ways(method, name))
    assert set(ours) == set(theirs)
    assert ours.success == theirs.success
    assert ours.message == theirs.message
    assert ours.nit == theirs.nit
    # SciPy's golden section evaluates a point of the bracket once more; ours stops where there is no end.
    saved = 1 if method == "golden" and ours.success else 0 if ours.success else theirs.nfev - ours.nfev
    assert ours.nfev == theirs.nfev - saved
    if ours.success:
        np.testing.assert_allclose(ours.x, theirs.x, rtol=1e-7, atol=1e-7)
        np.testing.assert_allclose(ours.fun, theirs.fun, rtol=1e-12, atol=1e-9)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"bounds": (0, 5)},
        {"method": "Golden"},
        {"tol": 1e-3},
        {"options": {"xtol": 1e-2}},
        {"tol": 1e-3, "options": {"xtol": 1e-2}},
        {"bounds": (0, 5), "options": {"xatol": 1e-2}},
        {"options": {"maxiter": 3}},
        {"bounds": (0, 5), "options": {"maxiter": 3}},
        {"method": "golden", "options": {"maxiter": 3}},
    ],
)
def test_options_are_scipys(given):
    f = FUNCTIONS["cubic"][0]
    theirs, ours = scipy.optimize.minimize_scalar(f, **given), minimize_scalar(f, **given)
    for field in ("nit", "success", "message"):
        assert ours[field] == theirs[field]
    np.testing.assert_allclose(ours.x, theirs.x, rtol=1e-9)


@pytest.mark.parametrize(
    "given",
    [
        {"method": "ternary"},
        {"method": "bounded"},
        {"bounds": (0, 5), "method": "brent"},
        {"bounds": (5, 0)},
        {"bounds": (0,)},
        {"bounds": (0, math.nan)},
        {"bracket": (1,)},
        {"bracket": (1, 2.2, 2.1)},
        {"bracket": (3, 4, 5)},
        {"bracket": (0, 3, 3)},
        {"options": {"xtol": -1}},
    ],
)
def test_misuse_is_refused_as_scipy_does(given):
    f = FUNCTIONS["cubic"][0]
    with pytest.raises(ValueError) as theirs:
        scipy.optimize.minimize_scalar(f, **given)
    with pytest.raises(ValueError) as ours:
        minimize_scalar(f, **given)
    assert str(ours.value).startswith(str(theirs.value))


def test_options_that_there_are_not():
    with pytest.warns(OptimizeWarning, match="Unknown solver options: damping"):
        minimize_scalar(lambda x: x * x, options={"damping": 1})
    with pytest.warns(RuntimeWarning, match="absolute"):
        minimize_scalar(lambda x: x * x, bounds=(-1, 2), tol=1e-3)


def test_disp_says_how_it_ended(capsys):
    minimize_scalar(lambda x: x * x, options={"disp": 1})
    assert "terminated successfully" in capsys.readouterr().out
    minimize_scalar(lambda x: x * x, bounds=(-1, 2), options={"disp": 3})
    assert "Func-count" in capsys.readouterr().out


def test_further_arguments_and_methods_of_ones_own():
    assert abs(minimize_scalar(lambda x, a: (x - a) ** 2, args=3.0).x - 3.0) < 1e-8

    def mine(fun, args, bracket, bounds, **options):
        return fun(2.0, *args), bracket, bounds, options

    found = minimize_scalar(lambda x, a: x + a, (0, 1), args=(1.0,), method=mine, options={"speed": 9})
    assert found == (3.0, (0, 1), None, {"speed": 9})


@pytest.mark.parametrize("given", [{}, {"tol": 0.1}, {"tol": 0.1, "options": {"speed": 9}, "args": 2.0}])
def test_methods_of_ones_own_get_what_scipy_hands_them(given):
    def mine(fun, args=(), **options):
        return scipy.optimize.OptimizeResult(x=1.0, fun=2.0, args=args, options=options)

    theirs = scipy.optimize.minimize_scalar(abs, method=mine, **given)
    assert minimize_scalar(abs, method=mine, **given) == theirs


def test_a_triple_must_be_strictly_lowest_in_the_middle():
    def f(x):
        return max(abs(x) - 1.0, 0.0)

    for bracket in ((-0.3, 0.5, 3.0), (-3.0, 0.5, 0.7)):  # equal at one end
        for method in ("brent", "golden"):
            for minimize in (scipy.optimize.minimize_scalar, minimize_scalar):
                with pytest.raises(ValueError, match=r"f\(xb\) < f\(xa\)"):
                    minimize(f, bracket, method=method)
            batch = minimize_scalar_batch("abs(abs(x) - 1) + (abs(x) - 1)", [bracket], method=method)
            assert batch.status.tolist() == [Status.NO_BRACKET]


@pytest.mark.parametrize("method", RULES)
def test_numbers_are_numpys_and_functions_may_return_arrays_of_one(method):
    way = {"method": method} | ({"bounds": (0, 5)} if method == "bounded" else {})
    plain = minimize_scalar(lambda x: (x - 2) ** 2, **way)
    theirs = scipy.optimize.minimize_scalar(lambda x: (x - 2) ** 2, **way)
    assert {key: type(value) for key, value in plain.items()} == {k: type(v) for k, v in theirs.items()}
    array = minimize_scalar(lambda x: np.array([(x - 2) ** 2]), **way)
    assert (array.x.item(), array.nfev) == (plain.x, plain.nfev)


def test_a_bracket_is_looked_for_as_scipy_does_where_values_hardly_differ():
    """The parabola's denominator is below its least."""

    def bell(x):
        return -math.exp(-(((x - 4.526373018209078) / 0.265058909706163) ** 2))

    assert minimize_scalar(bell).nfev == scipy.optimize.minimize_scalar(bell).nfev


@pytest.mark.parametrize("disp", [1, 2, True])
@pytest.mark.parametrize(
    "given", [{}, {"bounds": (0, 5)}, {"method": "golden"}, {"maxiter": 2}, {"bounds": (0, 5), "maxiter": 2}]
)
def test_disp_speaks_and_warns_where_scipy_does(capsys, given, disp):
    heard = []
    options = {"disp": disp} | ({"maxiter": given["maxiter"]} if "maxiter" in given else {})
    rest = {key: value for key, value in given.items() if key != "maxiter"}
    for minimize in (scipy.optimize.minimize_scalar, minimize_scalar):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            minimize(FUNCTIONS["cubic"][0], options=dict(options), **rest)  # SciPy writes into them
        names = [warning.category.__name__ for warning in caught]
        heard.append((bool(capsys.readouterr().out), names))
    assert heard[0] == heard[1]
    assert caught == [] or caught[0].filename == __file__


def test_nan_ends_a_search():
    assert "NaN" in minimize_scalar(lambda x: math.nan, bounds=(0, 1)).message
    assert not minimize_scalar(lambda x: math.nan).success


@pytest.mark.parametrize("method", RULES)
@pytest.mark.parametrize("value", [math.nan, -math.inf])
def test_at_a_first_value_that_is_none_it_is_told(method, value):
    way = {"bounds": (3, 4)} if method == "bounded" else {"bracket": (3, 4)}
    result = minimize_scalar(lambda x: value, method=method, **way)
    assert not result.success
    assert 3 <= result.x <= 4
    np.testing.assert_equal(result.fun, value)
    assert result.nfev <= 2


# Batches

CENTRES = np.random.default_rng(3).uniform(-5.0, 20.0, 60)
FIELDS = ("x", "fun", "status", "nit", "nfev", "njev", "nhev")


def bowl(x, a):
    shifted = x - a
    return shifted * shifted * shifted * shifted + shifted * shifted - x


def start(method):
    return {"bounds": (-9.0, 30.0)} if method == "bounded" else {"bracket": (-1.0, 4.0)}


@pytest.mark.parametrize("method", RULES)
def test_a_batch_is_what_its_problems_are_alone(method):
    batch = minimize_scalar_batch(bowl, args=(CENTRES,), method=method, **start(method))
    assert batch.success.all()
    for i, centre in enumerate(CENTRES):
        alone = minimize_scalar(bowl, args=(centre,), method=method, **start(method))
        assert (alone.x, alone.fun, alone.nit, alone.nfev) == (
            batch.x[i],
            batch.fun[i],
            batch.nit[i],
            batch.nfev[i],
        )
    some = np.random.default_rng(1).permutation(60)[:23]
    part = minimize_scalar_batch(bowl, args=(CENTRES[some],), method=method, **start(method))
    each = minimize_scalar_batch(bowl, args=(CENTRES,), method=method, vectorized=False, **start(method))
    formula = minimize_scalar_batch(
        "(x-a)**4 + (x-a)**2 - x", args={"a": CENTRES}, method=method, **start(method)
    )
    np.testing.assert_allclose(formula.x, batch.x, atol=1e-5)
    for field in FIELDS:
        assert getattr(part, field).tobytes() == getattr(batch, field)[some].tobytes()
        assert getattr(each, field).tobytes() == getattr(batch, field).tobytes()


@pytest.mark.parametrize("method", RULES)
def test_counters_are_real_calls(method):
    calls, rows = np.zeros(60), np.arange(60.0)

    def counted(x, a, row):
        np.add.at(calls, row.astype(int), 1)
        return bowl(x, a)

    result = minimize_scalar_batch(counted, args=(CENTRES, rows), method=method, **start(method))
    np.testing.assert_array_equal(calls, result.nfev)


@pytest.mark.parametrize("method", RULES)
def test_neither_order_nor_a_full_window_changes_a_bit(method):
    """There are more problems than go through the loop at once."""
    rng = np.random.default_rng(5)
    centres, order = rng.uniform(-5.0, 20.0, 9000), rng.permutation(9000)
    batch = minimize_scalar_batch(bowl, args=(centres,), method=method, **start(method))
    again = minimize_scalar_batch(bowl, args=(centres[order],), method=method, **start(method))
    assert batch.success.all()
    for field in FIELDS:
        assert getattr(again, field).tobytes() == getattr(batch, field)[order].tobytes()


@pytest.mark.parametrize("vectorized", [True, False])
@pytest.mark.parametrize("method", RULES)
def test_inputs_are_left_as_they_are_and_points_may_be_written_over(method, vectorized):
    def careless(x, a):
        x -= a
        return x * x

    centres, ends = CENTRES.copy(), np.tile([-9.0, 30.0], (60, 1))
    given = {"method": method, "vectorized": vectorized}
    given["bounds" if method == "bounded" else "bracket"] = ends
    result = minimize_scalar_batch(careless, args=(centres,), **given)
    clean = minimize_scalar_batch(lambda x, a: (x - a) * (x - a), args=(centres,), **given)
    assert result.x.tobytes() == clean.x.tobytes()
    np.testing.assert_array_equal(centres, CENTRES)
    np.testing.assert_array_equal(ends, np.tile([-9.0, 30.0], (60, 1)))


@pytest.mark.parametrize("method", RULES)
def test_one_row_raises_at_once_another_is_nan_a_third_runs_out(method):
    def f(x, kind):
        if (kind == 1).any():
            raise ArithmeticError("one")
        return np.where(kind == 2, np.nan, np.where(kind == 3, np.abs(x - 0.3) ** 1.5, (x - 0.3) ** 2))

    kinds = np.array([0.0, 1, 2, 3])
    ends = {"bounds": (-1, 2)} if method == "bounded" else {"bracket": (-1, 0.25, 2)}
    maxiter = minimize_scalar(lambda x: (x - 0.3) ** 2, method=method, **ends).nit
    maxiter -= method == "golden"  # whose steps do not depend on the function
    result = minimize_scalar_batch(f, args=(kinds,), method=method, maxiter=maxiter, **ends)
    ended = [Status(status) for status in result.status]
    assert ended[0] == (Status.ITERATION_LIMIT if method == "golden" else Status.STEP)
    assert ended[1:] == [Status.EXCEPTION, Status.NON_FINITE, Status.ITERATION_LIMIT]
    assert result.nfev.tolist()[1:3] == [1, 1]
    assert np.isnan(result.fun[1:3]).all()  # not a number that the function never gave
    assert result.nit[3] == maxiter
    for i in range(4):
        row = minimize_scalar_batch(f, args=(kinds[i : i + 1],), method=method, maxiter=maxiter, **ends)
        for field in FIELDS:
            assert getattr(row, field).tobytes() == getattr(result, field)[i : i + 1].tobytes()


def mixed(x, kind):
    if (kind == 2).any() and (x[kind == 2] > 0.5).any():
        raise ArithmeticError("half")
    return np.select(
        [kind == 0, kind == 1, kind == 2, kind == 3, kind == 4],
        [(x - 0.3) ** 2, np.full_like(x, 1.0), (x - 0.4) ** 2, np.full_like(x, np.nan), -x],
    )


@pytest.mark.parametrize("method", ["brent", "golden"])
def test_one_batch_ends_in_many_ways(method):
    kinds = np.array([0.0, 1, 2, 3, 4, 0, 0])
    brackets = np.array([[0.0, 0.3, 1]] * 5 + [[0, np.nan, 1], [0, 0.9, 1]])
    brackets[4] = 0, 0.5, 0.2
    result = minimize_scalar_batch(mixed, brackets, args=(kinds,), method=method)
    ended = [Status(status) for status in result.status]
    assert ended[0] == Status.STEP
    assert ended[1:4] == [Status.NO_BRACKET, Status.EXCEPTION, Status.NON_FINITE]
    assert ended[4:] == [Status.NO_BRACKET, Status.BAD_INPUT, Status.NO_BRACKET]
    assert result.message[2] == "ArithmeticError: half"
    assert result.message[5] == "bracket: got [0.0, nan, 1.0]; give finite numbers"
    for i in range(7):
        row = minimize_scalar_batch(mixed, brackets[i], args=(kinds[i : i + 1],), method=method)
        for field in FIELDS:
            assert getattr(row, field).tobytes() == getattr(result, field)[i : i + 1].tobytes()


def test_what_has_no_end_is_unbounded():
    result = minimize_scalar_batch(lambda x, a: -a * x, args=(np.array([1.0, 2.0]),))
    assert [Status(status) for status in result.status] == [Status.UNBOUNDED] * 2
    assert np.isfinite(result.x).all()


def test_bounds_that_are_none_and_sizes_that_disagree():
    bounds = [[0.0, 1.0], [1.0, 0.0], [0.0, np.nan]]
    result = minimize_scalar_batch("x**2", bounds=bounds)
    assert [Status(status) for status in result.status] == [Status.STEP] + [Status.BAD_INPUT] * 2
    assert "lower bound" in result.message[1]
    assert "nan" in result.message[2]
    with pytest.raises(ValueError, match="leading axes disagree"):
        minimize_scalar_batch(bowl, bounds=bounds, args=(CENTRES,))
    with pytest.raises(ValueError, match="bracket: got shape"):
        minimize_scalar_batch(bowl, (0, 1, 2, 3), args=(CENTRES,))
    with pytest.raises(ValueError, match="bounds: got shape"):
        minimize_scalar_batch(bowl, bounds=(0, 1, 2), args=(CENTRES,))
    assert len(minimize_scalar_batch(bowl, args=(np.empty(0),)).x) == 0


@given(
    centre=st.floats(-20, 20),
    width=st.floats(0.1, 10),
    power=st.sampled_from([1, 2, 4]),
    ends=st.tuples(st.floats(-30, 0), st.floats(0, 30)),
)
def test_bounded_stays_within_and_finds_the_lowest(centre, width, power, ends):
    seen = []

    def f(x):
        seen.append(x)
        return abs((x - centre) / width) ** power

    result = minimize_scalar(f, bounds=ends, options={"xatol": 1e-9})
    assert all(ends[0] <= x <= ends[1] for x in seen)
    best = min(max(centre, ends[0]), ends[1])
    assert result.fun <= abs((best - centre) / width) ** power * (1 + 1e-5) + 1e-5
