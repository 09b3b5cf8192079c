"""Several starts of each problem: the best end is kept, and how many starts agree with it."""

import numpy as np
import pytest

from solvers import curve_fit_batch
from solvers.api.multi_start import choose

X = np.linspace(0.0, 6.0, 40)
RATES = np.array([2.0, 3.1, 4.2])
WAVES = np.sin(RATES[:, None] * X)
WHERE = {"bounds": ([0.1, 0.5], [6.0, 2.0]), "p0": [0.5, 1.0]}


def test_frequencies_are_found_from_several_starts():
    one = curve_fit_batch("a*sin(w*x)", X, WAVES, parameters=["w", "a"], **WHERE)
    many = curve_fit_batch("a*sin(w*x)", X, WAVES, parameters=["w", "a"], starts=24, **WHERE)
    assert one.basin_count is None
    assert (one.cost > 1.0).all()
    np.testing.assert_allclose(many.x[:, 0], RATES, rtol=1e-6)
    assert ((many.basin_count > 0) & (many.basin_count < 24)).all()
    assert (many.nfev > one.nfev).all()
    np.testing.assert_allclose(many.residuals, 0.0, atol=1e-6)


def test_the_same_in_any_company():
    given = {"parameters": ["w", "a"], "starts": 6, "seeds": np.arange(3)} | WHERE
    many = curve_fit_batch("a*sin(w*x)", X, WAVES, **given)
    alone = curve_fit_batch("a*sin(w*x)", X, WAVES[1:2], **given | {"seeds": [1]})
    assert alone.x.tobytes() == many.x[1:2].tobytes()
    assert alone.basin_count.tolist() == many.basin_count[1:2].tolist()


def test_bad_rows_have_no_basin():
    waves = WAVES.copy()
    waves[1, 0] = np.nan
    found = curve_fit_batch("a*sin(w*x)", X, waves, parameters=["w", "a"], starts=4, **WHERE)
    assert found.basin_count[1] == 0
    assert "nan" in found.message[1]
    nothing = curve_fit_batch("a*x", X, waves[1:2], [1.0], starts=4)
    assert nothing.basin_count.tolist() == [0]


def test_at_least_one_start():
    with pytest.raises(ValueError, match="starts: got 0; give 1 or more"):
        curve_fit_batch("a*x", X, WAVES, [1.0], starts=0)


@pytest.mark.parametrize(
    ("merits", "converged", "x", "unit", "best", "agreed"),
    [
        ([3.0, 1.0, 1.0], [1, 1, 1], [0.0, 5.0, 9.0], 0.0, 1, 2),  # by value
        ([3.0, 1e-9, 1e-12], [1, 1, 1], [0.0, 5.0, 9.0], 1.0, 2, 2),  # by value, of small ones
        ([1e-20, 1e-25, 1.0], [1, 1, 1], [5.0, 5.0 + 1e-6, 9.0], 0.0, 1, 2),  # by place
        ([0.0, 0.0, 0.0], [1, 1, 1], [-1.0, 1.0, -1.0], np.nan, 0, 2),  # by place only
        ([np.nan, 1.0, 2.0], [0, 0, 1], [0.0, 1.0, 2.0], 1.0, 2, 1),  # converged ones first
        ([np.nan, 1.0, 2.0], [0, 0, 0], [0.0, 1.0, 2.0], 1.0, 1, 0),  # none converged
    ],
)
def test_choice(merits, converged, x, unit, best, agreed):
    found = choose(np.array([merits]), np.array([converged], bool), np.array([x])[..., None], unit)
    assert [int(part[0]) for part in found] == [best, agreed]
