"""Dispatch hands out each remaining problem once, in sizes that it learns."""

from hypothesis import given
from hypothesis import strategies as st

from batchopt.dispatch import FIRST, GROWTH, LEAST, Chunk, Dispatch

SLOTS = st.integers(1, 20)


@st.composite
def inputs(draw):
    """Remaining ranges and the edges of units, as a driver that resumes finds them."""
    cuts = sorted(draw(st.sets(st.integers(0, 600), max_size=12)))
    remaining = [(cuts[i], cuts[i + 1]) for i in range(0, len(cuts) - 1, 2)]
    return remaining, sorted(draw(st.lists(st.integers(0, 600), max_size=8)))  # an empty unit repeats an edge


def problems(ranges):
    return [i for start, stop in ranges for i in range(start, stop)]


@given(inputs(), SLOTS, st.one_of(st.none(), st.integers(1, 50)), st.data())
def test_chunks_tile_what_remains_and_cross_no_edge(given_, slots, fixed, data):
    remaining, edges = given_
    dispatch = Dispatch(remaining, edges, seconds=1.0, fixed=fixed)
    done, running = [], []
    while (chunk := dispatch.next(slots)) or running:
        if chunk:
            assert chunk.size > 0
            assert not any(chunk.start < edge < chunk.stop for edge in edges)
            assert fixed is None or chunk.size <= fixed
            running.append(chunk)
        if chunk is None or data.draw(st.booleans()):
            ended = running.pop(data.draw(st.integers(0, len(running) - 1)))
            if ended.attempt < 3 and data.draw(st.booleans()):
                dispatch.failed(ended)
            else:
                dispatch.ended(ended, data.draw(st.floats(0, 100)))
                done.append((ended.start, ended.stop))
    assert problems(sorted(done)) == problems(remaining)
    assert dispatch.left == 0


def test_a_failed_chunk_comes_back_before_all_others():
    dispatch = Dispatch([(0, 10)], [0, 10], seconds=1.0, fixed=5)
    first = dispatch.next(1)
    dispatch.failed(first)
    assert dispatch.next(1) == Chunk(0, 5, attempt=2)
    dispatch.failed(Chunk(0, 5, attempt=2))
    assert dispatch.next(1) == Chunk(0, 5, attempt=3)
    assert dispatch.next(1) == Chunk(5, 10)


@given(st.floats(1e-5, 1.0), st.floats(0.5, 10.0))
def test_chunks_take_the_seconds_asked_for(cost, seconds):
    dispatch = Dispatch([(0, 10**9)], [], seconds=seconds)
    sizes = []
    for _ in range(30):
        chunk = dispatch.next(4)
        dispatch.ended(chunk, cost * chunk.size)
        sizes.append(chunk.size)
    assert sizes[0] <= FIRST
    assert all(later <= GROWTH * max(sizes[: i + 1]) for i, later in enumerate(sizes[1:]))
    assert sizes[-1] in (max(1, int(seconds / cost)), max(1, int(seconds / cost) - 1))


def test_a_costly_first_chunk_makes_the_next_ones_small():
    dispatch = Dispatch([(0, 10_000)], [], seconds=1.0)
    dispatch.ended(dispatch.next(1), 1000.0)
    assert dispatch.next(1).size == 1


def test_the_last_chunks_are_smaller_but_no_crumbs():
    dispatch = Dispatch([(0, 100_000)], [], seconds=10.0)
    sizes = []
    while chunk := dispatch.next(2):
        dispatch.ended(chunk, 0.001 * chunk.size)  # 10 s are 10,000 problems
        sizes.append(chunk.size)
    assert max(sizes) == 10_000
    tail = sizes[sizes.index(10_000) :]
    assert tail == sorted(tail, reverse=True)
    assert min(tail[:-1]) >= LEAST * 10_000
    assert sum(size < 10_000 for size in tail) > 3


def test_no_slot_waits_while_another_has_all_the_work():
    dispatch = Dispatch([(0, 100)], [], seconds=10.0)
    assert [dispatch.next(5).size for _ in range(5)] == [10, 9, 9, 8, 7]
