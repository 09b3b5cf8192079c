"""The directory of compiled kernels: shared by processes, and of no importance when it is damaged."""

import subprocess
import sys
from pathlib import Path

import numba
import pytest

from solvers.expressions import Expression
from solvers.kernels import cache, directory

SOURCE = Expression("a*x + 1", ("a",), ("x",)).kernel_source((0,), weighted=False)
BUILD = """
import sys
from solvers.expressions import Expression
from solvers.kernels import cache
kernels = cache.build(Expression("a*x + 1", ("a",), ("x",)).kernel_source((0,), weighted=False))
print(sum(kernels.normal_equations.stats.cache_misses.values()))
"""
HOLD = """
import fcntl, sys
file = open(sys.argv[1], "a")
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("BATCHOPT_CACHE_DIR", str(tmp_path))
    cache._build.cache_clear()
    yield tmp_path / "kernels"
    cache._build.cache_clear()


def start():
    return subprocess.Popen([sys.executable, "-c", BUILD], stdout=subprocess.PIPE, text=True)


def misses(kernels):
    return sum(kernels.normal_equations.stats.cache_misses.values())


def rebuild():
    cache._build.cache_clear()
    return cache.build(SOURCE)


@pytest.mark.parametrize("count", [4, pytest.param(16, marks=pytest.mark.slow)])
def test_of_processes_that_start_together_one_compiles(folder, count):
    several = [start() for _ in range(count)]
    assert sum(int(process.communicate()[0]) for process in several) == 1
    assert misses(cache.build(SOURCE)) == 0


@pytest.mark.parametrize(
    ("pattern", "damage"), [("*.nbi", b""), ("*.nbc", b"not what was here"), ("*.py", b"1/0")]
)
def test_damaged_files_are_made_again(folder, pattern, damage):
    assert misses(rebuild()) == 1
    for file in folder.rglob(pattern):
        file.write_bytes(damage)
    assert misses(rebuild()) == 1
    assert misses(rebuild()) == 0


def test_a_directory_that_cannot_be_made_is_replaced_by_a_private_one(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("BATCHOPT_CACHE_DIR", str(tmp_path / "file"))
    assert rebuild().normal_equations
    cache._build.cache_clear()


def test_the_holder_of_a_lock_is_not_waited_for_without_end(folder, monkeypatch):
    rebuild()
    lock = next(folder.glob("*.lock"))
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout.readline() == "held\n"
    monkeypatch.setattr(directory, "LOCK_TIMEOUT", 0.2)
    rebuild()
    holder.kill()
    holder.communicate()
    monkeypatch.setattr(directory, "LOCK_TIMEOUT", 1e6)
    rebuild()  # the system has freed the lock of the process that died


def test_the_directory_is_the_given_one_or_the_users(monkeypatch):
    monkeypatch.setenv("BATCHOPT_CACHE_DIR", "/given")
    assert directory.directory() == Path("/given/kernels")
    monkeypatch.delenv("BATCHOPT_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", "/xdg")
    assert directory.directory() == Path("/xdg/batchopt/kernels")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert directory.directory() == Path.home() / ".cache/batchopt/kernels"


def test_our_own_code_is_kept_under_the_hash_of_its_source(tmp_path, monkeypatch):
    monkeypatch.setenv("BATCHOPT_CACHE_DIR", str(tmp_path))
    before = numba.config.CACHE_DIR
    with directory.own_code():
        kept = Path(numba.config.CACHE_DIR)
    assert kept.parent == tmp_path / "kernels"
    assert before == numba.config.CACHE_DIR
    assert directory.key(("linalg/*.py",)) != directory.key(("methods/*.py",))


def test_our_own_code_lives_in_a_private_directory_where_none_can_be_made(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("BATCHOPT_CACHE_DIR", str(tmp_path / "file"))
    with directory.own_code():
        assert Path(numba.config.CACHE_DIR).parent == directory.private()
