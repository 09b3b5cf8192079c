"""Each problem's row is visible exactly once, whatever fails and whenever."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from batchopt.errors import StoreError
from batchopt.store import Driver, Files, Lease, RunDirectory
from batchopt.store.receipt import gaps
from tests.batchopt.store_doubles import FaultyFiles, Killed, rows, solve

ROOT = Path(__file__).parents[2]
TOTAL = 11
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def drive(output, files, session):
    """Do what a driver does; a later session is elsewhere, an hour later, and cuts other chunks."""
    clock = (NOON + timedelta(hours=session, milliseconds=i) for i in count()).__next__
    run = RunDirectory.latest(output, files) or RunDirectory.create(output, "a-run", {"job": {}}, files)
    lease = Lease.acquire(run.path, clock, Driver(f"host{session}", "elsewhere", 1, "0"), files)
    size = 3 - session
    for start, stop in run.remaining(TOTAL):
        for at in range(start, stop, size):
            receipt = solve(run, at, min(at + size, stop), f"s{session}")
            lease.heartbeat()
            assert run.commit(receipt)
    run.finish(TOTAL)
    lease.release()


def check_what_is_left(output):
    """Assert that a stopped run shows some rows, each once and right, and knows which are missing."""
    for run in RunDirectory.runs(output):
        missing = {i for start, stop in run.remaining(TOTAL) for i in range(start, stop)}
        table = run.results(partial=True)
        visible = table["id"].to_pylist() if table.num_rows else []
        assert visible == sorted(set(range(TOTAL)) - missing)
        assert table.num_rows == 0 or table["x"].to_pylist() == [i / 7 for i in visible]
        assert not run.finished or run.manifest()["total"] == len(visible) == TOTAL


@pytest.mark.parametrize("dead", [True, False], ids=["killed", "failed"])
@pytest.mark.parametrize("how", ["before", "after", "torn"])
def test_a_fault_at_every_operation(tmp_path, monkeypatch, how, dead):
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)  # for speed; no power failure is tested here
    survived = False
    for nth in range(1, 200):
        output = tmp_path / str(nth)
        files = FaultyFiles(nth, how, dead=dead)
        try:
            drive(output, files, session=0)
            survived = True
        except (Killed, OSError, StoreError):
            check_what_is_left(output)
            drive(output, Files(), session=1)
        (run,) = RunDirectory.runs(output)
        assert run.finished
        assert run.results().equals(rows(0, TOTAL))
        assert gaps([(part["start"], part["stop"]) for part in run.manifest()["parts"]], TOTAL) == []
        if survived:
            break
    assert survived
    assert files.calls == nth - 1 > 30


def test_a_driver_goes_on_after_a_commit_whose_reply_was_lost(tmp_path):
    run = RunDirectory.create(tmp_path, "a-run", {})
    first, second = solve(run, 0, 4, "a"), solve(run, 2, 6, "b")
    run.files = FaultyFiles(3, "after")  # list commits, look at the part, create
    with pytest.raises(OSError, match=r"Input/output error.*commits"):
        run.commit(first)
    with pytest.raises(StoreError, match="overlap"):
        run.commit(second)
    assert run.commit(first) is False
    assert run.remaining(6) == [(4, 6)]


SESSION = """
import sys
from datetime import UTC, datetime
from batchopt.store import Lease, RunDirectory
from tests.batchopt.store_doubles import solve
run = RunDirectory.open(sys.argv[1])
with Lease.acquire(run.path, lambda: datetime.now(UTC)):
    for i in range(100_000):
        run.commit(solve(run, i, i + 1, "first"))
"""


def test_kill_9_loses_only_what_was_not_committed(tmp_path):
    run = RunDirectory.create(tmp_path, "a-run", {})
    with subprocess.Popen([sys.executable, "-c", SESSION, str(run.path)], cwd=ROOT) as process:
        while len(run.files.list(run.path / "commits")) < 5:
            assert process.poll() is None
        process.send_signal(signal.SIGKILL)
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        with Lease.acquire(run.path, lambda: datetime.now(UTC)):  # free at once: its process is gone
            done = len(run.commits())
            assert run.results(partial=True).equals(rows(0, done))
            for start, stop in run.remaining(done + 7):
                assert run.commit(solve(run, start, stop, "second"))
            run.finish(done + 7)
    assert run.results().equals(rows(0, done + 7))
