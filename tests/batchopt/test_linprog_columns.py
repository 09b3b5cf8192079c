"""Parts of linear programs from any lists that a table may hold: taken as they are, or the row refused."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchopt.job.linprog import ProblemSection
from batchopt.kinds.linprog_batch import Refusals
from batchopt.kinds.linprog_columns import ColumnProblems

INTEGERS = st.lists(st.none() | st.integers(-1, 4), max_size=5)
FLOATS = st.lists(st.none() | st.floats(-9, 9) | st.sampled_from([np.nan, np.inf]), max_size=6)
STRUCT = pa.struct(
    [("indptr", pa.list_(pa.int64())), ("indices", pa.list_(pa.int64())), ("data", pa.list_(pa.float64()))]
)
CSR = st.fixed_dictionaries({"indptr": INTEGERS, "indices": INTEGERS, "data": FLOATS})
GOOD = {"indptr": [0, 2, 3], "indices": [0, 1, 1], "data": [1.0, 2.0, 3.0]}


def read(table, **columns):
    """By row, the problem that was made of it as dense parts, or why there is none."""
    refusals = Refusals(table.num_rows)
    found = {}
    for batch in ColumnProblems(ProblemSection(**columns), table, refusals).batches():
        for i, row in enumerate(batch.rows.tolist()):
            found[row] = [part[i if len(part) > 1 else 0] for part in batch.programs.parts]
    assert set(found) | set(refusals.why) == set(range(table.num_rows))
    assert not set(found) & set(refusals.why)
    return found, refusals.why


def dense(csr, m, n):
    """The matrix (m, n) of a struct, None if it is none."""
    if csr is None or any(None in csr[name] for name in csr):
        return None
    indptr, indices, data = csr["indptr"], csr["indices"], csr["data"]
    if len(indptr) != m + 1 or indptr[0] != 0 or indptr[-1] != len(data) or len(indices) != len(data):
        return None
    if sorted(indptr) != indptr or any(not 0 <= j < n for j in indices) or not np.isfinite(data).all():
        return None
    matrix = np.zeros((m, n))
    for i in range(m):
        for entry in range(indptr[i], indptr[i + 1]):
            matrix[i, indices[entry]] += data[entry]
    return matrix if np.isfinite(matrix).all() else None


@given(st.lists(st.sampled_from([GOOD, None]) | CSR, min_size=1, max_size=5), st.integers(0, 2))
def test_a_struct_is_a_matrix_or_its_row_is_refused(structs, skipped):
    size = len(structs)
    table = pa.table(
        {"c": [[1.0, 1.0]] * size, "b": [[1.0, 1.0]] * size, "A": pa.array(structs, STRUCT)}
    ).slice(min(skipped, size - 1))
    found, why = read(table, c="c", A_ub="A", b_ub="b")
    for row, struct in enumerate(structs[min(skipped, size - 1) :]):
        expected = dense(struct, 2, 2)
        if expected is None:
            assert why[row].startswith("problem.A_ub")
        else:
            np.testing.assert_array_equal(found[row][1], expected)


@given(
    st.lists(st.none() | FLOATS, min_size=1, max_size=5), st.lists(st.none() | FLOATS, min_size=5, max_size=5)
)
def test_lists_of_any_length_are_taken_or_refused(costs, lower):
    table = pa.table(
        {
            "c": pa.array(costs, pa.list_(pa.float64())),
            "l": pa.array(lower[: len(costs)], pa.list_(pa.float64())),
        }
    )
    found, why = read(table, c="c", lower="l")
    for row, (c, low) in enumerate(zip(costs, lower, strict=False)):
        good = c and None not in c and np.isfinite(c).all() and low is not None and len(low) == len(c)
        good = good and not any(value is not None and (np.isnan(value) or value == np.inf) for value in low)
        assert bool(good) == (row in found), why
        if good:
            np.testing.assert_array_equal(found[row][0], c)
            np.testing.assert_array_equal(found[row][4], [-np.inf if v is None else v for v in low])


def test_rows_with_integers_are_refused():
    table = pa.table({"c": [[1.0, 1.0]] * 4, "kinds": [[0, 0], [0, 1], None, [0.0, float("nan")]]})
    found, why = read(table, c="c", integrality="kinds")
    assert set(found) == {0, 2}
    assert all(why[row].startswith("problem.integrality: a variable has to be an integer") for row in (1, 3))


def test_integers_for_all_are_the_jobs_fault():
    assert ProblemSection(c="c", integrality=[0, 0]).integrality == [0, 0]
    with pytest.raises(ValueError, match="only linear programs are solved, without integers; got"):
        ProblemSection(c="c", integrality=[0, 1])
