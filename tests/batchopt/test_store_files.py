"""Files appear whole or not at all, at every instant at which the process may die."""

import os
import threading
from pathlib import Path

import pytest

from batchopt.store.files import Files

OLD, NEW = b"old" * 1000, b"new" * 2000


class Killed(BaseException):
    """The process is dead: nothing after this happens, clean-up included."""


def die_at(monkeypatch, nth):
    """Let every system call from the nth on fail, as they do in a process that is no more."""
    calls = 0

    def mortal(call):
        def wrapper(*args, **kwargs):
            nonlocal calls
            calls += 1
            if calls >= nth:
                raise Killed
            return call(*args, **kwargs)

        return wrapper

    for owner, name in [
        (os, "fsync"),
        *((Path, name) for name in ("mkdir", "replace", "hardlink_to", "unlink")),
    ]:
        monkeypatch.setattr(owner, name, mortal(getattr(owner, name)))


def attempts(monkeypatch, action):
    """Run `action` killed at its first system call, its second, ..., until it lives; yield after each."""
    for nth in range(1, 30):
        with monkeypatch.context() as patch:
            die_at(patch, nth)
            try:
                result = action(nth)
            except Killed:
                result = None
        yield nth, result
        if result is not None:
            return
    raise AssertionError("30 system calls for one file?")


def test_write_leaves_the_old_bytes_or_the_new_ones(tmp_path, monkeypatch):
    files, seen = Files(), []

    def write(nth):
        files.write(tmp_path / str(nth) / "deep" / "file", NEW)
        return True

    for nth, _done in attempts(monkeypatch, write):
        path = tmp_path / str(nth) / "deep" / "file"
        seen.append(files.read(path) if files.exists(path) else None)
        assert files.list(path.parent) in ([], ["file"])  # a temporary may lie there, unseen
        assert seen[-1] in (None, NEW)
        files.write(path, OLD)
        assert files.read(path) == OLD
    assert seen[0] is None
    assert seen[-1] == NEW
    assert len(seen) > 6


def test_replacing_is_atomic(tmp_path, monkeypatch):
    files, path, seen = Files(), tmp_path / "file", []

    def write(_):
        files.write(path, NEW)
        return True

    files.write(path, OLD)
    for _, _done in attempts(monkeypatch, write):
        seen.append(files.read(path))
        files.write(path, OLD)
    assert set(seen) == {OLD, NEW}


def test_create_gives_all_or_nothing_and_stays(tmp_path, monkeypatch):
    files, seen = Files(), []
    for nth, _done in attempts(monkeypatch, lambda nth: files.create(tmp_path / f"{nth}.json", NEW)):
        path = tmp_path / f"{nth}.json"
        seen.append(files.exists(path))
        if seen[-1]:
            assert files.read(path) == NEW
            assert files.create(path, OLD) is False
            assert files.read(path) == NEW
        else:
            assert files.create(path, OLD) is True
    assert {True, False} == set(seen)


@pytest.mark.parametrize("put", [Files.write, Files.create])
def test_bytes_reach_the_disk_before_their_name_and_then_the_name(tmp_path, monkeypatch, put):
    calls = []
    for owner, name in [(os, "fsync"), (Path, "replace"), (Path, "hardlink_to")]:
        call = getattr(owner, name)
        monkeypatch.setattr(owner, name, lambda *args, _c=call, _n=name: (calls.append(_n), _c(*args))[1])
    put(Files(), tmp_path / "file", NEW)
    assert calls in (["fsync", "replace", "fsync"], ["fsync", "hardlink_to", "fsync"])


def test_a_failed_write_cleans_up(tmp_path, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        Files().write(tmp_path / "file", NEW)
    assert list(tmp_path.iterdir()) == []


def test_create_believes_the_link_count_when_the_reply_was_lost(tmp_path, monkeypatch):
    link = Path.hardlink_to

    def lossy(path, target):
        link(path, target)
        raise FileExistsError(17, "NFS tried twice", path)

    monkeypatch.setattr(Path, "hardlink_to", lossy)
    assert Files().create(tmp_path / "file", NEW) is True


def test_of_many_creators_one_wins(tmp_path):
    files, wins, start = Files(), [], threading.Barrier(8)

    def contend(name):
        start.wait()
        if files.create(tmp_path / "file", name):
            wins.append(name)

    threads = [threading.Thread(target=contend, args=(str(i).encode(),)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wins == [files.read(tmp_path / "file")]


def test_lists_sizes_and_removal(tmp_path):
    files = Files()
    assert files.list(tmp_path / "nowhere") == []
    assert files.size(tmp_path / "nothing") is None
    files.write(tmp_path / "b", b"12")
    files.write(tmp_path / "a", b"1")
    (tmp_path / ".a.123.tmp").write_bytes(b"left by a crash")
    assert files.list(tmp_path) == ["a", "b"]
    assert files.size(tmp_path / "b") == 2
    files.remove(tmp_path / "a")
    files.remove(tmp_path / "a")
    assert files.list(tmp_path) == ["b"]


def test_files_can_be_read_by_whom_the_umask_allows(tmp_path):
    Files().write(tmp_path / "file", NEW)
    plain = tmp_path / "plain"
    plain.write_bytes(NEW)
    assert (tmp_path / "file").stat().st_mode == plain.stat().st_mode
