"""The rescue ladder: what fails gets other dampings, methods and starts, and says what helped."""

from collections import Counter
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvers import Rescue, Status, curve_fit_batch
from solvers.api import climb as ladder
from solvers.api.further_starts import further_starts

NIST = pd.read_parquet(Path(__file__).parents[1] / "data" / "nist.parquet").set_index("name")
PER_PROBLEM = ("x", "cost", "status", "nit", "nfev", "njev", "optimality", "active_mask", "covariance",
               "condition_number")  # fmt: skip
SIZE = 50
X = np.linspace(0.05, 6, 40)
RNG = np.random.default_rng(3)
TRUE = np.stack([RNG.uniform(1, 5, SIZE), RNG.uniform(0.5, 3, SIZE), RNG.uniform(0.2, 1, SIZE)], axis=1)
#: Off by up to a factor of 30, one in ten of the wrong sign: many are logarithms of negative numbers.
START = (
    TRUE * 10 ** RNG.uniform(-1.5, 1.5, TRUE.shape) * RNG.choice([1, 1, 1, 1, 1, 1, 1, 1, 1, -1], TRUE.shape)
)


def curve(x, a, b, c):
    return a * np.log(b * x + c)


Y = curve(X, *TRUE.T[..., None]) + 0.01 * RNG.normal(size=(SIZE, 40))


def fit(rows=None, f="a*log(b*x + c)", start=START, **options):
    """Few evaluations, for a test that takes little time."""
    options = {"max_nfev": 60} | options
    rows = np.arange(SIZE) if rows is None else rows
    with np.errstate(invalid="ignore"):
        return curve_fit_batch(f, X, Y[rows], start[rows], parameters=("a", "b", "c"), **options)


def separate(f):
    """The same function, one call a problem."""

    def one(x, *params):
        if any(np.ndim(p) for p in params):
            raise TypeError("one problem at a time")
        return f(x, *params)

    return one


@pytest.fixture(scope="module")
def plain():
    return fit()


@pytest.fixture(scope="module")
def rescued():
    return fit(rescue=Rescue())


def test_a_known_share_fails_and_is_rescued_to_the_answer(plain, rescued):
    right = fit(start=TRUE).cost * (1 + 1e-6)
    failed = ~plain.success
    assert 6 <= failed.sum() <= 20
    assert {Status(s).label for s in plain.status[failed]} >= {"non_finite", "evaluation_limit"}
    saved = failed & rescued.success
    assert saved.sum() >= 0.8 * failed.sum()
    assert (rescued.cost[saved] <= right[saved]).all()
    assert fit(rescue=Rescue(starts=30)).success.all()
    for row in range(SIZE):
        how, method = rescued.rescued_by[row], rescued.method[row]
        assert (how is not None) == saved[row]
        assert method == (how.split()[0] if how else "lm")
    assert len(set(rescued.rescued_by[saved])) >= 3


def test_what_did_not_fail_keeps_its_bits(plain, rescued):
    for name in PER_PROBLEM:
        values = getattr(plain, name)[plain.success]
        assert values.tobytes() == getattr(rescued, name)[plain.success].tobytes(), name
    assert (rescued.nfev[~plain.success] > plain.nfev[~plain.success]).all()


@pytest.mark.parametrize("seeds", [None, np.arange(SIZE) * 7919])
def test_answers_are_the_same_bits_in_any_company(seeds):
    own = {} if seeds is None else {"seeds": seeds}
    together = fit(rescue=Rescue(), **own)
    failed = np.flatnonzero(together.rescued_by != None)  # noqa: E711 - elementwise
    order = np.random.default_rng(1).permutation(SIZE)
    for rows in (*failed[:4, None], failed[::2], order):
        own = {} if seeds is None else {"seeds": seeds[rows]}
        part = fit(rows, rescue=Rescue(), **own)
        for name in PER_PROBLEM:
            assert getattr(part, name).tobytes() == getattr(together, name)[rows].tobytes(), name
        assert part.rescued_by.tolist() == together.rescued_by[rows].tolist()
        assert part.residuals.tobytes() == together.residuals.reshape(SIZE, 40)[rows].tobytes()


def test_small_blocks_change_no_bit(rescued, monkeypatch):
    monkeypatch.setattr(ladder, "_ATTEMPTS", 1)
    again = fit(rescue=Rescue())
    for name in PER_PROBLEM:
        assert getattr(again, name).tobytes() == getattr(rescued, name).tobytes(), name
    assert again.rescued_by.tolist() == rescued.rescued_by.tolist()


def test_seeds_say_where_further_starts_are(rescued):
    """From the data by default, so that the place in the batch does not matter; other seeds, other starts."""
    from_further = [row for row in range(SIZE) if "start" in (rescued.rescued_by[row] or "")]
    assert len(from_further) >= 4
    other = fit(from_further, rescue=Rescue(), seeds=np.arange(len(from_further)))
    assert other.nfev.tolist() != rescued.nfev[from_further].tolist()
    with pytest.raises(ValueError, match=r"seeds must be \(50,\) integers, got \(2,\) of int64"):
        fit(rescue=Rescue(), seeds=[1, 2])
    with pytest.raises(ValueError, match=r"integers, got .* float64"):
        fit(rescue=Rescue(), seeds=np.ones(SIZE))


@pytest.mark.parametrize("starts", [0, 3])
def test_counters_are_the_real_calls(starts):
    """A problem is known by its y; the check on first use is four separate calls and a joint one."""
    rows = np.flatnonzero(~fit().success)[:3]
    calls = Counter()

    def counted(x, a, b, c):
        calls[x[0]] += 1
        return curve(x - x[0], a, b, c)

    x = X + 10.0 * np.arange(3)[:, None]
    run = partial(curve_fit_batch, separate(counted), x, Y[rows], START[rows])
    once = run(parameters=("a", "b", "c"), max_nfev=30)
    calls.clear()
    found = run(parameters=("a", "b", "c"), max_nfev=30, rescue=Rescue(starts=starts))
    assert sum(calls.values()) - 4 == (found.nfev + 3 * found.njev).sum()
    assert (found.nfev > once.nfev).any()


def test_reference_sets_that_fail_are_rescued_to_certified_values():
    """MGH17 from afar takes trf more evaluations than it has; the others are given too few."""
    for name, limit in (("MGH17", None), ("Misra1a", 10), ("Lanczos3", 10)):
        row = NIST.loc[name]
        f = partial(curve_fit_batch, row.model, row.x, np.array([row.y]), row.start1,
                    parameters=list(row.parameters), method="trf", max_nfev=limit)  # fmt: skip
        assert f().status.tolist() == [Status.EVALUATION_LIMIT]
        found = f(rescue=Rescue(max_nfev=600))
        assert found.rescued_by.tolist() == ["lm"]
        np.testing.assert_allclose(found.x[0], row.certified, rtol=1e-6)
        np.testing.assert_allclose(found.stderr[0], row.certified_std, rtol=1e-3)


def test_bounds_leave_lm_out_and_hold_in_further_starts():
    bounds = ([-50.0, -10.0, -10.0], [50.0, 10.0, 10.0])
    start = np.clip(START, *bounds)
    found = fit(start=start, bounds=bounds, rescue=Rescue())
    assert set(found.method) == {"trf"}
    saved = [how for how in found.rescued_by if how]
    assert len(saved) >= 5
    assert all(how.startswith("trf from start ") for how in saved)
    assert ((found.x >= bounds[0]) & (found.x <= bounds[1])).all()


def test_a_loss_leaves_lm_out():
    found = fit(loss="soft_l1", rescue=Rescue())
    assert set(found.method) == {"trf"}
    assert any(found.rescued_by)


def sine(x, w):
    return np.sin(w * x)


@pytest.mark.parametrize(("further", "status"), [(9.0, Status.EVALUATION_LIMIT), (2.5, Status.COST)])
def test_a_worse_minimum_is_no_rescue(further, status, monkeypatch):
    """From 2.3 the first attempt stops near the best frequency, 2; from 9 another minimum is found."""
    monkeypatch.setattr(ladder, "further_starts", lambda *_: np.array([[further]]))
    y = np.sin(2 * X)[None] + 0.01
    run = partial(curve_fit_batch, "sin(w*x)", X, y, [2.3], method="trf", max_nfev=5)
    first, elsewhere = run(), curve_fit_batch("sin(w*x)", X, y, [further], method="trf")
    assert first.status.tolist() == [Status.EVALUATION_LIMIT]
    assert elsewhere.success.all()
    found = run(rescue=Rescue(starts=1, methods=("trf",), max_nfev=200))
    assert found.status.tolist() == [status]
    assert found.nfev.tolist() == (first.nfev + elsewhere.nfev).tolist()
    kept = elsewhere if status > 0 else first
    assert found.rescued_by.tolist() == ["trf from start 1" if status > 0 else None]
    for name in ("x", "cost", "residuals", "optimality"):
        assert getattr(found, name).tobytes() == getattr(kept, name).tobytes(), name


def test_of_several_starts_the_lowest_cost_is_kept(monkeypatch):
    monkeypatch.setattr(ladder, "further_starts", lambda *_: np.array([[9.0], [2.1], [6.0]]))
    found = curve_fit_batch(
        "sin(w*x)", X, np.sin(2 * X)[None] + 0.01, [7.0], method="trf", max_nfev=1,
        rescue=Rescue(starts=3, methods=("trf",), max_nfev=100),
    )  # fmt: skip
    assert found.rescued_by.tolist() == ["trf from start 2"]
    assert found.x[0, 0] == pytest.approx(2, abs=0.01)


def test_what_nothing_rescues_keeps_its_best_attempt_and_how_that_ended():
    row = np.flatnonzero(fit().status == Status.NON_FINITE)[:1]
    found = fit(row, rescue=Rescue(max_nfev=3))
    assert found.status.tolist() == [Status.EVALUATION_LIMIT]
    assert found.rescued_by.tolist() == [None]
    assert np.isfinite(found.cost).all()
    residuals = curve(X, *found.x[0]) - Y[row[0]]
    np.testing.assert_allclose(found.residuals, residuals, rtol=1e-9)
    np.testing.assert_allclose(found.cost, 0.5 * residuals @ residuals)


def test_bad_input_and_exceptions_are_not_tried_again():
    calls = Counter()

    def raising(x, a, b, c):
        calls["all"] += 1
        raise ArithmeticError("never")

    y = Y[:2].copy()
    y[1, 0] = np.nan
    found = curve_fit_batch(separate(raising), X, y, START[:2], parameters=("a", "b", "c"), rescue=Rescue())
    assert found.status.tolist() == [Status.EXCEPTION, Status.BAD_INPUT]
    assert found.method.tolist() == ["lm", None]
    assert found.message[0] == "ArithmeticError: never"
    assert calls["all"] - 4 == found.nfev.sum() == 1


def test_an_attempt_that_raises_is_none(monkeypatch):
    """However low it got: the row keeps the end it had."""
    monkeypatch.setattr(ladder, "further_starts", lambda *_: np.array([[2.3]]))

    def touchy(x, w):
        if 1e-4 < abs(w - 2.3) < 4.0:
            raise ArithmeticError("not here")
        return sine(x, w) * (np.nan if w > 6.0 else 1.0)

    found = curve_fit_batch(
        separate(touchy), X, np.sin(2 * X)[None], [7.0], parameters=["w"], rescue=Rescue(starts=1)
    )
    assert found.status.tolist() == [Status.NON_FINITE]
    assert found.x.tolist() == [[7.0]]
    assert found.errors == {}
    assert found.nfev[0] > 4


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"methods": ("lm", "simplex")}, "methods must be of lm, trf, dogbox, got 'simplex'"),
        ({"methods": ()}, "methods must be one or more"),
        ({"methods": ("lm", "lm")}, "each once"),
        ({"starts": -1}, "starts must be 0 or more, got -1"),
        ({"factors": (1.0, 0.0)}, "factors must be positive"),
        ({"max_nfev": 0}, "max_nfev must be None or at least 1, got 0"),
    ],
)
def test_a_ladder_that_is_none(fields, said):
    with pytest.raises(ValueError, match=said):
        Rescue(**fields)


def test_a_ladder_that_does_not_fit_the_problems():
    with pytest.raises(ValueError, match="none of the methods lm has bounds; add trf or dogbox"):
        fit(bounds=(-1e3, 1e3), rescue=Rescue(methods=("lm",)))
    with pytest.raises(ValueError, match="none of the methods lm has a loss"):
        fit(loss="huber", rescue=Rescue(methods=("lm",)))
    with pytest.raises(ValueError, match="starts = 0 leaves nothing to try but trf"):
        fit(method="trf", rescue=Rescue(methods=("trf",), starts=0))


def test_the_order_of_rungs():
    def names(rescue, first, *, bounded=False):
        return [rung.name(0) for rung in rescue.ladder(first, bounded=bounded)]

    dampings = ["lm with factor 1", "lm with factor 0.1"]
    further = ["lm from start 1", "trf from start 1"]
    assert names(Rescue(), "lm") == [*dampings, "trf", *further]
    assert names(Rescue(), "trf") == ["lm", *dampings, *further]
    assert names(Rescue(), "trf", bounded=True) == ["trf from start 1"]
    assert names(Rescue(methods=["dogbox", "lm"], starts=0), "lm") == [*dampings, "dogbox"]


sides = st.one_of(st.just(np.inf), st.floats(1e-6, 1e6), st.floats(1e-300, 1e300))
starts = st.one_of(st.floats(-1e6, 1e6), st.floats(-1e300, 1e300))


@given(st.integers(-(2**63), 2**64 - 1), starts, sides, sides, st.integers(1, 9))
def test_further_starts_are_inside_the_bounds_and_differ(seed, start, below, above, count):
    lower, upper = np.array([start - below]), np.array([start + above])
    drawn = further_starts(np.array([start]), lower, upper, seed, count)
    assert drawn.shape == (count, 1)
    assert np.isfinite(drawn).all()
    assert ((drawn >= lower) & (drawn <= upper)).all()
    if 1e150 > min(below, above) > 1e-3 * abs(start):
        assert len(np.unique(drawn)) == count
    np.testing.assert_array_equal(drawn, further_starts(np.array([start]), lower, upper, seed, count))


def test_further_starts_cover_their_ranges():
    free = np.array([np.inf])
    around = np.abs([further_starts(np.array([-3.0]), -free, free, seed, 8) for seed in range(50)]) / 3
    exponents = np.sort(np.log10(around[..., 0]), axis=1)  # each eighth of four decades once
    assert (np.abs(exponents - (np.arange(8) / 2 - 1.75)) <= 0.25 + 1e-9).all()
    signs = np.array([further_starts(np.array([3.0]), -free, free, seed, 8) for seed in range(50)]) < 0
    assert 0.15 < signs.mean() < 0.35
    wide = np.array([further_starts(np.array([1.0]), [1e-6], [1e6], seed, 8) for seed in range(50)])
    assert (wide < 1e-3).any()
    assert (wide > 1e3).any()
