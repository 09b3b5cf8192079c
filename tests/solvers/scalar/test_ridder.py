"""Ridders' method against SciPy's, on the functions of Algorithm 748's paper and worse ones."""

import math

import numpy as np
import pytest
import scipy.optimize
from hypothesis import given
from hypothesis import strategies as st

from solvers.methods.scalar.ridder import RIDDER
from solvers.status import Status
from tests.solvers.scalar.cases import (
    EXTREME,
    FUNCTIONS,
    TOLERANCES,
    Case,
    check_batch,
    check_bracket,
    monotone,
    ours,
    scipys,
)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_answer_and_the_counts_are_scipys(name):
    case = FUNCTIONS[name]
    ended, points = ours(RIDDER, case)
    theirs = scipys("ridder", case)
    assert ended.status in (Status.STEP, Status.ZERO)
    np.testing.assert_allclose(ended.x, theirs.root, rtol=1e-14, atol=2e-12)
    if case.root is not None:
        np.testing.assert_allclose(ended.x, case.root, rtol=1e-14, atol=3e-12)
    check_bracket(case, ended, points)
    at_an_end = name == "at the left end"  # SciPy evaluates at the other one all the same
    assert ended.nfev == theirs.function_calls - at_an_end
    assert ended.nit == theirs.iterations or name.startswith("at the")  # SciPy's is what was in memory before


@pytest.mark.parametrize("rtol", [1e-9, 1e-3, 0.05])
def test_the_relative_tolerance_is_scipys(rtol):
    for name, case in FUNCTIONS.items():
        if (
            min(case.bracket) < 0 or name == "tiny bracket"
        ):  # SciPy's is negative, or leads out of the bracket
            continue
        ended, _ = ours(RIDDER, case, (2e-12, rtol, 100))
        theirs = scipy.optimize.root_scalar(case.f, method="ridder", bracket=case.bracket, rtol=rtol)
        np.testing.assert_allclose(ended.x, theirs.root, rtol=1e-12, atol=1e-13)
        assert ended.nfev == theirs.function_calls - (ended.nit == 0 and ended.x == case.bracket[0])


def test_a_negative_root_takes_as_many_evaluations_as_a_positive_one():
    case = Case(lambda x: math.expm1(x - 2), (0, 5))
    for rtol in (1e-9, 1e-3, 0.05):
        right, points = ours(RIDDER, case, (1e-300, rtol, 100))
        left, others = ours(RIDDER, Case(lambda x: case.f(-x), (-0.0, -5)), (1e-300, rtol, 100))
        assert points == [-x for x in others]
        assert (right.status, right.nit) == (left.status, left.nit)


def test_a_zero_in_the_middle_is_evaluated_once():
    case = Case(lambda x: x**3 - 1, (0, 2))
    ended, points = ours(RIDDER, case)
    assert points == [0.0, 2.0, 1.0]
    assert (ended.status, ended.x, ended.nit) == (Status.ZERO, 1.0, 1)
    assert scipys("ridder", case).function_calls == 4


@pytest.mark.parametrize("name", EXTREME)
def test_infinite_flat_and_immense(name):
    ended, points = ours(RIDDER, EXTREME[name], (*TOLERANCES[:2], 3000))
    assert ended.status in (Status.STEP, Status.ZERO)
    check_bracket(EXTREME[name], ended, points)
    if EXTREME[name].root is not None:
        np.testing.assert_allclose(ended.x, EXTREME[name].root, rtol=1e-14, atol=3e-12)


def test_infinite_values_cost_one_evaluation_a_halving():
    for name in ("infinite on one side", "infinite everywhere"):
        assert ours(RIDDER, EXTREME[name])[0].nfev <= 3 + math.ceil(math.log2(2 / 2e-12))


def test_rounding_leads_to_no_point_outside():
    case = Case(lambda x: 1e-200 * x**5, (-131047.0, 25.99999), 0.0)
    check_bracket(case, *ours(RIDDER, case))


def test_it_stops_as_it_is_told():
    case = FUNCTIONS["jump"]
    limited, _ = ours(RIDDER, case, (*TOLERANCES[:2], 3))
    assert (limited.status, limited.nit, limited.nfev) == (Status.ITERATION_LIMIT, 3, 8)
    none, _ = ours(RIDDER, Case(math.exp, (0, 1)))
    assert (none.status, none.nfev) == (Status.NO_BRACKET, 2)
    undefined, _ = ours(RIDDER, Case(lambda x: math.nan if 0.4 < x < 0.7 else x - 0.6, (0, 1)))
    assert (undefined.status, undefined.nfev, undefined.x) == (Status.NON_FINITE, 3, 1.0)
    vast, points = ours(RIDDER, Case(lambda x: math.exp(x) - 2, (0, 2)), (10.0, TOLERANCES[1], 100))
    assert vast.status == Status.STEP
    assert all(0 <= x <= 2 for x in points)  # SciPy's goes to 5


@given(case=monotone(), xtol=st.sampled_from([1e-12, 1e-6, 1e-2]))
def test_the_answer_is_in_a_bracket_as_short_as_asked_for(case, xtol):
    tolerances = (xtol, TOLERANCES[1], 3000)
    ended, points = ours(RIDDER, case, tolerances)
    assert ended.status in (Status.STEP, Status.ZERO)
    check_bracket(case, ended, points, tolerances)


def test_a_batch_is_its_problems_alone():
    check_batch(RIDDER)
