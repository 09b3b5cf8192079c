"""Numbers that make no linear program are named by field and place; the rows around them are solved."""

import numpy as np
import pytest

from solvers import LinearProgram, linprog_batch
from solvers.status import Status

INF, NAN = np.inf, np.nan
COSTS, COEFFICIENTS = "costs are finite numbers", "coefficients are finite numbers"
BOUNDS, ORDER = (
    "bounds are numbers, or infinite where there is none",
    "a lower bound is at most the upper one",
)

#: Field, place behind the leading axis, what is put there, and what is said.
FAULTS = [
    ("c", (1,), NAN, f"c[1]: got nan; {COSTS}"),
    ("c", (2,), -INF, f"c[2]: got -inf; {COSTS}"),
    ("A_ub", (1, 0), NAN, f"A_ub[1, 0]: got nan; {COEFFICIENTS}"),
    ("A_ub", (0, 2), INF, f"A_ub[0, 2]: got inf; {COEFFICIENTS}"),
    ("A_eq", (1, 2), NAN, f"A_eq[1, 2]: got nan; {COEFFICIENTS}"),
    ("b_ub", (1,), NAN, f"b_ub[1]: got nan; {BOUNDS}"),
    ("b_ub", (0,), -INF, f"b_ub[0]: got -inf; {BOUNDS}"),
    ("b_eq", (0,), NAN, f"b_eq[0]: got nan; {BOUNDS}"),
    ("b_eq", (1,), INF, f"b_eq[1]: got inf; {BOUNDS}"),
    ("b_eq", (1,), -INF, f"b_eq[1]: got -inf; {BOUNDS}"),
    ("bounds", (2, 0), NAN, f"bounds[2]: got nan; {BOUNDS}"),
    ("bounds", (0, 1), NAN, f"bounds[0]: got nan; {BOUNDS}"),
    ("bounds", (1, 0), INF, f"bounds[1]: got inf; {BOUNDS}"),
    ("bounds", (1, 1), -INF, f"bounds[1]: got -inf; {BOUNDS}"),
    ("bounds", (1, 0), 4.5, f"bounds[1]: got [4.5, 4.0]; {ORDER}"),
]


def arguments(size=4):
    """One program, feasible and bounded, so many times."""
    parts = {
        "c": [1.0, -1.0, 2.0],
        "A_ub": [[1.0, 2.0, 0.0], [0.0, 1.0, 1.0]],
        "b_ub": [5.0, 4.0],
        "A_eq": [[1.0, 1.0, 1.0], [1.0, 0.0, -1.0]],
        "b_eq": [3.0, 0.5],
        "bounds": [[0.0, 4.0]] * 3,
    }
    return {name: np.repeat([part], size, axis=0) for name, part in parts.items()}


@pytest.mark.parametrize(("name", "place", "value", "message"), FAULTS)
@pytest.mark.parametrize("method", [None, "simplex", "highs"])
def test_a_bad_row_costs_no_other(method, name, place, value, message):
    given = arguments()
    expected = linprog_batch(**given, method=method)
    given[name][(2, *place)] = value
    result = linprog_batch(**given, method=method)
    assert result.errors == {2: message}
    assert result.message[2] == message
    assert result.status.tolist() == [Status.OPTIMAL, Status.OPTIMAL, Status.BAD_INPUT, Status.OPTIMAL]
    assert result.method[2] is None
    assert np.isnan([*result.x[2], *result.y[2], result.fun[2], result.gap[2]]).all()
    good = [0, 1, 3]
    assert result.x[good].tobytes() == expected.x[good].tobytes()
    assert result.y[good].tobytes() == expected.y[good].tobytes()


@pytest.mark.parametrize(("name", "place", "value", "message"), FAULTS)
def test_what_all_share_is_wrong_for_all(name, place, value, message):
    given = arguments()
    given[name] = given[name][0]
    given[name][place] = value
    result = linprog_batch(**given)
    assert result.errors == dict.fromkeys(range(4), message)
    assert (result.status == Status.BAD_INPUT).all()


@pytest.mark.parametrize(("name", "place", "value", "message"), FAULTS)
@pytest.mark.parametrize("method", [None, "highs"])
def test_one_of_many_shapes(method, name, place, value, message):
    """Also where rows stay sparse."""
    good = LinearProgram(**{name: part[0] for name, part in arguments(1).items()})
    parts = {name: part[0] for name, part in arguments(1).items()}
    parts[name][place] = value
    result = linprog_batch([good, LinearProgram(**parts), LinearProgram([1.0])], method=method)
    assert result.errors == {1: message}
    assert result.success.tolist() == [True, False, True]


def test_a_sparse_program_too_large_for_the_simplex(monkeypatch):
    monkeypatch.setattr("solvers.lp.solve.LARGE", 0)
    monkeypatch.setattr("solvers.lp.solve.SHARE", 2.0)
    parts = {name: part[0] for name, part in arguments(1).items()}
    good = LinearProgram(**{name: part.copy() for name, part in parts.items()})
    parts["A_eq"][1, 2] = NAN
    result = linprog_batch([LinearProgram(**parts), good])
    assert result.errors == {0: f"A_eq[1, 2]: got nan; {COEFFICIENTS}"}
    assert result.method.tolist() == [None, "highs"]
    assert result.success.tolist() == [False, True]


def test_the_first_fault_of_a_row_is_the_one_named():
    given = arguments()
    given["c"][1, 2] = NAN
    given["bounds"][[1, 3], 0, 0] = NAN
    given["A_ub"][3, 1, :2] = NAN
    assert linprog_batch(**given).errors == {
        1: f"c[2]: got nan; {COSTS}",
        3: f"A_ub[1, 0]: got nan; {COEFFICIENTS}",
    }


def test_one_bound_for_all_against_those_of_each():
    """Rows whose bounds cross are told apart though one of the bounds is shared."""
    result = linprog_batch([[1.0]] * 3, bounds=[[(0, 1)], [(2, 1)], [(0, None)]])
    assert result.errors == {1: f"bounds[0]: got [2.0, 1.0]; {ORDER}"}


def test_infinite_where_there_is_no_bound_is_no_fault():
    result = linprog_batch([-1.0, 1.0], [[1.0, 1.0]], [[INF], [3.0]], bounds=(-INF, INF))
    assert not result.errors
    result = linprog_batch([-1.0, 1.0], [[1.0, 1.0]], [[INF], [3.0]], bounds=(0, 9))
    assert result.fun.tolist() == [-9.0, -3.0]
    assert result.slack.tolist() == [[INF], [0.0]]


def test_none_is_left():
    given = arguments()
    given["c"][:] = NAN
    result = linprog_batch(**given)
    assert sorted(result.errors) == [0, 1, 2, 3]
    assert not result.nit.any()
