from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from solvers import ragged

COUNTS = st.lists(st.integers(1, 9), min_size=1, max_size=6)


def flat(counts, seed):
    """Values (N,) and offsets (B + 1,), with ties."""
    values = np.random.default_rng(seed).integers(-3, 4, sum(counts)) + 0.1
    return values, ragged.offsets_from(counts)


def pieces(values, offsets):
    return [values[..., a:b] for a, b in pairwise(offsets)]


@given(COUNTS, st.integers(0, 99))
def test_reductions_are_those_of_the_pieces(counts, seed):
    values, offsets = flat(counts, seed)
    for ours, numpys in (
        (ragged.segment_sum, np.sum),
        (ragged.segment_min, np.min),
        (ragged.segment_max, np.max),
        (ragged.segment_mean, np.mean),
    ):
        expected = [numpys(piece) for piece in pieces(values, offsets)]
        np.testing.assert_allclose(ours(values, offsets), expected, rtol=1e-14, atol=1e-14)
        np.testing.assert_array_equal(
            ours(np.stack([values, -values]), offsets), [ours(values, offsets), ours(-values, offsets)]
        )


@given(COUNTS, st.integers(0, 99))
def test_weighted_mean(counts, seed):
    values, offsets = flat(counts, seed)
    weights = np.random.default_rng(seed).uniform(0.1, 1, len(values))
    expected = [
        np.average(piece, weights=weight)
        for piece, weight in zip(pieces(values, offsets), pieces(weights, offsets), strict=True)
    ]
    np.testing.assert_allclose(
        ragged.segment_mean(values, offsets, weights), expected, rtol=1e-13, atol=1e-14
    )


@given(COUNTS)
def test_offsets_counts_owners_and_expand_agree(counts):
    offsets = ragged.offsets_from(counts)
    np.testing.assert_array_equal(ragged.counts(offsets), counts)
    per_problem = np.arange(len(counts)) * 1.5
    np.testing.assert_array_equal(ragged.expand(per_problem, offsets), per_problem[ragged.owners(offsets)])


@given(COUNTS, st.data())
def test_gather_takes_the_points_of_rows(counts, data):
    offsets = ragged.offsets_from(counts)
    rows = np.array(data.draw(st.lists(st.integers(0, len(counts) - 1), max_size=8)), dtype=np.int64)
    points, taken = ragged.gather(rows, offsets)
    expected = [piece.tolist() for piece in pieces(np.arange(offsets[-1]), offsets)]
    assert [piece.tolist() for piece in pieces(points, taken)] == [expected[row] for row in rows]
    mask = np.isin(np.arange(len(counts)), rows)
    np.testing.assert_array_equal(
        ragged.gather(mask, offsets)[0], ragged.gather(np.flatnonzero(mask), offsets)[0]
    )


@given(COUNTS, st.booleans(), st.data())
def test_a_cut_takes_what_gather_finds_and_puts_it_back(counts, same, data):
    """Problems of one length go another way than ragged ones."""
    offsets = ragged.offsets_from(counts[:1] * len(counts) if same else counts)
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=len(counts), max_size=len(counts))))
    values = np.random.default_rng(0).normal(size=(2, offsets[-1]))
    for rows in (mask, np.flatnonzero(mask)[::-1]):
        points, taken = ragged.gather(rows, offsets)
        cut = ragged.Cut(rows, offsets)
        np.testing.assert_array_equal(cut.offsets, taken)
        np.testing.assert_array_equal(cut.of(values), values[:, points])
        np.testing.assert_array_equal(cut.of(values[0]), values[0, points])
        blank = np.zeros_like(values)
        cut.put(cut.of(values), blank)
        np.testing.assert_array_equal(blank, values * np.isin(np.arange(offsets[-1]), points))


@given(COUNTS, st.integers(0, 99), st.booleans())
def test_order_within_is_a_stable_sort_of_each_piece(counts, seed, already_sorted):
    key, offsets = flat(counts, seed)
    if already_sorted:
        key = np.concatenate([np.sort(piece) for piece in pieces(key, offsets)])
    expected = [
        start + np.argsort(piece, kind="stable")
        for start, piece in zip(offsets, pieces(key, offsets), strict=False)
    ]
    np.testing.assert_array_equal(ragged.order_within(key, offsets), np.concatenate(expected))


def test_order_within_puts_nan_last():
    key = np.array([np.nan, 1.0, 0.0, np.nan, 2.0])
    np.testing.assert_array_equal(ragged.order_within(key, np.array([0, 3, 5])), [2, 1, 0, 4, 3])


@given(COUNTS, st.integers(0, 99), st.booleans())
def test_straight_line_is_polyfit(counts, seed, weighted):
    counts = [count + 2 for count in counts]
    rng = np.random.default_rng(seed)
    offsets = ragged.offsets_from(counts)
    x, y = rng.uniform(-1, 1, (2, offsets[-1]))
    weights = rng.uniform(0.5, 2, offsets[-1]) if weighted else None
    slope, intercept = ragged.straight_line(x, y, offsets, weights)
    for i, (a, b) in enumerate(pairwise(offsets)):
        w = None if weights is None else np.sqrt(weights[a:b])
        np.testing.assert_allclose([slope[i], intercept[i]], np.polyfit(x[a:b], y[a:b], 1, w=w), rtol=1e-7)


def test_straight_line_keeps_its_digits_far_from_the_origin():
    x = 1e9 + np.arange(10.0)
    slope, intercept = ragged.straight_line(x, 3 * (x - 1e9) + 1, np.array([0, 10]))
    np.testing.assert_allclose([slope[0], slope[0] * 1e9 + intercept[0]], [3, 1], rtol=1e-6)


@pytest.mark.parametrize("x", [[0.1], [0.1, 0.1, 0.1]])
def test_straight_line_is_level_where_x_does_not_vary(x):
    y = np.arange(1.0, 1 + len(x))
    slope, intercept = ragged.straight_line(np.array(x), y, np.array([0, len(x)]))
    assert (slope[0], intercept[0]) == (0, y.mean())


@given(arrays(np.float64, 40, elements=st.floats(-1e6, 1e6)), st.integers(1, 39))
def test_sums_are_the_same_bits_in_any_batch(values, cut):
    both = np.array([0, cut, 40])
    alone = [ragged.segment_sum(values[a:b].copy(), np.array([0, b - a])) for a, b in ((0, cut), (cut, 40))]
    assert ragged.segment_sum(values, both).tobytes() == np.concatenate(alone).tobytes()


def test_an_empty_batch():
    none, offsets = np.empty(0), ragged.offsets_from([])
    assert ragged.segment_sum(none, offsets).shape == (0,)
    assert ragged.order_within(none, offsets).shape == (0,)
    assert ragged.straight_line(none, none, offsets)[0].shape == (0,)
    assert ragged.gather(np.empty(0, dtype=np.int64), np.array([0, 3]))[0].shape == (0,)
