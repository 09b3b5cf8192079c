"""One driver a run directory, also when drivers die, sleep, or race."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from batchopt.errors import LeaseHeldError, StoreError
from batchopt.store import Driver, Files, Lease, lease

ROOT = Path(__file__).parents[2]
FAR = Driver("far", "another machine", 42, "1")
FARTHER = Driver("farther", "a third machine", 43, "1")


class Clock:
    def __init__(self):
        self.now = datetime(2026, 11, 22, 12, tzinfo=UTC)

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock():
    return Clock()


def test_a_live_driver_here_keeps_its_lease_however_silent(tmp_path, clock):
    held = Lease.acquire(tmp_path, clock)
    clock.sleep(10_000)
    with pytest.raises(LeaseHeldError, match=rf"pid {os.getpid()} on .*10000 s ago.*is running.*stop it"):
        Lease.acquire(tmp_path, clock)
    held.verify()


def test_release_lets_the_next_one_in(tmp_path, clock):
    for _ in range(3):
        Lease.acquire(tmp_path, clock).release()
    assert Lease.acquire(tmp_path, clock).number == 4


def test_a_driver_elsewhere_is_given_a_minute(tmp_path, clock):
    far = Lease.acquire(tmp_path, clock, FAR)
    clock.sleep(50)
    far.heartbeat()
    clock.sleep(60)
    with pytest.raises(LeaseHeldError, match=r"pid 42 on far .*60 s ago"):
        Lease.acquire(tmp_path, clock)
    clock.sleep(1)
    here = Lease.acquire(tmp_path, clock)
    for act in (far.verify, far.heartbeat):
        with pytest.raises(StoreError, match="another took over"):
            act()
    far.release()  # changes nothing for the one who has it
    here.heartbeat()
    with pytest.raises(LeaseHeldError):
        Lease.acquire(tmp_path, clock, FARTHER)


def test_a_reused_pid_is_another_process(tmp_path, clock):
    here = Driver.here()
    Lease.acquire(tmp_path, clock, replace(here, started="long ago"))
    assert Lease.acquire(tmp_path, clock).number == 2


def test_the_same_pid_in_another_container_says_nothing(tmp_path, clock):
    Lease.acquire(tmp_path, clock, replace(Driver.here(), pid_space="a container", started="long ago"))
    with pytest.raises(LeaseHeldError):
        Lease.acquire(tmp_path, clock)


def test_who_loses_the_race_hears_of_the_winner(tmp_path, clock):
    class Slow(Files):
        """A rival comes first, between our look and our leap."""

        def create(self, path, data):
            if not self.exists(path):
                Lease.acquire(tmp_path, clock, FARTHER)
            return super().create(path, data)

    Lease.acquire(tmp_path, clock, FAR)
    clock.sleep(61)
    with pytest.raises(LeaseHeldError, match="pid 43 on farther"):
        Lease.acquire(tmp_path, clock, files=Slow())


def test_a_removed_directory_is_not_brought_back(tmp_path, clock):
    held = Lease.acquire(tmp_path / "run", clock)
    (tmp_path / "run" / "leases" / "000001.json").unlink()
    with pytest.raises(StoreError, match="somebody removed"):
        held.heartbeat()
    held.release()
    assert Files().list(tmp_path / "run" / "leases") == []


@pytest.mark.parametrize("text", ["", "{}", '{"driver": 1}', "null"])
def test_a_damaged_lease_is_named(tmp_path, clock, text):
    Files().write(tmp_path / "leases" / "000007.json", text.encode())
    with pytest.raises(StoreError, match=r"000007\.json is damaged.*delete it"):
        Lease.acquire(tmp_path, clock)


def test_it_beats_by_itself_outlives_a_full_disk_and_releases(tmp_path, clock, monkeypatch):
    beats, beaten = [], threading.Event()

    class FullAtFirst(Files):
        def write(self, path, data):
            beats.append(path)
            if len(beats) == 1:
                raise OSError(28, "No space left on device")
            super().write(path, data)
            beaten.set()

    monkeypatch.setattr(lease, "BEAT", 0.001)
    with Lease.acquire(tmp_path, clock, files=FullAtFirst()):
        assert beaten.wait(20)
    assert Lease.acquire(tmp_path, clock, FAR).number == 2


def test_a_lost_lease_ends_the_beats(tmp_path, clock, monkeypatch):
    monkeypatch.setattr(lease, "BEAT", 0.001)
    with Lease.acquire(tmp_path, clock, FAR) as lost:
        Files().create(tmp_path / "leases" / "000002.json", lease.Claim(FARTHER, clock()).to_json())
        lost._beats.join(20)
        assert not lost._beats.is_alive()
        with pytest.raises(StoreError):
            lost.verify()
    with pytest.raises(LeaseHeldError, match="farther"):
        Lease.acquire(tmp_path, clock)


@pytest.mark.parametrize("proc", [True, False], ids=["proc", "ps"])
def test_a_process_has_its_start_until_it_ends(monkeypatch, proc):
    if not proc:
        if shutil.which("ps") is None:
            pytest.skip("there is no ps here")
        monkeypatch.setattr(Path, "exists", lambda path: False)
    assert lease._process_start(os.getpid()) is not None
    assert lease._process_start(os.getpid()) == lease._process_start(os.getpid())
    with subprocess.Popen([sys.executable, "-c", "pass"]) as process:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # a zombie: ended, still in the table
        assert not proc or lease._process_start(process.pid) is None
    assert lease._process_start(process.pid) is None


TAKE = """
import sys
from datetime import UTC, datetime
from batchopt.errors import LeaseHeldError
from batchopt.store.lease import Lease
print("ready", flush=True)
sys.stdin.readline()
for path in sys.argv[1:]:
    try:
        Lease.acquire(path, lambda: datetime.now(UTC))
        print(path, flush=True)
    except LeaseHeldError:
        pass
print("done", flush=True)
sys.stdin.readline()
"""


def start(*paths):
    process = subprocess.Popen(
        [sys.executable, "-c", TAKE, *paths],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "ready\n"
    return process


def tell(process):
    process.stdin.write("\n")
    process.stdin.flush()


def won(process):
    return list(iter(process.stdout.readline, "done\n"))


def test_of_two_processes_that_find_a_stale_lease_one_wins(tmp_path, clock):
    paths = [str(tmp_path / str(i)) for i in range(40)]
    for path in paths:
        Lease.acquire(path, clock, FAR).release()
    with start(*paths) as first, start(*paths) as second:
        tell(first)
        tell(second)
        wins = won(first) + won(second)
        tell(first)
        tell(second)
    assert sorted(wins) == sorted(f"{path}\n" for path in paths)


def test_a_killed_driver_frees_the_lease_at_once(tmp_path):
    with start(str(tmp_path)) as process:
        tell(process)
        assert won(process) == [f"{tmp_path}\n"]
        now = datetime.now(UTC)
        with pytest.raises(LeaseHeldError, match=f"pid {process.pid} .*is running"):
            Lease.acquire(tmp_path, lambda: now)
        process.send_signal(signal.SIGKILL)
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert Lease.acquire(tmp_path, lambda: now).number == 2
