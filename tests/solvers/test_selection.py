"""Selection among models: information criteria by hand, and who may win."""

from dataclasses import replace

import numpy as np
import pytest

from solvers import Status, curve_fit_batch, models, select_model
from solvers.selection import CRITERIA

X = np.linspace(-1, 2, 12)
RNG = np.random.default_rng(2)
#: Problem i is a polynomial of degree i with noise.
Y = np.array([np.polyval(c, X) for c in ([2], [3, 1], [-1.5, 0, 2])]) + 0.2 * RNG.normal(size=(3, 12))
POLYNOMIALS = [models.get(name) for name in ("constant", "linear", "quadratic", "cubic")]


def fits(y=Y, x=X, **options):
    return [curve_fit_batch(model, x, y, **options) for model in POLYNOMIALS]


def failed(fit, *rows):
    status = fit.status.copy()
    status[list(rows)] = Status.EVALUATION_LIMIT
    return replace(fit, status=status)


def with_costs(*costs, **changes):
    """Fits of one problem with 12 points by candidates that have as many parameters as their place."""
    return [
        replace(fit, cost=np.array([cost]), **changes) for fit, cost in zip(fits(Y[:1]), costs, strict=False)
    ]


@pytest.mark.parametrize("criterion", CRITERIA)
def test_values_weights_and_winners_are_by_the_book(criterion):
    found = select_model(fits(), criterion)
    for row in range(3):
        values = []
        for n in range(1, 5):
            chisqr = ((np.polyval(np.polyfit(X, Y[row], n - 1), X) - Y[row]) ** 2).sum()
            more = {"aic": 2 * n, "aicc": 2 * n + 2 * n * (n + 1) / (11 - n), "bic": n * np.log(12)}
            values.append(12 * np.log(chisqr / 12) + more[criterion])
        np.testing.assert_allclose(found.values[:, row], values, rtol=1e-8)
        evidence = np.exp(-0.5 * np.array(values))
        np.testing.assert_allclose(found.weights[:, row], evidence / evidence.sum(), rtol=1e-6)
    np.testing.assert_array_equal(found.winner, found.values.argmin(axis=0))
    np.testing.assert_array_equal(found.winner, [0, 1, 2])


def test_a_problem_is_judged_alone_as_among_others():
    together = select_model(fits())
    for row in range(3):
        alone = select_model(fits(Y[row : row + 1]))
        for name in ("winner", "values", "weights"):
            np.testing.assert_array_equal(getattr(together, name)[..., row], getattr(alone, name)[..., 0])


def test_who_did_not_converge_wins_only_among_such():
    some = fits()
    some[1], some[2] = failed(some[1], 0, 1), failed(some[2], 1)
    found = select_model(some)
    assert found.winner.tolist() == [0, 3, 2]
    np.testing.assert_array_equal(np.isnan(found.weights[:, 1]), [False, True, True, False])
    np.testing.assert_allclose(np.nansum(found.weights, axis=0), 1.0)
    none = select_model([failed(fit, 0, 1, 2) for fit in fits()])
    assert none.winner.tolist() == [0, 1, 2]
    assert np.isnan(none.weights).all()


def test_without_a_criterion_one_wins_only_among_such():
    few = [replace(fit, offsets=np.array([0, 4])) for fit in with_costs(1.0, 0.9, 1e-9)]
    found = select_model(few)  # 4 points: AICc of 3 parameters is not defined
    assert np.isnan(found.values[2, 0])
    assert found.winner.tolist() == [0]
    assert np.isnan(found.weights[2, 0])
    assert select_model(few, "aic").winner.tolist() == [2]
    fewer = [replace(fit, offsets=np.array([0, 2])) for fit in with_costs(1.0, 0.9, 1e-9)]
    assert select_model(fewer).winner.tolist() == [2]  # none is defined: the lowest AIC
    # Better without a criterion than without an answer.
    assert select_model([failed(few[0], 0), failed(few[1], 0), few[2]]).winner.tolist() == [2]


def test_of_equals_the_first_wins_and_exact_fits_have_weights():
    exact = select_model(with_costs(1.0, 0.0, 0.0))
    assert exact.winner.tolist() == [1]
    assert exact.weights[:, 0].tolist() == [0.0, 0.5, 0.5]


def test_bad_input_never_wins_and_a_problem_of_bad_input_has_no_winner():
    y = np.array([[1.0, 2.0, np.nan], [1.0, 2.5, 2.9]])
    found = select_model(fits(y, np.arange(3.0)), "bic")
    assert found.winner.tolist()[0] == -1
    assert np.isnan(found.weights[:, 0]).all()
    assert found.winner[1] in (0, 1, 2)  # 3 points are bad input for the cubic
    assert np.isnan(found.weights[3, 1])


def test_only_what_is_fitted_is_counted():
    whole, free = fits()[2], fits()[0]
    first, second, _ = POLYNOMIALS[2].parameters
    held = curve_fit_batch(POLYNOMIALS[2], X, Y, fixed={first: 0.0}, tied={second: "0"})
    assert (whole.unknowns, held.unknowns) == (3, 1)
    np.testing.assert_allclose(select_model([held]).values, select_model([free]).values, rtol=1e-9)


@pytest.mark.parametrize(
    ("given", "criterion", "said"),
    [
        ([], "aic", "got no fits"),
        (fits(), "cp", "criterion must be one of aic, aicc, bic, got 'cp'"),
        ([fits()[0], fits(Y[:2])[1]], "aic", r"fits\[1\] and fits\[0\] have problems of other sizes"),
    ],
)
def test_misuse_is_refused(given, criterion, said):
    with pytest.raises(ValueError, match=said):
        select_model(given, criterion)
