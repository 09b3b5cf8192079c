"""One driver a run directory: a lease is a numbered file, and the highest number holds it.

Taking the lease is creating the next number, exclusively. So of two drivers that find the same stale lease
exactly one wins, in one step that a crash cannot leave half done; and a driver that was given up for dead and
wakes finds a higher number than its own, and stops. A holder rewrites only its own file: every ten seconds,
and once more to release.

A lease is stale when released, when its process is gone (which only the same machine can tell), or, seen from
another machine, when it has been silent for a minute.
"""

import json
import os
import re
import socket
import subprocess
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType

from pydantic import AwareDatetime, TypeAdapter

from batchopt.errors import LeaseHeldError, StoreError
from batchopt.store.damage import damaged
from batchopt.store.files import LOCAL, Files

#: Seconds between heartbeats.
BEAT = 10.0
#: Seconds of silence after which a driver on another machine counts as gone: six heartbeats.
SILENCE = 60.0


@dataclass(frozen=True)
class Driver:
    """A process that drives a run."""

    host: str  #: for people to read
    pid_space: str  #: where `pid` means something: the machine since its boot, and the container
    pid: int
    started: str | None  #: in the kernel's words; tells a process from a later one with the same pid

    @classmethod
    def here(cls) -> "Driver":
        """Return this process."""
        return cls(socket.gethostname(), _pid_space(), os.getpid(), _process_start(os.getpid()))


@dataclass(frozen=True)
class Claim:
    """What a lease file says."""

    driver: Driver
    heartbeat: AwareDatetime
    released: bool = False

    def to_json(self) -> bytes:
        """Return the claim as a JSON object."""
        return json.dumps({**asdict(self), "heartbeat": self.heartbeat.isoformat()}, indent=1).encode()

    def refusal(self, now: datetime) -> str | None:
        """Say why nobody else may drive, None when the claim is stale."""
        if self.released:
            return None
        silent = (now - self.heartbeat).total_seconds()
        who = f"pid {self.driver.pid} on {self.driver.host} (last heartbeat {max(silent, 0):.0f} s ago)"
        if self.driver.pid_space == _pid_space():
            alive = _process_start(self.driver.pid) == self.driver.started
            return f"{who}, which is running. Let it finish, or stop it first." if alive else None
        if silent > SILENCE:
            return None
        return f"{who}. Let it finish, or stop it; if it is gone, try again in {SILENCE - silent:.0f} s."


_CLAIM = TypeAdapter(Claim)


class Lease:
    """The right to commit to a run directory; a `with` block beats by itself and releases at its end.

    The driver calls `verify` right before each commit.
    """

    def __init__(
        self, directory: Path, number: int, driver: Driver, clock: Callable[[], datetime], files: Files
    ):
        self.directory = directory
        self.number = number
        self.driver = driver
        self.clock = clock
        self.files = files
        self._stop = threading.Event()
        self._beats = threading.Thread(target=self._beat, name="batchopt-lease", daemon=True)

    @classmethod
    def acquire(
        cls,
        directory: Path | str,
        clock: Callable[[], datetime],
        driver: Driver | None = None,
        files: Files = LOCAL,
    ) -> "Lease":
        """Take the lease of a run directory.

        Parameters
        ----------
        directory : Path or str
            The run directory.
        clock : callable
            Returns the time, with its zone.
        driver : Driver
            Who asks; this process unless given.
        files : Files
            Where the directory is.

        Raises
        ------
        LeaseHeldError
            Another driver has it; the message says which, and what to do.
        """
        directory, driver = Path(directory), driver or Driver.here()
        while True:
            number, why = _refusal(directory, clock, files)
            if why is not None:
                raise LeaseHeldError(f"Run {directory} is driven by {why}")
            if files.create(_lease_path(directory, number + 1), Claim(driver, clock()).to_json()):
                return cls(directory, number + 1, driver, clock, files)
            # Somebody was quicker; the next round names them.

    def verify(self) -> None:
        """Raise StoreError when another driver has taken over."""
        highest = _highest(self.directory, self.files)
        if highest != self.number:
            raise StoreError(
                f"Lease {self.number} of run {self.directory} is lost, the newest is {highest}: this driver "
                "gave no sign of life and another took over, or somebody removed leases/. Nothing more is "
                "committed from here, what was committed stays; run again to resume."
            )

    def heartbeat(self) -> None:
        """Show that this driver lives; StoreError when another has taken over."""
        self.verify()
        self._claim(released=False)

    def release(self) -> None:
        """Let the next driver in at once; a lease that is lost stays as it is."""
        if _highest(self.directory, self.files) == self.number:
            self._claim(released=True)

    def _claim(self, *, released: bool) -> None:
        claim = Claim(self.driver, self.clock(), released)
        self.files.write(_lease_path(self.directory, self.number), claim.to_json())

    def __enter__(self) -> "Lease":
        self._beats.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._beats.join()  # a late beat must not undo the release
        self.release()

    def _beat(self) -> None:
        while not self._stop.wait(BEAT):
            try:
                self.heartbeat()
            except OSError:
                continue  # a full or absent disk may come back, and `verify` tells the driver what that cost
            except StoreError:
                return  # lost for good: the driver hears it from `verify`


def is_driven(directory: Path | str, clock: Callable[[], datetime], files: Files = LOCAL) -> bool:
    """Tell whether a driver is at work on a run directory, as far as its lease shows."""
    return _refusal(Path(directory), clock, files)[1] is not None


def _refusal(directory: Path, clock: Callable[[], datetime], files: Files) -> tuple[int, str | None]:
    """Return the number of the newest lease, and why nobody else may drive; None when anybody may."""
    number = _highest(directory, files)
    return number, _read_claim(directory, number, files).refusal(clock()) if number else None


def _lease_path(directory: Path, number: int) -> Path:
    return directory / "leases" / f"{number:06d}.json"


def _highest(directory: Path, files: Files) -> int:
    """Return the number of the newest lease, 0 when there is none."""
    names = files.list(directory / "leases")
    return max((int(name[:-5]) for name in names if re.fullmatch(r"\d+\.json", name)), default=0)


def _read_claim(directory: Path, number: int, files: Files) -> Claim:
    path = _lease_path(directory, number)
    try:
        return _CLAIM.validate_json(files.read(path))
    except ValueError as error:
        raise damaged(path, error, "If no driver runs, delete it and try again.") from error


def _pid_space() -> str:
    """Name what a pid is a number in. Not the host's name: cloned machines and containers share theirs."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:  # not Linux
        return socket.gethostname()


def _process_start(pid: int) -> str | None:
    """Return when a process of this machine started, in the kernel's words; None when there is none."""
    if Path("/proc/self/stat").exists():
        try:
            # proc_pid_stat(5): after "(command)" come the state and, as the 20th of these fields, the start
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return None if fields[0] == "Z" else fields[19]  # a zombie has ended, its parent has not looked yet
    answer = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return answer.stdout.strip() or None
