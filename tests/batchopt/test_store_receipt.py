"""Receipts survive JSON, and nothing else passes for one."""

import json
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchopt.store import Receipt
from batchopt.store.receipt import gaps
from tests.batchopt.store_doubles import receipt

counts = st.dictionaries(st.text(max_size=9), st.integers(0, 10**9), max_size=3)
fields = {"part": st.text(), "checksum": st.text(), "counts": counts, "grades": counts, "flags": counts}
numbers = {
    "bytes": st.integers(0, 2**60),
    "attempt": st.integers(1, 99),
    "seconds": st.floats(allow_nan=False),
}


@given(st.integers(0, 2**50), st.integers(1, 2**30), st.fixed_dictionaries(fields | numbers))
def test_receipts_survive_json(start, size, given_fields):
    done = Receipt(start=start, stop=start + size, rows=size, **given_fields)
    assert Receipt.from_json(done.to_json()) == done


names = st.sampled_from(list(asdict(receipt(0, 1))))
values = st.sampled_from([None, "", "1", -1, 0, 1, [], {}])


@given(st.dictionaries(names, values))
def test_receipts_that_say_something_else_are_refused(changes):
    said = asdict(receipt(0, 1)) | changes
    try:
        done = Receipt.from_json(json.dumps(said))
    except ValueError:
        return
    assert asdict(done) == said
    assert 0 <= done.start < done.stop == done.start + done.rows


@given(st.text())
def test_text_is_no_receipt(text):
    with pytest.raises(ValueError):
        Receipt.from_json(text)


@pytest.mark.parametrize(("start", "stop", "rows"), [(3, 3, 0), (4, 3, -1), (-1, 3, 4), (0, 3, 2)])
def test_impossible_receipts(start, stop, rows):
    with pytest.raises(ValueError, match="got"):
        receipt(start, stop, rows=rows)


@given(st.lists(st.integers(0, 40), unique=True), st.integers(0, 5))
def test_gaps_are_what_is_left(cuts, more):
    cuts = sorted(cuts)
    ranges = list(zip(cuts[::2], cuts[1::2], strict=False))
    total = (ranges[-1][1] if ranges else 0) + more
    missing = gaps(ranges, total)
    covered = [i for start, stop in sorted(ranges + missing) for i in range(start, stop)]
    assert covered == list(range(total))
    assert all(start < stop for start, stop in missing)
