"""Pivots of the dictionary against linear algebra, and the norms that follow them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvers.lp.simplex import pivot
from solvers.lp.simplex.dictionary import exchange, read_column
from solvers.lp.simplex.room import COLUMN_NORM, LOWER, ROW_NORM, UPPER, make_room

M, N = 7, 11


def dictionary(seed, density):
    """A room with x_B = T x_N for the activities of a random matrix."""
    rng = np.random.default_rng(seed)
    room = make_room(M, N)
    room.T[:, :N] = rng.normal(size=(M + 1, N)) * (rng.random((M + 1, N)) < density)
    room.head[:], room.tail[:] = N + np.arange(M), np.arange(N)
    room.variables[LOWER], room.variables[UPPER] = 0.0, 1.0
    return room, room.T[:, :N].copy()


def follow(room, function, picks):
    """Pivot on entries that are not small."""
    for pick in picks:
        rows, columns = np.nonzero(np.abs(room.T[:M, :N]) > 0.3)
        if len(rows) == 0:
            break
        r, q = rows[pick % len(rows)], columns[pick % len(rows)]
        read_column(room, q)
        function(room, r, q)
        exchange(room, r, q, 0.5, False)


PICKS = st.lists(st.integers(0, 10**6), min_size=1, max_size=12)


@pytest.mark.parametrize("function", [pivot.pivot, pivot.pivot_columns])
@given(picks=PICKS, seed=st.integers(0, 100), density=st.sampled_from([0.12, 0.4, 1.0]))
def test_the_dictionary_solves_the_rows(function, picks, seed, density):
    """Whatever the nonbasic variables are, basic ones from T obey the rows that T began with."""
    room, given = dictionary(seed, density)
    follow(room, function, picks)
    variables = np.empty((N + M, N))
    variables[room.tail] = np.eye(N)
    variables[room.head] = room.T[:M, :N]
    np.testing.assert_allclose(variables[N:], given[:M] @ variables[:N], atol=1e-7)
    np.testing.assert_allclose(room.T[M, :N], given[M] @ variables[:N], atol=1e-7)
    assert (room.T[:, N:] == 0.0).all()


@given(picks=PICKS, seed=st.integers(0, 100), density=st.sampled_from([0.12, 0.4, 1.0]))
def test_norms_follow(picks, seed, density):
    room, _ = dictionary(seed, density)
    pivot.measure_rows(room)
    follow(room, pivot.pivot, picks)
    np.testing.assert_allclose(room.rows[ROW_NORM, :M], 1.0 + (room.T[:M] ** 2).sum(axis=1), rtol=1e-7)
    pivot.measure_columns(room)
    follow(room, pivot.pivot_columns, picks)
    np.testing.assert_allclose(room.columns[COLUMN_NORM], 1.0 + (room.T[:M] ** 2).sum(axis=0), rtol=1e-7)
