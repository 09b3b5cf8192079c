"""What is committed is visible, once; what is damaged, missing, overlapping or late is not."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from batchopt.errors import StoreError
from batchopt.store import RunDirectory, new_run_id
from tests.batchopt.store_doubles import MemoryFiles, receipt, rows, solve

RUN_ID = "20261122T114938Z-3fa9c1"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def run(tmp_path):
    return RunDirectory.create(tmp_path, RUN_ID, {"job": {"name": "test"}})


def test_a_late_attempt_never_becomes_visible(run):
    first = solve(run, 0, 3, "a")
    late = solve(run, 0, 3, "b", rows(100, 103))
    assert run.commit(first) is True
    assert run.commit(late) is False
    assert RunDirectory(run.path).commit(late) is False
    assert run.commits() == [first]
    manifest = run.finish(3)
    assert [entry["part"] for entry in manifest["parts"]] == [first.part]
    assert run.results().equals(rows(0, 3))


def test_a_stranger_with_another_chunk_is_noticed(run):
    stranger = RunDirectory(run.path)
    assert run.commit(solve(run, 0, 3, "a"))
    assert stranger.commit(solve(run, 3, 6, "b"))
    with pytest.raises(StoreError, match=r"\[3, 5\) overlap the committed \[3, 6\)"):
        run.commit(solve(run, 3, 5, "c"))
    assert run.remaining(8) == [(6, 8)]


def test_overlapping_files_in_commits_are_refused(run):
    RunDirectory(run.path).commit(solve(run, 0, 3, "a"))
    run._committed = []
    run.commit(solve(run, 2, 5, "b"))
    with pytest.raises(StoreError, match=r"\[2, 5\) overlap the committed \[0, 3\)"):
        run.commits()


chunks = st.tuples(st.integers(0, 30), st.integers(1, 8)).map(lambda pair: (pair[0], sum(pair)))


@given(st.lists(st.tuples(chunks, st.booleans()), max_size=15))
def test_chunks_are_committed_when_and_only_when_disjoint(steps):
    run = RunDirectory("run", MemoryFiles())
    run.files.data[Path("run/p")] = b"1"
    model = set()
    for (start, stop), reopen in steps:
        if reopen:
            run = RunDirectory("run", run.files)
        clashes = [(a, b) for a, b in model if a < stop and start < b]
        if clashes and clashes != [(start, stop)]:
            with pytest.raises(StoreError, match="overlap"):
                run.commit(receipt(start, stop))
        else:
            assert run.commit(receipt(start, stop)) is (not clashes)
            model.add((start, stop))
    assert [done.range for done in run.commits()] == sorted(model)
    covered = {i for a, b in model for i in range(a, b)}
    missing = [i for a, b in run.remaining(40) for i in range(a, b)]
    assert missing == [i for i in range(40) if i not in covered]


def test_commit_wants_the_part_where_the_driver_sees_it(run):
    done = solve(run, 0, 3, "a")
    path = run.path / done.part
    moved = path.rename(path.with_suffix(".elsewhere"))
    with pytest.raises(StoreError, match=r"is missing.*same file system"):
        run.commit(done)
    path.write_bytes(moved.read_bytes()[:-1])
    with pytest.raises(StoreError, match="its receipt says"):
        run.commit(done)
    assert run.commits() == []


@given(damage=st.binary(max_size=40))
def test_a_damaged_commit_is_named(damage):
    run = RunDirectory("run", MemoryFiles())
    run.files.data[Path("run/commits/000000000003.json")] = damage
    with pytest.raises(StoreError, match=r"000000000003\.json is damaged.*Delete it"):
        run.commits()


def test_a_commit_under_another_name_is_damaged(run):
    run.commit(solve(run, 0, 3, "a"))
    path = run.path / "commits" / "000000000000.json"
    path.rename(path.with_name("000000000003.json"))
    with pytest.raises(StoreError, match="starts at 0"):
        run.commits()


def test_what_is_no_commit_is_ignored(run):
    run.commit(solve(run, 0, 3, "a"))
    for name in (".000000000003.json.ab.tmp", "000000000003.json~", "notes.txt"):
        (run.path / "commits" / name).write_text("{")
    assert [done.range for done in run.commits()] == [(0, 3)]


def test_finish_refuses_gaps_and_lost_parts(run):
    run.commit(solve(run, 0, 3, "a"))
    run.commit(solve(run, 5, 7, "a"))
    for total, what in [(7, r"2 of 7 .*\[3, 5\)"), (9, r"4 of 9 .*\[3, 5\)"), (6, "input only 6")]:
        with pytest.raises(StoreError, match=what):
            run.finish(total)
    run.commit(solve(run, 3, 5, "a"))
    part = run.path / run.commits()[1].part
    data = part.read_bytes()
    part.unlink()
    with pytest.raises(StoreError, match="is missing"):
        run.finish(7)
    assert run.manifest() is None
    assert not run.finished
    part.write_bytes(data)
    run.finish(7)
    assert run.finished


def test_the_manifest_adds_up(run):
    for start, stop in [(4, 6), (0, 4)]:
        run.commit(solve(run, start, stop, "a"))
    manifest = run.finish(6, {"seconds": 1.5, "total": "not mine to say"})
    assert manifest == RunDirectory.open(run.path).manifest()
    assert manifest["counts"] == {"converged": 4, "stalled": 2}
    assert manifest["grades"] == {"ok": 6}
    assert manifest["flags"] == {}
    assert (manifest["run_id"], manifest["total"], manifest["seconds"]) == (RUN_ID, 6, 1.5)
    assert manifest["bytes"] == sum((run.path / done.part).stat().st_size for done in run.commits())
    assert [(part["start"], part["stop"]) for part in manifest["parts"]] == [(0, 4), (4, 6)]


def test_results_of_unfinished_runs_are_asked_for(run):
    assert run.results(partial=True).num_rows == 0
    run.commit(solve(run, 4, 6, "a"))
    with pytest.raises(StoreError, match="unfinished"):
        run.results()
    assert run.results(partial=True).equals(rows(4, 6))


def test_a_column_without_values_takes_its_type_from_other_chunks(run):
    for start, values in [(0, pa.nulls(2)), (2, pa.array([1.5, None]))]:
        run.commit(solve(run, start, start + 2, "a", pa.table({"stderr": values})))
    run.finish(4)
    assert run.results()["stderr"].to_pylist() == [None, None, 1.5, None]


@pytest.mark.parametrize(
    ("change", "what"), [(lambda data: data[:-9], "bytes"), (lambda data: data[:-9] + b"x" * 9, "checksum")]
)
def test_readers_notice_a_changed_part(run, change, what):
    done = solve(run, 0, 3, "a")
    run.commit(done)
    run.finish(3)
    (run.path / done.part).write_bytes(change((run.path / done.part).read_bytes()))
    with pytest.raises(StoreError, match=what):
        run.results()


def test_a_part_has_one_row_a_problem_and_is_written_once(run):
    with pytest.raises(StoreError, match=r"\[0, 4\).*table 3"):
        run.write_part(0, 4, "a", rows(0, 3))
    done = solve(run, 0, 4, "a")
    assert done.part == "parts/p-000000000000-000000000004-a.parquet"
    with pytest.raises(StoreError, match="exists already"):
        run.write_part(0, 4, "a", rows(0, 4))


def test_a_part_keeps_keys_of_any_type(run):
    whole = {str(kind): pa.array([7, None, 7, 0], kind) for kind in (pa.int8(), pa.uint64(), pa.int64())}
    extremes = {"an.id": pa.array([2**63 - 1, -(2**63), 2**63 - 1, 0])}
    others = {"day": pa.array([1, 2, 2, None], pa.date32()), "plate": pa.array(["p1", "p1", None, "p2"])}
    flags = {"flags": pa.array([["at_bound"], [], ["at_bound", "rescued"], None])}
    table = pa.table({**whole, **extremes, **others, **flags, "exact": [True, False, None, True]})
    done = solve(run, 0, 4, "a", table)
    run.commit(done)
    assert run.results(partial=True).equals(table)


def test_run_ids_sort_by_time():
    assert new_run_id(datetime(2026, 11, 22, 11, 49, 38, tzinfo=UTC), "3fa9c1") == RUN_ID
    paris = datetime.fromisoformat("2026-11-22T12:49:38+01:00")
    assert new_run_id(paris, "3fa9c1") == RUN_ID


def test_runs_are_found_newest_first(tmp_path):
    assert RunDirectory.runs(tmp_path / "nowhere") == []
    assert RunDirectory.latest(tmp_path) is None
    names = [new_run_id(NOON + timedelta(seconds=i), "00") for i in range(3)]
    for name in [names[1], names[0], names[2]]:
        RunDirectory.create(tmp_path, name, {"name": name})
    (tmp_path / "99990101T000000Z-no-run").mkdir()
    assert [run.run_id for run in RunDirectory.runs(tmp_path)] == names[::-1]
    assert RunDirectory.latest(tmp_path).record == {"name": names[2]}


def test_a_run_is_created_once_and_opened_where_it_is(tmp_path, run):
    with pytest.raises(StoreError, match="exists already"):
        RunDirectory.create(tmp_path, RUN_ID, {})
    assert RunDirectory.open(run.path).record == {"job": {"name": "test"}}
    with pytest.raises(StoreError, match=r"no run\.json"):
        RunDirectory.open(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="Cannot start a run"):
        RunDirectory.create(tmp_path / "file", RUN_ID, {})


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"parts": [{"start": 0}]}', "{}"])
def test_a_damaged_manifest_is_named(run, text):
    (run.path / "manifest.json").write_text(text)
    with pytest.raises(StoreError, match=r"manifest\.json is damaged"):
        run.results()
